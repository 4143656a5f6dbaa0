// What the SIP user agent answers, packet by packet: calls in and out, keys, holds, sessions, transfers; and what it does not believe.

import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { echoProgram, freePort, offer, Phone, startEcho, until } from './phone.mjs';

const skip = echoProgram ? false : 'hotline_echo is not built';
let echo;
const phones = [];
const phone = async (more) => { const made = await Phone.make(echo.port, more); phones.push(made); return made; };
before(async () => { if (!skip) echo = await startEcho(); });
after(async () => { for (const each of phones) each.close(); if (echo) await echo.stop(); });

const idOf = async (count) => (await echo.wait('incoming', {}, count)).id;
const calls = () => echo.of('incoming').length;

/** A call that stands, and its id. */
async function standing(more = {}) {
  const one = await phone(more);
  const nth = calls() + 1;
  const answer = await one.call(more);
  assert.equal(answer.status, 200, answer.text);
  one.id = await idOf(nth);
  await echo.wait('answered', { id: one.id });
  return Object.assign(one, { answered: answer });
}
const keysOf = (id) => echo.of('key', { id }).map((one) => one.key).join('');

test('a call is answered with the caller\'s own number for telephone events, and both laws of G.711', { skip }, async () => {
  const one = await standing();
  assert.match(one.answered.body, /m=audio \d+ RTP\/AVP 0 8 96/);
  assert.match(one.answered.body, /a=rtpmap:96 telephone-event\/8000/);
  assert.equal(echo.of('incoming', { id: one.id })[0].caller, '+8613800138000');
  assert.equal((await one.hangUp()).status, 200);
  assert.equal((await echo.wait('gone', { id: one.id })).why, 'by_caller');
});

test('sound comes every 20 ms, without a drift, from one source', { skip }, async () => {
  const one = await standing();
  await pause(2000);
  const packets = one.sound.slice();
  await one.hangUp();
  assert.ok(packets.length > 90 && packets.length < 110, `${packets.length} packets in 2 s`);
  const [first] = packets;
  packets.forEach(({ bytes }, i) => {
    assert.equal(bytes.length, 172);
    assert.equal((bytes.readUInt16BE(2) - first.bytes.readUInt16BE(2)) & 0xffff, i, 'sequence');
    assert.equal((bytes.readUInt32BE(4) - first.bytes.readUInt32BE(4)) >>> 0, i * 160, 'timestamp');
  });
  const loud = packets.slice(5, 20).every(({ bytes }) => new Set(bytes.subarray(12)).size > 8);
  const quiet = packets.slice(-10).every(({ bytes }) => new Set(bytes.subarray(12)).size === 1);
  assert.ok(loud && quiet, 'half a second of tone, then silence');
  await echo.wait('played', { id: one.id, number: 1 });
});

test('each press is heard once, however often it is sent; a key stops what plays within 100 ms', { skip }, async () => {
  const one = await standing();
  for (const key of '15*0') { one.press(key); await pause(60); }
  await until(() => keysOf(one.id) === '15*0', `15*0, not ${keysOf(one.id)}`);
  await pause(100);
  const at = performance.now();
  one.press('2');
  await pause(300);
  const loudAfter = one.sound.filter((each) => each.at > at + 100).some(({ bytes }) => new Set(bytes.subarray(12)).size > 8);
  assert.equal(loudAfter, false);
  assert.equal(echo.of('played', { id: one.id, number: 2 }).length, 0, 'what was stopped was not played');
  await one.hangUp();
});

