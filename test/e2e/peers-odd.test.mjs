// Peers that behave oddly: one message's refusal holds up no other, nothing is sent twice because its answer looked odd,
// the SMSC's pace is kept, its receipts find their messages, customers' replies arrive, and two on one HLR are told so.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OddMta, OddSmsc } from '../peers/odd.mjs';
import { sleep, until } from '../peers/wait.mjs';
import { startVlr } from '../peers/vlr.mjs';
import { refused } from './client.mjs';
import { apply, reach, reportDeleted } from './journey.mjs';
import { contactOf, newLine, newSubscriber, plain } from './people.mjs';
import { startWorld } from './world.mjs';

const LONG_MS = 60_000;
const THROTTLED = 0x58;
const QUEUE_FULL = 0x14;

const smsAt = (smsc, more = {}) => ({ sms: { kind: 'smpp', host: '127.0.0.1', port: smsc.port, system_id: 'keepline', password: 'secret', ...more }, mail: { kind: 'none' } });
const mailAt = (mta) => ({ mail: { kind: 'smtp', host: '127.0.0.1', port: mta.port, from: 'no-reply@operator.example' }, sms: { kind: 'none' } });

/** Ends what was started, whatever happened. */
async function withWorld(options, run, ...ends) {
  const world = await startWorld({ peers: [], ...options });
  try {
    return await run(world);
  } finally {
    await world.stop();
    for (const one of ends) await one.stop();
  }
}

async function taken(world, contacts, more = {}) {
  const subscriber = newSubscriber({ language: 'en', ...more, ...(contacts && { contacts }) });
  const line = newLine({ profiles: newLine().profiles.slice(0, 1) });
  return { ...(await world.takeOver(subscriber, line)), subscriber, line, number: plain(line.number) };
}

/** The same with one contact, a phone: `number` is the phone's. The line itself hears nothing while it is locked as lost. */
async function withPhone(world) {
  const [phone] = newSubscriber().contacts;
  return { ...(await taken(world, [phone])), number: plain(phone.address) };
}

/** So many at a time, as a real day would have it. */
async function each(count, run, atOnce = 8) {
  const out = new Array(count);
  let next = 0;
  await Promise.all(Array.from({ length: atOnce }, async () => { while (next < count) { const i = next++; out[i] = await run(i); } }));
  return out;
}

const metric = async (world, name) => {
  const text = await (await fetch(`${world.keepline.metricsUrl}/metrics`)).text();
  return Number(new RegExp(`^${name.replaceAll('{', '\\{').replaceAll('}', '\\}')} (\\S+)$`, 'm').exec(text)?.[1]);
};
const trouble = async (world, name) => (await (await fetch(`${world.keepline.url}/readyz`)).json()).peers.find((one) => one.name === name)?.trouble;

/** All effects that staff see in this state, page by page. */
async function failed(world, state) {
  const out = [];
  for (let after = ''; ;) {
    const { items, next } = (await world.admin.get(`/v1/effects?state=${state}&limit=100${after && `&after=${after}`}`)).body;
    out.push(...items);
    if (!next) return out;
    after = next;
  }
}

