// Calls back: the owner asks, their other phone rings, and what is keyed in there counts; a real call, from the request to the evidence.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { refused } from '../e2e/client.mjs';
import { open, read } from '../e2e/journey.mjs';
import { contactOf, newLine, newSubscriber, plain } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { temporaryFolder } from '../peers/child.mjs';
import { freePort, offer, Phone, until } from './phone.mjs';

const KEY_MS = 150;
const SPEAKS_MS = 700; // no recordings: what is said is silent and short

let world, trunk;
/** What the trunk does with a call: 'answers', or a refusal. */
let does = 'answers';
const rang = []; // the numbers that were called

before(async () => {
  const port = await freePort();
  trunk = await Phone.make(port);
  trunk.reply = (message) => {
    if (message.method !== 'INVITE') {
      if (message.method !== 'ACK') trunk.respond(message, '200 OK');
      return;
    }
    rang.push(/^INVITE sip:([^@]+)@/.exec(message.first)[1]);
    if (does !== 'answers') return trunk.respond(message, does);
    trunk.theirSoundPort = Number(/m=audio (\d+) /.exec(message.body)[1]);
    trunk.events = Number(/a=rtpmap:(\d+) telephone-event/.exec(message.body)[1]);
    const body = offer(trunk.soundPort, { formats: `8 ${trunk.events}`, events: trunk.events });
    const kept = message.text.split('\r\n').filter((line) => /^(Via|From|Call-ID|CSeq):/i.test(line));
    trunk.raw(['SIP/2.0 200 OK', ...kept, `To: ${message.header('to')};tag=rang${rang.length}`, `Contact: <sip:trunk@127.0.0.1:${trunk.port}>`,
      'Content-Type: application/sdp', `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n'));
    trunk.answered = (trunk.answered ?? 0) + 1;
  };
  const prompts = path.join(temporaryFolder('prompts'), 'none');
  mkdirSync(prompts);
  world = await startWorld({
    peers: ['hlr', 'vlr', 'smsc'],
    config: {
      sms: { country_code: '86' },
      hotline: { listen: `127.0.0.1:${port}`, prompts, languages: ['en', 'zh-CN'], peer_second: 1000, call_prefixes: ['+86139'], call_address_hour: 2 },
      trunk: [{ name: 'pbx', peers: ['127.0.0.1'], server: `127.0.0.1:${trunk.port}`, options_s: 0 }],
    },
  });
}, { timeout: 180_000 });
after(async () => { await world?.stop(); trunk?.close(); });

/** Somebody with a case on the web, for which a call back is proof. */
async function applicant({ policy = 'checked' } = {}) {
  const subscriber = newSubscriber({ language: 'en' });
  const line = newLine({ policy });
  const { id } = await world.takeOver(subscriber, line);
  const customer = await world.as(subscriber.id);
  const closure = await open(customer, id);
  const ask = () => customer.post(`/v1/closures/${closure.id}/checks`, { kind: 'callback', contact: 'phone', at_once: true });
  const check = async (n = 1) => (await read(customer, closure.id)).checks[n - 1];
  return { subscriber, line, id, customer, closure, ask, check };
}

async function answered(count) {
  await until(() => (trunk.answered ?? 0) > count, 'the phone to ring', 30_000);
  await pause(SPEAKS_MS);
}
async function press(keys) {
  for (const key of keys) {
    trunk.press(key, { type: trunk.events });
    await pause(KEY_MS);
  }
  await pause(SPEAKS_MS);
}

describe('a call back', () => {
  test('asks for the digits that the owner was told, and is evidence then', { timeout: 120_000 }, async () => {
    does = 'answers';
    const one = await applicant();
    const before = trunk.answered ?? 0;
    const asked = await one.ask();
    assert.equal(asked.status, 201, JSON.stringify(asked.body));
    const code = asked.body.checks[0].call_code;
    assert.match(code, /^\d{4}$/);
    const forStaff = await world.reviewer.get(`/v1/closures/${one.closure.id}`);
    assert.equal(forStaff.body.checks[0].call_code, undefined, 'nobody else is told');
    await answered(before);
    assert.equal(plain(rang.at(-1)), plain(contactOf(one.subscriber, 'phone')));
    await press('1');
    await press(code);
    await until(async () => (await one.check()).state === 'passed', 'the check', 20_000);
    const { evidence } = await read(one.customer, one.closure.id);
    assert.deepEqual(evidence.map(({ kind, passed }) => [kind, passed]), [['callback', true]]);
  });

  test('proves nothing by other digits', { timeout: 120_000 }, async () => {
    does = 'answers';
    const one = await applicant();
    const before = trunk.answered ?? 0;
    const code = (await one.ask()).body.checks[0].call_code;
    await answered(before);
    const other = code === '1234' ? '4321' : '1234';
    for (let n = 0; n < 3; ++n) {
      await press('1');
      await press(other);
    }
    await until(async () => (await one.check()).state === 'failed', 'the check', 20_000);
  });

  test('is stopped, and the case with it, by whoever did not ask', { timeout: 120_000 }, async () => {
    does = 'answers';
    const one = await applicant();
    const before = trunk.answered ?? 0;
    await one.ask();
    await answered(before);
    await press('2');
    await until(async () => (await read(one.customer, one.closure.id)).stage === 'fraud_hold', 'the case to be stopped', 20_000);
  });

  test('that is declined is no proof, and is made again', { timeout: 120_000 }, async () => {
    does = '486 Busy Here';
    const one = await applicant();
    const before = rang.length;
    assert.equal((await one.ask()).status, 201);
    await until(() => rang.length > before, 'the phone to ring', 30_000);
    await pause(SPEAKS_MS);
    assert.equal((await one.check()).state, 'open');
  });

  test('does not go to the line itself, and is asked for by its owner only', { timeout: 120_000 }, async () => {
    does = 'answers';
    const one = await applicant();
    const before = rang.length;
    const asks = (who, contact) => who.post(`/v1/closures/${one.closure.id}/checks`, { kind: 'callback', contact, at_once: true });
    await refused(asks(world.agent, 'phone'), 'invalid', 422);
    await refused(asks(one.customer, 'line'), 'contact-unknown');
    await pause(SPEAKS_MS);
    assert.equal(rang.length, before);
  });
});
