// What changes by itself: the stream of a case over plain HTTP, and the page in a browser, with a server that is killed meanwhile.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { apply, reach, reportDeleted } from '../e2e/journey.mjs';
import { newLine, newSubscriber, yuan } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { freePort, until } from '../peers/wait.mjs';
import { SESSION, portalAt, signedIn } from './browser.mjs';
import { noChromium, startChromium, windowOf } from './chromium.mjs';

let world, portal;
before(async () => {
  portal = portalAt(await freePort());
  world = await startWorld({ peers: ['hlr', 'vlr', 'smsc'], config: portal.config });
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

/** A case that waits for its devices to delete the profile. */
async function unbinding() {
  const subscriber = newSubscriber({ language: 'en' });
  const line = newLine({ policy: 'cn', balance: yuan(2345) });
  const { id } = await world.takeOver(subscriber, line);
  const closure = await apply(await world.as(subscriber.id), world.smsc, { id }, line.number);
  await reach(world.agent, closure.id, 'unbinding');
  return { subscriber, line, id, at: `/case/${closure.id}`, closure: closure.id };
}

/** A stream as EventSource reads it: events as they come, and whether it has ended. */
function listen(browser, path, headers = {}) {
  const out = { events: [], ended: false, status: 0, headers: {} };
  out.opened = new Promise((resolve, reject) => {
    const request = http.get(portal.url + path, { headers: { cookie: `${SESSION}=${browser.cookies.get(SESSION)}`, accept: 'text/event-stream', 'sec-fetch-site': 'same-origin', ...headers } }, (response) => {
      Object.assign(out, { status: response.statusCode, headers: response.headers });
      let text = '';
      if (response.statusCode !== 200) response.resume();
      else response.setEncoding('utf8').on('data', (piece) => {
        text += piece;
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          out.events.push(Object.fromEntries(text.slice(0, end).split('\n').map((line) => /^(\w+): ?(.*)$/.exec(line).slice(1))));
          text = text.slice(end + 2);
        }
      });
      response.on('close', () => { out.ended = true; });
      response.on('error', () => {});
      resolve(out);
    });
    request.on('error', reject);
    out.close = () => request.destroy();
  });
  out.named = (name) => out.events.filter(({ event }) => event === name);
  return out;
}
const versionIn = (html) => /<live-part data-at="[^"]+" data-version="(\d+)">/.exec(html)[1];

describe('the stream of a case', () => {
  test('brings the part of the page that changed, when the device has told', async () => {
    const one = await unbinding();
    const browser = await signedIn(world, portal, one.subscriber.id);
    const stream = listen(browser, `${one.at}/live?seen=${versionIn((await browser.get(one.at)).html)}`);
    await stream.opened;
    assert.equal(stream.status, 200);
    assert.equal(stream.headers['content-type'], 'text/event-stream');
    assert.equal(stream.headers['cache-control'], 'no-store');
    await until(() => stream.named('beat').length > 0, { what: 'a sign of life', timeoutMs: 60_000 });
    for (const profile of one.line.profiles) await reportDeleted(world.system, one.id, profile);
    await until(() => stream.named('part').some(({ data }) => /Deleted/i.test(JSON.parse(data).html)), { what: 'the part', timeoutMs: 60_000 });
    await reach(world.agent, one.closure, 'closed');
    await until(() => /The number is closed/.test(JSON.parse(stream.named('part').at(-1).data).html), { what: 'the end', timeoutMs: 60_000 });
    const lastOf = () => JSON.parse(stream.named('part').at(-1).data);
    // What the bank and the phones answer moves it on meanwhile.
    await until(async () => (await browser.get(`${one.at}/part?seen=${lastOf().version}`)).status === 204, { what: 'the same version by both ways' });
    assert.doesNotMatch(lastOf().html, /<script|<html|<live-part/);
    stream.close();
  });

  test('is nobody else\'s, and one for each session', async () => {
    const one = await unbinding();
    const stranger = await signedIn(world, portal, (await unbinding()).subscriber.id);
    const not = listen(stranger, `${one.at}/live`);
    await not.opened;
    assert.equal(not.status, 404);
    const browser = await signedIn(world, portal, one.subscriber.id);
    const foreign = listen(browser, `${one.at}/live`, { 'sec-fetch-site': 'cross-site' });
    await foreign.opened;
    assert.equal(foreign.status, 403);
    const version = versionIn((await browser.get(one.at)).html);
    const first = listen(browser, `${one.at}/live?seen=${version}`);
    await first.opened;
    const second = listen(browser, `${one.at}/live?seen=${version}`);
    await second.opened;
    await until(() => first.ended, { what: 'the end of the first', timeoutMs: 60_000 });
    assert.equal(first.named('over')[0].data, 'elsewhere');
    assert.equal(second.ended, false);
    await browser.get('/line');
    await browser.submit('/sign-out');
    await until(() => second.ended, { what: 'the end of the second', timeoutMs: 60_000 });
    assert.equal(second.named('over')[0].data, 'ended');
  });

  test('does not hold up a server that stops', async () => {
    const one = await unbinding();
    const browser = await signedIn(world, portal, one.subscriber.id);
    const stream = listen(browser, `${one.at}/live?seen=${versionIn((await browser.get(one.at)).html)}`);
    await stream.opened;
    await world.keepline.restart();
    assert.equal(stream.named('over')[0]?.data, 'renew');
  });
});

