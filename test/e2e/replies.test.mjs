// What customers write back by SMS, over the real SMPP peer: what a message promises is then true, and a thief who writes in
// another's name gains nothing.

import assert from 'node:assert/strict';
import { after, before, test as run } from 'node:test';
import { until } from '../peers/wait.mjs';
import { apply, eventTypes, history, read } from './journey.mjs';
import { contactOf, newLine, newSubscriber, plain } from './people.mjs';
import { startWorld } from './world.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['hlr', 'vlr', 'smsc'], config: { messages: { replies: true } } }); }, { timeout: 60_000 });
after(async () => { await world?.stop(); });

// The port is there, and so is everything behind it; the SMPP transport does not hand in what customers send yet.
const test = (name, how) => run(name, { todo: 'deliver_sm of customers reaches the inbound port with the transport' }, how);

const OURS = '10690000';
async function someone(over = {}, person = {}) {
  const subscriber = newSubscriber(person);
  const line = newLine(over);
  const taken = await world.takeOver(subscriber, line);
  return { subscriber, line, taken, id: taken.id, number: line.number, customer: await world.as(subscriber.id) };
}
const writes = (from, text) => world.smsc.receive({ from: plain(from), to: OURS, text });
const heard = (to, text) => world.smsc.waitFor({ to: plain(to), text });
const stage = (one, closure, wanted) => until(async () => (await read(one.customer, closure.id)).stage === wanted, { what: `the case to be ${wanted}` });

test('撤回 from the line, as the message says, withdraws the case', async () => {
  const one = await someone();
  const closure = await apply(one.customer, world.smsc, one.taken, one.number);
  await heard(one.number, /撤回请回复“撤回”/);
  await writes(one.number, ' “撤回”。');
  await stage(one, closure, 'withdrawn');
  await heard(contactOf(one.subscriber, 'phone'), /已撤回/);
});

test('NOTME from the other phone on file stops the case for people to look at', async () => {
  const one = await someone({}, { language: 'en' });
  const closure = await apply(one.customer, world.smsc, one.taken, one.number);
  await heard(contactOf(one.subscriber, 'phone'), /Reply NOTME/);
  await writes(contactOf(one.subscriber, 'phone'), 'notme');
  await stage(one, closure, 'fraud_hold');
});

test('STATUS is answered to the line, so that who writes in its name learns nothing', async () => {
  const one = await someone({}, { language: 'en' });
  const before = world.smsc.effects().length;
  await writes(one.number, 'Status');
  await heard(one.number, /is in order, valid until/);
  assert.deepEqual([...new Set(world.smsc.effects().slice(before).map(({ to }) => to))], [plain(one.number)]);
});

test('STOP ends reminders, never the line or the notices of a case', async () => {
  const one = await someone({}, { language: 'en' });
  await writes(one.number, 'STOP');
  await heard(one.number, /no more reminders/);
  assert.equal((await one.customer.get(`/v1/lines/${one.id}`)).body.status, 'active');
  await apply(one.customer, world.smsc, one.taken, one.number);
  await heard(one.number, /Your application to close is approved/);
});

test('KEEP costs nothing by the word alone', async () => {
  const one = await someone({}, { language: 'en' });
  const had = (await one.customer.get(`/v1/lines/${one.id}/balance`)).body.prepaid.minor;
  for (const text of ['KEEP', 'KEEP', 'KEEP 0000']) await writes(one.number, text);
  await heard(one.number, /reply KEEP \d{4}|cannot be kept/);
  assert.equal((await one.customer.get(`/v1/lines/${one.id}/balance`)).body.prepaid.minor, had);
});

test('what no table knows reaches staff, sealed, and the customer hears so', async () => {
  const one = await someone({}, { language: 'en' });
  await writes(one.number, 'When will I get my money back?');
  await heard(one.number, /our staff will look at it/);
  const texts = (await world.agent.get(`/v1/lines/${one.id}/replies`)).body.items;
  assert.deepEqual(texts.map(({ contact, text }) => [contact, text]), [['line', 'When will I get my money back?']]);
  const told = await history(world.agent, one.id);
  assert.ok(eventTypes(told).includes('reply_heard'));
  assert.ok(!JSON.stringify(told).includes('money back'), 'no journal has the words');
  assert.ok(!world.keepline.log.includes('money back'));
});

test('a stranger changes nothing', async () => {
  const one = await someone();
  const closure = await apply(one.customer, world.smsc, one.taken, one.number);
  await writes('+8613700000000', '撤回');
  await until(() => world.keepline.log.includes('sms_from_unknown'), { what: 'the log to tell of it' });
  assert.equal((await read(one.customer, closure.id)).stage, 'unbinding');
});
