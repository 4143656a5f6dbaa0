// People by name: found in whichever order and width, masked, written down with the reason, and not any more once they are erased.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { refused } from './client.mjs';
import { newLine, newSubscriber } from './people.mjs';
import { startWorld } from './world.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['smsc'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

async function somebody(full_name) {
  const subscriber = newSubscriber();
  subscriber.person.full_name = full_name;
  const line = newLine();
  const { id } = await world.takeOver(subscriber, line);
  return { subscriber, line, id };
}
const search = (client, name, more = {}) => client.post('/v1/people/search', { name, reason: 'rang from a shop', ...more });
const ids = ({ body }) => body.items.map(({ id }) => id);

test('a name is found as it is typed, and answered masked', { timeout: 180_000 }, async () => {
  const zoe = await somebody('Zoë Quistgaard');
  const ming = await somebody('欧阳小明');
  const hits = await search(world.agent, 'QUISTGAARD  zoë');
  assert.deepEqual(ids(hits), [zoe.subscriber.id]);
  assert.deepEqual(hits.body.items[0], { id: zoe.subscriber.id, name: 'Z** Q**', lines: [{ line_id: zoe.id, number_tail: zoe.line.number.slice(-4), status: 'active' }] });
  assert.deepEqual(ids(await search(world.reviewer, 'quistgaard')), [zoe.subscriber.id]);
  assert.deepEqual(ids(await search(world.admin, '欧阳 小明')), [ming.subscriber.id]);
  assert.deepEqual(ids(await search(world.agent, '欧阳')), [], 'part of a name is none');
  assert.deepEqual(ids(await search(world.agent, 'Nobody Here')), []);
});

test('there are pages', { timeout: 180_000 }, async () => {
  const all = [];
  for (let i = 0; i < 3; ++i) all.push((await somebody('Petra Vielfach')).subscriber.id);
  const first = await search(world.agent, 'vielfach', { limit: 2 });
  assert.equal(first.body.items.length, 2);
  const rest = await search(world.agent, 'vielfach', { limit: 2, after: first.body.next });
  assert.deepEqual([...ids(first), ...ids(rest)].sort(), all.sort());
  assert.equal(rest.body.next, undefined);
});

test('who searched, and why, is written down; the name is not', { timeout: 180_000 }, async () => {
  await search(world.reviewer, 'Quistgaard Undine', { reason: 'lost her number' });
  const who = (await world.reviewer.get('/v1/whoami')).body.id;
  const text = JSON.stringify((await world.admin.get(`/v1/tokens/${who}/history`)).body);
  assert.match(text, /lost her number/);
  assert.doesNotMatch(text, /undine/i);
});

test('whoever was found has been looked at: they see it, and an administrator sees by whom and why', { timeout: 180_000 }, async () => {
  const una = await somebody('Una Ungesehen');
  await search(world.agent, 'ungesehen', { reason: 'the first reason' });
  await search(world.agent, 'ungesehen', { reason: 'another reason' });
  const at = `/v1/subscribers/${una.subscriber.id}/looks`;
  assert.deepEqual((await (await world.as(una.subscriber.id)).get(at)).body.items.map(({ what, as }) => [what, as]), [['name', 'agent'], ['name', 'agent']]);
  assert.deepEqual((await world.admin.get(at)).body.items.map(({ why }) => why), ['another reason', 'the first reason']);
});

test('names are looked for twenty times an hour by one person', { timeout: 180_000 }, async () => {
  const many = async () => { for (let i = 0; i < 41; ++i) await search(world.keymaster, `Nobody ${i}`); }; // one more than in two hours, should one begin
  await refused(many(), 'too-many-requests', 429);
});

test('customers and systems do not search, and nobody without a reason', { timeout: 180_000 }, async () => {
  const one = await somebody('Anton Allein');
  await refused(search(await world.as(one.subscriber.id), 'Anton Allein'), 'forbidden');
  await refused(search(world.system, 'Anton Allein'), 'forbidden');
  await refused(search(world.agent, 'Anton Allein', { reason: '' }), 'invalid');
  await refused(search(world.agent, '···'), 'invalid');
  await refused(search(world.agent, 'Anton', { limit: 21 }), 'invalid');
});
