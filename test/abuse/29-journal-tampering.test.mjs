// Item 29 of issue 7: somebody who can write the store's file, and knows how it is made. Each test changes the file in one
// way, with all hashes that lie in it made to fit again, and asks `keepline verify`. On 4b5af17 each of these ended with
// "Everything holds". The anchors lie where the file is not (here: a folder of their own), as docs/operating.md asks for.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { newLine, newSubscriber, yuan } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { temporaryFolder } from '../peers/child.mjs';
import { until } from '../peers/wait.mjs';
import { forgetsAllSince } from './attack.mjs';

const ANCHORED_MS = 20_000;

// -- the attacker's tools

const sqlite = (file, sql, args = []) => execFileSync('sqlite3', [...args, file, sql], { encoding: 'utf8', maxBuffer: 1 << 28 });
const query = (file, sql) => JSON.parse(sqlite(file, sql, ['-json']) || '[]');

const number = (n) => { const out = Buffer.alloc(8); out.writeBigUInt64BE(BigInt(n)); return out; };
const part = (data) => { const bytes = Buffer.from(data); return Buffer.concat([number(bytes.length), bytes]); };
const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest();

/** The journal as the attacker rewrites it: all entries, hashed and chained again from the first that he changed. */
class Forgery {
  constructor(file) {
    this.file = file;
    this.old = !query(file, "SELECT name FROM pragma_table_info('entry')").some(({ name }) => name === 'position');
    this.place = this.old ? 'seq' : 'position';
    this.entries = query(file, `SELECT ${this.place} AS place, ${this.old ? '' : 'seq, '}stream, version, partition, at, destinations, hex(hash) AS hash, meta, events, effects FROM entry ORDER BY 1`);
  }

  hash(before, e) {
    return sha256(part(before), number(e.version), number(e.at), part(e.meta), part(e.events), part(e.effects), number(e.destinations), ...(this.old ? [number(e.partition)] : []));
  }

  /** Changes one entry and makes everything behind it fit. */
  rewrite(which, change) {
    const target = this.entries.find(which);
    assert.ok(target, 'there is such an entry');
    const before = this.entries.find((e) => e.stream === target.stream && e.version === target.version - 1);
    change(target);
    let head = Buffer.from(before.hash, 'hex');
    for (const e of this.entries.filter((one) => one.stream === target.stream && one.version >= target.version)) {
      head = this.hash(head, e);
      e.hash = head.toString('hex');
    }
    this.save();
  }

  /** Leaves entries out: numbers, positions and chains close up. */
  drop(which) {
    this.entries = this.entries.filter((e) => !which(e));
    this.save();
  }

  save() {
    const heads = new Map();
    const rows = [];
    if (!this.old) {
      for (const e of this.entries) {
        const head = heads.get(e.partition) ?? { seq: 0, chain: Buffer.alloc(32) };
        head.seq += 1;
        e.seq = head.seq;
        head.chain = sha256(part(head.chain), number(e.partition), number(e.seq), part(Buffer.from(e.hash, 'hex')));
        head.place = e.place;
        heads.set(e.partition, head);
        rows.push(`UPDATE entry SET seq = ${e.seq}, chain = x'${head.chain.toString('hex')}' WHERE position = ${e.place};`);
      }
      rows.push('DELETE FROM partition;');
      for (const [id, head] of heads) rows.push(`INSERT INTO partition VALUES (${id}, ${head.seq}, x'${head.chain.toString('hex')}', ${head.place});`);
    }
    const text = (value) => `'${value.replaceAll("'", "''")}'`;
    for (const e of this.entries) rows.push(`UPDATE entry SET hash = x'${e.hash}', meta = ${text(e.meta)}, events = ${text(e.events)} WHERE ${this.place} = ${e.place};`);
    rows.push(`DELETE FROM entry WHERE ${this.place} NOT IN (${this.entries.map((e) => e.place).join(',')});`);
    const last = new Map(this.entries.map((e) => [e.stream, e]));
    rows.push(`DELETE FROM stream WHERE id NOT IN (${[...last.keys()].join(',')});`);
    for (const [id, e] of last) {
      const where = this.old ? `head_seq = ${e.place}` : `head_seq = ${e.seq}, head_position = ${e.place}`;
      rows.push(`UPDATE stream SET version = ${e.version}, head = x'${e.hash}', ${where} WHERE id = ${id};`);
    }
    sqlite(this.file, `BEGIN; ${rows.join('\n')} COMMIT;`);
  }
}

// -- the journal that he gets at

