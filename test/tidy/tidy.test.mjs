// The repository reads itself: include rules, openings, long functions, banned words and names, dead links, and headers that
// compile alone. `node --test test/tidy/tidy.test.mjs`; what was compiled once is remembered in build/tidy by its content.

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as asvs from './asvs.mjs';
import * as rules from './rules.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FLAGS = ['-std=c++23', '-Wall', '-Wextra', '-Wpedantic', '-Wshadow', '-Wconversion', '-Wno-sign-conversion', '-Werror',
  '-Wno-pragma-once-outside-header', '-DKEEPLINE_SOURCE_DIR=""', '-fsyntax-only', '-x', 'c++', `-I${ROOT}src`];

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 26 })
  .split('\n').filter((file) => file && existsSync(path.join(ROOT, file)));
const read = (file) => readFileSync(path.join(ROOT, file), 'utf8');
const cpp = new Map(files.filter((file) => /^(src|bench)\/.*\.(cpp|hpp|def)$/.test(file)).map((file) => [file, read(file)]));
const own = files.filter((file) => /\.(cpp|hpp|mjs|ts|md|toml|yaml|sql|txt)$|^dev$|CMakeLists/.test(file) && !file.startsWith('test/tidy/'));

const none = (complaints) => assert.equal(complaints.join('\n'), '');
const all = (check) => [...cpp].flatMap(([file, text]) => check(file, text));

describe('the tree', () => {
  test('includes go only down', () => none(all(rules.wrongIncludes)));
  test('every header opens with what lives there', () => none(all(rules.wrongOpening)));
  test('no function is longer than 80 lines', () => none(all(rules.longFunctions)));
  test('no banned words', () => none(own.flatMap((file) => rules.bannedWords(file, read(file)))));
  test('no banned file names', () => none(files.flatMap(rules.bannedName)));
  test('./dev runs the tests, and their children, on the Node that it names', { skip: !process.env.DEV_NODE && 'not run by ./dev' }, () => {
    const ofChildren = execFileSync('node', ['--version'], { encoding: 'utf8' }).trim();
    assert.deepEqual([process.version, ofChildren], [process.env.DEV_NODE, process.env.DEV_NODE]);
  });
  test('no dead links', () => {
    const look = (file) => {
      const full = path.join(ROOT, file);
      if (!existsSync(full)) return undefined;
      return statSync(full).isDirectory() ? true : read(file);
    };
    none(files.filter((file) => file.endsWith('.md')).flatMap((file) => rules.deadLinks(file, read(file), look)));
  });
  test('every test that the conformance table names is there', () => none(rules.missingTests('docs/conformance.md', read('docs/conformance.md'), (file) => (existsSync(path.join(ROOT, file)) ? read(file) : undefined))));
  test('every requirement of OWASP ASVS has one answer, what shows it is there, and docs/security.md says it', () => {
    const { requirements, answers, page, made } = asvs.standing();
    none(asvs.wrongAnswers(requirements, answers, (file) => (existsSync(path.join(ROOT, file)) ? read(file) : undefined)));
    assert.equal(page, made(), './dev node test/tidy/asvs.mjs makes the page anew');
  });
  test('what is cited of docs/rules.md stands there', () => none(own.flatMap((file) => rules.wrongCitations(file, read(file), read('docs/rules.md')))));
  test('every header compiles alone', async () => {
    const cache = path.join(ROOT, 'build/tidy');
    mkdirSync(cache, { recursive: true });
    const waiting = rules.headersToTry(cpp).map((header) => {
      const hash = createHash('sha256').update(FLAGS.join(' '));
      for (const file of rules.closureOf(header, cpp)) hash.update(`\0${file}\0${cpp.get(file)}`);
      return { header, known: path.join(cache, hash.digest('hex')) };
    }).filter(({ known }) => !existsSync(known));
    const complaints = [];
    const worker = async () => {
      for (let next = waiting.pop(); next; next = waiting.pop()) {
        const { header, known } = next;
        const words = await new Promise((resolve) => {
          execFile('clang++-19', [...FLAGS, path.join(ROOT, header)], { maxBuffer: 1 << 26 }, (error, _out, err) => resolve(error ? err || String(error) : ''));
        });
        if (words) complaints.push(`${header}:\n${words.slice(0, 2000)}`);
        else writeFileSync(known, header);
      }
    };
    await Promise.all(os.cpus().map(worker));
    none(complaints);
  });
});

