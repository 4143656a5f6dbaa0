// What customers write back by SMS, over the real SMPP peer: what a message promises is then true, and a thief who writes in
// another's name gains nothing.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sleep, until } from '../peers/wait.mjs';
import { refused } from './client.mjs';
import { apply, eventTypes, history, read, reportDeleted } from './journey.mjs';
import { contactOf, newLine, newSubscriber, plain } from './people.mjs';
import { startWorld } from './world.mjs';

const OURS = '10690000'; // a number, so messages say that they may be answered
let world;
before(async () => { world = await startWorld({ peers: ['hlr', 'vlr', 'smsc'], config: { sms: { source: OURS } } }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

async function someone(over = {}, person = {}) {
  const subscriber = newSubscriber(person);
  const line = newLine(over);
  const taken = await world.takeOver(subscriber, line);
  return { subscriber, line, taken, id: taken.id, number: line.number, customer: await world.as(subscriber.id) };
}
const NOTED_MS = 5000; // longer than it takes until it is noted which line a phone was told about (2 s)
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

test('NOTME stops every case that the phone was told of, whatever it was told last', async () => {
  const a = await someone({}, { language: 'en' });
  const phone = contactOf(a.subscriber, 'phone');
  const second = newLine();
  const { id } = await world.takeOver(a.subscriber, second);
  const closure = await apply(a.customer, world.smsc, a.taken, a.number);
  await heard(phone, new RegExp(`ending ${a.number.slice(-4)}.*Reply NOTME`));
  await a.customer.post(`/v1/lines/${id}/customer-lock`, { locked: true });
  await heard(phone, new RegExp(`ending ${second.number.slice(-4)}`));
  await sleep(200); // the other line was spoken of last
  await writes(phone, 'NOTME 😡');
  await stage(a, closure, 'fraud_hold');
});

test('a phone that was told that the line is closed is answered', async () => {
  const one = await someone({}, { language: 'en' });
  const phone = contactOf(one.subscriber, 'phone');
  const closure = await apply(one.customer, world.smsc, one.taken, one.number);
  for (const profile of one.line.profiles) await reportDeleted(world.system, one.id, profile);
  await stage(one, closure, 'closed');
  await heard(phone, /is closed/);
  await writes(phone, 'WITHDRAW');
  await heard(phone, /has ended, on .*take the number back until .* inclusive/);
  await writes(phone, 'What now? 12345678');
  await heard(phone, /our staff will look at it/);
  const texts = (await world.agent.get(`/v1/lines/${one.id}/replies`)).body.items;
  assert.ok(texts.every(({ text }) => !text.includes('12345678')), JSON.stringify(texts));
});

test('STATUS is answered to the line, so that who writes in its name learns nothing', async () => {
  const one = await someone({}, { language: 'en' });
  await writes(one.number, 'Status');
  const [answer] = await heard(one.number, /is in order, valid until/);
  const about = [one.number, contactOf(one.subscriber, 'phone')].map(plain);
  assert.deepEqual(world.smsc.effects().filter(({ to, text }) => about.includes(to) || text === answer.text).map(({ to }) => to), [plain(one.number)]);
});

test('STOP ends reminders, never the line or the notices of a case', async () => {
  const one = await someone({}, { language: 'en' });
  await writes(one.number, 'STOP');
  await heard(one.number, /No more reminders/);
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

test('KEEP and its second reply are different words, so the network\'s repeat of one is never taken for the other', async () => {
  const one = await someone({ policy: 'in', balance: { minor: 5000, currency: 'INR' } }, { language: 'en' });
  const balance = async () => (await one.customer.get(`/v1/lines/${one.id}/balance`)).body.prepaid.minor;
  await writes(one.number, 'KEEP');
  await writes(one.number, 'KEEP'); // the network says it again: one code, not two
  const [asked] = await heard(one.number, /reply KEEP \d{4}/);
  const [code] = /KEEP \d{4}/.exec(asked.text);
  assert.equal(await balance(), 5000);
  await writes(one.number, code);
  await until(async () => await balance() === 3000, { what: 'the fee to be taken' });
  await writes(one.number, code);
  assert.equal(await balance(), 3000, 'once');
  assert.equal(world.smsc.effects().filter(({ to, text }) => to === plain(one.number) && /reply KEEP \d{4}/.test(text)).length, 1);
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
  const kept = async () => (await world.agent.get('/v1/replies')).body.items.map(({ from, text }) => [from, text]);
  await until(async () => (await kept()).length > 0, { what: 'people to have the words' });
  assert.deepEqual(await kept(), [['+8613700000000', '撤回']]);
  await refused(one.customer.get('/v1/replies'), 'forbidden', 403);
  assert.ok(!world.keepline.log.includes('8613700000000'));
});

test('a contact is known by its phone after a restart too, also after one without a goodbye', async () => {
  for (const hard of [false, true]) {
    const one = await someone({}, { language: 'en' });
    const closure = await apply(one.customer, world.smsc, one.taken, one.number);
    const phone = contactOf(one.subscriber, 'phone');
    await heard(phone, /Reply NOTME/);
    if (hard) await sleep(NOTED_MS);
    await world.keepline.restart({ hard });
    await writes(phone, 'NOTME');
    await stage(one, closure, 'fraud_hold');
  }
});

test('where an answer cannot come, no message asks for one', async () => {
  const { config } = world.keepline;
  for (const over of [{ sms: { ...config.sms, source: 'Keepline' } }, { messages: { ...config.messages, replies: false } }]) {
    await world.keepline.restart({ config: { ...config, ...over } });
    const one = await someone({}, { language: 'en' });
    await apply(one.customer, world.smsc, one.taken, one.number);
    const [sms] = await heard(contactOf(one.subscriber, 'phone'), /Delete eSIM/);
    assert.doesNotMatch(sms.text, /reply/i);
  }
  await world.keepline.restart({ config });
});
