// What people hand in as documents, attacked: a clerk who looks without a reason or through everybody's, another session, bytes
// that are meant to harm whoever opens or keeps them, a person who was erased and whose file is looked for on the disk.
//
// A program before this has no documents at all: nothing to see there.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { deflateSync } from 'node:zlib';
import { after, before, test } from 'node:test';
import { refused } from '../e2e/client.mjs';
import { newLine, newSubscriber } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['smsc'], config: { tokens: { searches_hourly: 12 } } }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const PDF = Buffer.from('%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n');

function crc(bytes) {
  let c = 0xffffffff;
  for (const byte of bytes) { c ^= byte; for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1; }
  return (c ^ 0xffffffff) >>> 0;
}
function chunk(type, data) {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(data.length);
  head.write(type, 4, 'latin1');
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc(Buffer.concat([head.subarray(4), data])));
  return Buffer.concat([head, data, sum]);
}
/** A black picture, and whatever stands behind its end. */
function png(width, height, { rows = height, behind = '' } = {}) {
  const size = Buffer.alloc(13);
  size.writeUInt32BE(width);
  size.writeUInt32BE(height, 4);
  size.set([8, 0, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', size), chunk('tEXt', Buffer.from('Comment\0taken at 31.2304 N')),
    chunk('IDAT', deflateSync(Buffer.alloc((width + 1) * rows))), chunk('IEND', Buffer.alloc(0)), Buffer.from(behind)]);
}

async function someone() {
  const subscriber = newSubscriber();
  await world.takeOver(subscriber, newLine());
  return { id: subscriber.id, at: `/v1/subscribers/${subscriber.id}/documents`, customer: await world.as(subscriber.id) };
}
const add = (client, one, bytes, { purpose = 'id_document', type = 'application/octet-stream', ...more } = {}) =>
  client.post(`${one.at}?purpose=${purpose}`, bytes, { headers: { 'content-type': type }, ...more });
const look = (client, one, id, body) => client.post(`${one.at}/${id}/opening`, body);

function files(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true }).map((name) => path.join(folder, name)).filter((name) => statSync(name).isFile());
}
const kept = () => files(world.folder).filter((name) => name.includes('.documents/'));

