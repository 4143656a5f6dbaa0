// "My line" in the portal, against the real server: what its owner sees of it and does with it, by forms alone.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { codeFromSms, codesSent } from '../e2e/journey.mjs';
import { contactOf, newLine, newNumber, yuan } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { freePort, until } from '../peers/wait.mjs';
import { Browser, portalAt, signedIn, signIn, someoneOf, spaced } from './browser.mjs';

let world, portal;
before(async () => {
  portal = portalAt(await freePort());
  world = await startWorld({ peers: ['hlr', 'smsc'], config: portal.config });
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const someone = (over) => someoneOf(world, over);
const lineOf = async (one) => (await world.agent.get(`/v1/lines/${one.id}`)).body;
const codesOn = (page) => [...page.html.matchAll(/<li class="code">([^<]+)<\/li>/g)].map(([, code]) => code);

describe('after signing in', () => {
  test('one is at the line that the code went to, of several', async () => {
    const one = await someone();
    const second = newLine({ policy: 'cn' });
    await world.takeOver(one.subscriber, second);
    for (const number of [second.number, one.number]) {
      const browser = await signIn(new Browser(portal), world.smsc, number);
      assert.match(browser.page.html, new RegExp(`<h1 class="number">\\${spaced(number)}</h1>`));
    }
  });
});

describe('the own lock', () => {
  test('is put on, and taken off after a wait that the page says before', async () => {
    const one = await someone();
    const browser = await signedIn(world, portal, one.subscriber.id);
    await browser.get('/line');
    await browser.click(`/lock?line=${one.id}`);
    await browser.submit('/lock');
    assert.match(browser.words, /comes off after 72 hours/);
    assert.doesNotMatch(browser.words, /Open: 72/, 'the hours of a lock are not those of the hotline');
    assert.equal((await lineOf(one)).customer_lock, true);
    await browser.submit('/lock');
    assert.match(browser.words, /comes off on/);
    assert.ok((await lineOf(one)).customer_unlock_at);
    await browser.submit('/lock');
    assert.equal((await lineOf(one)).customer_unlock_at, undefined, 'kept on');
  });

  test('says what a form lacks', async () => {
    const one = await someone();
    const browser = await signedIn(world, portal, one.subscriber.id);
    await browser.get(`/lock?line=${one.id}`);
    const form = new URLSearchParams(browser.filled('/lock'));
    form.set('lock', 'now');
    assert.equal((await browser.request('POST', '/lock', { body: form.toString() })).status, 422);
    form.set('lock', 'nonsense');
    assert.equal((await browser.request('POST', '/lock', { body: form.toString() })).status, 422);
    assert.equal((await lineOf(one)).customer_lock, false);
  });
});

describe('recovery codes', () => {
  test('are shown once, and a wrong one unlocks nothing', async () => {
    const one = await someone();
    const browser = await signedIn(world, portal, one.subscriber.id);
    await browser.get('/line');
    await browser.click(`/codes?line=${one.id}`);
    assert.match(browser.words, /You have none/);
    const form = browser.filled('/codes');
    await browser.request('POST', '/codes', { body: form });
    const codes = codesOn(browser.page);
    assert.equal(codes.length, 8);
    await browser.request('POST', '/codes', { body: form });
    assert.deepEqual(codesOn(browser.page), codes, 'the page loaded again');
    await browser.get(`/codes?line=${one.id}`);
    assert.match(browser.words, /You have 8 left/);
    assert.ok(!browser.page.html.includes(codes[0]));
    await browser.get(`/lock?line=${one.id}`);
    await browser.submit('/lock');
    const now = new URLSearchParams({ ...Object.fromEntries(new URLSearchParams(browser.filled('/lock'))), lock: 'now', saved: 'aaaa-bbbb-cccc-dddd' });
    const { status } = await browser.request('POST', '/lock', { body: now.toString() });
    assert.equal(status, 422, browser.words);
    assert.match(browser.page.html, /id="saved-wrong"/);
    assert.equal((await lineOf(one)).customer_lock, true);
  });
});

describe('a lost phone', () => {
  test('is chosen by its own link, and what unlocks the line is said', async () => {
    const one = await someone();
    const browser = await signedIn(world, portal, one.subscriber.id);
    const { iccid } = one.line.profiles[0];
    await browser.get(`/lost?line=${one.id}&device=${iccid}`);
    assert.match(browser.page.html, new RegExp(`value="${iccid}" checked`));
    await browser.submit('/lost');
    await browser.get('/line');
    await browser.click(`/found?line=${one.id}`);
    assert.match(browser.words, /Identity document/);
    const form = new URLSearchParams({ form: new URLSearchParams(browser.filled('/sign-out')).get('form'), once: 'x', line: one.id, device: '', saved: '' });
    assert.equal((await browser.request('POST', '/found', { body: form.toString() })).status, 422);
    assert.ok((await lineOf(one)).locked_since);
  });
});

describe('where somebody is reached', () => {
  test('is shown masked, added with a code, and removed', async () => {
    const one = await someone();
    const browser = await signedIn(world, portal, one.subscriber.id);
    await browser.get('/line');
    await browser.click('/contacts');
    const phone = contactOf(one.subscriber, 'phone');
    const mail = contactOf(one.subscriber, 'mail');
    assert.ok(!browser.page.html.includes(phone) && !browser.page.html.includes(mail));
    assert.ok(browser.words.includes(`***${phone.slice(-4)}`), browser.words);
    assert.ok(browser.words.includes(`s***${mail.slice(mail.indexOf('@'))}`), browser.words);

    const fresh = newNumber();
    const before = codesSent(world.smsc, fresh);
    const form = browser.filled('/contacts', { by: 'sms', address: fresh.replace('+86', '0086 ') });
    await browser.request('POST', '/contacts', { body: form });
    const at = browser.page.path.replace('?sent=1', '');
    assert.match(at, /^\/contacts\/c[0-9a-f]+$/);
    await browser.request('POST', '/contacts', { body: form });
    assert.equal(browser.page.path.replace('?sent=1', ''), at, 'the same form twice adds one');
    await browser.submit(`${at}/proof`, { code: '00000000' });
    assert.equal(browser.page.status, 422);
    const code = await codeFromSms(world.smsc, fresh, { after: before });
    await browser.submit(`${at}/proof`, { code: `${code.slice(0, 4)} ${code.slice(4)}` });
    assert.equal(browser.page.path, '/contacts', browser.words);
    const known = (await world.agent.get(`/v1/subscribers/${one.subscriber.id}`)).body.contacts;
    assert.equal(known.filter((contact) => contact.verified && !contact.replaced_at).length, 3);

    await browser.click(at);
    await browser.submit(`${at}/removal`);
    assert.match(browser.words, /it is still told until/);
    assert.equal((await browser.get('/contacts/nobody')).status, 404);
  });

  test('are written to in the language that is chosen there', async () => {
    const one = await someone();
    const browser = await signedIn(world, portal, one.subscriber.id);
    await browser.get('/contacts');
    await browser.submit('/language', { language: 'zh-CN' });
    assert.equal(browser.page.path, '/contacts?saved=1');
    assert.match(browser.page.html, /id="language-zh-CN" name="language" value="zh-CN" checked/);
    const known = (await world.agent.get(`/v1/subscribers/${one.subscriber.id}`)).body;
    assert.equal(known.language, 'zh-CN');
    assert.ok(known.contacts.every(({ replaced_at: gone }) => !gone), 'nothing else changed');
    assert.equal((await browser.request('POST', '/language', { body: browser.filled('/language', { language: 'zh-CN' }).replace('zh-CN', 'xx') })).status, 422);
  });

  test('what is no address is said beside the field', async () => {
    const one = await someone();
    const browser = await signedIn(world, portal, one.subscriber.id);
    await browser.get('/contacts');
    await browser.submit('/contacts', { by: 'mail', address: '<b>"x' });
    assert.equal(browser.page.status, 422);
    assert.match(browser.page.html, /id="address-wrong"/);
    assert.match(browser.page.html, /value="&lt;b&gt;&quot;x"/);
    assert.match(browser.page.html, /id="by-mail" name="by" value="mail" checked/);
    assert.match(browser.words, /Please enter an e-mail address/);
    assert.match(browser.words, /Our messages and e-mails are in English/);
    await browser.submit('/contacts', { by: 'sms', address: 'none' });
    assert.match(browser.words, /Please enter a telephone number/);
  });
});

describe('the account for refunds', () => {
  test('is shown by its tail, and another one is named', async () => {
    const one = await someone();
    const browser = await signedIn(world, portal, one.subscriber.id);
    await browser.get('/line');
    await browser.click('/account');
    const { refund_iban: before } = one.subscriber.person;
    assert.ok(browser.words.includes(`***${before.slice(-4)}`) && !browser.page.html.includes(before), browser.words);
    await browser.submit('/account', { iban: 'DE00 0000', holder: 'Avery Quinn' });
    assert.equal(browser.page.status, 422);
    assert.match(browser.page.html, /id="iban-wrong"/);
    assert.match(browser.words, /no account number, card number or IBAN/);
    await browser.submit('/account', { iban: ' ', holder: '' });
    for (const field of ['iban', 'holder']) assert.match(browser.page.html, new RegExp(`id="${field}-wrong">Please fill this in`), 'each that lacks is marked');
    await browser.submit('/account', { iban: 'DE89 3704 0044 0532 0130 00', holder: 'Avery Quinn', bic: '' });
    assert.match(browser.words, /on file now/);
    assert.ok(browser.words.includes('***3000'), browser.words);
  });
});

describe('what happened', () => {
  test('money is listed, the newest first, and everything else in words with who did it', async () => {
    const one = await someone();
    for (let n = 1; n <= 30; ++n) await world.system.post(`/v1/lines/${one.id}/top-ups`, { amount: yuan(100 + n), reference: `t-${one.id}-${n}` });
    const browser = await signedIn(world, portal, one.subscriber.id);
    await browser.get('/line');
    await browser.click(`/money?line=${one.id}`);
    assert.match(browser.words, /Top-up[^.]*1\.30/);
    assert.ok(browser.words.indexOf('1.30') < browser.words.indexOf('1.20'));
    await browser.get(`/money?line=${one.id}&page=1`);
    assert.match(browser.words, /Newer/);
    await browser.get(`/money?line=${one.id}&page=999`);
    assert.equal(browser.page.status, 200);
    await browser.get(`/lost?line=${one.id}`);
    await browser.submit('/lost');
    await browser.get(`/activity?line=${one.id}`);
    assert.match(browser.words, /You · online[^·]*declared lost/);
    assert.match(browser.words, /Our systems/);
    await until(async () => {
      await browser.get(`/activity?line=${one.id}`);
      return /A message was sent to (the line|\S+\*\S+): [A-Z]/.test(browser.words);
    }, { what: 'what the message was about' });
  });
});
