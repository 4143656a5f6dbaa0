// `./dev bench`: what the release build reaches on this machine, each figure beside a limit measured in the same run.
// Writes build/bench.json (a list of {name, value, unit, limit, ratio}) and prints the same as a table.
//
//   node bench/run.mjs [--quick] [--program FILE] [--out FILE] [--open N] [--ended N] [PART…]
//
//   --quick    a tenth of every size
//   --program  this keepline instead of build/release/bin/keepline: with the policies of the tree that it stands in (compare.mjs)
//   --open, --ended  of the part queue: how many cases are open, and how many have ended beside them in the store (100000, 0)
//   --out      the results go there (build/bench.json is written by a whole run of ours only)
//   PART       only these
//
// Everything runs on 127.0.0.1; the load client shares the machine's cores with the server, and is the customers' phones and their SMSC, too. No
// mail is sent (the messenger counts), and there is no HLR. What is measured is Keepline: HTTP, rules, journal, dispatch, SM-DP+.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import readline from 'node:readline';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort } from '../test/peers/wait.mjs';
import { hotline } from './hotline.mjs';
import { web } from './web.mjs';

const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..');
const bin = process.env.KEEPLINE_BENCH_BIN ?? path.join(root, 'build/release/bin'); // the measuring programs
const { values: options, positionals: chosen } = parseArgs({
  allowPositionals: true, options: { quick: { type: 'boolean', default: false }, program: { type: 'string' }, out: { type: 'string' }, open: { type: 'string', default: '100000' }, ended: { type: 'string', default: '0' } },
});
const { quick } = options;
const program = path.resolve(options.program ?? path.join(bin, 'keepline'));
/** The policies beside the program: those of before may not know what those of today say. */
const policiesOf = (file) => {
  for (let at = path.dirname(file); at !== path.dirname(at); at = path.dirname(at))
    if (fs.existsSync(path.join(at, 'policies/base.toml'))) return path.join(at, 'policies');
  return path.join(root, 'policies');
};
const scale = quick ? 0.1 : 1;
const results = [];

function report(name, value, unit, limit = null) {
  const ratio = limit ? value / limit : null;
  results.push({ name, value, unit, limit, ratio });
  const beside = limit ? `   limit ${format(limit)} ${unit}, ratio ${ratio.toFixed(2)}` : '';
  console.log(`${name.padEnd(46)} ${format(value).padStart(12)} ${unit}${beside}`);
}
const format = (n) => (Number.isInteger(n) ? String(n) : n.toFixed(n < 10 ? 2 : 1));

// ---------------------------------------------------------------------------------------------- lines

function luhnDigit(digits) {
  let sum = 0;
  [...digits].reverse().forEach((c, i) => {
    const d = Number(c) * (i % 2 === 0 ? 2 : 1);
    sum += d > 9 ? d - 9 : d;
  });
  return (10 - (sum % 10)) % 10;
}
const number = (i) => `+86139${String(i).padStart(8, '0')}`;
function iccid(i) {
  const body = `898600${String(i).padStart(12, '0')}`;
  return body + luhnDigit(body);
}
/** A line and its holder as an operator has them; without `profiles` it waits for one of our SM-DP+. */
const row = (i, profiles) => ({
  subscriber: {
    id: `bench-${i}`,
    language: i % 2 ? 'zh-CN' : 'en',
    person: { full_name: `Holder ${i}`, document_kind: 'id-card', document_number: `1101011990${String(i).padStart(8, '0')}`, refund_iban: 'DE89370400440532013000', refund_holder: `Holder ${i}` },
    contacts: [{ id: 'm1', by: 'mail', address: `holder${i}@customer.example`, verified: true }],
  },
  line: {
    number: number(i),
    policy: 'bench',
    since: '2024-01-01T00:00:00Z',
    valid_until: '2030-01-01T00:00:00Z',
    balance: { minor: 1000 + (i % 500), currency: 'CNY' },
    ...(profiles && { profiles: [{ iccid: iccid(i), imsi: `46000${String(i).padStart(10, '0')}`, state: 'enabled' }] }),
  },
});