test('keys come by SIP INFO where the network has no events, and as tones; never twice', { skip }, async () => {
  const byInfo = await standing({ body: offer(0, { formats: '8', events: 0 }).replace('audio 0 ', 'audio 40000 ') });
  assert.equal((await byInfo.ask('INFO', { type: 'application/dtmf-relay', body: 'Signal=7\r\nDuration=160\r\n' })).status, 200);
  assert.equal((await byInfo.ask('INFO', { type: 'application/dtmf', body: '*' })).status, 200);
  await until(() => keysOf(byInfo.id) === '7*', 'keys by INFO');
  await byInfo.hangUp();

  const both = await standing();
  both.press('5');
  await until(() => keysOf(both.id) === '5', 'the event');
  await both.ask('INFO', { type: 'application/dtmf-relay', body: 'Signal=5\r\n' });
  await pause(100);
  assert.equal(keysOf(both.id), '5', 'the same press by another way is no second one');
  await both.hangUp();

  const tones = await phone();
  const nth = calls() + 1;
  await tones.call({ body: offer(tones.soundPort, { formats: '8', events: 0 }) });
  tones.id = await idOf(nth);
  await echo.wait('answered', { id: tones.id });
  const law = (value) => { // A-law, coarse, as encoders do it
    const sign = value >= 0 ? 0x80 : 0; let magnitude = Math.min(Math.abs(value), 32635) >> 4; let exponent = 0;
    while (magnitude > 31) { magnitude >>= 1; ++exponent; }
    const byte = exponent === 0 && magnitude < 16 ? magnitude : ((exponent + 1) << 4) | (magnitude & 15);
    return (byte | sign) ^ 0x55;
  };
  let t = 0;
  for (let i = 0; i < 15; ++i, await pause(20)) {
    const payload = Buffer.from(Array.from({ length: 160 }, () => { ++t; return law(i < 8 ? 7000 * (Math.sin(2 * Math.PI * 770 * t / 8000) + Math.sin(2 * Math.PI * 1336 * t / 8000)) : 0); }));
    tones.send(tones.packet({ type: 8, sequence: i, timestamp: i * 160, payload }));
  }
  await until(() => keysOf(tones.id) === '5', `5 as a tone, not "${keysOf(tones.id)}"`);
  await tones.hangUp();
});

test('RTP from elsewhere is ignored: another address, and another port once one spoke', { skip }, async () => {
  const one = await standing();
  one.press('7');
  await until(() => keysOf(one.id) === '7', 'the caller\'s own');
  const elsewhere = dgram.createSocket('udp4').bind(0, '127.0.0.9');
  const otherPort = dgram.createSocket('udp4').bind(0, '127.0.0.1');
  await Promise.all([once(elsewhere, 'listening'), once(otherPort, 'listening')]);
  one.press('8', { socket: elsewhere });
  one.press('9', { socket: otherPort });
  one.press('0');
  await until(() => keysOf(one.id) === '70', `70, not ${keysOf(one.id)}`);
  const before = one.sound.length;
  await until(() => one.sound.length > before + 5, 'sound still comes to the caller');
  elsewhere.close();
  otherPort.close();
  await one.hangUp();
  await echo.wait('gone', { id: one.id });
  assert.ok((await echo.counts()).packets_from_elsewhere >= 12);
});

test('sound follows a NAT: it goes where theirs comes from, not where their SDP says', { skip }, async () => {
  const one = await phone();
  const nth = calls() + 1;
  await one.call({ body: offer(9, { formats: '8 96' }) });
  one.id = await idOf(nth);
  await echo.wait('answered', { id: one.id });
  one.press('6');
  await until(() => keysOf(one.id) === '6', 'the key');
  await until(() => one.sound.length > 5, 'sound at the port that the packets came from');
  await one.hangUp();
});

test('a storm of keys is let through at a person\'s pace, and broken packets are counted', { skip }, async () => {
  const one = await standing();
  for (let i = 0; i < 400; ++i) { one.press('7'); if (i % 10 === 0) await pause(2); }
  await pause(200);
  for (let i = 0; i < 50; ++i) one.send(Buffer.alloc(i % 13, 0x9f));
  await pause(1500);
  assert.ok(keysOf(one.id).length <= 30, `${keysOf(one.id).length} keys of 400`);
  assert.ok(keysOf(one.id).length >= 5);
  assert.equal((await one.hangUp()).status, 200);
  await echo.wait('gone', { id: one.id });
  const counted = await echo.counts();
  assert.ok(counted.keys_too_fast > 100 && counted.packets_unreadable >= 40, JSON.stringify(counted));
});

test('hold and back: by re-INVITE and by UPDATE, with the mirrored direction, and no sound meanwhile', { skip }, async () => {
  const one = await standing();
  const held = await one.ask('INVITE', { body: offer(one.soundPort, { mode: 'sendonly', version: 2 }) });
  one.request('ACK', { cseq: one.cseq });
  assert.match(held.body, /a=recvonly/);
  await pause(100);
  const before = one.sound.length;
  await pause(300);
  assert.ok(one.sound.length <= before + 1, 'nothing is sent on hold');
  const back = await one.ask('UPDATE', { body: offer(one.soundPort, { version: 3 }) });
  assert.equal(back.status, 200);
  assert.doesNotMatch(back.body, /recvonly|inactive/);
  await until(() => one.sound.length > before + 5, 'sound again');
  const versions = [one.answered, held, back].map(({ body }) => BigInt(/o=\S+ \d+ (\d+)/.exec(body)[1]));
  assert.deepEqual([versions[1] - versions[0], versions[2] - versions[1]], [1n, 1n], 'each description is one newer');
  await one.hangUp();
});