describe('a case in a browser', { skip: noChromium }, () => {
  let browser;
  before(async () => { if (!noChromium) browser = await startChromium(); });
  after(async () => { await browser?.close(); });
  const text = (page) => page.locator('live-part').innerText();

  test('changes when the device has told; nobody is asked but ourselves', async () => {
    const one = await unbinding();
    const { page, asked, wrong, context } = await windowOf(browser, portal, world, one.subscriber.id);
    await page.goto(portal.origin + one.at);
    await until(() => asked.some((url) => url.includes('/live?')), { what: 'a stream', timeoutMs: 60_000 });
    for (const profile of one.line.profiles) await reportDeleted(world.system, one.id, profile);
    await reach(world.agent, one.closure, 'closed');
    await page.getByText('The number is closed').first().waitFor();
    await page.locator(`a[href="${one.at}/certificate"]`).waitFor();
    assert.match(await page.locator('#announced').innerText(), /Something has changed/);
    assert.deepEqual(wrong, []);
    assert.deepEqual(asked.filter((url) => !url.startsWith(`${portal.origin}/`) && !url.startsWith('data:')), []);
    assert.ok(asked.filter((url) => url.includes('/part')).length === 0, 'the stream was enough');
    await context.close();
  });

  test('goes on when the server was killed and is back', async () => {
    const one = await unbinding();
    const { page, wrong, context } = await windowOf(browser, portal, world, one.subscriber.id);
    await page.goto(portal.origin + one.at);
    await sleep(500);
    await world.keepline.kill9();
    await page.getByText('We cannot be reached just now').waitFor();
    await world.keepline.restart({ hard: true });
    await page.getByText('We cannot be reached just now').waitFor({ state: 'detached', timeout: 60_000 });
    for (const profile of one.line.profiles) await reportDeleted(world.system, one.id, profile);
    await reach(world.agent, one.closure, 'closed');
    await page.getByText('The number is closed').first().waitFor({ timeout: 60_000 });
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('says when its session has ended, and a second window asks now and then', async () => {
    const one = await unbinding();
    const { page, context, asked } = await windowOf(browser, portal, world, one.subscriber.id);
    await page.goto(portal.origin + one.at);
    await until(() => asked.some((url) => url.includes('/live?')), { what: 'a stream', timeoutMs: 60_000 });
    const second = await context.newPage();
    await second.goto(portal.origin + one.at);
    await until(() => asked.some((url) => url.includes('/part?')) || asked.filter((url) => url.includes('/live?')).length > 1, { what: 'the second page to ask', timeoutMs: 60_000 });
    await (await world.as(one.subscriber.id)).post(`/v1/subscribers/${one.subscriber.id}/sessions/end`, {});
    await second.bringToFront();
    await second.getByText('You are not signed in any more').waitFor({ timeout: 60_000 });
    await context.close();
  });

  test('keeps the focus and what is being typed when it changes', async () => {
    const subscriber = newSubscriber({ language: 'en' });
    const line = newLine({ policy: 'reviewed', balance: yuan(2345) });
    const { id } = await world.takeOver(subscriber, line);
    const closure = await apply(await world.as(subscriber.id), world.smsc, { id }, line.number);
    await world.reviewer.post(`/v1/closures/${closure.id}/information-requests`, { what: 'a better photo' });
    const { page, context, wrong, asked } = await windowOf(browser, portal, world, subscriber.id);
    await page.goto(`${portal.origin}/case/${closure.id}`);
    await until(() => asked.some((url) => url.includes('/live?')), { what: 'a stream', timeoutMs: 60_000 });
    await page.locator('#information').pressSequentially('upload-');
    const version = await page.locator('live-part').getAttribute('data-version');
    for (const profile of line.profiles) await reportDeleted(world.system, id, profile);
    await until(async () => (await page.locator('live-part').getAttribute('data-version')) !== version, { what: 'the part to change', timeoutMs: 60_000 });
    await page.keyboard.type('4711');
    assert.equal(await page.inputValue('#information'), 'upload-4711');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'information');
    await page.reload();
    assert.equal(await page.inputValue('#information'), 'upload-4711', 'it outlives a reload');
    await page.click('form[action$="/information"] button');
    await page.locator('#information').waitFor({ state: 'detached' });
    assert.equal((await world.agent.get(`/v1/closures/${closure.id}`)).body.paused_since, undefined);
    assert.deepEqual(await page.evaluate(() => Object.keys(sessionStorage)), [], 'what was sent is forgotten');
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('works without script', async () => {
    const one = await unbinding();
    const { page, context } = await windowOf(browser, portal, world, one.subscriber.id, { javaScriptEnabled: false });
    await page.goto(portal.origin + one.at);
    assert.match(await text(page), /Devices delete the eSIM/);
    await page.click(`a[href="${one.at}/stop"]`);
    assert.equal(await page.locator('h1').innerText(), 'Stop the closure');
    await context.close();
  });
});