function writeRows(file, from, count, profiles) {
  const out = fs.openSync(file, 'w');
  for (let i = from; i < from + count; i += 1000) {
    let text = '';
    for (let k = i; k < Math.min(i + 1000, from + count); ++k) text += JSON.stringify(row(k, profiles)) + '\n';
    fs.writeSync(out, text);
  }
  fs.closeSync(out);
}
function writeWork(file, from, count) {
  fs.writeFileSync(file, Array.from({ length: count }, (_, i) => `${number(from + i)}\n`).join(''));
}

// ---------------------------------------------------------------------------------------------- the server

const started = new Set(); // servers, so that none outlives a run that fails

function tool(file, args, more) {
  const got = spawnSync(file, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...more });
  if (got.status !== 0) throw new Error(`${path.basename(file)} ${args.join(' ')} failed (${got.status}): ${got.stderr?.slice(-2000)}`);
  return got.stdout;
}

let own; // whether the program has a listener of its own for metrics
function hasMetricsListener() {
  if (own !== undefined) return own;
  const file = path.join(scratch, 'probe.toml');
  fs.writeFileSync(file, `data_dir = "${scratch}/probe"\n[metrics]\nlisten = "127.0.0.1:9464"\n[policies]\ndir = "${policiesOf(program)}"\n`);
  own = spawnSync(program, ['--config', file, 'config', 'check'], { encoding: 'utf8' }).status === 0;
  return own;
}

