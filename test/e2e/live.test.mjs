// What changes, as staff hear of it (GET /v1/live): which case and which line, to whom, by token and by the console's cookie, and when it ends.

import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { COOKIE, newStaff } from './console.mjs';
import { open } from './journey.mjs';
import { newLine, newSubscriber } from './people.mjs';
import { startWorld } from './world.mjs';
import { until } from '../peers/wait.mjs';

const ORIGIN = 'http://localhost:9';
let world;
before(async () => { world = await startWorld({ peers: ['smsc'], config: { console: { origin: ORIGIN, streams_max_per_holder: 2 } } }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const makers = () => ({ keepline: world.keepline, origin: ORIGIN, by: world.admin, second: world.keymaster });

/** A stream as EventSource reads it: events as they come, and whether it has ended. */
function listen(headers) {
  const out = { events: [], text: '', ended: false, status: 0, headers: {} };
  out.opened = new Promise((resolve, reject) => {
    const request = http.get(`${world.keepline.url}/v1/live`, { headers: { accept: 'text/event-stream', ...headers } }, (response) => {
      Object.assign(out, { status: response.statusCode, headers: response.headers });
      let rest = '';
      response.setEncoding('utf8').on('data', (piece) => {
        out.text += piece;
        const blocks = (rest + piece).split('\n\n');
        rest = blocks.pop();
        for (const block of blocks) {
          const of = Object.fromEntries(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]));
          out.events.push({ type: of.event, id: of.id, data: of.event === 'changed' ? JSON.parse(of.data) : of.data });
        }
      });
      response.on('close', () => { out.ended = true; });
      resolve(out);
    });
    request.on('error', (error) => { out.ended = true; reject(error); });
    out.close = () => request.destroy();
  });
  out.opened.catch(() => {});
  out.heard = (kind, id) => out.events.some(({ type, data }) => type === 'changed' && data.kind === kind && (id === undefined || data.id === id));
  return out;
}
const byToken = (client, more = {}) => listen({ authorization: `Bearer ${client.token}`, ...more });
const byCookie = (of, more = {}) => listen({ cookie: `${COOKIE}=${of.cookie}`, 'sec-fetch-site': 'same-origin', ...more });

async function aLine() {
  const subscriber = newSubscriber();
  const line = newLine();
  const { id } = await world.takeOver(subscriber, line);
  return { id, subscriber, line };
}

test('a case is told as soon as it begins, by its id and its version, and nothing of the person', { timeout: 180_000 }, async () => {
  const one = await aLine();
  const stream = await byToken(world.reviewer).opened;
  assert.equal(stream.status, 200);
  assert.match(stream.headers['content-type'], /^text\/event-stream/);
  const closure = await open(world.agent, one.id);
  await until(() => stream.heard('closure', closure.id), { timeoutMs: 60_000 });
  const { data } = stream.events.findLast(({ data: what }) => what?.kind === 'closure' && what.id === closure.id);
  const now = await world.reviewer.get(`/v1/closures/${closure.id}`);
  assert.equal(`"${data.version}"`, now.etag);
  assert.ok(stream.heard('line', one.id));
  for (const secret of [one.line.number, one.subscriber.person.full_name, ...one.line.profiles.map(({ iccid }) => iccid)]) assert.ok(!stream.text.includes(secret), secret);
  stream.close();
});

test('whoever comes back hears what happened meanwhile, or is told to look at everything', { timeout: 180_000 }, async () => {
  const one = await aLine();
  const first = await byToken(world.agent).opened;
  const closure = await open(world.agent, one.id);
  await until(() => first.heard('closure', closure.id), { timeoutMs: 60_000 });
  const { id } = first.events.findLast((event) => event.id);
  first.close();
  await world.agent.post(`/v1/closures/${closure.id}/withdrawal`);
  const second = await byToken(world.agent, { 'last-event-id': id }).opened;
  await until(() => second.heard('closure', closure.id), { timeoutMs: 60_000 });
  second.close();
  const lost = await byToken(world.agent, { 'last-event-id': 'of-another-server.12' }).opened;
  await until(() => lost.events.some(({ type }) => type === 'again'), { timeoutMs: 60_000 });
  lost.close();
});

test('customers and other sites hear nothing; of tokens only administrators hear', { timeout: 180_000 }, async () => {
  const one = await aLine();
  assert.equal((await byToken(await world.as(one.subscriber.id)).opened).status, 403);
  assert.equal((await listen({}).opened).status, 401);
  const cleo = await newStaff({ ...makers(), name: 'cleo', role: 'reviewer' });
  assert.equal((await byCookie(cleo, { 'sec-fetch-site': 'cross-site' }).opened).status, 403);
  const [agent, admin] = await Promise.all([byToken(world.agent).opened, byToken(world.admin).opened]);
  await world.admin.post('/v1/tokens', { role: 'agent', id: 'newcomer' });
  await until(() => admin.heard('token', 'newcomer'), { timeoutMs: 60_000 });
  await open(world.agent, one.id);
  await until(() => agent.heard('line', one.id), { timeoutMs: 60_000 });
  assert.ok(!agent.text.includes('newcomer'));
  agent.close();
  admin.close();
});

test('a stream ends with its session, at once, and the third one of a holder ends the first', { timeout: 180_000 }, async () => {
  const dora = await newStaff({ ...makers(), name: 'dora', role: 'reviewer' });
  const streams = [];
  for (let i = 0; i < 3; ++i) streams.push(await byCookie(dora).opened);
  await until(() => streams[0].ended, { timeoutMs: 60_000 });
  assert.deepEqual(streams[0].events.at(-1), { type: 'over', id: undefined, data: 'elsewhere' });
  await dora.post('/v1/staff-sessions/current/end');
  await until(() => streams[1].ended && streams[2].ended, { timeoutMs: 60_000 });
  assert.equal(streams[2].events.at(-1).data, 'ended');
});

test('a stream is nobody\'s presence: it keeps no session open', { timeout: 180_000 }, async () => {
  const erik = await newStaff({ ...makers(), name: 'erik', role: 'reviewer' });
  const before_ = (await world.admin.get('/v1/tokens/erik/history')).body.items.length;
  const stream = await byCookie(erik).opened;
  await sleep(500);
  stream.close();
  assert.equal((await world.admin.get('/v1/tokens/erik/history')).body.items.length, before_);
});
