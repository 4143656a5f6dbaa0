// Proof that somebody else has to look at, in the portal and without script: a document handed in and compared, a card, a call back; how each
// stands on the page and on the list of tasks; and the application going on when it is enough.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { codeFromSms, codesSent } from '../e2e/journey.mjs';
import { startWorld } from '../e2e/world.mjs';
import { temporaryFolder } from '../peers/child.mjs';
import { freePort } from '../peers/wait.mjs';
import { portalAt, sendFile, signedIn, someoneOf } from './browser.mjs';

const PDF = '%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n';

let world, portal;
before(async () => {
  portal = portalAt(await freePort());
  portal.config.portal.call_hours = ['9-12', '14-18'];
  const prompts = path.join(temporaryFolder('prompts'), 'none');
  mkdirSync(prompts);
  // Calls that the machine makes reach nobody: where the trunk should be nothing listens.
  const hotline = { listen: `127.0.0.1:${await freePort()}`, prompts, languages: ['en'], call_prefixes: ['+86139'] };
  const trunk = [{ name: 'pbx', peers: ['127.0.0.1'], server: `127.0.0.1:${await freePort()}`, options_s: 0 }];
  world = await startWorld({ peers: ['smsc'], config: { ...portal.config, hlr: { kind: 'none' }, hotline, trunk } });
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

/** A case on the page of proof, with a code shown already. */
async function proving({ language = 'en', policy = 'checked' } = {}) {
  const one = await someoneOf(world, { language, policy });
  const browser = await signedIn(world, portal, one.subscriber.id, { language });
  await browser.get(`/close?line=${one.id}`);
  await browser.submit('/close', { reason: 'other' });
  const at = browser.page.path;
  await browser.click(`${at}/quote`);
  await browser.submit(`${at}/quote`);
  await browser.click(`${at}/backup`);
  await browser.submit(`${at}/backup`, { choice: 'decline' });
  await browser.click(`${at}/proof`);
  const sent = codesSent(world.smsc, one.number);
  await browser.submit(`${at}/codes`, { contact: 'line' });
  await browser.submit(`${at}/proof`, { code: await codeFromSms(world.smsc, one.number, { after: sent }) });
  await browser.get(`${at}/proof`);
  return { ...one, browser, at, closure: at.replace('/case/', '') };
}
const checksOf = async (one) => (await world.agent.get(`/v1/closures/${one.closure}`)).body.checks;
const passes = (one, serial, more = {}) => world.agent.post(`/v1/closures/${one.closure}/checks/${serial}`, { passed: true, method: 'looked', ...more });

describe('a document', () => {
  for (const [language, words] of Object.entries({
    en: { waits: /Your document: handed in on .* We compare it by/, enough: /That is enough/ },
    'zh-CN': { waits: /证件：.*已提交，我们将在.*前完成比对/, enough: /已经足够/ },
  })) {
    test(`is handed in, compared by an agent, and the application goes on, in ${language}`, async () => {
      const one = await proving({ language });
      const { browser, at } = one;
      await sendFile(browser, `${at}/document`, {}, PDF);
      assert.equal(browser.page.path, `${at}/proof`, browser.words);
      assert.match(browser.words, words.waits);
      assert.match((await browser.get(at)).html, words.waits, 'and on the list of tasks');
      assert.match(browser.page.html, new RegExp(`<li class="under_way">\\s*<div><a href="${at}/proof">`), 'where it is our turn, not theirs');
      const [check] = await checksOf(one);
      assert.equal(check.kind, 'id_document');
      await passes(one, check.serial, { shown: one.subscriber.person.document_number });
      await browser.get(`${at}/proof`);
      assert.match(browser.words, words.enough);
      await browser.get(`${at}/check`);
      await browser.submit(`${at}/submission`);
      assert.equal(browser.page.path, at, browser.words);
      assert.equal((await world.agent.get(`/v1/closures/${one.closure}`)).body.stage, 'in_review');
    });
  }

  test('that was not accepted says why; another one, or the one that is there, is tried', async () => {
    const one = await proving();
    const { browser, at } = one;
    await browser.submit(`${at}/document`);
    assert.match(browser.words, /Please choose a file/);
    assert.equal(browser.page.status, 422);
    await sendFile(browser, `${at}/document`, {}, 'nothing that is a picture');
    assert.match(browser.words, /We take pictures as JPEG or PNG/);
    await sendFile(browser, `${at}/document`, {}, PDF);
    await world.agent.post(`/v1/closures/${one.closure}/checks/1`, { passed: false, method: 'looked', why: 'unreadable' });
    await browser.get(`${at}/proof`);
    assert.match(browser.words, /not accepted the last time: the picture cannot be read/);
    const [first] = await checksOf(one);
    await browser.submit(`${at}/document`, { document: first.document });
    assert.equal(browser.page.path, `${at}/proof`, browser.words);
    await world.reviewer.post(`/v1/closures/${one.closure}/checks/2`, { passed: false, method: 'looked', reason: 'a <b>copy</b> of a copy' });
    await browser.get(`${at}/proof`);
    assert.match(browser.words, /not accepted the last time: a <b>copy<\/b> of a copy/, 'in words, whatever a decider typed');
    await browser.submit(`${at}/document`, { document: first.document });
    await browser.submit(`${at}/check-withdrawal`);
    assert.deepEqual((await checksOf(one)).map(({ state }) => state), ['failed', 'failed', 'withdrawn']);
    assert.ok(browser.page.html.includes(`action="${at}/document"`), 'and may be asked for again');
  });
});

describe('a saved code', () => {
  test('that was made in a session a moment ago proves nothing, and the page says so before and after', async () => {
    const one = await someoneOf(world);
    const browser = await signedIn(world, portal, one.subscriber.id);
    await browser.get(`/codes?line=${one.id}`);
    await browser.submit('/codes');
    const [, code] = /<li class="code">([^<]+)<\/li>/.exec(browser.page.html);
    await browser.get(`/close?line=${one.id}`);
    await browser.submit('/close', { reason: 'other' });
    const at = browser.page.path;
    await browser.get(`${at}/proof`);
    assert.match(browser.words, /less than 7 days ago prove nothing yet/);
    await browser.submit(`${at}/saved-code`, { saved: code });
    assert.equal(browser.page.status, 422, browser.words);
    assert.match(browser.words, /made too short a time ago to prove anything/);
    assert.doesNotMatch(browser.words, /Saved recovery code · done/);
    const { evidence } = (await world.agent.get(`/v1/closures/${at.replace('/case/', '')}`)).body;
    assert.deepEqual(evidence.filter(({ kind }) => kind === 'recovery_code').map(({ passed }) => passed), [false]);
  });
});

describe('a bank card', () => {
  test('is named by its last four digits; others are counted, and the whole number is not taken', async () => {
    const one = await proving();
    const { browser, at } = one;
    const digits = one.subscriber.person.refund_iban.slice(-4);
    await browser.submit(`${at}/card`, { digits: '12' });
    assert.match(browser.words, /Please enter the last four digits/);
    await browser.submit(`${at}/card`, { digits: digits === '0000' ? '1111' : '0000' });
    assert.equal(browser.page.status, 422, browser.words);
    await browser.submit(`${at}/card`, { digits });
    assert.match(browser.words, /Your bank card: asked for on/);
    await passes(one, 1, { shown: one.subscriber.person.refund_iban });
    await browser.get(`${at}/proof`);
    assert.match(browser.words, /That is enough/);
  });
});

describe('a call back', () => {
  test('goes to a masked phone at hours that are offered', async () => {
    const one = await proving();
    const { browser, at } = one;
    const phone = one.subscriber.contacts.find(({ id }) => id === 'phone').address;
    assert.ok(!browser.page.html.includes(phone) && !browser.page.html.includes(phone.slice(1)), 'masked');
    assert.match(browser.words, /9:00 to 12:00 14:00 to 18:00/);
    await browser.submit(`${at}/call`, { phone: 'phone', hours: '14-18' });
    assert.match(browser.words, /Call back: asked for on .* We call you by/);
    assert.deepEqual((await checksOf(one))[0].hours, { from: 14, until: 18 });
    await browser.submit(`${at}/check-withdrawal`);
    await browser.submit(`${at}/call`, { phone: 'phone', hours: '' });
    assert.equal((await checksOf(one))[1].hours, undefined, 'at any time');
  });

  test('is made by the machine at once, which asks for what the page shows and staff do not read', async () => {
    const one = await proving();
    const { browser, at } = one;
    await browser.submit(`${at}/call`, { phone: 'phone', hours: 'now' });
    assert.match(browser.words, /Key in \d{4} when the voice asks for it/);
    const [check] = await checksOf(one);
    assert.equal(check.at_once, true);
    assert.equal(check.call_code, undefined);
  });

  test('of a policy that takes none is not offered', async () => {
    const { browser, at } = await proving({ policy: 'quick' });
    assert.ok(!browser.page.html.includes(`action="${at}/call"`));
  });
});
