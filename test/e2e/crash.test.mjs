// kill -9 at random moments of a loaded run, against real peers that honour idempotency keys. After each restart every
// acknowledged command is there; at the end every case is closed, nothing took effect twice, and the journal verifies.
//
// KEEPLINE_CRASH_ROUNDS (15) and KEEPLINE_CRASH_SEED (random, printed) make it longer or repeat a run.

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { sleep, until } from '../peers/wait.mjs';
import { accept, codeFromSms, codesSent, declineBackup, eventTypes, history, open, reach, reportDeleted, submit } from './journey.mjs';
import { contactOf, newLine, newSubscriber, plain, yuan } from './people.mjs';
import { startWorld } from './world.mjs';

const ROUNDS = Number(process.env.KEEPLINE_CRASH_ROUNDS ?? 15);
const SEED = Number(process.env.KEEPLINE_CRASH_SEED ?? randomInt(1, 2 ** 31));
const WORKERS = 6;
const LIFE_MS = { least: 150, most: 2500 };

/** Repeatable randomness (mulberry32). */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One customer's closure; every acknowledged answer raises `version`, the version that must never be lost. */
class Walk {
  constructor(world, client) {
    Object.assign(this, { world, client, subscriber: newSubscriber(), line: newLine(), version: 0, done: [] });
    const forward = (method) => async (...args) => {
      const answer = await client[method](...args);
      if (answer.etag && args[0].includes(this.lineId ?? '/import')) this.version = Math.max(this.version, Number(answer.etag.replaceAll('"', '')));
      return answer;
    };
    this.own = { get: forward('get'), post: forward('post'), put: forward('put') };
  }

  async run() {
    const { world, own, line, subscriber } = this;
    await world.hlr.create(line.profiles[0].imsi, plain(line.number));
    await world.vlr.attach(line.profiles[0].imsi);
    this.lineId = (await own.post('/v1/lines/import', { subscriber, line })).body.id;
    for (const n of [1, 2]) {
      await own.post(`/v1/lines/${this.lineId}/top-ups`, { amount: yuan(100 * n), reference: `top-${this.lineId}-${n}` });
      this.done.push(`top-${this.lineId}-${n}`);
    }
    const closure = await open(own, this.lineId);
    this.closureId = closure.id;
    await accept(own, closure);
    this.done.push('quote_accepted');
    const before = codesSent(world.smsc, line.number);
    await own.post(`/v1/closures/${closure.id}/otps`, { contact: 'line' });
    const code = await codeFromSms(world.smsc, line.number, { after: before });
    await own.post(`/v1/closures/${closure.id}/otp-answers`, { code });
    await declineBackup(own, closure);
    await submit(own, closure);
    this.done.push('evidence_recorded', 'backup_declined', 'closure_submitted');
    for (const profile of line.profiles) await reportDeleted(own, this.lineId, profile);
    this.done.push('profile_reported');
    await reach(own, closure.id, 'closed', 60_000);
  }
}

const countBy = (items, key) => items.reduce((counts, item) => counts.set(key(item), (counts.get(key(item)) ?? 0) + 1), new Map());
const twice = (counts) => [...counts].filter(([, count]) => count > 1).map(([key]) => key);