describe('mail', () => {
  const kinds = {
    '320 full mailboxes (452 4.2.2)': { bad: 320, reply: '452 4.2.2 mailbox full' },
    '40 mailboxes at which the connection is cut': { bad: 40, reply: null },
    '40 mailboxes at which the session is closed (421)': { bad: 40, reply: '421 4.7.0 too many for this user' },
  };
  for (const [what, { bad, reply }] of Object.entries(kinds)) {
    test(`${what} hold up none of 20 healthy ones, and staff see each of them`, { timeout: 4 * LONG_MS }, async () => {
      const mta = await new OddMta((verb, line) => (verb === 'RCPT' && line.includes('<full') ? reply : undefined)).start();
      await withWorld({ config: mailAt(mta) }, async (world) => {
        const mail = (i) => [{ id: 'mail', by: 'mail', address: i < bad ? `full${i}@box.example` : `well${i}@box.example`, verified: true }];
        const lines = await each(bad + 20, (i) => taken(world, mail(i)));
        await each(bad + 20, (i) => world.system.post(`/v1/lines/${lines[i].id}/lost`, { how: 'call' }));
        const reached = () => new Set(mta.mails.map(({ to }) => to).filter((to) => to?.startsWith('well')));
        await until(() => reached().size === 20, { what: 'the healthy mailboxes to be reached', timeoutMs: LONG_MS });
        let seen;
        let more = bad + 20;
        await until(async () => {
          // What ends the session is a message's own only while others pass.
          if (!reply?.startsWith('452')) await world.system.post(`/v1/lines/${(await taken(world, mail(more++))).id}/lost`, { how: 'call' });
          seen = [...await failed(world, 'retrying'), ...await failed(world, 'dead')].filter(({ to }) => to === 'mail');
          return seen.length >= bad;
        }, { what: 'every refused mail among the effects that staff see', timeoutMs: 2 * LONG_MS, everyMs: 500 });
        assert.ok(seen.every(({ attempts }) => attempts >= 1), 'each try counts');
        if (reply) assert.ok(seen.every(({ error_words: words }) => /The mail server answered/.test(words)));
      }, mta);
    });
  }

  test('a yes in an odd form is a yes: the mail is not sent again', { timeout: LONG_MS }, async () => {
    const mta = await new OddMta((verb) => (verb === 'END' ? '251 will see to it' : undefined)).start();
    await withWorld({ config: mailAt(mta) }, async (world) => {
      const one = await taken(world);
      await world.system.post(`/v1/lines/${one.id}/lost`, { how: 'call' });
      await until(() => mta.mails.length === 1, { what: 'the mail', timeoutMs: 60_000 });
      // Whatever would be sent again comes before what is asked for now.
      const other = await taken(world);
      await world.system.post(`/v1/lines/${other.id}/lost`, { how: 'call' });
      await until(() => mta.mails.some(({ to }) => to === contactOf(other.subscriber, 'mail')), { what: 'the next mail', timeoutMs: 60_000 });
      assert.equal(mta.mails.filter(({ to }) => to === contactOf(one.subscriber, 'mail')).length, 1);
      assert.equal(await metric(world, 'keepline_effects_total{destination="mail",outcome="failed"}'), 0);
    }, mta);
  });

  test('a server that takes every mail and never says so gets a handful of copies, not one every few seconds for ever', { timeout: 2 * LONG_MS }, async () => {
    const mta = await new OddMta((verb) => (verb === 'END' ? null : undefined)).start();
    await withWorld({ config: { ...mailAt(mta), engine: { backoff_first_ms: 20, backoff_max_ms: 100, sweep_every_ms: 20 } } }, async (world) => {
      const one = await taken(world);
      await world.system.post(`/v1/lines/${one.id}/lost`, { how: 'call' });
      await until(async () => (await failed(world, 'dead')).length === 1, { what: 'staff to see it', timeoutMs: LONG_MS });
      assert.equal(mta.mails.length, 5);
      assert.equal(new Set(mta.mails.map(({ raw }) => /Message-ID: (\S+)/.exec(raw)[1])).size, 1, 'one message to whoever compares');
    }, mta);
  });

  test('letters outside ASCII: a domain is converted, a mailbox is refused with words, nothing raw goes out', { timeout: LONG_MS }, async () => {
    const mta = await new OddMta().start();
    await withWorld({ config: mailAt(mta) }, async (world) => {
      const one = await taken(world, [{ id: 'mail', by: 'mail', address: 'li@例子.中国', verified: true }]);
      await world.system.post(`/v1/lines/${one.id}/lost`, { how: 'call' });
      await until(() => mta.mails.length === 1, { what: 'the mail', timeoutMs: 60_000 });
      assert.equal(mta.mails[0].to, 'li@xn--fsqu00a.xn--fiqs8s');
      assert.ok(mta.lines.concat(mta.mails[0].raw).every((text) => /^[\x00-\x7f]*$/.test(text)), 'ASCII only');
      const subscriber = newSubscriber({ contacts: [{ id: 'mail', by: 'mail', address: '李@customer.example', verified: true }] });
      const refusal = await refused(world.system.post('/v1/lines/import', { subscriber, line: newLine() }), 'invalid', 422);
      assert.match(refusal.problem.detail, /letters before the @/);
    }, mta);
  });
});

