// The Debian packages in a new, minimal Debian 12: installed with nothing but what they depend on, served from, upgraded over a store that is in
// use and a configuration that was changed, removed and purged. What is left then is what customers' lines are made of, and nothing else.
//
// Slow, and needs root and a Debian mirror: part of `./dev soak`, not of `./dev test` (which looks into the packages: test/tidy/package.test.mjs).
// KEEPLINE_PACKAGE_BUILD: the folder of the build to pack (build/release).

import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../peers/child.mjs';
import { freePort, until } from '../peers/wait.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BUILD = process.env.KEEPLINE_PACKAGE_BUILD ?? path.join(ROOT, 'build/release');
const MINUTES = 60_000;

const run = (command, args, options) => execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 26, ...options });

/** The mirror that this machine itself installs from. */
function mirror() {
  const targets = run('apt-get', ['indextargets', '--format', '$(CREATED_BY) $(ORIGIN) $(CODENAME) $(REPO_URI)']).split('\n').map((line) => line.split(' '));
  return targets.find(([by, origin, codename]) => by === 'Packages' && origin === 'Debian' && codename === 'bookworm')?.[3] ?? 'http://deb.debian.org/debian';
}

/**
 * A minimal Debian, made in a user namespace where that works: mmdebstrap takes --mode=unshare from nobody who is root, so whoever called sudo makes
 * it as an archive. Else with the real root's rights, and a line says why.
 */
function makeRoot() {
  const how = ['--variant=apt', '--include=ca-certificates', 'bookworm'];
  const user = process.env.SUDO_USER;
  const why = !user || user === 'root' ? 'nobody but root is here (SUDO_USER)' : spawnSync('runuser', ['-u', user, '--', 'unshare', '--user', '--map-auto', '--map-root-user', 'true'], { encoding: 'utf8' }).stderr.trim();
  if (why) {
    console.error(`package.test.mjs: --mode=root, no user namespace: ${why}`);
    run('mmdebstrap', ['--mode=root', ...how, root, mirror()]);
    return;
  }
  const archive = execFileSync('runuser', ['-u', user, '--', 'mmdebstrap', '--mode=unshare', '--format=tar', ...how, '-', mirror()], { stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 30 });
  mkdirSync(root);
  execFileSync('tar', ['--extract', '--numeric-owner', '--directory', root], { input: archive });
}

let folder, root, first, second, metrics, http;
/** In the root; throws with what was said. */
const inside = (...command) => run('chroot', [root, '/usr/bin/env', '-i', 'PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin', 'DEBIAN_FRONTEND=noninteractive', 'LANG=C.UTF-8', ...proxies(), ...command]);
const proxies = () => ['http_proxy', 'https_proxy', 'no_proxy'].filter((name) => process.env[name]).map((name) => `${name}=${process.env[name]}`);
const asKeepline = (...command) => run('chroot', ['--userspec=keepline:keepline', root, '/usr/bin/env', '-i', 'PATH=/usr/bin:/bin', ...command]);
const at = (file) => path.join(root, file);

/** The packages of the build, copied into the root: { keepline, phone, symbols } as paths in there. */
function packed(name, version) {
  const made = run(path.join(ROOT, 'tools/package'), [BUILD], { env: { ...process.env, ...(version && { KEEPLINE_PACKAGE_VERSION: version }) } }).trim().split('\n');
  const into = at(`srv/${name}`);
  mkdirSync(into, { recursive: true });
  run('cp', [...made.map((file) => path.resolve(ROOT, file)), into]);
  const find = (start) => `/srv/${name}/${readdirSync(into).find((file) => file.startsWith(`${start}_`))}`;
  return { keepline: find('keepline'), phone: find('keepline-phone'), symbols: find('keepline-dbgsym') };
}

/** Serves in the root as the unit does, without systemd, until `work` is done; ends politely. */
async function serving(work) {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'chroot', '--userspec=keepline:keepline', root, '/usr/bin/env', '-i', 'PATH=/usr/bin:/bin',
    `KEEPLINE_HTTP_LISTEN=127.0.0.1:${http}`, `KEEPLINE_METRICS_LISTEN=127.0.0.1:${metrics}`, '/usr/bin/keepline', '--config', '/etc/keepline/keepline.toml', 'serve'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { said += text; });
  const ended = new Promise((resolve) => { child.once('close', (code) => resolve(code)); });
  try {
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}:\n${said}`);
      return fetch(`http://127.0.0.1:${metrics}/readyz`).then(({ status }) => status === 200, () => false);
    }, { what: 'the packaged server', timeoutMs: 60_000 });
    return await work();
  } finally {
    child.kill('SIGTERM');
    assert.equal(await ended, 0, said);
  }
}

