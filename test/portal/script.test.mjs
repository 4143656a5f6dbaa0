// What script adds to forms and pages: a form is sent once, what was typed is kept (and what must not be is not), numbers are copied.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { newLine, newSubscriber } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { freePort } from '../peers/wait.mjs';
import { Browser, portalAt, signedIn } from './browser.mjs';
import { noChromium, startChromium, windowOf } from './chromium.mjs';

let world, portal;
before(async () => {
  portal = portalAt(await freePort());
  world = await startWorld({ peers: ['hlr', 'smsc'], config: portal.config });
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

async function someone() {
  const subscriber = newSubscriber({ language: 'en' });
  const line = newLine({ policy: 'cn' });
  return { subscriber, line, id: (await world.takeOver(subscriber, line)).id };
}
/** A case that was begun: its path. */
async function begun(one) {
  const forms = await signedIn(world, portal, one.subscriber.id);
  await forms.get(`/close?line=${one.id}`);
  await forms.submit('/close', { reason: 'not_needed' });
  return forms.page.path;
}

test('script and style sheets come pressed, under a name for ever', async () => {
  const html = (await new Browser(portal).get('/')).html;
  const found = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, at]) => at);
  assert.ok(found.some((at) => at.endsWith('.js')), html);
  for (const at of found) {
    const plain = await fetch(portal.url + at, { headers: { 'accept-encoding': 'identity' } });
    assert.equal(plain.headers.get('vary'), 'Accept-Encoding');
    assert.match(plain.headers.get('cache-control'), /immutable/);
    assert.equal(plain.headers.get('content-encoding'), null);
    const text = await plain.text();
    for (const coding of ['br', 'gzip']) {
      const pressed = await fetch(portal.url + at, { headers: { 'accept-encoding': coding } });
      assert.equal(pressed.headers.get('content-encoding'), coding);
      assert.equal(await pressed.text(), text, 'the same, unpacked');
      assert.notEqual(pressed.headers.get('etag'), plain.headers.get('etag'));
    }
  }
});

describe('in a browser', { skip: noChromium }, () => {
  let browser;
  before(async () => { if (!noChromium) browser = await startChromium(); });
  after(async () => { await browser?.close(); });

  test('a form is sent once, however often it is pressed', async () => {
    const one = await someone();
    const at = await begun(one);
    const { page, asked, context } = await windowOf(browser, portal, world, one.subscriber.id);
    await page.route(`**${at}/quote`, async (route) => {
      if (route.request().method() === 'POST') await new Promise((resolve) => { setTimeout(resolve, 700); });
      await route.continue();
    });
    const posts = () => asked.filter((url) => url.endsWith(`${at}/quote`)).length;
    await page.goto(`${portal.origin}${at}/quote`);
    const before = posts();
    const says = await page.evaluate((action) => {
      const button = document.querySelector(`form[action="${action}"] button`);
      for (let i = 0; i < 3; ++i) button.click();
      return button.textContent;
    }, `${at}/quote`);
    assert.match(says, /One moment/);
    await page.waitForURL(portal.origin + at);
    assert.equal(posts() - before, 1);
    await context.close();
  });

  test('what was chosen outlives a reload and a lost connection, until it is sent', async () => {
    const one = await someone();
    const { page, context } = await windowOf(browser, portal, world, one.subscriber.id);
    await page.goto(`${portal.origin}/close?line=${one.id}`);
    await page.check('#reason-moving_abroad');
    await page.reload();
    assert.ok(await page.isChecked('#reason-moving_abroad'));
    await context.setOffline(true);
    await page.click('form[action="/close"] button').catch(() => undefined);
    await page.waitForTimeout(500);
    await context.setOffline(false);
    await page.goBack().catch(() => undefined);
    if (!page.url().includes('/close?')) await page.goto(`${portal.origin}/close?line=${one.id}`);
    assert.ok(await page.isChecked('#reason-moving_abroad'));
    await page.click('form[action="/close"] button');
    await page.waitForURL(/\/case\//);
    assert.deepEqual(await page.evaluate(() => Object.keys(sessionStorage)), []);
    await context.close();
  });

  test('codes and numbers are never kept, and signing out forgets the rest', async () => {
    const one = await someone();
    const at = await begun(one);
    const { page, context } = await windowOf(browser, portal, world, one.subscriber.id);
    const kept = () => page.evaluate(() => JSON.stringify({ ...sessionStorage }));
    await page.goto(`${portal.origin}${at}/proof`);
    await page.click(`form[action="${at}/codes"] button`);
    await page.fill('#code', '12345678');
    assert.doesNotMatch(await kept(), /12345678/);
    await page.goto(`${portal.origin}${at}/backup`);
    await page.check('#choice-decline');
    assert.match(await kept(), /decline/);
    await page.click('form[action="/sign-out"] button');
    await page.waitForURL(`${portal.origin}/?out=here`);
    assert.equal(await kept(), '{}');
    await page.fill('#number', '+8613800138000');
    assert.equal(await kept(), '{}');
    await context.close();
  });

  test('a number is copied', async () => {
    const one = await someone();
    const at = await begun(one);
    const { page, context, wrong } = await windowOf(browser, portal, world, one.subscriber.id, { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.goto(portal.origin + at);
    const number = (await page.locator('[data-copy]').first().innerText()).trim();
    await page.getByRole('button', { name: 'Copy' }).first().click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), number);
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('no other script runs, and no text becomes markup but by the one policy', async () => {
    const { page, context } = await windowOf(browser, portal, world, undefined);
    await page.goto(portal.origin);
    const tried = await page.evaluate(() => {
      const outcome = (what) => { try { what(); return 'done'; } catch (error) { return error.name; } };
      const inline = document.createElement('script');
      return {
        markup: outcome(() => { document.body.insertAdjacentHTML('beforeend', '<b>x</b>'); }),
        policy: outcome(() => trustedTypes.createPolicy('mine', { createHTML: (text) => text })),
        again: outcome(() => trustedTypes.createPolicy('keepline', { createHTML: (text) => text })),
        text: outcome(() => { inline.text = 'globalThis.ran = 1'; }),
        handler: outcome(() => { document.body.setAttribute('onclick', 'globalThis.ran = 1'); document.body.click(); }) && '',
        ran: String(globalThis.ran),
      };
    });
    assert.deepEqual(tried, { markup: 'TypeError', policy: 'TypeError', again: 'TypeError', text: 'TypeError', handler: '', ran: 'undefined' });
    const away = await page.evaluate(() => fetch('http://127.0.0.1:1/').then(() => 'done', (error) => error.name));
    assert.equal(away, 'TypeError');
    await context.close();
  });
});
