// One administrator revokes all others, counts as the first one again, and makes a second at once: a reviewer, a machine, whatever takes two.
// Seen to succeed as an attack on the program before (3cfacd3): the token opened something at once.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from '../e2e/client.mjs';
import { startWorld } from '../e2e/world.mjs';
import { until } from '../peers/wait.mjs';
import { acknowledge, attempt } from './attack.mjs';

let world;
before(async () => { world = await startWorld({ peers: [], config: { hlr: { kind: 'none' } } }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const opens = async (token) => (await attempt(new Client(world.keepline, token).get('/v1/whoami'))).status === 200;

test('who revokes all the others is not the first administrator again; the way back is the command line, which is told', async () => {
  await world.admin.post('/v1/tokens/keymaster/revocation');
  await until(async () => !(await opens(world.keymaster.token)), { what: 'the revocation', timeoutMs: 60_000 });
  const made = await attempt(world.admin.post('/v1/tokens', { role: 'admin', id: 'mine', person: 'nobody' }));
  assert.ok(!made.body?.token || !(await opens(made.body.token)), 'a second administrator of his own making');
  assert.equal(made.status, 202);
  await attempt(world.admin.post(`/v1/tokens/mine/requests/${made.body.request}/countersignature`));
  assert.ok(!(await opens(made.body.token)), 'signed by himself');
  assert.equal((await world.admin.post('/v1/tokens', { role: 'agent', id: 'clerk-9', person: 'clerk-9' })).status, 201, 'agents he makes as before');

  const { token } = await world.mustCli(['token', 'create', '--role', 'admin', '--id', 'back', '--person', 'other', '--json']);
  await until(() => opens(token), { what: 'the token to be taken up', timeoutMs: 60_000 });
  await until(async () => (await world.keepline.api('GET', '/readyz')).body.peers.some((peer) => peer.name === 'tokens'), { what: '/readyz to say so', timeoutMs: 60_000 });
  assert.match(JSON.stringify((await world.admin.get('/v1/tokens/back/history')).body), /"origin":"file"/);
  // Since then a token of the command line signs nothing until somebody knows of it, and is their kin from then on (rule changed on 2026-11-29): two
  // again are they after kin_days, which credential_test.cpp waits for.
  const back = new Client(world.keepline, token);
  const sign = () => attempt(back.post(`/v1/tokens/mine/requests/${made.body.request}/countersignature`));
  const unknown = await sign();
  assert.deepEqual([unknown.status, unknown.code], [403, 'forbidden']);
  assert.match(unknown.problem.detail, /acknowledg|know of it/);
  await acknowledge(world.admin, 'back');
  const kin = await sign();
  assert.deepEqual([kin.status, kin.code], [403, 'own-application']);
  assert.match(kin.problem.detail, /until \d{4}-\d\d-\d\dT/, 'until when');
  assert.ok(!(await opens(made.body.token)));
});
