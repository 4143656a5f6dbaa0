// Item 30 (secrets of the process): another process of the same user reads them. Seen to succeed on 4b5af17: the server's
// environment (with passwords) and memory were open to every process of its user, a crash left them in a core file, and a
// confirmation code stood on the command line, which everybody on the machine can read.

import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { temporaryFolder } from '../peers/child.mjs';
import { keeplineBinary } from '../peers/keepline.mjs';
import { freePort, until } from '../peers/wait.mjs';
import { policyFolder, ROOT } from '../e2e/world.mjs';

const NOBODY = 65_534;
const asNobody = process.getuid() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
const PASSWORD = 'correct-horse-battery';
const running = [];
after(() => running.forEach((one) => one.kill('SIGKILL')));

/** One at a time: the listener of the metrics is where it is by default. */
async function startServer(more = '') {
  for (const one of running.splice(0)) {
    const gone = once(one, 'exit');
    if (one.exitCode === null && one.kill('SIGKILL')) await gone;
  }
  const folder = temporaryFolder('secrets');
  chmodSync(folder, 0o755);
  const data = path.join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  if (asNobody.uid) chownSync(data, NOBODY, NOBODY);
  const port = await freePort();
  const file = path.join(folder, 'keepline.toml');
  const policies = policyFolder();
  chmodSync(policies, 0o755);
  writeFileSync(file, `data_dir = "${data}"\n${more}[http]\nlisten = "127.0.0.1:${port}"\n[policies]\ndir = "${policies}"\n[calendars]\ndir = "${ROOT}calendars"\n`);
  const { KEEPLINE_BIN: _bin, KEEPLINE_KEEP_TEMP: _keep, ...env } = process.env;
  const child = spawn(keeplineBinary(), ['--config', file, 'serve'], { ...asNobody, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], env: { ...env, KEEPLINE_MAIL_USER: 'u', KEEPLINE_MAIL_PASSWORD: PASSWORD } });
  running.push(child);
  child.log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { child.log += text; });
  await until(async () => (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => ({}))).status === 200, { what: 'the server', timeoutMs: 60_000 });
  return child;
}

/** What another process of the same user reads from a file of the server's. */
const readAs = (file) => new Promise((resolve) => {
  execFile('cat', [file], { ...asNobody, encoding: 'latin1' }, (error, stdout) => resolve(error && !stdout ? undefined : stdout));
});

describe('another process of the same user', () => {
  test('reads neither the environment nor the memory of the server, and a crash leaves no core', async () => {
    const server = await startServer();
    assert.ok(!(await readAs(`/proc/${server.pid}/environ`))?.includes(PASSWORD), 'a password from the environment');
    assert.equal(await readAs(`/proc/${server.pid}/auxv`), undefined, 'it cannot be traced');
    const limits = readFileSync(`/proc/${server.pid}/limits`, 'utf8');
    assert.match(limits, /Max core file size\s+0\s/);
    const locked = Number(/VmLck:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))[1]);
    assert.ok(locked >= 8, `keys lie in locked memory (${locked} kB)`);
  });

  test('one setting opens it for those who must look', async () => {
    const server = await startServer('[process]\ncore_dumps = true\n');
    assert.ok((await readAs(`/proc/${server.pid}/environ`)).includes(PASSWORD));
  });
});

describe('the command line', () => {
  test('takes no confirmation code, matching ID, one-time code or document number', () => {
    const refused = (args, words) => {
      try {
        execFileSync(keeplineBinary(), args, { encoding: 'utf8', stdio: 'pipe', env: { ...process.env, KEEPLINE_TOKEN: 'x', KEEPLINE_BIN: undefined } });
      } catch (failure) {
        assert.equal(failure.status, 2, failure.stderr);
        assert.match(failure.stderr, words);
        return;
      }
      assert.fail(`${args.join(' ')} was taken`);
    };
    refused(['order', 'create', '--type', 'basic', '--confirmation-code', '1234'], /confirmation-code/);
    for (const args of [['create', '--type', 'basic'], ['confirm', '8986'], ['cancel', '8986'], ['reset', '8986']]) {
      refused(['order', ...args, '--matching-id', 'CASE-1'], /matching-id/);
    }
    refused(['esim', 'list', '--matching-id', 'CASE-1'], /matching-id/);
    refused(['closure', 'answer-code', 'ln_x-c1', '12345678'], /stdin/);
    refused(['closure', 'evidence', 'ln_x-c1', '--kind', 'id_document', '--method', 'counter', '--shown', '110101199001011234'], /stdin/);
  });
});

describe('files that everybody may read', () => {
  test('a token in one is named when it is used', async () => {
    const file = path.join(temporaryFolder('modes'), 'token');
    writeFileSync(file, 'not-a-token\n');
    const used = () => new Promise((resolve) => {
      execFile(keeplineBinary(), ['closure', 'list', '--server', 'http://127.0.0.1:9', '--token-file', file], { cwd: ROOT }, (_error, _out, err) => resolve(err));
    });
    chmodSync(file, 0o644);
    assert.match(await used(), /--token-file: .* can be read by everybody/);
    chmodSync(file, 0o600);
    assert.doesNotMatch(await used(), /can be read/);
  });

  test('are named with their key, loudly, at the start and by config check', async () => {
    const folder = temporaryFolder('modes');
    const file = path.join(folder, 'keepline.toml');
    writeFileSync(file, '[mail]\nkind = "smtp"\nsecurity = "tls"\nuser = "u"\npassword = "p"\n');
    chmodSync(file, 0o644);
    const check = () => new Promise((resolve) => {
      execFile(keeplineBinary(), ['--config', file, 'config', 'check'], { cwd: ROOT }, (_error, _out, err) => resolve(err));
    });
    assert.match(await check(), /mail\.password.*can be read by everybody/);
    chmodSync(file, 0o600);
    assert.doesNotMatch(await check(), /can be read/);

    const key = path.join(folder, 'tls.key');
    writeFileSync(key, 'a key');
    writeFileSync(file, `[http]\ntls_cert = "${key}"\ntls_key = "${key}"\n`);
    chmodSync(key, 0o644);
    assert.match(await check(), /http\.tls_key: .*tls\.key can be read by everybody/);
    chmodSync(key, 0o600);
    assert.doesNotMatch(await check(), /can be read/);
  });
});
