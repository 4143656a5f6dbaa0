// The devices of a line in the portal, with our own SM-DP+ and keepline-phone: installed by what the page shows, moved, moved back, stopped.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { countersign } from '../e2e/journey.mjs';
import { newNumber, newSubscriber } from '../e2e/people.mjs';
import { fromSvg, readQr } from '../e2e/qr.mjs';
import { startSmdpWorld } from '../e2e/smdp.mjs';
import { freePort, until } from '../peers/wait.mjs';
import { portalAt, signedIn } from './browser.mjs';

let world, portal;
before(async () => {
  portal = portalAt(await freePort());
  world = await startSmdpWorld({ peers: ['hlr', 'smsc'], pki: { cards: 6 }, config: portal.config });
  await world.provide(9);
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

async function newLineOnSmdp() {
  const subscriber = newSubscriber({ language: 'en' });
  const number = newNumber();
  await world.system.post('/v1/subscribers', subscriber);
  const { body } = await world.agent.post('/v1/lines', { number, subscriber: subscriber.id, policy: 'quick', profile_type: 'basic' });
  const browser = await signedIn(world, portal, subscriber.id);
  return { subscriber, number, id: body.id, browser };
}
const waiting = (one) => until(async () => {
  await one.browser.get(`/devices?line=${one.id}`);
  return /href="(\/devices\/\d+\?line=[^"]+)">Install/.exec(one.browser.page.html)?.[1];
}, { what: 'an eSIM that waits' });
const codeOn = ({ browser }) => /LPA:1\$[^<]+/.exec(browser.words)?.[0].split(' ')[0];
const iccidIn = (path) => /\/devices\/(\d+)/.exec(path)[1];
/** Another profile for a line that somebody has: an agent asks, a reviewer signs. */
const furtherProfile = async (one) => countersign(world.second, one.id, await world.agent.post(`/v1/lines/${one.id}/profiles`, { type: 'basic' }));

/** Downloads by the code of the device's page, and switches it on: the phone. */
async function installed(one, at) {
  await one.browser.get(at);
  const phone = await world.phone();
  await phone.download(codeOn(one));
  await phone.enable(iccidIn(at));
  await until(async () => (await profiles(one)).find(({ serving }) => serving)?.iccid === iccidIn(at), { what: 'the device to serve', timeoutMs: 60_000 });
  return phone;
}
const profiles = async (one) => (await world.agent.get(`/v1/lines/${one.id}`)).body.profiles;

describe('an eSIM that waits for its download', () => {
  test('is shown as a picture, as text, and as the links by which a phone installs it on itself', async () => {
    const one = await newLineOnSmdp();
    const at = await waiting(one);
    await one.browser.click(at);
    const code = codeOn(one);
    assert.match(code, /^LPA:1\$/);
    for (const host of ['esimsetup.apple.com', 'esimsetup.android.com']) assert.ok(one.browser.page.html.includes(`href="https://${host}/esim_qrcode_provisioning?carddata=${code}" rel="noreferrer"`), host);
    assert.equal(one.browser.page.headers.get('referrer-policy'), 'same-origin', 'a page of theirs does not hear of ours');
    const picture = /src="(\/devices\/\d+\/code\.svg[^"]*)"/.exec(one.browser.page.html)[1];
    const { bytes, headers } = await one.browser.get(picture);
    assert.equal(headers.get('content-type'), 'image/svg+xml');
    assert.equal(headers.get('cache-control'), 'no-store');
    assert.equal(readQr(fromSvg(bytes.toString())), code);

    await installed(one, at);
    await one.browser.get(`/devices?line=${one.id}`);
    assert.match(one.browser.words, /has the number now/);
    await one.browser.click(at);
    assert.equal(codeOn(one), undefined, 'it waits no more');
    assert.match(one.browser.words, /Report a lost phone/);
  });

  test('is somebody else\'s nowhere, and stopped by its owner', async () => {
    const one = await newLineOnSmdp();
    const first = await waiting(one);
    const phone = await installed(one, first);
    await furtherProfile(one);
    const at = await waiting(one);
    const iccid = iccidIn(at);
    assert.notEqual(iccid, iccidIn(first));
    const stranger = await newLineOnSmdp();
    for (const path of [`/devices/${iccid}?line=${one.id}`, `/devices/${iccid}/code.svg?line=${one.id}`, `/devices?line=${one.id}`, `/devices/${iccid}?line=${stranger.id}`, `/devices/${iccid}/code.svg?line=${stranger.id}`]) assert.equal((await stranger.browser.get(path)).status, 404, path);
    await one.browser.click(at);
    await one.browser.submit(`/devices/${iccid}/stop`);
    assert.equal(one.browser.page.status, 200, one.browser.words);
    await until(async () => (await profiles(one)).find((each) => each.iccid === iccid).state === 'cancelled', { what: 'the order to be taken back', timeoutMs: 60_000 });
    await one.browser.get(`/devices/${iccid}?line=${one.id}`);
    assert.equal(codeOn(one), undefined);
    assert.ok(phone);
  });
});

