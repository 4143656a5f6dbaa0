// Strangers and broken peers: whatever comes, calls that stand go on, and the next one is taken.

import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { echoProgram, offer, Phone, startEcho, until } from './phone.mjs';
import { torture } from './torture.mjs';

const skip = echoProgram ? false : 'hotline_echo is not built';
let echo;
let stands;
before(async () => {
  if (skip) return;
  echo = await startEcho();
  stands = await Phone.make(echo.port, { user: '+8613800138111' });
  assert.equal((await stands.call()).status, 200);
  await echo.wait('answered');
});
after(async () => {
  if (skip) return;
  await stands.hangUp();
  stands.close();
  await echo.stop();
});

/** The call from before still hears and is heard; another one is taken. */
async function allIsWell() {
  const id = echo.of('incoming', { caller: '+8613800138111' })[0].id;
  const before = echo.of('key', { id }).length;
  stands.press('7');
  await until(() => echo.of('key', { id }).length === before + 1, 'a key of the call that stands');
  const another = await Phone.make(echo.port);
  assert.equal((await until(() => another.call(), 'another call')).status, 200);
  assert.equal((await another.hangUp()).status, 200);
  another.close();
}

test('messages after RFC 4475, by UDP and TCP, harm nobody', { skip, timeout: 60_000 }, async () => {
  const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const answers = [];
  socket.on('message', (bytes) => answers.push(bytes.toString().split('\r\n')[0]));
  for (const one of Object.values(torture)) socket.send(one, echo.port, '127.0.0.1');
  for (const one of Object.values(torture)) {
    const stream = net.connect(echo.port, '127.0.0.1');
    stream.on('error', () => {});
    await once(stream, 'connect');
    stream.end(one);
  }
  await pause(500);
  await allIsWell();
  socket.close();
});

test('every cut of a call is answered or dropped', { skip, timeout: 60_000 }, async () => {
  const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const body = offer(4000);
  const whole = ['INVITE sip:hotline@127.0.0.1 SIP/2.0', `Via: SIP/2.0/UDP 127.0.0.1:${socket.address().port};branch=z9hG4bKcut`, 'From: <sip:a@127.0.0.1>;tag=1', 'To: <sip:b@127.0.0.1>', 'Call-ID: cut', 'CSeq: 1 INVITE',
    'Content-Type: application/sdp', `Content-Length: ${body.length}`, '', body].join('\r\n');
  for (let i = 0; i < whole.length; i += 3) socket.send(whole.slice(0, i), echo.port, '127.0.0.1');
  await pause(300);
  await allIsWell();
  socket.close();
});

test('a flood of calls from nowhere is refused, and the calls of trunks are taken meanwhile', { skip, timeout: 90_000 }, async () => {
  const stranger = dgram.createSocket('udp4').bind(0, '127.0.0.66');
  await once(stranger, 'listening');
  const before = (await echo.counts()).strangers;
  const flood = (async () => {
    for (let i = 0; i < 3000; ++i) {
      const body = offer(4000);
      stranger.send(['INVITE sip:hotline@127.0.0.1 SIP/2.0', `Via: SIP/2.0/UDP 127.0.0.66:${stranger.address().port};branch=z9hG4bKf${i}`, `From: <sip:f@127.0.0.66>;tag=${i}`, 'To: <sip:b@127.0.0.1>', `Call-ID: flood-${i}`, 'CSeq: 1 INVITE',
        `Contact: <sip:f@127.0.0.66:${stranger.address().port}>`, 'Content-Type: application/sdp', `Content-Length: ${body.length}`, '', body].join('\r\n'), echo.port, '127.0.0.1');
      if (i % 20 === 0) await pause(2);
    }
  })();
  await allIsWell().catch(allIsWell).catch(allIsWell); // the kernel may have dropped the caller's datagram among so many, and this caller sends each once
  await flood;
  await allIsWell().catch(allIsWell);
  assert.ok((await echo.counts()).strangers > before + 100);
  assert.equal(echo.of('incoming', { caller: '' }).filter((one) => one.peer !== 'trunk').length, 0);
  stranger.close();
});

test('TCP connections that say nothing, or one byte at a time, keep nobody out', { skip, timeout: 60_000 }, async () => {
  const idle = [];
  for (let i = 0; i < 100; ++i) {
    const one = net.connect(echo.port, '127.0.0.1');
    one.on('error', () => {});
    idle.push(one);
  }
  await pause(200);
  for (const one of idle.slice(0, 20)) one.write('O');
  await allIsWell();
  for (const one of idle) one.destroy();
  await allIsWell();
});
