// Keepline itself under test: starts the binary (KEEPLINE_BIN, else build/dev/bin/keepline) with a generated TOML
// configuration in a temporary folder, waits for /readyz, talks to its API holding every answer to
// api/openapi.yaml, and ends it politely, abruptly (kill -9) or by restart on the same data.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child, START_MS, temporaryFolder } from './child.mjs';
import { Contract } from './contract.mjs';
import { toToml } from './toml.mjs';
import { freePort } from './wait.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const REQUEST_TIMEOUT_MS = 60_000;

export const keeplineBinary = () => process.env.KEEPLINE_BIN ?? path.join(ROOT, 'build/dev/bin/keepline');
export const openapiDocument = path.join(ROOT, 'api/openapi.yaml');

/** The configuration every test starts from; a test's own `config` is laid over it. */
const baseConfiguration = ({ port, folder }) => ({
  data_dir: path.join(folder, 'data'),
  http: { listen: `127.0.0.1:${port}` },
});

/** Whether the program has this section of the configuration; one of before it would refuse to start with it. The one of this tree has it: it is not asked. */
const sections = new Map();
function hasSection(binary, name) {
  if (!process.env.ABUSE_OLD_SOURCE) return true;
  if (!sections.has(binary)) sections.set(binary, spawnSync(binary, ['config', 'show'], { env: environment, cwd: tmpdir(), encoding: 'utf8' }).stdout ?? '');
  return sections.get(binary).includes(`\n[${name}]\n`);
}

/**
 * The configuration that points Keepline at peers of this folder. mta and smsc may be a proxy in front of one; for
 * an HLR behind proxies give { address: '127.0.0.1', ports: { vty, ctrl, gsup } }.
 */
export function configurationFor({ mta, smsc, hlr, bank, webhook }) {
  return {
    ...(mta && { mail: { kind: 'smtp', host: '127.0.0.1', port: mta.port } }),
    ...(smsc && { sms: { kind: 'smpp', host: '127.0.0.1', port: smsc.port, system_id: smsc.systemId ?? 'keepline', password: smsc.password ?? 'secret' } }),
    ...(hlr && { hlr: { kind: 'osmo', host: hlr.address, vty_port: hlr.ports.vty, ctrl_port: hlr.ports.ctrl, gsup_port: hlr.ports.gsup } }),
    ...(bank && { refund: { folder: bank.folder, debtor_account: '6225880100001230', debtor_bic: 'CMBCCNBS' } }),
    ...(webhook && { webhook: [{ name: 'partner', url: webhook.url, secret: webhook.secret }] }),
  };
}

/** This harness's own variables: the server reads KEEPLINE_… as configuration. */
const { KEEPLINE_BIN: _binary, KEEPLINE_KEEP_TEMP: _keep, ...environment } = process.env;

export class Keepline {
  #child = null;
  #contract = null;

  constructor(options) {
    const { folder, port, metricsPort, config, binary, args, env, contract, readyTimeoutMs } = options;
    Object.assign(this, { folder, port, metricsPort, config, binary, args, env, readyTimeoutMs });
    this.#contract = contract;
    this.url = `http://127.0.0.1:${port}`;
    /** Where /metrics is: a listener of its own. */
    this.metricsUrl = metricsPort ? `http://127.0.0.1:${metricsPort}` : this.url;
    this.configFile = path.join(folder, 'keepline.toml');
  }

  get pid() { return this.#child?.pid; }
  get alive() { return this.#child?.alive ?? false; }
  get log() { return this.#child?.log ?? ''; }
  /** Settles with { code, signal } once the present process has ended. */
  get exited() { return this.#child.exited; }

  /** Starts and waits for /readyz; with { wait: false } it returns at once, for tests of a failing start. */
  async start({ wait = true } = {}) {
    if (this.alive) throw new Error('keepline is running');
    this.writeConfiguration();
    this.#child = new Child(this.binary, this.args(this.configFile), {
      cwd: this.folder, env: { ...environment, ...this.env },
    });
    if (wait) await this.#child.ready(() => this.ready(), this.readyTimeoutMs);
  }

  /** Writes the configuration file; start() does it too. */
  writeConfiguration() {
    mkdirSync(this.folder, { recursive: true });
    const place = { port: this.port, folder: this.folder };
    const own = typeof this.config === 'function' ? this.config(place) : this.config;
    const base = baseConfiguration(place);
    if (this.metricsPort) base.metrics = { listen: `127.0.0.1:${this.metricsPort}` };
    writeFileSync(this.configFile, toToml(layOver(base, own)), { mode: 0o600 });
  }

  /** Whether /readyz answers 200 now. */
  async ready() {
    try {
      const answer = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(1000) });
      await answer.arrayBuffer();
      return answer.status === 200;
    } catch {
      return false;
    }
  }

