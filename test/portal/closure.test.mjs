// The portal against the real server and real peers, without script: a whole closure by forms, and the ways that end it otherwise.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { codeFromSms, codesSent, reach, reportDeleted } from '../e2e/journey.mjs';
import { yuan } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { freePort, until } from '../peers/wait.mjs';
import { Browser, portalAt, signedIn, signIn, someoneOf, spaced } from './browser.mjs';

/** What Poppler reads in a PDF: its words, and what it says of itself. */
const textOf = (pdf) => execFileSync('pdftotext', ['-layout', '-', '-'], { input: pdf, encoding: 'utf8' });
const factsOf = (pdf) => {
  const { stdout, stderr, status } = spawnSync('pdfinfo', ['-'], { input: pdf, encoding: 'utf8' });
  assert.deepEqual([status, stderr], [0, ''], 'Poppler finds nothing wrong in it');
  return stdout;
};

let world, portal;
before(async () => {
  portal = portalAt(await freePort());
  world = await startWorld({ config: portal.config });
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const someone = (over) => someoneOf(world, over);

/** Up to the submission, from the line's page on, by links and forms only: the path of the case. */
async function applies(browser, one, { reason = 'moving_abroad' } = {}) {
  await browser.get('/line');
  await browser.click(`/close?line=${one.id}`);
  await browser.submit('/close', { reason });
  const at = browser.page.path;
  assert.match(at, /^\/case\/[\w-]+-c\d+$/);
  await browser.click(`${at}/quote`);
  await browser.submit(`${at}/quote`);
  await browser.click(`${at}/backup`);
  await browser.submit(`${at}/backup`, { choice: 'decline' });
  await browser.click(`${at}/proof`);
  const sent = codesSent(world.smsc, one.number);
  await browser.submit(`${at}/codes`, { contact: 'line' });
  const code = await codeFromSms(world.smsc, one.number, { after: sent });
  await browser.submit(`${at}/proof`, { code: `${code.slice(0, 4)} ${code.slice(4)}` });
  assert.equal(browser.page.path, at, browser.words);
  await browser.click(`${at}/check`);
  await browser.submit(`${at}/submission`);
  return at;
}

describe('a whole closure, with a keyboard and a phone', () => {
  for (const [language, closed] of Object.entries({ en: /The number is closed/, 'zh-CN': /号码已注销/ })) {
    test(`from the line's page to the certificate, in ${language}`, async () => {
      const one = await someone({ language });
      const browser = await signIn(new Browser(portal, { language }), world.smsc, one.number);
      assert.equal(browser.page.path, '/line');
      const at = await applies(browser, one);
      assert.equal(browser.page.path, at);
      assert.match(browser.page.html, /<li class="done">/);
      const closure = at.replace('/case/', '');
      await reach(world.agent, closure, 'unbinding');
      for (const profile of one.line.profiles) await reportDeleted(world.system, one.id, profile);
      await reach(world.agent, closure, 'closed');
      await until(async () => (await browser.get(at)).html.includes(`${at}/certificate`), { what: 'the certificate', timeoutMs: 60_000 });
      assert.match(browser.words, closed);
      await browser.click(`${at}/certificate`);
      assert.ok(browser.words.includes(spaced(one.number)), browser.words);
      const paper = await browser.click(`${at}/certificate.pdf`);
      assert.equal(paper.headers.get('content-type'), 'application/pdf');
      const printed = textOf(paper.bytes);
      for (const part of [spaced(one.number), language === 'en' ? 'Certificate of closing' : '号码注销凭证', `${portal.origin}/verify`]) assert.ok(printed.includes(part), `${part} in ${printed}`);
      assert.match(factsOf(paper.bytes), /Tagged:\s+yes/);
      assert.ok(paper.bytes.toString('latin1').includes(`/Lang (${language})`), 'a screen reader knows how to speak it');
      await browser.get(`${at}/certificate`);
      const { bytes, headers } = await browser.click(`${at}/certificate.jws`);
      assert.equal(headers.get('content-type'), 'application/jose');
      assert.equal(bytes.toString().split('.').length, 3);
      await browser.get('/line');
      assert.equal(browser.page.status, 200);
    });
  }

  test('its number is taken back while that is possible, on proof that was shown after the end', async () => {
    const one = await someone({ balance: yuan(0) });
    const browser = await signedIn(world, portal, one.subscriber.id);
    await browser.get(`/take-back?line=${one.id}`);
    assert.match(browser.words, /The number is yours/, 'nothing to take back yet');
    const at = await applies(browser, one);
    const closure = at.replace('/case/', '');
    await reach(world.agent, closure, 'unbinding');
    for (const profile of one.line.profiles) await reportDeleted(world.system, one.id, profile);
    await reach(world.agent, closure, 'closed');
    await browser.get(`/line?line=${one.id}`);
    await browser.click(`/take-back?line=${one.id}`);
    assert.match(browser.words, /What comes back.*What does not come back.*An eSIM that was deleted/);
    assert.doesNotMatch(browser.words, /· done/, 'the code that closed it counts for nothing now');
    await browser.submit('/take-back');
    assert.equal(browser.page.status, 422);
    const stranger = await signedIn(world, portal, (await someone()).subscriber.id);
    assert.equal((await stranger.get(`/take-back?line=${one.id}`)).status, 404);
    const shown = one.subscriber.person.document_number;
    for (const kind of ['id_document', 'staff_sighting']) await world.agent.post(`/v1/closures/${closure}/evidence`, { kind, passed: true, method: 'counter 3', shown });
    await browser.get(`/take-back?line=${one.id}`);
    assert.match(browser.words, /· done/);
    await browser.submit('/take-back');
    assert.match(browser.words, /a second person looks at it/);
    const [{ serial }] = (await world.reviewer.get(`/v1/lines/${one.id}/requests`)).body.items;
    await world.second.post(`/v1/lines/${one.id}/requests/${serial}/countersignature`);
    await browser.get(`/take-back?line=${one.id}`);
    assert.match(browser.words, /The number is yours/);
    assert.doesNotMatch((await browser.get(at)).html, /take-back/, 'it is back already');
  });

  test('applying twice shows the same case; the same form sent twice is one submission', async () => {
    const one = await someone();
    const browser = await signedIn(world, portal, one.subscriber.id);
    await browser.get(`/close?line=${one.id}`);
    const form = browser.filled('/close', { reason: 'other' });
    const first = await browser.request('POST', '/close', { body: form });
    const second = await browser.request('POST', '/close', { body: form });
    assert.equal(first.path, second.path);
    const elsewhere = await signedIn(world, portal, one.subscriber.id);
    await elsewhere.get(`/close?line=${one.id}`);
    assert.equal(elsewhere.page.path, first.path, 'in a second tab, or on another device');
  });

  test('what is missing is said in words, and nothing is lost', async () => {
    const one = await someone();
    const browser = await signedIn(world, portal, one.subscriber.id);
    await browser.get(`/close?line=${one.id}`);
    await browser.submit('/close');
    assert.equal(browser.page.status, 422);
    assert.match(browser.page.html, /role="alert"/);
    assert.match(browser.page.html, /href="#reason"/);
    await browser.submit('/close', { reason: 'not_needed' });
    const at = browser.page.path;
    await browser.click(`${at}/check`);
    await browser.submit(`${at}/submission`);
    assert.equal(browser.page.status, 422);
    assert.match(browser.words, /agree to what closing costs/);
    assert.ok(browser.page.html.includes(`href="${at}/check?lang=zh-CN"`), 'in another language it is the same page');
    await browser.get(`${at}/proof`);
    await browser.submit(`${at}/codes`, { contact: 'line' });
    await browser.submit(`${at}/proof`, { code: '00000000' });
    assert.equal(browser.page.status, 422);
    assert.match(browser.words, /The code is wrong/);
    assert.match(browser.page.html, /aria-invalid="true"/);
  });

  test('what is missing at the end leads to where it is put right, and a code that grew old is asked for anew', async () => {
    const one = await someone();
    const browser = await signedIn(world, portal, one.subscriber.id);
    await browser.get(`/close?line=${one.id}`);
    await browser.submit('/close', { reason: 'not_needed' });
    const at = browser.page.path;
    await browser.get(`${at}/check`);
    await browser.submit(`${at}/submission`);
    for (const step of ['quote', 'backup', 'proof']) assert.match(browser.page.html, new RegExp(`<li><a href="${at}/${step}">`));
    const tasks = async () => [...(await browser.get(at)).html.matchAll(/<li class="(\w+)">\s*<div><a href="[^"]*\/(\w+)">/g)].map(([, mark, step]) => `${step} ${mark}`);
    assert.deepEqual(await tasks(), ['quote now', 'backup now', 'proof now', 'accounts optional', 'check later']);
    await browser.get(`${at}/quote`);
    await browser.submit(`${at}/quote`);
    await browser.get(`${at}/backup`);
    await browser.submit(`${at}/backup`, { choice: 'decline' });
    assert.deepEqual(await tasks(), ['quote done', 'backup done', 'proof now', 'accounts optional', 'check later']);
  });

  test('accounts to unbind are a list of the applicant\'s own, kept in the case', async () => {
    const one = await someone();
    const browser = await signedIn(world, portal, one.subscriber.id);
    await browser.get(`/close?line=${one.id}`);
    await browser.submit('/close', { reason: 'not_needed' });
    const at = browser.page.path;
    await browser.click(`${at}/accounts`);
    await browser.submit(`${at}/accounts`, { 'account-bank': 'done', 'account-wechat': 'unknown' });
    assert.match(browser.words, /Your list is kept.*1 of 8 done/);
    const elsewhere = await signedIn(world, portal, one.subscriber.id);
    await elsewhere.get(`${at}/accounts`);
    assert.match(elsewhere.page.html, /value="done" checked/);
    const { accounts } = (await world.agent.get(`/v1/closures/${at.replace('/case/', '')}`)).body;
    assert.deepEqual(accounts.filter(({ answer }) => answer !== 'later'), [{ what: 'bank', answer: 'done' }, { what: 'wechat', answer: 'unknown' }]);
  });

  test('the backup is downloaded', async () => {
    const one = await someone();
    await world.system.put(`/v1/lines/${one.id}/records`, { bills: [{ day: '2026-10-01', number: 'B-1', amount: yuan(500), text: '<b>保号</b>' }], usage: [], consents: [], contacts: [], messages: [] });
    const browser = await signedIn(world, portal, one.subscriber.id);
    await browser.get(`/close?line=${one.id}`);
    await browser.submit('/close', { reason: 'not_needed' });
    const at = browser.page.path;
    await browser.click(`${at}/backup`);
    await browser.submit(`${at}/backup`, { choice: 'prepare' });
    assert.equal((await browser.get(`${at}/backup.zip`, { headers: { 'sec-fetch-site': 'cross-site' } })).status, 403, 'a link of another site does not download it');
    await browser.get(`${at}/backup`);
    const { bytes, headers } = await browser.click(`${at}/backup.zip`);
    assert.equal(headers.get('content-type'), 'application/zip');
    assert.equal(bytes.subarray(0, 2).toString(), 'PK');
    await browser.get(`${at}/backup`);
    assert.match(browser.words, /You have downloaded them/);
  });

  test('it is withdrawn; another is stopped because it was somebody else', async () => {
    const one = await someone();
    const browser = await signedIn(world, portal, one.subscriber.id);
    const at = await applies(browser, one);
    assert.match(browser.words, /delete the eSIM on each device.*You get back 23.45 CNY, by about/, 'what is to do, and what is to come');
    await browser.click(`${at}/stop`);
    assert.match(browser.words, /at once.*charged again/, 'before it is pressed');
    await browser.submit(`${at}/withdrawal`);
    assert.match(browser.words, /Withdrawn.*It is charged again from now on/);
    await browser.get('/line');
    assert.match(browser.words, /Withdrawn · \d/, 'with its day');
    await browser.get(at);
    await browser.click(`/close?line=${one.id}`);
    const other = await someone();
    const theirs = await signedIn(world, portal, other.subscriber.id);
    const there = await applies(theirs, other);
    await theirs.click(`${there}/stop`);
    await theirs.submit(`${there}/repudiation`);
    assert.match(theirs.words, /it was not them/);
  });

  test('a lost phone is locked by one form, and closing says so', async () => {
    const one = await someone();
    const browser = await signedIn(world, portal, one.subscriber.id);
    await browser.get('/line');
    await browser.click(`/lost?line=${one.id}`);
    await browser.submit('/lost', { device: one.line.profiles[0].iccid });
    assert.match(browser.words, /The line is locked/);
    await browser.click('/');
    assert.match(browser.words, /was reported lost/);
    assert.ok((await world.agent.get(`/v1/lines/${one.id}`)).body.locked_since);
  });

  test('what was begun is there after the server was killed', async () => {
    const one = await someone();
    const browser = await signedIn(world, portal, one.subscriber.id);
    await browser.get(`/close?line=${one.id}`);
    await browser.submit('/close', { reason: 'not_needed' });
    const at = browser.page.path;
    await browser.click(`${at}/quote`);
    const form = browser.filled(`${at}/quote`);
    await world.keepline.restart({ hard: true });
    await browser.request('POST', `${at}/quote`, { body: form });
    assert.equal(browser.page.path, at, 'a form of before is still ours');
    await browser.click(`${at}/quote`);
    assert.match(browser.words, /You agreed to this/);
    assert.ok(!browser.page.html.includes(`action="${at}/quote"`), 'and is not asked again');
  });
});
