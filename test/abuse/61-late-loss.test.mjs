// Issue 12. A thief applies from a phone that they took, and the owner has no more to say than that it is gone: before the decision, and after it.
// Before, one reviewer decided on the risk of the submission, and the stolen phone carried the case to its end by deleting its profile
// (read in 8154caf, which has no `approvals_wanted`; not run on it).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { refused } from '../e2e/client.mjs';
import { decide, read, reportDeleted } from '../e2e/journey.mjs';
import { startWorld } from '../e2e/world.mjs';
import { until } from '../peers/wait.mjs';
import { applies, victim } from './attack.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['smsc'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const isLost = (one) => world.agent.post(`/v1/lines/${one.id}/lost`, { how: 'a call from a friend\'s phone' });

/** Of low risk, and its policy has people look at every case. */
async function waiting() {
  const one = await victim(world, { policy: 'reviewed' });
  const { id } = await applies(world, one);
  return { one, closure: await read(world.reviewer, id) };
}

test('a loss that is reported while the case is reviewed takes two who approve after it', async () => {
  const { one, closure } = await waiting();
  assert.deepEqual([closure.stage, closure.risk.level, closure.approvals_wanted], ['in_review', 'low', 1]);
  await isLost(one);
  assert.equal((await decide(world.reviewer, closure, 'approval')).stage, 'in_review', 'one person');
  await refused(decide(world.reviewer, closure, 'approval'), 'second-person-needed', 409);
  assert.notEqual((await decide(world.second, closure, 'approval')).stage, 'in_review');
});

test('contact points that a thief changes while the case is reviewed take two as well', async () => {
  const { one, closure } = await waiting();
  const contacts = [...one.subscriber.contacts, { id: 'thiefs', by: 'mail', address: 'thief@nowhere.example' }];
  await one.customer.post(`/v1/subscribers/${one.subscriber.id}/contacts`, { contacts });
  await until(async () => (await read(world.reviewer, closure.id)).approvals_wanted === 2, { what: 'the line to know', timeoutMs: 60_000 });
  assert.equal((await decide(world.reviewer, closure, 'approval')).stage, 'in_review', 'one person');
  assert.notEqual((await decide(world.second, closure, 'approval')).stage, 'in_review');
});

test('a stolen phone that deletes its profile after it was reported ends nothing', async () => {
  const one = await victim(world);
  const closure = await applies(world, one);
  assert.equal(closure.stage, 'unbinding');
  await isLost(one);
  for (const profile of one.line.profiles) await reportDeleted(world.system, one.id, profile);
  assert.equal((await read(world.reviewer, closure.id)).stage, 'unbinding', 'the word of whoever has it');
  await one.customer.post(`/v1/closures/${closure.id}/withdrawal`, {});
  assert.equal((await read(world.reviewer, closure.id)).stage, 'withdrawn', 'the owner still has time');
});
