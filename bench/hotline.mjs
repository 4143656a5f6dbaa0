// The hotline: how many calls stand at once on one core, every key doing what it does and no caller hearing a gap of more than 40 ms, beside what the same SIP
// user agent manages with nobody in its calls but a tone (hotline_echo); what a call costs in memory; how soon it is answered. The callers (bench/calls.cpp)
// have another core where there is one. A part of run.mjs, which gives it its server and takes its figures.
//
// A size holds when one of two tries does: a machine that is not one's own stands still now and then for longer than 40 ms, whoever runs on it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { freePort } from '../test/hotline/phone.mjs';
import { tone } from '../test/hotline/recording.mjs';

const FIRST = 25;     // calls of the smallest try
const MOST = 3200;
const TRIES = 2;
const STEPS = 3;      // between what held and what did not: to an eighth of their distance
const A_SECOND = 50;  // calls that begin
const KEYS_MOST = 70; // of one call: the dialogue takes 80

/** Processors that we may run on: the first and the last. */
function cores() {
  const [, list] = /^Cpus_allowed_list:\s*(\S+)/m.exec(fs.readFileSync('/proc/self/status', 'utf8'));
  const all = list.split(',').flatMap((part) => { const [from, to = from] = part.split('-').map(Number); return Array.from({ length: to - from + 1 }, (_, i) => from + i); });
  return [all[0], all.at(-1)];
}
const [theirs, ours] = cores();
/** In front of a program: on that core, with as many sockets as it may have. */
const on = (core) => ['sh', '-c', `ulimit -n "$(ulimit -Hn)"; exec taskset -c ${core} "$0" "$@"`];

const anonymousKiB = (pid) => Number(fs.readFileSync(`/proc/${pid}/status`, 'utf8').match(/RssAnon:\s+(\d+) kB/)[1]);

/** So many calls: what bench_calls says of them, and what the process held more while they stood. */
async function callsAt(program, pid, settings) {
  const before = anonymousKiB(pid);
  const args = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  const [first, ...rest] = [...on(ours), program, ...args];
  const child = spawn(first, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  let got;
  let kib = 0;
  for await (const line of readline.createInterface({ input: child.stdout })) {
    const said = JSON.parse(line);
    if (said.stand === undefined) got = said;
    else kib = (anonymousKiB(pid) - before) / said.stand;
  }
  await ended;
  if (!got) throw new Error('bench_calls said nothing');
  return { ...got, kib, holds: got.stood === got.calls && got.refused + got.ended_early + got.gaps === 0 && got.keys_heard === got.keys && got.keys > 0 };
}

/** The most calls that hold: doubled until they do not, and then what lies between. */
async function most(measure, { most: limit, say }) {
  const holds = async (calls) => {
    for (let i = 0; i < TRIES; ++i) {
      const got = await measure(calls);
      say(got);
      if (got.holds) return got;
    }
    return null;
  };
  let best = null;
  let least = FIRST;
  for (; least <= limit; least *= 2) {
    const got = await holds(least);
    if (!got) break;
    best = got;
  }
  if (!best || least > limit) return best;
  let [good, bad] = [best.calls, least];
  for (let i = 0; i < STEPS && bad - good > 1; ++i) {
    const between = Math.round((good + bad) / 2);
    const got = await holds(between);
    if (got) [good, best] = [between, got];
    else bad = between;
  }
  return best;
}

async function startEcho(program, port) {
  const [first, ...rest] = [...on(theirs), program, `listen=127.0.0.1:${port}`, 'peers=127.0.0.1', 'calls_max=10000', 'per_caller=1000000', 'per_caller_at_once=10000', 'per_peer=1000000'];
  const child = spawn(first, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = readline.createInterface({ input: child.stdout });
  await once(lines, 'line'); // it listens
  lines.on('line', () => {});
  return { pid: child.pid, port, end: async () => { const gone = once(child, 'exit'); child.stdin.end(); await gone; } };
}

export async function hotline({ Server, report, scratch, bin, quick }) {
  const program = path.join(bin, 'bench_calls');
  const seconds = quick ? 4 : 10;
  const limit = Math.min(quick ? 200 : MOST, A_SECOND * (KEYS_MOST - seconds));
  const trial = (who, pid, settings) => most((calls) => callsAt(program, pid, { calls, a_second: A_SECOND, seconds, ...settings }), {
    most: limit,
    say: (got) => console.log(`  ${who}: ${got.calls} calls ${got.holds ? 'hold' : 'do not hold'}: ${got.keys_heard} of ${got.keys} keys, ${got.gaps} gaps, the longest ${got.worst_gap_ms} ms; ${got.stood} answered, ${got.ended_early} ended early`),
  });

  const echo = await startEcho(path.join(bin, 'hotline_echo'), await freePort());
  let beside;
  try {
    beside = await trial('echo', echo.pid, { port: echo.port, on: 1, off: 2 });
  } finally { await echo.end(); }

  // One recording: whoever hears anything is in the menu that key 5 leads to.
  const prompts = path.join(scratch, 'prompts');
  fs.mkdirSync(path.join(prompts, 'en'), { recursive: true });
  for (const [name, rate] of [['16k', 16_000], ['8k', 8000]]) fs.writeFileSync(path.join(prompts, `en/say.after.menu.${name}.wav`), tone(10, rate));
  const port = await freePort();
  const server = await Server.at(path.join(scratch, 'hotline'), `[hotline]
listen = "127.0.0.1:${port}"
prompts = "${prompts}"
languages = ["en", "zh-CN"]
calls_max = 10000
caller_minute = 1000000
caller_calls = 10000
peer_second = 1000000
[[trunk]]
name = "bench"
peers = ["127.0.0.1"]
options_s = 0
`);
  await server.start({ within: on(theirs) });
  const got = await trial('hotline', server.child.pid, { port, first: 1, on: 5, off: '*' });
  await server.end();

  report('hotline, calls at once on one core', got?.calls ?? 0, 'calls', beside?.calls ?? null);
  if (!got) return;
  report('  a key to what it does, p99', got.key_p99_ms, 'ms');
  report('  set-up, INVITE to answer, p50', got.setup_p50_ms, 'ms');
  report('  set-up, INVITE to answer, p99', got.setup_p99_ms, 'ms', beside?.setup_p99_ms ?? null);
  report('  memory per call', got.kib, 'KiB', beside?.kib ?? null);
  if (got.client_late_ms > 20) console.log(`  (the callers were ${got.client_late_ms} ms late themselves: they are the limit)`);
}
