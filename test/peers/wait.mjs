// Bounded waiting and free network places for the test peers.
//
// Nothing in this folder waits without a limit: `until` polls a condition, `within` limits a promise, and both throw an
// Error that names what was awaited. The limit is for machines that do much else. No peer keeps its process alive (all
// are unref'd), only such a wait does: so a test that fails before it stopped its peers still ends. Everything is on
// 127.0.0.0/8 only.

import net from 'node:net';
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

export { sleep };

/** Polls `check` until it returns something truthy, and returns that. */
export async function until(check, { what = 'condition', timeoutMs = 60_000, everyMs = 20 } = {}) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (Date.now() >= deadline) throw new Error(`timed out after ${timeoutMs} ms waiting for ${what}`);
    await sleep(everyMs);
  }
}

/** `promise`, or an Error after `timeoutMs`. */
export async function within(promise, timeoutMs, what) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`timed out after ${timeoutMs} ms waiting for ${what}`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether something accepts TCP connections at address:port. */
export function accepts(port, address = '127.0.0.1') {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: address });
    const answer = (value) => {
      socket.destroy();
      resolve(value);
    };
    socket.setTimeout(500, () => answer(false));
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}

/** Starts listening and returns the bound port; neither the server nor its connections keep the process alive. */
export function listen(server, port = 0, address = '127.0.0.1') {
  server.on('connection', (socket) => socket.unref());
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      server.unref();
      resolve(server.address().port);
    });
  });
}

/** Keeps a command-line program running until it is killed. */
export const runUntilKilled = () => setInterval(() => {}, 60_000);

/** Below the ports that the kernel gives to outgoing connections: one of those may be taken again before it is listened on. */
const PORTS = { least: 10_000, most: 32_000 };

/** A TCP port that was free a moment ago, drawn, so that test files that run side by side do not draw the same. */
export async function freePort(address = '127.0.0.1') {
  for (let attempt = 0; attempt < 50; ++attempt) {
    const server = net.createServer();
    try {
      const port = await listen(server, randomInt(PORTS.least, PORTS.most), address);
      await new Promise((resolve) => server.close(resolve));
      return port;
    } catch (error) {
      if (error.code !== 'EADDRINUSE') throw error;
    }
  }
  throw new Error(`no port of ${address} is free`);
}

/** A loopback address on which none of `ports` is taken: for peers whose port numbers are fixed. */
export async function freeLoopbackAddress(ports) {
  for (let attempt = 0; attempt < 50; ++attempt) {
    const address = `127.${randomInt(64, 128)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
    const taken = await Promise.all(ports.map((port) => accepts(port, address)));
    if (!taken.includes(true)) return address;
  }
  throw new Error(`no loopback address has ports ${ports} free`);
}

/** Whether `thing` fits: a function decides; an object of fields compares each (RegExps are tested). */
export function fits(thing, pattern = {}) {
  if (typeof pattern === 'function') return pattern(thing);
  return Object.entries(pattern).every(([field, wanted]) =>
    wanted instanceof RegExp ? wanted.test(thing[field] ?? '') : thing[field] === wanted);
}

/** Waits until at least `count` of a peer's effects fit and returns those: every peer's waitFor() is this. */
export async function waitForEffects(peer, pattern, { count = 1, timeoutMs = 60_000 } = {}) {
  let found = [];
  const enough = async () => {
    found = (await peer.effects()).filter((effect) => fits(effect, pattern));
    return found.length >= count;
  };
  try {
    await until(enough, { timeoutMs, everyMs: 50 });
  } catch {
    const described = JSON.stringify(pattern, (_, value) => (value instanceof RegExp ? String(value) : value)) ?? String(pattern);
    throw new Error(`${peer.constructor.name}: ${found.length} of ${count} effects fit ${described} after ${timeoutMs} ms`);
  }
  return found;
}