describe('a journal that somebody else has written to', () => {
  let world;
  let file;
  let whole;
  let anchors;
  const lines = [];

  before(async () => {
    anchors = temporaryFolder('second-disk');
    const anchor = process.env.KEEPLINE_ABUSE_OLD ? {} : { anchor: { copy: path.join(anchors, 'anchors.jsonl'), every_s: 1 } };
    world = await startWorld({ peers: [], config: anchor });
    for (let n = 0; n < 3; ++n) {
      const subscriber = newSubscriber();
      const { body } = await world.system.post('/v1/lines/import', { subscriber, line: newLine() });
      lines.push(body.id);
      for (let m = 0; m < 3; ++m) await world.system.post(`/v1/lines/${body.id}/top-ups`, { amount: yuan(100 + m), reference: `top-${n}-${m}` });
      await world.agent.post(`/v1/lines/${body.id}/closures`, { reason: 'not_needed' });  // has a reference
    }
    await world.keepline.stop();
    file = path.join(world.folder, 'data', 'keepline.db');
    whole = `${file}.whole`;
    copyFileSync(file, whole);
  }, { timeout: 180_000 });
  after(async () => { await world?.stop(); });

  const verify = () => world.cli(process.env.KEEPLINE_ABUSE_OLD ? ['verify'] : ['verify', '--anchor', path.join(anchors, 'anchors.jsonl')]);
  /** Does it, asks, and puts the file back. */
  const noticed = async (attack, words) => {
    try {
      await attack(file);
      const { code, stdout, stderr } = await verify();
      assert.equal(code, 8, `went unnoticed: ${stdout}`);
      if (words) assert.match(stderr, words);
    } finally {
      copyFileSync(whole, file);
    }
  };
  const idOf = (line) => query(file, `SELECT id FROM stream WHERE public_id = '${line}'`)[0].id;
  const settle = (sql) => noticed((at) => sqlite(at, sql));

  test('as the server left it, it holds', async () => {
    const { code, stdout } = await verify();
    assert.equal(code, 0);
    assert.match(stdout, /Everything holds/);
  });

  test('an actor renamed', () => noticed((at) => {
    new Forgery(at).rewrite((e) => e.stream === idOf(lines[1]) && e.version === 2, (e) => { e.meta = e.meta.replace('"bss"', '"eve"'); });
  }, /not the entry that was there before/));

  test('a fact turned into its opposite', () => noticed((at) => {
    const digits = (text) => text.replace('top-1-2', 'top-1-9');
    new Forgery(at).rewrite((e) => e.stream === idOf(lines[1]) && e.version === 4, (e) => { e.events = digits(e.events); });
  }, /not the entry that was there before/));

  test('the last entry of a stream cut', () => noticed((at) => {
    const stream = idOf(lines[0]);
    const forgery = new Forgery(at);
    const last = Math.max(...forgery.entries.filter((e) => e.stream === stream).map((e) => e.version));
    forgery.drop((e) => e.stream === stream && e.version === last);
  }));

  test('the last entry of the whole journal cut', () => noticed((at) => {
    const forgery = new Forgery(at);
    const last = forgery.entries.at(-1);
    forgery.drop((e) => e === last);
  }));

  test('a whole line deleted', () => noticed((at) => {
    const stream = idOf(lines[2]);
    new Forgery(at).drop((e) => e.stream === stream);
  }));

  test('a token raised to admin', () => settle("UPDATE token SET role = 'admin' WHERE role = 'agent'"));
  test('a token of his own added', () => settle("INSERT INTO token (digest, role, holder, note, created_at) VALUES ('00', 'admin', 'eve', '', 0)"));
  test('a token removed', () => settle("DELETE FROM token WHERE role = 'reviewer'"));
  test('cursors moved forward', () => settle(new Forgery(file ?? '').old
    ? 'UPDATE cursor SET upto = upto + 256'
    : 'UPDATE horizon SET position = position + 1'));
  test('cursors moved back', () => settle(query(file, "SELECT count(*) AS n FROM sqlite_schema WHERE name = 'horizon'")[0].n
    ? 'UPDATE horizon SET position = 1 WHERE destination = 1'
    : 'UPDATE cursor SET upto = 256 WHERE destination = 1'));
  test('a row of the vault removed', () => settle('DELETE FROM vault WHERE id = 2'));
  test('a row of the vault exchanged', () => settle('UPDATE vault SET sealed = (SELECT sealed FROM vault WHERE id = 1) WHERE id = 2'));
  test('a trigger that works for him later', () => settle("CREATE TRIGGER t AFTER INSERT ON token BEGIN UPDATE token SET role = 'admin'; END"));

  // On the program of before (3cfacd3) 17 of the 19 that follow ended with "Everything holds".
  describe('a table beside the journal', () => {
    const one = (sql) => query(file, sql)[0];
    const cases = {
      'a note taken out': ["DELETE FROM note WHERE name = 'clock.mark'", /the table note has \d+ rows, but \d+ were written/],
      'a note as it was before': [() => `UPDATE note SET value = '1 2 3' WHERE name = 'endings.today'`, /a row of the table note/],
      'all notes': ['DELETE FROM note', /the table note has 0 rows/],
      'a reference that leads to another line': ['UPDATE reference SET stream = (SELECT min(stream) FROM reference)', /a row of the table reference/],
      'a reference taken out': ['DELETE FROM reference WHERE name = (SELECT min(name) FROM reference)', /the table reference has \d+ rows, but/],
      'the table of partitions emptied': ['DELETE FROM partition', /the table partition has 0 rows/],
      'a partition taken out': ['DELETE FROM partition WHERE id = (SELECT min(id) FROM partition)', /the table partition has/],
      'a stream\'s memory of commands wiped, so that one is done again': [() => `UPDATE stream SET recent = x'' WHERE id = ${idOf(lines[0])}`, /the row of stream ln_.* \(public id, remembered commands\)/],
      'another public id': [() => `UPDATE stream SET public_id = 'ln_0000000000000000' WHERE id = ${idOf(lines[0])}`, /the row of stream ln_0000000000000000/],
      'the owner\'s epoch set back': ['UPDATE owner SET epoch = 0', /a row of the table owner/],
      'the owner taken out': ['DELETE FROM owner', /owner/],
      'a receipt awaited for somebody else': ["INSERT INTO awaited_receipt VALUES ('sms:1', 1, 9999999999999)", /the table awaited_receipt has 1 rows, but 0/],
      'a token held back that was not': ["INSERT INTO token_on_hold SELECT min(digest) FROM token", /the table token_on_hold has 1 rows, but 0/],
      'a retry that nobody asked for': ["INSERT INTO retry VALUES (1, 1, 1, 1, 1, 0, 0, '', '', 0)", /the table retry has \d+ rows, but/],
      'a count by stage': ['UPDATE stage_count SET streams = streams + 1', /the table stage_count/],
      'what is noted about a table': ["DELETE FROM tally WHERE name = 'reference'", /what was noted about the table reference is gone/],
    };
    for (const [name, [sql, words]] of Object.entries(cases))
      test(name, () => noticed((at) => sqlite(at, typeof sql === 'function' ? sql() : sql), words));
    test('and the references are there', () => assert.ok(one('SELECT count(*) AS n FROM reference').n >= 2));
  });

  describe('the subscribers\' keys', () => {
    const keys = () => path.join(world.folder, 'data', 'keys', 'subscribers.sqlite');
    const ofKeys = async (sql, words) => {
      copyFileSync(keys(), `${keys()}.whole`);
      try {
        sqlite(keys(), sql);
        const { code, stdout, stderr } = await verify();
        assert.equal(code, 8, `went unnoticed: ${stdout}`);
        assert.match(stderr, words);
      } finally {
        copyFileSync(`${keys()}.whole`, keys());
      }
    };
    test('a key taken out, without an erasure', () => ofKeys('DELETE FROM subscriber_key WHERE subscriber = (SELECT min(subscriber) FROM subscriber_key)', /the subscribers' keys: the table subscriber_key has \d rows, but \d were written/));
    test('a key destroyed, without an erasure', () => ofKeys('UPDATE subscriber_key SET wrapped = NULL', /a row of the table subscriber_key/));
    test('two keys exchanged', () => ofKeys('UPDATE subscriber_key SET wrapped = (SELECT max(wrapped) FROM subscriber_key)', /a row of the table subscriber_key/));
    test('the check of the master key', () => ofKeys("UPDATE master_check SET wrapped = x'00'", /master_check/));
    test('the file\'s id', () => ofKeys("UPDATE about SET value = 'another'", /the table about/));
    test('a key and what is noted about it, so that only the journal knows', () => ofKeys('DELETE FROM subscriber_key; DELETE FROM tally', /the subscribers' keys: what was noted about the table .* is gone/));
  });

  test('an old copy put back', async () => {
    await world.keepline.start();
    await world.system.post(`/v1/lines/${lines[0]}/top-ups`, { amount: yuan(100), reference: 'later' });
    await world.keepline.stop();
    const later = `${file}.later`;
    copyFileSync(file, later);
    copyFileSync(whole, file);
    const { code, stdout } = await verify();
    assert.equal(code, 8, `went unnoticed: ${stdout}`);
    copyFileSync(later, file);
    assert.equal((await verify()).code, 0);
  });

  test('the end of the journal cut off', async () => {
    const forget = forgetsAllSince(path.dirname(file));
    await world.keepline.start();
    const newest = () => (existsSync(path.join(anchors, 'anchors.jsonl')) ? readFileSync(path.join(anchors, 'anchors.jsonl'), 'utf8').trim().split('\n').length : 0);
    const before = newest();
    let sent = 0;
    const deadline = Date.now() + ANCHORED_MS;
    // Until an anchor has seen most of it.
    while (sent < 60 || (!process.env.KEEPLINE_ABUSE_OLD && newest() < before + 3 && Date.now() < deadline)) {
      // Each of another line: one takes only so many a day.
      await world.system.post('/v1/lines/import', { subscriber: newSubscriber(), line: newLine() });
      ++sent;
    }
    await world.keepline.kill9();
    forget();
    const { code, stdout } = await verify();
    assert.equal(code, 8, `went unnoticed: ${stdout}`);
  });

  // It used to start, and its next anchors hid what was missing (40-ends-and-absences.test.mjs).
  test('and the server says so when it starts, and does not', async () => {
    await world.keepline.start({ wait: false });
    await until(() => !world.keepline.alive, { what: 'the start to be refused', timeoutMs: 60_000 });
    assert.ok(world.keepline.log.includes('anchor_mismatch'), 'the log says so');
  });
});
