// Debian's Chromium for what must be seen or pressed: started once, closed by whoever started it. And what is looked at on every page of
// the portal: axe-core, and whether anything is wider than the screen.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { SESSION } from './browser.mjs';

const PROGRAM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Why a test of it cannot run here; false: it can. */
export const noChromium = !existsSync(PROGRAM) && `there is no ${PROGRAM}: ./dev test installs it`;

export const startChromium = () => chromium.launch({ executablePath: PROGRAM, args: FLAGS });

/** In words, what axe-core finds on the page; it needs script. */
export async function axeFindings(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.html).join(' | ').slice(0, 300)}`);
}

/** How many pixels the page is wider than the screen. */
export const tooWide = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/**
 * A browser window in which this customer is signed in (none: nobody is). It keeps what it asked of which host, and everything that went wrong:
 * `asked`, `wrong`.
 */
export async function windowOf(browser, portal, world, subscriberId, options = {}) {
  const context = await browser.newContext({ locale: 'en', viewport: { width: 360, height: 740 }, ...options });
  if (subscriberId) {
    const { token } = (await world.portal.post(`/v1/subscribers/${subscriberId}/sessions`, {})).body;
    await context.addCookies([{ name: SESSION, value: token, url: portal.origin, httpOnly: true, sameSite: 'Lax' }]);
  }
  const page = await context.newPage();
  page.setDefaultTimeout(45_000);
  const asked = [];
  const wrong = [];
  context.on('request', (request) => asked.push(request.url()));
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('console', (message) => { if (message.type() === 'error' && !/net::ERR|Failed to load resource/.test(message.text())) wrong.push(message.text()); });
  return { context, page, asked, wrong };
}