describe('a move of the number', () => {
  test('is undone by a saved code; a profile that is stopped serves again by one', async () => {
    const one = await newLineOnSmdp();
    await one.browser.get(`/codes?line=${one.id}`);
    await one.browser.submit('/codes');
    const codes = [...one.browser.page.html.matchAll(/<li class="code">([^<]+)<\/li>/g)].map(([, code]) => code);
    const first = await waiting(one);
    await installed(one, first);
    await furtherProfile(one);
    const second = await waiting(one);
    await installed(one, second);
    await one.browser.get(`/devices?line=${one.id}`);
    assert.match(one.browser.words, /The number has moved to another device/);
    await one.browser.submit('/devices/undo', { saved: 'aaaa-bbbb-cccc-dddd' });
    assert.equal(one.browser.page.status, 422, one.browser.words);
    await one.browser.submit('/devices/undo', { saved: codes[0] });
    assert.equal(one.browser.page.path, `/devices?line=${one.id}`, one.browser.words);
    assert.equal((await profiles(one)).find(({ serving }) => serving).iccid, iccidIn(first));

    await one.browser.get(second);
    assert.match(one.browser.words, /It is stopped/, 'the number never goes back there by itself');
    await one.browser.submit(`/devices/${iccidIn(second)}/use`, { saved: 'aaaa-bbbb-cccc-dddd' });
    assert.equal(one.browser.page.status, 422, one.browser.words);
    await one.browser.submit(`/devices/${iccidIn(second)}/use`, { saved: codes[1] });
    assert.equal(one.browser.page.status, 200, one.browser.words);
    assert.doesNotMatch(one.browser.words, /It is stopped/);
  });
});

describe('a further eSIM', () => {
  test('is ordered with a saved code, downloaded by a second phone, and takes the number along', async () => {
    const one = await newLineOnSmdp();
    await one.browser.get(`/codes?line=${one.id}`);
    await one.browser.submit('/codes');
    const codes = [...one.browser.page.html.matchAll(/<li class="code">([^<]+)<\/li>/g)].map(([, code]) => code);
    const first = await waiting(one);
    await installed(one, first);
    await one.browser.get(`/devices?line=${one.id}`);
    await one.browser.submit('/devices/new', { saved: 'aaaa-bbbb-cccc-dddd' });
    assert.equal(one.browser.page.status, 422, one.browser.words);
    assert.equal((await profiles(one)).length, 1, 'a wrong code orders nothing');
    await one.browser.submit('/devices/new', { saved: codes[0] });
    assert.equal(one.browser.page.status, 200, one.browser.words);
    const second = await waiting(one);
    assert.notEqual(iccidIn(second), iccidIn(first));
    await installed(one, second);
    await one.browser.get(`/devices?line=${one.id}`);
    assert.match(one.browser.words, /The number has moved to another device/);
    await one.browser.get(`/codes?line=${one.id}`);
    assert.equal((await world.agent.get(`/v1/lines/${one.id}`)).body.recovery_codes_left, codes.length - 1, 'the code is used up');
  });
});
