// A socket without an HTTP client: what an attacker types himself.

import net from 'node:net';
import { within } from '../peers/wait.mjs';

const LIMIT_MS = 20_000;

/** A connection to 127.0.0.1:port from `from`; resolves once it is there. */
export function connect(port, from = '127.0.0.1') {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: '127.0.0.1', localAddress: from });
    socket.once('connect', () => resolve(socket)).once('error', reject);
  });
}

/** Sends `text` and reads until the server closes, or until `enough(received)`: { text, closed }. */
export async function talk(port, text, { from, enough = () => false, limitMs = LIMIT_MS } = {}) {
  const socket = await connect(port, from);
  const out = { text: '', closed: false };
  const done = new Promise((resolve) => {
    socket.on('data', (chunk) => {
      out.text += chunk.toString('latin1');
      if (enough(out.text)) resolve();
    });
    socket.on('end', () => { out.closed = true; });
    socket.on('error', () => { out.closed = true; });
    socket.on('close', () => { out.closed = true; resolve(); });
  });
  socket.write(text);
  try {
    await within(done, limitMs, `an end of ${JSON.stringify(out.text.slice(0, 200))}`);
  } finally {
    socket.destroy();
  }
  return out;
}

export const statusOf = (answer) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer.text ?? answer)?.[1]);
/** How many answers there are in what was received. */
export const answersIn = (answer) => (answer.text.match(/HTTP\/1\.1 \d{3} /g) ?? []).length;
