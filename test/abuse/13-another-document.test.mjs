// Issue 7, item 13. A document that is not the one on file.
// Seen to succeed as an attack on 4b5af17: ABUSE_OLD_SOURCE=(its source) KEEPLINE_BIN=(its binary).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, read } from '../e2e/journey.mjs';
import { startWorld } from '../e2e/world.mjs';
import { attempt, documentOf, victim } from './attack.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['hlr', 'smsc'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const shows = (closure, shown, kind = 'id_document') => attempt(world.agent.through('counter')
  .post(`/v1/closures/${closure.id}/evidence`, { kind, passed: true, method: 'counter 12', ...(shown && { shown }) }));
const evidenceOf = async (closure) => (await read(world.agent, closure.id)).evidence;

test('another document number is a failed proof and counts until the case locks', async () => {
  const one = await victim(world);
  const closure = await open(one.customer, one.id);
  assert.equal((await shows(closure, '999999')).code, 'proof-mismatch');
  const [failed] = await evidenceOf(closure);
  assert.deepEqual([failed.passed, failed.compared], [false, 'mismatched']);
  for (let i = 0; i < 4; ++i) await shows(closure, `99999${i}`);
  assert.equal((await shows(closure, documentOf(one))).code, 'otp-locked', 'five tries, then it waits');
});

test('staff must say what was shown, and however it is typed it is recognised', async () => {
  const one = await victim(world);
  const closure = await open(one.customer, one.id);
  assert.equal((await shows(closure)).code, 'invalid');
  await shows(closure, documentOf(one).replace(/(.{6})/, '$1 ').toLowerCase());
  assert.deepEqual((await evidenceOf(closure)).map((each) => [each.passed, each.compared]), [[true, 'matched']]);
});

test('where nothing is on file the case says so', async () => {
  const one = await victim(world, {});
  const closure = await open(one.customer, one.id);
  await shows(closure, 'X1', 'bank_card');
  const [shown] = await evidenceOf(closure);
  assert.equal(shown.compared, 'not_on_file', 'a passport-like number beside an account of digits');
});
