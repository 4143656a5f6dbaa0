// ./dev screenshots: every page of the portal as a person meets it, on a phone and on a desk, in zh-CN and en, light
// and dark; into build/screenshots (or the folder that is named). axe-core looks at each; a finding is a failure.

import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { codeFromSms, codesSent, reach, reportDeleted } from '../e2e/journey.mjs';
import { newLine, newNumber, newSubscriber, yuan } from '../e2e/people.mjs';
import { ROOT, startWorld } from '../e2e/world.mjs';
import { freePort } from '../peers/wait.mjs';
import { SESSION, portalAt } from './browser.mjs';
import { axeFindings, startChromium, tooWide } from './chromium.mjs';

const FOLDER = process.argv[2] ?? path.join(ROOT, 'build/screenshots');
const PDF = '%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n';
const SIGHTS = [
  { name: 'phone', viewport: { width: 360, height: 740 }, colorScheme: 'light' },
  { name: 'phone-dark', viewport: { width: 360, height: 740 }, colorScheme: 'dark' },
  { name: 'desk', viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
];

const portal = portalAt(await freePort());
const world = await startWorld({ config: portal.config });
const browser = await startChromium();
const findings = [];
let shown = 0;

/** Looks at the page in each way. */
async function look(page, name, language) {
  for (const { name: sight, viewport, colorScheme } of SIGHTS) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' }); // no colour is on its way to another
    const wide = await tooWide(page);
    if (wide > 0) findings.push(`${name} ${language} ${sight}: ${wide} px wider than the screen`);
    for (const one of await axeFindings(page)) findings.push(`${name} ${language} ${sight}: ${one}`);
    await page.screenshot({ path: path.join(FOLDER, `${name}.${language}.${sight}.png`), fullPage: true });
    ++shown;
  }
}

/** What somebody does with a line that they keep. */
async function keeping(language) {
  const subscriber = newSubscriber({ language });
  const line = newLine({ policy: 'cn', balance: yuan(2345) });
  const { id } = await world.takeOver(subscriber, line);
  for (const n of [1, 2]) await world.system.post(`/v1/lines/${id}/top-ups`, { amount: yuan(500 * n), reference: `shot-${id}-${n}` });
  const context = await browser.newContext({ locale: language });
  await context.addCookies([{ name: SESSION, value: (await world.portal.post(`/v1/subscribers/${subscriber.id}/sessions`, {})).body.token, url: portal.origin }]);
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const at = (where) => page.goto(portal.origin + where);
  const send = (action) => page.click(`form[action="${action}"] button[type=submit]`);
  const see = (name) => look(page, name, language);

  for (const name of ['money', 'activity', 'dates', 'devices']) {
    await at(`/${name}?line=${id}`);
    await see(name);
  }
  await at(`/dates?line=${id}`);
  await send('/dates/address');
  await see('dates-address');
  await at(`/devices/${line.profiles[1].iccid}?line=${id}`);
  await see('device');
  await at(`/lock?line=${id}`);
  await see('lock-off');
  await send('/lock');
  await see('lock-on');
  await send('/lock');
  await see('lock-comes-off');
  await at(`/codes?line=${id}`);
  await see('codes');
  await send('/codes');
  await see('codes-made');
  await at('/contacts');
  await see('contacts');
  await page.fill('#address', 'x');
  await send('/contacts');
  await see('contacts-wrong');
  await page.fill('#address', newNumber());
  await send('/contacts');
  await see('contact');
  await at('/account');
  await page.fill('#iban', 'DE00');
  await page.fill('#holder', 'x');
  await send('/account');
  await see('account-wrong');
  await page.fill('#iban', 'DE89370400440532013000');
  await send('/account');
  await see('account');
  await at('/documents');
  await page.check('#purpose-power_of_attorney');
  await page.setInputFiles('#file', { name: 'paper.pdf', mimeType: 'application/pdf', buffer: Buffer.from(PDF) });
  await send('/documents');
  await see('documents');
  await at('/representatives');
  await see('representatives');
  await at('/disclosures');
  const before = codesSent(world.smsc, line.number);
  await send('/disclosures/codes');
  await see('disclosures-code');
  await page.fill('#code', await codeFromSms(world.smsc, line.number, { after: before }));
  await send('/disclosures');
  await see('disclosures');
  await at(`/lost?line=${id}`);
  await send('/lost');
  await see('locked');
  await at(`/found?line=${id}`);
  await see('found');
  await context.close();
}

/** A person with a line, from signing in to the certificate. */
async function story(language) {
  const subscriber = newSubscriber({ language });
  const line = newLine({ policy: 'cn', balance: yuan(2345) });
  const { id } = await world.takeOver(subscriber, line);
  const context = await browser.newContext({ locale: language });
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
  await page.locator('summary').first().click();
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
  await at(`/take-back?line=${id}`);
  await see('take-back');
  await at(`${place}/disputes`);
  await page.fill('#words', 'x');
  await send(`${place}/disputes`);
  await see('disputes');
  const jws = await (await context.request.get(`${portal.origin}${place}/certificate.jws`)).text();
  await at('/verify');
  await see('verify');
  for (const [name, text] of [['verify-good', jws], ['verify-bad', `${jws.slice(0, -4)}AAAA`]]) {
    await page.fill('#jws', text);
    await send('/verify');
    await page.locator('browser-verdict[data-verdict]').waitFor();
    await see(name);
  }
  await at('/nothing');
  await see('error');
  await context.close();
}

try {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  for (const language of ['zh-CN', 'en']) {
    await story(language);
    await keeping(language);
  }
  for (const one of findings) console.error(one);
  console.log(`${shown} pictures in ${FOLDER}, ${findings.length} findings`);
  assert.equal(findings.length, 0);
} finally {
  await browser.close();
  await world.stop();
}
