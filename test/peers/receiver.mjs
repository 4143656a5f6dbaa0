// What everybody has in common who receives calls of Keepline over HTTP: a server whose next answers a test may spoil, and effects
// that count once. Who extends it implements `receive(request, body, response)`.

import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { listen, waitForEffects } from './wait.mjs';

const BODY_LIMIT_BYTES = 1024 * 1024;

/** The whole body, as bytes. */
export async function readBody(stream) {
  const chunks = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > BODY_LIMIT_BYTES) throw new Error('body too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** What a server of remote SIM provisioning is asked (SGP.22 §6.5.1): { said }, or { why } it is no such call. `paths`: those that it has. */
export function rspCall(paths, method, url, headers, text) {
  if (method !== 'POST') return { why: `method ${method}` };
  if (!paths.includes(url)) return { why: `path ${url}` };
  if (!/^gsma\/rsp\/v\d+\.\d+\.\d+$/.test(headers['x-admin-protocol'] ?? '')) return { why: 'no X-Admin-Protocol' };
  if (!/^application\/json\b/.test(headers['content-type'] ?? '')) return { why: 'not JSON' };
  try {
    const said = JSON.parse(text);
    return said.header?.functionRequesterIdentifier && said.header?.functionCallIdentifier ? { said } : { why: 'header' };
  } catch {
    return { why: 'not JSON' };
  }
}

/** { cert, key, ca } as PEM, from file names; null stays null. */
export const readTls = (tls) => tls && Object.fromEntries(Object.entries(tls).map(([name, file]) => [name, readFileSync(file)]));

export class Receiver {
  #server = null;
  #effects = new Map();
  #failures = [];

  /** tls: { cert, key, ca } as PEM; then clients must show a certificate of `ca`. */
  constructor({ port = 0, tls = null } = {}) {
    Object.assign(this, { port, tls });
  }

  get base() { return `${this.tls ? 'https' : 'http'}://127.0.0.1:${this.port}`; }

  async start() {
    const serve = async (request, response) => {
      const body = await readBody(request).catch(() => null);
      if (body === null) request.socket.destroy();
      else await this.receive(request, body, response);
    };
    this.#server = this.tls
      ? https.createServer({ ...this.tls, requestCert: true, rejectUnauthorized: true }, serve)
      : http.createServer(serve);
    this.port = await listen(this.#server, this.port);
  }

  async stop() {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  /** What the next `times` calls meet, in the words of the peer. */
  failNext(how, times = 1) {
    for (let i = 0; i < times; ++i) this.#failures.push(how);
  }
  nextFailure() { return this.#failures.shift(); }

  /** Notes an effect under its key and returns the first one that came under it, if there was one. */
  note(key, effect) {
    const first = this.#effects.get(key);
    if (!first) this.#effects.set(key, effect);
    return first;
  }
  effects() { return [...this.#effects.values()]; }
  waitFor(pattern, limits) { return waitForEffects(this, pattern, limits); }
}
