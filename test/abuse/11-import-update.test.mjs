// Item 11, and what an attack on the merged program found: one system's token sends a line that is known again, with `update` and a last day long past.
// On d086bb3 the line went through grace and suspension and ended within a second, its IMSI was deleted from the HLR and its balance was gone: also
// under a legal hold, a customer's lock and while it was being ported out. Now nothing of a line on hold is changed, and no end comes nearer than the first reminder.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { refused } from '../e2e/client.mjs';
import { daysFromNow } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { victim } from './attack.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['hlr', 'smsc'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const update = ({ subscriber, line }, over) => world.system.post('/v1/lines/import', { subscriber, line: { ...line, ...over }, update: true });
async function untouched(one) {
  const now = (await world.admin.get(`/v1/lines/${one.id}`)).body;
  assert.equal(now.status, 'active');
  assert.ok(await world.hlr.info(one.line.profiles[0].imsi), 'it is still served');
}

test('a last day in the past, or before the owner can be reminded, is refused', async () => {
  const one = await victim(world);
  for (const days of [-500, -1, 0, 5]) await refused(update(one, { valid_until: daysFromNow(days), since: daysFromNow(-900) }), 'invalid', 422);
  await untouched(one);
});

test('nothing of a line on hold is changed', async () => {
  const [held, locked] = [await victim(world), await victim(world)];
  await world.system.post(`/v1/lines/${held.id}/legal-hold`, { reference: 'Court order 77' });
  await locked.customer.post(`/v1/lines/${locked.id}/customer-lock`, { locked: true });
  for (const one of [held, locked]) {
    await refused(update(one, { balance: { minor: 1, currency: 'CNY' } }), 'blocked', 409);
    await untouched(one);
  }
});
