// ./dev itself, as far as it can be looked at without building Keepline: a clone that was moved, and what an ordinary user meets.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../peers/child.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', 'env', 'HOME=/nonexistent'];
const asOrdinaryUser = process.getuid() === 0 ? NOBODY : [];

/** A clone that has ./dev, these files, and no more. */
function clone(files = {}) {
  const folder = path.join(temporaryFolder('clone'), 'keepline');
  chmodSync(path.dirname(folder), 0o755);
  mkdirSync(folder);
  copyFileSync(path.join(ROOT, 'dev'), path.join(folder, 'dev'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text, { mode: 0o755 });
  }
  return folder;
}

/** Functions of ./dev, called there; programs of `tools/fake`, where the clone has some, come before all others. */
function calling(folder, call, { as = [] } = {}) {
  const PATH = `${folder}/tools/fake:${path.dirname(process.execPath)}:${process.env.PATH}`;
  const env = { ...process.env, PATH };
  delete env.NODE_TEST_CONTEXT; // or a run of tests in there would be none
  const [command, ...args] = [...as, 'bash', '-c', `set -- help; . ./dev >/dev/null; ${call}`];
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: folder, encoding: 'utf8', env });
  if (error) throw error;
  return { status, stdout, stderr };
}

describe('a clone that was moved after a build', () => {
  const project = {
    'CMakeLists.txt': 'cmake_minimum_required(VERSION 3.25)\nproject(where LANGUAGES NONE)\nadd_custom_command(OUTPUT where DEPENDS ${CMAKE_SOURCE_DIR}/word\n' +
      '  COMMAND cat ${CMAKE_SOURCE_DIR}/word > where)\nadd_custom_target(all_of_it ALL DEPENDS where)\n',
    'CMakePresets.json': JSON.stringify({ version: 6, configurePresets: [{ name: 'dev', generator: 'Ninja', binaryDir: '${sourceDir}/build/dev' }] }),
    word: 'first',
  };
  const built = (folder) => readFileSync(path.join(folder, 'build/dev/where'), 'utf8');
  const build = (folder) => {
    const outcome = calling(folder, 'build dev');
    assert.equal(outcome.status, 0, outcome.stderr);
    return outcome.stderr;
  };

  for (const [how, move] of [['moved', renameSync], ['copied', (from, to) => cpSync(from, to, { recursive: true })]]) {
    test(`${how}: its build is made anew, and that is said; the next build goes on`, () => {
      const before = clone(project);
      assert.doesNotMatch(build(before), /making/, 'nothing was built yet');
      assert.doesNotMatch(build(before), /making/, 'nor when it stays');
      const now = `${before}-now`;
      move(before, now);
      writeFileSync(path.join(now, 'word'), 'second');
      assert.ok(build(now).includes(`this clone was at ${before} when build/dev was made, and is at ${now} now: making build/dev anew`));
      assert.equal(built(now), 'second');
      if (how === 'copied') assert.equal(built(before), 'first');
      assert.doesNotMatch(build(now), /making/);
    });
  }

  test('a build that is only linked to is left alone', () => {
    const [before, now] = [clone(project), clone(project)];
    build(before);
    mkdirSync(path.join(now, 'build'));
    symlinkSync(path.join(before, 'build/dev'), path.join(now, 'build/dev'));
    const { status, stderr } = calling(now, 'build dev');
    assert.equal(status, 1);
    assert.match(stderr, /build\/dev is a link to .*, which was made for .* and not for this clone: remove the link/);
    assert.equal(built(before), 'first');
  });
});

