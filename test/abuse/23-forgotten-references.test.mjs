// Issue 7, item 23. After thirty-two others, a payment's reference is forgotten and the same payment is booked again.
// Seen to succeed as an attack on 4b5af17: ABUSE_OLD_SOURCE=(its source) KEEPLINE_BIN=(its binary).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { yuan } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { victim } from './attack.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['smsc'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const prepaid = async (one) => (await world.system.get(`/v1/lines/${one.id}/balance`)).body.prepaid.minor;

test('the same reference counts once, whatever comes in between', async () => {
  const one = await victim(world);
  const pay = (reference) => world.system.post(`/v1/lines/${one.id}/top-ups`, { amount: yuan(100), reference });
  const before = await prepaid(one);
  await pay('first');
  for (let i = 0; i < 40; ++i) await pay(`other-${i}`);
  await pay('first');
  assert.equal(await prepaid(one), before + 41 * 100);
});

test('the same Idempotency-Key within the day does nothing again, whatever comes in between', async () => {
  const one = await victim(world);
  const charge = (key, reference) => world.system.post(`/v1/lines/${one.id}/charges`, { amount: yuan(10), what: 'month', reference }, { key });
  await charge('the-first-key', 'c-first');
  for (let i = 0; i < 40; ++i) await charge(`key-${i}`, `c-${i}`);
  const again = await charge('the-first-key', 'c-first');
  assert.equal(again.headers.get('idempotency-replayed'), 'true');
});
