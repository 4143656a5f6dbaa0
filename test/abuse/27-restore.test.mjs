// Item 27: the disk is lost, or a file of it. Seen to succeed on 4b5af17: without secret.key and signing.pem new ones were
// made silently (every token 401, every certificate unverifiable); a copy of the store put back by hand brought revoked
// tokens to life, and a refund whose log was lost was written again.

import assert from 'node:assert/strict';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { temporaryFolder } from '../peers/child.mjs';
import { until } from '../peers/wait.mjs';
import { Client } from '../e2e/client.mjs';
import { newLine, newSubscriber } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { startOrItsWords } from './attack.mjs';

let world;
let line;
const customer = newSubscriber();
const data = () => path.join(world.folder, 'data');
const keys = (name) => path.join(data(), 'keys', name);
const admitted = async (token) => (await world.keepline.api('GET', '/v1/closures?limit=1', { token, unchecked: true })).status === 200;
const lawful = async (token) => until(() => world.keepline.ready(), { what: 'the server', timeoutMs: 60_000 }).then(() => admitted(token));

const startOrWords = () => startOrItsWords(world.keepline);

before(async () => {
  world = await startWorld({ peers: [], config: { refund: { debtor_account: '6225880100001230', debtor_bic: 'CMBCCNBS' } } });
  line = await world.takeOver(customer, newLine());
});
after(() => world?.stop());

describe('a key is missing', () => {
  for (const name of ['secret.key', 'signing.pem', 'subscribers.sqlite', 'master.key']) {
    test(`without ${name} the server refuses with words and makes none, also at the second try`, async () => {
      await world.keepline.stop();
      renameSync(keys(name), `${keys(name)}.away`);
      try {
        for (let again = 0; again < 2; ++again) {
          const words = await startOrWords();
          assert.notEqual(words, 'ready', 'a server with new keys beside an old store');
          assert.match(words, new RegExp(name.replace('.', '\\.')));
          assert.ok(!existsSync(keys(name)), 'none was made');
        }
      } finally {
        await world.keepline.kill9();
        renameSync(`${keys(name)}.away`, keys(name));
      }
      assert.equal(await startOrWords(), 'ready');
      assert.ok(await admitted(world.admin.token), 'with the right one everything is as before');
    });
  }
});

describe('a copy is put back by hand', () => {
  test('a store from before a revocation is refused, until it is restored as what it is', async () => {
    const issued = await world.token('system', 'dismissed');
    await world.keepline.stop();
    const kept = path.join(temporaryFolder('by-hand'), 'keepline.db');
    copyFileSync(path.join(data(), 'keepline.db'), kept);
    await world.keepline.start();
    assert.ok(await lawful(issued.token));
    await world.mustCli(['token', 'revoke', 'dismissed']);
    await until(async () => !(await admitted(issued.token)), { what: 'the revocation', timeoutMs: 60_000 });
    await world.keepline.stop();
    for (const tail of ['', '-wal', '-shm']) rmSync(path.join(data(), `keepline.db${tail}`), { force: true });
    copyFileSync(kept, path.join(data(), 'keepline.db'));
    const words = await startOrWords();
    if (words === 'ready') assert.ok(!(await admitted(issued.token)), 'a revoked token lives again');
    assert.match(words, /keepline restore/);
    const anchors = path.join(data(), 'anchors.jsonl');
    const seen = path.join(temporaryFolder('anchors'), 'anchors.jsonl');
    copyFileSync(anchors, seen);
    copyFileSync(`${anchors}.jwks`, `${seen}.jwks`);
    await world.mustCli(['restore', '--in-place']);
    assert.equal((await world.mustCli(['verify', '--json'])).ok, true, 'what was restored holds, its seals too');
    const against = await world.cli(['verify', '--anchor', seen, '--jwks', `${seen}.jwks`]);
    assert.equal(against.code, 8, 'the anchors from before saw more');
    assert.match(against.stderr, /was restored from a backup at/);
    assert.equal(await startOrWords(), 'ready');
    assert.ok(!(await admitted(issued.token)), 'on hold, like every token');
    assert.ok(!(await admitted(world.admin.token)));
    const beside = await world.cli(['token', 'confirm', 'ops']);
    assert.notEqual(beside.code, 0, 'beside a running server it takes two administrators');
    assert.match(beside.stderr, /two administrators/);
    await world.keepline.stop();
    for (const holder of ['ops', 'bss', 'keymaster']) await world.mustCli(['token', 'confirm', holder]);
    assert.equal(await startOrWords(), 'ready');
    await until(() => admitted(world.admin.token), { what: 'the confirmed token', timeoutMs: 60_000 });
    assert.ok(!(await admitted(issued.token)), 'nobody confirmed this one');
    const { items } = (await world.admin.get('/v1/tokens/console/history')).body;
    const went = items.flatMap((entry) => entry.events).filter((event) => event.type === 'went_on').map((event) => event.how);
    assert.deepEqual(went.map((how) => [how.what, how.detail, how.by.id, how.acknowledged]), ['ops', 'bss', 'keymaster'].map((one) => ['tokens', one, 'console', false]));
    const told = async () => (await world.keepline.api('GET', '/readyz', { unchecked: true })).body.peers.some((one) => one.name === 'tokens');
    assert.ok(await told(), 'every administrator can see that it was done past them');
    await world.admin.post('/v1/tokens/console/acknowledgement', { acts: went.map((how) => how.serial) });
    await until(async () => !(await told()), { what: '/readyz to be at ease again', timeoutMs: 60_000 });
  });

  test('a log of refunds that is gone or shorter stops the start', async () => {
    await world.keepline.stop();
    const log = path.join(data(), 'refunds', 'written.log');
    mkdirSync(path.dirname(log), { recursive: true });
    const batch = 'kl-1\tbatch-1.xml\n';
    const { createHash } = await import('node:crypto');
    const closing = `=\tbatch-1.xml\t1\t${createHash('sha256').update(batch).digest('hex').slice(0, 16)}\n`;
    const { appendFileSync } = await import('node:fs');
    appendFileSync(log, batch + closing);
    assert.equal(await startOrWords(), 'ready');
    await world.keepline.stop();
    renameSync(log, `${log}.away`);
    const words = await startOrWords();
    await world.keepline.kill9();
    renameSync(`${log}.away`, log);
    assert.notEqual(words, 'ready', 'every refund of that log could be paid again');
    assert.match(words, /written\.log/);
    assert.equal(await startOrWords(), 'ready');
  });
});

