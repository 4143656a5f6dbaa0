// A whole application on a slow and jittery line, as a phone at the edge of a cell has it: each form is sent once though it is pressed twice,
// nothing that was typed is lost, and what comes out is one case.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { codeFromSms, codesSent } from '../e2e/journey.mjs';
import { startWorld } from '../e2e/world.mjs';
import { freePort } from '../peers/wait.mjs';
import { portalAt, someoneOf } from './browser.mjs';
import { noChromium, startChromium } from './chromium.mjs';

/** GSM with EDGE, and the half second that a turn takes there. */
const SLOW = { offline: false, latency: 500, downloadThroughput: 20 * 1024, uploadThroughput: 8 * 1024 };
const PATIENCE_MS = 60_000;

let world, portal, chromium;
before(async () => {
  if (noChromium) return;
  portal = portalAt(await freePort());
  world = await startWorld({ peers: ['hlr', 'smsc'], config: portal.config, readyTimeoutMs: 60_000 });
  chromium = await startChromium();
}, { timeout: 180_000 });
after(async () => {
  await chromium?.close();
  await world?.stop();
});

describe('on a slow line', { skip: noChromium }, () => {
  test('a number is closed from the sign-in to the submission', { timeout: 300_000 }, async () => {
    const one = await someoneOf(world);
    const context = await chromium.newContext({ locale: 'en', viewport: { width: 360, height: 740 } });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const posted = [];
    context.on('request', (request) => { if (request.method() === 'POST') posted.push(new URL(request.url()).pathname); });
    const cdp = await context.newCDPSession(page);
    await cdp.send('Network.enable');
    await cdp.send('Network.emulateNetworkConditions', SLOW);
    const path = () => new URL(page.url()).pathname;
    /** Twice, as somebody does who sees nothing happen; and then waits for where it leads. */
    const send = async (action, to) => {
      const before = posted.filter((at) => at === action).length;
      const button = page.locator(`form[action="${action}"] button[type=submit]`).first();
      await Promise.all([page.waitForNavigation({ url: ({ pathname }) => to.test(pathname) && pathname !== action }), button.dblclick({ delay: 10 })]);
      assert.equal(posted.filter((at) => at === action).length - before, 1, `${action} is sent once`);
    };

    await page.goto(portal.origin);
    await page.fill('#number', one.number);
    const had = codesSent(world.smsc, one.number);
    await send('/sign-in', /^\/sign-in\//);
    await page.fill('#code', await codeFromSms(world.smsc, one.number, { after: had }));
    await send(path(), /^\/line$/);
    await page.goto(`${portal.origin}/close?line=${one.id}`);
    await page.check('#reason-moving_abroad');
    await send('/close', /^\/case\/[\w-]+$/);
    const at = path();
    await page.goto(`${portal.origin}${at}/quote`);
    await send(`${at}/quote`, new RegExp(`^${at}$`));
    await page.goto(`${portal.origin}${at}/backup`);
    await page.check('#choice-decline');
    await send(`${at}/backup`, new RegExp(`^${at}$`));
    await page.goto(`${portal.origin}${at}/proof`);
    const sent = codesSent(world.smsc, one.number);
    await send(`${at}/codes`, new RegExp(`^${at}/proof$`));
    await page.fill('#code', await codeFromSms(world.smsc, one.number, { after: sent }));
    await send(`${at}/proof`, new RegExp(`^${at}$`)).catch((why) => { throw new Error(`${why.message}: ${path()}`); });
    await page.goto(`${portal.origin}${at}/check`);
    await send(`${at}/submission`, new RegExp(`^${at}$`));

    const closure = (await world.agent.get(`/v1/closures/${at.split('/').at(-1)}`)).body;
    assert.ok(closure.submitted_at, JSON.stringify(closure).slice(0, 300));
    assert.equal(codesSent(world.smsc, one.number) - had, 2, 'one code to sign in, one as proof');
    await context.close();
  });
});
