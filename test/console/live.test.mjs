// What changes while somebody looks: told by one stream in the whole browser, which a hidden page gives up; asked for where no stream holds. Who has
// the stream is tried with one that the test speaks for.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { apply } from '../e2e/journey.mjs';
import { someoneOf } from '../portal/browser.mjs';
import { noChromium } from '../portal/chromium.mjs';
import { startChromium, startDesk, windowAt } from './console.mjs';

/** In the page: an EventSource that says what the test says. */
function pretendStreams() {
  globalThis.streams = [];
  globalThis.EventSource = class extends EventTarget {
    static CLOSED = 2;
    readyState = 1;
    constructor(url) {
      super();
      this.url = url;
      globalThis.streams.push(this);
      setTimeout(() => this.dispatchEvent(new Event('open')));
    }
    close() { this.readyState = 2; }
  };
}
const says = (page, event, data = '') => page.evaluate(([name, words]) => globalThis.streams.filter((one) => one.readyState === 1).forEach((one) => one.dispatchEvent(new MessageEvent(name, { data: words }))), [event, typeof data === 'string' ? data : JSON.stringify(data)]);
const open = (page) => page.evaluate(() => globalThis.streams.filter((one) => one.readyState === 1).map((one) => one.url));

describe('what changes while somebody looks', { skip: noChromium }, () => {
  let world;
  let desk;
  let browser;
  let one;
  before(async () => {
    desk = await startDesk({ staff: { rita: 'reviewer' } });
    ({ world } = desk);
    browser = await startChromium();
    const someone = await someoneOf(world, { policy: 'reviewed' });
    one = { ...someone, closure: await apply(await world.as(someone.subscriber.id), world.smsc, { id: someone.id }, someone.number) };
  });
  after(async () => {
    await browser?.close();
    await world?.stop();
  });

  test('a change is told in every page of the browser by one stream, and to the page that shows it; while it holds, nothing is asked', async () => {
    const { page, wrong, asked, settled, at, context } = await windowAt(browser, desk, { as: 'rita' });
    await context.addInitScript(pretendStreams);
    const second = await context.newPage();
    await second.addInitScript(() => Object.defineProperty(document, 'visibilityState', { get: () => 'visible' }));
    await page.addInitScript(() => { let seen = 'visible'; Object.defineProperty(document, 'visibilityState', { get: () => seen, set: (value) => { seen = value; } }); });
    await page.clock.install();
    await at(`/cases/${one.closure.id}`);
    await page.locator('.timeline li').first().waitFor();
    await page.waitForFunction(() => globalThis.streams.length === 1);
    await second.goto(`${desk.origin}/console/reviews`);
    await second.locator('.rows tbody tr').first().waitFor();
    assert.deepEqual([await open(page), await open(second)], [['/v1/live'], []]);

    await settled();
    const before = asked.filter((each) => each.url().includes('/v1/')).length;
    for (let i = 0; i < 3; ++i) {
      await page.clock.fastForward(16_000);
      await says(page, 'beat');
    }
    assert.equal(asked.filter((each) => each.url().includes('/v1/')).length, before, 'nothing is asked while the stream holds');

    await world.second.post(`/v1/closures/${one.closure.id}/information-requests`, { what: 'a better photo' });
    const looks = second.waitForRequest((each) => each.url().includes('/v1/closures?'));
    await says(page, 'changed', { kind: 'line', id: 'ln_somebodyelse', version: 7 });
    await says(page, 'changed', { kind: 'closure', id: one.closure.id, version: 99 });
    await page.clock.fastForward(500);
    await page.getByText('This changed while you looked.').waitFor();
    assert.equal(await page.locator('#what').getByText('a better photo').count(), 0, 'what is shown stays');
    assert.equal((await looks).headers()['x-keepline-console'], 'waiting');

    await page.evaluate(() => { document.visibilityState = 'hidden'; document.dispatchEvent(new Event('visibilitychange')); });
    await second.waitForFunction(() => globalThis.streams.length === 1);
    assert.deepEqual([await open(page), await open(second)], [[], ['/v1/live']], 'the page that is seen has it now');
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('the server\'s own stream tells what somebody else did: where one holds, a page asks for nothing by itself', async () => {
    const someone = await someoneOf(world, { policy: 'reviewed' });
    const closure = await apply(await world.as(someone.subscriber.id), world.smsc, { id: someone.id }, someone.number);
    const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'rita' });
    const streams = page.waitForResponse((answer) => answer.url().endsWith('/v1/live'));
    await at(`/cases/${closure.id}`);
    assert.equal((await streams).status(), 200);
    await page.locator('.timeline li').first().waitFor();
    await world.second.post(`/v1/closures/${closure.id}/information-requests`, { what: 'a better photo' });
    await page.getByText('This changed while you looked.').waitFor();
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('without a stream it is asked for now and then', async () => {
    const { page, asked, settled, at, context } = await windowAt(browser, desk, { as: 'rita' });
    await page.route('**/v1/live', (route) => route.fulfill({ status: 503, body: '' }));
    await page.clock.install();
    await at('/reviews');
    await page.getByText(/in review/).first().waitFor();
    await settled();
    const before = asked.filter((each) => each.url().includes('/v1/closure-counts')).length;
    const looks = page.waitForRequest((each) => each.url().includes('/v1/closure-counts'));
    await page.clock.fastForward(16_000);
    await looks;
    await settled();
    assert.equal(asked.filter((each) => each.url().includes('/v1/closure-counts')).length, before + 1);
    await context.close();
  });
});
