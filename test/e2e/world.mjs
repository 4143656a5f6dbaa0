// A world for one test file: Keepline with real peers, tokens for every role, and the real policies beside those of
// ./policies. Everything listens on addresses of its own and ends with the test.
//
//   const world = await startWorld({ peers: ['hlr', 'vlr', 'mta', 'smsc', 'bank', 'webhook'], proxied: ['smsc'] });
//   await world.takeOver(subscriber, line);      // the line exists in the HLR, attached at the VLR, and is imported
//   world.admin, .system, .agent, .reviewer, .second   Clients, one per role; .keymaster: the other administrator
//   await world.as(subscriber.id)                 // a subscriber's own Client

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBank } from '../peers/bank.mjs';
import { temporaryFolder } from '../peers/child.mjs';
import { startHlr } from '../peers/hlr.mjs';
import { configurationFor, prepareKeepline } from '../peers/keepline.mjs';
import { startMta } from '../peers/mta.mjs';
import { startProxy } from '../peers/proxy.mjs';
import { startSmsc } from '../peers/smsc.mjs';
import { startVlr } from '../peers/vlr.mjs';
import { startWebhook } from '../peers/webhook.mjs';
import { Client } from './client.mjs';
import { plain } from './people.mjs';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ALL_PEERS = ['hlr', 'vlr', 'mta', 'smsc', 'bank', 'webhook'];
const RUN_LIMIT_MS = 60_000;

/** What a token is bound to where it is more than usual for its role. */
const CHANNELS = {
  agent: ['counter', 'staff', 'hotline'], system: ['staff', 'web', 'app', 'hotline', 'counter', 'bulk'], portal: ['web', 'app', 'hotline'], admin: ['staff', 'counter', 'bulk'],
};

/** Failures are tried again soon, so that a test of them does not take minutes. */
const HASTE = {
  engine: { sweep_every_ms: 50, backoff_first_ms: 50, backoff_max_ms: 2000 },
  mail: { connect_timeout_ms: 1000, total_timeout_ms: 3000 },
  sms: { connect_timeout_ms: 1000, response_timeout_ms: 1500, enquire_every_ms: 1000, reconnect_max_ms: 500 },
  hlr: { connect_timeout_ms: 1000, answer_timeout_ms: 1500 },
  webhooks: { connect_timeout_ms: 1000, total_timeout_ms: 1500 },
  refund: { linger_ms: 50 },
};

/**
 * ABUSE_OLD_SOURCE: the source of an older program that KEEPLINE_BIN is, so that an abuse test can be seen to succeed on it.
 * Its policies and those of its tests are used then: it refuses what it does not know.
 */
const OLD = process.env.ABUSE_OLD_SOURCE;
const POLICIES = ['policies', 'test/e2e/policies'].map((folder) => path.join(OLD ?? ROOT, folder));

/** The repository's policies and those of the tests, in one folder; nothing is left to chance. */
export function policyFolder() {
  const folder = temporaryFolder('policies');
  for (const from of POLICIES) {
    for (const file of readdirSync(from).filter((name) => name.endsWith('.toml'))) {
      const text = readFileSync(path.join(from, file), 'utf8');
      writeFileSync(path.join(folder, file), OLD ? text : text.replace(/^sample_percent = .*$/m, 'sample_percent = 0'));
    }
  }
  return folder;
}

/** Runs a program to its end: { code, stdout, stderr }. */
export function run(command, args, { cwd, env, input, timeoutMs = RUN_LIMIT_MS } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: env ?? process.env, timeout: timeoutMs, killSignal: 'SIGKILL' });
    const out = { code: null, stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => { out.stdout += text; });
    child.stderr.setEncoding('utf8').on('data', (text) => { out.stderr += text; });
    child.stdin.on('error', () => {}).end(input ?? '');
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ ...out, code: code ?? signal }));
  });
}

function merge(base, over) {
  if (typeof base !== 'object' || typeof over !== 'object' || Array.isArray(over) || !base || !over) return over === undefined ? base : over;
  const out = { ...base };
  for (const [key, value] of Object.entries(over)) out[key] = merge(base[key], value);
  return out;
}

export class World {
  #tokens = new Map();

  constructor(keepline, peers, proxies) {
    Object.assign(this, { keepline, proxies, ...peers });
    this.peers = peers;
  }

  get folder() { return this.keepline.folder; }

  /** `keepline --config … args`: { code, stdout, stderr }. */
  cli(args, options = {}) {
    const { KEEPLINE_BIN: _bin, KEEPLINE_KEEP_TEMP: _keep, ...env } = process.env;
    return run(this.keepline.binary, ['--config', this.keepline.configFile, ...args], { cwd: this.folder, ...options, env: { ...env, ...options.env } });
  }

  /** The same, which must succeed; parsed when it printed JSON. */
  async mustCli(args, options) {
    const { code, stdout, stderr } = await this.cli(args, options);
    assert.equal(code, 0, `keepline ${args.join(' ')} → ${code}\n${stdout}\n${stderr}`);
    return args.includes('--json') ? JSON.parse(stdout) : stdout;
  }

