// lpac starts from the sid root and reaches cards through the virtual reader.

import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { lpac, sidRoot } from './lpac.mjs';
import { startReader } from './reader.mjs';
import { within } from './wait.mjs';

const ISD_R = 'A0000005591010FFFFFFFF8900000100';
const EIDS = ['89044045930000000000001234567890', '89044045930000000000001234567987'];

let reader;
before(async () => { reader = await startReader(); });
after(() => reader?.stop());

/** Just enough of an eUICC for `lpac chip info`. */
function smallCard(eid) {
  const answers = { BF3E: `BF3E125A10${eid}9000`, BF3C: 'BF3C0A810864702E6C6F63616C9000' };
  const seen = [];
  return {
    seen,
    transmit(apdu) {
      seen.push(apdu);
      if (apdu.startsWith('0070000001')) return '019000'; // MANAGE CHANNEL: open
      if (apdu.startsWith('0070') || /^.1A4/.test(apdu)) return '9000'; // close; SELECT
      return answers[apdu.slice(10, 14)] ?? '6A88';
    },
  };
}

test('the sid root is there and a second look at it makes nothing anew', () => {
  const root = sidRoot();
  const made = statSync(path.join(root, 'stamp')).mtimeMs;
  assert.equal(sidRoot(), root);
  assert.equal(statSync(path.join(root, 'stamp')).mtimeMs, made);
});

test('lpac starts and has the drivers that the tests need', async () => {
  assert.equal((await lpac(['version'])).ok, true);
  const drivers = (await lpac(['driver', 'list'])).data;
  for (const [kind, name] of [['LPAC_APDU', 'pcsc'], ['LPAC_HTTP', 'curl'], ['LPAC_HTTP', 'stdio']])
    assert.ok(drivers[kind].includes(name), `${kind} ${name}`);
});

test('lpac 2.3.0 gives its stdio card up before it reads an answer', async () => {
  const done = await lpac(['chip', 'info']);
  assert.deepEqual([done.ok, done.message], [false, 'euicc_init']);
  assert.match(done.log, /"func":"connect"/);
});

test('lpac sees two slots without cards', async () => {
  assert.deepEqual(await reader.names(), ['Keepline Virtual Reader 00 00', 'Keepline Virtual Reader 00 01']);
  const done = await lpac(['chip', 'info'], { reader: reader.slots[0] });
  assert.deepEqual([done.ok, done.message], [false, 'euicc_init']);
});

test('each slot has its own card, and cards come and go', async () => {
  for (let again = 0; again < 2; ++again) {
    const cards = EIDS.map(smallCard);
    cards.forEach((card, i) => reader.slots[i].insert(card));
    for (const [i, eid] of EIDS.entries()) {
      const done = await lpac(['chip', 'info'], { reader: reader.slots[i] });
      assert.equal(done.ok, true, `${done.log}\n${cards[i].seen.join('\n')}\n${reader.log}`);
      assert.equal(done.data.eidValue, eid);
      assert.ok(cards[i].seen.some((apdu) => apdu.includes(ISD_R)));
    }
    reader.slots.forEach((slot) => slot.remove());
    assert.equal((await lpac(['chip', 'info'], { reader: reader.slots[1] })).ok, false);
    assert.ok(reader.alive);
  }
});

test('a card may be a program that connects as to vpcd', async () => {
  const [slot] = reader.slots;
  const card = smallCard(EIDS[0]);
  const socket = net.connect(slot.port, '127.0.0.1').unref();
  let buffer = Buffer.alloc(0);
  let resets = 0;
  const send = (hex) => {
    const data = Buffer.from(hex, 'hex');
    socket.write(Buffer.concat([Buffer.from([data.length >> 8, data.length & 255]), data]));
  };
  socket.on('data', (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    while (buffer.length >= 2 && buffer.length >= 2 + buffer.readUInt16BE()) {
      const data = buffer.subarray(2, 2 + buffer.readUInt16BE());
      buffer = buffer.subarray(2 + data.length);
      if (data.length === 1 && data[0] === 4) send('3B9F96801FC78031A073BE21136743200718000001A5');
      else if (data.length === 1) resets += 1;
      else send(card.transmit(data.toString('hex').toUpperCase()));
    }
  });
  await slot.inserted();
  for (let i = 0; i < 2; ++i) assert.equal((await lpac(['chip', 'info'], { reader: slot })).data.eidValue, EIDS[0]);
  assert.ok(resets >= 2, 'each command powers it up');
  const gone = new Promise((resolve) => { socket.once('close', resolve); });
  slot.remove();
  await within(gone, 5000, 'the card to be thrown out');
  assert.ok(slot.apdus > 10);
});

test('the HTTP side may be the test\'s own', async () => {
  reader.slots[0].insert({
    transmit(apdu) {
      if (apdu.startsWith('0070000001')) return '019000';
      if (apdu.startsWith('0070') || /^.1A4/.test(apdu)) return '9000';
      if (apdu.includes('BF2E')) return 'BF2E128010000102030405060708090A0B0C0D0E0F9000';
      if (apdu.includes('BF20')) return 'BF20358203020200A916041481370F5125D0B1D408D4C3B232E6D25E795BEBFBAA16041481370F5125D0B1D408D4C3B232E6D25E795BEBFB9000';
      return '6A88';
    },
  });
  const failed = { header: { functionExecutionStatus: { status: 'Failed', statusCodeData: { subjectCode: '8.8.1', reasonCode: '3.8', message: 'wrong address' } } } };
  const done = await lpac(['profile', 'download', '-s', 'dp.example', '-m', 'M-1'], {
    reader: reader.slots[0], http: () => ({ status: 200, body: JSON.stringify(failed) }),
  });
  assert.equal(done.ok, false);
  assert.equal(done.requests[0].url, 'https://dp.example/gsma/rsp2/es9plus/initiateAuthentication');
  assert.equal(JSON.parse(done.requests[0].body).euiccChallenge, Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex').toString('base64'));
  assert.ok(done.requests[0].headers.some((one) => one.startsWith('X-Admin-Protocol: gsma/rsp/v2')));
  assert.ok(done.progress.some(({ message }) => message === 'es9p_initiate_authentication'), JSON.stringify(done.progress));
});
