// Operating from the console: what did not get through is mended and tried again; policies are read and compared; tokens are issued, shown once and revoked.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { after, before, describe, test } from 'node:test';
import { Console } from '../e2e/console.mjs';
import { Authority } from '../peers/authority.mjs';
import { STATUS } from '../peers/smsc.mjs';
import { listen, until } from '../peers/wait.mjs';
import { someoneOf } from '../portal/browser.mjs';
import { axeFindings, noChromium, tooWide } from '../portal/chromium.mjs';
import { startChromium, startDesk, windowAt } from './console.mjs';

describe('operation at the console', { skip: noChromium }, () => {
  let world;
  let desk;
  let browser;
  let authority;
  before(async () => {
    authority = new Authority();
    desk = await startDesk({ config: { engine: { attempts_max: 2 }, webhooks: { ca_file: authority.ca, private_targets: ['127.0.0.0/8'] } }, staff: { rita: 'reviewer', anna: 'agent', ada: 'admin' } });
    ({ world } = desk);
    browser = await startChromium();
  });
  after(async () => {
    await browser?.close();
    await world?.stop();
  });

  test('a dead letter is read with its reason, and tried again once its cause is gone', async () => {
    const one = await someoneOf(world, { policy: 'quick' });
    world.smsc.failNext(STATUS.badDestination, 1000);
    await world.agent.post(`/v1/lines/${one.id}/lost`, { how: 'call' });
    await until(async () => (await world.admin.get('/v1/effects?state=dead')).body.items.length > 0, { what: 'a dead letter', timeoutMs: 60_000 });
    const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'rita', viewport: { width: 1024, height: 768 } });
    await at('/operation');
    await page.locator('#effects tbody tr').first().waitFor();
    assert.deepEqual(await axeFindings(page), []);
    assert.ok(await tooWide(page) <= 0);
    assert.equal(await page.getByRole('button', { name: 'Try all again' }).count(), 0, 'an administrator does that');
    const china = page.locator('#calendars tr').filter({ has: page.getByRole('rowheader', { name: 'CN', exact: true }) });
    assert.match(await china.innerText(), /cn/, 'who goes by it');
    world.smsc.recover();
    await page.getByRole('button', { name: 'Try it again' }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Try it again' }).click();
    await page.getByText('They are tried again.').waitFor();
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('two policies are compared, line by line, in both languages', async () => {
    for (const locale of ['en', 'zh-CN']) {
      const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'anna', locale });
      await at('/policies');
      await page.getByRole('link', { name: 'cn', exact: true }).click();
      await page.locator('.policy li').first().waitFor();
      await page.locator('.filters select').selectOption('us');
      await page.locator('mark').first().waitFor();
      assert.deepEqual(await axeFindings(page), []);
      assert.deepEqual(wrong, []);
      await context.close();
    }
  });

  test('a token that decides waits for a second administrator; one is shown once, and revoked', async () => {
    const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'ada' });
    await at('/access');
    await page.locator('#tokens tbody tr').first().waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await page.getByRole('button', { name: 'Issue a token' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Role').selectOption('reviewer');
    await dialog.getByLabel('Holder').fill('robin');
    await dialog.getByRole('button', { name: 'Issue a token' }).click();
    await page.getByText('a second person has to sign').waitFor();
    await page.getByText('This is shown once').waitFor();
    await page.getByRole('button', { name: 'It is handed over' }).click();
    const row = page.locator('#tokens tr', { has: page.getByRole('rowheader', { name: 'robin' }) });
    assert.match(await row.innerText(), /not in force/);
    const waits = (await world.keymaster.get('/v1/requests')).body.items.filter((one) => one.about.kind === 'token');
    assert.equal(waits.length, 1);
    await at('/requests');
    await page.getByText('You asked for it: somebody else signs.').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Sign it' }).count(), 0);
    await at('/access');
    await row.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('Revoked.').waitFor();
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('an account of a reviewer is asked for by one administrator, signed by another, and disabled with a reason', async () => {
    const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'ada' });
    const dialog = page.getByRole('dialog');
    await at('/access');
    await page.getByRole('button', { name: 'Make an account' }).click();
    await dialog.getByLabel('Role').selectOption('reviewer');
    await dialog.getByLabel('Name').fill('nina');
    await dialog.getByRole('button', { name: 'Make an account' }).click();
    await page.getByText('This is shown once').waitFor();
    const invitation = await page.locator('.secret').innerText();
    const { body: { items } } = await world.keymaster.get('/v1/requests');
    const asked = items.find((one) => one.about.id === 'nina');
    await world.keymaster.post(`/v1/tokens/nina/requests/${asked.request.serial}/countersignature`);
    await new Console(world.keepline, desk.origin).accept('nina', invitation);
    await page.reload();
    const row = page.locator('#accounts tr', { has: page.getByRole('rowheader', { name: 'nina' }) });
    await row.getByText('active').waitFor();
    await row.getByRole('button', { name: 'Disable' }).click();
    await dialog.getByLabel('Reason').fill('she left the company in May');
    await dialog.getByRole('button', { name: 'Disable' }).click();
    await row.getByText('disabled').waitFor();
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('a webhook is aimed by two, its secret shown once; what it does not take is said, and tried again when it is mended', async () => {
    const named = authority.issue('localhost', { names: ['DNS:localhost'] });
    let status = 500;
    const receiver = https.createServer({ cert: readFileSync(named.cert), key: readFileSync(named.key) }, (request, response) => { request.resume().on('end', () => response.writeHead(status).end()); });
    const port = await listen(receiver);
    const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'ada', viewport: { width: 1024, height: 768 } });
    const dialog = page.getByRole('dialog');
    const confirm = (name) => dialog.getByRole('button', { name, exact: true }).click();
    await at('/operation');
    await page.getByRole('button', { name: 'Tell somebody' }).click();
    await dialog.getByLabel('Name').fill('bank');
    await dialog.getByLabel('Address').fill(`https://localhost:${port}/news`);
    await dialog.getByLabel('Topics').fill('closure.* refund.*');
    await confirm('Tell somebody');
    await page.getByText('This is shown once').waitFor();
    assert.match(await page.locator('.secret').innerText(), /^whsec_/);
    const asked = (await world.keymaster.get('/v1/requests')).body.items.find(({ request }) => request.act === 'aim_webhook');
    await world.keymaster.post(`/v1/tokens/${asked.about.id}/requests/${asked.request.serial}/countersignature`);
    await page.reload();
    const card = page.getByRole('article', { name: 'bank' });
    await card.getByRole('button', { name: 'Send a test' }).click();
    await confirm('Send a test');
    await dialog.getByText('It did not get there.').waitFor();
    status = 204;
    await confirm('Send a test');
    await page.getByText('It got there.').waitFor();
    assert.deepEqual(await axeFindings(page), []);
    assert.ok(await tooWide(page) <= 0);
    await card.getByRole('button', { name: 'Pause' }).click();
    await dialog.getByLabel('Reason').fill('they move');
    await confirm('Pause');
    await card.getByText('they move').waitFor();
    assert.match(await page.locator('#program').innerText(), /0\.\d+\.\d+[\s\S]*Apache-2\.0/);
    await page.locator('#kept summary').click();
    await page.locator('#kept tbody tr').nth(3).waitFor();
    assert.deepEqual(wrong, []);
    await context.close();
    receiver.closeAllConnections();
    await new Promise((done) => receiver.close(done));
  });

  test('what somebody did with their access is read by kind and by time, and as CSV, and one\'s own sessions are listed', async () => {
    const one = await someoneOf(world, { policy: 'quick' });
    await desk.staff.anna.post('/v1/lines/search', { number: one.number });
    const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'ada' });
    await at('/access');
    await page.locator('#accounts').getByRole('link', { name: 'anna' }).click();
    await page.getByRole('heading', { name: 'What anna did' }).waitFor();
    await page.getByRole('combobox', { name: 'What' }).selectOption('number_searched');
    await page.locator(`a[href$="/lines/${one.id}"]`).waitFor();
    assert.deepEqual(await axeFindings(page), []);
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'The numbers as CSV' }).click();
    const file = readFileSync(await (await saved).path(), 'utf8');
    assert.match(file, /^at,by,role,event,details\r\n.*number_searched/);
    assert.ok(file.includes(one.id) && !file.includes(one.number.slice(1)));
    await page.getByLabel('Until').fill('2020-01-01');
    await page.getByRole('heading', { name: '0 entries' }).waitFor();

    await page.getByRole('link', { name: 'ada' }).click();
    await page.getByText('this one').waitFor();
    assert.deepEqual(await axeFindings(page), []);
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('an agent finds no place to issue tokens, nor does typing its address show one', async () => {
    const { page, at, context } = await windowAt(browser, desk, { as: 'anna' });
    await at('/access');
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
    assert.equal(await page.getByRole('link', { name: 'Access' }).count(), 0);
    await context.close();
  });
});
