// What lies around: words of a command line, the log of refunds, folders that others write, a restore that was cut off.
//
// Seen to succeed as attacks on the program of 0b32147: `keys rotate signing --reason` with a byte that is no text changed the key, and from then on the
// journal heard nothing that the command line did, and no further command ran. Zeros of the same length in place of the log of refunds started `ready`,
// beside a restore a refund was written twice, and the log was cut to nothing. A link of its name into the folder of keys emptied the master key; one
// of the anchors' key set overwrote secret.key, and a FIFO held up the start. A restore that was killed half way, and its own advice, ended in a server
// with the keys of the backup beside the store of today. And twelve plans of one hand at once were eleven that wait.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, linkSync, lstatSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, test } from 'node:test';
import { temporaryFolder } from '../peers/child.mjs';
import { until } from '../peers/wait.mjs';
import { newLine, newSubscriber, yuan } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { attempt, startOrItsWords } from './attack.mjs';

let world;
const elsewhere = temporaryFolder('second-disk');
const data = () => path.join(world.folder, 'data');
const key = (name) => path.join(data(), 'keys', name);
const log = () => path.join(data(), 'refunds', 'written.log');
const readyz = async () => (await world.keepline.api('GET', '/readyz', { unchecked: true })).body;

const startOrWords = () => startOrItsWords(world.keepline);

async function refusedStart(words) {
  const said = await startOrWords();
  if (said === 'ready') await world.keepline.stop();
  assert.notEqual(said, 'ready');
  assert.match(said, /^ended/, 'it does not stand there without a word');
  assert.match(said, words);
}

const batch = (id, file) => {
  const line = `${id}\t${file}\n`;
  return `${line}=\t${file}\t1\t${createHash('sha256').update(line).digest('hex').slice(0, 16)}\n`;
};

before(async () => {
  world = await startWorld({
    peers: [],
    config: { refund: { debtor_account: '6225880100001230', debtor_bic: 'CMBCCNBS' }, anchor: { every_s: 1, copy: path.join(elsewhere, 'anchors.jsonl') } },
  });
  await world.takeOver(newSubscriber(), newLine());
  await world.keepline.stop();
  mkdirSync(path.dirname(log()), { recursive: true });
  writeFileSync(log(), batch('kl-1', 'b-1.xml') + batch('kl-2', 'b-2.xml'));
  assert.equal(await startOrWords(), 'ready');
}, { timeout: 180_000 });
after(() => world?.stop());

describe('words of the command line', () => {
  /** With bytes that this program cannot write: through the shell. */
  const typed = (words) => {
    const { KEEPLINE_BIN: _, ...env } = process.env;
    const done = spawnSync('bash', ['-c', `exec ${world.keepline.binary} --config ${world.keepline.configFile} ${words}`], { encoding: 'utf8', cwd: world.folder, env });
    return { code: done.status, words: done.stdout + done.stderr };
  };

  test('what is no text, too long or empty changes nothing, and what is said after it is heard', async () => {
    await world.keepline.stop();
    const before = typed('keys show --json').words;
    const latin = '"$(printf \'Gr\\xfc\\xdfe aus der Nacht\')"';
    const long = '"$(head -c 15000 /dev/zero | tr "\\0" a)"';
    for (const reason of [latin, long, '""', 'x'])
      for (const command of ['keys rotate signing', 'keys rotate anchor', 'clock accept', 'endings accept --most 500', 'anchor accept']) {
        const done = typed(`${command} --reason ${reason}`);
        assert.equal(done.code, 2, `${command} ${reason.slice(0, 20)}: ${done.words.slice(0, 200)}`);
      }
    assert.equal(typed('keys show --json').words, before, 'no key was exchanged');
    for (const note of [latin, long, '""', '"$(printf \'a\\u202eb\')"']) assert.equal(typed(`token create --role admin --id eve --note ${note}`).code, 2, note.slice(0, 20));
    assert.ok(!typed('token list').words.includes('eve'));

    await world.mustCli(['keys', 'rotate', 'signing', '--reason', 'the yearly exchange']);
    assert.equal(await startOrWords(), 'ready');
    const { items } = (await world.admin.get('/v1/tokens/console/history')).body;
    assert.ok(items.some(({ events }) => events.some((event) => event.how?.reason === 'the yearly exchange')));
    assert.match((await readyz()).peers.find((one) => one.name === 'tokens').trouble, /console\/history/);
  });
});

