// A whole closure by staff: a clerk takes it at the counter, a reviewer approves it by keyboard, the phone deletes the profile and its chip signs, and the case
// says so.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { reach } from '../e2e/journey.mjs';
import { newNumber, newSubscriber } from '../e2e/people.mjs';
import { fromSvg, readQr } from '../e2e/qr.mjs';
import { startSmdpWorld } from '../e2e/smdp.mjs';
import { until } from '../peers/wait.mjs';
import { someoneOf } from '../portal/browser.mjs';
import { axeFindings, noChromium } from '../portal/chromium.mjs';
import { startChromium, startDesk, windowAt } from './console.mjs';

let desk;
let world;
let browser;
before(async () => {
  if (noChromium) return;
  desk = await startDesk({ start: startSmdpWorld, peers: ['hlr', 'vlr', 'mta', 'smsc', 'bank'], pki: { cards: 1 }, staff: { anna: 'agent', rita: 'reviewer' } });
  ({ world } = desk);
  browser = await startChromium();
}, { timeout: 180_000 });
after(async () => {
  await browser?.close();
  await world?.stop();
});

test('a clerk closes a line at the counter, a reviewer approves, and the chip of the phone signs that it is gone', { skip: noChromium, timeout: 240_000 }, async () => {
  await world.provide(1);
  const subscriber = newSubscriber({ language: 'en' });
  await world.system.post('/v1/subscribers', subscriber);
  const { id } = (await world.agent.post('/v1/lines', { number: newNumber(), subscriber: subscriber.id, policy: 'quick', profile_type: 'basic' })).body;
  const customer = await world.as(subscriber.id);
  const profile = await until(async () => (await customer.get(`/v1/lines/${id}/profiles`)).body.items.find((one) => one.activation_code), { what: 'an activation code', timeoutMs: 60_000 });
  const phone = await world.phone();
  await phone.download(profile.activation_code);
  await phone.enable(profile.iccid);
  await until(async () => (await world.agent.get(`/v1/lines/${id}`)).body.status === 'active', { what: 'the line to begin', timeoutMs: 60_000 });

  const clerk = await windowAt(browser, desk, { as: 'anna', viewport: { width: 820, height: 1180 } });
  const { page } = clerk;
  const dialog = page.getByRole('dialog');
  const press = async (name) => { await page.getByRole('button', { name, exact: true }).first().click(); };
  const confirm = async (name) => {
    await dialog.getByRole('button', { name, exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
  };
  await clerk.at(`/counter/${id}`);
  await press('Take the application');
  await dialog.getByLabel('Reason').selectOption('moving_abroad');
  await confirm('Take the application');
  await press('Identity document');
  await dialog.getByLabel('Number of what was shown').fill(subscriber.person.document_number);
  await confirm('Note it');
  await press('Seen in person at a shop');
  await dialog.getByLabel('I saw it myself').check();
  await confirm('Note it');
  await press('Turn the screen to the customer');
  await confirm('I agree');
  await press('The customer does not want it');
  await confirm('The customer does not want it');
  await press('Send it in');
  await confirm('Send it in');
  await page.getByText('Your application to close a number').waitFor();
  const closure = (await world.agent.get(`/v1/lines/${id}`)).body.closure.id;

  const reviewer = await windowAt(browser, desk, { as: 'rita' });
  await reviewer.at(`/cases/${closure}`);
  await reviewer.page.getByRole('button', { name: /^Approve/ }).waitFor();
  await reviewer.page.keyboard.press('a');
  await reviewer.page.getByRole('dialog').getByLabel('Reason', { exact: true }).fill('seen in person');
  await reviewer.page.getByRole('dialog').getByRole('button', { name: 'Approve', exact: true }).click();
  await reviewer.page.getByText('Approved.').waitFor();
  await reach(world.system, closure, 'unbinding');
  await phone.disable(profile.iccid);
  await phone.delete(profile.iccid);
  await reach(world.system, closure, 'closed', 60_000);
  await reviewer.at(`/cases/${closure}`);
  await reviewer.page.locator('.tags').getByText('Closed').waitFor();
  assert.match(await reviewer.page.locator('#devices').innerText(), /Deleted[\s\S]*proved by the device's chip/);
  assert.deepEqual([...clerk.wrong, ...reviewer.wrong], []);
  await clerk.context.close();
  await reviewer.context.close();
});

test('another device: ordered at the counter, signed by a second person, its code on the screen that is turned to the customer', { skip: noChromium, timeout: 120_000 }, async () => {
  await world.provide(1);
  const one = await someoneOf(world, { policy: 'quick' });
  const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'anna', viewport: { width: 820, height: 1180 } });
  const dialog = page.getByRole('dialog');
  await at(`/lines/${one.id}`);
  await page.getByRole('button', { name: 'Another device' }).click();
  await dialog.getByLabel('Kind of profile').selectOption('basic');
  await dialog.getByLabel('Number of what was shown').fill(one.subscriber.person.document_number);
  await dialog.getByLabel('I saw it myself').check();
  await dialog.getByRole('button', { name: 'Another device' }).click();
  await page.locator('.receipt').getByText('A second person of ours').waitFor();
  assert.equal(await page.locator('#codes').count(), 0);
  const waits = (await world.reviewer.get(`/v1/lines/${one.id}/requests`)).body.items.find((each) => each.state === 'waiting');
  assert.equal(waits.act, 'further_profile');
  await world.reviewer.post(`/v1/lines/${one.id}/requests/${waits.serial}/countersignature`);
  await until(async () => (await desk.staff.anna.get(`/v1/lines/${one.id}/profiles`)).body.items.some((each) => each.activation_code), { what: 'the order', timeoutMs: 60_000 });
  await page.reload();
  const drawn = page.waitForResponse((answer) => answer.url().endsWith('activation-code.svg'));
  await page.getByRole('button', { name: 'Show the code' }).click();
  const svg = await (await drawn).text();
  const profile = (await desk.staff.anna.get(`/v1/lines/${one.id}/profiles`)).body.items.find((each) => each.activation_code);
  assert.equal(readQr(fromSvg(svg)), profile.activation_code);
  await page.waitForFunction(() => document.querySelector('.qr').naturalWidth > 0);
  assert.deepEqual(await axeFindings(page), []);
  assert.ok(!(await dialog.innerText()).includes(one.number));
  await assert.rejects(desk.staff.rita.get(`/v1/lines/${one.id}/profiles/${profile.iccid}/activation-code.svg`), /forbidden/);
  assert.deepEqual(wrong, []);
  await context.close();
});