class Server {
  /** more: configuration. customers: with an SM-DP+ for their phones, and SMS that reach them (load client). */
  static async at(folder, more = '', { customers = false } = {}) {
    const self = new Server();
    fs.mkdirSync(folder, { recursive: true });
    Object.assign(self, { folder, port: await freePort(), smsc: await freePort(), es9: await freePort(), pki: path.join(folder, 'pki') });
    self.metricsPort = hasMetricsListener() ? await freePort() : self.port;
    if (customers) tool(program, ['pki', 'make', self.pki]);
    self.config = path.join(folder, 'keepline.toml');
    const policies = path.join(folder, 'policies');
    fs.cpSync(policiesOf(program), policies, { recursive: true });
    fs.cpSync(path.join(root, 'bench/policies'), policies, { recursive: true });
    fs.writeFileSync(self.config, `data_dir = "${folder}/data"
[http]
listen = "127.0.0.1:${self.port}"
${self.metricsPort === self.port ? '' : 'connections_per_address = 2000\n'}[log]
level = "warning"
[policies]
dir = "${policies}"
[calendars]
dir = "${path.join(policiesOf(program), '../calendars')}"
[mail]
kind = "none"
[sms]
${customers ? `kind = "smpp"\nhost = "127.0.0.1"\nport = ${self.smsc}\nsystem_id = "bench"\npassword = "bench"\nreconnect_max_ms = 500` : 'kind = "none"'}
[hlr]
kind = "none"
${self.metricsPort === self.port ? '' : `[metrics]\nlisten = "127.0.0.1:${self.metricsPort}"\n[tokens]\nsearches_hourly = 1000000\n`}${customers ? `[[smdp]]
name = "bench"
listen = "127.0.0.1:${self.es9}"
address = "localhost:${self.es9}"
certificates = ["${self.pki}/nist"]
tls = false
[[profile_type]]
name = "bench"
provider_name = "Keepline"
mcc_mnc = "46001"
` : ''}${more}`);
    return self;
  }
  cli(...args) {
    return tool(program, ['--config', this.config, ...args]);
  }
  importLines(from, count, { profiles = true } = {}) {
    const file = path.join(this.folder, 'lines.ndjson');
    writeRows(file, from, count, profiles);
    const began = performance.now();
    this.cli('import', file);
    fs.rmSync(file);
    return count / ((performance.now() - began) / 1000);
  }
  token(role, id = `bench-${role}`) {
    return JSON.parse(this.cli('--json', 'token', 'create', '--role', role, '--id', id)).token;
  }
  /**
   * Those of the people and systems that carry a closure through: each is somebody else. Two administrators are made here, before the
   * start; the others, by both of them, once the server runs. (A program from before the ceremony makes each by itself.)
   */
  staff() {
    if (!this.cli('token', 'create', '--help').includes('--person'))
      return { agent: this.token('agent'), reviewer: this.token('reviewer'), system: this.token('system') };
    this.admins = [this.token('admin', 'bench-admin-1'), this.token('admin', 'bench-admin-2')];
    this.people = {};
    return this.people;
  }
  async #makePeople() {
    const post = async (admin, where, body) => {
      const answer = await fetch(`http://127.0.0.1:${this.port}${where}`, {
        method: 'POST', body: JSON.stringify(body ?? {}),
        headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
      });
      if (!answer.ok) throw new Error(`POST ${where}: ${answer.status} ${await answer.text()}`);
      return answer.json();
    };
    const channels = { portal: ['web', 'app'], agent: ['counter', 'staff'], system: ['staff', 'web', 'app', 'hotline', 'counter', 'bulk'] };
    for (const role of ['agent', 'reviewer', 'system', 'portal']) {
      const made = await post(this.admins[0], '/v1/tokens', { role, id: `bench-${role}`, channels: channels[role] ?? [] });
      if (made.request) await post(this.admins[1], `/v1/tokens/bench-${role}/requests/${made.request}/countersignature`);
      this.people[role] = made.token;
    }
  }
  /** Profiles for n lines in the SM-DP+'s stock. */
  stock(n) {
    const env = { ...process.env, KEEPLINE_TOKEN: this.token('admin') };
    for (let made = 0; made < n; made += 1000)
      tool(program, ['--config', this.config, 'esim', 'provide', '--type', 'bench', '--count', String(Math.min(1000, n - made)), '--iccid', `89860${String(made).padStart(13, '0')}`, '--imsi', `46001${String(made).padStart(10, '0')}`], { env });
  }
  /** within: a program and its first arguments, which becomes the server. */
  async start({ within = [] } = {}) {
    const began = performance.now();
    const [first, ...rest] = [...within, program, '--config', this.config, 'serve'];
    this.child = spawn(first, rest, { stdio: ['ignore', 'ignore', fs.openSync(path.join(this.folder, 'log'), 'a')] });
    started.add(this);
    for (;;) {
      if (this.child.exitCode !== null) throw new Error(`the server stopped: ${fs.readFileSync(path.join(this.folder, 'log'), 'utf8').slice(-2000)}`);
      const ready = await fetch(`http://127.0.0.1:${this.port}/readyz`).then((r) => r.ok, () => false);
      if (ready) {
        const took = performance.now() - began;
        if (this.people && !this.people.system) await this.#makePeople();
        return took;
      }
      if (performance.now() - began > 60_000) throw new Error('the server did not become ready');
      await sleep(2);
    }
  }
  async end(signal = 'SIGTERM') {
    if (!this.child || this.child.exitCode !== null || this.child.signalCode) return;
    const gone = new Promise((done) => this.child.once('exit', done));
    this.child.kill(signal);
    await gone;
  }
  rssMiB() {
    // Without the pages of the store's file that are mapped: those are the kernel's to take back.
    const line = fs.readFileSync(`/proc/${this.child.pid}/status`, 'utf8').match(/RssAnon:\s+(\d+) kB/);
    return Number(line[1]) / 1024;
  }
  cpuSeconds() {
    const fields = fs.readFileSync(`/proc/${this.child.pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }
  async metrics() {
    const text = await fetch(`http://127.0.0.1:${this.metricsPort}/metrics`).then((r) => r.text());
    return (pattern) => {
      let sum = 0;
      for (const line of text.split('\n')) if (pattern.test(line)) sum += Number(line.slice(line.lastIndexOf(' ') + 1));
      return sum;
    };
  }
  /** Waits until no closure stands at one of these stages. */
  async drained(...stages) {
    for (const stage of stages) {
      for (;;) {
        const read = await this.metrics();
        if (read(new RegExp(`^keepline_closures\\{.*stage="${stage}".*\\}`)) === 0) break;
        await sleep(50);
      }
    }
  }
  diskMiB() {
    let bytes = 0;
    for (const name of fs.readdirSync(path.join(this.folder, 'data'))) {
      const file = path.join(this.folder, 'data', name);
      if (fs.statSync(file).isFile()) bytes += fs.statSync(file).size;
    }
    return bytes / 1024 / 1024;
  }
}

