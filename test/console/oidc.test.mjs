// Signing in at the console with a work account: one button, there and back; and what is said to whoever is turned away.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { temporaryFolder } from '../peers/child.mjs';
import { CLIENT, SECRET, STRONG, startOidc } from '../peers/oidc.mjs';
import { freePort } from '../peers/wait.mjs';
import { startChromium, windowAt } from './console.mjs';
import { startWorld } from '../e2e/world.mjs';

const people = { 'u-rea': { name: 'rea', groups: ['reviewers'] }, 'u-nora': { name: 'nora', groups: [] }, 'u-eve': { name: 'eve', groups: ['admins'] } };
let browser;
let desk;
let provider;
before(async () => {
  const [port, there] = [await freePort(), await freePort()];
  const origin = `http://localhost:${port}`;
  const secret = path.join(temporaryFolder('oidc'), 'secret');
  writeFileSync(secret, SECRET);
  provider = await startOidc({ port: there, origin, people, logoutTo: `http://127.0.0.1:${port}` });
  const world = await startWorld({
    peers: [], port,
    config: { console: { origin, local_accounts: 'never' }, oidc: { issuer: provider.issuer, client_id: CLIENT, client_secret_file: secret, roles: ['reviewers = reviewer', 'admins = admin'], names: ['u-rea = rea', 'u-eve = eve'], step_up_acr_values: [STRONG] } },
  });
  desk = { world, origin, staff: {} };
  browser = await startChromium();
}, { timeout: 180_000 });
after(async () => { await browser?.close(); await desk?.world.stop(); await provider?.stop(); });

/** The provider is told who sits there: it has no page of its own here. */
const windowOf = (person) => {
  provider.sitting = person;
  return windowAt(browser, desk);
};

test('one button, there and back, and out again', { timeout: 180_000 }, async () => {
  const { page, at, wrong } = await windowOf('u-rea');
  await at('');
  assert.equal(await page.getByLabel('Password').count(), 0, 'no accounts here');
  await page.getByRole('link', { name: 'Sign in with your work account' }).click();
  await page.getByText('rea', { exact: false }).first().waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${provider.issuer}/**`);
  assert.deepEqual(wrong, []);
});

test('whoever has no role is told so, in words', { timeout: 180_000 }, async () => {
  const { page, at, wrong } = await windowOf('u-nora');
  await at('');
  await page.getByRole('link', { name: 'Sign in with your work account' }).click();
  await page.getByRole('alert').filter({ hasText: 'no role here' }).waitFor();
  assert.deepEqual(wrong, []);
});

test('an account is made once it is proved anew in another tab, and what was typed is sent as it was', { timeout: 180_000 }, async () => {
  const { context, page, at, wrong } = await windowOf('u-eve');
  await at('');
  await page.getByRole('link', { name: 'Sign in with your work account' }).click();
  await page.getByRole('link', { name: 'Access' }).click();
  await page.getByRole('button', { name: 'Make an account' }).click();
  const asks = page.getByRole('dialog').filter({ has: page.getByLabel('Name') });
  await asks.getByLabel('Name').fill('abel');
  await asks.getByRole('button', { name: 'Make an account' }).click();
  const proof = page.getByRole('dialog', { name: 'Is it still you?' });
  await proof.waitFor();
  const prove = async () => {
    const [tab] = await Promise.all([context.waitForEvent('page'), proof.getByRole('link', { name: 'Show it with your work account' }).click()]);
    await tab.getByText('Close this tab').waitFor();
    await tab.close();
  };
  await prove(); // the provider does it in its usual way
  await proof.getByRole('alert').waitFor();
  provider.proves = STRONG;
  await prove();
  await proof.waitFor({ state: 'detached' });
  await asks.waitFor({ state: 'detached' });
  await page.getByRole('row').filter({ hasText: 'abel' }).waitFor();
  assert.deepEqual(wrong, []);
});
