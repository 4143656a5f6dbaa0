// Issue 7, item 25: nothing in the journal, the store's file or a backup of it gives a confirmation code away, and the
// id that goes to the bank says nothing of the number.
//
// Seen to succeed as an attack on the program before (KEEPLINE_BIN of commit 4b5af17): the SHA-256 of four digits stood in
// the journal and was turned back into the code by trying ten thousand; EndToEndId was a hash of the number.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { apply, certificateOf, history, reach } from '../e2e/journey.mjs';
import { newLine, newNumber, newSubscriber, yuan } from '../e2e/people.mjs';
import { codeOf, startSmdpWorld } from '../e2e/smdp.mjs';

const CODE = '4711';
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

let world;
before(async () => { world = await startSmdpWorld({ peers: ['smsc', 'bank'], pki: { cards: 4 } }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

/** Every byte that Keepline wrote: the store, its journal files, spools and logs. */
function everythingWritten() {
  const out = [world.keepline.log];
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) walk(file);
      else if (entry.isFile()) out.push(readFileSync(file).toString('latin1'));
    }
  };
  walk(path.join(world.folder, 'data'));
  return out.join('\n');
}

test('a confirmation code of an order works, and is nowhere to be tried out', async () => {
  const phone = await world.phone();
  const esim = await world.order({ confirmation_code: CODE });
  assert.equal((await phone.fails(phone.download(codeOf(esim), { confirmationCode: '4712' }))).said, 'getBoundProfilePackage 8.2.7/3.8');
  assert.equal((await phone.download(codeOf(esim), { confirmationCode: CODE })).installed, true);
  assert.ok(!everythingWritten().includes(sha256(CODE)), 'the digest of the code was written');
  assert.ok(!JSON.stringify(await world.esimEvents(esim.iccid)).includes(sha256(CODE)));
});

test('nor one of a line\'s profile', async () => {
  await world.provide(1);
  const subscriber = newSubscriber();
  await world.agent.post('/v1/subscribers', subscriber);
  const line = (await world.agent.post('/v1/lines', { number: newNumber(), subscriber: subscriber.id, policy: 'quick', profile_type: 'basic', confirmation_code: '0815' })).body;
  const digest = sha256('0815');
  assert.ok(!JSON.stringify(await history(world.admin, line.id)).includes(digest));
  assert.ok(!everythingWritten().includes(digest));
});

test('the EndToEndId is drawn by chance: no number leads to it', async () => {
  const subscriber = newSubscriber();
  const line = newLine({ profiles: [], balance: yuan(5000) });
  const { id } = (await world.system.post('/v1/lines/import', { subscriber, line })).body;
  const customer = await world.as(subscriber.id);
  const closure = await apply(customer, world.smsc, { id }, line.number);
  await certificateOf(customer, closure.id);
  const { refund } = await reach(customer, closure.id, 'closed');
  let hash = 14695981039346656037n;
  for (const byte of Buffer.from(line.number)) hash = ((hash ^ BigInt(byte)) * 1099511628211n) & 0xffffffffffffffffn;
  const little = Buffer.alloc(8);
  little.writeBigUInt64LE(hash);
  assert.ok(!refund.id.toLowerCase().includes(little.toString('hex')), refund.id);
  assert.ok(refund.id.length <= 35);
});
