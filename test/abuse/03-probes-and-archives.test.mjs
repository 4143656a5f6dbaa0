// Item 3: archives keep no probe waiting, one subscriber has one under way, and it is sent while it is made. Seen on 4b5af17:
// with four downloads of a subscriber with 15 MB of records under way, /readyz answered after them (24 s).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sha256 } from '../e2e/journey.mjs';
import { newLine, newSubscriber } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { unzip } from '../e2e/zip.mjs';

const MESSAGES = 15_000;

let world, customer, closure;
before(async () => {
  world = await startWorld({ peers: [] });
  const subscriber = newSubscriber();
  const line = await world.takeOver(subscriber, newLine());
  const messages = Array.from({ length: MESSAGES }, (_, n) => ({
    at: '2026-10-02T08:00:00Z', peer: '+8613500000001', outgoing: n % 2 === 0, text: `message ${n} ${'x'.repeat(120)} ${Math.sin(n)}`,
  }));
  await world.system.put(`/v1/lines/${line.id}/records`, { bills: [], usage: [], consents: [], contacts: [], messages }, { timeoutMs: 60_000 });
  customer = await world.as(subscriber.id);
  closure = (await customer.post(`/v1/lines/${line.id}/closures`, { reason: 'not_needed' })).body;
  await customer.post(`/v1/closures/${closure.id}/backup`);
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const fetchArchive = () => world.keepline.api('GET', `/v1/closures/${closure.id}/backup`, { token: customer.token, timeoutMs: 120_000 });

test('probes and metrics answer before a download that began earlier is done', async () => {
  let done = 0;
  const downloads = Array.from({ length: 4 }, () => fetchArchive().then((answer) => { ++done; return answer; }));
  const refusedSoon = await Promise.race(downloads); // so they have all arrived, or one is done already
  const before = done;
  for (const where of [world.keepline.url, world.keepline.metricsUrl]) {
    const ready = await fetch(`${where}/readyz`);
    assert.equal(ready.status, 200);
    await ready.text();
  }
  await world.admin.get('/metrics');
  assert.ok(done < 4, 'the probes waited for the archives');
  const answers = await Promise.all(downloads);
  const statuses = answers.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [200, 429, 429, 429], 'one at a time');
  assert.ok(before >= 1 && refusedSoon.status === 429, 'the others are told at once');
  assert.ok(Number(answers.find(({ status }) => status === 429).headers.get('retry-after')) > 0);
});

test('it comes in pieces, whole, and its manifest was known before', async () => {
  const answer = await fetchArchive();
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-length'), null);
  const files = unzip(answer.body);
  const manifest = files.get('manifest.json');
  assert.equal(sha256(manifest), answer.headers.get('keepline-manifest-sha256'));
  const listed = JSON.parse(manifest).files;
  assert.equal(listed.length, files.size - 1);
  for (const { name, sha256: digest } of listed) assert.equal(sha256(files.get(name)), digest, name);
  assert.equal(JSON.parse(files.get('messages.json')).length, MESSAGES);
});

test('who leaves in the middle gives the place back', async () => {
  const gone = new AbortController();
  const answer = await fetch(`${world.keepline.url}/v1/closures/${closure.id}/backup`, { headers: { authorization: `Bearer ${customer.token}` }, signal: gone.signal });
  assert.equal(answer.status, 200);
  await answer.body.getReader().read();
  gone.abort();
  let again;
  do again = await fetchArchive(); while (again.status === 429);
  assert.equal(again.status, 200);
});
