// Staff sign in by a provider of identities: npm's oidc-provider, and a browser that goes there and comes back. What a forged token is answered with:
// src/link/id_token_test.cpp.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { refused } from './client.mjs';
import { Console, newStaff } from './console.mjs';
import { startWorld } from './world.mjs';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '../peers/child.mjs';
import { Browser, CLIENT, SECRET, startOidc } from '../peers/oidc.mjs';
import { freePort, until } from '../peers/wait.mjs';

const ORIGIN = 'http://localhost:9';
const people = {
  'u-rea': { name: 'rea', groups: ['keepline-reviewers'] },
  'u-agent': { name: 'abel', groups: ['shops', 'else'] },
  'u-nobody': { name: 'nora', groups: ['else'] },
  'u-posing': { name: 'lena', groups: ['keepline-reviewers'] },
  'u-lena': { name: 'whatever', groups: ['shops'] },
};
let provider;
let world;
const browser = () => new Browser({ keepline: world.keepline.url, origin: ORIGIN, provider });
const consoleOf = (of) => Object.assign(new Console(world.keepline, ORIGIN), { cookie: of.session });
const signedIn = async (person) => {
  const of = browser();
  assert.equal(await of.signIn(person), `${ORIGIN}/console/`);
  assert.ok(of.session);
  return of;
};
const turnedAway = async (person, word) => {
  const of = browser();
  assert.equal(await of.signIn(person), `${ORIGIN}/console/?refused=${word}`);
  assert.equal(of.session, null);
};
const history = async (name) => (await world.admin.get(`/v1/tokens/${name}/history`)).body.items;

before(async () => {
  const folder = temporaryFolder('oidc');
  const secret = path.join(folder, 'secret');
  writeFileSync(secret, `${SECRET}\n`);
  const [here, there] = [await freePort(), await freePort()];
  provider = await startOidc({ port: there, origin: ORIGIN, people, logoutTo: `http://127.0.0.1:${here}` });
  world = await startWorld({
    peers: [], port: here,
    config: {
      console: { origin: ORIGIN, local_accounts: 'when_provider_is_down' },
      oidc: {
        issuer: provider.issuer, client_id: CLIENT, client_secret_file: secret, total_timeout_ms: 2000,
        roles: ['keepline-admins = admin', 'keepline-reviewers = reviewer', 'shops = agent'], names: ['u-lena = lena', 'u-rea = rea', 'u-agent = abel'],
      },
    },
  });
}, { timeout: 180_000 });
after(async () => { await world?.stop(); await provider?.stop(); });

test('somebody of a group comes in with its role, and is a person like any other', { timeout: 180_000 }, async () => {
  const of = await signedIn('u-rea');
  assert.equal(of.asked.searchParams.get('code_challenge_method'), 'S256');
  assert.equal(of.asked.searchParams.get('max_age'), '1800');
  const { body: here } = await consoleOf(of).get('/v1/staff-sessions/current');
  assert.deepEqual([here.name, here.role, here.person, here.provided], ['rea', 'reviewer', 'rea', true]);
  const { body: { items: accounts } } = await world.admin.get('/v1/staff-accounts');
  const rea = accounts.find(({ name }) => name === 'rea');
  assert.deepEqual([rea.state, rea.by, rea.provided], ['active', 'provider', true]);
  const text = JSON.stringify(await history('rea'));
  for (const event of ['account_opened', 'account_provided', 'provided_signed_in', 'token_issued']) assert.match(text, new RegExp(event));
  for (const hidden of ['u-rea', 'at_provider', of.session]) assert.ok(!text.includes(hidden), hidden);
  assert.equal((await world.keepline.api('GET', '/v1/whoami', { token: of.session })).status, 401, 'no token for anybody');
});

test('without a group nobody comes in; whoever loses it is out at once, and comes back with it', { timeout: 180_000 }, async () => {
  await turnedAway('u-nobody', 'role');
  const abel = await signedIn('u-agent');
  await consoleOf(abel).get('/v1/whoami');
  people['u-agent'].groups = [];
  await turnedAway('u-agent', 'role');
  await refused(consoleOf(abel).get('/v1/whoami'), 'unauthenticated', 401);
  people['u-agent'].groups = ['keepline-reviewers'];
  const again = await signedIn('u-agent');
  assert.equal((await consoleOf(again).get('/v1/staff-sessions/current')).body.role, 'reviewer');
  assert.match(JSON.stringify(await history('abel')), /account_left/);
});

test('a name at the provider makes nobody somebody else', { timeout: 180_000 }, async () => {
  const lena = await newStaff({ keepline: world.keepline, origin: ORIGIN, by: world.admin, second: world.keymaster, name: 'lena', role: 'agent' });
  await turnedAway('u-posing', 'name'); // calls herself lena
  const there = await signedIn('u-lena'); // the configuration says who lena is
  assert.equal((await consoleOf(there).get('/v1/staff-sessions/current')).body.name, 'lena');
  await lena.get('/v1/whoami');
  // Her account is an agent's: two would have to make it more.
  people['u-lena'].groups = ['keepline-admins'];
  await turnedAway('u-lena', 'role');
  people['u-lena'].groups = ['shops'];
  // Who changes their own name there stays who they are.
  people['u-agent'].name = 'rea';
  assert.equal((await consoleOf(await signedIn('u-agent')).get('/v1/staff-sessions/current')).body.name, 'abel');
});