describe('the rules can fail', () => {
  const fails = (complaints, pattern) => assert.match(complaints.join('\n'), pattern);

  test('includes', () => {
    fails(rules.wrongIncludes('src/domain/x.cpp', '#include "store/sqlite.hpp"\n'), /domain may not include store/);
    fails(rules.wrongIncludes('src/base/x.hpp', '\n#include "domain/number/line.hpp"\n'), /x\.hpp:2/);
    fails(rules.wrongIncludes('src/link/x.cpp', '#include <boost/beast/core.hpp>\n'), /only http may see Beast/);
    fails(rules.wrongIncludes('src/http/x.cpp', '#include <sqlite3.h>\n'), /only store may see SQLite/);
    fails(rules.wrongIncludes('src/http/x.cpp', '#include "api.hpp"\n'), /with its folder/);
    fails(rules.wrongIncludes('src/new/x.cpp', ''), /not in MAY_INCLUDE/);
    none(rules.wrongIncludes('src/app/x.cpp', '#include "domain/number/line.hpp"\n#include <CLI/CLI.hpp>\n'));
  });

  test('openings', () => {
    fails(rules.wrongOpening('src/base/x.hpp', '#pragma once\n'), /open with/);
    fails(rules.wrongOpening('src/base/x.hpp', '// What.\n'), /pragma once is missing/);
    none(rules.wrongOpening('src/base/x.hpp', '// What.\n#pragma once\n'));
  });
  test('citations', () => {
    const page = '### R9 No single hand\n### P4 What raises\n';
    fails(rules.wrongCitations('src/base/x.hpp', '/// (docs/rules.md R9 and R11).', page), /x\.hpp:1: docs\/rules\.md has no R11/);
    fails(rules.wrongCitations('src/base/x.hpp', '/// see PRACTICE §4', page), /PRACTICE is not in the repository/);
    none(rules.wrongCitations('src/base/x.hpp', '/// (docs/rules.md R9, P4).', page));
  });

  test('long functions', () => {
    const body = '    x();\n'.repeat(90);
    for (const head of ['int f(int a,\n      int b) {\n', 'void c::f() const {\n', 'auto f = [](int x) {\n', 'TEST(a, b) {\n'])
      fails(rules.longFunctions('a.cpp', `#include <x>\n\n${head}${body}}\n`), /9[23] lines/);
    fails(rules.longFunctions('a.hpp', `class c {\n public:\n    void f() {\n${'        x();\n'.repeat(90)}    }\n};\n`), /a\.hpp:3: 92 lines/);
    none(rules.longFunctions('a.cpp', `namespace a {\n${'int f() { return 1; }\n'.repeat(200)}}\n`));
    none(rules.longFunctions('a.cpp', `const std::map<int, int> table = {\n${'    {1, 2},\n'.repeat(200)}};\n`));
    none(rules.longFunctions('a.hpp', `struct c {\n${'    int f();\n'.repeat(200)}};\n`));
    assert.equal(rules.functionsOf('int f() {\n    if (x) {\n        y();\n    }\n}\n')[0].lines, 5);
  });

  test('banned words', () => {
    fails(rules.bannedWords('a.md', 'x\n- TODO: y\n'), /a\.md:2: finish it/);
    fails(rules.bannedWords('src/a.hpp', '    int get_size() const;\n'), /no get_/);
    fails(rules.bannedWords('src/a.hpp', 'class line_manager {\n'), /name the purpose/);
    fails(rules.bannedWords('src/a.hpp', 'class IJournal {\n'), /no I/);
    fails(rules.bannedWords('src/a.cpp', 'boost::describe::enum_from_string(text.c_str(), out);\n'), /zero byte/);
    none(rules.bannedWords('src/a.cpp', 'auto x = value.get_object();  // get_it()\nsay("get_x(");\n'));
  });

  test('banned names', () => {
    for (const name of ['src/base/utils.hpp', 'src/http/line_manager.cpp', 'test/helpers.mjs', 'src/app/common.cpp']) assert.equal(rules.bannedName(name).length, 1, name);
    none(['src/base/money.hpp', 'docs/commonality.md'].flatMap(rules.bannedName));
  });

  test('dead links', () => {
    const look = (file) => ({ 'docs/a.md': '# One thing: here\n', docs: true })[file];
    fails(rules.deadLinks('README.md', '[a](docs/b.md)', look), /README\.md:1: there is no docs\/b\.md/);
    fails(rules.deadLinks('README.md', '\n[a](docs/a.md#two)', look), /has no #two/);
    fails(rules.deadLinks('docs/x.md', '[a](#nowhere)\n# Here\n', look), /no #nowhere/);
    none(rules.deadLinks('README.md', '[a](docs/a.md#one-thing-here) [b](docs) [c](https://x.example) `[d](no)`\n```\n[e](no)\n```\n', look));
  });

  test('tests that are named', () => {
    const look = (file) => ({ 'test/e2e/a.test.mjs': "test('one that\\'s here', …); test(\"one that isn't\", …); test(`${how} ${n}: ${words}`, …); ['loud', 7, 'a bell']", 'src/a_test.cpp': 'TEST(a, holds) {' })[file];
    const named = (place, name) => rules.missingTests('docs/x.md', `| a case | \`${place}\` "${name}" |`, look);
    fails(named('test/e2e/b.test.mjs', 'one'), /x\.md:1: there is no test\/e2e\/b/);
    for (const gone of ['another', 'loud 8: a bell', 'loud 7: a gong']) fails(named('test/e2e/a.test.mjs', gone), /has no test/);
    fails(named('src/a_test.cpp', 'a.leaks'), /has no test/);
    none([...named('test/e2e/a.test.mjs', 'one that\'s here'), ...named('test/e2e/a.test.mjs', "one that isn't"), ...named('test/e2e/a.test.mjs', 'loud 7: a bell'), ...named('src/a_test.cpp', 'a.holds')]);
  });

  test('answers to OWASP ASVS', () => {
    const asked = asvs.requirementsOf('# ids\nV1 One\nV1.1 2 3\nV1.2 1\n');
    assert.deepEqual(asked.map(({ id, level }) => [id, level]), [['V1.1.1', 2], ['V1.1.2', 3], ['V1.2.1', 1]]);
    const look = (file) => ({ 'test/a.test.mjs': "test('holds', …)", 'docs/a.md': '# Here\n' })[file];
    const good = { 'V1.1.1-2': { met: 'So.', by: [{ 'test/a.test.mjs': 'holds' }, 'docs/a.md#here'] }, 'V1.2.1': { not: 'No | time.' } };
    none(asvs.wrongAnswers(asked, good, look));
    const wrong = (over, pattern) => fails(asvs.wrongAnswers(asked, { ...good, ...over }, look), pattern);
    wrong({ 'V1.2.1': {} }, /V1\.2\.1: say met, not or none/);
    fails(asvs.wrongAnswers(asked, { 'V1.1.1-2': good['V1.1.1-2'] }, look), /V1\.2\.1 has no answer/);
    wrong({ 'V1.1.2': { none: 'x' } }, /V1\.1\.2 has 2 answers/);
    wrong({ 'V1.2.2': { none: 'x' } }, /there is no V1\.2\.2/);
    wrong({ 'V1.2.1': { met: 'x' } }, /what shows it/);
    wrong({ 'V1.2.1': { met: 'x', not: 'y', by: ['docs/a.md'] } }, /one of them/);
    wrong({ 'V1.2.1': { not: 'x', why: 'y' } }, /why is none of/);
    wrong({ 'V1.2.1': { not: 'x', by: ['docs/b.md'] } }, /no docs\/b\.md/);
    wrong({ 'V1.2.1': { not: 'x', by: ['docs/a.md#there'] } }, /no #there/);
    wrong({ 'V1.2.1': { not: 'x', by: [{ 'test/a.test.mjs': 'leaks' }] } }, /has no test "leaks"/);
    wrong({ 'V1.2.1': { not: 'x', by: [{ 'docs/a.md': 'Here' }] } }, /is no file of tests/);
    const part = asvs.partOf(asked, good);
    assert.match(part, /\| V1 One \| 2 \| 1 \| 0 \|/);
    assert.match(part, /\| V1\.1\.1-2 \| 2, 3 \| met \| So\. \| \[a\.test\.mjs\]\(\.\.\/test\/a\.test\.mjs\) "holds"; \[a\.md\]\(a\.md#here\) \|/);
    assert.match(part, /\*\*not\*\* \| No \\\| time\. /);
    assert.equal(asvs.pageWith(asvs.pageWith('# A\n\n', part), part), `# A\n\n${part}`);
  });
  test('headers', () => {
    const sources = new Map([['src/a/x.hpp', '#include "a/y.hpp"'], ['src/a/x.cpp', '#include "a/x.hpp"'], ['src/a/y.hpp', ''], ['src/a/y.cpp', '#include <z>\n#include "a/y.hpp"']]);
    assert.deepEqual(rules.headersToTry(sources), ['src/a/y.hpp']);
    assert.deepEqual(rules.closureOf('src/a/x.hpp', sources), ['src/a/x.hpp', 'src/a/y.hpp']);
  });
});
