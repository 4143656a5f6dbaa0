// Each connector in turn down, slow, a black hole, answering garbage, losing answers: the case waits and goes on, nobody is
// told twice, and the other destinations are not held up. What stays undeliverable is a dead letter for staff.

import assert from 'node:assert/strict';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { STATUS } from '../peers/smsc.mjs';
import { sleep, until } from '../peers/wait.mjs';
import { refused } from './client.mjs';
import { apply, reach, read, reportDeleted } from './journey.mjs';
import { contactOf, newLine, newSubscriber, plain } from './people.mjs';
import { startWorld } from './world.mjs';

const BROKEN_MS = 1200;
const RECOVERY_MS = 60_000;
const MODES = [['down'], ['slow', { delayMs: 20, chunkBytes: 8 }], ['black_hole'], ['garbage', { seed: 7 }], ['cut', { bytes: 150 }]];

/** A case that was submitted while everything worked; unbinding is what is left to do. */
async function ready(world) {
  const subscriber = newSubscriber({ language: 'en' });
  const line = newLine({ policy: 'unheard' });
  const taken = await world.takeOver(subscriber, line);
  const customer = await world.as(subscriber.id);
  const closure = await apply(customer, world.smsc, taken, line.number);
  await world.smsc.waitFor({ to: plain(contactOf(subscriber, 'phone')), text: /approved/ });
  await world.webhook.waitFor((event) => event.data.type === 'closure.approved' && event.data.data.number === line.number);
  return { world, subscriber, line, id: taken.id, customer, closureId: closure.id, phone: plain(contactOf(subscriber, 'phone')), mailbox: contactOf(subscriber, 'mail') };
}

async function unbind(one) {
  for (const profile of one.line.profiles) await reportDeleted(one.world.system, one.id, profile);
}

const told = {
  sms: (one, limits) => one.world.smsc.waitFor({ to: one.phone, text: /is closed/ }, limits),
  mail: (one, limits) => one.world.mta.waitFor({ recipient: one.mailbox, subject: /is closed/ }, limits),
  webhook: (one, limits) => one.world.webhook.waitFor((event) => event.data.type === 'closure.closed' && event.data.data.number === one.line.number, limits),
  refund: async (one, limits) => one.world.bank.waitFor({ account: one.subscriber.person.refund_iban }, limits),
};

/** In the end everybody was told, and nobody twice. */
async function toldOnce(one) {
  for (const wait of Object.values(told)) await wait(one, { timeoutMs: RECOVERY_MS });
  await until(async () => (await read(one.world.agent, one.closureId)).notices.filter((notice) => notice.kind === 'closed').length === 2, { what: 'the journal to know', timeoutMs: RECOVERY_MS });
  await sleep(300);
  const { smsc, mta, webhook, bank } = one.world;
  const sms = smsc.effects().filter((each) => each.to === one.phone).map((each) => each.text);
  assert.equal(new Set(sms).size, sms.length, `SMS twice: ${sms}`);
  const mails = (await mta.effects()).filter((each) => each.recipient === one.mailbox).map((each) => each.subject);
  assert.equal(new Set(mails).size, mails.length, `mails twice: ${mails}`);
  const events = webhook.effects().filter((each) => each.data.data.number === one.line.number).map((each) => `${each.data.type} ${each.data.data.iccid ?? ''}`);
  assert.equal(new Set(events).size, events.length, `webhooks twice: ${events}`);
  assert.equal(bank.effects().filter((each) => each.account === one.subscriber.person.refund_iban).length, 1);
  assert.deepEqual(bank.repeats, []);
}

const others = (broken) => Object.entries(told).filter(([name]) => name !== broken).map(([, wait]) => wait);

describe('messages and partners', () => {
  let world;
  before(async () => { world = await startWorld({ proxied: ['smsc', 'mta', 'webhook'] }); }, { timeout: 180_000 });
  after(async () => { await world?.stop(); });

  for (const [destination, proxy] of [['sms', 'smsc'], ['mail', 'mta'], ['webhook', 'webhook']]) {
    for (const [mode, options] of MODES) {
      test(`${destination} ${mode.replace('_', ' ')}`, async () => {
        const one = await ready(world);
        await world.proxies[proxy].set(mode, options);
        if (mode === 'down' || mode === 'cut') world.proxies[proxy].closeConnections();
        try {
          await unbind(one);
          await reach(one.customer, one.closureId, 'closed');
          for (const wait of others(destination)) await wait(one, { timeoutMs: 60_000 });
          await sleep(BROKEN_MS);
          if (!['slow', 'cut'].includes(mode)) await assert.rejects(told[destination](one, { timeoutMs: 50 }), 'the peer was not reached');
        } finally {
          await world.proxies[proxy].set('pass');
        }
        await toldOnce(one);
      });
    }
  }

  test('a lost answer is tried again under the same key, and counts once', async () => {
    const one = await ready(world);
    world.smsc.failNext('lose_answer', 2);
    world.webhook.failNext('lose_answer', 2);
    await unbind(one);
    await toldOnce(one);
    assert.ok(world.webhook.deliveries.some((delivery) => delivery.repeat && delivery.sameBody), 'a repeat was seen, word for word the same');
    assert.ok(world.smsc.submits.some((submit) => submit.repeat));
  });

  test('readiness tells of a peer in trouble and stays ready', async () => {
    await world.proxies.smsc.set('down');
    try {
      const { body } = await until(async () => {
        const answer = await world.admin.get('/readyz');
        return answer.body.peers.some((peer) => peer.name === 'sms') && answer;
      }, { what: 'the trouble to be told', timeoutMs: 60_000, everyMs: 100 });
      assert.equal(body.ready, true);
    } finally {
      await world.proxies.smsc.set('pass');
    }
    await until(async () => !(await world.admin.get('/readyz')).body.peers.length, { what: 'the trouble to end', timeoutMs: RECOVERY_MS, everyMs: 100 });
  });

  // Last: for a minute, readiness tells of an SMSC that throttled.
  test('a throttled SMSC and a partner with errors are given time', async () => {
    const one = await ready(world);
    world.smsc.failNext(STATUS.throttled, 3);
    world.smsc.failNext(STATUS.systemError, 1);
    world.webhook.failNext(503, 2);
    world.webhook.failNext('hang', 1);
    await unbind(one);
    await toldOnce(one);
  });
});

