// Notes of the staff about a line and a case: sealed for its owner, read for a reason, told to the owner, gone with their data.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, refused } from './client.mjs';
import { eventTypes, history, open } from './journey.mjs';
import { newLine, newSubscriber } from './people.mjs';
import { startWorld } from './world.mjs';

const WORDS = 'She rang twice, and somebody whispered beside her.';
let world;
let line;
let closure;
let owner;
before(async () => {
  world = await startWorld({ peers: ['smsc'] });
  owner = newSubscriber();
  line = await world.takeOver(owner, newLine());
  closure = await open(world.agent, line.id);
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

test('what an agent wrote is there for the next one who says why, and is in no journal', { timeout: 180_000 }, async () => {
  const { body: made, status } = await world.agent.post(`/v1/closures/${closure.id}/notes`, { words: WORDS });
  assert.equal(status, 201);
  assert.deepEqual([made.serial, made.closure_id, made.line_id, made.words], [1, closure.id, line.id, WORDS]);
  await world.reviewer.post(`/v1/lines/${line.id}/notes`, { words: 'About the line.' });

  const marks = (await world.reviewer.get(`/v1/closures/${closure.id}/notes`)).body.items;
  assert.equal(marks.length, 1);
  assert.equal(marks[0].words, undefined, 'without a reason it is said that there is one');
  assert.equal(marks[0].by.id, (await world.agent.get('/v1/whoami')).body.id);
  const [read] = (await world.reviewer.get(`/v1/closures/${closure.id}/notes?reason=${encodeURIComponent('before I decide')}`)).body.items;
  assert.equal(read.words, WORDS);
  assert.equal((await world.agent.get(`/v1/lines/${line.id}/notes?reason=${encodeURIComponent('the caller asks')}`)).body.items.length, 2, 'the line shows those of its cases, too');

  const entries = await history(world.reviewer, line.id);
  assert.ok(eventTypes(entries).includes('note_written'));
  assert.ok(!JSON.stringify(entries).includes('whispered'));
});

test('the owner sees that it was read, by role; an administrator sees by whom, and why', { timeout: 180_000 }, async () => {
  const customer = await world.as(owner.id);
  const at = `/v1/subscribers/${owner.id}/looks`;
  const [last] = (await customer.get(at)).body.items;
  assert.equal(last.what, 'notes');
  assert.deepEqual(Object.keys(last).sort(), ['as', 'at', 'what']);
  const seen = (await world.admin.get(at)).body.items;
  assert.deepEqual(seen.filter(({ what }) => what === 'notes').map(({ as, why }) => `${as}: ${why}`).sort(), ['agent: the caller asks', 'reviewer: before I decide']);
  await refused(world.agent.get(at), 'forbidden');
  const stranger = newSubscriber();
  await world.system.post('/v1/subscribers', stranger);
  await refused((await world.as(stranger.id)).get(at), 'not-found');
});

test('the same request again writes nothing again', { timeout: 180_000 }, async () => {
  const key = 'note-once-0001';
  const first = await world.agent.post(`/v1/lines/${line.id}/notes`, { words: 'Once.' }, { key });
  const again = await world.agent.post(`/v1/lines/${line.id}/notes`, { words: 'Once.' }, { key });
  assert.equal(again.body.serial, first.body.serial);
  assert.equal(again.body.words, 'Once.');
});

test('customers and systems neither write nor read them; a customer sees no trace in the history', { timeout: 180_000 }, async () => {
  const customer = await world.as(owner.id);
  for (const client of [customer, world.system, new Client(world.keepline, undefined)]) {
    const code = client.token ? 'forbidden' : 'unauthenticated';
    await refused(client.get(`/v1/lines/${line.id}/notes`), code);
    await refused(client.post(`/v1/lines/${line.id}/notes`, { words: 'x' }), code);
  }
  assert.ok(!JSON.stringify((await customer.get(`/v1/lines/${line.id}/history?limit=200`)).body).includes('note_written'));
  await refused(world.agent.post(`/v1/lines/${line.id}/notes`, { words: '' }), 'invalid');
  await refused(world.agent.post(`/v1/lines/${line.id}/notes`, { words: 'a\u0007b' }), 'invalid');
  await refused(world.agent.post(`/v1/lines/${line.id}/notes`, { words: 'x'.repeat(2001) }), 'invalid');
});