describe('everything is lost but the two secrets', () => {
  test('backup, go on, lose the disk, restore: data, keys and refund log are back; what was revoked since stays dead', async () => {
    const away = temporaryFolder('away');
    const backup = path.join(away, 'backup');
    const issued = await world.token('system', 'dismissed-2');
    const jwks = (await world.keepline.api('GET', '/.well-known/jwks.json')).body;
    // Somebody writes the name of the journal's own event as the reason to look somebody up.
    const looked = (reason, by = world.admin) => by.get(`/v1/subscribers/${customer.id}/person?reason=${reason}`);
    await looked('subscriber_erased');
    const made = await world.mustCli(['backup', backup, '--json']);
    assert.deepEqual(made.not_in_it.map((file) => path.basename(file)).sort(), ['master.key', 'secret.key']);
    for (const secret of made.not_in_it) {
      const bytes = readFileSync(secret);
      for (const file of readdirSync(backup)) assert.ok(!readFileSync(path.join(backup, file)).includes(bytes), `${file} holds a secret`);
    }
    for (const file of readdirSync(backup)) assert.ok(!readFileSync(path.join(backup, file)).includes('PRIVATE KEY'), `${file} holds the signing key`);
    await world.mustCli(['token', 'revoke', 'dismissed-2']);
    await world.keepline.stop();
    for (const secret of ['master.key', 'secret.key']) copyFileSync(keys(secret), path.join(away, secret));
    rmSync(data(), { recursive: true });

    const without = await world.cli(['restore', backup]);
    assert.notEqual(without.code, 0);
    assert.match(without.stderr, /secret_file|master_key_file/);
    mkdirSync(path.join(data(), 'keys'), { recursive: true, mode: 0o700 });
    for (const secret of ['master.key', 'secret.key']) cpSync(path.join(away, secret), keys(secret));
    const restored = await world.mustCli(['restore', backup, '--json']);
    assert.ok(restored.streams >= 2);
    assert.ok(restored.tokens_on_hold > 0);
    assert.equal(restored.refunds_on_hold, true, 'the log of what was written since is lost');
    assert.equal((await world.mustCli(['verify', '--json'])).ok, true);
    assert.match(readFileSync(path.join(data(), 'refunds', 'written.log'), 'utf8'), /kl-1/);

    assert.equal(await startOrWords(), 'ready');
    assert.ok(!(await admitted(issued.token)), 'revoked after the backup, and still dead');
    await world.keepline.stop();
    await world.mustCli(['token', 'confirm', 'ops']);
    await world.mustCli(['token', 'confirm', 'keymaster']);
    assert.equal(await startOrWords(), 'ready');
    await until(() => admitted(world.admin.token), { what: 'the confirmed token', timeoutMs: 60_000 });
    assert.deepEqual((await world.keepline.api('GET', '/.well-known/jwks.json')).body, jwks, 'certificates verify as before');
    assert.equal((await looked('calling-back', world.admin)).status, 200, 'nobody was erased by a word');
    assert.equal((await world.admin.get(`/v1/lines/${line.id}`)).body.number, line.number);
    const { body } = await world.keepline.api('GET', '/readyz', { unchecked: true });
    assert.match(body.peers.find((one) => one.name === 'refund').trouble, /refunds release/);
    await world.mustCli(['refunds', 'release', '--reason', 'compared with the bank'], { env: { KEEPLINE_TOKEN: world.admin.token } });
    const { items } = (await world.keymaster.get('/v1/requests')).body;
    const asked = items.find((one) => one.about.id === 'console').request;
    assert.deepEqual([asked.act, asked.details.what, asked.may_sign], ['let_go_on', 'refunds', true]);
    await world.keymaster.post(`/v1/tokens/console/requests/${asked.serial}/countersignature`);
    const waits = async () => (await world.keepline.api('GET', '/readyz', { unchecked: true })).body.peers.some((one) => one.name === 'refund');
    await until(async () => !(await waits()), { what: 'the refunds to be let go', timeoutMs: 60_000 });
    const again = await world.cli(['restore', backup]);
    assert.notEqual(again.code, 0, 'never over a store that runs');
    assert.ok(new Client(world.keepline, world.admin.token));
  });
});
