// Issue 7, item 15. Opening and withdrawing until a confirmed fraud is forgotten.
// Seen to succeed as an attack on 4b5af17: ABUSE_OLD_SOURCE=(its source) KEEPLINE_BIN=(its binary).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { open, read } from '../e2e/journey.mjs';
import { startWorld } from '../e2e/world.mjs';
import { attempt, victim } from './attack.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['hlr', 'smsc'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

test('a confirmed fraud is not washed out by 16 pairs of opening and withdrawing', async () => {
  const one = await victim(world, { policy: 'patient' });
  const first = await open(one.customer, one.id);
  await one.customer.post(`/v1/closures/${first.id}/repudiation`, {});
  await world.reviewer.post(`/v1/closures/${first.id}/fraud-confirmation`, { reason: 'stolen session, the owner was abroad' });
  for (let i = 0; i < 17; ++i) {
    const closure = await open(one.customer, one.id);
    await one.customer.post(`/v1/closures/${closure.id}/withdrawal`);
  }
  const { risk } = await read(world.agent, (await open(one.customer, one.id)).id);
  assert.deepEqual([risk.level, risk.facts.includes('prior_fraud_hold')], ['high', true]);
});

test('under the policy as it is shipped, opening and withdrawing has an end', async () => {
  const one = await victim(world, { policy: 'cn' });
  let refusal;
  for (let i = 0; i < 30 && !refusal; ++i) {
    const opened = await attempt(one.customer.post(`/v1/lines/${one.id}/closures`, { reason: 'other' }));
    if (opened.code) refusal = opened;
    else await one.customer.post(`/v1/closures/${opened.body.id}/withdrawal`);
  }
  assert.equal(refusal?.code, 'closure-limit');
});
