// At the counter, on a tablet: the document sighted, the offer accepted by the customer on the screen turned round, the application sent in, the receipt.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { open, read } from '../e2e/journey.mjs';
import { someoneOf } from '../portal/browser.mjs';
import { axeFindings, noChromium, tooWide } from '../portal/chromium.mjs';
import { startChromium, startDesk, windowAt } from './console.mjs';

const PDF = Buffer.from('%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n');

describe('the counter', { skip: noChromium }, () => {
  let world;
  let desk;
  let browser;
  before(async () => {
    desk = await startDesk({ staff: { rita: 'reviewer', anna: 'agent' } });
    ({ world } = desk);
    browser = await startChromium();
  });
  after(async () => {
    await browser?.close();
    await world?.stop();
  });

  test('a clerk takes an application in the presence of the customer, who reads and accepts the offer', async () => {
    const one = await someoneOf(world, { policy: 'cn' }, {});
    const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'anna', viewport: { width: 820, height: 1180 }, hasTouch: true });
    const dialog = page.getByRole('dialog');
    await at(`/lines/${one.id}`);
    await page.getByRole('button', { name: 'Close it at the counter' }).click();
    await page.getByRole('button', { name: 'Take the application' }).click();
    await dialog.getByLabel('Reason').selectOption('moving_abroad');
    await dialog.getByRole('button', { name: 'Take the application' }).click();
    await page.getByText('Still missing:').waitFor();
    assert.deepEqual(await axeFindings(page), []);

    await page.getByRole('button', { name: 'Identity document' }).click();
    await dialog.getByLabel('Number of what was shown').fill('110101190001010000');
    await dialog.getByRole('button', { name: 'Note it' }).click();
    await dialog.getByRole('alert').waitFor(); // another document than the one on file is a failed proof
    await dialog.getByLabel('Number of what was shown').fill(one.subscriber.person.document_number);
    await dialog.getByRole('button', { name: 'Note it' }).click();
    await page.getByText('Proved Identity document').waitFor();
    await page.getByRole('button', { name: 'Seen in person at a shop' }).click();
    await dialog.getByLabel('I saw it myself').check();
    await dialog.getByRole('button', { name: 'Note it' }).click();
    await dialog.waitFor({ state: 'detached' });

    await page.getByRole('button', { name: 'Turn the screen to the customer' }).click();
    await dialog.getByText('You get back').waitFor();
    assert.ok(!(await dialog.innerText()).includes('anna'), 'nothing but the offer');
    assert.deepEqual(await axeFindings(page), []);
    await dialog.getByRole('button', { name: 'Turn the picture' }).click();
    await dialog.getByRole('button', { name: 'I agree' }).click();
    await page.getByRole('button', { name: 'The customer does not want it' }).click();
    await dialog.getByRole('button', { name: 'The customer does not want it' }).click();
    await page.getByText('The customer does not want it.').waitFor();
    await page.getByRole('button', { name: 'Send it in' }).click();
    await dialog.getByRole('button', { name: 'Send it in' }).click();
    await page.getByText('Your application to close a number').waitFor();
    const { closure } = (await world.agent.get(`/v1/lines/${one.id}`)).body;
    const made = await read(world.agent, closure.id);
    assert.deepEqual([made.channel, made.reason, made.submitted_at !== undefined], ['counter', 'moving_abroad', true]);
    const paper = page.locator('.receipt');
    assert.match(await paper.innerText(), new RegExp(`${made.reference}[\\s\\S]*…${one.number.slice(-4)}`));
    assert.ok(!(await paper.innerText()).includes(one.number), 'a receipt that is lost says no number');
    await page.emulateMedia({ media: 'print' });
    assert.ok(await paper.isVisible());
    assert.ok(!(await page.getByRole('search').isVisible()));
    await page.emulateMedia({ media: 'screen' });
    assert.ok(await tooWide(page) <= 0);
    assert.deepEqual(await axeFindings(page), []);
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('a refund account and somebody who acts for the owner are written down with their papers, wait for a second person, and leave a slip', async () => {
    const [owner, friend] = [await someoneOf(world, { policy: 'quick' }), await someoneOf(world, { policy: 'quick' })];
    const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'anna', viewport: { width: 1024, height: 768 } });
    const dialog = page.getByRole('dialog');
    const confirm = (name) => dialog.getByRole('button', { name, exact: true }).click();
    await at(`/lines/${owner.id}`);
    await page.getByRole('button', { name: 'Refund account' }).click();
    await dialog.getByLabel('IBAN, card or account number').fill('DE89 3704 0044 0532 0130 00');
    await dialog.getByLabel('In whose name').fill(owner.subscriber.person.full_name);
    await confirm('Refund account');
    const slip = page.locator('.receipt');
    await slip.getByText('A second person of ours').waitFor();
    assert.ok(!/3704|DE89/.test(await slip.innerText()) && !(await slip.innerText()).includes(owner.number));
    await page.emulateMedia({ media: 'print' });
    assert.ok(await slip.isVisible());
    for (const hidden of ['.bar', '#devices', '.glance > .actions', '#timeline']) assert.ok(!(await page.locator(hidden).isVisible()), hidden);
    await page.emulateMedia({ media: 'screen' });
    assert.deepEqual(await axeFindings(page), []);
    await page.locator('#slip').getByRole('button', { name: 'Close' }).click();

    for (const purpose of ['power_of_attorney', 'id_document']) {
      await page.getByRole('button', { name: 'Hand one in' }).click();
      await dialog.getByLabel('What it is').selectOption(purpose);
      await dialog.getByLabel('File').setInputFiles({ name: 'paper.pdf', mimeType: 'application/pdf', buffer: PDF });
      await confirm('Hand one in');
      await dialog.waitFor({ state: 'detached' });
    }
    await page.getByRole('button', { name: 'Somebody acts for the owner' }).click();
    await dialog.getByLabel('Who: their own number').fill(friend.number);
    await dialog.getByLabel(/^Power of attorney ·/).check();
    await dialog.getByLabel(/^Identity document ·/).check();
    assert.deepEqual(await axeFindings(page), []);
    await confirm('Somebody acts for the owner');
    await page.locator('#representatives .receipt').getByText('A second person of ours').waitFor();
    const acts = (await world.reviewer.get('/v1/requests')).body.items.filter(({ about }) => about.id === owner.subscriber.id).map(({ request }) => request);
    assert.deepEqual(acts.map(({ act }) => act).sort(), ['admit_representative', 'change_refund_account']);
    await world.reviewer.post(`/v1/subscribers/${owner.subscriber.id}/requests/${acts.find(({ act }) => act === 'admit_representative').serial}/countersignature`);
    await page.reload();
    await page.getByRole('button', { name: 'It is not so' }).click();
    await dialog.getByLabel('Reason').fill('the owner called and knows nothing of it');
    await confirm('It is not so');
    await page.locator('#representatives').getByText('objected to').waitFor();
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('data that was made ready can still be declined, and the application is taken back at the counter', async () => {
    const one = await someoneOf(world, { policy: 'cn' }, {});
    const closure = await open(desk.staff.anna, one.id);
    const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'anna', viewport: { width: 1024, height: 768 } });
    const dialog = page.getByRole('dialog');
    await at(`/counter/${one.id}`);
    await page.getByRole('button', { name: 'Make it ready' }).click();
    await dialog.getByRole('button', { name: 'Make it ready' }).click();
    await page.getByText(/once the customer has downloaded it/).waitFor();
    await page.getByText('the customer downloads it now, or does not want it (3)').waitFor();
    await page.getByRole('button', { name: 'The customer does not want it' }).click();
    await dialog.getByRole('button', { name: 'The customer does not want it' }).click();
    await page.getByText('The customer does not want it.').waitFor();
    assert.ok(!(await read(world.agent, closure.id)).missing.includes('backup-undecided'));
    await page.getByRole('button', { name: 'Take the application back' }).click();
    await dialog.getByLabel(/told me so/).check();
    assert.deepEqual(await axeFindings(page), []);
    await dialog.getByRole('button', { name: 'Take the application back' }).click();
    await page.getByRole('button', { name: 'Take the application', exact: true }).waitFor();
    assert.equal((await read(world.agent, closure.id)).stage, 'withdrawn');
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('an application that was begun online is finished there, or begun anew at the counter', async () => {
    const one = await someoneOf(world, { policy: 'cn' }, {});
    const closure = await open(await world.as(one.subscriber.id), one.id);
    const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'anna', viewport: { width: 1024, height: 768 } });
    const dialog = page.getByRole('dialog');
    await at(`/counter/${one.id}`);
    await page.getByText(/It was begun elsewhere/).waitFor();
    await page.getByText('all of one way that is named above has to be proved (1)').waitFor();
    await page.getByRole('button', { name: 'Begin it anew at the counter' }).click();
    await dialog.getByLabel(/told me so/).check();
    await dialog.getByRole('button', { name: 'Begin it anew at the counter' }).click();
    await page.getByRole('button', { name: 'Take the application', exact: true }).click();
    await dialog.getByLabel('Reason').selectOption('moving_abroad');
    await dialog.getByRole('button', { name: 'Take the application', exact: true }).click();
    await page.getByText('Still missing:').waitFor();
    const { closure: now } = (await world.agent.get(`/v1/lines/${one.id}`)).body;
    assert.notEqual(now.id, closure.id);
    assert.equal((await read(world.agent, now.id)).channel, 'counter');
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('the clerk who took it does not decide it, and a reviewer sees that it rests on their word', async () => {
    const item = (await world.reviewer.get('/v1/closures?stage=in_review')).body.items.find((one) => one.channel === 'counter');
    const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'rita' });
    await at(`/cases/${item.id}`);
    await page.getByText('Took part for the applicant').waitFor();
    assert.match(await page.locator('#risk').innerText(), /attested the proof|word of staff/);
    assert.deepEqual(wrong, []);
    await context.close();
  });
});