/** The load client of one server, from its start to its end: clerks, reviewers, customers' phones and their SMSC (bench/load.cpp). */
class Load {
  constructor(server, tokens, { phones = 0 } = {}) {
    this.server = server;
    const args = ['--port', server.port, '--smsc', server.smsc, '--agent', tokens.agent, '--reviewer', tokens.reviewer, '--system', tokens.system, '--clients', '64',
      ...(phones ? ['--es9', `http://127.0.0.1:${server.es9}`, '--pki', server.pki, '--phones', phones] : [])].map(String);
    this.child = spawn(path.join(bin, 'bench_load'), args, { stdio: ['pipe', 'pipe', 'inherit'] });
    started.add(this);
    this.answers = readline.createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }
  /** what: prepare, submit or close, those lines. */
  async ask(what, from, count, { duplicates = 10 } = {}) {
    const work = path.join(this.server.folder, `work-${from}`);
    writeWork(work, from, count);
    this.child.stdin.write(`${what} ${work} ${what === 'prepare' ? 0 : duplicates}\n`);
    const { value, done } = await this.answers.next();
    if (done) throw new Error('the load client ended');
    const got = JSON.parse(value);
    if (got.done !== count || got.first_problem) throw new Error(`only ${got.done} of ${count} lines went through ${what}: ${got.first_problem} ${JSON.stringify(got.statuses)}`);
    return got;
  }
  async end(signal = 'SIGTERM') {
    if (this.child.exitCode !== null || this.child.signalCode) return;
    const gone = new Promise((done) => this.child.once('exit', done));
    this.child.kill(signal);
    await gone;
  }
}

// ---------------------------------------------------------------------------------------------- the measurements

function storeLimit() {
  const file = path.join(scratch, 'store.json');
  const args = ['--json', file, '--directory', scratch, '--seconds', quick ? '1' : '3', '--idle', '20000'];
  const got = spawnSync(path.join(bin, 'store_bench'), args, { encoding: 'utf8' });
  if (got.status !== 0) throw new Error(`store_bench failed: ${got.stderr}`);
  return JSON.parse(fs.readFileSync(file, 'utf8'));
}