describe('an ordinary user', () => {
  const missing = (folder) => calling(folder, 'install_packages osmo-hlr sqlite3', { as: asOrdinaryUser });

  test('is told the command that somebody else types, when packages are missing and sudo does not help', () => {
    const { status, stderr } = missing(clone({ 'tools/fake/sudo': '#!/bin/sh\necho "you are not in the sudoers file" >&2\nexit 1\n', 'tools/fake/apt-get': '#!/bin/sh\necho apt-get was called >&2\n' }));
    assert.equal(status, 1);
    assert.match(stderr, /packages are missing, and you are neither root nor may you become root by sudo/);
    assert.match(stderr, /^ {4}apt-get update && apt-get install --no-install-recommends --no-remove osmo-hlr sqlite3$/m);
    assert.match(stderr, /^ {4}systemctl disable --now osmo-hlr /m);
    assert.match(stderr, /nothing else of it needs root/);
    assert.doesNotMatch(stderr, /apt-get was called/);
  });

  test('has sudo for the packages alone', () => {
    const said = '#!/bin/sh\necho "by sudo: $*" >&2\n';
    const { status, stderr } = missing(clone({ 'tools/fake/sudo': said, 'tools/fake/apt-get': '#!/bin/sh\necho without sudo >&2\n' }));
    assert.equal(status, 0, stderr);
    assert.match(stderr, /^by sudo: env DEBIAN_FRONTEND=noninteractive apt-get install .* osmo-hlr sqlite3$/m);
    assert.doesNotMatch(stderr, /without sudo/);
  });

  test('is told whose the clone is, where ./dev ran as somebody else before', { skip: process.getuid() !== 0 && 'only root makes what others cannot write' }, () => {
    const { status, stderr } = calling(clone({ 'build/dev/CMakeCache.txt': '' }), 'build dev', { as: asOrdinaryUser });
    assert.equal(status, 1);
    assert.match(stderr, /build belongs to root: \.\/dev ran as root here/);
    assert.match(stderr, /sudo chown -R nobody: \S+\/keepline$/m);
  });

  test('runs what mounts in a user namespace, and hears what did not run and why', (t) => {
    const [command, ...args] = [...asOrdinaryUser, process.execPath, '--version'];
    if (spawnSync(command, args).status !== 0) return t.skip('this Node lies where nobody else may look');
    const file = (name, words, why) => `// ${words}\nimport { spawnSync } from 'node:child_process';\nimport { test } from 'node:test';\n` +
      `test('${name}', { skip: process.getuid() !== 0 && '${why}' }, () => { if (spawnSync('mount', ['-t', 'tmpfs', 'none', '/mnt']).status) throw new Error('no mount'); });\n`;
    const folder = clone({
      'test/a/mounts.test.mjs': file('a small disk', 'Needs root: it mounts tmpfs.', 'it mounts'), 'test/a/owners.test.mjs': file('other people', 'Two owners.', 'it needs other people'),
    });
    const [unshare, ...mount] = [...asOrdinaryUser, 'unshare', '--user', '--map-root-user', '--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt'];
    const kernelGivesOne = spawnSync(unshare, mount).status === 0;
    const { stdout, stderr } = calling(folder, 'run_node some test/a; finish', { as: asOrdinaryUser });
    assert.match(stderr, /did not run: test\/a\/owners\.test\.mjs: other people: it needs other people/);
    if (kernelGivesOne) {
      assert.doesNotMatch(stderr, /did not run: test\/a\/mounts/);
      assert.match(stdout, /^1 passed, 0 failed$/m);
    } else {
      assert.match(stderr, /did not run: test\/a\/mounts\.test\.mjs: a small disk: it mounts/);
      t.skip('the kernel gives no user namespace here; what is skipped is said');
    }
  });
});

describe('a test file that fails', () => {
  const failing = (words, condition) => `import { existsSync, writeFileSync } from 'node:fs';\nimport { test } from 'node:test';\ntest('${words}', () => { if (${condition}) throw new Error('not this time'); });\n`;
  const busy = failing('stands no company', "!existsSync('ran') && !writeFileSync('ran', '')");
  const broken = failing('never holds', 'true');

  test('runs once more alone, where few do: what only cannot stand others is named, what is broken fails', () => {
    const { status, stdout, stderr } = calling(clone({ 'test/a/busy.test.mjs': busy, 'test/a/broken.test.mjs': broken }), 'run_node some test/a; finish');
    assert.equal(status, 1);
    assert.match(stdout, /^1 passed, 1 failed$/m);
    assert.match(stderr, /^ *unsteady: test\/a\/busy\.test\.mjs: stands no company$/m);
    assert.match(stderr, /^ *failed: test\/a\/broken\.test\.mjs: never holds$/m);
    assert.doesNotMatch(stderr, /failed: test\/a\/busy/);
  });

  test('does not, where many do: that is no accident', () => {
    const many = Object.fromEntries([1, 2, 3, 4].map((i) => [`test/a/${i}.test.mjs`, broken]));
    const { status, stdout, stderr } = calling(clone(many), 'run_node some test/a; finish');
    assert.equal(status, 1);
    assert.match(stdout, /^0 passed, 4 failed$/m);
    assert.doesNotMatch(stderr, /once more|unsteady/);
  });
});
