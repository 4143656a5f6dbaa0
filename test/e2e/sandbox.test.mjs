// serve --sandbox: its clock, its pretended peers and the endings of numbers that make them fail, what it refuses to be taken
// for, and that a real server knows nothing of it.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { prepareKeepline } from '../peers/keepline.mjs';
import { startWebhook } from '../peers/webhook.mjs';
import { until } from '../peers/wait.mjs';
import { refused } from './client.mjs';
import { newLine, newSubscriber } from './people.mjs';
import { DAY_MS, FROM, args, clockOf, forward, sms, someoneIn, startSandbox } from './sandbox.mjs';
import { ROOT, startWorld } from './world.mjs';

let world, webhook;
before(async () => {
  webhook = await startWebhook();
  world = await startSandbox({ config: { webhook: [{ name: 'partner', url: webhook.url, secret: webhook.secret }] } });
}, { timeout: 180_000 });
after(async () => { await world?.stop(); await webhook?.stop(); });

const someone = (over) => someoneIn(world, over);

describe('the clock', () => {
  test('begins where it was told to, and is lived through: reminders, grace, suspension, the end, each on its day', async () => {
    const { now, ahead_ms: ahead } = await clockOf(world);
    assert.ok(Math.abs(Date.parse(now) - Date.parse(FROM)) < 600_000, now);
    assert.ok(Math.abs(Date.now() + ahead - Date.parse(now)) < 60_000);
    const one = await someone();
    const status = async () => (await world.agent.get(`/v1/lines/${one.id}`)).body.status;
    await forward(world, 'P31D');
    assert.equal(await status(), 'grace');
    await forward(world, 'P30D');
    assert.equal(await status(), 'suspended');
    const after_ = await forward(world, 'P60D');
    assert.equal(await status(), 'ended');
    assert.ok(Date.parse(after_.now) - Date.parse(now) >= 121 * DAY_MS);
    const texts = await sms(world, one.phone);
    const days = texts.map(({ at }) => Math.floor((Date.parse(at) - Date.parse(now)) / DAY_MS));
    assert.ok(texts.some(({ text }) => /validity has ended/.test(text)));
    assert.deepEqual(days, [...days].sort((a, b) => a - b));
    assert.ok(new Set(days).size >= 3, `each at its own time: ${days}`);
  });

  test('is moved once by one Idempotency-Key, forward only, and to an instant', async () => {
    const key = 'move-once-1';
    const first = await forward(world, 'P2D', { key });
    const again = await forward(world, 'P2D', { key });
    assert.ok(Date.parse(again.now) - Date.parse(first.now) < DAY_MS, 'the same wish');
    await refused(world.admin.post('/v1/sandbox/clock', { forward: 'P3D' }, { key }), 'idempotency-key-reused', 422);
    await refused(world.admin.post('/v1/sandbox/clock', { to: FROM }), 'invalid', 422);
    for (const forward_ of ['P1M', 'P1Y', '7d', 'P', 'PT', 'P1DT', 'P1D1W', 'P-1D', 'P99999999D'])
      await refused(world.admin.post('/v1/sandbox/clock', { forward: forward_ }), 'invalid', 422);
    await refused(world.admin.post('/v1/sandbox/clock', {}), 'invalid', 422);
    const to = new Date(Date.parse(first.now) + 5 * DAY_MS).toISOString();
    const there = (await world.admin.post('/v1/sandbox/clock', { to }, { timeoutMs: 60_000 })).body;
    assert.ok(Date.parse(there.now) >= Date.parse(to));
  });

  test('news reach a webhook before the clock says that it is there', async () => {
    const one = await someone({ valid_until: new Date(Date.parse((await clockOf(world)).now) + 2 * DAY_MS).toISOString().replace(/\.\d+Z/, 'Z') });
    await forward(world, 'P3D');
    assert.ok(webhook.deliveries.some(({ body }) => body.includes(one.line.number)), 'the grace was told');
  });

  test('is where it was after a restart, also without a goodbye', async () => {
    const before_ = Date.parse((await clockOf(world)).now);
    world.keepline.args = args();
    await world.keepline.restart({ hard: true });
    const now = Date.parse((await clockOf(world)).now);
    assert.ok(now >= before_ && now < before_ + 600_000, `${before_} → ${now}`);
  });

  test('is moved from the command line, in people\'s words', async () => {
    const env = { KEEPLINE_TOKEN: world.admin.token };
    const before_ = Date.parse((await clockOf(world)).now);
    const { now } = await world.mustCli(['sandbox', 'forward', '7d', '--json'], { env });
    assert.ok(Date.parse(now) >= before_ + 7 * DAY_MS);
    assert.match(await world.mustCli(['sandbox', 'clock'], { env }), /now/);
    await world.mustCli(['sandbox', 'messages', '--to', '+8613000000000'], { env });
  });
});

