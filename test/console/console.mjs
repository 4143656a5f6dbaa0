// The console in a browser, for tests: the program's own, with accounts of staff that two administrators made, each signed in. With CONSOLE_MADE (a folder
// that web/build.mjs filled) its pages are those instead, under the policy that the program sends, so that no program need be built to try a page.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { COOKIE, newStaff } from '../e2e/console.mjs';
import { startWorld } from '../e2e/world.mjs';
import { freePort, until } from '../peers/wait.mjs';
import { startChromium } from '../portal/chromium.mjs';

/** A world with a console, and its staff: name → role; each is an e2e Console, so that a test may act as they do. `start`: what makes the world. */
export async function startDesk({ staff: wanted, config = {}, start = startWorld, ...options }) {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const world = await start({ ...options, port, config: { ...config, console: { origin, step_up_minutes: 60, ...config.console } } });
  const staff = {};
  for (const [name, role] of Object.entries(wanted)) staff[name] = await newStaff({ keepline: world.keepline, origin, by: world.admin, second: world.keymaster, name, role });
  return { world, staff, origin };
}

const MADE = process.env.CONSOLE_MADE;
const TYPES = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8' };

const ownPages = (context, origin) => context.route(`${origin}/console/**`, async (route) => {
  if (route.request().url().startsWith(`${origin}/console/oidc/`)) return route.fallback(); // the server's own: on the way to a provider
  const [, name, suffix] = /\/console\/assets\/(\w+)-[0-9a-f]{12}\.(js|css)$/.exec(route.request().url()) ?? [];
  if (name) return route.fulfill({ body: readFileSync(path.join(MADE, `console/${name}.${suffix}`)), contentType: TYPES[suffix] });
  return route.fulfill({ response: await route.fetch(), body: readFileSync(path.join(MADE, 'console/index.html')) });
});

const QUIET_MS = 600;

/**
 * A window of the console; `wrong`: everything that went wrong in it, what the page's policy stopped among it. `asked`: the requests that it sent.
 * `settled()`: it has what it began by asking for, so that what is asked from then on was asked for by itself or for somebody.
 */
export async function windowAt(browser, desk, { as, locale = 'en', viewport = { width: 1440, height: 900 }, ...options } = {}) {
  const context = await browser.newContext({ locale, viewport, ...options });
  if (MADE) await ownPages(context, desk.origin);
  if (as) await context.addCookies([{ name: COOKIE, value: desk.staff[as].cookie, url: desk.origin, httpOnly: true, sameSite: 'Strict' }]);
  const page = await context.newPage();
  page.setDefaultTimeout(45_000);
  const wrong = [];
  const asked = [];
  const open = new Set();
  let lastAt = Date.now();
  const over = (request) => { open.delete(request); lastAt = Date.now(); };
  page.on('request', (request) => {
    asked.push(request);
    lastAt = Date.now();
    if (!request.url().endsWith('/v1/live')) open.add(request);
  });
  page.on('requestfinished', over);
  page.on('requestfailed', over);
  const settled = () => until(() => open.size === 0 && Date.now() - lastAt > QUIET_MS, { what: 'the page to settle' });
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('console', (message) => { if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) wrong.push(message.text()); });
  await page.addInitScript(() => document.addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`)));
  return { context, page, wrong, asked, settled, at: (where) => page.goto(`${desk.origin}/console${where}`) };
}

export { startChromium };