before(async () => {
  if (process.getuid() !== 0) throw new Error('this test makes a root of its own and needs root: sudo ./dev soak 1 test/slow/package.test.mjs');
  if (!existsSync(path.join(BUILD, 'bin/keepline'))) throw new Error(`there is no build in ${BUILD}: ./dev package makes it`);
  folder = temporaryFolder('package');
  root = path.join(folder, 'root');
  makeRoot();
  writeFileSync(at('etc/dpkg/dpkg.cfg.d/test'), 'force-unsafe-io\n');
  writeFileSync(at('usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  run('cp', ['-L', '/etc/resolv.conf', at('etc/resolv.conf')]);
  [http, metrics] = [await freePort(), await freePort()];
  first = packed('first', '0.0.9');
  second = packed('second');
}, { timeout: 15 * MINUTES });
after(() => { if (folder) rmSync(folder, { recursive: true, force: true }); });

describe('the packages', { timeout: 20 * MINUTES }, () => {
  test('install in a minimal Debian with what they depend on, and a purge before the first start leaves nothing', () => {
    inside('apt-get', 'update', '-q');
    inside('apt-get', 'install', '-y', '-q', '--no-install-recommends', first.keepline, first.phone, first.symbols);
    assert.match(inside('keepline', 'version'), /^keepline /);
    assert.match(inside('getent', 'passwd', 'keepline'), /:\/var\/lib\/keepline:\/usr\/sbin\/nologin/);
    assert.equal(inside('stat', '-c', '%U:%G %a', '/etc/keepline', '/etc/keepline/keepline.toml', '/var/lib/keepline', '/var/backups/keepline'),
      'root:keepline 750\nroot:keepline 640\nkeepline:keepline 700\nkeepline:keepline 700\n');
    assert.match(asKeepline('keepline', '--config', '/etc/keepline/keepline.toml', 'config', 'check'), /in order/);
    inside('apt-get', 'purge', '-y', '-q', 'keepline', 'keepline-phone', 'keepline-dbgsym');
    assert.equal(inside('find', '/', '-xdev', '-name', '*keepline*', '-not', '-path', '/srv/*', '-not', '-path', '/proc/*', '-not', '-path', '/var/cache/*'), '');
    assert.throws(() => inside('getent', 'passwd', 'keepline'));
  });

  test('serve from where the unit says, and an upgrade keeps the store and the changed configuration', async () => {
    inside('apt-get', 'install', '-y', '-q', '--no-install-recommends', first.keepline, first.phone, first.symbols);
    const config = at('etc/keepline/keepline.toml');
    const changed = readFileSync(config, 'utf8').replace('operator_name = "Keepline"', 'operator_name = "Example Mobile"');
    assert.match(changed, /Example Mobile/);
    writeFileSync(config, changed);
    const whoami = (token) => fetch(`http://127.0.0.1:${http}/v1/whoami`, { headers: { authorization: `Bearer ${token}` } }).then((answer) => answer.json());
    const token = await serving(async () => {
      const made = JSON.parse(asKeepline('keepline', '--config', '/etc/keepline/keepline.toml', 'token', 'create', '--role', 'admin', '--id', 'ops', '--json'));
      await until(async () => (await whoami(made.token)).id === 'ops', { what: 'the token', timeoutMs: 60_000 });
      asKeepline('keepline', '--config', '/etc/keepline/keepline.toml', 'backup', '/var/backups/keepline/one');
      const seconds = Number(/^keepline_backup_seconds (\S+)$/m.exec(await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text())[1]);
      assert.ok(Math.abs(Date.now() / 1000 - seconds) < 600, `${seconds}`);
      return made.token;
    });
    const outlook = JSON.parse(asKeepline('keepline', '--config', '/etc/keepline/keepline.toml', 'upgrade', '--check', '--json'));
    assert.deepEqual([outlook.starts, outlook.can_go_back], [true, true]);

    inside('apt-get', 'install', '-y', '-q', '--no-install-recommends', '-o', 'Dpkg::Options::=--force-confdef', '-o', 'Dpkg::Options::=--force-confold', second.keepline, second.phone, second.symbols);
    assert.equal(readFileSync(config, 'utf8'), changed);
    assert.equal(inside('stat', '-c', '%U:%G %a', '/etc/keepline/keepline.toml'), 'root:keepline 640\n');
    assert.doesNotMatch(inside('dpkg-query', '-W', '-f', '${Version}', 'keepline'), /^0\.0\.9/);
    await serving(async () => assert.equal((await whoami(token)).id, 'ops'));
  });

  test('debug information is found by the build id of the program', { skip: !existsSync(path.join(BUILD, 'bin/keepline.debug')) && 'this build is not split' }, () => {
    const id = /Build ID: ([0-9a-f]+)/.exec(run('readelf', ['--notes', at('usr/bin/keepline')]))[1];
    assert.ok(existsSync(at(`usr/lib/debug/.build-id/${id.slice(0, 2)}/${id.slice(2)}.debug`)));
  });

  test('a purge leaves the store and its backups, says so, and nothing else', () => {
    const said = run('sh', ['-c', 'exec "$@" 2>&1', 'sh', 'chroot', root, '/usr/bin/env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', 'purge', '-y', '-q', 'keepline', 'keepline-phone', 'keepline-dbgsym']);
    assert.match(said, /stays in \/var\/lib\/keepline and \/var\/backups\/keepline/);
    const left = inside('find', '/', '-xdev', '-name', '*keepline*', '-not', '-path', '/srv/*', '-not', '-path', '/proc/*', '-not', '-path', '/var/cache/*').trim().split('\n');
    assert.deepEqual(left.filter((file) => !file.startsWith('/var/lib/keepline/')).sort(), ['/var/backups/keepline', '/var/lib/keepline']);
    assert.ok(existsSync(at('var/lib/keepline/keys/master.key')));
    assert.match(inside('getent', 'passwd', 'keepline'), /keepline/);
  });
});