test('CANCEL and BYE at any moment leave nothing behind', { skip }, async () => {
  for (let i = 0; i < 20; ++i) {
    const one = await phone();
    const cseq = one.request('INVITE', { body: offer(one.soundPort) });
    const { branch } = one;
    if (i % 2) await pause(i % 5);
    one.request('CANCEL', { cseq, branch });
    const answer = await one.answer('INVITE', cseq);
    one.remoteTag = /tag=([^;]+)/.exec(answer.header('to'))[1];
    one.request('ACK', { cseq, ...(answer.status >= 300 ? { branch } : {}) });
    if (answer.status < 300) assert.equal((await one.hangUp()).status, 200);
  }
  const early = await phone();
  const cseq = early.request('INVITE', { body: offer(early.soundPort) });
  early.remoteTag = /tag=([^;]+)/.exec((await early.answer('INVITE', cseq)).header('to'))[1];
  early.request('BYE'); // before ACK
  await pause(200);
  early.request('ACK', { cseq });
  await until(async () => (await echo.counts()).calls_now === 0, 'no call left');
  assert.equal(echo.of('incoming').length, echo.of('gone').length, 'each ear heard its end');
});

test('who knows no tag ends nobody\'s call; who is no trunk\'s gets none; busy is said', { skip }, async () => {
  const one = await standing();
  const thief = await phone();
  thief.callId = one.callId;
  assert.equal((await thief.ask('BYE', { toTag: 'guess', fromTag: one.tag })).status, 481);
  assert.equal((await thief.ask('BYE', { toTag: one.remoteTag, fromTag: 'guess' })).status, 481);
  one.press('5');
  await until(() => keysOf(one.id) === '5', 'the call stands');
  await one.hangUp();
  const stranger = await phone({ from: '127.0.0.7' });
  assert.equal((await stranger.call()).status, 403);
  assert.equal((await (await phone()).call({ uri: `sip:486@127.0.0.1:${echo.port}` })).status, 486);
  assert.equal((await (await phone()).call({ body: offer(4000, { formats: '18', events: 0 }) })).status, 488);
  assert.equal((await (await phone()).ask('OPTIONS')).status, 200);
});

