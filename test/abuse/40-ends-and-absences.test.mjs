// What is gone proves nothing, and what comes later hides nothing: a cut end of the journal that a server went on from, a
// store, keys or a key of the anchors that are gone, a restore that fails half-way or brings an older file of keys, another
// server's keys. Seen to succeed on 0b32147, in this order: `verify` said "Everything holds" without subscribers.sqlite; a
// lost anchor.pem was replaced and the key sets beside both files overwritten, `verify` exited 8 for ever; an empty store
// came up beside surviving keys, ready; a second server took the first one's keys; a return of money that does not exist
// left a key for ever; a failed restore left the old store in place without any hold; after a restore with an older file
// of keys a living customer was 410 "erased", and a second registration hid it; a cut end was forgotten 80 bookings later.

import assert from 'node:assert/strict';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { temporaryFolder } from '../peers/child.mjs';
import { sleep, until } from '../peers/wait.mjs';
import { newLine, newSubscriber } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { attempt, forgetsAllSince, startOrItsWords } from './attack.mjs';

let world;
let second;  // another disk
const lines = [];
const customers = [];
const data = () => path.join(world.folder, 'data');
const keys = (name) => path.join(data(), 'keys', name);
const anchors = () => path.join(data(), 'anchors.jsonl');
const admitted = async (token) => (await world.keepline.api('GET', '/v1/closures?limit=1', { token, unchecked: true })).status === 200;
const person = (one) => attempt(world.admin.get(`/v1/subscribers/${one.id}/person?reason=calling-back`));
const linesOf = (file) => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').length : 0);
const keysInFile = (name) => JSON.parse(execFileSync('sqlite3', ['-json', keys('subscribers.sqlite'), `SELECT count(*) AS n FROM subscriber_key WHERE subscriber LIKE '${name}'`]).toString())[0].n;

const startOrWords = () => startOrItsWords(world.keepline);

/** Files are moved away, this is done, and they are moved back. */
async function without(files, what) {
  for (const file of files) renameSync(file, `${file}.away`);
  try {
    await what();
  } finally {
    await world.keepline.kill9();
    for (const file of files) {
      rmSync(file, { force: true });
      renameSync(`${file}.away`, file);
    }
  }
}

async function refusedStart(words) {
  const said = await startOrWords();
  assert.notEqual(said, 'ready', 'it came up');
  assert.match(said, words);
}

before(async () => {
  second = path.join(temporaryFolder('second-disk'), 'anchors.jsonl');
  world = await startWorld({ peers: [], config: { hlr: { kind: 'none' }, anchor: { copy: second, every_s: 1 } } });
  for (let n = 0; n < 3; ++n) {
    customers.push(newSubscriber());
    lines.push(await world.takeOver(customers[n], newLine()));
  }
}, { timeout: 180_000 });
after(async () => { await world?.keepline.kill9(); await world?.stop(); });

