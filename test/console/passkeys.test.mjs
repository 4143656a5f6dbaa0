// Passkeys of staff in a real browser with a device that it pretends (WebAuthn over CDP): added with password and a fresh code, used instead of them, not by
// whoever has a session alone, and removed.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Console, PASSWORD, totp } from '../e2e/console.mjs';
import { refused } from '../e2e/client.mjs';
import { axeFindings, noChromium } from '../portal/chromium.mjs';
import { startChromium, startDesk, windowAt } from './console.mjs';

const DEVICE = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };

describe('passkeys of staff', { skip: noChromium }, () => {
  let desk;
  let browser;
  before(async () => {
    desk = await startDesk({ staff: { rita: 'reviewer' } });
    browser = await startChromium();
  }, { timeout: 180_000 });
  after(async () => {
    await browser?.close();
    await desk?.world.stop();
  });

  test('one is added with password and a new code, lets in without them, adds no other, and is removed', { timeout: 180_000 }, async () => {
    const rita = desk.staff.rita;
    const { page, wrong, at, context } = await windowAt(browser, desk, { as: 'rita' });
    const cdp = await context.newCDPSession(page);
    await cdp.send('WebAuthn.enable');
    const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options: DEVICE });

    await at('/sessions');
    await page.getByText('You have no passkey.').waitFor();
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    const dialog = page.getByRole('dialog');
    const prove = async (password, ahead) => {
      await dialog.getByLabel('Password').fill(password);
      await dialog.getByLabel('Code').fill(totp(rita.secret, ahead));
      await dialog.getByRole('button', { name: 'Keep it' }).click();
    };
    await dialog.waitFor();
    assert.deepEqual(await axeFindings(page), []);
    await prove('not the password', 1);
    await dialog.getByRole('alert').waitFor();
    await prove(PASSWORD, 1);
    await page.getByText('You can sign in with it from now on.').waitFor();
    await page.locator('#passkeys li', { hasText: 'A computer' }).waitFor();
    assert.deepEqual(await axeFindings(page), []);

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.locator('#passkeys li', { hasText: 'last used' }).waitFor();
    await page.getByText('by a passkey').waitFor();
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByRole('alert').waitFor(); // a session that a passkey opened makes no other one

    // Nor does whoever has it elsewhere.
    const thief = new Console(desk.world.keepline, desk.origin);
    thief.cookie = (await context.cookies()).find(({ name }) => name === 'keepline_staff').value;
    await refused(thief.post('/v1/staff-passkeys/challenges'), 'evidence-too-weak', 403);

    await page.locator('#passkeys').getByRole('button', { name: 'Remove' }).click();
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor(); // its session went with it
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByRole('alert').waitFor();
    assert.ok(await page.getByLabel('Password').isVisible(), 'the other way stays');

    await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByText(/No passkey of yours signed you in/).waitFor();
    assert.deepEqual(wrong, []);
    await context.close();
  });
});