async function closures() {
  const store = options.program ? [] : storeLimit();
  for (const one of store) report(one.name, one.value, one.unit);
  const limit = store.length > 0 ? Math.max(...store.filter((one) => one.unit === 'transitions/s').map((one) => one.value)) : null;
  const count = Math.round(10_000 * scale);
  const warm = Math.round(count / 10);
  const server = await Server.at(path.join(scratch, 'closures'), '', { customers: true });
  const tokens = server.staff();
  report('import, offline', server.importLines(0, count + warm, { profiles: false }), 'lines/s', limit);
  await server.start();
  const load = new Load(server, tokens, { phones: count + warm });
  server.stock(count + warm);
  const ready = await load.ask('prepare', 0, count + warm);
  report('lines get their phone: ordered, downloaded, enabled', ready.done / ready.seconds, 'lines/s');
  await load.ask('close', 0, warm);
  await server.drained('unbinding', 'settling');
  const entriesBefore = (await server.metrics())(/^keepline_commands_total\{.*outcome="accepted".*\}/);
  const cpuBefore = server.cpuSeconds();
  const began = performance.now();
  const got = await load.ask('close', warm, count);
  await server.drained('unbinding', 'settling');
  const seconds = (performance.now() - began) / 1000;
  const read = await server.metrics();
  const commands = read(/^keepline_commands_total\{.*outcome="accepted".*\}/) - entriesBefore;
  report('closures, application to closed, 64 at a time', count / seconds, 'closures/s', limit && limit / (commands / count));
  report('  durable commands per closure', commands / count, 'commands');
  report('  durable commands', commands / seconds, 'commands/s', limit);
  report('  durable HTTP steps', got.durable_steps / got.seconds, 'steps/s');
  report('  step latency p50', got.p50_ms, 'ms');
  report('  step latency p99', got.p99_ms, 'ms');
  report('  duplicate submissions', got.duplicates, 'requests');
  report('  server CPU per closure', ((server.cpuSeconds() - cpuBefore) / count) * 1000, 'ms');
  const closed = read(/^keepline_closures\{.*stage="closed".*\}/);
  if (closed !== 0 && closed < count) throw new Error(`${closed} of ${count} are closed`);
  await load.end();
  await server.end();
  fs.rmSync(server.folder, { recursive: true });
}

/** Few states are kept and refunds go into the bank's files, so that what stays is what is never given back. */
async function memory() {
  const rounds = 5;
  const each = Math.round(3000 * scale);
  const server = await Server.at(path.join(scratch, 'memory'), '[engine]\ncached_streams = 2000\n[refund]\ndebtor_account = "DE89370400440532013000"\ndebtor_bic = "COBADEFFXXX"\n', { customers: true });
  const tokens = server.staff();
  server.importLines(0, rounds * each, { profiles: false });
  await server.start();
  const load = new Load(server, tokens, { phones: rounds * each });
  server.stock(rounds * each);
  await load.ask('prepare', 0, rounds * each);
  const seen = [];
  const began = performance.now();
  for (let round = 0; round < rounds; ++round) {
    await load.ask('close', round * each, each);
    await server.drained('unbinding', 'settling');
    seen.push(server.rssMiB());
  }
  report('closures with refund files', (rounds * each) / ((performance.now() - began) / 1000), 'closures/s');
  report(`memory after ${each} closures`, seen[0], 'MiB');
  report(`memory, growth over ${(rounds - 1) * each} more closures`, seen[rounds - 1] - seen[0], 'MiB');
  await load.end();
  await server.end();
  fs.rmSync(server.folder, { recursive: true });
}

async function recovery() {
  const count = Math.round(100_000 * scale);
  const server = await Server.at(path.join(scratch, 'recovery'), '', { customers: true });
  const tokens = server.staff();
  server.importLines(0, count + 1000);
  await server.start();
  const load = new Load(server, tokens);
  await load.ask('submit', 0, count, { duplicates: 0 });
  // Killed in the middle of more work, so that effects are waiting.
  const busy = load.ask('submit', count, 1000, { duplicates: 0 }).catch(() => null);
  await sleep(100);
  await server.end('SIGKILL');
  await busy;
  const ready = await server.start();
  const began = performance.now();
  let first = null;
  while (first === null && performance.now() - began < 10_000) {
    const read = await server.metrics();
    if (read(/^keepline_effects_total\{.*outcome="delivered".*\}/) > 0) first = performance.now() - began;
    else await sleep(2);
  }
  report(`kill -9 with ${count} open cases: ready again`, ready, 'ms', 1000);
  report('kill -9: first effect after start', ready + (first ?? 10_000), 'ms', 1000);
  await load.end();
  await server.end();
  fs.rmSync(server.folder, { recursive: true });
}

