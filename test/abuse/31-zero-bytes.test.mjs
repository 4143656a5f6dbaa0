// Item 31: text is read to its end, not to its first zero byte. Seen on 4b5af17: `"not_needed\u0000junk"` was taken for the
// reason `not_needed`, `?state=…%00…` and every other name likewise.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { refused } from '../e2e/client.mjs';
import { newLine, newSubscriber } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';

let world, line, subscriber;
before(async () => {
  world = await startWorld({ peers: [] });
  subscriber = newSubscriber();
  line = await world.takeOver(subscriber, newLine());
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

test('a name with a zero byte is no name', async () => {
  await refused(world.agent.post(`/v1/lines/${line.id}/closures`, { reason: 'not_needed\u0000junk' }), 'invalid', 422);
  await refused(world.admin.post('/v1/tokens', { role: 'agent\u0000junk', id: 'x' }), 'invalid', 422);
  await refused(world.agent.get('/v1/esims?state=available%00junk'), 'invalid', 422);
  await refused(world.admin.get('/v1/effects?destination=sms%00junk'), 'invalid', 422);
});

test('and no other text has one', async () => {
  const person = { full_name: 'A\u0000B' };
  await refused(world.agent.post('/v1/subscribers', { ...newSubscriber(), person }), 'invalid', 422);
  const contact = { id: 'm', by: 'mail', address: 'a@b.example\u0000.evil.example' };
  await refused(world.agent.post('/v1/subscribers', newSubscriber({ contacts: [contact] })), 'invalid', 422);
  await refused(world.system.post(`/v1/lines/${line.id}/legal-hold`, { reference: 'a\u0000b' }), 'invalid', 422);
  assert.equal((await world.agent.get(`/v1/lines/${line.id}`)).body.closure, undefined);
});
