// Item 22. SMS pumping: with one subscriber token, put foreign numbers of one's own among the contact points and let
// Keepline send to them: by flipping the customer lock, by codes, by an agent's word that they are verified.
// On 4b5af17 all of it succeeds (33,000 SMS in 10 s): these tests fail there. Now an address that nobody has shown to be
// theirs hears nothing but its own code, codes are few, repeats are gathered, and budgets hold what is left.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from '../peers/wait.mjs';
import { refused } from '../e2e/client.mjs';
import { codeFromSms } from '../e2e/journey.mjs';
import { contactOf, newLine, newSubscriber, plain } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';

const PREMIUM = '+88213'; // satellite: a message costs what a hundred cost elsewhere
let next = 0;
const premium = () => `${PREMIUM}${String(1_000_000 + ++next)}`;
const sentTo = (smsc, prefix) => smsc.effects().filter((sms) => sms.to.startsWith(plain(prefix)));

describe('one token', () => {
  let world;
  before(async () => { world = await startWorld({ peers: ['smsc'] }); }, { timeout: 180_000 });
  after(async () => { await world?.stop(); });

  test('flipping a lock sends nothing to numbers that the token brought, and few to the line itself', async () => {
    const subscriber = newSubscriber({ language: 'en' });
    const line = newLine();
    const { id: lineId } = await world.takeOver(subscriber, line);
    const thief = await world.as(subscriber.id);
    const contacts = Array.from({ length: 8 }, (_, i) => ({ id: `p${i}`, by: 'sms', address: premium() }));
    await thief.post(`/v1/subscribers/${subscriber.id}/contacts`, { contacts });
    await until(async () => (await world.admin.get(`/v1/lines/${lineId}`)).body.contacts.some((one) => one.id === 'p0'), { what: 'the line to know them' });

    // What else the lock may ask for (proof, a wait) is not this test's matter: whoever can flip it flips it.
    for (let i = 0; i < 100; ++i) {
      await thief.post(`/v1/lines/${lineId}/customer-lock`, { locked: i % 2 === 0 }).catch(() => {});
      await world.agent.post(`/v1/lines/${lineId}/sim-change`);
    }
    await world.agent.post(`/v1/lines/${lineId}/sim-change`);
    await world.smsc.waitFor({ to: plain(line.number), text: /in one message/ });
    await until(async () => (await world.admin.get('/v1/effects?state=retrying')).body.items.length === 0, { what: 'nothing to be waiting', timeoutMs: 60_000 });
    assert.equal(sentTo(world.smsc, PREMIUM).length, 0, 'nobody has shown those numbers to be theirs');
    const own = sentTo(world.smsc, line.number);
    assert.ok(own.length <= 10, `the line itself hears few, and heard ${own.length}`);
    assert.ok(own.length >= 3, 'and is told all the same');
  });

  test('an agent\'s word verifies nothing; the code that was sent there does', async () => {
    const subscriber = newSubscriber({ language: 'en' });
    const line = newLine();
    const { id: lineId } = await world.takeOver(subscriber, line);
    const number = premium();
    const fresh = { id: 'p', by: 'sms', address: number, verified: true };
    const changed = (await world.agent.post(`/v1/subscribers/${subscriber.id}/contacts`, { contacts: [...subscriber.contacts, fresh] })).body;
    assert.equal(changed.contacts.find((one) => one.id === 'p').verified, false);
    assert.equal(changed.contacts.find((one) => one.id === 'phone').vouched_by, 'bss');
    await until(async () => (await world.admin.get(`/v1/lines/${lineId}`)).body.contacts.some((one) => one.id === 'p'), { what: 'the line to know it' });
    await world.agent.post(`/v1/lines/${lineId}/sim-change`);
    await world.smsc.waitFor({ to: plain(contactOf(subscriber, 'phone')), text: /SIM profile/ });
    assert.equal(sentTo(world.smsc, number).length, 0, 'nothing before its code');

    const own = await world.as(subscriber.id);
    const at = `/v1/subscribers/${subscriber.id}/contacts/p`;
    await own.post(`${at}/codes`);
    const code = await codeFromSms(world.smsc, number);
    const [message] = sentTo(world.smsc, number);
    assert.ok(!message.text.includes(line.number.slice(-4)) && !message.text.includes(lineId), `names no line: ${message.text}`);
    await refused(own.post(`${at}/codes`), 'too-many-requests', 429);
    await refused(own.post(`${at}/code-answers`, { code: code === '00000000' ? '00000001' : '00000000' }), 'otp-wrong', 403);
    const verified = (await own.post(`${at}/code-answers`, { code })).body;
    assert.equal(verified.contacts.find((one) => one.id === 'p').verified, true);
    await until(async () => (await world.admin.get(`/v1/lines/${lineId}`)).body.contacts.some((one) => one.id === 'p' && one.verified), { what: 'the line to know that it is verified' });
    await world.agent.post(`/v1/lines/${lineId}/sim-change`);
    await world.smsc.waitFor({ to: plain(number), text: /SIM profile/ });
  });

  test('a subscriber whom an agent registers hears nothing at addresses that the agent names', async () => {
    const number = premium();
    const subscriber = newSubscriber({ language: 'en', contacts: [{ id: 'p', by: 'sms', address: number, verified: true }] });
    const registered = (await world.agent.post('/v1/subscribers', subscriber)).body;
    assert.deepEqual(registered.contacts.map((one) => one.verified), [false]);
    const line = newLine();
    const { body } = await world.agent.post('/v1/lines', { number: line.number, subscriber: subscriber.id, policy: line.policy, profiles: line.profiles.slice(0, 1).map(({ iccid, imsi }) => ({ iccid, imsi })) });
    await world.agent.post(`/v1/lines/${body.id}/sim-change`);
    await world.smsc.waitFor({ to: plain(line.number), text: /SIM profile/ });
    assert.equal(sentTo(world.smsc, number).length, 0);
  });

  test('codes that are wrong lock, and no contact point that is not verified gets a closing code', async () => {
    const subscriber = newSubscriber({ language: 'en' });
    const { id: lineId } = await world.takeOver(subscriber, newLine());
    const own = await world.as(subscriber.id);
    const number = premium();
    await own.post(`/v1/subscribers/${subscriber.id}/contacts`, { contacts: [...subscriber.contacts, { id: 'p', by: 'sms', address: number }] });
    await until(async () => (await world.admin.get(`/v1/lines/${lineId}`)).body.contacts.some((one) => one.id === 'p'), { what: 'the line to know it' });
    const closure = (await own.post(`/v1/lines/${lineId}/closures`, { reason: 'not_needed' })).body;
    await refused(own.post(`/v1/closures/${closure.id}/otps`, { contact: 'p' }), 'contact-unverified', 409);

    const at = `/v1/subscribers/${subscriber.id}/contacts/p`;
    await own.post(`${at}/codes`);
    const code = await codeFromSms(world.smsc, number);
    const wrong = code === '00000000' ? '00000001' : '00000000';
    for (let i = 0; i < 4; ++i) await refused(own.post(`${at}/code-answers`, { code: wrong }), 'otp-wrong', 403);
    await refused(own.post(`${at}/code-answers`, { code: wrong }), 'otp-locked', 429);
    await refused(own.post(`${at}/code-answers`, { code }), 'otp-locked', 429);
  });
});