/** A server with an SM-DP+ that listens in plain and over TLS, and phones in a process of their own. `more` is configuration. */
async function smdpServer(name, more = '') {
  const folder = path.join(scratch, name);
  fs.mkdirSync(folder);
  const pki = path.join(folder, 'pki');
  tool(program, ['pki', 'make', pki]);
  const [plain, tls] = [await freePort(), await freePort()];
  const listener = (of, port, how) => `
[[smdp]]
name = "${of}"
listen = "127.0.0.1:${port}"
address = "localhost:${port}"
certificates = ["${pki}/nist"]
${how}`;
  const server = await Server.at(folder, `${more}${listener('plain', plain, 'tls = false')}${listener('tls', tls, '')}
[[profile_type]]
name = "bench"
provider_name = "Keepline"
mcc_mnc = "46001"
`);
  await server.start();
  const token = server.token('admin');
  const cli = (args) => tool(program, ['--config', server.config, ...args], { env: { ...process.env, KEEPLINE_TOKEN: token } });
  let provided = 0;
  /** A file with the activation codes of n orders, for the listener on this port. */
  const orders = (port, n) => {
    for (let left = n; left > 0; left -= 1000) {
      const some = Math.min(left, 1000);
      cli(['esim', 'provide', '--type', 'bench', '--count', String(some), '--iccid', `89860${String(provided).padStart(13, '0')}`, '--imsi', `46001${String(provided).padStart(10, '0')}`]);
      provided += some;
    }
    const file = path.join(folder, 'orders.ndjson');
    const row = JSON.stringify({ type: 'bench' });
    fs.writeFileSync(file, `${row}\n`.repeat(n));
    const codes = cli(['order', 'create', '--file', file]).trim().split('\n').map((line) => JSON.parse(line).order.activation_code);
    fs.writeFileSync(`${file}.codes`, codes.map((code) => code.replace(/\$localhost:\d+\$/, `$localhost:${port}$`)).join('\n') + '\n');
    return `${file}.codes`;
  };
  /** 32 phones download what was ordered: what `keepline-phone load` prints. Without TLS as behind a proxy. */
  const phones = (codes, { overTls = false, extra = [] } = {}) => new Promise((done, fail) => {
    const args = ['load', '--pki', pki, '--codes', codes, '--phones', '32', ...(overTls ? [] : ['--server', `http://127.0.0.1:${plain}`]), ...extra];
    const child = spawn(path.join(bin, 'keepline-phone'), args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (piece) => { out += piece; });
    child.on('exit', () => {
      try {
        const got = JSON.parse(out);
        if (got.failed > 0) throw new Error(`${got.failed} downloads failed: ${JSON.stringify(got.errors)}`);
        done(got);
      } catch (error) { fail(error); }
    });
  });
  const end = async () => {
    await server.end();
    fs.rmSync(folder, { recursive: true });
  };
  const ordered = (n, { overTls = false } = {}) => orders(overTls ? tls : plain, n);
  return { server, ordered, phones, end };
}

