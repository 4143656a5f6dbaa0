// ./dev screenshots: every page of the portal as a person meets it, on a phone and on a desk, in zh-CN and en, light
// and dark; into build/screenshots (or the folder that is named). axe-core looks at each; a finding is a failure.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { codeFromSms, codesSent, reach, reportDeleted } from '../e2e/journey.mjs';
import { newLine, newSubscriber, yuan } from '../e2e/people.mjs';
import { ROOT, startWorld } from '../e2e/world.mjs';
import { freePort } from '../peers/wait.mjs';
import { portalAt } from './browser.mjs';

const FOLDER = process.argv[2] ?? path.join(ROOT, 'build/screenshots');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const SIGHTS = [
  { name: 'phone', viewport: { width: 360, height: 740 }, colorScheme: 'light' },
  { name: 'phone-dark', viewport: { width: 360, height: 740 }, colorScheme: 'dark' },
  { name: 'desk', viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
];

const portal = portalAt(await freePort());
const world = await startWorld({ config: portal.config });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
const findings = [];
let shown = 0;

/** Looks at the page in each way. */
async function look(page, name, language) {
  for (const { name: sight, viewport, colorScheme } of SIGHTS) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' }); // no colour is on its way to another
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) findings.push(`${name} ${language} ${sight}: ${wide} px wider than the screen`);
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    for (const one of violations) findings.push(`${name} ${language} ${sight}: ${one.id}: ${one.help}: ${one.nodes.map((node) => node.html).join(' | ').slice(0, 300)}`);
    await page.screenshot({ path: path.join(FOLDER, `${name}.${language}.${sight}.png`), fullPage: true });
    ++shown;
  }
}

/** A person with a line, from signing in to the certificate. */
async function story(language) {
  const subscriber = newSubscriber({ language });
  const line = newLine({ policy: 'cn', balance: yuan(2345) });
  const { id } = await world.takeOver(subscriber, line);
  const context = await browser.newContext({ locale: language }); // the pages have no script; axe is one
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const at = (where) => page.goto(portal.origin + where);
  const send = (action) => page.click(`form[action="${action}"] button[type=submit]`);
  const see = (name) => look(page, name, language);

  await at('/');
  await see('sign-in');
  await page.fill('#number', line.number);
  const before = codesSent(world.smsc, line.number);
  await send('/sign-in');
  await see('code');
  await page.fill('#code', '00000000');
  await page.click('main button[type=submit]');
  await see('code-wrong');
  await page.fill('#code', await codeFromSms(world.smsc, line.number, { after: before }));
  await page.click('main button[type=submit]');
  await see('line');
  await at(`/lost?line=${id}`);
  await see('lost');
  await at(`/close?line=${id}`);
  await send('/close');
  await see('close-wrong');
  await page.check('#reason-not_needed');
  await send('/close');
  const place = new URL(page.url()).pathname;
  await see('application');
  await at(`${place}/quote`);
  await see('quote');
  await send(`${place}/quote`);
  await at(`${place}/backup`);
  await see('backup');
  await page.check('#choice-decline');
  await send(`${place}/backup`);
  await at(`${place}/proof`);
  const sent = codesSent(world.smsc, line.number);
  await send(`${place}/codes`);
  await see('proof');
  await page.fill('#code', await codeFromSms(world.smsc, line.number, { after: sent }));
  await send(`${place}/proof`);
  await at(`${place}/check`);
  await see('check');
  await send(`${place}/submission`);
  await reach(world.agent, place.replace('/case/', ''), 'unbinding');
  await at(place);
  await see('case');
  await at(`${place}/stop`);
  await see('stop');
  for (const profile of line.profiles) await reportDeleted(world.system, id, profile);
  await reach(world.agent, place.replace('/case/', ''), 'closed');
  await page.waitForTimeout(2_000);
  await at(place);
  await see('closed');
  await at(`${place}/certificate`);
  await see('certificate');
  await at('/nothing');
  await see('error');
  await context.close();
}

try {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  for (const language of ['zh-CN', 'en']) await story(language);
  for (const one of findings) console.error(one);
  console.log(`${shown} pictures in ${FOLDER}, ${findings.length} findings`);
  assert.equal(findings.length, 0);
} finally {
  await browser.close();
  await world.stop();
}
