// A telephone of the tests, over sockets: it says exactly what a test wants, which no real one would (misbehaviour, other addresses), and hears what comes. The
// real ones are baresip and SIPp (real-phones.test.mjs).

import { spawn } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const root = path.join(import.meta.dirname, '../..');
export const echoProgram = process.env.HOTLINE_ECHO ??
  ['asan', 'dev', 'release'].map((preset) => path.join(root, 'build', preset, 'bin/hotline_echo')).find(existsSync);

/** A port of 127.0.0.1 that is free for UDP and TCP now. */
export async function freePort() {
  for (;;) {
    const tcp = net.createServer().listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    const { port } = tcp.address();
    const udp = dgram.createSocket('udp4');
    const free = await new Promise((resolve) => { udp.once('error', () => resolve(false)); udp.bind(port, '127.0.0.1', () => resolve(true)); });
    udp.close();
    tcp.close();
    if (free) return port;
  }
}

/** Waits for what `look` returns to be true; fails with what was seen. */
export async function until(look, what, most = 8000) {
  for (const end = Date.now() + most; Date.now() < end; await pause(20)) {
    const found = await look();
    if (found) return found;
  }
  throw new Error(`waited ${most} ms for ${what}`);
}

/** hotline_echo with these arguments, listening. `said` grows; `stop` ends it. `within`: the program and arguments that start it. */
export async function startEcho({ within = [], ...settings } = {}) {
  const port = settings.port ?? await freePort();
  const args = Object.entries({ listen: `127.0.0.1:${port}`, ...settings }).filter(([name]) => name !== 'port').map(([name, value]) => `${name}=${value}`);
  const [program, ...first] = [...within, echoProgram];
  const child = spawn(program, [...first, ...args], { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ASAN_OPTIONS: 'detect_leaks=0' } });
  const said = [];
  let errors = '';
  child.stderr.on('data', (text) => { errors += text; });
  createInterface({ input: child.stdout }).on('line', (line) => said.push(JSON.parse(line)));
  const ended = once(child, 'exit');
  const of = (event, more = {}) => said.filter((one) => one.event === event && Object.entries(more).every(([name, value]) => one[name] === value));
  const echo = {
    port, said, of, pid: child.pid,
    type: (line) => child.stdin.write(`${line}\n`),
    wait: (event, more = {}, count = 1) => until(() => of(event, more).length >= count && of(event, more)[count - 1], `${event} ${JSON.stringify(more)}; ${JSON.stringify(said.slice(-8))} ${errors}`),
    async counts() {
      const before = said.filter((one) => one.counts).length;
      child.stdin.write('counts\n');
      return until(() => said.filter((one) => one.counts)[before], 'counts');
    },
    async stop() {
      child.stdin.end();
      const [code, signal] = await ended;
      if (code !== 0) throw new Error(`hotline_echo ended with ${code ?? signal}: ${errors}`);
    },
  };
  await echo.wait('listening');
  return echo;
}

export const offer = (port, { mode = 'sendrecv', version = 1, address = '127.0.0.1', formats = '0 8 96', events = 96 } = {}) => [
  'v=0', `o=phone 1 ${version} IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`, 't=0 0', `m=audio ${port} RTP/AVP ${formats}`,
  ...(events ? [`a=rtpmap:${events} telephone-event/8000`] : []), `a=${mode}`, ''].join('\r\n');

const read = (text) => {
  const [head, ...rest] = text.split('\r\n\r\n');
  const [first, ...lines] = head.split('\r\n');
  const headers = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    (headers[name] ??= []).push(line.slice(colon + 1).trim());
  }
  const status = /^SIP\/2\.0 (\d{3})/.exec(first);
  return { text, first, status: status ? Number(status[1]) : 0, method: status ? headers.cseq?.[0].split(' ')[1] : first.split(' ')[0], headers, body: rest.join('\r\n\r\n'),
    header: (name) => headers[name.toLowerCase()]?.[0] };
};

let numbers = 0;