describe('what is gone', () => {
  test('a key made for what was refused does not stay', async () => {
    const theirs = { to: 'payer', account: { holder: 'Zhang Wei', iban: 'NO9386011117947', bic: 'DNBANOKK' } };
    const { status } = await attempt(world.agent.post(`/v1/lines/${lines[0].id}/unclaimed-money/7/return`, theirs));
    assert.equal(status, 404, 'there is no such money');
    await world.keepline.stop();
    const sealed = JSON.parse(execFileSync('sqlite3', ['-json', path.join(data(), 'keepline.db'), 'SELECT DISTINCT subscriber FROM vault']).toString()).length;
    assert.equal(keysInFile('%'), sealed, 'as many keys as owners of anything sealed');
  });

  test('the subscribers\' keys: verify does not take their absence for soundness', async () => {
    assert.equal((await world.cli(['verify'])).code, 0);
    const files = readdirSync(path.join(data(), 'keys')).filter((name) => /^subscribers\.sqlite(-wal|-shm)?$/.test(name)).map(keys);
    await without(files, async () => {
      const { code, stderr, stdout } = await world.cli(['verify']);
      assert.equal(code, 8, stdout);
      assert.match(stderr, /subscribers\.sqlite is gone/);
    });
    for (const name of ['secret.key', 'master.key'])
      await without([keys(name)], async () => assert.equal((await world.cli(['verify'])).code, 8, name));
  });

  test('the key of the anchors: none is made silently, and the key sets keep the old one', async () => {
    const before = [anchors(), second].map((file) => readFileSync(`${file}.jwks`, 'utf8'));
    await without([keys('anchor.pem')], async () => {
      await refusedStart(/anchor\.pem[^]*keys rotate anchor/);
      assert.ok(!existsSync(keys('anchor.pem')), 'none was made');
    });
    assert.deepEqual([anchors(), second].map((file) => readFileSync(`${file}.jwks`, 'utf8')), before);
    assert.equal(await startOrWords(), 'ready');
    assert.notEqual((await world.cli(['keys', 'rotate', 'anchor'])).code, 0, 'not beneath a running server');
    await world.keepline.stop();
    rmSync(keys('anchor.pem'));
    await world.mustCli(['keys', 'rotate', 'anchor', '--reason', 'it was lost', '--json']);
    assert.equal((await world.cli(['verify'])).code, 0, 'what the lost key signed is still held to');
    assert.equal(await startOrWords(), 'ready');
    const before2 = linesOf(second);
    await until(() => linesOf(second) >= before2, { what: 'an anchor by the new key' });
    await sleep(1500);
    for (const args of [[], ['--anchor', second, '--jwks', `${second}.jwks`]]) assert.equal((await world.cli(['verify', ...args])).code, 0, args.join(' '));
    assert.equal(JSON.parse(readFileSync(`${second}.jwks`)).keys.length, 2);
    await until(async () => JSON.stringify((await world.keepline.api('GET', '/readyz', { unchecked: true })).body.peers).includes('changed its keys'), { what: 'every administrator to be told' });
    await world.keepline.stop();
  });

  test('the store: no empty one comes up beside what is left of it', async () => {
    const files = readdirSync(data()).filter((name) => /^keepline\.db(-wal|-shm)?$/.test(name)).map((name) => path.join(data(), name));
    await without(files, async () => {
      await refusedStart(/There is no store at [^]*anchors\.jsonl/);
      assert.notEqual((await world.cli(['token', 'create', '--role', 'admin', '--id', 'eve'])).code, 0);
      assert.ok(!existsSync(files[0]), 'none was made');
      writeFileSync(files[0], '');  // as an unmounted or truncated one
      await refusedStart(/There is no store at/);
    });
    assert.equal(await startOrWords(), 'ready');
  });

  test('another server does not take this one\'s keys, nor its anchors', async () => {
    const other = temporaryFolder('other');
    const place = { KEEPLINE_DATA_DIR: other, KEEPLINE_HTTP_LISTEN: '127.0.0.1:0', KEEPLINE_STORE_PATH: path.join(other, 'keepline.db') };
    const shared = { KEEPLINE_KEYS_SUBSCRIBER_KEYS_FILE: keys('subscribers.sqlite'), KEEPLINE_KEYS_MASTER_KEY_FILE: keys('master.key') };
    for (const env of [shared, { KEEPLINE_ANCHOR_FILE: anchors() }]) {
      const { code, stdout, stderr } = await world.cli(['serve'], { timeoutMs: 60_000, env: { ...place, KEEPLINE_KEYS_SECRET_FILE: path.join(other, 'secret.key'), KEEPLINE_KEYS_SIGNING_KEY_FILE: path.join(other, 'signing.pem'), KEEPLINE_ANCHOR_COPY: '', ...env } });
      assert.ok(code > 0, `it ran: ${stdout.slice(-300)}`);
      assert.match(stdout + stderr, /this is left of one|is using the subscribers' keys|writes its anchors/);
    }
  });
});

describe('a restore', () => {
  test('that fails leaves what was there; a half-done one is not served; with an older file of keys it says whose is missing', { timeout: 180_000 }, async () => {
    const [older, backup] = ['older', 'backup'].map((name) => path.join(temporaryFolder('away'), name));
    await world.mustCli(['backup', older, '--json']);
    const late = newSubscriber();
    const lateLine = newLine();
    await world.takeOver(late, lateLine);
    const issued = await world.token('system', 'dismissed');
    await world.mustCli(['backup', backup, '--json']);
    await world.mustCli(['token', 'revoke', 'dismissed']);
    await until(async () => !(await admitted(issued.token)), { what: 'the revocation', timeoutMs: 60_000 });
    await world.keepline.stop();
    const whole = `${data()}.whole`;
    cpSync(data(), whole, { recursive: true });

    // The disk is new; of the two secrets one is another's.
    const secrets = ['secret.key', 'master.key'].map((name) => [name, readFileSync(keys(name))]);
    const newDisk = () => {
      rmSync(data(), { recursive: true });
      mkdirSync(path.join(data(), 'keys'), { recursive: true, mode: 0o700 });
      for (const [name, bytes] of secrets) writeFileSync(keys(name), bytes, { mode: 0o600 });
    };
    newDisk();
    writeFileSync(keys('master.key'), Buffer.alloc(32, 7), { mode: 0o600 });
    const failed = await world.cli(['restore', backup]);
    assert.notEqual(failed.code, 0);
    assert.ok(!existsSync(path.join(data(), 'keepline.db')), 'nothing is in its place');
    writeFileSync(keys('master.key'), secrets[1][1], { mode: 0o600 });
    // Cut off before its last step.
    copyFileSync(path.join(backup, 'journal.db'), path.join(data(), 'keepline.db.restoring'));
    await refusedStart(/restore into [^]* was not finished/);
    assert.equal((await world.cli(['restore', backup])).code, 0, 'again, and it goes through');
    assert.equal((await world.cli(['verify'])).code, 0);
    assert.equal(await startOrWords(), 'ready');
    assert.ok(!(await admitted(issued.token)), 'revoked after the backup');
    await world.keepline.stop();
    const { accepted } = await world.mustCli(['verify', '--anchor', second, '--json']);
    assert.match(accepted.join(), /restored from a backup/, 'the other disk saw more, and says why it is gone');

    newDisk();
    const restored = await world.cli(['restore', backup, '--keys', path.join(older, 'subscribers.sqlite')]);
    assert.equal(restored.code, 8, restored.stdout);
    assert.match(restored.stderr, /the keys of 1 owners/i);
    assert.equal((await world.cli(['verify'])).code, 8);
    await world.mustCli(['token', 'confirm', '--all']);
    assert.equal(await startOrWords(), 'ready');
    await until(() => admitted(world.admin.token), { what: 'the confirmed tokens', timeoutMs: 60_000 });
    assert.equal((await person(customers[0])).status, 200);
    assert.equal((await person(late)).problem?.code ?? (await person(late)).body?.code, 'key-missing');
    await attempt(world.system.post('/v1/subscribers', late));
    await attempt(world.system.post('/v1/lines/import', { subscriber: late, line: lateLine }));
    assert.equal((await world.cli(['verify'])).code, 8, 'no new key hides it');
    await world.keepline.stop();
    rmSync(data(), { recursive: true });
    renameSync(whole, data());
    for (const file of [second, `${second}.jwks`]) rmSync(file);  // it saw the other one
    assert.equal(await startOrWords(), 'ready');
  });
});

describe('the end of the journal is cut', () => {
  const goOn = () => world.system.post('/v1/lines/import', { subscriber: newSubscriber(), line: newLine() });

  test('no server goes on from it, until somebody gave up what is missing, and then everybody is told', { timeout: 180_000 }, async () => {
    await world.keepline.stop();
    const forget = forgetsAllSince(data());
    assert.equal(await startOrWords(), 'ready');
    const before = linesOf(second);
    for (let n = 0; n < 60; ++n) await goOn();
    await until(async () => { await goOn(); return linesOf(second) >= before + 3; }, { what: 'anchors', timeoutMs: 60_000 });
    await world.keepline.kill9();
    forget();
    const anchored = readFileSync(second, 'utf8');
    assert.equal((await world.cli(['verify', '--anchor', second])).code, 8);
    await refusedStart(/does not have what was anchored[^]*keepline anchor accept/);
    assert.equal(readFileSync(second, 'utf8'), anchored, 'nothing was written behind it');

    assert.notEqual((await world.cli(['anchor', 'accept'])).code, 0, 'not without a reason');
    await world.mustCli(['anchor', 'accept', '--reason', 'the disk lost its last minute', '--json']);
    assert.equal(await startOrWords(), 'ready');
    const { items } = (await world.admin.get('/v1/tokens/console/history')).body;
    assert.ok(items.some(({ events }) => events.some((event) => event.how?.what === 'anchors' && event.how.reason === 'the disk lost its last minute')));
    for (let n = 0; n < 20; ++n) await goOn();
    await sleep(2500);
    await world.keepline.stop();
    for (const args of [[], ['--anchor', second]]) {
      const { code, stdout } = await world.cli(['verify', ...args]);
      assert.equal(code, 0);
      assert.match(stdout, /But it did not always: [^]*the disk lost its last minute/);
    }
    const seen = path.join(path.dirname(second), 'seen.jsonl');
    writeFileSync(seen, anchored);
    assert.equal((await world.cli(['verify', '--anchor', seen])).code, 8, 'who has the lines from before still sees it');
    assert.equal(await startOrWords(), 'ready', 'accepted once is enough');
    await world.keepline.stop();
  });
});
