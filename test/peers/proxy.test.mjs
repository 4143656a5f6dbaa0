// The chaos proxy between a plain client and an echo server.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { startProxy } from './proxy.mjs';
import { listen, sleep, within } from './wait.mjs';

let echo;
let proxy;
const heard = [];

before(async () => {
  echo = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {}).on('data', (chunk) => {
      heard.push(chunk.toString());
      socket.write(chunk);
    }).on('end', () => socket.end('bye'));
  });
  proxy = await startProxy({ target: await listen(echo) });
});
beforeEach(() => proxy.set('pass'));
after(async () => {
  await proxy.stop();
  echo.close();
});

async function connect() {
  const socket = net.connect(proxy.port, '127.0.0.1');
  socket.text = '';
  socket.on('error', () => {}).setEncoding('latin1').on('data', (text) => { socket.text += text; });
  await within(once(socket, 'connect'), 1000, 'the proxy to accept');
  return socket;
}
const ended = (socket) => within(once(socket, 'close'), 3000, 'the connection to end');

test('pass forwards both ways and lets one side end first', async () => {
  const socket = await connect();
  socket.end('hello');
  await ended(socket);
  assert.equal(socket.text, 'hellobye');
});

test('down closes present connections, refuses new ones, and comes back on the same port', async () => {
  const socket = await connect();
  await Promise.all([ended(socket), proxy.set('down')]);
  const refused = net.connect(proxy.port, '127.0.0.1');
  const [error] = await within(once(refused, 'error'), 1000, 'the refusal');
  assert.equal(error.code, 'ECONNREFUSED');
  await proxy.set('pass');
  const again = await connect();
  again.end('x');
  await ended(again);
  assert.equal(again.text, 'xbye');
});

test('black_hole accepts and answers nothing until it heals', async () => {
  const before = await connect();
  await proxy.set('black_hole');
  const during = await connect();
  before.write('1');
  during.write('2');
  await sleep(150);
  assert.equal(before.text + during.text, '');
  await proxy.set('pass');
  before.end();
  during.end();
  await Promise.all([ended(before), ended(during)]);
  assert.deepEqual([before.text, during.text], ['1bye', '2bye']);
});

test('slow trickles', async () => {
  await proxy.set('slow', { delayMs: 20, chunkBytes: 1 });
  const socket = await connect();
  const start = Date.now();
  socket.end('12345');
  await ended(socket);
  assert.equal(socket.text, '12345bye');
  assert.ok(Date.now() - start >= 5 * 20);
});

test('garbage answers the same bytes for the same seed, and the target hears nothing', async () => {
  const answers = [];
  const heardBefore = heard.length;
  for (const seed of [5, 5, 6]) {
    await proxy.set('garbage', { seed });
    const socket = await connect();
    await sleep(30);
    socket.write('hello');
    await sleep(60);
    answers.push(socket.text);
    socket.destroy();
  }
  assert.ok(answers[0].length > 1);
  assert.equal(answers[0], answers[1]);
  assert.notEqual(answers[0], answers[2]);
  assert.equal(heard.length, heardBefore);
});

test('cut lets so many bytes of the answer through; with 0 the target works and the caller never hears', async () => {
  await proxy.set('cut', { bytes: 3 });
  const socket = await connect();
  socket.write('abcdef');
  await ended(socket);
  assert.equal(socket.text, 'abc');
  await proxy.set('cut', { bytes: 0 });
  const lost = await connect();
  lost.write('lost answer');
  await ended(lost);
  assert.equal(lost.text, '');
  assert.equal(heard.at(-1), 'lost answer');
  await proxy.set('cut', { bytes: 2, of: 'request' });
  const half = await connect();
  half.write('xyz');
  await ended(half);
  await sleep(50);
  assert.equal(heard.at(-1), 'xy');
});