  /** A Client with a token of this role, held by `id`: asked for by one administrator, signed by the other where it takes two. */
  async token(role, id = role, options) {
    const known = `${role} ${id}`;
    if (!this.#tokens.has(known)) this.#tokens.set(known, await (role === 'subscriber' && this.portal ? this.#session(id) : this.#issue(role, id)));
    return new Client(this.keepline, this.#tokens.get(known), options);
  }

  async #issue(role, id) {
    const { body, status } = await this.keymaster.post('/v1/tokens', { role, id, note: 'end-to-end test', ...(this.portal !== undefined && { channels: CHANNELS[role] }) });
    if (status === 202) await this.admin.post(`/v1/tokens/${id}/requests/${body.request}/countersignature`);
    return body.token;
  }

  async #session(id) {
    return (await this.portal.post(`/v1/subscribers/${id}/sessions`, {})).body.token;
  }

  /** A customer's session. */
  as(subscriberId, options) { return this.token('subscriber', subscriberId, options); }

  /** The ceremony (docs/operating.md): the first two administrators. A program from before knows one of them, and no portal. */
  async makeClients() {
    const two = !OLD || (await this.cli(['token', 'create', '--help'])).stdout.includes('--person');
    const channels = two ? CHANNELS.admin.flatMap((one) => ['--channel', one]) : [];
    const admin = async (id) => new Client(this.keepline, (await this.mustCli(['token', 'create', '--role', 'admin', '--id', id, ...channels, '--json'])).token);
    this.admin = await admin('ops');
    this.keymaster = two ? await admin('keymaster') : this.admin;
    if (two) this.portal = null;
  }

  async makeStaff() {
    if (this.portal === null) this.portal = await this.token('portal', 'portal');
    this.system = await this.token('system', 'bss');
    this.agent = await this.token('agent', 'clerk');
    this.reviewer = await this.token('reviewer', 'reviewer-1');
    this.second = await this.token('reviewer', 'reviewer-2');
  }

  /** The line as the operator had it: the enabled profile in the HLR and attached at the VLR, then imported. */
  async takeOver(subscriber, line) {
    const enabled = line.profiles?.find((profile) => profile.state === 'enabled');
    if (this.hlr && enabled) {
      await this.hlr.create(enabled.imsi, plain(line.number));
      if (this.vlr) assert.deepEqual(await this.vlr.attach(enabled.imsi), { ok: true, msisdn: plain(line.number) });
    }
    const { body, status } = await this.system.post('/v1/lines/import', { subscriber, line });
    assert.equal(status, 201);
    return body;
  }

  /** Ends Keepline in order, then the peers. */
  async stop() {
    try {
      await this.keepline.stop();
    } finally {
      this.vlr?.disconnect();
      for (const peer of [...Object.values(this.proxies), ...['hlr', 'mta', 'smsc', 'bank', 'webhook'].map((name) => this.peers[name])]) await peer?.stop();
    }
  }
}

async function startPeers(names) {
  const start = { hlr: startHlr, mta: startMta, smsc: startSmsc, bank: startBank, webhook: startWebhook };
  const wanted = names.filter((name) => name in start);
  const started = await Promise.all(wanted.map((name) => start[name]()));
  const peers = Object.fromEntries(wanted.map((name, index) => [name, started[index]]));
  if (names.includes('vlr')) peers.vlr = await startVlr({ address: peers.hlr.address });
  return peers;
}

/** A proxy before each named peer; an HLR gets three. `set` of the group switches them together. */
async function startProxies(names, peers) {
  const proxies = {};
  for (const name of names) {
    const peer = peers[name];
    proxies[name] = name === 'hlr'
      ? new ProxyGroup(await Promise.all(Object.values(peer.ports).map((target) => startProxy({ target, targetAddress: peer.address }))), Object.keys(peer.ports))
      : await startProxy({ target: peer.port });
  }
  return proxies;
}

class ProxyGroup {
  constructor(members, names) {
    this.members = members;
    this.address = '127.0.0.1';
    this.ports = Object.fromEntries(names.map((name, index) => [name, members[index].port]));
  }
  async set(mode, options) { for (const one of this.members) await one.set(mode, options); }
  async stop() { for (const one of this.members) await one.stop(); }
}

/**
 * config: laid over the generated one. peers: which of hlr, vlr, mta, smsc, bank, webhook; without one Keepline uses its
 * default (Maildir, spool, …). proxied: which of hlr, mta, smsc, webhook stand behind a proxy. binary, env, …: as prepareKeepline.
 */
export async function startWorld({ config = {}, peers: names = ALL_PEERS, proxied = [], ...options } = {}) {
  const peers = await startPeers(names);
  const proxies = await startProxies(proxied, peers);
  const seen = { ...peers, ...proxies };
  if (proxies.webhook) seen.webhook = { url: peers.webhook.url.replace(String(peers.webhook.port), String(proxies.webhook.port)), secret: peers.webhook.secret };
  const generated = merge(merge(HASTE, configurationFor(seen)), {
    policies: { dir: policyFolder() }, calendars: { dir: path.join(OLD ?? ROOT, 'calendars') }, messages: { hotline: '10099' },
    ...(!OLD && { http: { notifiers: 'bss' } }),
  });
  const keepline = await prepareKeepline({ ...options, config: merge(generated, config) });
  const world = new World(keepline, peers, proxies);
  await world.makeClients();
  await keepline.start();
  await world.makeStaff();
  return world;
}
