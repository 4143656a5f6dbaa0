// What matters most takes fresh proof of whoever sits at the console ([console] step_up): with a real provider of identities, and with an account. How old a
// proof may be, and a used code: src/desk/staff_accounts_test.cpp, src/desk/staff_provided_test.cpp.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { temporaryFolder } from '../peers/child.mjs';
import { Browser, CLIENT, SECRET, STRONG, startOidc } from '../peers/oidc.mjs';
import { freePort } from '../peers/wait.mjs';
import { refused } from './client.mjs';
import { Console, PASSWORD, newStaff, totp } from './console.mjs';
import { startWorld } from './world.mjs';

const ORIGIN = 'http://localhost:9';
const people = { 'u-eve': { name: 'eve', groups: ['admins'] }, 'u-mal': { name: 'mal', groups: ['admins'] } };
let provider;
let world;
let made = 0;
const newAccount = () => ({ name: `step-up-agent-${++made}`, role: 'agent' });

before(async () => {
  const secret = path.join(temporaryFolder('step-up'), 'secret');
  writeFileSync(secret, SECRET);
  const [here, there] = [await freePort(), await freePort()];
  provider = await startOidc({ port: there, origin: ORIGIN, people, logoutTo: `http://127.0.0.1:${here}` });
  world = await startWorld({
    peers: [], port: here,
    config: {
      console: { origin: ORIGIN },
      oidc: { issuer: provider.issuer, client_id: CLIENT, client_secret_file: secret, roles: ['admins = admin'], names: ['u-eve = eve', 'u-mal = mal'], step_up_acr_values: [STRONG] },
    },
  });
}, { timeout: 180_000 });
after(async () => { await world?.stop(); await provider?.stop(); });

const browser = () => new Browser({ keepline: world.keepline.url, origin: ORIGIN, provider });
const consoleOf = (cookie) => Object.assign(new Console(world.keepline, ORIGIN), { cookie });

test('who signed in at the provider makes no account before they prove it as that takes, themselves, and then the old cookie is worth nothing', { timeout: 180_000 }, async () => {
  const eve = browser();
  assert.equal(await eve.signIn('u-eve'), `${ORIGIN}/console/`);
  assert.equal(eve.asked.searchParams.get('acr_values'), null, 'to sign in, any way is good here');
  const stolen = eve.session;
  const why = await refused(consoleOf(stolen).post('/v1/staff-accounts', newAccount()), 'step-up-required', 403);
  assert.deepEqual([why.data('needed_for'), why.data('within_minutes')], ['access', '10']);
  await consoleOf(stolen).get('/v1/staff-accounts'); // whoever looks, or stops something, is asked for nothing
  await refused(consoleOf(stolen).post('/v1/staff-accounts/nobody-here/disablement', { reason: 'left' }), 'not-found');

  const proves = async (person, word) => {
    eve.sitDownAnew();
    const back = await eve.setOut(person, { from: 'prove', site: 'same-origin' });
    const asked = Object.fromEntries(eve.asked.searchParams);
    assert.deepEqual([asked.prompt, asked.max_age, asked.acr_values], ['login', '0', STRONG]);
    assert.equal((await eve.see(back)).to, `${ORIGIN}/console/?proved=${word}`);
    return back;
  };
  provider.proves = STRONG;
  await proves('u-mal', 'person');
  provider.proves = undefined;
  await proves('u-eve', 'stale');
  assert.equal(eve.session, stolen, 'nothing came of either');
  await refused(consoleOf(stolen).post('/v1/staff-accounts', newAccount()), 'step-up-required', 403);

  provider.proves = STRONG;
  const back = await proves('u-eve', 'yes');
  assert.notEqual(eve.session, stolen);
  await consoleOf(eve.session).post('/v1/staff-accounts', newAccount());
  await refused(consoleOf(stolen).get('/v1/whoami'), 'unauthenticated', 401);
  const good = eve.session;
  await eve.see(back);
  assert.equal(eve.session, good, 'what it came back with is good once');
  assert.match(JSON.stringify((await world.admin.get('/v1/tokens/eve/history')).body.items), /proved anew/);
});

test('nobody is sent to prove it from another site, or without a session; and a thief without the provider gets nowhere', { timeout: 180_000 }, async () => {
  provider.proves = undefined;
  const mal = browser();
  await mal.signIn('u-mal');
  for (const site of ['cross-site', 'same-site', 'none', undefined])
    assert.equal((await mal.see(`${ORIGIN}/console/oidc/prove`, { site })).to, `${ORIGIN}/console/`, String(site));
  assert.equal((await browser().see(`${ORIGIN}/console/oidc/prove`, { site: 'same-origin' })).to, `${ORIGIN}/console/`);
  const { body: asked } = await world.admin.post('/v1/tokens', { role: 'reviewer', id: 'step-up-reviewer' });
  await refused(consoleOf(mal.session).post(`/v1/tokens/step-up-reviewer/requests/${asked.request}/countersignature`), 'step-up-required', 403);
  await refused(consoleOf(mal.session).post('/v1/staff-sessions/current/proof', { password: PASSWORD, totp: '000000' }), 'unauthenticated', 401);
});

test('with an account it is proved anew by password and code; tokens are never asked', { timeout: 180_000 }, async () => {
  const olga = await newStaff({ keepline: world.keepline, origin: ORIGIN, by: world.admin, second: world.keymaster, name: 'olga', role: 'admin' });
  await olga.post('/v1/staff-accounts', newAccount()); // she has just signed in
  const before = olga.cookie;
  await refused(olga.post('/v1/staff-sessions/current/proof', { password: 'another password', totp: totp(olga.secret, 1) }), 'unauthenticated', 401);
  assert.equal(olga.cookie, before);
  const code = totp(olga.secret, 1);
  await olga.post('/v1/staff-sessions/current/proof', { password: PASSWORD, totp: code });
  assert.notEqual(olga.cookie, before);
  await olga.get('/v1/whoami');
  await refused(consoleOf(before).get('/v1/whoami'), 'unauthenticated', 401);
  await refused(olga.post('/v1/staff-sessions/current/proof', { password: PASSWORD, totp: code }), 'unauthenticated', 401);
  await refused(world.admin.post('/v1/staff-sessions/current/proof', { password: PASSWORD, totp: code }), 'not-found', 404);
  await world.admin.post('/v1/staff-accounts', newAccount());
});
