// Item 14. A thief with a subscriber's token changes the contact points twice, eight each time, so that the owner's own
// mailbox and phone fall off the end of the list and hear nothing of what comes next. And: the sealed person grows with
// every change.
// On 4b5af17 both succeed: these tests fail there. Now a contact point inside its span is never dropped.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../peers/wait.mjs';
import { contactOf, newLine, newSubscriber, plain } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['smsc', 'mta'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const thieves = (round, count = 8) => Array.from({ length: count }, (_, i) => (
  { id: `thief-${round}-${i}`, by: i % 2 ? 'sms' : 'mail', address: i % 2 ? `+4479460${String(round).padStart(3, '0')}${String(i).padStart(2, '0')}` : `thief${round}x${i}@evil.example` }));

/** As many changes as the server takes, until it takes no more. */
async function change(client, id, contacts) {
  return client.post(`/v1/subscribers/${id}/contacts`, { contacts }).then(() => true, (error) => {
    assert.equal(error.code, 'too-many-requests', error.message);
    return false;
  });
}

/** The line knows of the owner's last change: what it was told last has come. */
async function settled(subscriber, lineId) {
  const wanted = (await world.admin.get(`/v1/subscribers/${subscriber.id}`)).body.contacts.map((one) => one.id).sort();
  await until(async () => {
    const line = (await world.admin.get(`/v1/lines/${lineId}`)).body;
    return JSON.stringify(line.contacts.map((one) => one.id).sort()) === JSON.stringify(wanted);
  }, { what: 'the line to know the contact points', timeoutMs: 60_000 });
}

test('the owner\'s mailbox and phone hear of it, however often a thief changes the contact points', async () => {
  const subscriber = newSubscriber({ language: 'en' });
  const line = newLine();
  const { id: lineId } = await world.takeOver(subscriber, line);
  const thief = await world.as(subscriber.id);
  for (let round = 0; round < 5; ++round) await change(thief, subscriber.id, thieves(round));
  await settled(subscriber, lineId);

  await world.agent.post(`/v1/lines/${lineId}/sim-change`);
  await world.smsc.waitFor({ to: plain(line.number), text: /SIM profile/ });
  await world.smsc.waitFor({ to: plain(contactOf(subscriber, 'phone')), text: /SIM profile/ });
  await world.mta.waitFor({ recipient: contactOf(subscriber, 'mail'), subject: /SIM/ });
  assert.equal(world.smsc.effects().filter((sms) => sms.to.startsWith('447946')).length, 0, 'the thief\'s phones heard nothing');
  assert.equal((await world.mta.effects()).filter((mail) => /evil/.test(mail.recipient)).length, 0, 'nor did the thief\'s mailboxes');
});

test('a change that would need to drop somebody who is still told is refused and changes nothing', async () => {
  const subscriber = newSubscriber({ language: 'en', contacts: Array.from({ length: 8 }, (_, i) => ({ id: `m${i}`, by: 'mail', address: `owner${i}-${Math.random().toString(36).slice(2)}@customer.example`, verified: true })) });
  const { id: lineId } = await world.takeOver(subscriber, newLine());
  const thief = await world.as(subscriber.id);
  for (let round = 0; round < 12; ++round) await change(thief, subscriber.id, thieves(round));
  const clerk = world.agent;
  for (let round = 20; round < 32; ++round) await change(clerk, subscriber.id, thieves(round));
  await settled(subscriber, lineId);
  const { contacts } = (await world.admin.get(`/v1/subscribers/${subscriber.id}`)).body;
  for (const mine of subscriber.contacts) {
    const kept = contacts.find((one) => one.id === mine.id);
    assert.ok(kept?.told_until, `${mine.id} is still told`);
  }
  const line = (await world.admin.get(`/v1/lines/${lineId}`)).body;
  for (const mine of subscriber.contacts) assert.ok(line.contacts.some((one) => one.id === mine.id && one.told_until), `the line knows ${mine.id}`);
});

test('the sealed person does not grow with every change', async () => {
  const subscriber = newSubscriber();
  await world.takeOver(subscriber, newLine());
  const own = await world.as(subscriber.id);
  let taken = 0;
  for (let round = 0; round < 40; ++round) taken += await change(own, subscriber.id, thieves(round)) ? 1 : 0;
  assert.ok(taken >= 1 && taken < 40, `changes are limited: ${taken}`);
  const person = (await own.get(`/v1/subscribers/${subscriber.id}/person`)).body;
  assert.ok(person.contacts.length <= 16, `${person.contacts.length} addresses are stored`);
  assert.ok(JSON.stringify(person).length < 4096);
});
