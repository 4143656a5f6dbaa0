// What is made of the packets that a caller hears: both laws, in their places, as a file.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { heardIn, measure, readWav, samplesOf, wavOf } from './recording.mjs';

/** A packet of sound: law 0 or 8, its timestamp, bytes. */
function packet(law, at, payload) {
  const bytes = Buffer.alloc(12 + payload.length);
  bytes[0] = 0x80;
  bytes[1] = law;
  bytes.writeUInt32BE(at >>> 0, 4);
  Buffer.from(payload).copy(bytes, 12);
  return { bytes };
}

test('G.711 is read as ITU-T has it: silence, the smallest steps, the loudest', () => {
  assert.deepEqual(samplesOf(packet(0, 0, [0xff, 0x7f, 0x80, 0x00]).bytes), [0, 0, 32124, -32124]);
  assert.deepEqual(samplesOf(packet(8, 0, [0xd5, 0x55, 0xaa, 0x2a]).bytes), [8, -8, 32256, -32256]);
  assert.deepEqual(samplesOf(packet(96, 0, [1, 2, 3]).bytes), [], 'a key is no sound');
});

test('packets lie where their time says, over the end of the clock, too; what never came is silence', () => {
  const loud = Array(160).fill(0x80);
  const heard = heardIn([packet(0, 0xffffff60, loud), packet(0, 160, loud)]);
  assert.equal(heard.length, 480);
  assert.deepEqual([heard[0], heard[159], heard[160], heard[319], heard[320]], [32124, 32124, 0, 0, 32124]);
  assert.deepEqual(measure(heard), { seconds: 0.06, loudSeconds: 0.04 });
  assert.deepEqual(readWav(wavOf(heard)), heard);
});

test('a call without a sound is an empty recording', () => {
  assert.deepEqual(measure(heardIn([])), { seconds: 0, loudSeconds: 0 });
});
