// Release builds are hardened (cmake/hardening.cmake) and say so themselves: tools/hardened reads it from the ELF of what was linked, and the
// build fails where something is missing. Here: a program built that way passes, each omission is named, and the release preset asks for it
// everywhere. `./dev test` builds no release; where one has been built, it is read, too.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../peers/child.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const UNITS = ['-fPIE', '-fstack-protector-strong', '-fstack-clash-protection', '-U_FORTIFY_SOURCE', '-D_FORTIFY_SOURCE=3'];
const LINKS = ['-pie', '-Wl,-z,relro,-z,now,-z,noexecstack'];
const LARGEST_PROGRAM_MIB = 32; // without its debug information; with it, ten times as much

/** Copies what comes from outside into a buffer on the stack: what canaries and checked functions are for. */
const PROBE = `
#include <cstdio>
#include <cstring>
int main(int count, char** words) {
    char buffer[64];
    std::strcpy(buffer, words[count - 1]);
    std::puts(buffer);
    return static_cast<int>(std::strlen(buffer));
}
`;

/** { good, words } of tools/hardened. */
function hardened(file) {
  const { status, stderr } = spawnSync(path.join(ROOT, 'tools/hardened'), [file], { encoding: 'utf8' });
  return { good: status === 0, words: stderr };
}
const must = (command, args, options) => execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 28, ...options });

let folder, source;
before(() => {
  folder = temporaryFolder('hardening');
  source = path.join(folder, 'probe.cpp');
  writeFileSync(source, PROBE);
});

describe('a release build', () => {
  test('is hardened, and keeps its debug information in a file beside it', () => {
    writeFileSync(path.join(folder, 'CMakeLists.txt'), `cmake_minimum_required(VERSION 3.25)
project(probe LANGUAGES CXX)
add_link_options(-fuse-ld=lld-19)
include(${ROOT}cmake/hardening.cmake)
add_executable(probe probe.cpp)
keepline_finish(probe)
`);
    const build = path.join(folder, 'build');
    must('cmake', ['-S', folder, '-B', build, '-G', 'Ninja', '-DCMAKE_CXX_COMPILER=clang++-19', '-DCMAKE_BUILD_TYPE=RelWithDebInfo']);
    must('cmake', ['--build', build]);
    const probe = path.join(build, 'probe');
    assert.deepEqual(hardened(probe), { good: true, words: '' });
    const sections = (file) => must('llvm-readelf-19', ['--section-headers', '--notes', file]);
    assert.doesNotMatch(sections(probe), /\.debug_info/);
    assert.match(sections(probe), /\.gnu_debuglink/);
    assert.match(sections(`${probe}.debug`), /\.debug_info/);
    const buildId = (file) => /Build ID: ([0-9a-f]+)/.exec(sections(file))[1];
    assert.equal(buildId(probe), buildId(`${probe}.debug`));
    const [main] = /^[0-9a-f]+(?= T main$)/m.exec(must('llvm-nm-19', [`${probe}.debug`])); // the program itself has no names any more
    assert.match(must('llvm-symbolizer-19', [`--obj=${probe}`, `0x${main}`]), /probe\.cpp:4/);
    assert.notEqual(spawnSync(probe, ['x'.repeat(100)]).signal, null); // the overflow ends it
  });

  test('asks for it in every unit and every program', () => {
    const build = path.join(folder, 'release');
    must('cmake', ['--preset', 'release', '-B', build], { cwd: ROOT });
    const units = JSON.parse(readFileSync(path.join(build, 'compile_commands.json'), 'utf8'));
    assert.ok(units.length > 10);
    for (const { file, command } of units) for (const flag of UNITS) assert.ok(command.split(' ').includes(flag), `${file} without ${flag}`);
    const ninja = readFileSync(path.join(build, 'build.ninja'), 'utf8');
    for (const program of ['keepline', 'keepline-phone']) {
      const [rule] = new RegExp(`^build bin/${program}: CXX_EXECUTABLE_LINKER[^]*?\\n\\n`, 'm').exec(ninja);
      for (const flag of LINKS) assert.ok(rule.includes(flag), `${program} without ${flag}`);
      assert.match(rule, new RegExp(`tools/hardened \\S*bin/${program}(\\s|$)`, 'm'));
    }
  });

  for (const program of ['keepline', 'keepline-phone']) {
    const file = path.join(ROOT, 'build/release/bin', program);
    test(`of ${program} that was made here is hardened and small`, { skip: !existsSync(file) && 'no release was built here' }, () => {
      assert.deepEqual(hardened(file), { good: true, words: '' });
      assert.ok(statSync(file).size < LARGEST_PROGRAM_MIB * 1024 * 1024, `${statSync(file).size} bytes`);
    });
  }
});

describe('what is missing is named', () => {
  const omissions = {
    'position-independent': ['-fno-PIE', '-no-pie'],
    'its stack is executable': ['-Wl,-z,execstack'],
    'has no RELRO': ['-Wl,-z,norelro'],
    'binds symbols late': ['-Wl,-z,lazy'],
    'no stack canary': ['-fno-stack-protector'],
    'not fortified': ['-U_FORTIFY_SOURCE'],
  };
  for (const [words, flags] of Object.entries(omissions)) {
    test(words, () => {
      const program = path.join(folder, words.replaceAll(' ', '-'));
      must('clang++-19', ['-O2', '-fuse-ld=lld-19', ...UNITS, ...LINKS, ...flags, source, '-o', program]);
      const got = hardened(program);
      assert.equal(got.good, false);
      assert.match(got.words, new RegExp(words));
      assert.equal(got.words.trim().split('\n').length, 1, got.words);
    });
  }
});
