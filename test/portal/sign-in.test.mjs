// Signing in by the portal's pages: with a code to the line, or by mail; what a stranger learns, and what a cookie of before is worth.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { codeFromSms, codesSent } from '../e2e/journey.mjs';
import { contactOf, newLine, newNumber, newSubscriber } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { freePort, until } from '../peers/wait.mjs';
import { Browser, SESSION, portalAt, signIn, spaced } from './browser.mjs';

let world, portal;
before(async () => {
  portal = portalAt(await freePort());
  world = await startWorld({ peers: ['hlr', 'smsc', 'mta'], config: portal.config });
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

async function someone() {
  const subscriber = newSubscriber({ language: 'en' });
  const line = newLine({ policy: 'cn' });
  return { subscriber, line, number: line.number, id: (await world.takeOver(subscriber, line)).id };
}

describe('signing in', () => {
  test('by the line ends where the line is locked', async () => {
    const one = await someone();
    const browser = await signIn(new Browser(portal), world.smsc, one.number);
    await browser.get('/lost');
    await browser.submit('/lost');
    assert.equal(browser.page.path, '/locked');
    assert.equal((await browser.request('GET', '/line', { follow: false })).status, 303);
  });

  test('with a code to the line, however the number is typed, and out again', async () => {
    const one = await someone();
    const browser = new Browser(portal);
    await browser.get('/');
    await browser.submit('/sign-in', { number: one.number.replace('+86', '0086 ').replace(/(\d{4})$/, '-$1'), way: 'line' });
    assert.match(browser.page.path, /^\/sign-in\/\w+$/);
    await browser.submit(browser.page.path, { code: '00000000' });
    assert.equal(browser.page.status, 422);
    assert.match(browser.words, /does not fit/);
    const code = await codeFromSms(world.smsc, one.number);
    await browser.submit(browser.page.path, { code: `${code.slice(0, 4)} ${code.slice(4)}` });
    assert.equal(browser.page.path, '/line');
    assert.ok(browser.words.includes(spaced(one.number)));
    await browser.submit('/sign-out');
    assert.equal((await browser.request('GET', '/line', { follow: false })).status, 303);
  });

  test('ends at the page that was asked for, and at no other', async () => {
    const one = await someone();
    const browser = new Browser(portal);
    await browser.get(`/money?line=${one.id}`);
    assert.equal(browser.page.path, '/?ended=1');
    assert.ok(browser.cookies.has('keepline-wanted'));
    await browser.submit('/sign-in', { number: one.number, way: 'line' });
    await browser.submit(browser.page.path, { code: await codeFromSms(world.smsc, one.number) });
    assert.equal(browser.page.path, `/money?line=${one.id}`);
    assert.ok(!browser.cookies.has('keepline-wanted'), 'once');
  });

  test('goes on to nothing that somebody else put there', async () => {
    for (const value of ['//evil.example', 'https://evil.example', '/money..', '/money..0000', '/\\evil.example', '.'.repeat(200), '/line%0d%0a.x.y']) {
      const one = await someone();
      const browser = new Browser(portal);
      await browser.get('/money');
      const kept = browser.cookies.get('keepline-wanted');
      browser.cookies.set('keepline-wanted', value.startsWith('//') ? `${value}.${kept.slice(kept.indexOf('.') + 1)}` : value);
      await signIn(browser, world.smsc, one.number);
      assert.equal(browser.page.path, '/line', value);
    }
  });

  test('what is no number is said beside the field, with what was typed', async () => {
    const browser = new Browser(portal);
    await browser.get('/');
    await browser.submit('/sign-in', { number: '<b>"12', way: 'mail' });
    assert.equal(browser.page.status, 422);
    assert.match(browser.page.html, /value="&lt;b&gt;&quot;12"/);
    assert.match(browser.page.html, /id="way-mail" name="way" value="mail" [^>]*checked>/);
  });

  test('another code is asked for without typing the number again, which is in no address and in no other browser', async () => {
    const one = await someone();
    const browser = new Browser(portal);
    await browser.get('/');
    await browser.submit('/sign-in', { number: one.number, way: 'mail' });
    const first = browser.page.path;
    assert.ok(!first.includes(one.number.slice(-6)), first);
    const stranger = new Browser(portal);
    await stranger.get(first);
    assert.ok(!stranger.page.html.includes(one.number) && !stranger.page.html.includes('action="/sign-in"'), 'the address alone tells nothing');
    stranger.cookies.set('keepline-asked', browser.cookies.get('keepline-asked'));
    await stranger.get(first);
    assert.ok(!stranger.page.html.includes(one.number), 'sealed to the browser that asked');
    await browser.submit('/sign-in');
    assert.match(browser.page.path, /^\/sign-in\/\w+$/);
    const kept = (name) => browser.form('/sign-in').fields.find((one_) => one_.name === name).value;
    assert.deepEqual([kept('number'), kept('way')], [one.number, 'mail'], 'the same way');
    await browser.submit(browser.page.path, { code: '00000000' });
    assert.ok(browser.form('/sign-in'), 'after a wrong one, too');
  });

  test('a number that is not ours is answered as one that is', async () => {
    const one = await someone();
    const pageFor = async (number) => {
      const browser = new Browser(portal);
      await browser.get('/');
      await browser.submit('/sign-in', { number, way: 'line' });
      const { html, path, status } = browser.page;
      return { status, length: path.length, html: html.replace(/value="[^"]*"|\/sign-in\/\w+/g, '') };
    };
    assert.deepEqual(await pageFor(newNumber()), await pageFor(one.number));
  });

  test('a cookie that was there before is worth nothing afterwards', async () => {
    const one = await someone();
    const victim = new Browser(portal);
    victim.cookies.set('keepline-visit', 'set-by-somebody-else');
    victim.cookies.set(SESSION, 'chosen-by-somebody-else');
    await victim.get('/');
    assert.notEqual(victim.cookies.get(SESSION), 'chosen-by-somebody-else');
    await signIn(victim, world.smsc, one.number);
    assert.equal(victim.page.path, '/line');
    assert.ok(!victim.cookies.has('keepline-visit'));
    const first = victim.cookies.get(SESSION);
    assert.match(first, /^[\w-]{40,}$/);
    for (const value of ['chosen-by-somebody-else', 'set-by-somebody-else']) {
      const thief = new Browser(portal);
      thief.cookies.set(SESSION, value);
      assert.equal((await thief.request('GET', '/line', { follow: false })).status, 303);
    }
  });

  test('a code asked for in one browser does not sign another one in by a form of theirs', async () => {
    const one = await someone();
    const mine = new Browser(portal);
    await mine.get('/');
    await mine.submit('/sign-in', { number: one.number, way: 'line' });
    const other = new Browser(portal);
    await other.get('/');
    const { status } = await other.request('POST', mine.page.path, { body: mine.filled(mine.page.path, { code: '12345678' }) });
    assert.equal(status, 403);
  });

  test('the line that lives is shown first, and the others by their numbers', async () => {
    const one = await someone();
    const second = newLine({ policy: 'cn' });
    await world.takeOver(one.subscriber, second);
    const browser = await signIn(new Browser(portal), world.smsc, one.number);
    assert.ok(browser.words.includes(spaced(one.number)) && browser.words.includes(spaced(second.number)), browser.words);
  });

  test('by mail one may look and stop, and is told what more needs', async () => {
    const one = await someone();
    const mailbox = contactOf(one.subscriber, 'mail');
    const browser = new Browser(portal);
    await browser.get('/');
    await browser.submit('/sign-in', { number: one.number, way: 'mail' });
    const code = await until(async () => {
      const mails = (await world.mta.messages()).filter(({ recipient }) => recipient === mailbox);
      return mails.map(({ text }) => /(?<!\d)(\d{8})(?!\d)/.exec(text)?.[1]).find(Boolean);
    }, { what: 'the code by mail', timeoutMs: 60_000 });
    assert.equal(codesSent(world.smsc, one.number), 0);
    await browser.submit(browser.page.path, { code });
    assert.equal(browser.page.path, '/line');
    await browser.get(`/close?line=${one.id}`);
    assert.equal(browser.page.status, 403);
    assert.match(browser.words, /code to the line/);
    await browser.click('/?again=1');
    assert.ok(browser.form('/sign-in'), 'a way that the page names is on it');
    await browser.get(`/lost?line=${one.id}`);
    await browser.submit('/lost', { device: '' });
    assert.match(browser.words, /The line is locked/);
  });

  // The last one here: it uses up the address.
  test('others behind the same address who try cookies keep nobody from the page', async () => {
    const one = await someone();
    const mine = await signIn(new Browser(portal), world.smsc, one.number);
    const session = mine.cookies.get(SESSION);
    for (let n = 0; n < 60; ++n) {
      const junk = new Browser(portal);
      junk.cookies.set(SESSION, `junk-${n}`);
      assert.equal((await junk.get('/')).status, 200);
    }
    await mine.get('/');
    assert.equal(mine.page.status, 200);
    assert.equal(mine.cookies.get(SESSION), session, 'what cannot be looked up is not forgotten');
  });
});
