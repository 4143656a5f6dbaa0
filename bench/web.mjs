// The portal: what the first page loads, what a page costs the server beside a static answer of the same size, and the memory of sessions and of open
// streams. A part of run.mjs, which gives it its server and takes its figures.

import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../test/peers/wait.mjs';

const FIRST_PAGE_MAX = 60 * 1024;
const STREAMS = 400; // a server has room for 500

/** GET over connections that are kept: { status, bytes as they came, text }. */
function getter(port) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
  const get = (at, headers = {}) => new Promise((resolve, reject) => {
    http.get({ host: '127.0.0.1', port, path: at, agent, headers }, (answer) => {
      const pieces = [];
      answer.on('data', (piece) => pieces.push(piece));
      answer.on('end', () => resolve({ status: answer.statusCode, body: Buffer.concat(pieces) }));
    }).on('error', reject);
  });
  get.end = () => agent.destroy();
  return get;
}

/** CPU of the server for one of these answers, in ms. */
async function cpuPer(server, get, at, headers, count) {
  const before = server.cpuSeconds();
  let left = count;
  const asker = async () => {
    while (left-- > 0) {
      const { status } = await get(at, headers);
      if (status !== 200) throw new Error(`GET ${at}: ${status}`);
    }
  };
  await Promise.all(Array.from({ length: 16 }, asker));
  return ((server.cpuSeconds() - before) / count) * 1000;
}

/** A stream that was opened, and has said something. */
const streamOf = (port, at, headers) => new Promise((resolve, reject) => {
  const request = http.get({ host: '127.0.0.1', port, path: at, agent: false, headers }, (answer) => {
    if (answer.statusCode !== 200) return reject(new Error(`GET ${at}: ${answer.statusCode}`));
    answer.on('error', () => {}).once('data', () => resolve(request));
  });
  request.on('error', reject);
});

export async function web({ Server, report, scratch, scale }) {
  const port = await freePort();
  const server = await Server.at(path.join(scratch, 'web'), `[portal]\nlisten = "127.0.0.1:${port}"\norigin = "http://localhost:${port}"\n`);
  const tokens = server.staff();
  server.importLines(0, STREAMS + 1);
  await server.start();
  const api = async (token, at, body) => {
    const answer = await fetch(`http://127.0.0.1:${server.port}${at}`, {
      method: 'POST', body: JSON.stringify(body), headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
    });
    if (!answer.ok) throw new Error(`POST ${at}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const get = getter(port);

  const pressed = { 'accept-encoding': 'br' };
  const first = (await get('/', pressed)).body;
  const loaded = [...first.toString().matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, at]) => at);
  let bytes = first.length;
  for (const at of loaded) bytes += (await get(at, pressed)).body.length;
  report('portal, first page with all that it loads', bytes, 'bytes', FIRST_PAGE_MAX);
  report('  the page itself', first.length, 'bytes');
  const script = loaded.find((at) => at.endsWith('.js'));
  report('  the script', script ? (await get(script, pressed)).body.length : 0, 'bytes');

  const cookies = [];
  const memoryBefore = server.rssMiB();
  for (let i = 0; i <= STREAMS; ++i) cookies.push(`keepline=${(await api(tokens.portal, `/v1/subscribers/bench-${i}/sessions`, {})).token}`);
  for (const cookie of cookies) await get('/line', { cookie });
  report('memory per session, with its line in memory', ((server.rssMiB() - memoryBefore) * 1024) / cookies.length, 'KiB');

  const line = { cookie: cookies[0] };
  const size = (await get('/line', line)).body.length;
  const sheet = loaded.find((at) => at.includes('/portal-') && at.endsWith('.css'));
  const plain = (await get(sheet)).body.length;
  const count = Math.round(20_000 * scale);
  await cpuPer(server, get, '/line', line, Math.round(count / 10));
  const still = await cpuPer(server, get, sheet, {}, count);
  report(`server CPU per page (/line, ${size} bytes)`, await cpuPer(server, get, '/line', line, count), 'ms', still);
  report(`  per static answer (${plain} bytes)`, still, 'ms');

  const cases = [];
  for (let i = 0; i < STREAMS; ++i) {
    const at = /\/close\?line=([\w-]+)/.exec((await get('/line', { cookie: cookies[i] })).body)?.[1];
    if (!at) throw new Error('the line offers no closing');
    cases.push((await api(cookies[i].slice('keepline='.length), `/v1/lines/${at}/closures`, { reason: 'not_needed' })).id);
  }
  for (let i = 0; i < STREAMS; ++i) await get(`/case/${cases[i]}`, { cookie: cookies[i] });
  const quiet = server.rssMiB();
  const streams = [];
  for (let i = 0; i < STREAMS; ++i) streams.push(await streamOf(port, `/case/${cases[i]}/live?seen=0`, { cookie: cookies[i], 'sec-fetch-site': 'same-origin' }));
  await sleep(1_000);
  report(`memory per open stream (${STREAMS})`, ((server.rssMiB() - quiet) * 1024) / STREAMS, 'KiB');
  const idleBefore = server.cpuSeconds();
  await sleep(5_000);
  report('  server CPU of them all, while nothing changes', ((server.cpuSeconds() - idleBefore) / 5) * 100, '% of a core');
  for (const one of streams) one.destroy();
  get.end();
  await server.end();
  fs.rmSync(server.folder, { recursive: true });
}
