// A TCP proxy that misbehaves on purpose, between Keepline and any peer; its mode changes at run time and
// connections that exist feel the change.
//
//   pass        forwards
//   down        refuses new connections and closes the present ones
//   black_hole  accepts, holds everything back, never answers; when the mode changes the held bytes flow on
//   slow        forwards `chunkBytes` at a time with `delayMs` before each
//   garbage     answers seeded random bytes to a connection and to whatever it sends; the target sees nothing
//   cut         forwards, and closes a connection after `bytes` bytes of 'answer' (default), 'request' or 'both';
//               { mode: 'cut', bytes: 0 } is the lost answer: the target does the work, the caller never hears

import net from 'node:net';
import { listen, sleep } from './wait.mjs';

export const PROXY_MODES = ['pass', 'down', 'black_hole', 'slow', 'garbage', 'cut'];

const DEFAULTS = { delayMs: 50, chunkBytes: 16, seed: 1, bytes: 0, of: 'answer' };
const GARBAGE_LIMIT_BYTES = 200;

export class Proxy {
  #server = null;
  #links = new Set();
  #changed = Promise.resolve();
  #announceChange = () => {};
  #random = randomBytesOf(DEFAULTS.seed);

  constructor({ target, targetAddress = '127.0.0.1', port = 0 }) {
    Object.assign(this, { target, targetAddress, port, address: '127.0.0.1' });
    this.mode = 'pass';
    this.options = { ...DEFAULTS };
    /** Connections accepted so far. */
    this.accepted = 0;
  }

  async start() {
    this.#armChange();
    await this.#listen();
  }

  async stop() {
    await this.set('down');
  }

  /** Switches the mode; options are { delayMs, chunkBytes, seed, bytes, of }. */
  async set(mode, options = {}) {
    if (!PROXY_MODES.includes(mode)) throw new Error(`no such proxy mode: ${mode}`);
    this.mode = mode;
    this.options = { ...DEFAULTS, ...options };
    this.#random = randomBytesOf(this.options.seed);
    this.#announceChange();
    this.#armChange();
    if (mode !== 'down') return this.#listen();
    this.closeConnections();
    if (!this.#server) return;
    const server = this.#server;
    this.#server = null;
    await new Promise((resolve) => server.close(resolve));
  }

  closeConnections() {
    for (const link of this.#links) link.close();
  }

  #armChange() {
    this.#changed = new Promise((resolve) => { this.#announceChange = resolve; });
  }

  async #listen() {
    if (this.#server) return;
    this.#server = net.createServer({ allowHalfOpen: true }, (caller) => this.#serve(caller));
    this.port = await listen(this.#server, this.port);
  }

  async #serve(caller) {
    ++this.accepted;
    const link = { caller, upstream: null, request: 0, answer: 0, open: true };
    link.close = () => {
      link.open = false;
      caller.destroy();
      link.upstream?.destroy();
      this.#links.delete(link);
    };
    this.#links.add(link);
    caller.on('error', link.close).on('close', link.close);
    if (this.mode === 'garbage') caller.write(this.#random());
    const requests = this.#pump(link, 'request', caller, () => this.#connect(link));
    // Peers that speak first (SMTP, VTY, GSUP) need the target before the caller has sent anything.
    await this.#passable(link);
    if (link.open) this.#connect(link);
    await requests;
  }

  #connect(link) {
    if (link.upstream) return link.upstream;
    link.upstream = net.connect({ port: this.target, host: this.targetAddress, allowHalfOpen: true }).unref();
    link.upstream.on('error', link.close);
    this.#pump(link, 'answer', link.upstream, () => link.caller);
    return link.upstream;
  }

  /** Carries bytes one way until the end; the mode is asked again for each chunk. */
  async #pump(link, direction, from, to) {
    try {
      for await (const chunk of from.iterator({ destroyOnReturn: false })) {
        if (this.mode === 'garbage') {
          if (direction === 'request') link.caller.write(this.#random());
          continue;
        }
        await this.#passable(link);
        if (!link.open) return;
        await this.#forward(link, direction, chunk, to());
      }
      if (link.open) to().end();
    } catch {
      link.close(); // a reset connection: the other side learns it the same way
    }
  }

  async #forward(link, direction, chunk, to) {
    const { delayMs, chunkBytes, bytes, of } = this.options;
    if (this.mode === 'slow') {
      let at = 0;
      for (; at < chunk.length && link.open && this.mode === 'slow'; at += chunkBytes) {
        await sleep(delayMs);
        to.write(chunk.subarray(at, at + chunkBytes));
      }
      if (at < chunk.length && link.open) to.write(chunk.subarray(at));
      return;
    }
    link[direction] += chunk.length;
    const counted = of === 'both' ? link.request + link.answer : link[of];
    if (this.mode === 'cut' && counted > bytes && (of === 'both' || of === direction)) {
      const allowed = chunk.subarray(0, chunk.length - (counted - bytes));
      to.write(allowed, link.close);
      return;
    }
    if (!to.write(chunk)) await new Promise((resolve) => to.once('drain', resolve).once('close', resolve));
  }

  /** Resolves once bytes may flow on this link again. */
  async #passable(link) {
    while (link.open && (this.mode === 'black_hole' || this.mode === 'garbage')) await this.#changed;
  }
}

/** A source of random chunks that depends on the seed alone (mulberry32). */
function randomBytesOf(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  return () => Buffer.from(Array.from({ length: 1 + (next() % GARBAGE_LIMIT_BYTES) }, () => next() & 0xff));
}

/** startProxy({ target: port, targetAddress?, port? }) */
export async function startProxy(options) {
  const proxy = new Proxy(options);
  await proxy.start();
  return proxy;
}
