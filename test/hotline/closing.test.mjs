// A line is closed by telephone: from ringing to the certificate, also by somebody whose calls break off on the way and begin again.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { certificateOf, codeFromSms, codesSent, history, reach, read, reportDeleted } from '../e2e/journey.mjs';
import { newLine, newSubscriber, plain } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { temporaryFolder } from '../peers/child.mjs';
import { until } from '../peers/wait.mjs';
import { freePort, Phone } from './phone.mjs';

const KEY_MS = 150;      // as fast as a person who knows the way
const SPEAKS_MS = 700;   // what came of a step is in the journal before the call has heard of it
const LISTENS_MS = 3000; // the voice says that a code is on its way as late whether the number is ours or not; the message may be quicker, a person is not

let world, port;
before(async () => {
  port = await freePort();
  const prompts = path.join(temporaryFolder('prompts'), 'none'); // what is not there is silent: here the keys count
  mkdirSync(prompts);
  world = await startWorld({
    peers: ['hlr', 'vlr', 'smsc'],
    config: {
      sms: { country_code: '86' },
      hotline: { listen: `127.0.0.1:${port}`, prompts, languages: ['en', 'zh-CN'], peer_second: 1000, caller_minute: 1000 },
      trunk: [{ name: 'pbx', peers: ['127.0.0.1'], options_s: 0 }],
    },
  });
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

async function press(phone, keys) {
  for (const key of keys) {
    phone.press(key);
    await pause(KEY_MS);
  }
}

/** Somebody with a line, and what they do in a call, step by step; each step ends when the server shows what came of it. */
async function caller() {
  const subscriber = newSubscriber({ language: 'en' });
  const line = newLine({ policy: 'quick' });
  const { id } = await world.takeOver(subscriber, line);
  const customer = await world.as(subscriber.id);
  const closure = `${id}-c1`;
  const lacks = async (what) => (await read(customer, closure)).missing.includes(what);
  const code = async (phone, key) => {
    const before = codesSent(world.smsc, line.number);
    await press(phone, key);
    const sent = await codeFromSms(world.smsc, line.number, { after: before });
    await pause(LISTENS_MS);
    await press(phone, sent);
  };
  const sessions = async () => (await customer.get(`/v1/subscribers/${subscriber.id}/sessions`)).body.items.length;
  const opened = () => customer.get(`/v1/lines/${id}`).then(({ body }) => body.closure);
  const steps = [
    { name: 'asked for a code', do: async (phone) => { await press(phone, `3${plain(line.number)}#`); } },
    {
      name: 'known, with an offer',
      do: async (phone) => {
        const before = await sessions();
        await code(phone, '1');
        await until(async () => (await sessions()) > before, { what: 'the session of the call' });
        await until(opened, { what: 'the case' });
        await pause(SPEAKS_MS);
      },
    },
    { name: 'agreed to it', do: async (phone) => { await press(phone, '1'); await until(async () => !(await lacks('quote-not-accepted')), { what: 'the offer to be accepted' }); } },
    { name: 'without a backup', do: async (phone) => { await press(phone, '2'); await until(async () => !(await lacks('backup-undecided')), { what: 'the backup to be declined' }); } },
    { name: 'proved', do: async (phone) => { await code(phone, '1'); await until(async () => !(await lacks('evidence-missing')), { what: 'the proof' }); } },
    { name: 'sent in', do: async (phone) => { await press(phone, '1'); await until(async () => (await read(customer, closure)).stage !== 'opened', { what: 'the application' }); } },
  ];
  return { subscriber, line, id, customer, closure, steps };
}

/** A call in which they come as far as `far` steps, and hang up. */
async function call(one, far) {
  const phone = await Phone.make(port, { user: one.line.number });
  assert.equal((await phone.call()).status, 200);
  await until(() => phone.sound.length > 5, { what: 'sound' });
  await press(phone, '1'); // English
  for (const step of one.steps.slice(0, far)) {
    await step.do(phone);
    await pause(SPEAKS_MS);
  }
  await phone.hangUp();
  phone.close();
}

async function ends(one) {
  await reach(one.customer, one.closure, 'unbinding');
  const opened = (await history(one.customer, one.id)).flatMap(({ events }) => events).filter(({ type }) => type === 'closure_opened');
  assert.deepEqual(opened.map(({ through }) => through), ['hotline'], 'the same case in every call');
  for (const profile of one.line.profiles) await reportDeleted(world.system, one.id, profile);
  const { body } = await certificateOf(one.customer, one.closure);
  assert.ok(body);
}

describe('a line is closed by telephone', () => {
  test('in one call, to its certificate', { timeout: 180_000 }, async () => {
    const one = await caller();
    await call(one, one.steps.length);
    await ends(one);
  });

  for (const [name, far] of [['before a code was asked for', 1], ['with an offer before them', 2], ['without a backup', 4]])
    test(`by a caller whose first call broke off ${name}`, { timeout: 180_000 }, async () => {
      const one = await caller();
      await call(one, far);
      await call(one, one.steps.length);
      await ends(one);
    });
});
