// Everything that is held about a person, asked for by themself over REST and by staff with the command line, and what is in it.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { until } from '../peers/wait.mjs';
import { refused } from './client.mjs';
import { forward, sessionOf, sms, someoneIn, startSandbox } from './sandbox.mjs';
import { unzip } from './zip.mjs';

let world;
before(async () => { world = await startSandbox(); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const at = (one) => `/v1/subscribers/${one.subscriber.id}/disclosures`;
async function codeTo(customer, one) {
  await customer.post(`/v1/subscribers/${one.subscriber.id}/disclosure-codes`, { contact: 'phone' });
  const codes = async () => (await sms(world, one.phone)).map(({ text }) => /(?<!\d)(\d{8})(?!\d)[^]*everything/.exec(text)?.[1]).filter(Boolean);
  return until(async () => (await codes())[0], { what: 'the code', timeoutMs: 60_000 });
}

test('the owner asks with a code, waits, fetches, and finds everything, in words', { timeout: 180_000 }, async () => {
  const one = await someoneIn(world);
  let customer = await sessionOf(world, one);
  await customer.post(`/v1/subscribers/${one.subscriber.id}/documents?purpose=id_document`, Buffer.from('%PDF-1.4\n1 0 obj << >> endobj\n%%EOF\n'),
    { headers: { 'content-type': 'application/octet-stream' } });
  await world.agent.get(`/v1/subscribers/${one.subscriber.id}/person?reason=${encodeURIComponent('they asked about their bill')}`);
  const code = await codeTo(customer, one);
  const { status, body } = await customer.post(at(one), { code });
  assert.equal(status, 201);
  assert.deepEqual([body.state, body.shown, body.serial], ['waiting', 'contact_code', 1]);
  await until(async () => (await sms(world, one.phone)).some(({ text }) => /copy of all.*24 hours/.test(text)), { what: 'the owner to be told', timeoutMs: 60_000 });
  await refused(customer.post(`${at(one)}/1/fetching`), 'blocked', 409);
  await forward(world, 'PT25H');
  customer = await sessionOf(world, one);
  assert.equal((await customer.get(at(one))).body.items[0].state, 'ready');
  const archive = await customer.post(`${at(one)}/1/fetching`);
  const files = unzip(archive.body);
  const text = (name) => files.get(name)?.toString('utf8');
  assert.equal(createHash('sha256').update(files.get('manifest.json')).digest('hex'), archive.headers.get('keepline-manifest-sha256'));
  for (const { name, sha256 } of JSON.parse(text('manifest.json')).files) assert.equal(createHash('sha256').update(files.get(name)).digest('hex'), sha256, name);
  assert.equal(JSON.parse(text('person.json')).full_name, one.subscriber.person.full_name);
  assert.match(text('index.html'), /What we hold about you/);
  assert.match(text('index.html'), /they asked about their bill/);
  const looks = JSON.parse(text('who_looked.json'));
  assert.deepEqual(looks.map(({ as, why }) => [as, why]), [['agent', 'they asked about their bill']], 'a role, and nobody\'s name');
  const folder = `lines/${one.id}/`;
  assert.match(text(`${folder}history.html`), /Your line was taken up/);
  for (const { words, events } of JSON.parse(text(`${folder}history.json`))) {
    assert.equal(words.length, events.length);
    for (const each of words) assert.ok(each.length > 3 && !each.includes('{{'), each);
  }
  const told = JSON.parse(text('messages.json')).filter(({ kind }) => kind === 'disclosure_asked');
  assert.ok(told.length >= 2 && told.every((each) => /copy of all/.test(each.text)), 'made again');
  const [document] = JSON.parse(text('documents.json'));
  assert.match(text(document.file), /^%PDF/);
  assert.ok(JSON.parse(text('kept.json')).length >= 5);
  await until(async () => (await sms(world, one.phone)).some(({ text: said }) => /was fetched/.test(said)), { what: 'the fetching to be told', timeoutMs: 60_000 });
});

test('staff ask with the command line; a second person signs, and only whoever asked fetches', { timeout: 180_000 }, async () => {
  const one = await someoneIn(world);
  const env = { KEEPLINE_TOKEN: world.agent.token };
  await world.mustCli(['subscriber', 'disclosure', 'ask', one.subscriber.id, '--reason', 'asked for at the counter', '--json'], { env });
  const [request] = (await world.reviewer.get(`/v1/subscribers/${one.subscriber.id}/requests`)).body.items;
  assert.equal(request.act, 'disclose');
  await world.reviewer.post(`/v1/subscribers/${one.subscriber.id}/requests/${request.serial}/countersignature`);
  await forward(world, 'PT25H');
  const out = path.join(mkdtempSync(path.join(tmpdir(), 'keepline-archive-')), 'everything.zip');
  const fetch = (as) => world.cli(['subscriber', 'disclosure', 'fetch', one.subscriber.id, '1', '--out', out, '--reason', 'handed over at the counter'],
    { env: { KEEPLINE_TOKEN: as.token } });
  assert.notEqual((await fetch(world.reviewer)).code, 0, 'not whoever signed');
  const done = await fetch(world.agent);
  assert.equal(done.code, 0, done.stderr);
  assert.ok(unzip(readFileSync(out)).has('person.json'));
  const listed = await world.mustCli(['subscriber', 'disclosure', 'list', one.subscriber.id, '--json'], { env });
  assert.equal(listed.items[0].state, 'fetched');
  await world.mustCli(['subscriber', 'disclosure', 'stop', one.subscriber.id, '1', '--reason', 'they have it'], { env });
  assert.notEqual((await fetch(world.agent)).code, 0, 'it is stopped');
});

test('the owner asks with the command line as well: a code to their line', { timeout: 180_000 }, async () => {
  const one = await someoneIn(world);
  const env = { KEEPLINE_TOKEN: (await sessionOf(world, one)).token };
  const sent = await world.mustCli(['subscriber', 'disclosure', 'code', one.subscriber.id, '--line', one.id, '--json'], { env });
  assert.equal(sent.contact, 'line');
  const code = await until(async () => (await sms(world, one.line.number)).map(({ text }) => /(?<!\d)(\d{8})(?!\d)[^]*everything/.exec(text)?.[1]).find(Boolean), { what: 'the code', timeoutMs: 60_000 });
  const asked = await world.mustCli(['subscriber', 'disclosure', 'ask', one.subscriber.id, '--json'], { env, input: `${code}\n` });
  assert.deepEqual([asked.shown, asked.state], ['line_code', 'waiting']);
  assert.equal((await world.mustCli(['subscriber', 'disclosure', 'stop', one.subscriber.id, '1', '--json'], { env })).state, 'stopped');
});

test('a planned erasure says in words what it waits for and what remains', async () => {
  const one = await someoneIn(world);
  const where = `/v1/subscribers/${one.subscriber.id}`;
  const asked = await world.admin.post(`${where}/erasure`, { plan: true });
  await world.reviewer.post(`${where}/requests/${asked.body.serial}/countersignature`);
  const customer = await sessionOf(world, one);
  const { erasure_in_words: words } = (await customer.get(where)).body;
  assert.ok(words.some((each) => each.includes(`The line ${one.id} is in use`)), words.join(' '));
  assert.ok(words.some((each) => /journal of what happened stays/.test(each)));
});
