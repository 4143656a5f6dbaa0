// ./dev node test/console/screenshots.mjs [FOLDER]: the console's pages as staff meet them, at 1024 and 1440 px, in zh-CN and en, light and dark; into
// build/screenshots/console. axe-core looks at each; a finding is a failure.

import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { accept, apply, declineBackup, open, proveByOtp, submit } from '../e2e/journey.mjs';
import { yuan } from '../e2e/people.mjs';
import { ROOT } from '../e2e/world.mjs';
import { someoneOf } from '../portal/browser.mjs';
import { axeFindings, tooWide } from '../portal/chromium.mjs';
import { startChromium, startDesk, windowAt } from './console.mjs';

const FOLDER = process.argv[2] ?? path.join(ROOT, 'build/screenshots/console');
const SIGHTS = [{ name: '1440', viewport: { width: 1440, height: 900 }, colorScheme: 'light' }, { name: '1024-dark', viewport: { width: 1024, height: 768 }, colorScheme: 'dark' }];

const desk = await startDesk({ staff: { rita: 'reviewer', anna: 'agent', ada: 'admin' } });
const { world } = desk;
const browser = await startChromium();
const findings = [];
let shown = 0;

/** Two simple cases and one of high risk, a line that is locked and asked to be unlocked, and somebody at the counter. */
async function people() {
  const cases = [];
  for (let i = 0; i < 2; ++i) {
    const someone = await someoneOf(world, { policy: 'reviewed' });
    cases.push({ ...someone, closure: await apply(await world.as(someone.subscriber.id), world.smsc, { id: someone.id }, someone.number) });
  }
  const risky = await someoneOf(world, { policy: 'reviewed', balance: yuan(12_345), debt: yuan(500) });
  await world.agent.post(`/v1/lines/${risky.id}/sim-change`);
  const customer = await world.as(risky.subscriber.id);
  const closure = await open(customer, risky.id, { reason: 'moving_abroad' });
  await accept(customer, closure);
  await declineBackup(customer, closure);
  await proveByOtp(customer, world.smsc, closure, risky.number);
  for (const [kind, value] of [['id_document', risky.subscriber.person.document_number], ['bank_card', risky.subscriber.person.refund_iban], ['callback']])
    await world.system.post(`/v1/closures/${closure.id}/evidence`, { kind, passed: true, method: 'verification service', shown: value });
  cases.push({ ...risky, closure: await submit(customer, closure) });
  const lost = await someoneOf(world, { policy: 'quick' });
  await desk.staff.anna.post(`/v1/lines/${lost.id}/lost`, { how: 'call' });
  await desk.staff.anna.post(`/v1/lines/${lost.id}/found`, { evidence: [{ kind: 'id_document', method: 'counter 12', shown: lost.subscriber.person.document_number }, { kind: 'staff_sighting', method: 'counter 12' }] });
  const counter = await someoneOf(world, { policy: 'cn' });
  const begun = (await world.agent.through('counter').post(`/v1/lines/${counter.id}/closures`, { reason: 'not_needed' })).body;
  await world.agent.post(`/v1/closures/${begun.id}/evidence`, { kind: 'id_document', passed: true, method: 'counter', shown: counter.subscriber.person.document_number });
  return { cases, lost, counter };
}

async function look(page, name, language, sight) {
  const wide = await tooWide(page);
  if (wide > 0) findings.push(`${name} ${language} ${sight}: ${wide} px wider than the screen`);
  for (const one of await axeFindings(page)) findings.push(`${name} ${language} ${sight}: ${one}`);
  await page.screenshot({ path: path.join(FOLDER, `${name}.${language}.${sight}.png`), fullPage: true });
  ++shown;
}

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
try {
  const { cases, lost, counter } = await people();
  const risky = cases.at(-1);
  const pages = [
    ['sign-in', undefined, '/', 'form'], ['queue', 'rita', '/reviews', '.rows tbody tr'], ['case', 'rita', `/cases/${risky.closure.id}`, '.timeline li'], ['case-agent', 'anna', `/cases/${cases[0].closure.id}`, '.timeline li'],
    ['line', 'anna', `/lines/${lost.id}`, '.timeline li'], ['requests', 'rita', '/requests', 'article'], ['disputes', 'rita', '/disputes', 'h1'], ['checks', 'anna', '/checks', 'h1'], ['operation', 'ada', '/operation', '#effects p, #effects tr'],
    ['policies', 'anna', '/policies/cn?beside=us', 'mark'], ['access', 'ada', '/access', '.rows tbody tr'], ['planning', 'rita', '/pictures', '#ages tbody tr'], ['audit', 'ada', '/audit/anna', '.rows tbody tr'], ['sessions', 'anna', '/sessions', 'li'], ['counter', 'anna', `/counter/${counter.id}`, '#send'],
  ];
  for (const language of ['en', 'zh-CN'])
    for (const { name: sight, viewport, colorScheme } of SIGHTS)
      for (const [name, as, where, wanted] of pages) {
        const { page, wrong, at, context } = await windowAt(browser, desk, { as, locale: language, viewport, colorScheme, reducedMotion: 'reduce' });
        await at(where);
        await page.locator(wanted).first().waitFor();
        await look(page, name, language, sight);
        findings.push(...wrong.map((one) => `${name}: ${one}`));
        await context.close();
      }
} finally {
  await browser.close();
  await world.stop();
}
console.log(`${shown} pictures in ${FOLDER}`);
assert.deepEqual(findings, []);