test('a transfer is a REFER with the case in a header; where it is refused, the caller is joined to the agent', { skip }, async () => {
  const agentsPort = await freePort();
  const other = await startEcho({ agents: `sip:agents@127.0.0.1:${agentsPort}`, server: `127.0.0.1:${agentsPort}` });
  try {
    // A PBX that transfers.
    const one = await Phone.make(other.port);
    phones.push(one);
    await one.call();
    await other.wait('answered');
    const referred = until(() => one.heard.find((message) => message.method === 'REFER' && !message.status), 'REFER');
    one.press('3');
    const refer = await referred;
    assert.match(refer.header('refer-to'), new RegExp(`<sip:agents@127\\.0\\.0\\.1:${agentsPort}\\?X-Keepline-Case=1234-5678-9012>`));
    assert.equal(refer.header('x-keepline-case'), '1234-5678-9012');
    one.respond(refer, '202 Accepted');
    await pause(50);
    one.request('NOTIFY', { headers: ['Event: refer', 'Subscription-State: terminated;reason=noresource'], type: 'message/sipfrag', body: 'SIP/2.0 200 OK\r\n' });
    await until(() => one.heard.find((message) => message.method === 'BYE' && !message.status), 'BYE');
    assert.equal((await other.wait('gone')).why, 'transferred');

    // One that does not: the agent's phone rings, by us.
    const agent = dgram.createSocket('udp4').bind(agentsPort, '127.0.0.1');
    await once(agent, 'listening');
    const rings = once(agent, 'message');
    const two = await Phone.make(other.port);
    phones.push(two);
    await two.call();
    await other.wait('answered', {}, 2);
    two.reply = (message) => two.respond(message, message.method === 'REFER' ? '501 Not Implemented' : '200 OK');
    two.press('3');
    const [bytes, from] = await rings;
    const invite = bytes.toString();
    assert.match(invite, /^INVITE sip:agents@/);
    assert.match(invite, /^X-Keepline-Case: 1234-5678-9012/m);
    const agentSound = dgram.createSocket('udp4').bind(0, '127.0.0.1');
    await once(agentSound, 'listening');
    const heardByAgent = [];
    agentSound.on('message', (packet) => heardByAgent.push(packet));
    const head = invite.split('\r\n').filter((line) => /^(Via|From|Call-ID|CSeq):/i.test(line));
    const to = invite.split('\r\n').find((line) => /^To:/i.test(line));
    const body = offer(agentSound.address().port, { formats: '8 101', events: 101 });
    agent.send(['SIP/2.0 200 OK', ...head, `${to};tag=agent`, `Contact: <sip:agents@127.0.0.1:${agentsPort}>`, 'Content-Type: application/sdp', `Content-Length: ${body.length}`, '', body].join('\r\n'), from.port, from.address);
    await until(() => other.of('gone').length === 2, 'whose voice spoke until now is done');
    await until(() => heardByAgent.length > 5, 'sound to the agent');
    const payload = Buffer.alloc(160, 0x11);
    for (let i = 0; i < 20; ++i, await pause(20)) two.send(two.packet({ type: 8, sequence: i, timestamp: i * 160, payload }));
    await until(() => heardByAgent.some((packet) => packet.subarray(12).filter((byte) => byte === 0x11).length > 100), 'the caller\'s voice at the agent');
    const byeToAgent = once(agent, 'message');
    await two.hangUp();
    assert.match((await byeToAgent)[0].toString(), /^BYE /);
    agent.close();
    agentSound.close();
  } finally { await other.stop(); }
});

// Each waits for the better part of a minute, for nothing that the other has: so both at once.
describe('what takes its time', { concurrency: true }, () => {
  test('session timers: too small is 422 with Min-SE; either side refreshes; UPDATE without SDP is answered', { skip }, async () => {
    const small = await (await phone()).call({ headers: ['Supported: timer', 'Session-Expires: 60'] });
    assert.equal(small.status, 422);
    assert.equal(small.header('min-se'), '90');
    const ours = await standing({ headers: ['Supported: timer', 'Session-Expires: 90;refresher=uas'] });
    assert.equal(ours.answered.header('session-expires'), '90;refresher=uas');
    const theirs = await standing({ headers: ['Supported: timer', 'Session-Expires: 1800;refresher=uac'] });
    assert.equal(theirs.answered.header('session-expires'), '1800;refresher=uac');
    assert.equal((await theirs.ask('UPDATE', { headers: ['Supported: timer', 'Session-Expires: 1800;refresher=uac'] })).status, 200);
    await theirs.hangUp();
    const refresh = await until(() => ours.heard.find((one) => one.method === 'UPDATE' && one.status === 0), 'our UPDATE, at half of 90 s', 60_000);
    assert.match(refresh.header('session-expires'), /;refresher=uac/);
    await ours.hangUp();
  });

  test('a trunk with digest: we register, call out by it, and it is missed when it is gone', { skip }, async () => {
    const trunk = dgram.createSocket('udp4').bind(0, '127.0.0.1');
    await once(trunk, 'listening');
    const seen = [];
    const sound = dgram.createSocket('udp4').bind(0, '127.0.0.1');
    await once(sound, 'listening');
    const md5 = (text) => createHash('md5').update(text).digest('hex');
    const right = (text, method) => {
      const field = (name) => new RegExp(`${name}="?([^",]+)`).exec(/^(?:Proxy-)?Authorization: (.*)$/mi.exec(text)?.[1] ?? '')?.[1];
      if (!field('response')) return false;
      const [a, b] = [md5(`keepline:trunk.example:geheim`), md5(`${method}:${field('uri')}`)];
      const wanted = /qop=/.test(text) ? md5(`${a}:n1:${field('nc')}:${field('cnonce')}:auth:${b}`) : md5(`${a}:n1:${b}`);
      return field('response') === wanted;
    };
    let silent = false;
    trunk.on('message', (bytes, from) => {
      if (silent) return;
      const text = bytes.toString();
      const method = text.split(' ')[0];
      seen.push(text);
      if (method === 'ACK' || method.startsWith('SIP/')) return;
      const head = text.split('\r\n').filter((line) => /^(Via|From|Call-ID|CSeq):/i.test(line));
      const to = text.split('\r\n').find((line) => /^To:/i.test(line));
      const answer = (status, more = [], body = '') => trunk.send([`SIP/2.0 ${status}`, ...head, /tag=/.test(to) ? to : `${to};tag=trunk`, ...more, `Content-Length: ${body.length}`, '', body].join('\r\n'), from.port, from.address);
      const challenge = 'Digest realm="trunk.example", nonce="n1", qop="auth", algorithm=MD5';
      if (method === 'REGISTER') return right(text, method) ? answer('200 OK', [/^Contact: .*/mi.exec(text)[0], 'Expires: 300']) : answer('401 Unauthorized', [`WWW-Authenticate: ${challenge}`]);
      if (method === 'INVITE' && !right(text, method)) return answer('407 Proxy Authentication Required', [`Proxy-Authenticate: ${challenge}`]);
      if (method === 'INVITE') return answer('200 OK', [`Contact: <sip:127.0.0.1:${trunk.address().port}>`, 'Content-Type: application/sdp'], offer(sound.address().port, { formats: '0 101', events: 101 }));
      return answer('200 OK');
    });
    const other = await startEcho({ server: `127.0.0.1:${trunk.address().port}`, user: 'keepline', password: 'geheim', options_s: 1 });
    try {
      await until(() => seen.filter((text) => text.startsWith('REGISTER')).some((text) => right(text, 'REGISTER')), 'a registration with the right digest');
      const heard = once(sound, 'message');
      other.type('call +8613900139000');
      const out = await other.wait('outgoing');
      assert.equal(out.dialled, '+8613900139000');
      await other.wait('answered', { id: out.id });
      const invite = seen.find((text) => text.startsWith('INVITE') && right(text, 'INVITE'));
      assert.match(invite, /^INVITE sip:\+8613900139000@127\.0\.0\.1/);
      assert.match(invite, /^From: <sip:\+861012345@/m);
      assert.equal((await heard)[0][1] & 0x7f, 0, 'in the law that the trunk asked for');
      silent = true;
      const states = async () => { other.type('trunks'); await pause(300); return other.said.filter((one) => one.trunk !== undefined && one.there !== undefined).at(-1); };
      await until(async () => (await states())?.there === false, 'the trunk is missed', 90_000);
      silent = false;
      await until(async () => (await states())?.there === true, 'and back', 60_000);
    } finally { await other.stop(); trunk.close(); sound.close(); }
  });
});