  /** Ends by SIGTERM; anything but exit code 0 in time is an Error with the log's end. */
  async stop({ timeoutMs = 60_000 } = {}) {
    if (!this.alive) return;
    const { code, signal } = await this.#child.stop('SIGTERM', timeoutMs);
    if (code !== 0) throw new Error(`keepline ended with ${signal ?? `exit code ${code}`}:\n${this.log.slice(-4000)}`);
  }

  /** SIGHUP: reads policies and calendars again, on its own time. */
  reload() { this.#child.signal('SIGHUP'); }

  /** kill -9, as a crash. */
  async kill9() {
    if (this.alive) await this.#child.stop('SIGKILL');
  }

  /** Stops ({ hard: true }: kill -9) and starts again on the same folder; `config` replaces the configuration. */
  async restart({ hard = false, config } = {}) {
    await (hard ? this.kill9() : this.stop());
    if (config) this.config = config;
    await this.start();
  }

  /**
   * One request: { status, headers, body, etag, location }, where body is parsed when it is JSON, text when it is
   * text, else a Buffer. The answer must be one the OpenAPI document describes, unless `unchecked`. /metrics, which is no
   * part of that document, is asked where it is.
   */
  async api(method, target, { token, body, idempotencyKey, ifMatch, headers = {}, timeoutMs = REQUEST_TIMEOUT_MS, unchecked = false } = {}) {
    const raw = typeof body === 'string' || body instanceof Uint8Array;
    const watched = target === '/metrics' && this.metricsPort !== undefined;
    const response = await fetch((watched ? this.metricsUrl : this.url) + target, {
      method, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs),
      body: body === undefined || raw ? body : JSON.stringify(body),
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token && { authorization: `Bearer ${token}` }),
        ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
        ...(ifMatch && { 'if-match': ifMatch }),
        ...headers,
      },
    });
    const contentType = response.headers.get('content-type');
    const answer = {
      status: response.status, headers: response.headers, etag: response.headers.get('etag'),
      location: response.headers.get('location'), body: await readBody(response, contentType),
    };
    if (!unchecked && !watched) this.#contract?.checkResponse(method, target, { ...answer, contentType });
    return answer;
  }
}

async function readBody(response, contentType) {
  if (/^text\/event-stream\b/.test(contentType ?? '')) {  // it does not end soon: whoever wants more than its head listens by themselves
    await response.body.cancel();
    return '';
  }
  const bytes = Buffer.from(await response.arrayBuffer());
  if (!bytes.length) return undefined;
  if (/^application\/([\w.+-]+\+)?json\b/.test(contentType ?? '')) return JSON.parse(bytes.toString());
  return /^text\//.test(contentType ?? '') ? bytes.toString() : bytes;
}

/** `over` wins; objects are merged, everything else is replaced, undefined removes. */
function layOver(base, over = {}) {
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const both = [base[key], value].every((one) => typeof one === 'object' && one !== null && !Array.isArray(one));
    merged[key] = both ? layOver(base[key], value) : value;
  }
  return merged;
}

/**
 * A Keepline with its configuration written, not yet started. config: object or ({ port, folder }) => object. openapi:
 * path of the document, or null for none. args: (configFile) => arguments. folder: continue on existing data.
 */
export async function prepareKeepline({
  config = {}, folder, port, binary = keeplineBinary(), env = {}, openapi = openapiDocument,
  args = (configFile) => ['serve', '--config', configFile], readyTimeoutMs = START_MS,
} = {}) {
  if (!existsSync(binary)) throw new Error(`no keepline at ${binary}: build it or set KEEPLINE_BIN`);
  const keepline = new Keepline({
    folder: folder ?? temporaryFolder('server'), port: port ?? (await freePort()),
    metricsPort: hasSection(binary, 'metrics') ? await freePort() : undefined, config, binary, args, env, readyTimeoutMs,
    contract: openapi ? Contract.load(openapi) : null,
  });
  keepline.writeConfiguration();
  return keepline;
}

/** Prepares and starts a Keepline. */
export async function startKeepline({ wait = true, ...options } = {}) {
  const keepline = await prepareKeepline(options);
  await keepline.start({ wait });
  return keepline;
}
