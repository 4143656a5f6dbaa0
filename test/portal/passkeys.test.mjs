// Passkeys in a real browser with a device that it pretends (WebAuthn over CDP): added, used, replayed, copied, stolen and removed; and what does
// without script: recovery codes, the list of sessions. The clock is a sandbox's, as a passkey is new for a month.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { chromium } from 'playwright-core';
import { Client, refused } from '../e2e/client.mjs';
import { forward, sessionOf, sms, someoneIn, startSandbox } from '../e2e/sandbox.mjs';
import { contactOf } from '../e2e/people.mjs';
import { freePort, until } from '../peers/wait.mjs';
import { Browser, portalAt } from './browser.mjs';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const DEVICE = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };

let world, portal, chrome;
before(async () => {
  portal = portalAt(await freePort());
  world = await startSandbox({ config: portal.config });
  chrome = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
}, { timeout: 180_000 });
after(async () => {
  await chrome?.close();
  await world?.stop();
});

const codesOf = async (to) => (await sms(world, to)).map(({ text }) => /(?<!\d)(\d{8})(?!\d)[^]*sign(?:s)? in/.exec(text)?.[1]).filter(Boolean);
const heard = (to, words) => until(async () => (await sms(world, to)).some(({ text }) => words.test(text)), { what: `${words} at ${to}`, timeoutMs: 60_000 });

/** A browser with a device. Its pages are enhanced by the script as it is in the tree, whether the server links it or not. */
async function withDevice() {
  const context = await chrome.newContext({ locale: 'en' });
  const page = await context.newPage();
  page.setDefaultTimeout(45_000);
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options: DEVICE });
  const at = async (where) => {
    await page.goto(portal.origin + where);
  };
  const send = (action) => page.click(`form[action="${action}"] button[type=submit]`);
  return { context, page, cdp, authenticatorId, at, send };
}

/** Signs in with a code to the line, in a browser with or without script. */
async function byCode(one, device) {
  const had = (await codesOf(one.line.number)).length;
  const code = () => until(async () => (await codesOf(one.line.number)).slice(had).at(-1), { what: 'a code', timeoutMs: 60_000 });
  await device.at('/?again=1');
  await device.page.fill('#number', one.line.number);
  await device.send('/sign-in');
  await device.page.fill('#code', await code());
  await device.page.click('main button[type=submit]');
  await device.page.waitForURL('**/line');
}

async function enrolled() {
  const one = await someoneIn(world);
  const device = await withDevice();
  await byCode(one, device);
  await device.at('/passkeys');
  await device.page.check('#place-computer');
  await device.send('/passkeys');
  await device.page.waitForSelector('.cards li');
  return { one, ...device };
}

/** With what the browser sent. */
async function byPasskey({ page, at, send }) {
  await at('/');
  if (new URL(page.url()).pathname === '/line') await at('/?again=1');
  const posted = page.waitForRequest((one) => one.method() === 'POST' && new URL(one.url()).pathname === '/passkey');
  await send('/passkey');
  const body = (await posted).postData();
  await page.waitForLoadState();
  return body;
}

const words = (page) => page.locator('main').innerText();

