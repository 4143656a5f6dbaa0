// Accounts of staff in the wrong hands: a stolen cookie, another site, an administrator alone, a role of one's own making, whoever guesses.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, refused } from '../e2e/client.mjs';
import { COOKIE, Console, PASSWORD, newStaff } from '../e2e/console.mjs';
import { startWorld } from '../e2e/world.mjs';
import { attempt } from './attack.mjs';

const ORIGIN = 'http://localhost:9';
let world;
before(async () => { world = await startWorld({ peers: ['smsc'], config: { console: { origin: ORIGIN } } }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });
const makers = () => ({ keepline: world.keepline, origin: ORIGIN, by: world.admin, second: world.keymaster });

test("a session's cookie opens nothing from another site, without the console's header, or as a token", { timeout: 180_000 }, async () => {
  const cleo = await newStaff({ ...makers(), name: 'cleo', role: 'reviewer' });
  await refused(new Client(world.keepline, cleo.cookie).get('/v1/whoami'), 'unauthenticated', 401);
  const cookie = `${COOKIE}=${cleo.cookie}`;
  const sent = (method, target, headers, body) => attempt(new Client(world.keepline).request(method, target, { body, headers: { cookie, ...headers }, unchecked: true }));
  for (const headers of [{}, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { 'sec-fetch-site': 'none' }, { origin: 'https://evil.example' }, { origin: 'null' },
    { origin: ORIGIN, 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' }])
    assert.equal((await sent('GET', '/v1/whoami', headers)).status, 403, JSON.stringify(headers));
  const here = { 'sec-fetch-site': 'same-origin', origin: ORIGIN };
  assert.equal((await sent('POST', '/v1/staff-sessions/current/end', here, {})).status, 403, 'no header of the console');
  assert.equal((await sent('POST', '/v1/staff-sessions/current/end', { ...here, 'x-keepline-console': '0' }, {})).status, 403);
  assert.equal((await cleo.get('/v1/whoami')).body.id, 'cleo', 'nothing of it has ended the session');
  const token = await attempt(new Client(world.keepline).get('/v1/whoami', { headers: { cookie: `${COOKIE}=${world.admin.token}`, ...here }, unchecked: true }));
  assert.equal(token.status, 401, "a bearer's token is no cookie");
  assert.equal((await sent('GET', '/v1/whoami', { ...here, cookie: `${cookie}; ${cookie}` })).status, 401, 'two cookies are none');
});

test('one administrator alone lets nobody decide, and nobody takes another role', { timeout: 180_000 }, async () => {
  for (const role of ['reviewer', 'admin']) {
    const { status, body } = await world.admin.post('/v1/staff-accounts', { name: `own-${role}`, role });
    assert.equal(status, 202);
    await refused(world.admin.post(`/v1/tokens/own-${role}/requests/${body.request}/countersignature`), 'own-application');
    await refused(new Console(world.keepline, ORIGIN).accept(`own-${role}`, body.invitation), 'unauthenticated', 401);
  }
  const me = (await world.admin.get('/v1/whoami')).body;
  await refused(world.admin.post('/v1/staff-accounts', { name: 'me-too', role: 'reviewer', person: me.person }), 'own-application');
  for (const who of [world.agent, world.reviewer, world.system]) await refused(who.post('/v1/staff-accounts', { name: 'x', role: 'agent' }), 'forbidden', 403);
});

test("whoever saw the invitation counts as its holder: an administrator's second self signs nothing for them", { timeout: 180_000 }, async () => {
  const puppet = await newStaff({ ...makers(), name: 'puppet', role: 'reviewer' });
  const { body } = await world.admin.post('/v1/tokens', { role: 'admin', id: 'third' });
  const asked = await attempt(puppet.post(`/v1/tokens/third/requests/${body.request}/countersignature`));
  assert.equal(asked.status, 403);
  const { body: { items } } = await puppet.get('/v1/requests');
  for (const { request } of items) if (request.by.id === (world.admin.id ?? 'ops')) assert.equal(request.may_sign, false);
});

test('an account that is not signed for, or was reset, lets in neither its old holder nor the administrator alone', { timeout: 180_000 }, async () => {
  const finn = await newStaff({ ...makers(), name: 'finn', role: 'agent' });
  const { status, body } = await world.admin.post('/v1/staff-accounts/finn/reset', {});
  assert.equal(status, 202, "an agent's, too: whoever has the invitation is finn");
  await refused(new Console(world.keepline, ORIGIN).accept('finn', body.invitation), 'unauthenticated', 401);
  assert.equal((await finn.get('/v1/whoami')).body.id, 'finn', 'nothing has happened yet');
  await refused(finn.post(`/v1/tokens/finn/requests/${body.request}/countersignature`), 'forbidden', 403);
});

test('whoever guesses hears the same of every name, and is stopped', { timeout: 180_000 }, async () => {
  const thief = new Console(world.keepline, ORIGIN);
  const told = async (name, password, totp) => (await attempt(thief.post('/v1/staff-sessions', { name, password, totp }))).problem ?? {};
  const known = await told('cleo', 'not the password', '123456');
  const unknown = await told('nobody-at-all', 'not the password', '123456');
  assert.equal(known.code, 'unauthenticated');
  assert.deepEqual([known.detail, known.title], [unknown.detail, unknown.title]);
  let last;
  for (let n = 0; n < 21; n += 1) last = await told('gus', PASSWORD, '000000');
  assert.equal(last.code, 'too-many-requests');
});
