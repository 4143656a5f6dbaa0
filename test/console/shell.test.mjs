// Who works at the console, and the queue of cases: signing in and out, language, refusals in words, the keyboard.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { PASSWORD, totp } from '../e2e/console.mjs';
import { apply } from '../e2e/journey.mjs';
import { someoneOf } from '../portal/browser.mjs';
import { axeFindings, noChromium, tooWide } from '../portal/chromium.mjs';
import { startChromium, startDesk, windowAt } from './console.mjs';

describe('the console', { skip: noChromium }, () => {
  let world;
  let desk;
  let browser;
  const cases = [];
  before(async () => {
    desk = await startDesk({ staff: { rita: 'reviewer', rob: 'reviewer', anna: 'agent' } });
    ({ world } = desk);
    browser = await startChromium();
    for (let i = 0; i < 3; ++i) {
      const someone = await someoneOf(world, { policy: 'reviewed' });
      cases.push({ ...someone, closure: await apply(await world.as(someone.subscriber.id), world.smsc, { id: someone.id }, someone.number) });
    }
  });
  after(async () => {
    await browser?.close();
    await world?.stop();
  });

  const name = async (page, words) => page.getByLabel('Name').fill(words);
  const prove = async (page, password, code) => {
    await page.getByLabel('Password').fill(password);
    await page.getByLabel('Code').fill(code);
    await page.keyboard.press('Enter');
  };

  test('an invitation leads through the setting up; then name, password and code let in, and nothing else does', async () => {
    const { body: made } = await world.admin.post('/v1/staff-accounts', { name: 'cleo', role: 'reviewer' });
    await world.keymaster.post(`/v1/tokens/cleo/requests/${made.request}/countersignature`);
    const { page, wrong, at, context } = await windowAt(browser, desk);
    await page.route('**/v1/live', (route) => route.fulfill({ status: 503 })); // it tells of the end before anybody asks for anything
    await at('/reviews');
    await page.getByRole('button', { name: 'I have an invitation' }).click();
    await name(page, 'cleo');
    await page.getByLabel('Invitation code').fill(made.invitation);
    await page.getByRole('button', { name: 'Go on' }).click();
    const secret = (await page.locator('code.secret').innerText()).replace(/\s/g, '');
    assert.deepEqual(await axeFindings(page), []);
    await page.getByLabel('A new password').fill(PASSWORD);
    await page.getByLabel('Code').fill(totp(secret));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Cases', level: 1 }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.reload();
    await name(page, 'cleo');
    await prove(page, 'not the password', '000000');
    await page.getByRole('alert').waitFor();
    assert.equal(await page.getByLabel('Password').inputValue(), '');
    assert.ok(!(await page.locator('main').innerText()).includes('session is over'));
    assert.deepEqual(await axeFindings(page), []);
    await prove(page, PASSWORD, totp(secret, 1));
    await page.getByRole('heading', { name: 'Cases', level: 1 }).waitFor();
    assert.deepEqual(wrong, []);

    await context.clearCookies();
    await page.getByLabel('Stage').selectOption('approved');
    await page.getByText(/session is over/).waitFor();
    assert.match(page.url(), /stage=approved/, 'one goes on where one was');
    await context.close();
  });

  test('shows the queue in both languages, light and dark, with nothing that axe finds or the policy stops', async () => {
    for (const locale of ['en', 'zh-CN'])
      for (const colorScheme of ['light', 'dark']) {
        const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'rita', locale, colorScheme, viewport: { width: 1024, height: 768 } });
        await at('/reviews');
        await page.locator('.rows tbody tr').nth(2).waitFor();
        assert.deepEqual(await axeFindings(page), []);
        assert.ok(await tooWide(page) <= 0);
        await page.evaluate(() => { document.documentElement.style.fontSize = '200%'; });
        assert.ok(await tooWide(page) <= 0, 'at twice the size');
        await page.getByRole('button', { name: locale === 'en' ? '中文' : 'English' }).click();
        await page.getByRole('heading', { name: locale === 'en' ? '工单' : 'Cases' }).waitFor();
        assert.deepEqual(wrong, []);
        await context.close();
      }
  });

  test('is walked by keyboard: down, up, open, back, search', async () => {
    const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'rita' });
    await at('/reviews');
    await page.locator('.rows tbody tr').nth(2).waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    const second = await page.locator('tr.at').getAttribute('data-id');
    assert.equal(second, await page.locator('.rows tbody tr').nth(1).getAttribute('data-id'));
    await page.keyboard.press('k');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /^Case \d{4} \d{4} \d{4}/ }).waitFor();
    await page.keyboard.press('n');
    await page.waitForURL(`**/cases/${second}`);
    await page.keyboard.press('u');
    await page.getByRole('heading', { name: 'Cases' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type(cases[0].closure.id);
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/cases/${cases[0].closure.id}`);
    await page.keyboard.press('/');
    await page.keyboard.type('what');
    await page.keyboard.press('Enter');
    assert.match(await page.getByRole('alert').innerText(), /Not a number/);
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('sends nothing of a person in an address, says that it is the console, and what it asks by itself', async () => {
    const { page, asked, settled, at, context } = await windowAt(browser, desk, { as: 'anna' });
    await page.route('**/v1/live', (route) => route.fulfill({ status: 503 }));
    await page.clock.install();
    await at('/reviews');
    await page.getByRole('search').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type(cases[1].number);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/lines/ln_*');
    const posts = asked.filter((one) => one.method() === 'POST');
    assert.equal(posts.length, 1);
    assert.equal(posts[0].headers()['x-keepline-console'], '1');
    assert.ok(posts[0].headers()['idempotency-key']);
    for (const one of [...asked.map((request) => request.url()), page.url()]) assert.ok(!decodeURIComponent(one).includes(cases[1].number.slice(1)), one);
    await page.getByRole('heading', { name: cases[1].number }).waitFor();
    await settled();
    const before = asked.length;
    const looks = page.waitForRequest((one) => one.url().includes('/v1/lines/'));
    await page.clock.fastForward(16_000);
    await looks;
    await settled();
    const looked = asked.slice(before).filter((one) => one.url().includes('/v1/lines/'));
    assert.ok(looked.length > 0);
    for (const one of looked) assert.equal(one.headers()['x-keepline-console'], 'waiting', one.url());
    await context.close();
  });

  test('a look that is lost takes nothing off the page, and the next good one takes the word of it away', async () => {
    const { page, wrong, settled, at, context } = await windowAt(browser, desk, { as: 'rita' });
    await page.route('**/v1/live', (route) => route.fulfill({ status: 503 }));
    await page.clock.install();
    await at(`/cases/${cases[2].closure.id}`);
    await page.locator('.timeline li').first().waitFor();
    await page.locator('#documents p:not([role])').waitFor();
    await settled();
    const shown = () => Promise.all(['.timeline li', '#documents p', '#what dd'].map((one) => page.locator(one).count()));
    const before = await shown();
    let lost = true;
    await page.route('**/v1/**', (route) => (lost ? route.abort() : route.continue()));
    await page.clock.fastForward(16_000);
    const words = page.getByRole('alert');
    await words.nth(2).waitFor();
    const during = await shown();
    assert.deepEqual([during[0], during[2]], [before[0], before[2]]);
    lost = false;
    await settled();
    await page.clock.fastForward(16_000);
    await words.first().waitFor({ state: 'detached' });
    assert.deepEqual(await shown(), before);
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('what falls due is set against the people at work, and open cases are counted by stage and age, with their numbers', async () => {
    const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'anna', viewport: { width: 1024, height: 768 } });
    await at('/pictures');
    await page.locator('#due tbody tr').first().waitFor();
    const left = page.locator('#due tbody tr').last().locator('td').nth(1);
    assert.equal(await left.innerText(), '0');
    await page.getByRole('spinbutton', { name: 'People at work' }).fill('0');
    assert.equal(await left.innerText(), '3');
    assert.match(await page.locator('#ages tbody').innerText(), /In review\s+3\s+0/);
    const saved = page.waitForEvent('download');
    await page.locator('#ages').getByRole('button', { name: 'The numbers as CSV' }).click();
    assert.match(readFileSync(await (await saved).path(), 'utf8'), /in_review,3,0,0,0,0,0/);
    assert.deepEqual(await axeFindings(page), []);
    assert.ok(await tooWide(page) <= 0);
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('a case that somebody is at says so in the list, and is taken over on purpose only', async () => {
    const [one] = cases;
    await desk.staff.rita.post(`/v1/closures/${one.closure.id}/claim`);
    const other = await windowAt(browser, desk, { as: 'rob' });
    await other.at('/reviews?claimed=nobody');
    await other.page.locator('.rows tbody tr').nth(1).waitFor();
    assert.equal(await other.page.locator('.rows tbody tr').count(), 2);
    await other.at('/reviews');
    await other.page.locator(`tr[data-id="${one.closure.id}"]`).getByText('rita').waitFor();
    await other.at(`/cases/${one.closure.id}`);
    await other.page.getByRole('button', { name: 'I am at it' }).click();
    await other.page.getByRole('button', { name: 'Take it over' }).click();
    await other.page.getByText('You are at this case').waitFor();
    assert.equal((await world.reviewer.get('/v1/closures?claimed_by=rob')).body.items.length, 1);
    assert.deepEqual(other.wrong, []);
    await other.context.close();
  });

  test('a case is handed over by name with a word why, which its new reviewer reads in the list', async () => {
    const [, , one] = cases;
    const rita = await windowAt(browser, desk, { as: 'rita' });
    await rita.at(`/cases/${one.closure.id}`);
    await rita.page.getByRole('button', { name: 'Hand it over' }).click();
    const dialog = rita.page.getByRole('dialog');
    await dialog.getByLabel('To (name of an account)').fill('rob');
    await dialog.getByLabel('Reason').fill('my shift ends');
    await dialog.getByRole('button', { name: 'Hand it over' }).click();
    await rita.page.getByText('Handed over.', { exact: true }).waitFor();
    await rita.page.locator('#what').getByText('rita: my shift ends').waitFor();
    const rob = await windowAt(browser, desk, { as: 'rob' });
    await rob.at('/reviews?claimed=me');
    await rob.page.locator(`tr[data-id="${one.closure.id}"]`).getByText('Handed over by rita: my shift ends').waitFor();
    assert.deepEqual([...rita.wrong, ...rob.wrong], []);
    await rita.context.close();
    await rob.context.close();
  });

  test('somebody is looked for by name with a reason; the name stands in no address, and what is found is masked', async () => {
    const [one] = cases;
    const name = one.subscriber.person.full_name;
    const { page, wrong, asked, at, context } = await windowAt(browser, desk, { as: 'anna' });
    await at('/reviews');
    await page.getByRole('search').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type(name);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Look for this name' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason').fill('she rang from a shop');
    await dialog.getByRole('button', { name: 'Look for this name' }).click();
    await page.getByRole('heading', { name: 'Found by name' }).waitFor();
    const link = page.getByRole('link', { name: `…${one.number.slice(-4)}` });
    await link.waitFor();
    assert.ok(!(await page.locator('main').innerText()).includes(name));
    for (const each of [...asked.map((request) => request.url()), page.url()]) assert.ok(!decodeURIComponent(each).includes(name), each);
    assert.deepEqual(await axeFindings(page), []);
    await link.click();
    await page.getByRole('heading', { name: one.number }).waitFor();
    assert.deepEqual(wrong, []);
    await context.close();
  });
});