describe('SMS', () => {
  test('an SMSC that takes four parts a second gets each part once, at its pace, and the metrics say so', { timeout: 3 * LONG_MS }, async () => {
    let free = 0;
    const smsc = await new OddSmsc((submit, reply) => {
      const now = Date.now();
      if (now < free) return reply({ command_status: THROTTLED });
      free = now + 250;
      return reply({ message_id: `m${smsc.submits.length}` });
    }).start();
    await withWorld({ config: smsAt(smsc) }, async (world) => {
      const lines = await each(6, () => withPhone(world));
      await each(6, (i) => world.system.post(`/v1/lines/${lines[i].id}/lost`, { how: 'call' }));
      const whole = (to) => {
        const parts = smsc.accepted().filter((one) => one.to === to);
        return parts.length > 0 && new Set(parts.map(({ part }) => part)).size === parts[0].parts;
      };
      await until(() => lines.every(({ number }) => whole(number)), { what: 'every notice to be whole', timeoutMs: 2 * LONG_MS });
      for (const { number } of lines) {
        const accepted = smsc.accepted().filter(({ to }) => to === number).map(({ part, key }) => `${key} ${part}`);
        assert.deepEqual(accepted, [...new Set(accepted)], 'no part twice');
      }
      assert.ok(await metric(world, 'keepline_smsc_throttled_total') > 0);
      assert.ok(await metric(world, 'keepline_smsc_pace') > 0);
      assert.match(await trouble(world, 'sms') ?? '', /throttled; it gets .* messages a second/);
      assert.doesNotMatch(world.keepline.log, /destination_paused/, 'slower, not stopped');
      assert.deepEqual(await failed(world, 'retrying'), []);
    }, smsc);
  });

  test('an accepted message without an id is accepted: one copy', { timeout: LONG_MS }, async () => {
    const smsc = await new OddSmsc((submit, reply) => reply({ message_id: '' })).start();
    await withWorld({ config: smsAt(smsc) }, async (world) => {
      const one = await withPhone(world);
      await world.system.post(`/v1/lines/${one.id}/lost`, { how: 'call' });
      await until(() => smsc.submits.some(({ to }) => to === one.number), { what: 'the notice', timeoutMs: 60_000 });
      const other = await withPhone(world);
      await world.system.post(`/v1/lines/${other.id}/lost`, { how: 'call' });
      await until(() => smsc.submits.some(({ to }) => to === other.number), { what: 'the next notice', timeoutMs: 60_000 });
      await sleep(500); // ten times the first back-off: whatever would come again has come
      const parts = smsc.submits.filter(({ to }) => to === one.number);
      assert.equal(parts.length, parts[0].parts);
      assert.deepEqual(await failed(world, 'retrying'), []);
    }, smsc);
  });

  test('a handset that is switched off (0x14) waits by itself, and says so in words', { timeout: 2 * LONG_MS }, async () => {
    let off = '';
    const smsc = await new OddSmsc((submit, reply) => reply(submit.to === off ? { command_status: QUEUE_FULL } : { message_id: `m${smsc.submits.length}` })).start();
    await withWorld({ config: smsAt(smsc) }, async (world) => {
      const one = await withPhone(world);
      off = one.number;
      await world.system.post(`/v1/lines/${one.id}/lost`, { how: 'call' });
      await until(async () => (await failed(world, 'retrying')).length > 0, { what: 'it to be among those that are tried again', timeoutMs: 60_000 });
      const [waiting] = await failed(world, 'retrying');
      assert.match(waiting.error_words, /message queue full/);
      const others = await each(6, () => withPhone(world));
      await each(6, (i) => world.system.post(`/v1/lines/${others[i].id}/lost`, { how: 'call' }));
      await until(() => others.every(({ number }) => smsc.accepted().some(({ to }) => to === number)), { what: 'the others to be told', timeoutMs: 60_000 });
      assert.doesNotMatch(world.keepline.log, /destination_paused/);
      assert.equal(await trouble(world, 'sms'), undefined);
    }, smsc);
  });

  test('receipts in another base find their message, one of nobody is counted, and what has no answer gets none', { timeout: 2 * LONG_MS }, async () => {
    let n = 0xabc0;
    const smsc = await new OddSmsc((submit, reply) => {
      const id = n++;
      reply({ message_id: id.toString(16).toUpperCase().padStart(10, '0') });
      if (submit.receipt) void smsc.deliver({ source_addr_ton: 1, source_addr: submit.to, destination_addr: '10099', esm_class: 4, short_message: `id:${id} stat:DELIVRD err:000` });
    }).start();
    await withWorld({ config: smsAt(smsc) }, async (world) => {
      const one = await withPhone(world);
      await world.system.post(`/v1/lines/${one.id}/lost`, { how: 'call' });
      await until(async () => await metric(world, 'keepline_smsc_receipts_total{id="decimal"}') >= 1, { what: 'the receipt to be matched', timeoutMs: 60_000 });
      assert.equal(await smsc.deliver({ source_addr: one.number, destination_addr: '10099', esm_class: 4, short_message: 'id:999999 stat:DELIVRD' }), 0);
      await until(async () => await metric(world, 'keepline_smsc_receipts_total{id="unmatched"}') === 1, { what: 'the stray receipt to be counted' });
      assert.match(world.keepline.log, /"receipt_unmatched".*999999/);
      smsc.say('alert_notification', { source_addr: one.number, esme_addr: '10099' });
      const before = smsc.commands.filter((name) => name === 'enquire_link').length;
      await until(() => smsc.commands.filter((name) => name === 'enquire_link').length > before, { what: 'the next sign of life', timeoutMs: 60_000 });
      assert.ok(!smsc.commands.includes('generic_nack') && !smsc.commands.includes('alert_notification_resp'));
    }, smsc);
  });

  for (const bind of ['transceiver', 'two_connections']) {
    test(`what customers send arrives once and whole (${bind}), and one sender not without end`, { timeout: 2 * LONG_MS }, async () => {
      const smsc = await new OddSmsc((submit, reply) => reply({ message_id: `m${smsc.submits.length}` })).start();
      await withWorld({ config: smsAt(smsc, { bind, inbound_hour: 3 }) }, async (world) => {
        await until(() => smsc.commands.includes(bind === 'transceiver' ? 'bind_transceiver' : 'bind_receiver'), { what: 'the bind', timeoutMs: 60_000 });
        const received = (outcome) => metric(world, `keepline_sms_received_total{outcome="${outcome}"}`);
        const say = (fields) => smsc.deliver({ source_addr_ton: 1, source_addr_npi: 1, source_addr: '8613800138000', destination_addr: '10099', ...fields });
        // A long one in Chinese, its parts in the wrong order.
        const part = (number, text) => say({ esm_class: 0x40, data_coding: 8, short_message: { udh: Buffer.from([5, 0, 3, 77, 2, number]), message: text } });
        assert.equal(await part(2, '办理人不是我本人。'), 0);
        assert.equal(await received('taken'), 0, 'not before it is whole');
        assert.equal(await part(1, '我要撤回昨天提交的注销申请，'), 0);
        await until(async () => await received('taken') === 1, { what: 'the long text' });
        assert.match(world.keepline.log, /"sms_received".*"whole":"yes"/);
        assert.equal(await say({ short_message: 'STOP' }), 0);
        await until(async () => await received('taken') === 2, { what: 'the short text' });
        assert.equal(await say({ short_message: 'STOP' }), 0, 'the network says it again');
        await until(async () => await received('repeat') === 1, { what: 'the repeat to be recognised' });
        assert.equal(await say({ short_message: 'one' }), 0);
        assert.equal(await say({ short_message: 'two' }), 0);
        await until(async () => await received('over_limit') === 1, { what: 'the limit of one sender' });
        assert.equal(await received('taken'), 3);
        assert.equal(await say({ short_message: 'NOTME' }), 0);
        await until(async () => await received('taken') === 4, { what: 'the word that no limit holds back: senders can be forged' });
        assert.doesNotMatch(world.keepline.log, /撤回|8613800138000/, 'neither words nor sender in the log');
      }, smsc);
    });
  }
});