/** The limit is the cryptography that no server can leave out. Latencies are those of whole downloads, with what the phones compute. */
async function downloads() {
  const count = Math.round(6000 * scale);
  const floors = spawnSync(path.join(bin, 'download_bench'), [], { encoding: 'utf8' }).stdout.trim().split('\n').map((line) => JSON.parse(line));
  const floorMs = floors[0].floor_us / 1000;
  report('SM-DP+ protocol alone, P-256, CPU per download', floors[0].download_us / 1000, 'ms', floorMs);
  report('SM-DP+ protocol alone, brainpool, CPU per download', floors[1].download_us / 1000, 'ms', floors[1].floor_us / 1000);
  report('a profile\'s package from its template, CPU', floors[2].patched_us, 'us', floors[2].template_us); // the limit: parsed for each
  const { server, ordered, phones, end } = await smdpServer('downloads');
  const run = async (words, how) => {
    const codes = ordered(count, how);
    const cpu = server.cpuSeconds();
    const got = await phones(codes, how);
    const serverMs = ((server.cpuSeconds() - cpu) / got.succeeded) * 1000;
    report(`downloads, ${words}, 32 phones`, got.per_second, 'downloads/s', os.cpus().length * 1000 / floorMs);
    report('  server CPU per download', serverMs, 'ms', floorMs);
    report('  downloads per core-second of the server', 1000 / serverMs, 'downloads/s', 1000 / floorMs);
    report('  latency p50', got.download.p50_ms, 'ms');
    report('  latency p99', got.download.p99_ms, 'ms');
    const half = Math.round(got.per_second / 2);
    const calm = await phones(ordered(Math.round(count / 3), how), { ...how, extra: [...(how.extra ?? []), '--per-second', String(half)] });
    report(`  latency p50 at half the load, ${half}/s`, calm.download.p50_ms, 'ms');
    report('  latency p99 at half the load', calm.download.p99_ms, 'ms');
  };
  await phones(ordered(200)); // warm
  await run('plain HTTP', {});
  await run('TLS, kept connections', { overTls: true });
  await run('TLS, a full handshake for each', { overTls: true, extra: ['--tls-per-download'] });
  await run('TLS, a full handshake for each call', { overTls: true, extra: ['--tls-per-call'] });
  await end();
}

/** Few states are kept, so that what stays is what is never given back. */
async function downloadMemory() {
  const rounds = 5;
  const each = Math.round(20_000 * scale);
  const { server, ordered, phones, end } = await smdpServer('download-memory', '[engine]\ncached_streams = 2000\n');
  const seen = [];
  for (let round = 0; round < rounds; ++round) {
    await phones(ordered(each), { extra: ['--lifecycle'] });
    seen.push(server.rssMiB());
  }
  report(`memory after ${each} downloads and deletes`, seen[0], 'MiB');
  report(`memory, growth over ${(rounds - 1) * each} more of both`, seen[rounds - 1] - seen[0], 'MiB');
  await end();
}

async function idleLines() {
  const count = Math.round(1_000_000 * scale);
  const server = await Server.at(path.join(scratch, 'idle'));
  const rate = server.importLines(0, count);
  report(`${count} idle lines: import`, rate, 'lines/s');
  const mib = server.diskMiB();
  report(`${count} idle lines: disk`, mib, 'MiB', 2048 * scale);
  report('  bytes per idle line', (mib * 1024 * 1024) / count, 'bytes');
  const ready = await server.start();
  report('  ready with them', ready, 'ms');
  report('  memory with them', server.rssMiB(), 'MiB');
  await server.end();
  fs.rmSync(server.folder, { recursive: true });
}

/** Milliseconds of each round, one after the other: half of them within p50, all but one in a hundred within p99. */
async function spread(rounds, ask) {
  const took = [];
  for (let i = 0; i < rounds; ++i) {
    const began = performance.now();
    await ask(i);
    took.push(performance.now() - began);
  }
  took.sort((a, b) => a - b);
  return { p50: took[Math.floor(took.length / 2)], p99: took[Math.floor((took.length * 99) / 100)] };
}
function reportSpread(name, took, limit) {
  for (const [which, value] of Object.entries(took)) report(`${name}, ${which}`, value, 'ms', limit[which]);
}

/**
 * The staff's queue with many open cases: of the store alone, beside a bare SELECT of the same file, also with what has ended
 * (`--ended N`); and as the console asks a server for it, beside a request that reads no case.
 */
