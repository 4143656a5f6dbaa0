// The pages for everybody: is a message ours, and by which ways the operator speaks to people.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { refused } from '../e2e/client.mjs';
import { contactOf, newLine, newSubscriber, yuan } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { freePort, until } from '../peers/wait.mjs';
import { Browser, portalAt, signedIn, spaced } from './browser.mjs';

let world, portal;
before(async () => {
  portal = portalAt(await freePort());
  const config = { portal: { ...portal.config.portal, hours: 'every day 8:00 to 22:00', shops: ["People's Square 1 <Shanghai>"], mail_senders: ['service@operator.example'] } };
  world = await startWorld({ config });
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

async function asks(reference, browser = new Browser(portal)) {
  await browser.get('/message');
  await browser.submit('/message', { reference });
  return browser;
}

describe('is this message from us?', () => {
  test('the reference of an SMS says what was sent, when and how, of a case and outside one', async () => {
    const subscriber = newSubscriber({ language: 'en' });
    const line = newLine({ policy: 'cn', balance: yuan(2345) });
    const { id } = await world.takeOver(subscriber, line);
    await world.system.post(`/v1/lines/${id}/customer-lock`, { locked: true });
    const [lock] = await world.smsc.waitFor({ to: line.number.slice(1), text: /Your lock on the line/ });
    const [reference] = /\d{4} \d{4} \d{4}/.exec(lock.text);
    await until(async () => /Your lock on the line/.test((await asks(reference)).words), { what: 'that it was sent' });
    const ours = await asks(reference);
    assert.match(ours.words, /Yes, that reference is ours/);
    assert.ok(ours.words.includes(`ending ${line.number.slice(-4)}`), ours.words);
    const hour = (at) => new Date(Date.now() + at * 60_000).toLocaleString('en-GB', { timeZone: 'Asia/Shanghai', hour: '2-digit' });
    assert.ok([-1, 0].some((at) => ours.words.includes(` ${hour(at)}:`)), `by the clock of the line: ${ours.words}`);
    const { reference: ofCase } = (await world.agent.post(`/v1/lines/${id}/closures`, { reason: 'not_needed' })).body;
    const browser = await asks(ofCase.replaceAll(' ', '-'));
    assert.match(browser.words, /Yes, that reference is ours/);
    assert.match(browser.words, /the closing of the number/);
    assert.ok(!browser.words.includes(line.number) && !browser.words.includes(spaced(line.number)), 'the number is not told to whoever has a reference');
    assert.ok(browser.words.includes(`ending ${line.number.slice(-4)}`), browser.words);
    assert.doesNotMatch(browser.words, /quite different/, 'nothing is listed that a message could be compared with');
  });

  test('what is not ours is said clearly, with what to do; what is no reference is a mistake beside its field', async () => {
    assert.match((await asks('4821 0937 1156')).words, /No, we did not send that/);
    const wrong = await asks('<script>alert(1)</script>');
    assert.equal(wrong.page.status, 422);
    assert.match(wrong.page.html, /href="#reference"/);
    assert.ok(!wrong.page.html.includes('<script>alert'), 'as text');
    assert.match((await asks('4821 0937 1156', new Browser(portal, { language: 'zh-CN' }))).words, /没有发送过/);
  });

  test('whoever tries references is stopped, and nobody of the staff with them', async () => {
    let status = 200;
    for (let n = 0; n < 260 && status !== 429; ++n) {
      const browser = new Browser(portal);
      await browser.get('/message');
      await browser.submit('/message', { reference: String(100_000_000_000 + n) });
      status = browser.page.status;
    }
    assert.equal(status, 429);
    await refused(world.agent.get('/v1/messages/482109371156'), 'not-found', 404); // staff look on
  });
});

test('words of one\'s own stand in every mail to them from then on, and on no page', async () => {
  const subscriber = newSubscriber({ language: 'en' });
  await world.takeOver(subscriber, newLine({ policy: 'cn', balance: yuan(2345) }));
  const browser = await signedIn(world, portal, subscriber.id);
  await browser.get('/phrase');
  await browser.submit('/phrase', { phrase: 'call +8613800000000' });
  assert.equal(browser.page.status, 422, 'no number, no address');
  assert.match(browser.words, /without a number, an address or a link/);
  await browser.submit('/phrase', { phrase: 'green kettle' });
  assert.match(browser.words, /in our e-mails from now on/);
  assert.ok(!browser.page.html.includes('green kettle'), 'whoever has the session does not learn it');
  const [mail] = await world.mta.waitFor({ recipient: contactOf(subscriber, 'mail'), subject: /words for our mails/ });
  assert.match(mail.text, /Your own words, as you chose them: green kettle/);
});

// Fails when whoever has the session, or the line, learns the words by which the owner knows our mails.
test('a mailbox that a thief adds gets none of the owner\'s words, whatever is sent there', async () => {
  const subscriber = newSubscriber({ language: 'en' });
  const line = newLine({ policy: 'cn', balance: yuan(2345) });
  const { id } = await world.takeOver(subscriber, line);
  const owner = await signedIn(world, portal, subscriber.id);
  await owner.get('/phrase');
  await owner.submit('/phrase', { phrase: 'green kettle' });
  const own = contactOf(subscriber, 'mail');
  await world.mta.waitFor({ recipient: own, subject: /words for our mails/ });

  const thief = await signedIn(world, portal, subscriber.id);
  const mailbox = `thief-${subscriber.id}@example.org`;
  await thief.get('/contacts');
  await thief.submit('/contacts', { by: 'mail', address: mailbox });
  const [{ text: withCode }] = await world.mta.waitFor({ recipient: mailbox, subject: /confirms this contact/ });
  const at = thief.page.path.split('?')[0];
  await thief.submit(`${at}/proof`, { code: /(?<!\d)(\d{8})(?!\d)/.exec(withCode)[1] });
  assert.equal(thief.page.path, '/contacts', thief.words);
  await until(async () => (await world.system.get(`/v1/lines/${id}`)).body.contacts.some((one) => one.verified && one.by === 'mail' && one.id === at.split('/').at(-1)), { what: 'the line to know the mailbox', timeoutMs: 60_000 });

  await world.system.post(`/v1/lines/${id}/customer-lock`, { locked: true });
  const [toThief] = await world.mta.waitFor({ recipient: mailbox, subject: /lock/i });
  const [toOwner] = await world.mta.waitFor({ recipient: own, subject: /lock/i });
  assert.match(toOwner.text, /green kettle/);
  assert.doesNotMatch(toThief.text, /kettle/);
  await thief.get('/phrase');
  await thief.submit('/phrase', { phrase: 'red kettle' });
  assert.notEqual(thief.page.status, 200, 'once a day');
  await thief.get(`/codes?line=${id}`);
  await thief.submit('/codes');
  await world.mta.waitFor({ recipient: mailbox, subject: /recovery codes/ });
  for (const { text } of (await world.mta.messages()).filter(({ recipient }) => recipient === mailbox)) assert.doesNotMatch(text, /kettle/);
});

test('the page of official channels says what the operator configured, as text', async () => {
  const browser = new Browser(portal);
  await browser.get('/official');
  for (const part of ['service@operator.example', "People's Square 1 <Shanghai>", portal.origin, 'every day 8:00 to 22:00', 'never ask for a code']) assert.ok(browser.words.includes(part), `${part} in ${browser.words}`);
});
