// Real callers: baresip, a user agent that people use, and SIPp, many at once. They press keys in RTP and hear what is played.

import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

import { echoProgram, freePort, startEcho, until } from './phone.mjs';
import { readWav } from './recording.mjs';

const has = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
const isRoot = process.getuid() === 0;
const folder = mkdtempSync(path.join(tmpdir(), 'hotline-'));
after(() => rmSync(folder, { recursive: true }));

// It answers only over an interface that is not the loopback: one of its own, in a network of its own.
const namespace = ['unshare', '-n', 'sh', '-c', 'ip link set lo up && ip link add d0 type veth peer name d1 && ip addr add 192.0.2.1/24 dev d0 && ip link set d0 up && ip link set d1 up && exec "$@"', 'sh'];

test('baresip calls, presses keys, hears the tone, and is let go', { skip: !echoProgram || !isRoot || !has('baresip'), timeout: 60_000 }, async () => {
  const echo = await startEcho({ within: namespace, port: 5060, listen: '192.0.2.1:5060', peers: '192.0.2.0/24' });
  const home = path.join(folder, 'baresip');
  const modules = ['stdio.so', 'g711.so', 'sndfile.so', 'aubridge.so'].map((name) => `module ${name}`);
  const apps = ['account.so', 'menu.so'].map((name) => `module_app ${name}`);
  spawnSync('mkdir', ['-p', home]);
  writeFileSync(path.join(home, 'config'), ['sip_listen 192.0.2.1:5070', 'module_path /usr/lib/baresip/modules', ...modules, ...apps, 'audio_source aubridge,both', 'audio_player aubridge,both', 'ausrc_srate 8000', 'auplay_srate 8000',
    `snd_path ${home}`, ''].join('\n'));
  writeFileSync(path.join(home, 'accounts'), '<sip:+8613800138000@192.0.2.1>;regint=0;dtmfmode=rtpevent\n');
  writeFileSync(path.join(home, 'contacts'), '');
  const phone = spawn('nsenter', ['-t', String(echo.pid), '-n', 'baresip', '-f', home, '-t', '30', '-e', '/dial sip:hotline@192.0.2.1:5060'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [phone.stdout, phone.stderr]) stream.on('data', (text) => { said += text; });
  const ended = once(phone, 'exit');
  try {
    const { id } = await echo.wait('incoming');
    await echo.wait('answered', { id });
    await echo.wait('played', { id, number: 1 });
    for (const key of '159#') {
      phone.stdin.write(key);
      await pause(400);
    }
    await echo.wait('gone', { id, why: 'by_us' });
    assert.equal(echo.of('key', { id }).map((one) => one.key).join(''), '159#', said);
    await pause(500);
  } finally {
    phone.kill();
    await ended;
    await echo.stop();
  }
  const heard = readWav(readFileSync(path.join(home, readdirSync(home).find((name) => /dec\.wav$/.test(name)))));
  const loud = heard.filter((sample) => Math.abs(sample) > 2000).length;
  assert.ok(loud > 8000 * 0.4 * 0.5, `${loud} loud samples of ${heard.length}; ${said}`);
});

const scenario = (keys) => `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="keys">
  <send retrans="500"><![CDATA[
INVITE sip:hotline@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:+86138001[call_number]@[local_ip]>;tag=[call_number]
To: <sip:hotline@[remote_ip]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:sipp@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=sipp 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 8 96
a=rtpmap:96 telephone-event/8000
]]></send>
  <recv response="100" optional="true"/>
  <recv response="200" rtd="true" crlf="true"/>
  <send><![CDATA[
ACK sip:hotline@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:+86138001[call_number]@[local_ip]>;tag=[call_number]
To: <sip:hotline@[remote_ip]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
  <pause milliseconds="500"/>
  <nop><action><exec play_dtmf="${keys}"/></action></nop>
  <pause milliseconds="3500"/>
  <send retrans="500"><![CDATA[
BYE sip:hotline@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:+86138001[call_number]@[local_ip]>;tag=[call_number]
To: <sip:hotline@[remote_ip]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
  <recv response="200"/>
</scenario>
`;

test('SIPp: forty callers, and every key of each of them', { skip: !echoProgram || !isRoot || !has('sipp'), timeout: 90_000 }, async () => {
  const echo = await startEcho();
  const file = path.join(folder, 'keys.xml');
  writeFileSync(file, scenario('5790'));
  try {
    const port = await freePort();
    await promisify(execFile)('sipp', [`127.0.0.1:${echo.port}`, '-sf', file, '-i', '127.0.0.1', '-mi', '127.0.0.1', '-p', String(port), '-m', '40', '-r', '10', '-nostdin', '-timeout', '60s'], { cwd: folder });
    await until(() => echo.of('gone').length === 40, 'forty calls over');
    const heard = echo.of('incoming').map(({ id }) => echo.of('key', { id }).map((one) => one.key).join(''));
    assert.deepEqual(heard, Array(40).fill('5790'));
    assert.equal((await echo.counts()).calls_now, 0);
  } finally { await echo.stop(); }
});
