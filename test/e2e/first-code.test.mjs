// The activation code of a new line reaches its owner by the contact points that are not that line, over the real mail server and SMPP; a phone
// takes the profile with what the mail says. The code is in those two messages and nowhere else.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sleep, until } from '../peers/wait.mjs';
import { countersign, history } from './journey.mjs';
import { contactOf, newNumber, newSubscriber, plain } from './people.mjs';
import { startSmdpWorld } from './smdp.mjs';

const LPA = /LPA:1\$\S+/;
let world;
before(async () => {
  world = await startSmdpWorld({ peers: ['hlr', 'mta', 'smsc'], pki: { cards: 6 } });
  await world.provide(8);
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

async function sold(person = {}, order = {}) {
  const subscriber = newSubscriber(person);
  const number = newNumber();
  await world.system.post('/v1/subscribers', subscriber);
  const { id } = (await world.agent.post('/v1/lines', { number, subscriber: subscriber.id, policy: 'quick', profile_type: 'basic', ...order })).body;
  return { subscriber, number, id, customer: await world.as(subscriber.id) };
}
const waiting = (one, not = []) => until(async () => {
  const { items } = (await one.customer.get(`/v1/lines/${one.id}/profiles`)).body;
  return items.find((each) => each.activation_code && !not.includes(each.iccid));
}, { what: 'a profile that waits', timeoutMs: 60_000 });
const sms = async (to, text) => (await world.smsc.waitFor({ to: plain(to), text }))[0].text;
const mail = async (one, subject) => (await world.mta.waitFor({ recipient: contactOf(one.subscriber, 'mail'), subject }))[0];
const heard = (number) => world.smsc.effects().filter((one) => one.to === plain(number));

describe('the first profile of a new line', () => {
  for (const [language, ready] of [['zh-CN', /eSIM可以安装/], ['en', /eSIM for the line .* is ready/]]) {
    test(`${language}: its code comes by mail and by SMS, whole, and a phone takes the profile with it`, { timeout: 180_000 }, async () => {
      const one = await sold({ language });
      const first = await waiting(one);
      const read = await mail(one, ready);
      for (const text of [read.text, read.html, await sms(contactOf(one.subscriber, 'phone'), ready)])
        assert.equal(LPA.exec(text.replaceAll('<', ' '))?.[0], first.activation_code, text);
      assert.doesNotMatch(read.subject, LPA);
      assert.deepEqual(heard(one.number), [], 'the number has no SIM yet that could hear');

      const secret = first.activation_code.split('$')[2];
      for (const [where, text] of [
        ['the journal', JSON.stringify(await history(world.admin, one.id))],
        ['the effects', JSON.stringify((await world.admin.get('/v1/effects?state=retrying')).body)],
        ['the line', JSON.stringify((await world.admin.get(`/v1/lines/${one.id}`)).body)],
        ['the log', world.keepline.log],
      ]) assert.ok(!text.includes(secret), `${where} holds the code`);

      const phone = await world.phone();
      assert.equal((await phone.download(LPA.exec(read.text)[0])).installed, true);
      await phone.enable(first.iccid);
      await sms(contactOf(one.subscriber, 'phone'), language === 'en' ? /is active/ : /已启用/);
      await sms(one.number, language === 'en' ? /is active/ : /已启用/);  // now it hears
    });
  }

  test('a confirmation code is wanted in words, and is in no message', { timeout: 180_000 }, async () => {
    const one = await sold({ language: 'en' }, { confirmation_code: '48210937' });
    const first = await waiting(one);
    const read = await mail(one, /is ready/);
    assert.equal(LPA.exec(read.text)[0], first.activation_code);
    assert.match(read.text, /also wants the confirmation code/);
    for (const text of [read.text, read.html, await sms(contactOf(one.subscriber, 'phone'), /is ready/)]) assert.ok(!text.includes('48210937'));
  });
});

test('a further profile is told of to everybody, with no code', { timeout: 180_000 }, async () => {
  const one = await sold({ language: 'en' });
  const first = await waiting(one);
  const phone = await world.phone();
  await phone.download(first.activation_code);
  await phone.enable(first.iccid);
  await sms(one.number, /is active/);
  await countersign(world.second, one.id, await world.agent.post(`/v1/lines/${one.id}/profiles`, { type: 'basic' }));
  const second = await waiting(one, [first.iccid]);
  const told = /The line had one before|The line had an eSIM before/;
  await sms(one.number, told);
  await sms(contactOf(one.subscriber, 'phone'), told);
  const mails = async () => (await world.mta.effects()).filter((each) => each.recipient === contactOf(one.subscriber, 'mail') && /is ready/.test(each.subject));
  await until(async () => (await mails()).length === 2, { what: 'the second mail', timeoutMs: 60_000 });
  await sleep(300);
  const all = [...heard(one.number), ...heard(contactOf(one.subscriber, 'phone')), ...await mails()].map(({ text }) => text).join('\n');
  assert.ok(!all.includes(second.activation_code.split('$')[2]));
});
