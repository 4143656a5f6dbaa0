// Signing in at the console with a work account: one button, there and back; and what is said to whoever is turned away.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { temporaryFolder } from '../peers/child.mjs';
import { CLIENT, SECRET, startOidc } from '../peers/oidc.mjs';
import { freePort } from '../peers/wait.mjs';
import { startChromium, windowAt } from './console.mjs';
import { startWorld } from '../e2e/world.mjs';

const people = { 'u-rea': { name: 'rea', groups: ['reviewers'] }, 'u-nora': { name: 'nora', groups: [] } };
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
    config: { console: { origin, local_accounts: 'never' }, oidc: { issuer: provider.issuer, client_id: CLIENT, client_secret_file: secret, roles: ['reviewers = reviewer'], names: ['u-rea = rea'] } },
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
