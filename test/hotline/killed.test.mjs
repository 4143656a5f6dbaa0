// The server is killed in the middle of many calls: what was said to a caller holds, and nothing is done twice.
//
//   HOTLINE_CALLS: how many calls stand then (6; in `./dev soak` 50)

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { newLine, newSubscriber, plain } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { temporaryFolder } from '../peers/child.mjs';
import { freePort, Phone, until } from './phone.mjs';
import { tone } from './recording.mjs';

const CALLS = Number(process.env.HOTLINE_CALLS ?? 6);
const HEARD_LEVEL = 0x40; // of G.711, its sign and inversion taken off: far above silence

let world;
let port;
before(async () => {
  port = await freePort();
  // One recording only: "it is locked now". Whoever hears anything was told that.
  const prompts = temporaryFolder('prompts');
  mkdirSync(path.join(prompts, 'en'));
  for (const [name, rate] of [['16k', 16_000], ['8k', 8_000]]) writeFileSync(path.join(prompts, `en/say.lost.locked.${name}.wav`), tone(1, rate));
  world = await startWorld({
    peers: ['hlr', 'vlr', 'smsc'],
    config: {
      sms: { country_code: '86' },
      tokens: { strangers_locks_hourly: 1000 },
      hotline: { listen: `127.0.0.1:${port}`, prompts, languages: ['en', 'zh-CN'], peer_second: 1000, caller_minute: 1000 },
      trunk: [{ name: 'pbx', peers: ['127.0.0.1'], options_s: 0 }],
    },
  });
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

async function press(phone, text) {
  for (const key of text) {
    phone.press(key);
    await pause(150);
  }
  await pause(500);
}

async function dial(user) {
  const phone = await Phone.make(port, { user });
  assert.equal((await phone.call()).status, 200);
  await until(() => phone.sound.length > 5, 'sound', 60_000);
  await press(phone, '1'); // English
  return phone;
}

const told = (phone) => phone.sound.some(({ bytes }) => bytes.subarray(12).some((byte) => ((byte ^ 0x55) & 0x7f) > HEARD_LEVEL));

test(`in the middle of ${CALLS} calls: what a caller was told is so, and nothing is done twice`, { timeout: 180_000 }, async () => {
  const lines = [];
  for (let i = 0; i < CALLS; ++i) {
    const subscriber = newSubscriber({});
    const line = newLine({});
    lines.push({ subscriber, line, id: (await world.takeOver(subscriber, line)).id });
  }
  const phones = await Promise.all(lines.map(({ line }) => dial(line.number)));
  await Promise.all(phones.map(async (phone, i) => {
    await press(phone, '2');
    await press(phone, `${plain(lines[i].line.number)}#`);
  }));
  for (const phone of phones) phone.press('1'); // all at once: some are told, some are not, when it ends
  await until(() => phones.some(told), 'the first to be told', 60_000);
  await world.keepline.kill9();
  const acknowledged = phones.map(told);
  for (const phone of phones) phone.close();
  await world.keepline.start();
  await Promise.all(lines.map(async ({ id, subscriber }, i) => {
    const customer = await world.as(subscriber.id);
    const { locked_since: since } = (await customer.get(`/v1/lines/${id}`)).body;
    if (acknowledged[i]) assert.ok(since, 'who was told that the line is locked has it locked');
    const again = await dial(lines[i].line.number);
    await press(again, '2');
    await press(again, `${plain(lines[i].line.number)}#`);
    await press(again, '1');
    await until(() => told(again), 'to be told', 60_000);
    await again.hangUp();
    again.close();
    const after = (await customer.get(`/v1/lines/${id}`)).body.locked_since;
    assert.ok(after);
    if (since) assert.equal(after, since, 'locked once');
  }));
});