async function queue() {
  const count = Math.round(Number(options.open) * scale);
  const ended = Math.round(Number(options.ended) * scale);
  const json = path.join(scratch, 'queue.json');
  for (const more of options.program ? [] : new Set([0, ended])) {
    tool(path.join(bin, 'queue_bench'), ['--json', json, '--directory', scratch, '--open', String(count), '--ended', String(more)]);
    for (const one of JSON.parse(fs.readFileSync(json, 'utf8'))) report(`${one.name}, ${count} open, ${more} ended`, one.value, one.unit, one.limit);
  }
  const server = await Server.at(path.join(scratch, 'queue'), '', { customers: true });
  const tokens = server.staff();
  server.importLines(0, count);
  await server.start();
  const load = new Load(server, tokens);
  await load.ask('submit', 0, count, { duplicates: 0 });
  await load.end();
  const ask = async (where, body) => {
    const answer = await fetch(`http://127.0.0.1:${server.port}${where}`, {
      headers: { authorization: `Bearer ${tokens.reviewer}`, ...(body && { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() }) }, ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${where}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const rounds = Math.max(200, Math.round(2000 * scale));
  const pages = (query) => {
    let after = '';
    return async () => {
      const page = await ask(`/v1/closures?limit=50${query}${after && `&after=${encodeURIComponent(after)}`}`);
      if (page.items.length === 0) throw new Error('an empty page');
      after = page.next ?? '';
    };
  };
  await spread(rounds, () => ask('/v1/whoami')); // warm
  const limit = await spread(rounds, () => ask('/v1/whoami'));
  const open = `with ${count} open cases`;
  reportSpread(`API: a request that reads no case, ${open}`, limit, {});
  reportSpread(`API: a page of 50 by due date, ${open}`, await spread(rounds, pages('&order=due')), limit);
  reportSpread(`API: a page of 50 of all stages, ${open}`, await spread(rounds, pages('')), limit);
  reportSpread(`API: counts, ${open}`, await spread(rounds, () => ask('/v1/closure-counts')), limit);
  reportSpread(`API: a line by its number, ${open}`, await spread(rounds, (i) => ask('/v1/lines/search', { number: number((i * 7919) % count) })), limit);
  const named = (await ask('/v1/closures?limit=200')).items.flatMap((one) => one.reference ?? []);
  if (named.length > 0)
    reportSpread(`API: a case by its number, ${open}`, await spread(rounds, (i) => ask('/v1/lines/search', { reference: named[i % named.length] })), limit);
  const metrics = await spread(Math.min(rounds, 200), () => server.metrics());
  reportSpread(`/metrics, ${open}`, metrics, {});
  await server.end();
  fs.rmSync(server.folder, { recursive: true });
}

const parts = new Map(Object.entries({
  closures, queue, memory, downloads, 'download-memory': downloadMemory, recovery, 'idle-lines': idleLines, web: () => web({ Server, report, scratch, scale }),
  hotline: () => hotline({ Server, report, scratch, bin, quick }),
}));
const unknown = chosen.filter((name) => !parts.has(name));
if (unknown.length > 0) {
  console.error(`bench: no part ${unknown.join(', ')}; there are ${[...parts.keys()].join(', ')}`);
  process.exit(2);
}
const scratch = fs.mkdtempSync(path.join(process.env.KEEPLINE_BENCH_DIR ?? os.tmpdir(), 'keepline-bench-'));
try {
  console.log(`${os.cpus().length} cores, ${os.cpus()[0].model}, Node ${process.version}${quick ? ', quick run' : ''}\n`);
  for (const [name, part] of parts) if (chosen.length === 0 || chosen.includes(name)) await part();
  if (options.out) fs.writeFileSync(options.out, JSON.stringify(results, null, 2) + '\n');
  if (chosen.length === 0 && !options.program) {
    fs.mkdirSync(path.join(root, 'build'), { recursive: true });
    fs.writeFileSync(path.join(root, 'build/bench.json'), JSON.stringify(results, null, 2) + '\n');
    console.log('\nwritten to build/bench.json');
  }
} finally {
  for (const server of started) await server.end('SIGKILL');
  fs.rmSync(scratch, { recursive: true, force: true });
}
