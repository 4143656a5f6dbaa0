// Issue 7, item 16. One reviewer clears a suspicion of fraud and approves the case alone.
// Seen to succeed as an attack on 4b5af17: ABUSE_OLD_SOURCE=(its source) KEEPLINE_BIN=(its binary).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decide, read } from '../e2e/journey.mjs';
import { startWorld } from '../e2e/world.mjs';
import { applies, attempt, victim } from './attack.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['hlr', 'smsc'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

test('who clears does not approve, and the risk is assessed again', async () => {
  const one = await victim(world, { policy: 'reviewed' });
  const closure = await applies(world, one);
  await one.customer.post(`/v1/closures/${closure.id}/repudiation`, { contact: 'mail' });
  await world.reviewer.post(`/v1/closures/${closure.id}/fraud-clearance`, { reason: 'I say it was them' });
  await attempt(decide(world.reviewer, closure, 'approval'));
  const now = await read(world.agent, closure.id);
  assert.deepEqual([now.stage, now.risk.level, now.risk.facts], ['in_review', 'high', ['prior_fraud_hold']]);
  assert.equal((await decide(world.second, closure, 'approval')).stage, 'in_review', 'high risk takes two, and the one who cleared is neither');
});