describe('passkeys', () => {
  test('are added after a code, told to the line, weak for a month and full after it', { timeout: 180_000 }, async () => {
    const { one, ...device } = await enrolled();
    await heard(one.line.number, /passkey was added/i);
    assert.match(await words(device.page), /A computer/);
    assert.match(await words(device.page), /it can only look, and stop things/);
    await device.send('/sign-out');
    await device.page.waitForURL('**/?out=here');
    await byPasskey(device);
    await device.page.waitForURL('**/line');
    await device.at(`/close?line=${one.id}`);
    const close = device.page.locator('form[action="/close"] button[type=submit]');
    if (await close.count()) await close.first().click();
    assert.match(await words(device.page), /sign in by SMS|code that is sent to the line|SMS to the number/i, 'a weak session closes nothing');
    await forward(world, 'P31D');
    await byPasskey(device);
    await device.page.waitForURL('**/line');
    await device.at('/sessions');
    assert.match(await words(device.page), /Passkey · this one/);
    assert.doesNotMatch(await words(device.page), /only look/);
    await device.at('/passkeys');
    assert.match(await words(device.page), /To add a passkey, sign in with a code/, 'a passkey makes no passkey');
    await device.context.close();
  });

  test('a second one is not made on the same device, and an assertion is good once', { timeout: 180_000 }, async () => {
    const { one, ...device } = await enrolled();
    await device.at('/passkeys');
    await device.send('/passkeys');
    await device.page.waitForFunction(() => document.querySelector('[role=status]').textContent !== '');
    const body = new URLSearchParams(await byPasskey(device));
    await device.page.waitForURL('**/line');
    const thief = new Browser(portal);
    await thief.get('/');
    for (const name of ['form', 'once']) body.set(name, thief.form('/passkey').fields.find((field) => field.name === name).value);
    await thief.request('POST', '/passkey', { body: body.toString() });
    assert.equal(thief.page.status, 422);
    assert.match(thief.words, /No passkey of yours signed you in/);
    assert.equal((await thief.request('GET', '/line', { follow: false })).status, 303);
    await device.context.close();
    assert.ok(one.id);
  });

  test('a user who is not verified is not signed in', { timeout: 180_000 }, async () => {
    const { cdp, authenticatorId, ...device } = await enrolled();
    await device.send('/sign-out');
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
    await device.at('/');
    await device.send('/passkey');
    await device.page.waitForFunction(() => document.querySelector('[data-passkey] [role=status]').textContent !== '');
    assert.equal(new URL(device.page.url()).pathname, '/');
    await device.context.close();
  });

  test('a copy that counts backwards is refused and told', { timeout: 180_000 }, async () => {
    const { one, cdp, authenticatorId, ...device } = await enrolled();
    await byPasskey(device);
    await device.page.waitForURL('**/line');
    const { credentials: [known] } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
    assert.ok(known.signCount > 0, 'this device counts');
    await cdp.send('WebAuthn.removeCredential', { authenticatorId, credentialId: known.credentialId });
    await cdp.send('WebAuthn.addCredential', { authenticatorId, credential: { ...known, signCount: 0 } });
    await device.send('/sign-out');
    await byPasskey(device);
    assert.match(await words(device.page), /No passkey of yours signed you in/);
    await heard(one.line.number, /copy of your passkey/i);
    await device.context.close();
  });

  test('what a thief enrolled its owner removes from a mailbox, and the thief is out', { timeout: 180_000 }, async () => {
    const { one, ...thief } = await enrolled();
    await byPasskey(thief);
    await thief.page.waitForURL('**/line');
    const owner = new Browser(portal);
    const mail = contactOf(one.subscriber, 'mail');
    const had = (await codesOf(mail)).length;
    await owner.get('/');
    await owner.submit('/sign-in', { number: one.line.number, way: 'mail' });
    const code = await until(async () => (await codesOf(mail)).slice(had).at(-1), { what: 'a code by mail', timeoutMs: 60_000 });
    await owner.submit(owner.page.path, { code });
    assert.equal(owner.page.path, '/line', owner.words);
    await owner.get('/passkeys');
    assert.doesNotMatch(owner.words, /Add a passkey/, 'without a code to the line none is added');
    await owner.submit('/passkeys/1/removal');
    assert.match(owner.words, /You have no passkey/);
    await heard(one.line.number, /passkey was removed/i);
    await thief.page.goto(`${portal.origin}/line`);
    assert.match(thief.page.url(), /ended=1/);
    await byPasskey(thief);
    assert.match(await words(thief.page), /No passkey of yours signed you in/);
    await thief.context.close();
  });

  test('somebody else sees and removes none of them', { timeout: 180_000 }, async () => {
    const { one, context } = await enrolled();
    await context.close();
    const stranger = await sessionOf(world, await someoneIn(world));
    const theirs = `/v1/subscribers/${one.subscriber.id}`;
    for (const what of ['passkeys', 'sessions']) await refused(stranger.get(`${theirs}/${what}`), 'not-found', 404);
    for (const what of ['passkeys/1/removal', 'passkeys/challenges']) await refused(stranger.post(`${theirs}/${what}`), 'not-found', 404);
    const own = await sessionOf(world, one);
    assert.equal((await own.get(`/v1/subscribers/${one.subscriber.id}/passkeys`)).body.items.length, 1);
    await refused(own.post(`/v1/subscribers/${one.subscriber.id}/passkeys/challenges`), 'session-too-weak', 403); // of a portal's own means
  });

  test('without script the pages say nothing of them', async () => {
    const browser = new Browser(portal);
    await browser.get('/');
    assert.match(browser.page.html, /<form[^>]*action="\/passkey" hidden /);
  });
});

describe('recovery codes and sessions', () => {
  test('a recovery code looks and stops, once, and everybody hears of it', { timeout: 180_000 }, async () => {
    const one = await someoneIn(world);
    const { codes: [first, second] } = (await (await sessionOf(world, one)).post(`/v1/lines/${one.id}/recovery-codes`)).body;
    const browser = new Browser(portal);
    await browser.get('/');
    await browser.click('/saved-code');
    await browser.submit('/saved-code', { number: one.line.number, code: first.toUpperCase() });
    assert.equal(browser.page.path, '/line', browser.words);
    await heard(one.line.number, /one of your recovery codes/i);
    await browser.get('/sessions');
    assert.match(browser.words, /Recovery code · this one/);
    assert.match(browser.words, /only look/);
    const again = new Browser(portal);
    await again.get('/saved-code');
    for (const [number, code] of [[one.line.number, first], ['+8613900009999', second]]) {
      await again.submit('/saved-code', { number, code });
      assert.equal(again.page.status, 422);
      assert.match(again.words, /does not fit the number, or it was used/);
    }
  });

  test('one session is ended, and then all', { timeout: 180_000 }, async () => {
    const one = await someoneIn(world);
    const other = await sessionOf(world, one);
    const { codes: [code] } = (await other.post(`/v1/lines/${one.id}/recovery-codes`)).body;
    const browser = new Browser(portal);
    await browser.get('/saved-code');
    await browser.submit('/saved-code', { number: one.line.number, code });
    const { items } = (await other.get(`/v1/subscribers/${one.subscriber.id}/sessions`)).body;
    const [theirs] = items.filter(({ own }) => own);
    await browser.get('/sessions');
    assert.match(browser.words, /Through another app of ours/);
    await browser.submit(`/sessions/${theirs.print}/end`);
    await refused(other.get('/v1/whoami'), 'unauthenticated', 401);
    await browser.get('/sessions');
    assert.doesNotMatch(browser.words, /Through another app of ours/);
    const third = new Client(world.keepline, (await world.portal.post(`/v1/subscribers/${one.subscriber.id}/sessions`, {})).body.token);
    await browser.submit('/sign-out/everywhere');
    await refused(third.get('/v1/whoami'), 'unauthenticated', 401);
  });
});