describe('the HLR', () => {
  test('a second client of our name is named, in readiness and metrics, and when it is gone the line closes', { timeout: 3 * LONG_MS }, async () => {
    await withWorld({ peers: ['hlr', 'smsc'], config: { hlr: { connections: 1, unit_name: 'keepline' } } }, async (world) => {
      const twin = await startVlr({ address: world.hlr.address, name: 'keepline-1' });
      const subscriber = newSubscriber();
      const line = newLine({ profiles: newLine().profiles.slice(0, 1) });
      const one = await world.takeOver(subscriber, line);
      const closure = await apply(await world.as(subscriber.id), world.smsc, one, line.number);
      await reach(world.system, closure.id, 'unbinding');
      await reportDeleted(world.system, one.id, line.profiles[0]);
      await until(async () => /bears our name 'keepline-1'/.test(await trouble(world, 'hlr') ?? ''), { what: 'the trouble to be named', timeoutMs: LONG_MS });
      assert.match(await trouble(world, 'hlr'), /hlr\.unit_name of its own/);
      assert.equal(await metric(world, 'keepline_hlr_names_taken'), 1);
      assert.match(world.keepline.log, /"destination_paused".*bears our name/);
      twin.disconnect();
      await reach(world.system, closure.id, 'closed', LONG_MS);
      assert.equal(await metric(world, 'keepline_hlr_names_taken'), 0);
      assert.equal(await trouble(world, 'hlr'), undefined);
    });
  });
});
