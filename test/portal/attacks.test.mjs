// What must not come through the portal: other sites' forms, other people's cases, text that becomes markup, pages that are kept.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { newLine, newSubscriber } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { freePort } from '../peers/wait.mjs';
import { Browser, SESSION, formsOf, portalAt, signedIn, spaced, withoutOwnScript } from './browser.mjs';

const NAME = '"><script>alert(1)</script><img src=x onerror=alert(2)> 保号 שלום ✂️ {{form_token}} [[line.title]]';
const HOSTILE = `${NAME} \u202e\u200b`; // what is imported must not hold these two

const PDF = '%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n';

let world, portal, victim, other;
before(async () => {
  portal = portalAt(await freePort());
  world = await startWorld({ peers: ['hlr', 'smsc'], config: { ...portal.config, messages: { operator_name: `A & B ${NAME.slice(0, 40)}`, hotline: '10099' } } });
  const someone = async (over) => {
    const subscriber = newSubscriber({ language: 'en', name: NAME });
    const line = newLine({ policy: 'cn', ...over });
    return { subscriber, line, id: (await world.takeOver(subscriber, line)).id };
  };
  victim = await someone({ contract: { ends: '2027-12-31', monthly: { minor: 100, currency: 'CNY' }, fixed_fee: { minor: 100, currency: 'CNY' }, document: NAME.slice(0, 60) } });
  other = await someone();
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const opened = async () => {
  const browser = await signedIn(world, portal, victim.subscriber.id);
  await browser.get(`/close?line=${victim.id}`);
  if (browser.page.path.startsWith('/close')) await browser.submit('/close', { reason: 'not_needed' });
  return { browser, at: browser.page.path };
};

describe('forms', () => {
  test('of another origin are refused, whatever the browser says of it', async () => {
    const browser = await signedIn(world, portal, other.subscriber.id);
    await browser.get(`/lost?line=${other.id}`);
    const body = browser.filled('/lost');
    for (const headers of [
      { origin: 'https://evil.example' }, { origin: 'http://localhost:1' }, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }, { 'sec-fetch-site': 'none' },
      { origin: 'null', 'sec-fetch-site': '' }, { origin: '', 'sec-fetch-site': '' }, { 'content-type': 'text/plain' }, { 'content-type': 'application/json' },
    ]) {
      const { status } = await browser.request('POST', '/lost', { body, headers });
      assert.ok([400, 403].includes(status), `${JSON.stringify(headers)} → ${status}`);
    }
    assert.equal((await world.agent.get(`/v1/lines/${other.id}`)).body.locked_since, undefined);
  });

  test('without the token of the session, or with that of another, are refused', async () => {
    const browser = await signedIn(world, portal, other.subscriber.id);
    const stranger = await signedIn(world, portal, victim.subscriber.id);
    await stranger.get(`/lost?line=${victim.id}`);
    const theirs = new URLSearchParams(stranger.filled('/lost')).get('form');
    for (const form of ['', 'x', theirs]) {
      const { status } = await browser.request('POST', '/lost', { body: new URLSearchParams({ form, once: '1', line: other.id, device: '' }).toString() });
      assert.equal(status, 403);
    }
  });

  test('that are too long, or are not what browsers send, are answered and no more', async () => {
    const browser = await signedIn(world, portal, other.subscriber.id);
    for (const body of ['a=%', 'a=%00', 'a=%ff', 'a=1&'.repeat(200), `a=${'x'.repeat(20_000)}`]) {
      const { status, headers } = await browser.request('POST', '/lost', { body });
      assert.ok([400, 403, 413].includes(status), `${body.slice(0, 10)} → ${status}`);
      assert.match(headers.get('content-type'), /^text\/html/);
    }
  });
});

describe('somebody else\'s', () => {
  test('pages and forms find nothing, and say nothing', async () => {
    const { at } = await opened();
    const { iccid } = victim.line.profiles[0];
    const owner = await world.as(victim.subscriber.id);
    const document = (await owner.post(`/v1/subscribers/${victim.subscriber.id}/documents?purpose=other`, Buffer.from(PDF), { headers: { 'content-type': 'application/octet-stream' } })).body.id;
    const stranger = await signedIn(world, portal, other.subscriber.id);
    for (const path of ['', '/quote', '/quote/part', '/quote/live', '/backup', '/backup.zip', '/proof', '/check', '/stop', '/certificate', '/certificate.jws', '/certificate.pdf', '/part', '/live', '/accounts'].map((step) => at + step).concat(
      ['line', 'lost', 'found', 'close', 'lock', 'codes', 'money', 'activity', 'dates', 'dates.ics', 'devices', `devices/${iccid}`, `devices/${iccid}/code.svg`].map((page) => `/${page}?line=${victim.id}`),
      `/devices/${iccid}?line=${other.id}`, `/devices/${iccid}/code.svg?line=${other.id}`, `${at}/disputes`, `/documents/${document}`, '/contacts/theirs')) {
      const { status, html } = await stranger.get(path);
      assert.equal(status, 404, path);
      assert.ok(!html.includes(victim.line.number) && !html.includes(spaced(victim.line.number)), path);
    }
    await stranger.get(`/lost?line=${other.id}`);
    const form = new URLSearchParams(stranger.filled('/lost')).get('form');
    const said = { form, once: 'x', line: victim.id, reason: 'other', quote: '1', choice: 'decline', contact: 'line', code: '12345678', saved: 'abc', device: '', type: 'basic', information: 'x', lock: 'on', about: 'other', words: 'x', serial: '1' };
    for (const path of ['/quote', '/new-quote', '/backup', '/codes', '/proof', '/saved-code', '/submission', '/information', '/withdrawal', '/repudiation', '/accounts', '/document', '/card', '/call', '/check-withdrawal'].map((step) => at + step).concat(
      '/lost', '/found', '/close', '/lock', '/codes', '/devices/undo', '/devices/new', '/passkeys/1/removal', `/devices/${iccid}/stop`, `/devices/${iccid}/use`, `${at}/disputes`, `${at}/dispute-withdrawal`,
      `/documents/${document}/removal`, '/contacts/theirs/codes', '/contacts/theirs/proof', '/contacts/theirs/removal', '/disclosures/1/stop', '/disclosures/1/archive',
      '/representatives/1/objection', '/representatives/1/end')) {
      const { status } = await stranger.request('POST', path, { body: new URLSearchParams(said).toString() });
      assert.equal(status, 404, path);
    }
    const { customer_lock: locked, recovery_codes_left: codes } = (await world.agent.get(`/v1/lines/${victim.id}`)).body;
    assert.deepEqual([locked, codes], [false, 0]);
    assert.equal((await owner.get(`/v1/subscribers/${victim.subscriber.id}/documents`)).body.items.length, 1);
  });

  test('tokens open nothing: not staff\'s, not a machine\'s, none at all', async () => {
    for (const token of [world.admin.token, world.agent.token, world.system.token, world.portal.token, 'nonsense', '']) {
      const browser = new Browser(portal);
      browser.cookies.set(SESSION, token);
      const { location, status } = await browser.request('GET', '/line', { follow: false });
      assert.deepEqual([status, location], [303, '/?ended=1']);
    }
  });

  test('session ends when its owner signs out, and those on other devices stay', async () => {
    const one = await signedIn(world, portal, other.subscriber.id);
    const two = await signedIn(world, portal, other.subscriber.id);
    await one.get('/line');
    const taken = one.clone();
    await one.submit('/sign-out');
    assert.ok(!one.cookies.has(SESSION));
    assert.match(one.words, /signed out on this device/);
    assert.equal((await taken.request('GET', '/line', { follow: false })).status, 303, 'also for whoever took the cookie');
    assert.equal((await two.request('GET', '/line', { follow: false })).status, 200);
  });

  test('sessions end when their owner signs out on every device', async () => {
    const one = await signedIn(world, portal, other.subscriber.id);
    const two = await signedIn(world, portal, other.subscriber.id);
    await one.get('/line');
    const taken = one.clone();
    await one.get('/sessions');
    await one.submit('/sign-out/everywhere');
    assert.ok(!one.cookies.has(SESSION));
    for (const browser of [taken, two]) assert.equal((await browser.request('GET', '/line', { follow: false })).status, 303);
  });
});

describe('pages', () => {
  test('show hostile text as text, in every place that has it', async () => {
    const { browser, at } = await opened();
    for (const path of ['/line', `/lost?line=${victim.id}`, `/take-back?line=${victim.id}`, '/account', '/contacts', '/documents', '/money', '/activity', '/devices', '/dates', '/representatives', '/disclosures', at, `${at}/quote`, `${at}/backup`, `${at}/proof`, `${at}/check`, `${at}/stop`, '/nothing']) {
      const { html } = await browser.get(path);
      assert.doesNotMatch(withoutOwnScript(html), /<script|<img|onerror=alert\(2\)>/, path);
    }
    await browser.get(`${at}/quote`);
    assert.match(browser.page.html, /&lt;script&gt;/, 'it is there, as text');
    await browser.get(`${at}/proof`);
    await browser.submit(`${at}/codes`, { contact: 'line' });
    const sent = await browser.request('POST', `${at}/proof`, { body: new URLSearchParams({ ...Object.fromEntries(new URLSearchParams(browser.filled(`${at}/proof`))), code: HOSTILE }).toString() });
    assert.ok(sent.status === 422, `${sent.status}`);
    assert.doesNotMatch(withoutOwnScript(sent.html), /<script|<img/);
  });

  test('are kept by nobody, shown in no frame, and load nothing from elsewhere', async () => {
    const { browser, at } = await opened();
    for (const path of ['/', '/line', at, `${at}/proof`, '/nothing']) {
      const { headers, html } = await browser.request('GET', path, { follow: false });
      assert.equal(headers.get('cache-control'), 'no-store', path);
      const policy = headers.get('content-security-policy');
      for (const part of ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'", "script-src 'self'", "connect-src 'self'", "require-trusted-types-for 'script'", 'trusted-types keepline']) assert.ok(policy.includes(part), `${path}: ${policy}`);
      assert.doesNotMatch(policy, /unsafe|\*|http/);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin');
      assert.doesNotMatch(withoutOwnScript(html), /<script|\sstyle=|\son\w+=/);
      assert.doesNotMatch(html.replace(/&[^;]+;/g, ''), /(src|href|action)="(https?:)?\/\//, path);
    }
    const sheet = /href="(\/assets\/[^"]+)"/.exec((await browser.get('/line')).html)[1];
    const { headers } = await browser.get(sheet);
    assert.match(headers.get('cache-control'), /immutable/);
    assert.equal((await browser.get(sheet, { headers: { 'if-none-match': headers.get('etag') } })).status, 304);
  });

  test('send nobody elsewhere, whatever stands in the address', async () => {
    const browser = await signedIn(world, portal, victim.subscriber.id);
    for (const path of ['/?next=https://evil.example', '//evil.example/', '/line?line=//evil.example', '/?lang=//evil.example', '/case/..%2f..%2fetc', '/%2e%2e/line', '/assets/../line']) {
      const { location, headers, status } = await browser.request('GET', path, { follow: false });
      assert.ok(location === null || /^\/(line|\?ended=1)$/.test(location), `${path} → ${status} ${location}`);
      assert.doesNotMatch(headers.get('set-cookie') ?? '', /evil/);
    }
  });

  test('speak the language that was chosen, on every page from then on', async () => {
    const browser = await signedIn(world, portal, victim.subscriber.id, { language: 'fr, zh;q=0.5' });
    assert.match((await browser.get('/line')).html, /<html lang="zh-CN">/);
    const link = /href="([^"]*lang=en[^"]*)"/.exec(browser.page.html)[1].replaceAll('&amp;', '&');
    assert.match((await browser.get(link)).html, /<html lang="en">/);
    assert.match((await browser.get(`/lost?line=${victim.id}`)).html, /<html lang="en">/);
  });

  test('of a stranger have forms that are bound to their browser', async () => {
    const one = new Browser(portal);
    const two = new Browser(portal);
    await one.get('/');
    await two.get('/');
    const token = (browser) => formsOf(browser.page.html)[0].fields.find(({ name }) => name === 'form').value;
    assert.notEqual(token(one), token(two));
    assert.ok(one.given.every((cookie) => /HttpOnly; SameSite=Lax/.test(cookie)), one.given.join('\n'));
  });
});
