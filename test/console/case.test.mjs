// The page of a case, and deciding it: by keyboard, by two, not by who took part, and not about what has changed meanwhile.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { accept, apply, declineBackup, open, proveByOtp, read, submit } from '../e2e/journey.mjs';
import { yuan } from '../e2e/people.mjs';
import { ROOT } from '../e2e/world.mjs';
import { freePort, until } from '../peers/wait.mjs';
import { portalAt, signedIn, someoneOf } from '../portal/browser.mjs';
import { axeFindings, noChromium, tooWide } from '../portal/chromium.mjs';
import { startChromium, startDesk, windowAt } from './console.mjs';

const PICTURE = readFileSync(path.join(ROOT, 'docs/pictures/portal-line.png'));

describe('a case at the console', { skip: noChromium }, () => {
  let world;
  let desk;
  let portal;
  let browser;
  before(async () => {
    portal = portalAt(await freePort());
    desk = await startDesk({ config: portal.config, staff: { rita: 'reviewer', rob: 'reviewer', anna: 'agent', ada: 'admin' } });
    ({ world } = desk);
    browser = await startChromium();
  });
  after(async () => {
    await browser?.close();
    await world?.stop();
  });

  /** A customer whose application waits for a review. */
  async function applied(over) {
    const someone = await someoneOf(world, { policy: 'reviewed', ...over });
    const customer = await world.as(someone.subscriber.id);
    return { ...someone, customer, closure: await apply(customer, world.smsc, { id: someone.id }, someone.number) };
  }

  const decision = (page) => page.getByRole('region', { name: 'Decision' });

  async function say(page, label, words, go) {
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(label, { exact: true }).fill(words);
    await dialog.getByRole('button', { name: go }).click();
  }

  test('a reviewer works twenty cases by keyboard alone, one of which is looked for', async () => {
    const cases = await Promise.all(Array.from({ length: 20 }, () => applied()));
    const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'rita' });
    const approve = async () => {
      await decision(page).getByRole('button', { name: /Approve/ }).waitFor();
      await page.keyboard.press('a');
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Tab');
      await page.keyboard.type('documents fit');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await decision(page).getByText('Approved.').waitFor();
    };
    await at('/reviews');
    await page.locator('.rows tbody tr').nth(19).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type(cases[10].closure.reference);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: cases[10].closure.reference, level: 1 }).waitFor();
    await page.goBack();
    await page.locator('.rows tbody tr').nth(19).waitFor();
    for (const key of ['j', 'j', 'k', 'Enter']) await page.keyboard.press(key);
    for (let i = 0; i < 20; ++i) {
      await approve();
      if (i === 19) break;
      await decision(page).getByRole('link', { name: 'Next case' }).waitFor();
      await page.keyboard.press('n');
      await decision(page).getByText('Approved.').waitFor({ state: 'detached' });
    }
    for (const one of cases) assert.notEqual((await read(world.reviewer, one.closure.id)).stage, 'in_review', one.closure.id);
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('two browsers race on one case: one decides, the other one is told that it changed while they looked', async () => {
    const one = await applied();
    const windows = [];
    for (const as of ['rita', 'rob']) windows.push(await windowAt(browser, desk, { as }));
    for (const { page, at } of windows) {
      await at(`/cases/${one.closure.id}`);
      await decision(page).getByRole('button', { name: /Reject|Approve/ }).first().waitFor();
    }
    const [rita, rob] = windows.map(({ page }) => page);
    for (const [page, key] of [[rita, 'a'], [rob, 'r']]) {
      await page.keyboard.press(key);
      await page.getByRole('dialog').getByLabel('Reason', { exact: true }).fill('looked at it all');
    }
    const send = (page, name) => page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
    await Promise.all([send(rita, 'Approve'), send(rob, 'Reject')]);
    const [first] = await Promise.all([Promise.race(windows.map(async ({ page }, i) => { await page.getByRole('dialog').getByRole('alert').waitFor(); return i; }))]);
    assert.match(await windows[first].page.getByRole('dialog').getByRole('alert').innerText(), /changed since you looked/);
    const winner = windows[1 - first].page;
    await decision(winner).getByText(first === 1 ? 'Approved.' : 'Rejected.').waitFor();
    const { stage } = await read(world.reviewer, one.closure.id);
    assert.equal(stage === 'rejected', first === 0, 'as the one who was first decided');
    for (const { wrong, context } of windows) {
      assert.deepEqual(wrong, []);
      await context.close();
    }
  });

  test('shows what is wanted, by whom, proved how far, the money and what happened, with nothing that axe finds', async () => {
    const one = await applied();
    for (const [locale, words] of [['en', ['Code by SMS', 'Credit, paid back', 'The closure was applied for', 'In review', 'documents']], ['zh-CN', ['短信验证码', '话费，退还', '审核中']]])
      for (const colorScheme of ['light', 'dark']) {
        const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'rita', locale, colorScheme, viewport: { width: 1024, height: 768 } });
        await at(`/cases/${one.closure.id}`);
        await page.locator('.timeline li').first().waitFor();
        const seen = await page.locator('main').innerText();
        for (const word of words.slice(0, -1)) assert.ok(seen.includes(word), `${word} in ${seen}`);
        assert.ok(!seen.includes(one.subscriber.person.full_name), 'a name is not shown before it is asked for');
        assert.deepEqual(await axeFindings(page), []);
        assert.ok(await tooWide(page) <= 0);
        assert.deepEqual(wrong, []);
        await context.close();
      }
  });

  test('an agent looks and does not decide; a name is shown for a reason, which is counted, and masked again; its owner and an administrator see that it was', async () => {
    const one = await applied();
    const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'anna' });
    await page.clock.install();
    await at(`/cases/${one.closure.id}`);
    await decision(page).getByText('Agents look').waitFor();
    assert.equal(await decision(page).getByRole('button').count(), 0);
    await page.getByRole('button', { name: 'Show name, document and account' }).click();
    await say(page, 'Reason', 'the customer is on the phone', 'Show');
    await page.getByText(one.subscriber.person.full_name).first().waitFor();
    assert.equal((await world.admin.get(`/v1/subscribers/${one.subscriber.id}`)).body.staff_reads, 1);
    await until(async () => { await page.clock.fastForward(121_000); return await page.getByText(one.subscriber.person.full_name).first().count() === 0; }, { what: 'it to be masked again', everyMs: 500 });
    assert.deepEqual(wrong, []);
    await context.close();
    const owner = await signedIn(world, portal, one.subscriber.id);
    await owner.get('/activity');
    assert.match(owner.words, /Who looked at your data.*your name, document, account/);
    assert.ok(!owner.words.includes('anna'), 'the role, not the name');
    const ada = await windowAt(browser, desk, { as: 'ada' });
    await ada.at(`/lines/${one.id}`);
    await ada.page.locator('#looks tbody').getByText('the customer is on the phone').waitFor();
    assert.match(await ada.page.locator('#looks tbody').innerText(), /Agent anna/);
    assert.deepEqual(await axeFindings(ada.page), []);
    assert.deepEqual(ada.wrong, []);
    await ada.context.close();
  });

  test('who took part is told so before they try, and somebody else rejects with a reason that the customer reads', async () => {
    const someone = await someoneOf(world, { policy: 'reviewed' });
    const customer = await world.as(someone.subscriber.id);
    const closure = await open(customer, someone.id);
    await desk.staff.rita.post(`/v1/closures/${closure.id}/evidence`, { kind: 'id_document', passed: true, method: 'seen', shown: someone.subscriber.person.document_number });
    await accept(customer, closure);
    await declineBackup(customer, closure);
    await proveByOtp(customer, world.smsc, closure, someone.number);
    await submit(customer, closure);
    const rita = await windowAt(browser, desk, { as: 'rita' });
    await rita.at(`/cases/${closure.id}`);
    await decision(rita.page).getByText('You took part in this case').waitFor();
    assert.equal(await decision(rita.page).getByRole('button').count(), 0);
    await rita.page.keyboard.press('a');
    assert.equal(await rita.page.getByRole('dialog').count(), 0);
    const rob = await windowAt(browser, desk, { as: 'rob' });
    await rob.at(`/cases/${closure.id}`);
    await decision(rob.page).getByRole('button', { name: /Reject/ }).click();
    await rob.page.getByRole('dialog').getByLabel('Often').selectOption({ index: 2 });
    await rob.page.getByRole('dialog').getByRole('button', { name: 'Reject' }).click();
    await decision(rob.page).getByText('Rejected').waitFor();
    const after = await read(customer, closure.id);
    assert.deepEqual([after.stage, after.decision_reason], ['rejected', 'The document that was shown does not fit what is on file']);
    assert.deepEqual([...rita.wrong, ...rob.wrong], []);
    await rita.context.close();
    await rob.context.close();
  });

  test('two on a case of high risk; the first is told that it takes another', async () => {
    const someone = await someoneOf(world, { policy: 'reviewed' });
    await world.agent.post(`/v1/lines/${someone.id}/sim-change`);
    const customer = await world.as(someone.subscriber.id);
    const closure = await open(customer, someone.id);
    await accept(customer, closure);
    await declineBackup(customer, closure);
    await proveByOtp(customer, world.smsc, closure, someone.number);
    for (const [kind, shown] of [['id_document', someone.subscriber.person.document_number], ['bank_card', someone.subscriber.person.refund_iban], ['callback']])
      await world.system.post(`/v1/closures/${closure.id}/evidence`, { kind, passed: true, method: 'verification service', shown });
    await submit(customer, closure);
    for (const [as, lead, stage] of [['rita', /takes two/, 'in_review'], ['rob', /goes on/, 'unbinding']]) {
      const { page, wrong, at, context } = await windowAt(browser, desk, { as });
      await at(`/cases/${closure.id}`);
      await page.getByText('The SIM or eSIM was changed lately.').waitFor();
      await decision(page).getByRole('button', { name: /Approve/ }).click();
      assert.match(await page.getByRole('dialog').innerText(), lead);
      await say(page, 'Reason', 'all of it fits', 'Approve');
      await decision(page).getByText('Approved.').waitFor();
      assert.equal((await read(world.reviewer, closure.id)).stage, stage);
      if (as === 'rita') await decision(page).getByText('You approved it already').waitFor();
      assert.deepEqual(wrong, []);
      await context.close();
    }
  });

  test('a loss that is reported while a case of low risk is reviewed takes two, and the page says so', async () => {
    const one = await applied();
    assert.equal((await read(world.reviewer, one.closure.id)).approvals_wanted, 1);
    await world.agent.post(`/v1/lines/${one.id}/lost`, { how: 'call' });
    const reported = await read(world.reviewer, one.closure.id);
    assert.deepEqual([reported.approvals_wanted, reported.approvals_counted, reported.risk.level], [2, 0, 'high']);
    assert.equal((await read(one.customer, one.closure.id)).approvals_wanted, undefined);
    for (const [as, lead] of [['rita', /takes two/], ['rob', /goes on/]]) {
      const { page, wrong, at, context } = await windowAt(browser, desk, { as });
      await at(`/cases/${one.closure.id}`);
      if (as === 'rob') await decision(page).getByText(/signed first/).waitFor();
      await decision(page).getByRole('button', { name: /Approve/ }).click();
      assert.match(await page.getByRole('dialog').innerText(), lead);
      await say(page, 'Reason', 'called the owner back', 'Approve');
      await decision(page).getByText(as === 'rita' ? /A second person has to approve/ : 'Approved.').waitFor();
      assert.equal((await read(world.reviewer, one.closure.id)).stage === 'in_review', as === 'rita');
      assert.deepEqual(wrong, []);
      await context.close();
    }
  });

  test('what changed while somebody looked is not decided before they have seen it', async () => {
    const one = await applied();
    const { page, at, context } = await windowAt(browser, desk, { as: 'rita' });
    await at(`/cases/${one.closure.id}`);
    await decision(page).getByRole('button', { name: /Approve/ }).click();
    await page.route(`**/v1/closures/${one.closure.id}/approval`, async (route) => {
      await world.second.post(`/v1/closures/${one.closure.id}/information-requests`, { what: 'a better photo' });
      await route.continue();
    }, { times: 1 });
    await say(page, 'Reason', 'documents fit', 'Approve');
    await page.getByRole('dialog').getByRole('alert').getByText(/changed since you looked/).waitFor();
    assert.equal((await read(world.reviewer, one.closure.id)).approvals?.length ?? 0, 0);
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('a better photo').first().waitFor();
    assert.equal(await decision(page).getByRole('button', { name: /information/ }).count(), 0, 'it was asked for already');
    await context.close();
  });

  test('asks for information, and the clock stands still', async () => {
    const one = await applied();
    const { page, at, context } = await windowAt(browser, desk, { as: 'rob' });
    await at(`/cases/${one.closure.id}`);
    await decision(page).getByRole('button', { name: /information/ }).waitFor();
    await page.keyboard.press('i');
    await say(page, 'What is wanted (the customer reads this)', 'the back of the card', 'Ask for information');
    await decision(page).getByText('Asked. The clock stands still.').waitFor();
    assert.equal((await read(one.customer, one.closure.id)).info_wanted, 'the back of the card');
    await context.close();
  });

  test('what an applicant asked to be checked stands in a list and is settled in its case by an agent, who is told of what they asked for themselves', async () => {
    const one = await someoneOf(world, { policy: 'checked' });
    const customer = await world.as(one.subscriber.id);
    const closure = await open(customer, one.id);
    await accept(customer, closure);
    await declineBackup(customer, closure);
    const papers = `/v1/subscribers/${one.subscriber.id}/documents?purpose=id_document`;
    const ask = async () => {
      const { body: document } = await customer.post(papers, PICTURE, { headers: { 'content-type': 'image/png' } });
      await customer.post(`/v1/closures/${closure.id}/checks`, { kind: 'id_document', document: document.id });
    };
    await ask();
    await customer.post(`/v1/closures/${closure.id}/checks`, { kind: 'callback', contact: 'phone', hours: { from: 9, until: 12 } });
    const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'anna' });
    await at('/checks');
    await page.getByText('between 9:00 and 12:00').waitFor();
    assert.deepEqual(await axeFindings(page), []);
    // By kind, and by keyboard: the one at hand is marked, and Enter leads to its case.
    const mine = page.locator(`main li[data-id^="${closure.id} "]`);
    const kinds = page.locator('form.filters select');
    await kinds.selectOption('callback');
    await page.waitForURL(/kind=callback/);
    await until(async () => await mine.count() === 1, { what: 'the other kind to be left out' });
    await page.getByText('between 9:00 and 12:00').waitFor();
    await page.getByRole('heading', { level: 1 }).click();
    await page.keyboard.press('j');
    await page.locator('main li.at').waitFor();
    await kinds.selectOption('');
    await until(async () => await mine.count() === 2, { what: 'both kinds' });
    await mine.first().getByRole('link').focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(new RegExp(`/cases/${closure.id}`));
    const proof = page.getByRole('region', { name: 'Who proved what' });
    const fits = proof.getByRole('button', { name: 'It fits' });
    await fits.first().click();
    await say(page, 'Number of what was shown', '110101199003070000', 'It fits');
    await page.getByRole('dialog').getByRole('alert').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await proof.getByText('Did not fit').waitFor();

    await ask();
    await page.reload();
    await fits.nth(1).waitFor();
    await page.getByRole('button', { name: 'Look at it' }).click();
    await say(page, 'Reason', 'to compare it', 'Look at it');
    await page.getByRole('img', { name: /your name over it/ }).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await fits.nth(1).click();
    await say(page, 'Number of what was shown', one.subscriber.person.document_number, 'It fits');
    await proof.getByText('Noted.').waitFor();
    await fits.nth(1).waitFor({ state: 'detached' });
    // One of theirs did not fit already: somebody else says so of the second.
    await proof.getByRole('button', { name: 'It does not fit' }).click();
    const dialog = page.getByRole('dialog');
    assert.equal(await dialog.getByLabel('Or in words of your own').count(), 0, 'who does not decide chooses from the list');
    await dialog.locator('select[name=why]').selectOption('no_answer');
    await dialog.getByRole('button', { name: 'It does not fit' }).click();
    await dialog.getByRole('alert').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await desk.staff.rita.post(`/v1/closures/${closure.id}/checks/2`, { passed: false, method: 'called', why: 'no_answer' });
    await page.reload();
    await proof.getByText('nobody answered the phone').waitFor();
    assert.deepEqual((await read(world.reviewer, closure.id)).checks.map(({ state }) => state), ['failed', 'failed', 'passed']);
    assert.equal(await page.getByRole('button', { name: 'Look at it' }).count(), 0, 'nothing names a document any more');

    await desk.staff.anna.post(`/v1/closures/${closure.id}/checks`, { kind: 'callback', contact: 'phone' });
    await page.reload();
    await proof.getByText('somebody else says how it went').waitFor();
    assert.equal(await fits.count(), 0);
    assert.deepEqual(await axeFindings(page), []);
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('a document is drawn for a reason with the name of who looks, and goes', async () => {
    const one = await applied();
    await one.customer.keepline.api('POST', `/v1/subscribers/${one.subscriber.id}/documents?purpose=id_document`, { token: one.customer.token, body: PICTURE, headers: { 'content-type': 'image/png' }, idempotencyKey: 'picture-1' });
    const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'rita' });
    await at(`/cases/${one.closure.id}`);
    await page.getByRole('button', { name: 'Look at it' }).click();
    await say(page, 'Reason', 'to compare the face', 'Look at it');
    await page.getByRole('img', { name: /your name over it/ }).waitFor();
    await page.waitForFunction(() => document.querySelector('canvas').width > 300);
    assert.deepEqual(wrong, []);
    await context.close();
  });

  test('whoever decides reads above the buttons what has happened since, and what a customer reads is written in their language', async () => {
    const one = await applied({ language: 'zh-CN' });
    const { closure } = one;
    await world.agent.post(`/v1/lines/${one.id}/lost`, { how: 'call' });
    await world.agent.post(`/v1/lines/${one.id}/top-ups`, { amount: yuan(5000), reference: 'till-77' });
    const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'rita' });
    await at(`/cases/${closure.id}`);
    await decision(page).getByText(/locked as lost since/).waitFor();
    await decision(page).getByText(/Credit on the line is/).waitFor();
    await decision(page).getByRole('button', { name: /information/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/The customer reads Chinese/).waitFor();
    await dialog.getByLabel('Often').selectOption({ label: 'Photos of both sides of your identity document' });
    assert.deepEqual(await axeFindings(page), []);
    await dialog.getByRole('button', { name: 'Ask for information' }).click();
    await decision(page).getByText('Asked. The clock stands still.').waitFor();
    assert.equal((await world.reviewer.get(`/v1/closures/${closure.id}`)).body.info_wanted, '身份证件正反两面照片');
    await decision(page).getByText(/We wait for the customer's answer/).waitFor();
    await page.getByRole('button', { name: 'They say: it was not me' }).click();
    await dialog.getByLabel(/told me so/).check();
    await dialog.getByRole('button', { name: 'They say: it was not me' }).click();
    await page.getByText('Stopped. Reviewers find it under Stopped.').waitFor();
    assert.equal((await world.reviewer.get(`/v1/closures/${closure.id}`)).body.stage, 'fraud_hold');
    assert.deepEqual(wrong, []);
    await context.close();
  });
});
