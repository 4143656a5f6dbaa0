// What stops a start: `serve` refuses it, and `config check` and `upgrade --check` have said the same before, with the same words and the exit code
// that the start ends with. Each case is an installation that served before, and one thing that is wrong with it now.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { temporaryFolder } from '../peers/child.mjs';
import { keeplineBinary, startKeepline } from '../peers/keepline.mjs';
import { toToml } from '../peers/toml.mjs';
import { freePort } from '../peers/wait.mjs';
import { run } from './world.mjs';

const CLEAN = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('KEEPLINE_')));
const said = (args, cwd) => run(keeplineBinary(), ['--config', 'keepline.toml', ...args], { cwd, env: CLEAN, timeoutMs: 60_000 });
let served; // the folder of an installation that served, and stands
let ports;

before(async () => {
  const keepline = await startKeepline();
  await keepline.stop();
  served = keepline.folder;
  ports = [await freePort(), await freePort()];
}, { timeout: 180_000 });

/** A copy of it: { folder, key(name), write(config) }. */
function installation() {
  const folder = temporaryFolder('start');
  cpSync(served, folder, { recursive: true, preserveTimestamps: true });
  const write = (over = {}) => writeFileSync(path.join(folder, 'keepline.toml'), toToml({
    data_dir: 'data', http: { listen: `127.0.0.1:${ports[0]}`, ...over.http }, metrics: { listen: `127.0.0.1:${ports[1]}`, ...over.metrics },
    ...Object.fromEntries(Object.entries(over).filter(([name]) => !['http', 'metrics'].includes(name))),
  }), { mode: 0o600 });
  write();
  return { folder, write, data: (name) => path.join(folder, 'data', name), key: (name) => path.join(folder, 'data/keys', name) };
}

const CASES = [
  ...['master.key', 'secret.key', 'signing.pem', 'anchor.pem'].flatMap((name) => [
    [`${name} that others may read`, 2, /others/i, ({ key }) => chmodSync(key(name), 0o644)],
    [`no ${name}`, 2, /missing|cannot be read/, ({ key }) => renameSync(key(name), `${key(name)}.kept`)],
  ]),
  ['a text that is no TOML', 2, /texts\/en\.toml/, ({ folder, write }) => {
    mkdirSync(path.join(folder, 'texts'));
    writeFileSync(path.join(folder, 'texts/en.toml'), 'closed = \n');
    write({ messages: { texts: 'texts' } });
  }],
  ['a TLS key that is not of its certificate', 2, /\[http\]: The TLS certificate or key cannot be used/, ({ folder, write }) => {
    for (const name of ['one', 'two'])
      execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=localhost', '-keyout', `${name}.key`, '-out', `${name}.pem`], { cwd: folder, stdio: 'ignore' });
    write({ http: { tls_cert: 'one.pem', tls_key: 'two.key' } });
  }],
  ['an empty store beside what a store left behind', 2, /There is no store at .*store\.seen/s, ({ data }) => {
    truncateSync(data('keepline.db'), 0);
    for (const rest of ['-wal', '-shm']) rmSync(data(`keepline.db${rest}`), { force: true });
  }],
  ['a log where a folder is', 2, /log\.file/, ({ folder, write }) => {
    mkdirSync(path.join(folder, 'log'));
    write({ log: { file: 'log' } });
  }],
  ['metrics and API at one address', 5, /127\.0\.0\.1/, ({ write }) => write({ metrics: { listen: `127.0.0.1:${ports[0]}` } })],
  ['a webhook with a secret that is none', 2, /webhook/, ({ write }) => write({ webhook: [{ name: 'x', url: 'https://hooks.example.com/', secret: 'short' }] })],
];