test(`${ROUNDS} crashes of a loaded server lose nothing and repeat nothing`, { timeout: 180_000 + ROUNDS * 60_000 }, async (t) => {
  t.diagnostic(`KEEPLINE_CRASH_SEED=${SEED}`);
  const random = randomFrom(SEED);
  const world = await startWorld();
  t.after(() => world.stop());
  const client = world.system.through('web').persistently();
  const walks = [];
  let loading = true;
  let failure = null;
  const workers = Array.from({ length: WORKERS }, async () => {
    while (loading && !failure) {
      const walk = new Walk(world, client);
      walks.push(walk);
      await walk.run().catch((error) => { failure ??= error; });
    }
  });

  let slowestMs = 0;
  for (let round = 1; round <= ROUNDS && !failure; ++round) {
    await sleep(LIFE_MS.least + random() * (LIFE_MS.most - LIFE_MS.least));
    const acknowledged = walks.filter((walk) => walk.lineId).map((walk) => ({ id: walk.lineId, version: walk.version }));
    await world.keepline.kill9();
    const killedAt = Date.now();
    await world.keepline.start();
    slowestMs = Math.max(slowestMs, Date.now() - killedAt);
    for (const { id, version } of acknowledged.slice(-40)) {
      const { body } = await client.get(`/v1/lines/${id}`);
      assert.ok(body.version >= version, `round ${round}: ${id} is at version ${body.version}, ${version} was acknowledged`);
    }
  }
  loading = false;
  await Promise.all(workers);
  if (failure) throw failure;
  t.diagnostic(`${walks.length} closures over ${ROUNDS} crashes; slowest restart to ready ${slowestMs} ms`);

  // -- every acknowledged command is there, every case went on to its end
  for (const walk of walks) {
    const entries = await history(client, walk.lineId);
    const text = JSON.stringify(entries);
    for (const fact of walk.done) assert.ok(text.includes(`"${fact}"`), `${walk.lineId}: ${fact} was acknowledged and is lost`);
    const counts = countBy(eventTypes(entries), (type) => type);
    for (const type of ['closure_opened', 'quote_accepted', 'otp_issued', 'closure_submitted', 'closure_closed', 'refund_ordered', 'line_ended']) assert.equal(counts.get(type), 1, `${walk.lineId}: ${type}`);
  }
  await until(async () => (await Promise.all(walks.map((walk) => client.get(`/v1/closures/${walk.closureId}`))))
    .every(({ body }) => body.has_certificate && body.refund.state === 'written' && body.notices.filter((notice) => notice.kind === 'closed').length === 2), { what: 'the last effects', timeoutMs: 60_000, everyMs: 250 });
  await until(() => world.smsc.owed === 0, { what: 'every receipt to be taken', timeoutMs: 60_000 });

  // -- nothing took effect twice: not under another key either
  assert.deepEqual(twice(countBy(world.smsc.effects(), (sms) => `${sms.to} ${sms.text}`)), [], 'SMS');
  assert.deepEqual(twice(countBy(await world.mta.effects(), (mail) => `${mail.recipient} ${mail.subject}`)), [], 'mails');
  assert.deepEqual(twice(countBy(world.webhook.effects(), (event) => `${event.data.type} ${event.data.data.number ?? event.data.data.holder} ${event.data.data.closure} ${event.data.data.iccid}`)), [], 'webhooks');
  assert.deepEqual([world.bank.repeats, world.bank.rejected], [[], []], 'refund files');
  const paid = world.bank.effects();
  for (const walk of walks) {
    const { body } = await client.get(`/v1/closures/${walk.closureId}`);
    const mine = paid.filter((payment) => payment.account === walk.subscriber.person.refund_iban);
    assert.deepEqual(mine.map((payment) => [payment.endToEndId, payment.amountMinor]), [[body.refund.id, 1234 + 300]]);
    const { imsi } = walk.line.profiles[0];
    assert.equal(await world.hlr.info(imsi), null, 'the HLR has forgotten it');
    assert.ok(world.vlr.received('DeleteDataRequest', imsi).length <= 2, 'barred once: CS and PS');
    assert.ok(world.smsc.effects().some((sms) => sms.to === plain(contactOf(walk.subscriber, 'phone')) && /取回/.test(sms.text)), 'told of the closing');
    assert.ok((await world.mta.effects()).some((mail) => mail.recipient === contactOf(walk.subscriber, 'mail') && /已注销/.test(mail.subject)));
  }
  assert.equal(paid.length, walks.length);
  assert.deepEqual((await world.admin.get('/v1/effects')).body.items, [], 'nothing is dead');
  await world.mustCli(['verify']);
});
