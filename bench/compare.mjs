// ./dev bench compare OLD [NEW]: what a change costs. Two programs close lines in turn, OLD NEW OLD NEW …, so that a machine that grows slower or
// quicker is the same for both; medians of the pairs. Each has the policies and calendars of the tree that it stands in.
//
//   node bench/compare.mjs OLD NEW [--pairs 5] [--quick] [PART]      OLD, NEW: keepline programs; PART: closures (default), downloads, …
//
//   git worktree add ../before 4b5af17 && (cd ../before && ./dev build release)
//   ./dev bench compare ../before/build/release/bin/keepline
//
// Writes build/compare.json. The server's processor time per closure is the steadiest figure; the others need a quiet machine, and the load at the
// start is told with them.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const { values, positionals } = parseArgs({
  allowPositionals: true, options: { pairs: { type: 'string', default: '5' }, quick: { type: 'boolean', default: false } },
});
const [old, fresh, part = 'closures'] = positionals;
const pairs = Number(values.pairs);
if (!old || !fresh || !(pairs > 0)) throw new Error('compare OLD NEW [--pairs N] [--quick] [PART]');

const out = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'keepline-compare-')), 'run.json');
function measure(program) {
  const { status, stderr } = spawnSync(process.execPath, [path.join(ROOT, 'bench/run.mjs'), '--program', program, '--out', out, ...(values.quick ? ['--quick'] : []), part],
    { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
  return JSON.parse(fs.readFileSync(out, 'utf8'));
}
const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};
const format = (n) => n.toFixed(Math.abs(n) < 10 ? 2 : 1);

console.log(`${os.cpus().length} cores, ${os.cpus()[0].model}, load ${os.loadavg().map(format).join(' ')} before the start; ${pairs} pairs of ${part}${values.quick ? ', quick' : ''}\n`);
const runs = { old: [], fresh: [] };
try {
  for (let pair = 1; pair <= pairs; ++pair) {
    runs.old.push(measure(old));
    runs.fresh.push(measure(fresh));
    console.error(`pair ${pair} of ${pairs}`);
  }
} finally {
  fs.rmSync(path.dirname(out), { recursive: true, force: true });
}
// Names repeat below each heading ("  latency p50"): places in the list tell them apart.
const rows = runs.old[0].map(({ name, unit }, place) => {
  const [before, after] = [runs.old, runs.fresh].map((list) => list.map((run) => run[place]?.value ?? NaN));
  return { name, unit, before, after, old: median(before), new: median(after), ratio: median(after) / median(before) };
});
console.log(`${'median'.padEnd(54)} ${'old'.padStart(10)} ${'new'.padStart(10)} ${'new/old'.padStart(8)}`);
for (const { name, unit, old: before, new: after, ratio } of rows)
  console.log(`${`${name}, ${unit}`.padEnd(54)} ${format(before).padStart(10)} ${format(after).padStart(10)} ${format(ratio).padStart(8)}`);
fs.mkdirSync(path.join(ROOT, 'build'), { recursive: true });
fs.writeFileSync(path.join(ROOT, 'build/compare.json'), JSON.stringify({ old, new: fresh, part, load: os.loadavg(), rows }, null, 2) + '\n');
