// "Pay now": the portal names what is to be paid to the operator's own page for payments, whose system books what came in by the API, under the
// reference that it was given. The page shows it by itself.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { refused } from '../e2e/client.mjs';
import { yuan } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { freePort } from '../peers/wait.mjs';
import { portalAt, signedIn, someoneOf, unescaped } from './browser.mjs';

let world, portal, provider;
before(async () => {
  const port = await freePort();
  provider = http.createServer((request, response) => response.end(`A page of payments: ${request.url}`)).listen(port, '127.0.0.1');
  portal = portalAt(await freePort());
  const page = `http://127.0.0.1:${port}/?ref={reference}&amount={amount}&currency={currency}&lang={language}`;
  world = await startWorld({ peers: ['smsc'], config: { ...portal.config, payments: { page } } });
}, { timeout: 180_000 });
after(async () => {
  provider?.close();
  await world?.stop();
});

const linkOf = (html) => unescaped(/<a class="button" href="(http:\/\/127[^"]+)" target="_blank" rel="noopener noreferrer">/.exec(html)?.[1] ?? '');

/** What the operator's payment system does with whoever comes there: it takes money, and books it by the API. */
async function pays(link, minor) {
  const asked = new URL(link).searchParams;
  assert.match(await (await fetch(link)).text(), /A page of payments/);
  const reference = asked.get('ref');
  const [, line, purpose] = /^(ln_\w+)-([ct])\d/.exec(reference);
  const amount = { minor: minor ?? Math.round(Number(asked.get('amount')) * 100), currency: asked.get('currency') };
  return world.system.post(`/v1/lines/${line}/${purpose === 't' ? 'top-ups' : 'payments'}`, { amount, reference });
}

async function inDebt({ language = 'en' } = {}) {
  const one = await someoneOf(world, { language, policy: 'quick', balance: yuan(0), debt: yuan(3000) });
  const browser = await signedIn(world, portal, one.subscriber.id, { language });
  await browser.get(`/close?line=${one.id}`);
  await browser.submit('/close', { reason: 'other' });
  const at = browser.page.path;
  await browser.get(`${at}/quote`);
  return { ...one, browser, at, closure: at.replace('/case/', '') };
}

describe('what closing costs', () => {
  for (const [language, words] of Object.entries({ en: { open: /Still to be paid: 30\.00/, paid: /It has been paid/ }, 'zh-CN': { open: /尚需支付：.*30\.00/, paid: /已付清/ } })) {
    test(`is paid by one tap, and the page says so by itself, in ${language}`, async () => {
      const { browser, at, number, id } = await inDebt({ language });
      assert.match(browser.words, words.open);
      const link = linkOf(browser.page.html);
      const asked = new URL(link).searchParams;
      assert.deepEqual([asked.get('amount'), asked.get('currency'), asked.get('lang')], ['30.00', 'CNY', language]);
      assert.ok(!link.includes(number.slice(-8)), 'no address names a number');
      assert.equal(linkOf((await browser.get(`${at}/quote`)).html), link, 'looked at again, it is the same payment');
      const seen = /data-version="(\d+)"/.exec(browser.page.html)[1];
      assert.equal((await browser.request('GET', `${at}/quote/part?seen=${seen}`)).status, 204, 'nothing has changed');

      const stream = await fetch(`${portal.url}${at}/quote/live?seen=${seen}`, { headers: { cookie: [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; '), 'accept-language': language, accept: 'text/event-stream', 'sec-fetch-site': 'same-origin' }, signal: AbortSignal.timeout(30_000) });
      assert.equal(stream.status, 200);
      assert.equal((await pays(link)).status, 200);
      let heard = '';
      for await (const piece of stream.body.pipeThrough(new TextDecoderStream())) {
        heard += piece;
        if (words.paid.test(heard)) break;
      }
      assert.match(heard, words.paid);
      assert.equal((await pays(link)).status, 200, 'booked twice it counts once');
      assert.equal((await world.agent.get(`/v1/lines/${id}`)).body.balance.debt.minor, 0);
      await browser.get(`${at}/quote`);
      assert.equal(linkOf(browser.page.html), '', 'there is nothing to pay any more');
      await browser.submit(`${at}/quote`);
      assert.ok(!(await world.agent.get(at.replace('/case/', '/v1/closures/'))).body.missing.includes('blocked'));
    });
  }

  test('stays to be paid where whoever pays changes the sum, and the rest is another payment', async () => {
    const { browser, at, closure } = await inDebt();
    const link = linkOf(browser.page.html);
    await pays(link, 1);
    await browser.get(`${at}/quote`);
    assert.match(browser.words, /Still to be paid: 29\.99/);
    await refused(pays(link, 3000), 'reference-taken', 409);
    const rest = linkOf(browser.page.html);
    assert.notEqual(new URL(rest).searchParams.get('ref'), new URL(link).searchParams.get('ref'));
    assert.deepEqual((await world.agent.get(`/v1/closures/${closure}`)).body.still_to_pay, yuan(2999));
    await browser.get(`${at}/check`);
    assert.equal(linkOf(browser.page.html), rest, 'at the last look, too');
    await pays(rest);
    await browser.get(`${at}/check`);
    assert.match(browser.words, /It has been paid/);
  });
});

describe('a top-up', () => {
  test('is of an amount that is typed, and stands below once it has come', async () => {
    const one = await someoneOf(world, { policy: 'quick', balance: yuan(100) });
    const browser = await signedIn(world, portal, one.subscriber.id);
    await browser.get(`/money?line=${one.id}`);
    assert.equal(linkOf(browser.page.html), '');
    for (const wrong of ['0', '-5', '<b>', '1.234']) {
      await browser.get(`/money?line=${one.id}&amount=${encodeURIComponent(wrong)}`);
      assert.equal(browser.page.status, 422, wrong);
      assert.match(browser.words, /Please enter an amount/);
    }
    await browser.get(`/money?line=${one.id}&amount=20`);
    const link = linkOf(browser.page.html);
    assert.equal(new URL(link).searchParams.get('amount'), '20.00');
    await pays(link);
    await browser.get(`/money?line=${one.id}&amount=20`);
    assert.match(browser.words, /21\.00/);
    assert.notEqual(linkOf(browser.page.html), link, 'the next one is another payment');
  });
});
