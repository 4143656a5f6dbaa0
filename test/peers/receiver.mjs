// What everybody has in common who receives calls of Keepline over HTTP: a server whose next answers a test may spoil, and effects
// that count once. Who extends it implements `receive(request, body, response)`.

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
