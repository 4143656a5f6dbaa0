// What a session may and for how long: one that rests ends, signing in again ends the one before, and one that is old changes nothing of where
// its owner is reached before a code is shown. And which message about a person is known by its reference. The clock is a sandbox's.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { refused } from '../e2e/client.mjs';
import { contactOf } from '../e2e/people.mjs';
import { forward, sessionOf, sms, someoneIn, startSandbox } from '../e2e/sandbox.mjs';
import { freePort, until } from '../peers/wait.mjs';
import { Browser, SESSION, portalAt, sendFile } from './browser.mjs';

let world, portal;
before(async () => {
  portal = portalAt(await freePort());
  world = await startSandbox({ config: portal.config });
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const codesOf = async (to) => (await sms(world, to)).map(({ text }) => /(?<!\d)(\d{8})(?!\d)[^]*sign(?:s)? in/.exec(text)?.[1]).filter(Boolean);
const nextCode = (to, had) => until(async () => (await codesOf(to))[had], { what: 'a code', timeoutMs: 60_000 });
const isIn = async (browser) => (await browser.request('GET', '/line', { follow: false })).status === 200;

async function byCode(one, browser) {
  await browser.get('/?again=1');
  const had = (await codesOf(one.line.number)).length;
  await browser.submit('/sign-in', { number: one.line.number, way: 'line' });
  await browser.submit(browser.page.path, { code: await nextCode(one.line.number, had) });
  assert.equal(browser.page.path, '/line', browser.words);
  return browser;
}

describe('a session', () => {
  test('that nobody uses ends, and says so', async () => {
    const one = await someoneIn(world);
    const browser = await byCode(one, new Browser(portal));
    for (let n = 0; n < 2; ++n) {
      await forward(world, 'PT15M');
      assert.ok(await isIn(browser), 'it is used');
    }
    await forward(world, 'PT21M');
    await browser.get('/line');
    assert.equal(browser.page.path, '/?ended=1');
    assert.match(browser.words, /ends by itself when nobody uses it/);
  });

  test('is not kept by what a page asks by itself', async () => {
    const one = await someoneIn(world);
    const closure = (await world.agent.post(`/v1/lines/${one.id}/closures`, { reason: 'not_needed' })).body;
    const browser = await byCode(one, new Browser(portal));
    for (let n = 0; n < 2; ++n) {
      await forward(world, 'PT9M');
      assert.ok((await browser.clone().get(`/case/${closure.id}/part`)).status < 300);
    }
    await forward(world, 'PT3M');
    assert.ok(!await isIn(browser));
  });

  test('ends when its browser signs in again, in whoever\'s hands it is', async () => {
    const one = await someoneIn(world);
    const browser = await byCode(one, new Browser(portal));
    const stolen = browser.clone();
    assert.ok(await isIn(stolen));
    await forward(world, 'PT2M');
    await byCode(one, browser);
    assert.notEqual(browser.cookies.get(SESSION), stolen.cookies.get(SESSION));
    assert.ok(!await isIn(stolen));
    assert.ok(await isIn(browser));
    await browser.get('/sessions');
    assert.equal([...browser.page.html.matchAll(/action="\/sessions\/[^/]+\/end"/g)].length, 1, browser.words);
  });
});

describe('an application that is proved by checks alone', () => {
  test('is submitted by an old session once a code is shown, in place', async () => {
    const one = await someoneIn(world, { policy: 'watched' });
    const browser = await byCode(one, new Browser(portal));
    await browser.get(`/close?line=${one.id}`);
    await browser.submit('/close', { reason: 'other' });
    const at = browser.page.path;
    await browser.get(`${at}/quote`);
    await browser.submit(`${at}/quote`);
    await browser.get(`${at}/backup`);
    await browser.submit(`${at}/backup`, { choice: 'decline' });
    await browser.get(`${at}/proof`);
    await sendFile(browser, `${at}/document`, {}, '%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n');
    await browser.submit(`${at}/call`, { phone: one.subscriber.contacts.find(({ by }) => by === 'sms').id });
    const checks = at.replace('/case/', '/v1/closures/') + '/checks';
    await world.agent.post(`${checks}/1`, { passed: true, method: 'looked', shown: one.subscriber.person.document_number });
    await world.agent.post(`${checks}/2`, { passed: true, method: 'called' });
    await forward(world, 'PT15M');
    await browser.get(at);
    await forward(world, 'PT6M');
    await browser.get(`${at}/check`);
    await browser.submit(`${at}/submission`);
    assert.equal(browser.page.status, 422, browser.words);
    assert.match(browser.words, /First show that it is you/);
    const had = (await codesOf(one.line.number)).length;
    await browser.submit('/prove');
    await browser.submit(browser.page.path.split('?')[0], { code: await nextCode(one.line.number, had) });
    assert.equal(browser.page.path, `${at}/check`, 'back to where it was wanted');
    await browser.submit(`${at}/submission`);
    assert.equal(browser.page.path, at, browser.words);
    assert.equal((await world.agent.get(at.replace('/case/', '/v1/closures/'))).body.stage, 'in_review');
  });
});

describe('where somebody is reached', () => {
  test('is changed in an old session once a code is shown, in place', async () => {
    const one = await someoneIn(world);
    const browser = await byCode(one, new Browser(portal));
    await browser.get('/contacts');
    assert.doesNotMatch(browser.words, /First show that it is you/);
    await forward(world, 'PT16M');
    const before = browser.clone();
    await browser.get('/contacts');
    assert.match(browser.words, /First show that it is you/, 'said in advance');
    await browser.submit('/language', { language: 'zh-CN' });
    assert.equal(browser.page.status, 422, 'nor in which language they are warned');
    await browser.submit('/contacts', { by: 'mail', address: 'new@example.org' });
    assert.equal(browser.page.status, 422, browser.words);
    assert.match(browser.page.html, /value="new@example.org"/, 'what was typed stays');
    const had = (await codesOf(one.line.number)).length;
    await browser.submit('/prove');
    assert.match(browser.page.path, /^\/prove\/\w+$/);
    const action = browser.page.path;
    await browser.submit(action, { code: '00000000' });
    assert.equal(browser.page.status, 422);
    await browser.submit(action, { code: await nextCode(one.line.number, had) });
    assert.equal(browser.page.path, '/contacts', browser.words);
    assert.ok(!await isIn(before), 'the session has another name now');
    await browser.submit('/contacts', { by: 'mail', address: 'new@example.org' });
    assert.match(browser.page.path, /^\/contacts\/c[0-9a-f]+/, browser.words);

    await forward(world, 'PT16M');
    const at = browser.page.path.split('?')[0];
    await browser.get(at);
    await browser.submit(`${at}/removal`);
    assert.equal(browser.page.status, 422, browser.words);
    const more = (await codesOf(one.line.number)).length;
    await browser.submit('/prove');
    await browser.submit(browser.page.path.split('?')[0], { code: await nextCode(one.line.number, more) });
    assert.equal(browser.page.path, at, 'back to where it was wanted');
    await browser.submit(`${at}/removal`);
    assert.equal(browser.page.path, '/contacts', browser.words);
  });

  test('is changed through the API in a young session only', async () => {
    const one = await someoneIn(world);
    const client = await sessionOf(world, one);
    const seen = (await client.get(`/v1/subscribers/${one.subscriber.id}`)).body;
    assert.ok(Date.parse(seen.contacts_until) > 0);
    assert.equal((await world.agent.get(`/v1/subscribers/${one.subscriber.id}`)).body.contacts_until, undefined);
    const contacts = [...one.subscriber.contacts, { id: 'other', by: 'mail', address: 'other@example.org' }].map(({ id, by, address }) => ({ id, by, address }));
    await forward(world, 'PT15M');
    const why = await refused(client.post(`/v1/subscribers/${one.subscriber.id}/contacts`, { contacts }), 'session-too-weak', 403);
    assert.equal(why.data('within_minutes'), '15');
    await (await sessionOf(world, one)).post(`/v1/subscribers/${one.subscriber.id}/contacts`, { contacts });
  });
});

describe('is this message from us?', () => {
  const referenceIn = (text) => /\d{4} \d{4} \d{4}/.exec(text)?.[0];
  async function asks(reference, browser = new Browser(portal)) {
    await browser.get('/message');
    await browser.submit('/message', { reference });
    return browser;
  }

  test('a message about the person themself says what was sent, when, and to which masked contact', async () => {
    const one = await someoneIn(world);
    const browser = await byCode(one, new Browser(portal));
    const [code] = (await sms(world, one.line.number)).filter(({ text }) => /your code to sign in/.test(text));
    const reference = referenceIn(code.text);
    assert.ok(reference, code.text);
    await browser.get('/phrase');
    await browser.submit('/phrase', { phrase: 'green kettle' });
    const told = await until(async () => {
      const { body } = await world.agent.get(`/v1/messages/${reference.replaceAll(' ', '')}`);
      return body.told.some(({ kind, by }) => kind === 'phrase_chosen' && by === 'mail') && body;
    }, { what: 'the notes of what left', timeoutMs: 60_000, everyMs: 500 });
    assert.equal(told.about, 'person');
    assert.equal(told.number_tail, undefined);
    const tail = `***${one.line.number.slice(-4)}`;
    assert.ok(told.told.find(({ kind }) => kind === 'sign_in_code').to.includes(tail), JSON.stringify(told));
    const mailbox = contactOf(one.subscriber, 'mail');
    assert.ok(told.told.find(({ kind, by }) => kind === 'phrase_chosen' && by === 'mail').to.some((to) => to.startsWith(mailbox[0]) && to.endsWith(mailbox.slice(mailbox.indexOf('@'))) && !to.includes(mailbox)));
    const stranger = await asks(reference);
    assert.match(stranger.words, /Your own words for our mails were changed/);
    assert.ok(!stranger.page.html.includes(tail), 'whoever saw a message is not told where others went');
    const page = await asks(reference, browser);
    assert.match(page.words, /about an account with us/);
    assert.match(page.words, /Your own words for our mails were changed/);
    assert.ok(page.words.includes(`Sent to ${tail}`), page.words);
    assert.ok(!page.page.html.includes(mailbox));
    const other = await sessionOf(world, await someoneIn(world));
    assert.ok((await other.get(`/v1/messages/${reference.replaceAll(' ', '')}`)).body.told.every(({ to }) => to.length === 0), 'another customer is a stranger');
    assert.match(page.words, /A code to show us that it is you/);
    assert.doesNotMatch(page.words, /green kettle/);
    await forward(world, 'P8D');
    assert.doesNotMatch((await asks(reference)).words, /Your own words for our mails/, 'nobody watches somebody by a message of once');
  });

  test('a code to an address that may be somebody else\'s says nothing of the person', async () => {
    const one = await someoneIn(world);
    const browser = await byCode(one, new Browser(portal));
    await browser.get('/contacts');
    await browser.submit('/contacts', { by: 'sms', address: '+8613912345670' });
    const [code] = await until(async () => {
      const all = (await sms(world, '+8613912345670')).filter(({ text }) => /confirms this contact/.test(text));
      return all.length > 0 && all;
    }, { what: 'the code', timeoutMs: 60_000 });
    const reference = referenceIn(code.text);
    assert.ok(reference, code.text);
    const [own] = (await sms(world, one.line.number)).filter(({ text }) => /your code to sign in/.test(text));
    assert.notEqual(reference, referenceIn(own.text));
    const { told } = await until(async () => {
      const { body } = await world.agent.get(`/v1/messages/${reference.replaceAll(' ', '')}`);
      return body.told.length > 0 && body;
    }, { what: 'that it left', timeoutMs: 60_000, everyMs: 500 });
    assert.deepEqual(told.map(({ kind, to }) => [kind, to]), [['contact_code', ['***5670']]]);
  });
});