test('somebody new in a role that decides waits for two administrators', { timeout: 180_000 }, async () => {
  people['u-nina'] = { name: 'nina', groups: ['keepline-reviewers'] };
  await turnedAway('u-nina', 'waits');
  await turnedAway('u-nina', 'waits');
  const nina = async () => (await world.admin.get('/v1/staff-accounts')).body.items.find(({ name }) => name === 'nina');
  assert.deepEqual([(await nina()).state, (await nina()).by], ['waiting', 'provider']);
  const { body: asked } = await world.admin.post('/v1/staff-accounts/nina/reset', {});
  await turnedAway('u-nina', 'waits');
  await world.keymaster.post(`/v1/tokens/nina/requests/${asked.request}/countersignature`);
  const there = await signedIn('u-nina');
  assert.equal((await consoleOf(there).get('/v1/staff-sessions/current')).body.role, 'reviewer');
  assert.equal((await nina()).state, 'active');
  // An agent comes in at once; more than that is given by two.
  people['u-nils'] = { name: 'nils', groups: ['shops'] };
  await signedIn('u-nils');
  people['u-nils'].groups = ['keepline-admins'];
  await turnedAway('u-nils', 'waits');
  await turnedAway('u-nils', 'role');
});

test('an administrator disables at once, whatever the provider says', { timeout: 180_000 }, async () => {
  people['u-gone'] = { name: 'gil', groups: ['shops'] };
  const gil = await signedIn('u-gone');
  await world.admin.post('/v1/staff-accounts/gil/disablement', { reason: 'has left the house' });
  await refused(consoleOf(gil).get('/v1/whoami'), 'unauthenticated', 401);
  await turnedAway('u-gone', 'role');
});

test('a code is good once, and in the browser that set out', { timeout: 180_000 }, async () => {
  const of = browser();
  const back = await of.setOut('u-rea');
  const kept = new Map(of.ours.cookies);
  const victim = browser();
  await victim.setOut('u-rea');
  assert.equal((await victim.see(back)).to, `${ORIGIN}/console/?refused=again`, "another browser's");
  assert.equal(victim.session, null);
  const stranger = browser();
  assert.equal((await stranger.see(back)).to, `${ORIGIN}/console/?refused=again`, 'who never set out');
  const other = new URL(back);
  other.searchParams.set('state', 'f'.repeat(64));
  assert.equal((await of.see(other.href)).to, `${ORIGIN}/console/?refused=again`);
  of.ours.cookies = new Map(kept);
  assert.equal((await of.see(back)).to, `${ORIGIN}/console/`);
  of.ours.cookies = new Map(kept);
  assert.equal((await of.see(back)).to, `${ORIGIN}/console/?refused=again`, 'the code was used');
  const sent = await fetch(`${world.keepline.url}/console/oidc/start`, { redirect: 'manual', headers: { 'sec-fetch-site': 'cross-site' } });
  assert.equal(sent.headers.get('location'), '/console/', 'no other site sends anybody on their way');
  assert.deepEqual(sent.headers.getSetCookie(), []);
});

test('whoever signs out at the provider is out here; another is not, and no forgery ends anything', { timeout: 180_000 }, async () => {
  const [one, two, other] = [await signedIn('u-rea'), await signedIn('u-rea'), await signedIn('u-agent')];
  const garbage = await fetch(`${world.keepline.url}/console/oidc/logout`, { method: 'POST', body: new URLSearchParams({ logout_token: 'a.b.c' }) });
  assert.equal(garbage.status, 400);
  const leave = await one.see(`${ORIGIN}/console/oidc/leave`);
  assert.ok(leave.to.startsWith(`${provider.issuer}/session/end`));
  const page = await (await one.see(leave.to)).answer.text();
  await fetch(`${provider.issuer}/session/end/confirm`, {
    method: 'POST', redirect: 'manual', headers: { cookie: String(one.theirs) }, body: new URLSearchParams({ xsrf: /name="xsrf" value="([^"]+)"/.exec(page)[1], logout: 'yes' }),
  });
  await until(() => consoleOf(one).get('/v1/whoami').then(() => false, () => true), { what: 'signed out by the back channel' });
  await consoleOf(two).get('/v1/whoami'); // another session at the provider
  await consoleOf(other).get('/v1/whoami');
  assert.match(JSON.stringify(await history('rea')), /signed out at the provider/);
});

test('one human being is one person, by token, account and provider', { timeout: 180_000 }, async () => {
  const lena = consoleOf(await signedIn('u-lena'));
  const made = await world.admin.post('/v1/tokens', { role: 'reviewer', id: 'lena-2', person: 'lena' });
  if (made.body.request) await world.keymaster.post(`/v1/tokens/lena-2/requests/${made.body.request}/countersignature`);
  const { body: who } = await lena.get('/v1/whoami');
  assert.equal(who.person, 'lena', 'one person by token, account and provider');
});

test('the provider takes another key', { timeout: 180_000 }, async () => {
  await provider.stop();
  await provider.start('ES256');
  await signedIn('u-rea');
});

test('the provider is down: /readyz says so, accounts let in, and only then', { timeout: 180_000 }, async () => {
  const ways = async () => (await world.keepline.api('GET', '/v1/staff-sign-in')).body;
  const dina = await newStaff({ keepline: world.keepline, origin: ORIGIN, by: world.admin, second: world.keymaster, name: 'dina', role: 'agent' });
  assert.deepEqual(await ways(), { accounts: false, provider: true });
  await refused(dina.signIn('dina', { ahead: 1 }), 'forbidden', 403);
  await provider.stop();
  await until(async () => (await ways()).accounts, { what: 'accounts are open' });
  const ready = await world.keepline.api('GET', '/readyz');
  assert.equal(ready.status, 200);
  assert.ok(ready.body.peers.some(({ name }) => name === 'oidc'));
  await dina.signIn('dina', { ahead: 1 });
  assert.ok(dina.cookie);
  await provider.start();
  await until(async () => !(await ways()).accounts, { what: 'the provider is back' });
});
