// Issue 7, item 17. A thief of the subscriber's token takes the customer's own lock off.
// Seen to succeed as an attack on 4b5af17: ABUSE_OLD_SOURCE=(its source) KEEPLINE_BIN=(its binary).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { contactOf, plain } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { attempt, victim } from './attack.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['hlr', 'smsc'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const locks = (one, body) => attempt(one.customer.post(`/v1/lines/${one.id}/customer-lock`, body));

test('a token alone does not take the lock off; its owner is told and locks again', async () => {
  const one = await victim(world, { policy: 'cn' });
  await locks(one, { locked: true });
  const asked = await locks(one, { locked: false });
  assert.equal(asked.body.customer_lock, true);
  assert.ok(Date.parse(asked.body.customer_unlock_at) > Date.now() + 71 * 3600_000);
  await world.smsc.waitFor({ to: plain(contactOf(one.subscriber, 'phone')), text: /comes off in 72 hours unless/ });
  const again = await locks(one, { locked: true });
  assert.equal(again.body.customer_unlock_at, undefined);
});

test('recovery codes that the same token has just made are no proof', async () => {
  const one = await victim(world, { policy: 'cn' });
  await locks(one, { locked: true });
  const [code] = (await one.customer.post(`/v1/lines/${one.id}/recovery-codes`)).body.codes;
  await locks(one, { locked: false, recovery_code: code });
  await locks(one, { locked: false });
  assert.equal((await one.customer.get(`/v1/lines/${one.id}`)).body.customer_lock, true);
});
