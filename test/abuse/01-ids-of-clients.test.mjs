// Item 1: an id that a client chooses is never one of ours. Seen on 4b5af17: registering a subscriber whose id is a line's
// `ln_…` ended the process (the first test dies with "fetch failed"), again after each restart; a "subscriber" called
// `p_<iccid>` shared its vault key with that profile, so that erasing the one destroyed the other's keys.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { refused } from '../e2e/client.mjs';
import { newLine, newSubscriber, yuan } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';

let world, line, subscriber;
before(async () => {
  world = await startWorld({ peers: [] });
  subscriber = newSubscriber();
  line = await world.takeOver(subscriber, newLine());
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const ours = () => [line.id, `es_${line.id.slice(3)}`, `sb_${subscriber.id}`, `p_${line.profiles[0].iccid}`, 'cl_1', 'ln_', '.', '..', '...'];

test('a subscriber with an id of ours is refused, and the process lives', async () => {
  for (const id of ours()) {
    await refused(world.agent.post('/v1/subscribers', newSubscriber({ id })), 'invalid', 422);
    await refused(world.system.post('/v1/lines/import', { subscriber: newSubscriber({ id }), line: newLine() }), 'invalid', 422);
  }
  assert.equal((await world.admin.get('/readyz')).status, 200);
  assert.equal((await world.agent.get(`/v1/lines/${line.id}`)).body.id, line.id);
});

test('the same for every other id that a client chooses', async () => {
  for (const id of ours()) {
    await refused(world.admin.post('/v1/tokens', { role: 'subscriber', id }), 'invalid', 422);
    const contact = { id, by: 'mail', address: 'a@b.example' };
    await refused(world.agent.post('/v1/subscribers', newSubscriber({ contacts: [contact] })), 'invalid', 422);
    await refused(world.agent.post(`/v1/subscribers/${subscriber.id}/contacts`, { contacts: [contact] }), 'invalid', 422);
    await refused(world.system.post(`/v1/lines/${line.id}/products`, { id, kind: 'broadband', detach_price: yuan(0) }), 'invalid', 422);
    await refused(world.agent.post('/v1/lines', { number: newLine().number, policy: 'quick', subscriber: id, profiles: [] }), 'invalid', 422);
  }
});

test('an erasure reaches a subscriber only', async () => {
  const name = `p_${line.profiles[0].iccid}`;
  await refused(world.admin.post(`/v1/subscribers/${name}/erasure`), 'not-found', 404);
  await refused(world.admin.post(`/v1/subscribers/${encodeURIComponent(`p:${line.profiles[0].iccid}`)}/erasure`), 'not-found', 404);
});

test('ids on the command line, too', async () => {
  const made = await world.cli(['token', 'create', '--role', 'subscriber', '--id', line.id]);
  assert.notEqual(made.code, 0);
  const file = path.join(world.folder, 'rows.csv');
  const { number } = newLine();
  writeFileSync(file, `number,policy,subscriber,since,valid_until,full_name,currency,balance,mail,verified\n${number},quick,${line.id},2024-05-01,2027-05-01,A B,CNY,1.00,,\n`);
  const { code, stdout, stderr } = await world.cli(['import', file]);
  assert.notEqual(code, 0, stdout + stderr);
  assert.equal((await world.admin.get('/readyz')).status, 200);
});
