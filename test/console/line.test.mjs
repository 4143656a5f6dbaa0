// The page of a line, and what waits for a second person or for an answer.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { apply, certificateOf, reach, reportDeleted } from '../e2e/journey.mjs';
import { until } from '../peers/wait.mjs';
import { someoneOf } from '../portal/browser.mjs';
import { axeFindings, noChromium, tooWide } from '../portal/chromium.mjs';
import { startChromium, startDesk, windowAt } from './console.mjs';

describe('a line at the console', { skip: noChromium }, () => {
  let world;
  let desk;
  let browser;
  before(async () => {
    desk = await startDesk({ config: { sms: { country_code: '86' } }, staff: { rita: 'reviewer', rob: 'reviewer', anna: 'agent' } });
    ({ world } = desk);
    browser = await startChromium();
  });
  after(async () => {
    await browser?.close();
    await world?.stop();
  });

  const glance = (page) => page.getByRole('region', { name: 'At a glance' });

  async function ask(page, button, fields, go = button) {
    await page.getByRole('button', { name: button, exact: true }).first().click();
    const dialog = page.getByRole('dialog');
    for (const [label, value] of Object.entries(fields)) await dialog.getByLabel(label, { exact: true }).fill(value);
    await dialog.getByRole('button', { name: go, exact: true }).click();
  }

  test('is found by its number and read at a glance; a lost phone locks it at once', async () => {
    const one = await someoneOf(world, { policy: 'quick' });
    const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'anna', viewport: { width: 1024, height: 768 } });
    await at('/reviews');
    await page.getByRole('search').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type(one.number);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: one.number, level: 1 }).waitFor();
    assert.match(await glance(page).innerText(), /23\.45[\s\S]*Nothing\./);
    assert.ok(!(await page.locator('main').innerText()).includes(one.subscriber.person.full_name));
    for (const typed of [one.number.slice(3), one.number.slice(1), `${one.number.slice(3, 6)} ${one.number.slice(6, 10)} ${one.number.slice(10)}`]) {
      await at('/reviews');
      await page.getByRole('searchbox').fill(typed);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: one.number, level: 1 }).waitFor();
    }
    await ask(page, 'A phone is lost', { 'How did they tell you?': 'call from a friend' });
    await page.getByText('Locked. Every contact point is told.').waitFor();
    await glance(page).getByText(/Locked: a device is lost/).waitFor();
    assert.ok((await world.agent.get(`/v1/lines/${one.id}`)).body.locked_since);
    assert.deepEqual(await axeFindings(page), []);
    assert.ok(await tooWide(page) <= 0);
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('what an agent asks for waits in words, is theirs to take back only, and happens when a reviewer signs', async () => {
    const one = await someoneOf(world, { policy: 'quick' });
    await desk.staff.anna.post(`/v1/lines/${one.id}/lost`, { how: 'call' });
    const found = { evidence: [{ kind: 'id_document', method: 'counter 12', shown: one.subscriber.person.document_number }, { kind: 'staff_sighting', method: 'counter 12' }] };
    assert.equal((await desk.staff.anna.post(`/v1/lines/${one.id}/found`, found)).status, 202);
    const anna = await windowAt(browser, desk, { as: 'anna' });
    await anna.at(`/lines/${one.id}`);
    await anna.page.getByText('You asked for it: somebody else signs.').waitFor();
    assert.equal(await anna.page.getByRole('button', { name: 'Sign it' }).count(), 0);
    await anna.at('/requests');
    await anna.page.getByRole('heading', { name: 'There is no such page' }).waitFor();
    const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'rita' });
    await at('/requests');
    await page.getByRole('article', { name: 'Unlock a line whose phone was lost' }).waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await ask(page, 'Sign it', {});
    await page.getByText('Nothing waits.').waitFor();
    assert.equal((await world.agent.get(`/v1/lines/${one.id}`)).body.locked_since, undefined);
    assert.deepEqual([...wrong, ...anna.wrong], []);
    await context.close();
    await anna.context.close();
  });

  test('a disputed certificate is read for a reason, and the answer is what its owner reads', async () => {
    const one = await someoneOf(world, { policy: 'quick' });
    const customer = await world.as(one.subscriber.id);
    const closure = await apply(customer, world.smsc, { id: one.id }, one.number);
    await reach(world.system, closure.id, 'unbinding');
    for (const profile of one.line.profiles) await reportDeleted(world.system, one.id, profile);
    await reach(world.system, closure.id, 'closed', 60_000);
    await certificateOf(customer, closure.id, 30_000);
    const clerk = await windowAt(browser, desk, { as: 'anna' });
    await clerk.at(`/cases/${closure.id}`);
    await clerk.page.getByRole('button', { name: 'The owner says it is wrong' }).click();
    await clerk.page.getByLabel('What is wrong').selectOption({ label: 'When it was received' });
    await clerk.page.getByLabel('What they say').fill('I asked a week before');
    await clerk.page.getByRole('dialog').getByRole('button', { name: 'The owner says it is wrong' }).click();
    await clerk.page.locator('.receipt').getByText('What is said against a certificate').waitFor();
    assert.deepEqual(await axeFindings(clerk.page), []);
    assert.deepEqual(clerk.wrong, []);
    await clerk.context.close();
    const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'rob' });
    await at('/disputes');
    await page.getByRole('article').waitFor();
    assert.ok(!(await page.locator('main').innerText()).includes('a week before'));
    await ask(page, 'Read what they say', { Reason: 'to answer it' });
    await page.getByText('I asked a week before').waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await ask(page, 'It stays as it is', { Reason: 'our journal has the hour' });
    await page.getByText('No certificate is disputed.').waitFor();
    assert.equal((await customer.get(`/v1/closures/${closure.id}/disputes`)).body.items[0].reason, 'our journal has the hour');
    await at(`/lines/${one.id}`);
    await page.locator('.timeline li').first().waitFor();
    assert.deepEqual(await axeFindings(page), []);
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('a top-up is taken to the last fen; a found phone waits for a second person', async () => {
    const one = await someoneOf(world, { policy: 'quick' });
    const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'anna' });
    await at(`/lines/${one.id}`);
    await ask(page, 'Take a top-up', { 'Amount (CNY)': '10.05', 'Number of the payment': `pos-${one.id}` });
    await page.getByText('Booked.', { exact: true }).waitFor();
    assert.equal((await world.agent.get(`/v1/lines/${one.id}/balance`)).body.prepaid.minor, 3350);
    await ask(page, 'A phone is lost', { 'How did they tell you?': 'call' });
    await page.getByRole('button', { name: 'The phone is back' }).click();
    await page.getByRole('dialog').getByLabel('Number of what was shown').fill(one.subscriber.person.document_number);
    await page.getByRole('dialog').getByLabel('I saw it myself').check();
    await page.getByRole('dialog').getByRole('button', { name: 'The phone is back' }).click();
    await page.getByText('a second person has to sign').waitFor();
    assert.ok((await world.agent.get(`/v1/lines/${one.id}`)).body.locked_since, 'locked until somebody else signs');
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('a second signer reads the number and the sum before signing, in their language', async () => {
    const one = await someoneOf(world, { policy: 'quick' });
    const asked = await desk.staff.anna.post(`/v1/lines/${one.id}/top-ups`, { amount: { minor: 500_000, currency: 'CNY' }, reference: 'till-9' });
    assert.equal(asked.status, 202);
    const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'rita', locale: 'zh-CN' });
    await at('/requests');
    const card = page.getByRole('article').filter({ hasText: one.number });
    await card.waitFor();
    assert.match(await card.innerText(), /5,000\.00/);
    assert.ok(!/more than one person|minor/.test(await card.innerText()));
    await card.getByRole('button', { name: '签署', exact: true }).click();
    const dialog = page.getByRole('dialog');
    assert.match(await dialog.innerText(), new RegExp(`\\${one.number}[\\s\\S]*5,000\\.00`));
    assert.deepEqual(await axeFindings(page), []);
    await dialog.getByRole('button', { name: '签署', exact: true }).click();
    await page.getByText('已签署并执行。').waitFor();
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('an import plan is signed on the page that shows all of its changes, by a second person', async () => {
    const one = await someoneOf(world, { policy: 'quick' });
    const row = { subscriber: one.subscriber, line: { ...one.line, valid_until: new Date(Date.now() + 400 * 86_400_000).toISOString().replace(/\.\d+Z$/, 'Z') } };
    const made = (await world.system.post('/v1/import-plans', { rows: [row] })).body;
    assert.ok(made.plan, JSON.stringify(made));
    const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'rita' });
    await at('/requests');
    await page.getByRole('link', { name: 'See all of its changes' }).click();
    await page.locator('#changes tbody tr').first().waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await ask(page, 'Sign it', {});
    await page.getByText('Signed, and done.').waitFor();
    assert.notEqual((await world.reviewer.get(`/v1/import-plans/${made.plan.id}`)).body.stage, 'waiting');
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('a note is written for the next one, read for a reason, and masked again', async () => {
    const one = await someoneOf(world, { policy: 'quick' });
    const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'anna' });
    await page.clock.install();
    await at(`/lines/${one.id}`);
    const notes = page.locator('#notes');
    await notes.getByText('Nobody wrote one.').waitFor();
    await ask(page, 'Write a note', { 'What they should know': 'Called back at noon' });
    await notes.getByText('Written.').waitFor();
    await notes.getByText('anna').waitFor();
    assert.equal(await page.getByText('Called back at noon').count(), 0);
    await ask(page, 'Read the notes', { Reason: 'she calls again' });
    await notes.getByText('Called back at noon').waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await until(async () => { await page.clock.fastForward(121_000); return await notes.getByText('Called back at noon').count() === 0; }, { what: 'it to be masked again', everyMs: 500 });
    assert.deepEqual(wrong, []);
    await context.close();
  });
});