test('its owner hands one in and has it again; what is on the disk shows nothing of it', async () => {
  const one = await someone();
  const { status, body } = await add(one.customer, one, PDF, { purpose: 'power_of_attorney' });
  assert.equal(status, 201);
  assert.deepEqual([body.purpose, body.media, body.bytes, body.by.as], ['power_of_attorney', 'pdf', PDF.length, 'subscriber']);
  const seen = await look(one.customer, one, body.id);
  assert.deepEqual(seen.body, PDF);
  assert.match(seen.headers.get('content-disposition'), /^attachment/);
  assert.equal(seen.headers.get('x-content-type-options'), 'nosniff');
  const [file] = kept().filter((name) => name.includes(one.id));
  assert.ok(!readFileSync(file).includes('%PDF'), 'sealed');
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test('a clerk who looks without a reason, or at what they handed in, or at everybody\'s, does not get far; each look is written down', async () => {
  const one = await someone();
  const { id } = (await add(world.agent, one, PDF)).body;
  for (const body of [undefined, {}, { reason: '' }, { reason: '\u0007' }]) await refused(look(world.reviewer, one, id, body), 'invalid', 422);
  await refused(look(world.agent, one, id, { reason: 'mine' }), 'forbidden', 403);
  await refused(look(world.system, one, id, { reason: 'an errand' }), 'forbidden', 403);
  const before = (await world.admin.get(`/v1/subscribers/${one.id}`)).body.staff_reads;
  assert.deepEqual((await look(world.reviewer, one, id, { reason: 'the power of attorney of a case' })).body, PDF);
  assert.equal((await world.admin.get(`/v1/subscribers/${one.id}`)).body.staff_reads, before + 1);
  let seen = 0;
  const curious = async () => {
    for (let n = 0; n < 20; n += 1) {
      const other = await someone();
      const made = (await add(other.customer, other, PDF)).body;
      await look(world.reviewer, other, made.id, { reason: 'looking through everybody' });
      seen += 1;
    }
  };
  await refused(curious(), 'too-many-requests', 429);
  assert.ok(seen < 12, `${seen}`);
});

test('another session learns nothing, not even that there is one', async () => {
  const one = await someone();
  const other = await someone();
  const { id } = (await add(one.customer, one, PDF)).body;
  await refused(look(other.customer, one, id), 'not-found', 404);
  await refused(look(other.customer, other, id), 'not-found', 404);
  await refused(other.customer.get(one.at), 'not-found', 404);
  await refused(add(other.customer, one, PDF), 'not-found', 404);
  await refused(other.customer.post(`${one.at}/${id}/withdrawal`, {}), 'not-found', 404);
  await refused(look(one.customer, one, '..'), 'not-found', 404);
});

test('a picture comes out without what it hid; one that would fill the memory, or is none, does not come in', async () => {
  const one = await someone();
  const { body } = await add(one.customer, one, png(64, 48, { behind: 'PK\x03\x04 a second file <script>' }), { type: 'text/html' });
  assert.equal(body.media, 'jpeg');
  const seen = await look(one.customer, one, body.id);
  assert.equal(seen.headers.get('content-type'), 'image/jpeg');
  for (const hidden of ['31.2304', 'PK\x03\x04', '<script>']) assert.ok(!seen.body.includes(hidden), hidden);
  assert.deepEqual([...seen.body.subarray(0, 3)], [0xff, 0xd8, 0xff]);
  const before = kept().length;
  await refused(add(one.customer, one, png(60_000, 60_000, { rows: 8 })), 'too-large', 413);
  await refused(add(one.customer, one, png(4_000, 4_000, { rows: 8 })), 'document-unfit', 422);
  const heic = await refused(add(one.customer, one, Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from('ftypheic'), Buffer.alloc(64)])), 'document-unfit', 422);
  assert.equal(heic.data('why'), 'heic');
  assert.match(heic.problem.detail, /Most Compatible/);
  assert.match(heic.data('words_zh'), /兼容性最佳/);
  for (const [bytes, why] of [['<html><script>alert(1)</script>', 'kind'], ['{"a":1}', 'kind'], ['%PDF-1.4\n/Encrypt\n%%EOF', 'encrypted'], ['%PDF-1.4\n', 'damaged']])
    assert.equal((await refused(add(one.customer, one, Buffer.from(bytes)), 'document-unfit', 422)).data('why'), why);
  await refused(add(one.customer, one, Buffer.alloc(0)), 'malformed', 400);
  await refused(add(one.customer, one, PDF, { purpose: 'selfie' }), 'invalid', 422);
  const large = await add(one.customer, one, Buffer.alloc(9 * 1024 * 1024, 0x20)).catch((error) => error);
  assert.ok(large.status === 413 || large instanceof TypeError, 'refused before it is read: the connection may go first');
  assert.equal(kept().length, before, 'nothing of it is left');
});

test('a retry is the same document; after twenty there is no more; a slip is taken back', async () => {
  const one = await someone();
  const key = 'the-same-key-of-a-retry';
  const first = await add(one.customer, one, PDF, { key });
  const again = await add(one.customer, one, PDF, { key });
  assert.deepEqual([again.body, again.headers.get('idempotency-replayed')], [first.body, 'true']);
  await refused(add(one.customer, one, png(8, 8), { key }), 'idempotency-key-reused', 422);
  for (let n = 1; n < 20; n += 1) await add(one.customer, one, PDF);
  await refused(add(one.customer, one, PDF), 'too-many-requests', 429);
  await refused(world.agent.post(`${one.at}/${first.body.id}/withdrawal`, { reason: 'not mine to take' }), 'forbidden', 403);
  const left = await one.customer.post(`${one.at}/${first.body.id}/withdrawal`, {});
  assert.equal(left.body.items.length, 19);
  assert.ok(!kept().some((name) => name.includes(first.body.id)));
});

test('of who is erased no file is left', async () => {
  const subscriber = newSubscriber();
  await world.system.post('/v1/subscribers', subscriber);
  const one = { id: subscriber.id, at: `/v1/subscribers/${subscriber.id}/documents` };
  const { id } = (await add(world.agent, one, PDF)).body;
  assert.equal(kept().filter((name) => name.includes(one.id)).length, 1);
  const { serial } = (await world.admin.post(`/v1/subscribers/${one.id}/erasure`, {})).body;
  await world.reviewer.post(`/v1/subscribers/${one.id}/requests/${serial}/countersignature`);
  await refused(look(world.admin, one, id, { reason: 'what was it' }), 'erased', 410);
  await refused(add(world.agent, one, PDF), 'erased', 410);
  assert.deepEqual(kept().filter((name) => name.includes(one.id)), []);
});