test('limits: calls at once, of one caller, and how long one lasts without a sound', { skip }, async () => {
  const other = await startEcho({ calls_max: 3, per_caller: 2, silent_s: 2 });
  try {
    const dial = async (user) => { const one = await Phone.make(other.port, { user }); phones.push(one); return one.call(); };
    assert.equal((await dial('+8613800138001')).status, 200);
    assert.equal((await dial('+8613800138001')).status, 200);
    const third = await dial('+8613800138001');
    assert.equal(third.status, 503);
    assert.equal(third.header('retry-after'), '10');
    assert.equal((await dial('+8613800138002')).status, 200);
    assert.equal((await dial('+8613800138003')).status, 503);
    await until(() => other.of('gone', { why: 'lost' }).length === 3, 'who says nothing is let go');
  } finally { await other.stop(); }
});

test('limits: one caller has few calls at once and takes no other\'s second; those without a number have half of the places', { skip }, async () => {
  const other = await startEcho({ calls_max: 8, per_caller_at_once: 2, per_peer: 4 });
  try {
    const dial = async (user) => { const one = await Phone.make(other.port, { user }); phones.push(one); return one.call(); };
    assert.equal((await dial('+8613800138001')).status, 200);
    assert.equal((await dial('+8613800138001')).status, 200);
    for (let i = 0; i < 6; i++) assert.equal((await dial('+8613800138001')).status, 503);
    assert.equal((await dial('+8613800138002')).status, 200, 'what was refused was nobody else\'s');
    await pause(1_100);
    for (let i = 0; i < 4; i++) assert.equal((await dial('anonymous')).status, 200);
    assert.equal((await dial('anonymous')).status, 503);
    await pause(1_100);
    assert.equal((await dial('+8613800138003')).status, 200, 'a place is left for who shows a number');
  } finally { await other.stop(); }
});