export class Phone {
  /** `at`: the port of who is called. `from`: the address that it speaks from. */
  static async make(at, { from = '127.0.0.1', user = '+8613800138000' } = {}) {
    const phone = new Phone();
    Object.assign(phone, { at, from, user, heard: [], sound: [], cseq: 0, callId: `phone-${process.pid}-${++numbers}-${Date.now()}`, tag: `t${numbers}`, remoteTag: '' });
    phone.sip = dgram.createSocket('udp4');
    phone.rtp = dgram.createSocket('udp4');
    phone.sip.bind(0, from);
    phone.rtp.bind(0, from);
    await Promise.all([once(phone.sip, 'listening'), once(phone.rtp, 'listening')]);
    for (const socket of [phone.sip, phone.rtp]) socket.unref(); // a test that fails before it hung up still ends
    phone.sip.on('message', (bytes) => { const message = read(bytes.toString('latin1')); phone.heard.push(message); if (!message.status) phone.reply(message); });
    phone.rtp.on('message', (bytes) => phone.sound.push({ bytes, at: performance.now() }));
    return phone;
  }
  /** What people's phones answer; a test may want another answer. */
  reply(message) { if (['BYE', 'UPDATE', 'OPTIONS'].includes(message.method)) this.respond(message, '200 OK'); }
  respond(message, status, more = []) {
    this.raw([`SIP/2.0 ${status}`, ...message.text.split('\r\n').filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line)), ...more, 'Content-Length: 0', '', ''].join('\r\n'));
  }
  get port() { return this.sip.address().port; }
  get soundPort() { return this.rtp.address().port; }
  close() { this.sip.close(); this.rtp.close(); }
  raw(text) { this.sip.send(text, this.at, '127.0.0.1'); }

  request(method, { headers = [], body = '', cseq, type = 'application/sdp', branch, toTag = this.remoteTag, fromTag = this.tag, uri = `sip:hotline@127.0.0.1:${this.at}` } = {}) {
    const number = cseq ?? ++this.cseq;
    this.branch = branch ?? `z9hG4bK${method}${number}${Math.random()}`;
    this.raw([`${method} ${uri} SIP/2.0`, `Via: SIP/2.0/UDP ${this.from}:${this.port};branch=${this.branch};rport`, 'Max-Forwards: 70',
      `From: <sip:${this.user}@${this.from}>;tag=${fromTag}`, `To: <sip:hotline@127.0.0.1>${toTag ? `;tag=${toTag}` : ''}`, `Call-ID: ${this.callId}`,
      `CSeq: ${number} ${method}`, `Contact: <sip:${this.user}@${this.from}:${this.port}>`, ...headers, ...(body ? [`Content-Type: ${type}`] : []),
      `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n'));
    return number;
  }
  /** The final answer to that request. */
  answer(method, cseq, most) {
    return until(() => this.heard.find((one) => one.status >= 200 && one.header('cseq') === `${cseq} ${method}`), `an answer to ${method}`, most);
  }
  async ask(method, more = {}) { return this.answer(method, this.request(method, more)); }

  /** Rings and is answered; or not. */
  async call({ body, headers = [], uri } = {}) {
    const cseq = this.request('INVITE', { body: body ?? offer(this.soundPort), headers, uri });
    this.inviteBranch = this.branch;
    const answer = await this.answer('INVITE', cseq);
    this.remoteTag = /tag=([^;]+)/.exec(answer.header('to'))?.[1] ?? '';
    if (answer.status < 300) this.request('ACK', { cseq });
    else this.request('ACK', { cseq, branch: this.inviteBranch });
    const media = /m=audio (\d+) /.exec(answer.body);
    if (media) this.theirSoundPort = Number(media[1]);
    return answer;
  }
  hangUp() { return this.ask('BYE'); }

  packet({ type, marker = false, sequence, timestamp, source = 0x1234, payload }) {
    const bytes = Buffer.alloc(12 + payload.length);
    bytes[0] = 0x80;
    bytes[1] = (marker ? 0x80 : 0) | type;
    bytes.writeUInt16BE(sequence & 0xffff, 2);
    bytes.writeUInt32BE(timestamp >>> 0, 4);
    bytes.writeUInt32BE(source, 8);
    payload.copy(bytes, 12);
    return bytes;
  }
  send(bytes, socket = this.rtp) { socket.send(bytes, this.theirSoundPort, '127.0.0.1'); }
  /** One press as phones send it: the event, again, and its end three times. */
  press(key, { type = 96, socket } = {}) {
    const code = '0123456789*#'.indexOf(key);
    this.sequence ??= 100;
    this.timestamp = (this.timestamp ?? 8000) + 1600;
    [160, 320, 480, 640, 640, 640].forEach((duration, i) => {
      const payload = Buffer.from([code, (i >= 3 ? 0x80 : 0) | 10, duration >> 8, duration & 255]);
      this.send(this.packet({ type, marker: i === 0, sequence: ++this.sequence, timestamp: this.timestamp, payload }), socket);
    });
  }
}