describe('its peers', () => {
  test('the table of endings is that of docs/integrating.md, each of its own', async () => {
    const { items } = (await world.admin.get('/v1/sandbox/triggers')).body;
    const documented = [...readFileSync(path.join(ROOT, 'docs/integrating.md'), 'utf8').matchAll(/^\| `…(\d{4})` \| (\w+) \| `(\w+)` \| (.+) \|$/gm)].map(([, ending, by, failure, words]) => ({ ending, by, failure, words }));
    assert.deepEqual(items, documented);
    assert.equal(new Set(items.map(({ ending }) => ending)).size, items.length);
  });

  test('a message to an ending that refuses waits for staff; one that is late goes through by itself', async () => {
    const late = newSubscriber({ language: 'en' });
    late.contacts[0].address = '+8613700019902';
    const never = newSubscriber({ language: 'en' });
    never.contacts[0].address = '+8613700019901';
    for (const subscriber of [late, never]) {
      const { body } = await world.system.post('/v1/lines/import', { subscriber, line: newLine({ policy: 'cn', since: '2025-01-01T00:00:00Z', valid_until: '2030-01-01T00:00:00Z' }) });
      await world.agent.post(`/v1/lines/${body.id}/lost`, { how: 'a call' });
    }
    await forward(world, 'PT2H');
    assert.equal((await sms(world, '+8613700019902')).length, 1);
    assert.equal((await sms(world, '+8613700019901')).length, 0);
    const dead = (await world.admin.get('/v1/effects?state=dead&destination=sms')).body.items;
    assert.ok(dead.some(({ error_words: words }) => /sandbox's SMSC refuses/.test(words)), JSON.stringify(dead));
  });

  test('a customer\'s text arrives as from an SMSC, once', async () => {
    const one = await someone();
    await world.agent.post(`/v1/lines/${one.id}/lost`, { how: 'a call' });
    await forward(world, 'PT0S');
    const key = 'text-once';
    for (let i = 0; i < 2; ++i) await world.admin.post('/v1/sandbox/messages', { from: one.phone, text: 'hello there' }, { key });
    await refused(world.admin.post('/v1/sandbox/messages', { from: 'nobody', text: 'x' }), 'invalid', 422);
    await forward(world, 'PT0S');
    assert.equal((await world.agent.get(`/v1/lines/${one.id}/replies`)).body.items.length, 1);
  });
});

describe('nothing of it is taken for the real thing', () => {
  test('every answer says so, also to garbage; readiness, problems, pages and certificates too', async () => {
    for (const target of ['/healthz', '/readyz', '/v1/nothing', '/openapi.yaml']) {
      const { headers } = await world.keepline.api('GET', target, { unchecked: true });
      assert.equal(headers.get('keepline-sandbox'), 'true', target);
    }
    const ready = (await world.keepline.api('GET', '/readyz')).body;
    assert.equal(ready.sandbox, true);
    const problem = (await world.keepline.api('GET', '/v1/nothing', { unchecked: true })).body;
    assert.equal(problem.sandbox, true);
    assert.ok(world.keepline.log.includes('"event":"sandbox"') || world.keepline.log.includes('sandbox'), 'the log');
  });

  test('customers, agents and machines do not move time', async () => {
    for (const client of [world.agent, world.reviewer, world.system]) await refused(client.post('/v1/sandbox/clock', { forward: 'P1D' }), 'forbidden', 403);
  });

  const serve = async (config, more = [], options = {}) => {
    const keepline = await prepareKeepline({ args: args(...more), config, ...options });
    const { status, stderr } = spawnSync(keepline.binary, ['serve', ...(options.real ? [] : ['--sandbox', ...more]), '--config', keepline.configFile], { cwd: keepline.folder, encoding: 'utf8', timeout: 60_000 });
    return { status, stderr, keepline };
  };
  for (const [key, config] of Object.entries({
    'sms.host': { sms: { kind: 'smpp', host: 'smsc.operator.example', system_id: 'x' } }, 'mail.host': { mail: { kind: 'smtp', host: '192.0.2.1' } },
    'hlr.host': { hlr: { kind: 'osmo', host: '10.0.0.1' } }, 'webhook.url': { webhook: [{ name: 'x', url: 'https://bank.example/hook', secret: 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=' }] },
    'keys.signing_key_file': { keys: { signing_key_file: '/etc/keepline/signing.pem' } }, 'refund.folder': { refund: { folder: '/var/spool/bank' } },
    'webhooks.private_targets': { webhooks: { private_targets: ['10.0.0.0/8'] } },
  })) {
    test(`${key} that is not of this machine, or not its own, is refused`, async () => {
      const { status, stderr } = await serve(config);
      assert.notEqual(status, 0);
      assert.match(stderr, new RegExp(`${key.replace('.', '\\.')} is not`));
    });
  }

  test('a real server\'s store is no sandbox\'s, nor the other way round; and one begins once', async () => {
    const real = await startWorld({ peers: [] });
    const { folder } = real.keepline;
    await refused(real.admin.get('/v1/sandbox/clock'), 'not-found', 404);
    assert.equal((await real.keepline.api('GET', '/readyz')).headers.get('keepline-sandbox'), null);
    await real.stop();
    const as = (words, at) => spawnSync(real.keepline.binary, [...words, '--config', path.join(at, 'keepline.toml')], { cwd: at, encoding: 'utf8', timeout: 60_000 });
    const asSandbox = as(['serve', '--sandbox'], folder);
    assert.notEqual(asSandbox.status, 0);
    assert.match(asSandbox.stderr, /is not a sandbox's/);

    const sandbox = await startSandbox({ from: null });
    await sandbox.stop();
    const asReal = as(['serve'], sandbox.keepline.folder);
    assert.notEqual(asReal.status, 0);
    assert.match(asReal.stderr, /served with --sandbox only/);
    const twice = as(['serve', '--sandbox', '--from', FROM], sandbox.keepline.folder);
    assert.notEqual(twice.status, 0);
    assert.match(twice.stderr, /this one has begun/);
    assert.notEqual(as(['serve', '--from', FROM], sandbox.keepline.folder).status, 0);
  });

  test('a webhook of the API may be on this machine only', async () => {
    const make = (url) => world.admin.post('/v1/webhooks', { name: `w${url.length}`, url, topics: ['*'] });
    await refused(make('https://8.8.8.8/hook'), 'invalid');
    assert.equal((await make('http://127.0.0.1:9/hook')).status, 202);
  });
});

describe('what has outlived its purpose', () => {
  test('goes by itself: sixty days after the last line ended its owner is forgotten, and whoever has a line is not', async () => {
    const one = await someone({ policy: 'brief' });
    const person = async () => (await world.admin.get(`/v1/subscribers/${one.subscriber.id}`)).body;
    const status = async () => (await world.agent.get(`/v1/lines/${one.id}`)).body.status;
    assert.equal((await person()).kept_until, undefined, 'they have a line');
    for (let days = 0; await status() !== 'ended'; days += 20) {
      assert.ok(days < 200, 'the line lapses');
      await forward(world, 'P20D');
    }
    const { kept_until: until_ } = await until(async () => { const now = await person(); return now.kept_until && now; }, { what: 'the end to be told to the owner\'s stream' });
    const left = Date.parse(until_) - Date.parse((await clockOf(world)).now);
    assert.ok(left > 20 * DAY_MS && left <= 61 * DAY_MS, until_);
    const report = (await world.admin.get('/v1/retention')).body;
    assert.ok(report.kept_after_end >= 1, 'the report counts them');
    assert.deepEqual(report.classes.find((item) => item.data_class === 'identity_after_end').days.find((item) => item.policy === 'brief'), { policy: 'brief', days: 60 });
    const table = await world.mustCli(['retention', 'report', '--server', world.keepline.url], { env: { KEEPLINE_TOKEN: world.admin.token } });
    assert.match(table, /identity_after_end.*brief 60/);
    await forward(world, `P${Math.floor(left / DAY_MS) - 1}D`);
    assert.equal((await person()).erased_at, undefined, 'not a day before');
    await forward(world, 'P3D');
    const gone = await until(async () => { const now = await person(); return now.erased_at && now; }, { what: 'the erasure' });
    assert.deepEqual(gone.contacts, []);
    await refused(world.admin.get(`/v1/subscribers/${one.subscriber.id}/person?reason=${encodeURIComponent('is anything left')}`), 'erased', 410);
  });
});