describe('many tokens', () => {
  let world;
  before(async () => { world = await startWorld({ peers: ['smsc'], config: { messages: { hotline: '10099', prefix_hour: 3 } } }); }, { timeout: 180_000 });
  after(async () => { await world?.stop(); });

  test('codes to one country and operator have a budget: what is over waits, and staff see it', async () => {
    for (let i = 0; i < 8; ++i) {
      const subscriber = newSubscriber({ language: 'en', contacts: [] });
      await world.system.post('/v1/subscribers', subscriber);
      const own = await world.as(subscriber.id);
      await own.post(`/v1/subscribers/${subscriber.id}/contacts`, { contacts: [{ id: 'p', by: 'sms', address: premium() }] });
      await own.post(`/v1/subscribers/${subscriber.id}/contacts/p/codes`);
    }
    await until(async () => {
      const { items } = (await world.admin.get('/v1/effects?state=retrying')).body;
      return items.filter((one) => one.error_code === 'over-budget').length === 5;
    }, { what: 'five codes to wait', timeoutMs: 60_000 });
    assert.equal(sentTo(world.smsc, PREMIUM).length, 3);
    assert.match(world.keepline.log, /"over-budget"/);
  });

  test('and nobody else waits for it: the owner\'s own number is told at once', async () => {
    const line = newLine();
    const subscriber = newSubscriber({ language: 'en' });
    const { id: lineId } = await world.takeOver(subscriber, line);
    await world.agent.post(`/v1/lines/${lineId}/sim-change`);
    await world.smsc.waitFor({ to: plain(line.number), text: /SIM profile/ });
    await world.smsc.waitFor({ to: plain(contactOf(subscriber, 'phone')), text: /SIM profile/ });
  });
});
