// What an operator's engineer gets from the packages, as far as it can be looked at without installing them: the unit and how closed it is, the
// alert rules and what makes them fire, manual pages and completion as the program itself tells them, and what is in each package. Installing,
// upgrading and purging is test/slow/package.test.mjs (./dev soak).

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { freePort } from '../hotline/phone.mjs';
import { temporaryFolder } from '../peers/child.mjs';
import { keeplineBinary, startKeepline } from '../peers/keepline.mjs';
import { manualPages, parseHelp } from '../../tools/man-pages.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PACKAGING = path.join(ROOT, 'packaging');
const EXPOSED_AT_MOST = 2.0;
const said = (command, args, options) => {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', ...options });
  if (error) throw error;
  return { status, text: stdout + stderr };
};
const read = (file) => readFileSync(path.join(PACKAGING, file), 'utf8');
const binary = keeplineBinary();
const built = { skip: !existsSync(binary) && `there is no ${binary}` };

describe('the unit', () => {
  const units = { 'keepline.service': 'keepline.service', 'keepline-backup.service': 'keepline.keepline-backup.service' };
  let folder;
  before(() => {
    folder = temporaryFolder('units');
    // As it is when installed, with a program that is there.
    for (const [name, file] of Object.entries(units)) writeFileSync(path.join(folder, name), read(`debian/${file}`).replaceAll('/usr/bin/keepline', process.execPath).replaceAll('/usr/lib/keepline', PACKAGING).replace(/^Documentation=.*$/m, ''));
    copyFileSync(path.join(PACKAGING, 'debian/keepline.keepline-backup.timer'), path.join(folder, 'keepline-backup.timer'));
  });

  for (const name of Object.keys(units)) {
    test(`${name} is one that systemd has nothing to say against, and closed`, () => {
      const verified = said('systemd-analyze', ['verify', '--man=no', path.join(folder, name)], { env: { ...process.env, SYSTEMD_LOG_LEVEL: 'warning' } });
      assert.equal(verified.text.split('\n').filter((line) => line.includes('keepline')).join('\n'), '');
      assert.equal(verified.status, 0, verified.text);
      const { text } = said('systemd-analyze', ['security', '--offline=true', path.join(folder, name)]);
      const exposed = Number(/Overall exposure level for \S+: (\d+\.\d+)/.exec(text)?.[1] ?? 10);
      assert.ok(exposed <= EXPOSED_AT_MOST, `${name} is exposed ${exposed}:\n${text}`);
    });
  }

  test('an open one is found out', () => {
    const open = path.join(folder, 'open.service');
    writeFileSync(open, '[Service]\nExecStart=/bin/true\n');
    assert.match(said('systemd-analyze', ['security', '--offline=true', open]).text, /exposure level for open\.service: 9\.\d/);
  });

  test('the log that the shipped configuration suggests is where the unit may write and logrotate looks', () => {
    const [, file] = /^# file = "(\S+)" .*JSON lines/m.exec(readFileSync(path.join(ROOT, 'config/keepline.toml'), 'utf8'));
    const [, folder] = /^LogsDirectory=(\S+)$/m.exec(read('debian/keepline.service'));
    assert.equal(path.dirname(file), `/var/log/${folder}`);
    assert.ok(path.matchesGlob?.(file, /^(\/\S+) \{$/m.exec(read('debian/keepline.logrotate'))[1]) ?? file.endsWith('.log'), file);
  });

  test('a backup that was made lets those go that are older than the days to keep, and nothing else', () => {
    const [, days] = /^Environment=BACKUP_KEEP_DAYS=(\d+)$/m.exec(read('debian/keepline.keepline-backup.service'));
    const backups = temporaryFolder('backups');
    const now = Date.now();
    const named = (ago) => new Date(now - ago * 86_400_000).toISOString().slice(0, 19).replaceAll(/:/g, '');
    const ages = [0, 1, 2, 3, 4, 5, 6, 7, Number(days) - 2, Number(days) + 2, Number(days) + 300];
    const others = ['before-upgrade', '2020-01-01', '2020-01-01T000000.kept'];
    for (const name of [...ages.map(named), ...others]) mkdirSync(path.join(backups, name));
    writeFileSync(path.join(backups, named(ages.at(-1)), 'journal.db'), 'x');
    writeFileSync(path.join(backups, 'subscribers-current.sqlite'), 'x');
    const prune = (env) => said(path.join(PACKAGING, 'prune-backups'), [backups], { env: { PATH: process.env.PATH, TZ: 'UTC', ...env } });
    const left = () => readdirSync(backups).sort();
    const all = left();

    assert.equal(prune({ BACKUP_KEEP_DAYS: '0' }).status, 0);
    assert.equal(prune({ BACKUP_KEEP_DAYS: 'many' }).status, 2);
    assert.deepEqual(left(), all, 'none went');
    assert.equal(prune({ BACKUP_KEEP_DAYS: days }).status, 0);
    const kept = [...ages.slice(0, -2).map(named), ...others, 'subscribers-current.sqlite'].sort();
    assert.deepEqual(left(), kept);
    assert.equal(prune({ BACKUP_KEEP_DAYS: '1' }).status, 0);
    assert.deepEqual(left().filter((name) => /T\d{6}$/.test(name)), ages.slice(0, 7).map(named).sort(), 'the newest seven stay, whatever their age');
    for (const name of [...others, 'subscribers-current.sqlite']) assert.ok(left().includes(name), name);
  });

  test('says when it is ready, is watched, and starts what ended on purpose again, but no wrong configuration', () => {
    const unit = read('debian/keepline.service');
    for (const line of ['Type=notify', 'WatchdogSec=60', 'Restart=always', 'RestartPreventExitStatus=2 8', 'ExecReload=/bin/kill -HUP $MAINPID', 'StateDirectory=keepline', 'User=keepline', 'WantedBy=multi-user.target'])
      assert.ok(unit.split('\n').includes(line), line);
  });
});

describe('the alert rules', () => {
  const rules = 'prometheus/keepline.rules.yml';
  test('are ones that promtool takes, and fire when they should', () => {
    const checked = said('promtool', ['check', 'rules', path.join(PACKAGING, rules)]);
    assert.equal(checked.status, 0, checked.text);
    const tested = said('promtool', ['test', 'rules', path.join(PACKAGING, 'prometheus/keepline.rules.test.yml')]);
    assert.equal(tested.status, 0, tested.text);
  });

  test('know only metrics that a server has', built, async () => {
    const named = new Set(parse(read(rules)).groups.flatMap((group) => group.rules.map(({ expr }) => expr)).join('\n').match(/\bkeepline_\w+/g));
    assert.ok(named.size > 10);
    const keepline = await startKeepline({
      config: {
        profile_type: [{ name: 'basic', provider_name: 'Keepline', mcc_mnc: '46001' }],
        hotline: { listen: `127.0.0.1:${await freePort()}`, prompts: temporaryFolder('prompts') },
        trunk: [{ name: 'pbx', peers: ['127.0.0.1'] }],
      },
    });
    try {
      // What has nothing to show yet shows its name all the same.
      const { body } = await keepline.api('GET', '/metrics');
      for (const name of named) assert.match(body, new RegExp(`^# TYPE ${name}(_total)? `, 'm'), `no ${name} in /metrics`);
    } finally {
      await keepline.stop();
    }
  });
});

describe('manual pages', () => {
  test('are read out of --help whole', () => {
    const help = parseHelp('Does it\nUsage: keepline it [OPTIONS] FILE\n\nPositionals:\n  FILE TEXT REQUIRED          What\n\nOptions:\n  -h,--help                   Print\n  --a-long-one TEXT:{a,b}=a\n                              Words of it,\n                              and more\n\nExamples:\n  keepline it x\n');
    assert.deepEqual([help.about, help.usage], ['Does it', 'keepline it [OPTIONS] FILE']);
    assert.deepEqual(help.sections, [
      { title: 'Positionals', entries: [{ name: 'FILE TEXT REQUIRED', words: 'What' }] },
      { title: 'Options', entries: [{ name: '-h,--help', words: 'Print' }, { name: '--a-long-one TEXT:{a,b}=a', words: ' Words of it, and more' }] },
    ]);
    assert.deepEqual(help.rest.filter(Boolean), ['Examples:', '  keepline it x']);
  });

  test('are there for every command, and groff has nothing to say against them', built, () => {
    const pages = manualPages(binary);
    const commands = parseHelp(execFileSync(binary, ['--help'], { encoding: 'utf8' })).sections.find(({ title }) => title === 'Subcommands').entries.map(({ name }) => name);
    assert.ok(commands.length > 15);
    for (const command of commands) assert.ok(pages.has(`keepline-${command}.1`), command);
    const folder = temporaryFolder('man');
    for (const [name, text] of pages) {
      writeFileSync(path.join(folder, name), text);
      const { status, text: words } = said('groff', ['-k', '-man', '-Tutf8', '-ww', '-z', path.join(folder, name)]);
      assert.deepEqual([status, words], [0, ''], name);
    }
    const shown = said('groff', ['-k', '-man', '-Tutf8', '-P-c', path.join(folder, 'keepline-backup.1')]).text.replace(/.\x08/g, '');
    for (const word of ['NAME', 'keepline backup', '--journal-only', 'EXAMPLES']) assert.ok(shown.includes(word), `${word} in\n${shown}`);
  });
});

test('a new program says what it would do to a store before it is started on it', built, () => {
  const folder = temporaryFolder('upgrade');
  const { status, text } = said(binary, ['upgrade', '--check', '--json'], { cwd: folder, env: { PATH: process.env.PATH, KEEPLINE_DATA_DIR: path.join(folder, 'data'), KEEPLINE_POLICIES_DIR: path.join(ROOT, 'policies'), KEEPLINE_CALENDARS_DIR: path.join(ROOT, 'calendars') } });
  assert.equal(status, 0, text);
  const outlook = JSON.parse(text);
  assert.deepEqual([outlook.starts, outlook.can_go_back, outlook.files.map(({ there }) => there)], [true, true, [false, false]]);
  assert.ok(!existsSync(path.join(folder, 'data')), 'looking makes nothing');
  assert.equal(said(binary, ['upgrade'], { cwd: folder, env: { PATH: process.env.PATH } }).status, 2); // without --check nothing is done
});

test('completion offers the commands, and what a command takes', built, () => {
  const script = execFileSync(binary, ['completion', 'bash'], { encoding: 'utf8' });
  const offered = (...words) => execFileSync('bash', ['-c', `${script}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _keepline; printf '%s\\n' "\${COMPREPLY[@]}"`, 'bash', ...words], { encoding: 'utf8' }).trim().split('\n');
  assert.ok(offered('keepline', 'upg').includes('upgrade'));
  assert.ok(offered('keepline', 'upgrade', '--c').includes('--check'));
  assert.ok(offered('keepline', 'closure', 'li').includes('list'));
});

describe('packages made of this build', { ...built, timeout: 900_000 }, () => {
  const held = {};
  before(() => {
    const stripped = temporaryFolder('stripped'); // a build of another preset may have gigabytes of debug information
    mkdirSync(path.join(stripped, 'bin'));
    for (const name of ['keepline', 'keepline-phone']) execFileSync('strip', ['--strip-all', '-o', path.join(stripped, 'bin', name), path.join(path.dirname(binary), name)]);
    const made = execFileSync(path.join(ROOT, 'tools/package'), [stripped, path.join(stripped, 'out')], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, KEEPLINE_PACKAGE_LEVEL: '0' } }).trim().split('\n');
    for (const file of made) {
      const list = execFileSync('dpkg-deb', ['-c', file], { encoding: 'utf8' }).trim().split('\n').map((line) => line.split(/\s+/));
      const control = execFileSync('dpkg-deb', ['-f', file], { encoding: 'utf8' });
      const folder = temporaryFolder('control');
      execFileSync('dpkg-deb', ['-e', file, folder]);
      held[/^Package: (.*)$/m.exec(control)[1]] = {
        control, files: new Map(list.map(([mode, , , , , name]) => [name.slice(1), mode])),
        conffiles: existsSync(path.join(folder, 'conffiles')) ? readFileSync(path.join(folder, 'conffiles'), 'utf8').trim().split('\n') : [],
        scripts: readdirSync(folder).filter((name) => /^(pre|post)(inst|rm)$/.test(name)).map((name) => readFileSync(path.join(folder, name), 'utf8')),
      };
    }
  });

  test('are three, each with its own', () => {
    assert.deepEqual(Object.keys(held).sort(), ['keepline', 'keepline-dbgsym', 'keepline-phone']);
    const { files, control, conffiles } = held.keepline;
    for (const file of ['/usr/bin/keepline', '/lib/systemd/system/keepline.service', '/lib/systemd/system/keepline-backup.timer', '/etc/keepline/keepline.toml', '/etc/logrotate.d/keepline',
      '/usr/lib/keepline/prune-backups', '/usr/share/keepline/policies/base.toml', '/usr/share/keepline/calendars/CN.json', '/usr/share/keepline/hotline/dialogue.toml', '/usr/share/keepline/hotline/menus/close.toml', '/usr/share/keepline/hotline/zh-CN.toml', '/usr/share/keepline/openapi.yaml', '/usr/share/keepline/prometheus/keepline.rules.yml',
      '/usr/share/man/man1/keepline.1.gz', '/usr/share/man/man1/keepline-upgrade.1.gz', '/usr/share/man/man5/keepline.toml.5.gz', '/usr/share/bash-completion/completions/keepline', '/usr/share/doc/keepline/operating.md.gz', '/usr/share/doc/keepline/hotline.md.gz', '/usr/share/doc/keepline/hotline-trunk.md.gz'])
      assert.ok(files.has(file), `${file} is missing`);
    if (existsSync(path.join(ROOT, 'texts'))) assert.ok(files.has('/usr/share/keepline/texts/en.toml'), 'texts are missing');
    assert.equal(files.get('/etc/keepline/keepline.toml'), '-rw-r-----'); // passwords may stand in it
    assert.deepEqual(conffiles.sort(), ['/etc/keepline/keepline.toml', '/etc/logrotate.d/keepline']);
    for (const needed of ['libssl3', 'libsqlite3-0', 'adduser']) assert.match(control, new RegExp(`^Depends: .*\\b${needed}\\b`, 'm'));
    assert.ok(held['keepline-phone'].files.has('/usr/bin/keepline-phone'));
    assert.match(held['keepline-dbgsym'].control, /^Depends: keepline \(= /m);
  });

  test('never throw a store away', () => {
    for (const script of held.keepline.scripts) assert.doesNotMatch(script, /rm -r\S* (\/var\/lib|\/var\/backups)/);
  });
});
