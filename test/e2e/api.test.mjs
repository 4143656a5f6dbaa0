// The API's edges: hostile and broken requests, problems, pages, tokens, personal data and its erasure, stopping under load.

import assert from 'node:assert/strict';
import { cpSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { temporaryFolder } from '../peers/child.mjs';
import { openapiDocument, prepareKeepline } from '../peers/keepline.mjs';
import { sleep, until } from '../peers/wait.mjs';
import { Client, refused } from './client.mjs';
import { history, open } from './journey.mjs';
import { contactOf, newLine, newNumber, newSubscriber, yuan } from './people.mjs';
import { run, startWorld } from './world.mjs';

const REQUEST_TIMEOUT_MS = 1500;

let world;
before(async () => { world = await startWorld({ peers: [], config: { http: { request_timeout_ms: REQUEST_TIMEOUT_MS }, hlr: { kind: 'none' } } }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

/** Sends bytes as they are; what comes back until the server closes, or `quietMs` without a byte, which is an Error when they drip. */
function raw(bytes, { pieceEveryMs, quietMs = REQUEST_TIMEOUT_MS + 2500 } = {}) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(world.keepline.port, '127.0.0.1');
    let answer = '';
    let dripping;
    const end = () => { clearInterval(dripping); socket.destroy(); resolve(answer); };
    socket.setTimeout(quietMs, () => { if (pieceEveryMs) reject(new Error('the server waits for more')); end(); });
    socket.on('data', (chunk) => { answer += chunk.toString('latin1'); }).on('close', end);
    socket.on('error', (error) => (['EPIPE', 'ECONNRESET'].includes(error.code) ? end() : reject(error)));
    const pieces = Array.isArray(bytes) ? [...bytes] : [bytes];
    if (!pieceEveryMs) return void pieces.forEach((piece) => socket.write(piece));
    dripping = setInterval(() => (pieces.length ? socket.write(pieces.shift()) : clearInterval(dripping)), pieceEveryMs);
  });
}
const statusOf = (answer) => Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1]);
const problemOf = (answer) => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
const post = (path_, body, type = 'application/json', more = '') =>
  `POST ${path_} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${world.admin.token}\r\nIdempotency-Key: k${Math.random()}\r\nContent-Type: ${type}\r\n${more}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

async function someone(over) {
  const subscriber = newSubscriber();
  const line = newLine(over);
  const { body } = await world.system.post('/v1/lines/import', { subscriber, line });
  return { subscriber, line, id: body.id };
}

describe('limits', () => {
  test('a body over 1 MiB is refused without being read', async () => {
    const one = await someone();
    const announced = (line, bytes) => raw(`${line} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${world.admin.token}\r\nIdempotency-Key: a\r\nContent-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n`);
    for (const [line, bytes] of [['POST /v1/lines/search', 1024 * 1024 + 1], [`PUT /v1/lines/${one.id}/records`, 16 * 1024 * 1024 + 1]]) {
      const answer = await announced(line, bytes);
      assert.deepEqual([statusOf(answer), problemOf(answer).code], [413, 'too-large'], line);
    }
  });

  test('records of several megabytes are taken', async () => {
    const one = await someone();
    const messages = Array.from({ length: 20_000 }, (_, n) => ({ at: '2026-01-01T00:00:00Z', peer: '+8613500000001', text: `消息 ${n} ${'好'.repeat(40)}` }));
    assert.equal((await world.system.put(`/v1/lines/${one.id}/records`, { messages })).status, 204);
  });

  test('a header block over 8 KiB is refused', async () => {
    const answer = await raw(`GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(9000)}\r\n\r\n`);
    assert.ok([413, 431, 400].includes(statusOf(answer)), answer.slice(0, 200));
  });

  test('a request that drips in is given up in time, and nobody else waits for it', async () => {
    const head = `POST /v1/lines/search HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${world.admin.token}\r\nContent-Length: 500\r\n\r\n{`;
    const dripping = raw([...head], { pieceEveryMs: 50 });
    assert.equal((await world.admin.get('/healthz')).status, 200);
    const answer = await dripping;
    assert.ok(answer === '' || statusOf(answer) === 408, answer.slice(0, 200));
  });

  test('what is not HTTP is closed, and the server goes on', async () => {
    for (const bytes of ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'GET\r\n\r\n', `${'\0'.repeat(4000)}\r\n\r\n`, 'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\nzz\r\n']) {
      const answer = await raw(Buffer.from(bytes, 'latin1'));
      assert.ok(answer === '' || statusOf(answer) >= 400, answer.slice(0, 100));
    }
    assert.equal((await world.admin.get('/healthz')).status, 200);
  });

  test('a hundred connections that say nothing hold nobody up', async () => {
    const idle = Array.from({ length: 100 }, () => net.connect(world.keepline.port, '127.0.0.1').on('error', () => {}));
    await sleep(200);
    assert.equal((await world.admin.get('/v1/whoami')).body.role, 'admin');
    idle.forEach((socket) => socket.destroy());
  });
});

describe('problems', () => {
  const send = (body, options = {}) => world.admin.request('POST', '/v1/lines/search', { body, ...options });

  test('what cannot be read is malformed', async () => {
    for (const body of ['', '{', '{"number":}', 'null{}', '[1,2', `${'['.repeat(100)}${']'.repeat(100)}`, '{"number":"\\ud800"}']) {
      await refused(send(body), 'malformed', 400);
    }
    const invalidUtf8 = await raw(Buffer.concat([Buffer.from(post('/v1/lines/search', 'x'.repeat(14)).slice(0, -14)), Buffer.from('7b226e756d626572223a22ff227d'.padEnd(28, '0'), 'hex')]));
    assert.ok([400, 422].includes(statusOf(invalidUtf8)), invalidUtf8.slice(0, 200));
  });

  test('the wrong media type, unknown members, wrong types and values are told apart', async () => {
    const plainText = problemOf(await raw(post('/v1/lines/search', '{"number":"+8613800138000"}', 'text/plain', 'Connection: close\r\n')));
    assert.deepEqual([plainText.status, plainText.code], [415, 'unsupported-media-type']);
    for (const body of [{ number: '+8613800138000', extra: 1 }, { number: 5 }, { number: '13800138000' }, {}, []]) {
      const refusal = await refused(send(body), 'invalid', 422).catch(() => refused(send(body), 'malformed', 400));
      assert.ok(refusal.problem.detail, 'it says what is wrong');
    }
    const subscriber = newSubscriber();
    await world.agent.post('/v1/subscribers', subscriber);
    await refused(world.agent.post('/v1/lines', { number: newNumber(), subscriber: subscriber.id, policy: 'nowhere' }), 'policy-unknown', 422);
  });

  test('every problem has a stable type, and the correlation id of its request', async () => {
    const refusal = await refused(world.admin.get('/v1/lines/ln_doesnotexist', { headers: { 'x-correlation-id': 'corr-12345678' } }), 'not-found', 404);
    assert.equal(refusal.problem.type, 'https://keepline.dev/problems/not-found');
    assert.equal(refusal.problem.correlation, 'corr-12345678');
    assert.equal(refusal.headers.get('content-type'), 'application/problem+json');
  });

  test('an address that is not there, and a method that it does not know', async () => {
    const nowhere = await world.keepline.api('GET', '/v2/lines', { token: world.admin.token, unchecked: true });
    assert.deepEqual([nowhere.status, nowhere.body.code], [404, 'not-found']);
    const wrongVerb = await world.keepline.api('DELETE', '/v1/closures', { token: world.admin.token, unchecked: true });
    assert.deepEqual([wrongVerb.status, wrongVerb.body.code], [405, 'method-not-allowed']);
    assert.match(wrongVerb.headers.get('allow'), /GET/);
  });

  test('currencies do not mix', async () => {
    const one = await someone();
    await refused(world.agent.post(`/v1/lines/${one.id}/top-ups`, { amount: { minor: 100, currency: 'EUR' }, reference: 'e-1' }), 'money-mismatch', 422);
    await refused(world.agent.post(`/v1/lines/${one.id}/top-ups`, { amount: yuan(-1), reference: 'e-2' }), 'money-mismatch', 422);
  });

  test('the served contract is the one in the repository', async () => {
    assert.equal((await world.admin.get('/openapi.yaml')).body.toString(), readFileSync(openapiDocument, 'utf8'));
  });
});

describe('pages', () => {
  test('a cursor walks the queue without gaps or repeats', async () => {
    const ids = new Set();
    for (let n = 0; n < 11; ++n) {
      const one = await someone();
      ids.add((await open(world.agent, one.id)).id);
    }
    const seen = [];
    let after_ = '';
    do {
      const { body } = await world.reviewer.get(`/v1/closures?limit=3${after_ && `&after=${encodeURIComponent(after_)}`}`);
      assert.ok(body.items.length <= 3);
      seen.push(...body.items.map((item) => item.id));
      after_ = body.next ?? '';
    } while (after_);
    assert.equal(new Set(seen).size, seen.length);
    for (const id of ids) assert.ok(seen.includes(id), id);
    await refused(world.reviewer.get('/v1/closures?limit=0'), 'invalid', 422);
    await refused(world.reviewer.get('/v1/closures?limit=201'), 'invalid', 422);
    assert.deepEqual((await world.reviewer.get('/v1/closures?overdue=true')).body.items, []);
    assert.deepEqual((await world.reviewer.get('/v1/closures?stage=closed')).body.items, []); // cases that have ended are listed, too
    await refused(world.reviewer.get('/v1/closures?stage=asleep'), 'invalid', 422);
    assert.ok((await world.reviewer.get('/v1/closures?stage=opened&limit=200')).body.items.length >= ids.size);
  });
});

describe('policies', () => {
  test('those in force are listed and explained in both languages', async () => {
    const { items } = (await world.agent.get('/v1/policies')).body;
    for (const id of ['base', 'cn', 'ph-smart', 'us', 'gb', 'eu-pt', 'in', 'jp-povo', 'au-voda']) assert.ok(items.some((item) => item.id === id), id);
    assert.match((await world.agent.get('/v1/policies/cn/explanation')).body.text, /7 working days/);
    assert.match((await world.agent.get('/v1/policies/cn/explanation?language=zh-CN')).body.text, /工作日/);
    await refused(world.agent.get('/v1/policies/atlantis/explanation'), 'not-found', 404);
  });
});

describe('calendars', () => {
  test('are listed with their span, the days left and the policies that go by them', async () => {
    const { items } = (await world.agent.get('/v1/calendars')).body;
    const china = items.find((one) => one.id === 'CN');
    assert.ok(china.policies.includes('cn'));
    assert.equal(china.days_left, (Date.parse(china.covers_to) - Date.parse(new Date().toISOString().slice(0, 10))) / 86_400_000);
    assert.equal(china.ends_soon, china.days_left <= 60);
    assert.ok((await world.admin.get('/metrics')).body.includes(`keepline_calendar_days_left{calendar="CN"} ${china.days_left}\n`));
    const { peers } = (await world.agent.get('/readyz')).body;
    assert.deepEqual(peers.filter((one) => /calendar/i.test(one.name + one.trouble)), [], 'a warning, not a trouble');
  });
});

describe('tokens', () => {
  test('a token is shown once, listed without itself, and dead within 5 s of its revocation', async () => {
    const issued = (await world.admin.post('/v1/tokens', { role: 'agent', id: 'temp-clerk', note: 'for a day' })).body;
    const client = new Client(world.keepline, issued.token);
    assert.deepEqual([(await client.get('/v1/whoami')).body.role, (await client.get('/v1/whoami')).body.id], ['agent', 'temp-clerk']);
    const listed = (await world.admin.get('/v1/tokens')).body.items;
    assert.ok(listed.some((one) => one.id === 'temp-clerk' && one.note === 'for a day'));
    assert.ok(!JSON.stringify(listed).includes(issued.token));
    assert.equal((await world.admin.post('/v1/tokens/temp-clerk/revocation')).body.revoked, 1);
    await until(async () => client.get('/v1/whoami').then(() => false, (error) => error.code === 'unauthenticated'), { what: 'the token to die', timeoutMs: 60_000, everyMs: 200 });
  });

  test('a token ends by itself at its time', async () => {
    const expires_at = new Date(Date.now() + 1500).toISOString();
    const issued = (await world.admin.post('/v1/tokens', { role: 'agent', id: 'short-lived', expires_at })).body;
    const client = new Client(world.keepline, issued.token);
    assert.equal((await client.get('/v1/whoami')).status, 200);
    await until(async () => client.get('/v1/whoami').then(() => false, (error) => error.code === 'unauthenticated'), { what: 'the token to expire', timeoutMs: 60_000, everyMs: 200 });
  });

  test('without a token, or with a wrong one, the answer is 401; guessing is slowed down', async () => {
    const bare = await refused(new Client(world.keepline, undefined).get('/v1/whoami'), 'unauthenticated', 401);
    assert.match(bare.headers.get('www-authenticate'), /Bearer/);
    // From an address of its own, so that the other tests are not slowed down with it.
    const guess = (n) => new Promise((resolve, reject) => {
      http.get({ host: '127.0.0.1', localAddress: '127.0.0.77', port: world.keepline.port, path: '/v1/whoami', headers: { authorization: `Bearer guess-${n}` } },
        (response) => { response.resume(); resolve(response.statusCode); }).on('error', reject);
    });
    const statuses = [];
    for (let n = 0; n < 60; ++n) statuses.push(await guess(n));
    assert.equal(statuses[0], 401);
    assert.equal(statuses.at(-1), 429);
    assert.equal((await world.admin.get('/v1/whoami')).status, 200);
  });
});

describe('personal data', () => {
  test('every staff read is journalled with its reason; the subscriber\'s own is not', async () => {
    const { subscriber } = await someone();
    await refused(world.agent.get(`/v1/subscribers/${subscriber.id}/person`), 'invalid', 422);
    const person = (await world.agent.get(`/v1/subscribers/${subscriber.id}/person?reason=call%20back`)).body;
    assert.equal(person.full_name, subscriber.person.full_name);
    assert.equal((await world.agent.get(`/v1/subscribers/${subscriber.id}`)).body.staff_reads, 1);
    const own = await world.as(subscriber.id);
    assert.equal((await own.get(`/v1/subscribers/${subscriber.id}/person`)).body.document_number, subscriber.person.document_number);
    assert.equal((await own.get(`/v1/subscribers/${subscriber.id}`)).body.staff_reads, 1);
  });

  test('changed contacts take effect on the line; the replaced one is still told', async () => {
    const { subscriber, id } = await someone();
    const own = await world.as(subscriber.id);
    const contacts = [{ id: 'phone2', by: 'sms', address: '+8613911112222' }, subscriber.contacts[1]];
    const changed = (await own.post(`/v1/subscribers/${subscriber.id}/contacts`, { contacts: [{ ...contacts[0], verified: true }, contacts[1]] })).body;
    assert.equal(changed.contacts.find((one) => one.id === 'phone2').verified, false, 'nobody verifies themselves');
    assert.ok(changed.contacts.find((one) => one.id === 'phone').replaced_at);
    const line = await until(async () => {
      const { body } = await world.agent.get(`/v1/lines/${id}`);
      return body.contacts.some((one) => one.id === 'phone2') && body;
    }, { what: 'the line to know its new contacts' });
    assert.ok(line.contacts.find((one) => one.id === 'phone').told_until);
    assert.ok(line.contacts_changed_at);
    const closure = await open(own, id);
    assert.ok((await world.agent.get(`/v1/closures/${closure.id}`)).body.risk.facts.includes('contact_changed'));
  });

  test('erasure makes the person unreadable everywhere, a backup made before included, and the journal still verifies', async () => {
    const { subscriber, id } = await someone();
    const backup = path.join(temporaryFolder('backup'), 'copy.db');
    await world.mustCli(['backup', '--journal-only', backup]);
    assert.ok(statSync(backup).size > 0);
    const asked = await world.admin.post(`/v1/subscribers/${subscriber.id}/erasure`);
    assert.equal(asked.status, 202, 'it takes two');
    const erased = (await world.reviewer.post(`/v1/subscribers/${subscriber.id}/requests/${asked.body.serial}/countersignature`)).body;
    assert.ok(erased.erased_at);
    await refused(world.agent.get(`/v1/subscribers/${subscriber.id}/person?reason=check%20of%20an%20erasure`), 'erased', 410);
    await refused(world.system.put(`/v1/lines/${id}/records`, {}), 'erased', 410);
    await world.mustCli(['verify']);

    // The copy, with every key that is left.
    const restored = temporaryFolder('restored');
    cpSync(path.join(world.folder, 'data'), path.join(restored, 'data'), { recursive: true });
    cpSync(backup, path.join(restored, 'data', 'keepline.db'));
    for (const log of ['keepline.db-wal', 'keepline.db-shm']) rmSync(path.join(restored, 'data', log), { force: true });
    const other = await prepareKeepline({ folder: restored, config: { ...world.keepline.config } });
    // A copy that is put back by hand is refused until it is said to be one; its tokens wait for a word, too.
    for (const args of [['restore', '--in-place'], ['token', 'confirm', 'clerk']]) {
      assert.equal((await run(other.binary, ['--config', other.configFile, ...args], { cwd: other.folder })).code, 0);
    }
    await other.start();
    try {
      const client = new Client(other, world.agent.token);
      const again = await refused(client.get(`/v1/subscribers/${subscriber.id}/person?reason=check%20of%20an%20erasure`), 'erased', 410);
      assert.ok(!JSON.stringify(again.problem).includes(subscriber.person.full_name));
    } finally {
      await other.stop();
    }
    for (const secret of [subscriber.person.full_name, subscriber.person.document_number, contactOf(subscriber, 'mail')]) {
      for (const file of filesBelow(path.join(restored, 'data'))) assert.ok(!readFileSync(file).includes(secret), `${file} holds ${secret}`);
      assert.ok(!world.keepline.log.includes(secret), 'nor does the log');
    }
  });
});

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(full) : entry.isFile() ? [full] : [];
  });
}

describe('stopping', () => {
  test('a polite stop under load loses nothing that was acknowledged, and ends with exit code 0', async () => {
    // By a system, on several lines: of one credential so many requests a day about one line are taken, and no more.
    const ids = (await Promise.all(Array.from({ length: 4 }, () => someone()))).map((one) => one.id);
    const acknowledged = [];
    let stopped = false;
    const load = Array.from({ length: 16 }, async (_, worker) => {
      for (let n = 0; !stopped && n < 10_000; ++n) {
        const reference = `load-${worker}-${n}`;
        try {
          await world.system.post(`/v1/lines/${ids[worker % ids.length]}/top-ups`, { amount: yuan(1), reference });
          acknowledged.push(reference);
        } catch (error) {
          if (error.status !== undefined && error.status !== 503) throw error;
          return; // refused connection, or `stopping`
        }
      }
    });
    await until(() => acknowledged.length > 200, { what: 'load', timeoutMs: 60_000 });
    await world.keepline.stop();
    stopped = true;
    await Promise.all(load);
    await world.keepline.start();
    const histories = await Promise.all(ids.map((id) => history(world.agent, id)));
    const booked = new Set(histories.flat().flatMap((entry) => entry.events.map((event) => event.what?.reference)));
    for (const reference of acknowledged) assert.ok(booked.has(reference), `${reference} was acknowledged and is lost`);
    const balances = await Promise.all(ids.map((id) => world.agent.get(`/v1/lines/${id}/balance`)));
    const prepaid = balances.reduce((sum, { body }) => sum + body.prepaid.minor, 0);
    assert.ok(prepaid >= ids.length * 1234 + acknowledged.length);
    assert.equal(prepaid, ids.length * 1234 + [...booked].filter((one) => one?.startsWith('load-')).length);
    await world.mustCli(['verify']);
  });
});