describe('the log of refunds', () => {
  let whole;
  const putBack = async () => {
    rmSync(log(), { force: true, recursive: true });
    writeFileSync(log(), whole);
    assert.equal(await startOrWords(), 'ready', 'with the right one everything is as before');
  };

  test('what does not say what it said stops the start, and stays as it is', { timeout: 180_000 }, async () => {
    await world.keepline.stop();
    whole = readFileSync(log());
    const changed = {
      zeros: Buffer.alloc(whole.length),
      'zeros at the end': Buffer.concat([whole.subarray(0, 60), Buffer.alloc(whole.length - 60)]),
      'zeros behind it': Buffer.concat([whole, Buffer.alloc(100)]),
      'another log of that length': Buffer.from(batch('kl-1', 'b-1.xml') + batch('kl-3', 'b-2.xml')),
      'one batch less': Buffer.from(batch('kl-1', 'b-1.xml')),
      'words': Buffer.from(`${whole}the bank was here\n`),
      nothing: Buffer.alloc(0),
    };
    for (const [what, bytes] of Object.entries(changed)) {
      writeFileSync(log(), bytes);
      await refusedStart(/written\.log[^]*restore --in-place/);
      assert.ok(readFileSync(log()).equals(bytes), `${what}: nothing of it is changed`);
    }
    await putBack();
  });

  test('what was torn at the very end is kept beside it', async () => {
    await world.keepline.stop();
    writeFileSync(log(), `${whole}kl-9\tb-9.xml\nkl-10\tb`);
    assert.equal(await startOrWords(), 'ready');
    assert.ok(readFileSync(log()).equals(whole));
    const [torn] = readdirSync(path.dirname(log())).filter((name) => name.startsWith('written.log.torn-'));
    assert.equal(readFileSync(path.join(path.dirname(log()), torn), 'utf8'), 'kl-9\tb-9.xml\nkl-10\tb');
  });

  test('a link, a pipe or a second name where it lies harms no other file', { timeout: 180_000 }, async () => {
    await world.keepline.stop();
    const master = readFileSync(key('master.key'));
    for (const lay of [() => symlinkSync(key('master.key'), log()), () => linkSync(key('master.key'), log()), () => execFileSync('mkfifo', [log()]), () => mkdirSync(log())]) {
      rmSync(log(), { recursive: true });
      lay();
      await refusedStart(/written\.log/);
      assert.ok(readFileSync(key('master.key')).equals(master));
      assert.equal(statSync(key('master.key')).mode & 0o777, 0o600);
    }
    await putBack();
  });

  test('beside a restore, too: no log that says nothing knows what was paid', { timeout: 180_000 }, async () => {
    const backup = path.join(temporaryFolder('backup'), 'b');
    renameSync(log(), `${log()}.away`);
    await world.mustCli(['backup', backup]);  // of before anything was paid
    assert.ok(!existsSync(path.join(backup, 'refunds.log')));
    renameSync(`${log()}.away`, log());
    await world.keepline.stop();
    const anchored = path.join(data(), 'anchors.jsonl');
    assert.ok(existsSync(anchored));

    writeFileSync(log(), Buffer.alloc(whole.length));
    const zeros = await world.cli(['restore', backup, '--replace']);
    assert.notEqual(zeros.code, 0, 'what cannot be read is not taken for all');
    assert.match(zeros.stderr, /written\.log/);
    assert.ok(readFileSync(log()).equals(Buffer.alloc(whole.length)));
    writeFileSync(log(), whole);
    assert.equal(await startOrWords(), 'ready', 'nothing was changed');
    await world.keepline.stop();

    const cut = path.join(path.dirname(backup), 'cut.log');
    for (const less of ['', batch('kl-1', 'b-1.xml')]) {
      writeFileSync(cut, less);
      const restored = await world.mustCli(['restore', backup, '--replace', '--refund-log', cut, '--json']);
      assert.equal(restored.refunds_on_hold, true, `${less.length} octets`);
      // Back to the store of today: nobody may do so but by hand.
      for (const file of restored.moved_aside) renameSync(file, file.replace(/\.replaced-\d+$/, ''));
      rmSync(log(), { force: true });
      writeFileSync(log(), whole);
    }
    const known = await world.mustCli(['restore', backup, '--replace', '--json']);
    assert.equal(known.refunds_on_hold, false, 'the log that says all that the store here knew');
    assert.ok(readFileSync(log()).equals(whole));
    for (const file of known.moved_aside) renameSync(file, file.replace(/\.replaced-\d+$/, ''));
    for (const file of readdirSync(elsewhere)) rmSync(path.join(elsewhere, file));
    assert.equal(await startOrWords(), 'ready');
  });
});