describe('what stops a start', () => {
  test('is nothing, of an installation that served', async () => {
    const { folder } = installation();
    assert.match((await said(['config', 'check'], folder)).stdout, /in order/);
    const { code, stdout } = await said(['upgrade', '--check', '--json'], folder);
    assert.deepEqual([code, JSON.parse(stdout).troubles], [0, []]);
  });

  for (const [name, exit, words, spoil] of CASES) {
    test(`${name}: the start refuses it, and both checks said so before`, async () => {
      const wrong = installation();
      spoil(wrong);
      const checked = await said(['config', 'check'], wrong.folder);
      const upgrade = await said(['upgrade', '--check'], wrong.folder);
      const start = await said(['serve'], wrong.folder);
      for (const [who, { code, stderr }] of Object.entries({ start, checked, upgrade })) {
        assert.equal(code, exit, `${who}: ${stderr}`);
        assert.match(stderr, words, who);
      }
      assert.match(upgrade.stderr, /would not start here/);
    });
  }

  test('anchors that saw more than the store has', async () => {
    const { folder, data, key } = installation();
    // The store goes back to before something was done; that it was ever further is known to the anchors alone.
    for (const name of ['keepline.db', 'keys/subscribers.sqlite']) copyFileSync(data(name), path.join(folder, path.basename(name)));
    assert.equal((await said(['token', 'create', '--role', 'admin', '--id', 'ops'], folder)).code, 0);
    const keepline = await startKeepline({ folder, port: ports[0], openapi: null });
    await keepline.stop();
    assert.ok(statSync(data('anchors.jsonl')).size > 0);
    for (const name of ['keepline.db', 'keys/subscribers.sqlite']) {
      for (const rest of ['-wal', '-shm']) rmSync(data(name + rest), { force: true });
      copyFileSync(path.join(folder, path.basename(name)), data(name));
    }
    rmSync(key('store.seen'));
    const all = { checked: await said(['config', 'check'], folder), upgrade: await said(['upgrade', '--check'], folder), start: await said(['serve'], folder) };
    for (const [who, { code, stderr }] of Object.entries(all)) {
      assert.equal(code, 8, `${who}: ${stderr}`);
      assert.match(stderr, /does not have what was anchored/, who);
    }
  });

  test('is said whole: the first refuses, the others stand below it', async () => {
    const { folder, key, write } = installation();
    chmodSync(key('master.key'), 0o644);
    chmodSync(key('signing.pem'), 0o644);
    write({ metrics: { listen: `127.0.0.1:${ports[0]}` } });
    const { code, stderr } = await said(['config', 'check', '--json'], folder);
    assert.equal(code, 2);
    const { detail, data } = JSON.parse(stderr);
    assert.match([detail, ...data.also].join('\n'), /signing\.pem.*master\.key.*one address/s);
    const start = await said(['serve'], folder);
    assert.match(start.stderr, /also: .*master\.key/);
  });

  test('an own policy that goes back to a version which said something else', async () => {
    const { folder, write } = installation();
    const own = path.join(folder, 'own');
    mkdirSync(own);
    const file = path.join(own, 'mine.toml');
    const first = 'id = "mine"\ninherits = "cn"\nversion = 1\ntitle = "t"\nsource = "s"\n';
    writeFileSync(file, first);
    write({ policies: { own: 'own' } });
    writeFileSync(path.join(folder, 'line.csv'), 'number,policy,subscriber,since,valid_until,full_name,currency,balance\n+8613800138000,mine,s-1,2024-05-01,2030-01-01,Wang Wei,CNY,1\n');
    const imported = await said(['import', 'line.csv'], folder);
    assert.equal(imported.code, 0, imported.stdout + imported.stderr);
    const serve = async () => {
      const keepline = await startKeepline({ folder, port: ports[0], openapi: null, config: { policies: { own } } });
      await keepline.stop();
      write({ policies: { own: 'own' } });
    };
    writeFileSync(file, first.replace('version = 1', 'version = 2').replace('title = "t"', 'title = "u"'));
    await serve();
    writeFileSync(file, first);
    assert.equal((await said(['config', 'check'], folder)).code, 0, 'the same version 1 again');
    appendFileSync(file, '\n[closing]\nquarantine_days = 91\n');
    for (const command of [['config', 'check'], ['upgrade', '--check'], ['serve']]) {
      const { code, stderr } = await said(command, folder);
      assert.notEqual(code, 0, command.join(' '));
      assert.match(stderr, /`mine` is in use.*says something else/, command.join(' '));
    }
    assert.match(readFileSync(file, 'utf8'), /91/);
  });
});
