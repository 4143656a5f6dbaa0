// The server itself takes a call: the dialogue over SIP, from a caller's keys to what the journal then says.

import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { newLine, newSubscriber } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { freePort, Phone, until } from './phone.mjs';

let world;
let port;
before(async () => {
  port = await freePort();
  // No recordings: what is not there is silent, and what counts here are the keys.
  const prompts = mkdtempSync(path.join(tmpdir(), 'prompts-'));
  world = await startWorld({
    peers: ['hlr', 'vlr', 'smsc'],
    config: {
      sms: { country_code: '86' },
      hotline: { listen: `127.0.0.1:${port}`, prompts, languages: ['zh-CN', 'en'] },
      trunk: [{ name: 'pbx', peers: ['127.0.0.1'] }, { name: 'gone', peers: ['192.0.2.0/28'], server: `127.0.0.1:${await freePort()}`, registers: true, user: 'keepline', password: 'geheim', options_s: 0 }],
    },
  });
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

/** Presses these, as fast as a person who knows the way. */
async function keys(phone, text) {
  for (const key of text) {
    phone.press(key);
    await pause(150);
  }
}

test('a lost phone is locked by a call from any number, in under a minute; it cannot be closed by one', async () => {
  const subscriber = newSubscriber({});
  const line = newLine({});
  const { id } = await world.takeOver(subscriber, line);
  const stranger = await Phone.make(port, { user: '+8613700137000' });
  assert.equal((await stranger.call()).status, 200);
  await until(() => stranger.sound.length > 5, 'sound');
  await keys(stranger, '2'); // English
  await pause(300);
  await keys(stranger, '2'); // lost or stolen
  await pause(300);
  await keys(stranger, `${line.number.replace('+', '')}#`);
  await pause(300);
  await keys(stranger, '1'); // yes, lock it
  const customer = await world.as(subscriber.id);
  await until(async () => (await customer.get(`/v1/lines/${id}`)).body.locked_since, 'the line is locked');
  const { body: counted } = await world.keepline.api('GET', '/metrics');
  assert.match(counted, /^keepline_hotline_calls 1$/m);
  assert.match(counted, /^keepline_hotline_calls_in_total 1$/m);
  await stranger.hangUp();
  await until(async () => /^keepline_hotline_ended_by_caller_total 1$/m.test((await world.keepline.api('GET', '/metrics')).body), 'the call is counted by its end');
  stranger.close();
});

test('a trunk that does not take us is named in /readyz', async () => {
  const trouble = await until(async () => (await (await fetch(`${world.keepline.url}/readyz`)).json()).peers?.find((one) => one.name === 'trunk gone'), 'the trunk', 90_000);
  assert.match(trouble.trouble, /register/);
});