describe('the second disk', () => {
  const jwks = path.join(elsewhere, 'anchors.jsonl.jwks');

  test('a link or a pipe in place of the key set harms no other file and holds up no start', { timeout: 180_000 }, async () => {
    await world.keepline.stop();
    const secret = readFileSync(key('secret.key'));
    for (const lay of [() => symlinkSync(key('secret.key'), jwks), () => linkSync(key('secret.key'), jwks), () => execFileSync('mkfifo', [jwks])]) {
      rmSync(jwks);
      lay();
      assert.equal(await startOrWords(), 'ready');
      assert.ok(readFileSync(key('secret.key')).equals(secret));
      assert.ok(lstatSync(jwks).isFile(), 'ours, in its place');
      assert.ok(JSON.parse(readFileSync(jwks, 'utf8')).keys.length > 0);
      await world.keepline.stop();
    }
    assert.equal(await startOrWords(), 'ready');
  });

  test('a link or a pipe in place of the anchors', { timeout: 180_000 }, async () => {
    await world.keepline.stop();
    const anchors = path.join(elsewhere, 'anchors.jsonl');
    const secret = readFileSync(key('secret.key'));
    for (const lay of [() => symlinkSync(key('secret.key'), anchors), () => execFileSync('mkfifo', [anchors])]) {
      rmSync(anchors);
      lay();
      assert.equal(await startOrWords(), 'ready', 'the other place of the anchors is whole');
      await sleep(1500);
      assert.ok(readFileSync(key('secret.key')).equals(secret));
      await world.keepline.stop();
    }
    rmSync(anchors);
    assert.equal(await startOrWords(), 'ready');
  });
});

describe('plans', () => {
  test('that come at once are eight of one hand, not eleven', async () => {
    const subscriber = newSubscriber();
    const line = newLine();
    await world.takeOver(subscriber, line);
    const post = (n) => attempt(world.admin.post('/v1/import-plans', { rows: [{ subscriber, line: { ...line, balance: yuan(9_000_000 + n) } }] }));
    await post(0);
    for (const round of [1, 2]) await Promise.all(Array.from({ length: 12 }, (_, n) => post(20 * round + n)));
    for (let n = 0; n < 8; ++n) await post(100 + n);
    const { items } = (await world.admin.get('/v1/import-plans?limit=100')).body;
    assert.equal(items.filter((one) => one.stage === 'waiting').length, 8);
  });
});

describe('a restore that was cut off', () => {
  const strace = spawnSync('strace', ['-V']).status === 0;

  test('wherever it was: no server runs on half of it, and another try goes through', { skip: !strace && 'no strace here', timeout: 400_000 }, async () => {
    const away = temporaryFolder('cut-off');
    const backup = path.join(away, 'b');
    const keys = path.join(away, 'k.sqlite');
    await world.mustCli(['backup', backup, '--keys', keys]);
    const later = newSubscriber();
    await world.takeOver(later, newLine());
    await sleep(1500);
    await world.keepline.stop();
    const saved = path.join(away, 'data');
    execFileSync('cp', ['-a', data(), saved]);
    const { KEEPLINE_BIN: _, ...env } = process.env;
    let whole = false;
    for (let cut = 1; !whole; ++cut) {
      assert.ok(cut < 30);
      rmSync(data(), { recursive: true });
      execFileSync('cp', ['-a', saved, data()]);
      const inject = ['-f', '-qq', '-o', '/dev/null', '-e', 'trace=rename', '-e', `inject=rename:signal=SIGKILL:when=${cut}`];
      const again = ['restore', backup, '--keys', keys, '--replace'];
      spawnSync('strace', [...inject, world.keepline.binary, '--config', world.keepline.configFile, ...again], { cwd: world.folder, env: { ...env, ASAN_OPTIONS: 'detect_leaks=0' } });
      const staged = path.join(data(), 'keepline.db.restoring');
      whole = !existsSync(staged);
      if (whole) break;
      await refusedStart(/was not finished[^]*rename back/);
      const kept = `${staged}.kept`;
      renameSync(staged, kept);  // whoever only takes that file away
      const words = await startOrWords();
      if (words === 'ready') {
        assert.equal((await world.keepline.api('GET', `/v1/subscribers/${later.id}/person?reason=because+I+look`, { token: world.admin.token })).status, 200, `cut at ${cut}: the store and the keys of today`);
        await world.keepline.stop();
      } else assert.match(words, /no store at/);
      renameSync(kept, staged);
      assert.equal((await world.cli(again)).code, 0, `cut at ${cut}: again, and it goes through`);
      assert.equal((await world.cli(['verify'])).code, 0);
    }
    rmSync(data(), { recursive: true });
    renameSync(saved, data());
    for (const file of readdirSync(elsewhere)) rmSync(path.join(elsewhere, file));
    assert.equal(await startOrWords(), 'ready');
  });
});
