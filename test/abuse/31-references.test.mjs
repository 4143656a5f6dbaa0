// Item 31, and what an attack on the merged program found: the 12 digits that messages carry were an id as well. Staff opened any line by guessing them,
// past the limit of look-ups and unseen; and one customer who asked about made-up messages used up everybody's look-ups for an hour, though their own limit
// was spent long before. Both were seen to succeed on d086bb3.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { refused } from '../e2e/client.mjs';
import { attempt, victim } from './attack.mjs';
import { open } from '../e2e/journey.mjs';
import { startWorld } from '../e2e/world.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['smsc'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

test('a reference is no id: staff look it up, within their limit', async () => {
  const one = await victim(world);
  const closure = await open(one.customer, one.id);
  const digits = (await one.customer.get(`/v1/closures/${closure.id}`)).body.reference.replaceAll(' ', '');
  for (const path of [`/v1/lines/${digits}`, `/v1/lines/${digits}/eligibility`]) await refused(world.agent.get(path), 'not-found', 404);
  await refused(world.agent.get(`/v1/closures/${digits}-c1`), 'closure-missing', 404);
  assert.equal((await world.agent.post('/v1/lines/search', { reference: digits })).body.id, one.id);
});

test('one who has spent their own look-ups spends nobody else\'s', async () => {
  const [thief, other] = [await victim(world), await victim(world)];
  const asked = { 404: 0, 429: 0 };
  for (let round = 0; round < 75; ++round)
    for (const got of await Promise.all(Array.from({ length: 50 }, (_, i) => attempt(thief.customer.get(`/v1/messages/${200000000000 + round * 50 + i}`)))))
      ++asked[got.status];
  assert.ok(asked[404] > 0 && asked[429] > 3000, JSON.stringify(asked));
  await refused(other.customer.get('/v1/messages/123456789012'), 'not-found', 404);
});
