// ./dev soak: runs each test file many times and tells which ever failed, and how. A test that fails once in twenty runs is wrong, or the
// product is.
//
//   node tools/soak.mjs [N] [--busy] [--lanes L] [FILE…]
//
//   N          runs of each file (default 20)
//   --busy     with every core kept busy by somebody else, as on a shared machine
//   --lanes L  files at a time (default 3, as ./dev test does; 1: each alone)
//   FILE       test files (…test.mjs), or programs of gtest; default: test/peers, test/scenarios, test/e2e, test/portal, test/console, test/hotline, test/abuse, and engine_test beside KEEPLINE_BIN;
//              and once each, test/slow: what takes minutes and is no part of ./dev test
//   HOTLINE_CALLS (environment): calls that stand when test/hotline/killed kills the server (here 50, in ./dev test 6)
//
// What failed is kept in build/soak: one file of output for each failed run. The exit code is 1 when anything failed.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const OUT = path.join(ROOT, 'build/soak');
const RUN_LIMIT_MS = 15 * 60_000;

const { values, positionals } = parseArgs({
  allowPositionals: true, options: { busy: { type: 'boolean', default: false }, lanes: { type: 'string', default: '3' } },
});
const runs = /^\d+$/.test(positionals[0] ?? '') ? Number(positionals.shift()) : 20;
const lanes = Number(values.lanes);
if (!(runs > 0 && lanes > 0)) throw new Error('how many runs, and how many at a time?');

function everyFile() {
  const scripts = ['peers', 'scenarios', 'e2e', 'portal', 'console', 'hotline', 'abuse'].map((name) => path.join(ROOT, 'test', name)).filter(existsSync)
    .flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith('.test.mjs')).map((name) => path.join(folder, name)));
  const engine = path.join(path.dirname(process.env.KEEPLINE_BIN ?? path.join(ROOT, 'build/asan/bin/keepline')), 'engine_test');
  return existsSync(engine) ? [...scripts, engine] : scripts;
}

/** Runs one file once: the names of what failed (none: it passed), and all that it said. */
function once(file) {
  const script = file.endsWith('.mjs');
  const [command, args] = script ? [process.execPath, ['--test', '--test-reporter=tap', file]] : [file, ['--gtest_brief=1']];
  return new Promise((resolve) => {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], { cwd: ROOT, env: { RC_PARAMS: 'max_success=30', HOTLINE_CALLS: '50', ...process.env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    let late = false;
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { said += text; });
    const limit = setTimeout(() => { late = true; child.kill('SIGKILL'); }, RUN_LIMIT_MS);
    child.once('close', (code, signal) => {
      clearTimeout(limit);
      const failed = new Set(script
        // The innermost only: a suite fails with its tests.
        ? [...said.matchAll(/^ *not ok \d+ - (.*)\n(?: +.*\n)*? +failureType: '(?!subtestsFailed)/gm)].map(([, name]) => name)
        : [...said.matchAll(/^\[ {2}FAILED {2}\] (\S+?),? .*ms\)$/gm)].map(([, name]) => name));
      if (late) failed.add(`no end within ${RUN_LIMIT_MS / 60_000} minutes`);
      if (code !== 0 && failed.size === 0) failed.add(signal ? `ended by ${signal}` : `exit code ${code}`);
      resolve({ failed: code === 0 ? [] : [...failed], said });
    });
  });
}

/** As many busy loops as there are cores; they end with this process. */
function keepBusy() {
  return os.cpus().map(() => spawn('setpriv', ['--pdeathsig', 'KILL', process.execPath, '-e', 'for (;;);'], { stdio: 'ignore' }));
}

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
const slow = positionals.length > 0 || !existsSync(path.join(ROOT, 'test/slow')) ? []
  : readdirSync(path.join(ROOT, 'test/slow')).filter((name) => name.endsWith('.test.mjs')).map((name) => path.join(ROOT, 'test/slow', name));
const files = positionals.length > 0 ? positionals.map((file) => path.resolve(file)) : [...slow, ...everyFile()];
for (const file of files) if (!existsSync(file)) throw new Error(`there is no ${file}`);
const tallies = new Map(files.map((file) => [file, { failedRuns: 0, tests: new Map() }]));
// Round by round, so that a stopped soak has still looked at every file.
const work = Array.from({ length: runs }, (_, round) => files.filter((file) => round === 0 || !slow.includes(file)).map((file) => ({ file, round: round + 1 }))).flat();
const busy = values.busy ? keepBusy() : [];

async function lane() {
  for (let next = work.shift(); next; next = work.shift()) {
    const { failed, said } = await once(next.file);
    if (failed.length === 0) continue;
    const tally = tallies.get(next.file);
    ++tally.failedRuns;
    for (const name of failed) tally.tests.set(name, (tally.tests.get(name) ?? 0) + 1);
    const kept = path.join(OUT, `${path.basename(next.file)}.${next.round}`);
    writeFileSync(kept, said);
    console.log(`   round ${next.round}: ${path.relative(ROOT, next.file)} failed: ${failed.join(' | ')} (${path.relative(ROOT, kept)})`);
  }
}
await Promise.all(Array.from({ length: lanes }, lane));
for (const one of busy) one.kill('SIGKILL');

let bad = 0;
console.log(`\n${runs} runs of each${values.busy ? ', all cores busy' : ''}, ${lanes} at a time`);
for (const [file, { failedRuns, tests }] of tallies) {
  if (failedRuns > 0) ++bad;
  console.log(`${failedRuns > 0 ? '✗' : '✓'} ${path.relative(ROOT, file).padEnd(44)} ${failedRuns} of ${slow.includes(file) ? 1 : runs} failed`);
  for (const [name, count] of tests) console.log(`      ${count} × ${name}`);
}
console.log(`${files.length - bad} files passed, ${bad} failed`);
process.exitCode = bad > 0 ? 1 : 0;