describe('the network and the bank', () => {
  let world;
  before(async () => { world = await startWorld({ proxied: ['hlr'] }); }, { timeout: 180_000 });
  after(async () => { await world?.stop(); });

  for (const [mode, options] of [...MODES.slice(0, 4), ['cut', { bytes: 600 }]]) {
    test(`the HLR ${mode.replace('_', ' ')}: the case stays in settling until the bar is proved`, async () => {
      const one = await ready(world);
      await world.proxies.hlr.set(mode, options);
      try {
        await unbind(one);
        await sleep(BROKEN_MS);
        if (!['slow', 'cut'].includes(mode)) {
          assert.equal((await read(one.customer, one.closureId)).stage, 'settling');
          await assert.rejects(told.sms(one, { timeoutMs: 50 }), 'nobody is told of an end that is not proved');
        }
      } finally {
        await world.proxies.hlr.set('pass');
      }
      const closed = await reach(one.customer, one.closureId, 'closed', RECOVERY_MS);
      const [profile] = one.line.profiles;
      assert.deepEqual(closed.network.filter((each) => each.imsi === profile.imsi).map((each) => each.step), ['barred', 'deleted']);
      assert.equal(await world.hlr.info(profile.imsi), null);
      assert.ok(world.vlr.received('DeleteDataRequest', profile.imsi).length <= 2);
      await toldOnce(one);
    });
  }

  test('an HLR that dies in the middle and comes back with its data', async () => {
    const one = await ready(world);
    await world.hlr.kill9();
    await unbind(one);
    await sleep(BROKEN_MS);
    assert.equal((await read(one.customer, one.closureId)).stage, 'settling');
    await world.hlr.start();
    await world.vlr.connect();
    await reach(one.customer, one.closureId, 'closed', RECOVERY_MS);
    assert.equal(await world.hlr.info(one.line.profiles[0].imsi), null);
    await toldOnce(one);
  });

  test('the folder for refunds cannot be written: the line closes, the refund waits and is paid once', async () => {
    const one = await ready(world);
    const { folder } = world.bank;
    await world.bank.stop();
    renameSync(folder, `${folder}.away`);
    writeFileSync(folder, 'in the way');
    try {
      await unbind(one);
      const closed = await reach(one.customer, one.closureId, 'closed');
      assert.equal(closed.refund.state, 'ordered');
      for (const wait of [told.sms, told.mail, told.webhook]) await wait(one, { timeoutMs: 60_000 });
      assert.equal((await read(one.customer, one.closureId)).refund.state, 'ordered');
    } finally {
      rmSync(folder);
      renameSync(`${folder}.away`, folder);
      world.bank.start();
    }
    await toldOnce(one);
    await until(async () => (await read(one.customer, one.closureId)).refund.state === 'written', { what: 'the refund', timeoutMs: RECOVERY_MS });
  });
});

describe('dead letters', () => {
  let world;
  before(async () => { world = await startWorld({ config: { engine: { attempts_max: 3 } } }); }, { timeout: 180_000 });
  after(async () => { await world?.stop(); });

  const dead = async () => (await world.agent.get('/v1/effects?destination=sms')).body.items;

  test('what an SMSC refuses for good is seen by staff, and retried one by one and in bulk', async () => {
    const people = [];
    for (let n = 0; n < 3; ++n) people.push(await ready(world));
    world.smsc.failNext(STATUS.badDestination, 10_000);
    for (const one of people) await unbind(one);
    const waiting = await until(async () => (await dead()).filter((each) => /closed/.test(each.kind)).length === 3 && dead(), { what: 'three dead letters', timeoutMs: RECOVERY_MS, everyMs: 100 });
    for (const one of people) {
      await reach(one.customer, one.closureId, 'closed');
      await told.mail(one, { timeoutMs: 60_000 });
      await told.webhook(one, { timeoutMs: 60_000 });
    }
    const [first] = waiting.filter((each) => /closed/.test(each.kind));
    assert.deepEqual([first.to, first.dead, first.error_code], ['sms', true, 'peer-refused']);
    assert.ok(first.attempts >= 3 && first.line_id.startsWith('ln_'));
    assert.ok(!JSON.stringify(waiting).includes(people[0].phone), 'no personal data in it');
    assert.match((await world.admin.get('/metrics')).body, /^keepline_effects_dead\{[^}]*sms[^}]*\} [1-9]/m);

    await refused(world.agent.post(`/v1/effects/${first.id}/retry`), 'forbidden', 403);
    await refused(world.reviewer.post('/v1/effects/999999999/retry'), 'not-found', 404);
    world.smsc.recover();
    assert.equal((await world.reviewer.post(`/v1/effects/${first.id}/retry`)).body.retried, 1);
    const owner = people.find((one) => one.id === first.line_id);
    await told.sms(owner, { timeoutMs: 60_000 });
    const left = (await dead()).length;
    assert.equal(left, waiting.length - 1);
    assert.equal((await world.admin.post('/v1/effects/retries', { destination: 'sms' })).body.retried, left);
    for (const one of people) await toldOnce(one);
    assert.deepEqual(await dead(), []);
  });
});
