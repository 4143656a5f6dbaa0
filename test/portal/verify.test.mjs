// A certificate in anybody's hands: verified by the server and by the browser, refused by both when a bit of it is another, and hostile files.

import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { apply, certificateOf, reach, reportDeleted } from '../e2e/journey.mjs';
import { newLine, newSubscriber, yuan } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { freePort } from '../peers/wait.mjs';
import { Browser, formsOf, portalAt, withoutOwnScript, spaced } from './browser.mjs';
import { noChromium, startChromium, windowOf } from './chromium.mjs';

let world, portal, number, jws;
before(async () => {
  portal = portalAt(await freePort());
  world = await startWorld({ peers: ['hlr', 'vlr', 'smsc'], config: portal.config });
  const subscriber = newSubscriber({ language: 'en', name: 'Nobody Shallread' });
  const line = newLine({ policy: 'cn', balance: yuan(2345) });
  const { id } = await world.takeOver(subscriber, line);
  const closure = await apply(await world.as(subscriber.id), world.smsc, { id }, line.number);
  await reach(world.agent, closure.id, 'unbinding');
  for (const profile of line.profiles) await reportDeleted(world.system, id, profile);
  await reach(world.agent, closure.id, 'closed');
  ({ jws } = await certificateOf(world.agent, closure.id));
  ({ number } = line);
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const b64 = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const GOOD = /We signed this, and nothing in it was changed/;
const BAD = /We did not sign this, or something in it was changed/;

/** The same certificate, but for one thing. */
function tampered() {
  const [head, claims, signature] = jws.split('.');
  const { kid } = JSON.parse(Buffer.from(head, 'base64url'));
  const changed = { ...JSON.parse(Buffer.from(claims, 'base64url')), number: '+8613800000000' };
  const { privateKey } = generateKeyPairSync('ed25519');
  const other = (header, body = claims) => `${b64(header)}.${body}.${sign(null, Buffer.from(`${b64(header)}.${body}`), privateKey).toString('base64url')}`;
  const type = 'keepline-closing+jwt';
  return {
    'another number': `${head}.${b64(changed)}.${signature}`,
    'a bit of the signature': `${head}.${claims}.${(signature[0] === 'A' ? 'B' : 'A') + signature.slice(1)}`,
    'no signature': `${head}.${claims}.`,
    'another key under our name': other({ alg: 'EdDSA', kid, typ: type }),
    'another key of its own name': other({ alg: 'EdDSA', kid: 'mine', typ: type }),
    'no algorithm': `${b64({ alg: 'none', kid, typ: type })}.${claims}.${signature}`,
    'a key in its head': other({ alg: 'EdDSA', kid, typ: type, jwk: { kty: 'OKP', crv: 'Ed25519', x: 'AAAA' } }),
    'another type': `${b64({ alg: 'EdDSA', kid, typ: 'JWT' })}.${claims}.${signature}`,
    'something critical': other({ alg: 'EdDSA', kid, typ: type, crit: ['exp'] }),
  };
}

/** As a browser without script sends a file. */
async function upload(browser, content, { text = '', name = 'a.jws', boundary = '----x1', type = `multipart/form-data; boundary=${boundary}` } = {}) {
  await browser.get('/verify');
  const { fields } = formsOf(browser.page.html).find(({ action }) => action === '/verify');
  const value = (wanted) => fields.find((one) => one.name === wanted).value;
  const part = (head, bytes) => Buffer.concat([Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n`), Buffer.from(bytes), Buffer.from('\r\n')]);
  const body = Buffer.concat([
    part('name="form"', value('form')), part('name="once"', value('once')), part(`name="file"; filename="${name}"`, content), part('name="jws"', text), Buffer.from(`--${boundary}--\r\n`),
  ]);
  return browser.request('POST', '/verify', { body, headers: { 'content-type': type } });
}

describe('a certificate', () => {
  test('is verified from a file and from text, by whoever has it', async () => {
    const browser = new Browser(portal);
    const byFile = await upload(browser, `${jws}\n`);
    assert.equal(byFile.status, 200);
    assert.match(browser.words, GOOD);
    assert.ok(browser.words.includes(spaced(number)));
    assert.ok(!byFile.html.includes('Shallread'), 'it names nobody');
    await browser.get('/verify');
    const token = new URLSearchParams({ form: formsOf(browser.page.html).find(({ action }) => action === '/verify').fields.find(({ name }) => name === 'form').value, once: '1', jws: jws.replace(/(.{64})/g, '$1\r\n ') });
    await browser.request('POST', '/verify', { body: token.toString() });
    assert.match(browser.words, GOOD, 'as a mail broke it');
    const keys = JSON.parse((await browser.get('/verify/keys.json')).bytes);
    assert.deepEqual(keys, (await world.agent.get('/.well-known/jwks.json')).body);
  });

  test('that was tampered with is refused, and what it says is not shown', async () => {
    const browser = new Browser(portal);
    for (const [how, bad] of Object.entries(tampered())) {
      await upload(browser, bad);
      assert.match(browser.words, BAD, how);
      assert.doesNotMatch(browser.words, GOOD, how);
      assert.ok(!browser.words.includes('+8613800000000') && !browser.words.includes(spaced('+8613800000000')) && !browser.words.includes(number) && !browser.words.includes(spaced(number)), how);
    }
  });

  test('that is something else is answered, whatever it is', async () => {
    const browser = new Browser(portal);
    const hostile = ['', ' ', '..', 'a.b.c', `${'a'.repeat(20_000)}.${'b'.repeat(20_000)}.${'c'.repeat(86)}`, '<script>alert(1)</script>.b.c', '\u202e.\u200b.x', Buffer.from([0xff, 0xfe, 0, 1]), Buffer.alloc(60_000, 0x2e),
      '%PDF-1.7', `${b64('['.repeat(10_000))}.${b64('{}')}.${'A'.repeat(86)}`, `${b64({ alg: 'EdDSA', kid: 'x'.repeat(9_000), typ: 'keepline-closing+jwt' })}.e30.${'A'.repeat(86)}`];
    for (const [at, content] of hostile.entries()) {
      const { status, html } = await upload(browser, content);
      assert.ok([200, 422].includes(status), `${at}: ${status}`);
      assert.doesNotMatch(browser.words, GOOD, `${at}`);
      assert.doesNotMatch(withoutOwnScript(html), /<script/, `${at}`);
    }
    for (const content of ['x'.repeat(70_000), 'x'.repeat(150_000)]) assert.equal((await upload(browser, content)).status, 422);
    assert.ok([413, 400].includes((await upload(browser, 'x'.repeat(400_000)).catch(() => ({ status: 413 }))).status));
    for (const type of ['multipart/form-data', 'multipart/form-data; boundary=other', 'multipart/mixed; boundary=----x1']) assert.ok([400, 403].includes((await upload(browser, jws, { type })).status), type);
    assert.equal((await browser.get('/verify')).status, 200, 'and the server is there');
  });
});

describe('a certificate in a browser', { skip: noChromium }, () => {
  let browser;
  before(async () => { if (!noChromium) browser = await startChromium(); });
  after(async () => { await browser?.close(); });
  const verdict = async (page) => {
    await page.locator('browser-verdict:not([hidden])').waitFor();
    return page.locator('browser-verdict').getAttribute('data-verdict');
  };
  const check = async (page, text) => {
    await page.goto(`${portal.origin}/verify`);
    await page.fill('#jws', text);
    await page.click('form[action="/verify"] button[type=submit]');
    await page.locator('#verdict').waitFor();
  };

  test('is verified there, too, and refused there, too', async () => {
    const { page, wrong, asked, context } = await windowOf(browser, portal, world, undefined);
    await check(page, jws);
    assert.match(await page.locator('#verdict').innerText(), GOOD);
    const can = await page.evaluate(() => crypto.subtle.generateKey({ name: 'Ed25519' }, false, ['sign']).then(() => true, () => false));
    assert.equal(await verdict(page), can ? 'good' : 'cannot');
    for (const [how, bad] of Object.entries(tampered())) {
      await check(page, bad);
      assert.match(await page.locator('#verdict').innerText(), BAD, how);
      assert.equal(await verdict(page), can ? 'bad' : 'cannot', how);
    }
    assert.deepEqual(wrong, []);
    assert.deepEqual(asked.filter((url) => !url.startsWith(`${portal.origin}/`) && !url.startsWith('data:')), []);
    await context.close();
  });

  test('says plainly when the browser cannot', async () => {
    const { page, context } = await windowOf(browser, portal, world, undefined);
    await page.addInitScript(() => { SubtleCrypto.prototype.importKey = () => Promise.reject(new DOMException('no', 'NotSupportedError')); });
    await check(page, jws);
    assert.equal(await verdict(page), 'cannot');
    assert.match(await page.locator('browser-verdict').innerText(), /Your browser cannot check such signatures/);
    await context.close();
  });

  test('is chosen as a file, without script as well', async () => {
    for (const javaScriptEnabled of [true, false]) {
      const { page, context } = await windowOf(browser, portal, world, undefined, { javaScriptEnabled });
      await page.goto(`${portal.origin}/verify`);
      await page.setInputFiles('#file', { name: 'certificate.jws', mimeType: 'application/jose', buffer: Buffer.from(jws) });
      await page.click('form[action="/verify"] button[type=submit]');
      assert.match(await page.locator('#verdict').innerText(), GOOD);
      await context.close();
    }
  });
});
