// What somebody hands in, is shown and says about themself in the portal, against the real server: documents, the copy of everything, who
// acts for them, the dates that come, and what is wrong in a certificate.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { apply, codeFromSms, codesSent, countersign, reach, reportDeleted } from '../e2e/journey.mjs';
import { startWorld } from '../e2e/world.mjs';
import { freePort, until } from '../peers/wait.mjs';
import { Browser, portalAt, sendFile, signedIn, signIn, someoneOf } from './browser.mjs';

const PDF = '%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n';

let world, portal;
before(async () => {
  portal = portalAt(await freePort());
  world = await startWorld({ peers: ['hlr', 'smsc'], config: portal.config });
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const someone = (over) => someoneOf(world, over);

describe('documents', () => {
  test('are handed in with a form, opened, and taken back', async () => {
    const one = await someone();
    const browser = await signedIn(world, portal, one.subscriber.id);
    await browser.get('/line');
    await browser.click('/documents');
    await sendFile(browser, '/documents', { purpose: 'power_of_attorney' }, PDF);
    assert.equal(browser.page.path, '/documents', browser.words);
    assert.match(browser.words, /Power of attorney · PDF/);
    const at = /href="(\/documents\/[\w-]+)"/.exec(browser.page.html)[1];
    const { bytes, headers } = await browser.get(at);
    assert.equal(bytes.toString(), PDF);
    assert.match(headers.get('content-disposition'), /^attachment; filename="dc_/);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    const stranger = await signedIn(world, portal, (await someone()).subscriber.id);
    assert.equal((await stranger.get(at)).status, 404);
    await browser.get('/documents');
    await browser.submit(`${at}/removal`);
    assert.match(browser.words, /Nothing has been handed in/);
  });

  test('that are none, too large, hostile or of strangers are refused, and nothing is kept', async () => {
    const one = await someone();
    const browser = await signedIn(world, portal, one.subscriber.id);
    await browser.get('/documents');
    for (const [file, options, wanted] of [
      ['<script>alert(1)</script>', { name: '"><script>.pdf' }, 422], ['MZ\x90\x00', {}, 422], ['%PDF-1.7\n1 0 obj << /S /JavaScript /JS (app.alert(1)) >> endobj\n%%EOF\n', {}, 422], ['', {}, 422], ['<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', { type: 'image/png' }, 422],
      [`${PDF}`, { boundary: 'x'.repeat(71) }, 400], ['\u0000\r\n------b0undary', {}, 400], [PDF, { headers: { origin: 'https://evil.example' } }, 403],
    ]) {
      const { status, html } = await sendFile(browser, '/documents', { purpose: 'other' }, file, options);
      assert.equal(status, wanted, `${file.slice(0, 20)} ${JSON.stringify(options)}: ${browser.words.slice(0, 300)}`);
      assert.doesNotMatch(html, /<script>/);
      await browser.get('/documents');
    }
    await sendFile(browser, '/documents', {}, PDF);
    assert.equal(browser.page.status, 422, 'of no purpose');
    await browser.get('/documents');
    const large = await sendFile(browser, '/documents', { purpose: 'other' }, Buffer.alloc(9 * 1024 * 1024, 0x20)).catch((error) => ({ status: error.cause?.code ?? error.name }));
    assert.ok(large.status === 413 || typeof large.status === 'string', `${large.status}`);
    await browser.get('/documents');
    const stranger = new Browser(portal);
    await stranger.get('/');
    const { body } = { body: browser.filled('/documents', { purpose: 'other' }) };
    const unknown = await stranger.request('POST', '/documents', { body, follow: false });
    assert.ok([303, 403].includes(unknown.status));
    const much = await stranger.request('POST', '/documents', { follow: false, body: Buffer.alloc(100_000, 0x20), headers: { 'content-type': 'multipart/form-data; boundary=b' } }).catch(() => ({ status: 413 }));
    assert.equal(much.status, 413, 'whoever is not signed in sends no file');
    assert.deepEqual((await world.agent.get(`/v1/subscribers/${one.subscriber.id}/documents`)).body.items, []);
  });
});

describe('the copy of everything', () => {
  test('is asked for with a code to the line, waits, and is stopped', async () => {
    const one = await someone();
    const browser = await signIn(new Browser(portal), world.smsc, one.number);
    await browser.click('/disclosures');
    const before = codesSent(world.smsc, one.number);
    await browser.submit('/disclosures/codes', { to: `line.${one.id}` });
    assert.match(browser.words, /on its way/);
    await browser.submit('/disclosures', { code: '00000000' });
    assert.equal(browser.page.status, 422);
    browser.form('/disclosures');
    await browser.submit('/disclosures/codes', { to: `line.${one.id}` });
    assert.equal(browser.page.status, 422, 'another one so soon');
    const code = await codeFromSms(world.smsc, one.number, { after: before });
    await browser.submit('/disclosures', { code });
    assert.match(browser.words, /Being prepared ·.*It is there from/, browser.words);
    await browser.submit('/disclosures/1/stop');
    assert.match(browser.words, /Stopped/);
    const form = new URLSearchParams(browser.filled('/sign-out'));
    assert.equal((await browser.request('POST', '/disclosures/1/archive', { body: form.toString() })).status, 422);
    assert.equal((await browser.request('POST', '/disclosures/7/archive', { body: form.toString() })).status, 404);
  });
});

describe('whoever acts for somebody', () => {
  test('is listed, and stopped by one form', async () => {
    const owner = await someone({ policy: 'quick' });
    const friend = await someone({ policy: 'quick' });
    const documents = [];
    for (const purpose of ['power_of_attorney', 'id_document']) {
      const { body } = await world.agent.post(`/v1/subscribers/${owner.subscriber.id}/documents?purpose=${purpose}`, Buffer.from(PDF), { headers: { 'content-type': 'application/octet-stream' } });
      documents.push(body.id);
    }
    const asked = await world.agent.post(`/v1/subscribers/${owner.subscriber.id}/representatives`, { kind: 'attorney', representative: friend.subscriber.id, documents });
    assert.equal(asked.status, 202);
    await world.second.post(`/v1/subscribers/${owner.subscriber.id}/requests/${asked.body.serial}/countersignature`);
    const browser = await signedIn(world, portal, owner.subscriber.id);
    await browser.get('/line');
    await browser.click('/representatives');
    assert.match(browser.words, /A\* Q\* · Power of attorney · stands/);
    await browser.submit('/representatives/1/objection');
    assert.match(browser.words, /Power of attorney · stopped/);
    const stranger = await signedIn(world, portal, friend.subscriber.id);
    await stranger.get('/representatives');
    assert.match(stranger.words, /Nobody\./);
  });
});

describe('the dates that come', () => {
  test('are said, and are a file for a calendar that names no number', async () => {
    const one = await someone();
    const browser = await signedIn(world, portal, one.subscriber.id);
    await browser.get('/line');
    await browser.click(`/dates?line=${one.id}`);
    assert.match(browser.words, /Reminder.*Last reminder.*Outgoing is barred.*Suspended.*The number is lost/);
    const { bytes, headers } = await browser.click(`/dates.ics?line=${one.id}`);
    assert.match(headers.get('content-type'), /^text\/calendar/);
    const text = bytes.toString();
    assert.match(text, /^BEGIN:VCALENDAR\r\n[^]*DTSTART:\d{8}T\d{6}Z[^]*END:VCALENDAR\r\n$/);
    assert.ok(!text.includes(one.number.slice(1)) && !text.includes(one.id));
    const stranger = await signedIn(world, portal, (await someone()).subscriber.id);
    assert.equal((await stranger.get(`/dates.ics?line=${one.id}`)).status, 404);
  });

  test('are fetched by a calendar from an address that opens nothing else, until its owner ends it', async () => {
    const one = await someone();
    const browser = await signedIn(world, portal, one.subscriber.id);
    await browser.get(`/dates?line=${one.id}`);
    await browser.submit('/dates/address');
    await browser.get(`/dates?line=${one.id}`);
    const [, address] = /(http:\/\/\S+\/calendar\/ln_[^<"]+)/.exec(browser.page.html.replaceAll('&amp;', '&').replaceAll('&#x3D;', '='));
    const fetched = () => fetch(address.replace(portal.origin, portal.url), { headers: { host: new URL(portal.origin).host } });
    const told = await fetched();
    assert.equal(told.status, 200);
    assert.match(told.headers.get('content-type'), /^text\/calendar/);
    const text = await told.text();
    assert.match(text, /^BEGIN:VCALENDAR\r\n[^]*DTSTART:/);
    assert.ok(!text.includes(one.number.slice(1)) && !text.includes(one.subscriber.person.full_name));
    assert.ok(!world.keepline.log.includes(/-([0-9a-f]{40})\.ics/.exec(address)[1]));
    await browser.request('POST', '/dates/address', { body: browser.filled('/dates/address').replace('wanted=yes', 'wanted=no') });
    assert.equal((await fetched()).status, 404);
  });
});

/** Somebody whose line is closed, at its certificate. */
async function closed() {
  const one = await someone({ policy: 'quick' });
  const client = await world.as(one.subscriber.id);
  const closure = await apply(client, world.smsc, one, one.number);
  await reach(world.agent, closure.id, 'unbinding');
  for (const profile of one.line.profiles) await reportDeleted(world.system, one.id, profile);
  await reach(world.agent, closure.id, 'closed');
  const browser = await signedIn(world, portal, one.subscriber.id);
  await until(async () => (await browser.get(`/case/${closure.id}/certificate`)).status === 200, { what: 'the certificate', timeoutMs: 60_000 });
  return { one, closure, browser };
}

describe('what is wrong in a certificate', () => {
  test('is said of one of its lines, waits for an answer, and is taken back', async () => {
    const { one, closure, browser } = await closed();
    const at = `/case/${closure.id}/disputes`;
    await browser.click(at);
    await browser.submit(at);
    assert.equal(browser.page.status, 422);
    const said = 'I was never there <script>alert(1)</script> 我没有申请';
    await browser.submit(at, { about: `device.${one.line.profiles[0].iccid}`, words: said });
    assert.equal(browser.page.path, at, browser.words);
    assert.ok(browser.words.includes(said) && !browser.page.html.includes('<script>'));
    assert.match(browser.words, /· open/);
    assert.equal((await world.reviewer.get(`/v1/closures/${closure.id}/disputes`)).body.items[0].item, one.line.profiles[0].iccid);
    const stranger = await signedIn(world, portal, (await someone()).subscriber.id);
    assert.equal((await stranger.get(at)).status, 404);
    await browser.submit(`/case/${closure.id}/dispute-withdrawal`);
    assert.match(browser.words, /taken back/);
  });

  test('is corrected by two of the staff: what it said and says, and the new certificate, on paper and signed', async () => {
    const { one, closure, browser } = await closed();
    const signed = async () => (await browser.clone().get(`/case/${closure.id}/certificate.jws`)).html;
    const claimsOf = (jws) => JSON.parse(Buffer.from(jws.split('.')[1], 'base64url').toString());
    const first = await signed();
    const at = `/case/${closure.id}/disputes`;
    await browser.click(at);
    await browser.submit(at, { about: 'closed_at', words: 'it was a moment later' });
    assert.match(browser.words, /· open/);
    const [{ serial }] = (await world.reviewer.get(`/v1/closures/${closure.id}/disputes`)).body.items;
    const later = new Date(Date.parse(claimsOf(first).closed_at) + 1).toISOString();
    await countersign(world.second, one.id, await world.reviewer.post(`/v1/closures/${closure.id}/disputes/${serial}/correction`, { value: later, reason: 'it took longer' }));
    const second = await until(async () => {
      const jws = await signed();
      return jws !== first && jws;
    }, { what: 'the corrected certificate', timeoutMs: 60_000 });
    assert.equal(claimsOf(second).closed_at, later);
    await browser.get(at);
    assert.match(browser.words, /· corrected/);
    assert.match(browser.words, /It said ".+" and says ".+"\./);
    await browser.get(`/case/${closure.id}/certificate`);
    assert.ok(browser.page.html.includes(claimsOf(second).replaces), 'it names the one that it takes the place of');
    const paper = await browser.clone().get(`/case/${closure.id}/certificate.pdf`);
    assert.equal(paper.bytes.subarray(0, 5).toString(), '%PDF-');
  });
});
