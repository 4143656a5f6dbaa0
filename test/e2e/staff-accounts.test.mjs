// Local accounts of staff: two administrators make one, its holder takes it up with an authenticator, signs in, works by the cookie, and is out again.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { refused } from './client.mjs';
import { Console, PASSWORD, newStaff } from './console.mjs';
import { decide } from './journey.mjs';
import { startWorld } from './world.mjs';
import { applies, victim } from '../abuse/attack.mjs';

const ORIGIN = 'http://localhost:9';
let world;
before(async () => { world = await startWorld({ peers: ['smsc', 'webhook'], config: { console: { origin: ORIGIN } } }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const makers = () => ({ keepline: world.keepline, origin: ORIGIN, by: world.admin, second: world.keymaster });

test('two administrators make a reviewer, who signs in and decides', { timeout: 180_000 }, async () => {
  const cleo = await newStaff({ ...makers(), name: 'cleo', role: 'reviewer' });
  assert.match(cleo.setCookie, /^keepline_staff=[^;]+; Path=\/; HttpOnly; SameSite=Strict$/, 'over plain HTTP, for one machine');
  const { body: here } = await cleo.get('/v1/staff-sessions/current');
  assert.equal(here.name, 'cleo');
  assert.equal(here.role, 'reviewer');
  assert.deepEqual(here.channels, ['staff']);
  assert.equal(here.idle_minutes, 30);
  assert.ok(Math.abs(Date.parse(here.until) - Date.parse(here.since) - 8 * 3_600_000) < 1000, 'eight hours, but for the commit between');
  assert.equal((await cleo.get('/v1/whoami')).body.id, 'cleo');

  const one = await victim(world, { policy: 'reviewed' });
  const closure = await applies(world, one);
  assert.equal(closure.stage, 'in_review');
  const queue = async () => (await cleo.get('/v1/closures?stage=in_review')).body.items.find(({ id }) => id === closure.id);
  assert.equal(typeof (await queue()).days_left, 'number');
  await cleo.post(`/v1/closures/${closure.id}/claim`);
  assert.equal((await queue()).claimed_by, 'cleo');
  assert.equal((await refused(world.reviewer.post(`/v1/closures/${closure.id}/claim`), 'changed-since')).data('claimed_by'), 'cleo');
  const claimed = (await cleo.get(`/v1/closures/${closure.id}`)).body;
  assert.equal(claimed.claimed_by, 'cleo');
  assert.equal((await one.customer.get(`/v1/closures/${closure.id}`)).body.claimed_by, undefined, 'which is the staff\'s business');
  const reviewer = (await world.reviewer.get('/v1/whoami')).body.id;
  assert.equal((await refused(cleo.post(`/v1/closures/${closure.id}/hand-over`, { to: 'nobody-here', reason: 'night shift' }), 'invalid')).data('field'), 'to');
  await refused(world.reviewer.post(`/v1/closures/${closure.id}/hand-over`, { to: reviewer, reason: 'night shift' }), 'invalid');
  const handed = (await cleo.post(`/v1/closures/${closure.id}/hand-over`, { to: reviewer, reason: 'night shift' })).body;
  assert.deepEqual([handed.claimed_by, handed.handed_by, handed.handed_why], [reviewer, 'cleo', 'night shift']);
  assert.equal((await world.reviewer.get('/v1/closures?stage=in_review&claimed_by=me&limit=200')).body.items.find(({ id }) => id === closure.id).handed_why, 'night shift');
  const decided = await decide(cleo, closure, 'approval');
  assert.notEqual(decided.stage, 'in_review');

  const { body: { items: sessions } } = await cleo.get('/v1/staff-sessions');
  assert.equal(sessions.length, 1);
  assert.equal(sessions[0].own, true);
  await cleo.post('/v1/staff-sessions/current/end');
  assert.equal(cleo.cookie, null);
  const first = cleo.secret;
  await cleo.signIn('cleo', { ahead: 1 });
  assert.ok(cleo.cookie);
  assert.equal(cleo.secret, first);
});

test('what an account did stands in the journal, and neither password nor code anywhere', { timeout: 180_000 }, async () => {
  const { body: { items } } = await world.admin.get('/v1/tokens/cleo/history');
  const text = JSON.stringify(items);
  for (const event of ['second_wanted', 'second_given', 'account_opened', 'account_taken_up', 'staff_signed_in', 'token_issued', 'sessions_ended']) assert.match(text, new RegExp(event));
  for (const hidden of [PASSWORD, 'argon2', '"invitation"', '"secret"', '"callers"']) assert.ok(!text.includes(hidden), hidden);
  assert.ok(!world.keepline.log.includes(PASSWORD));
  const { body: { items: accounts } } = await world.admin.get('/v1/staff-accounts');
  const cleo = accounts.find(({ name }) => name === 'cleo');
  assert.equal(cleo.state, 'active');
  assert.ok(cleo.signed_in_at);
  assert.ok(!JSON.stringify(accounts).includes('argon2'));
});

test('a disabled account is out at once; two let it in again, with another password', { timeout: 180_000 }, async () => {
  const dora = await newStaff({ ...makers(), name: 'dora', role: 'agent' });
  await dora.get('/v1/whoami');
  await world.admin.post('/v1/staff-accounts/dora/disablement', { reason: 'the tablet is gone' });
  await refused(dora.get('/v1/whoami'), 'unauthenticated', 401);
  await refused(dora.signIn('dora', { ahead: 1 }), 'unauthenticated', 401);
  const reset = await world.admin.post('/v1/staff-accounts/dora/reset', {});
  assert.equal(reset.status, 202);
  const again = new Console(world.keepline, ORIGIN);
  await refused(again.accept('dora', reset.body.invitation), 'unauthenticated', 401);
  await world.keymaster.post(`/v1/tokens/dora/requests/${reset.body.request}/countersignature`);
  await again.accept('dora', reset.body.invitation, 'another dozen of letters');
  assert.equal((await again.get('/v1/whoami')).body.id, 'dora');
  await refused(dora.signIn('dora', { ahead: 1 }), 'unauthenticated', 401);
});

test('sessions outlive a restart', { timeout: 180_000 }, async () => {
  const eve = await newStaff({ ...makers(), name: 'eve', role: 'agent', channel: 'counter' });
  await world.keepline.restart({ hard: true });
  assert.equal((await eve.get('/v1/staff-sessions/current')).body.name, 'eve');
});

test('accounts from the command line', { timeout: 180_000 }, async () => {
  const env = { KEEPLINE_TOKEN: world.admin.token };
  const made = await world.mustCli(['account', 'add', 'finn', '--role', 'agent', '--json'], { env });
  assert.match(made.invitation, /^[0-9a-z]{4}(-[0-9a-z]{4}){3}$/);
  const listed = await world.mustCli(['account', 'list', '--json'], { env });
  assert.equal(listed.items.find(({ name }) => name === 'finn').state, 'invited');
  const asked = await world.mustCli(['account', 'reset', 'finn', '--json'], { env });
  assert.ok(asked.request);
  const over = await world.mustCli(['account', 'disable', 'finn', '--reason', 'a mistake', '--json'], { env });
  assert.equal(over.state, 'disabled');
});
