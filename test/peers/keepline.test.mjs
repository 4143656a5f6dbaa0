// The harness around Keepline, tried on a stand-in program, and what keeps children from outliving their test.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './child.mjs';
import { configurationFor, startKeepline } from './keepline.mjs';
import { toToml } from './toml.mjs';
import { until, within } from './wait.mjs';

const STAND_IN = `#!${process.execPath}
const { readFileSync, appendFileSync } = require('node:fs');
const toml = readFileSync(process.argv[process.argv.indexOf('--config') + 1], 'utf8');
const port = Number(/listen = "127.0.0.1:(\\d+)"/.exec(toml)[1]);
appendFileSync('starts', 'x');
if (toml.includes('broken = true')) { console.error('config: broken'); process.exit(78); }
const json = (response, status, body, type = 'application/json') =>
  response.writeHead(status, { 'content-type': type, etag: '"1"' }).end(JSON.stringify(body));
require('node:http').createServer((request, response) => {
  const { url, headers } = request;
  if (url === '/readyz') return response.writeHead(200).end();
  if (url === '/v1/lines/search?q=1') return json(response, 200, { items: [] });
  if (url.startsWith('/v1/lines/')) return json(response, 200, {
    msisdn: url.slice(10), token: headers.authorization, key: headers['idempotency-key'], match: headers['if-match'] });
  if (url === '/v1/wrong') return json(response, 200, { msisdn: 5 });
  if (url === '/v1/gone') return response.writeHead(204).end();
  return json(response, 404, { type: 'about:blank', status: 404 }, 'application/problem+json');
}).listen(port, '127.0.0.1');
process.on('SIGTERM', () => process.exit(toml.includes('dirty = true') ? 1 : 0));
`;

const OPENAPI = `
openapi: 3.1.0
info: { title: stand-in, version: '1' }
paths:
  /v1/lines/{msisdn}:
    get:
      responses:
        '200': { content: { application/json: { schema: { $ref: '#/components/schemas/Line' } } } }
        default: { $ref: '#/components/responses/Problem' }
  /v1/lines/search:
    get: { responses: { '200': { content: { application/json: { schema: { type: object, required: [items] } } } } } }
  /v1/wrong:
    get: { responses: { 2XX: { content: { application/json: { schema: { $ref: '#/components/schemas/Line' } } } } } }
  /v1/gone:
    delete: { responses: { '204': { description: done } } }
  /v1/missing:
    get: { responses: { '200': { description: never }, 4XX: { $ref: '#/components/responses/Problem' } } }
    put: { responses: { '200': { description: never } } }
components:
  responses:
    Problem: { content: { application/problem+json: { schema: { type: object, required: [type, status] } } } }
  schemas:
    Line: { type: object, required: [msisdn], properties: { msisdn: { type: string, pattern: '^[0-9]+$' } } }
`;

let standIn;

before(() => {
  const folder = temporaryFolder('stand-in');
  standIn = { binary: path.join(folder, 'keepline'), openapi: path.join(folder, 'openapi.yaml') };
  writeFileSync(standIn.binary, STAND_IN, { mode: 0o755 });
  writeFileSync(standIn.openapi, OPENAPI);
});

test('requests carry their headers, and answers are held to the document', async () => {
  const keepline = await startKeepline(standIn);
  const answer = await keepline.api('GET', '/v1/lines/8613800138000', { token: 't', idempotencyKey: 'k', ifMatch: '"1"' });
  assert.deepEqual(answer.body, { msisdn: '8613800138000', token: 'Bearer t', key: 'k', match: '"1"' });
  assert.equal(answer.etag, '"1"');
  assert.deepEqual((await keepline.api('GET', '/v1/lines/search?q=1')).body, { items: [] });
  assert.equal((await keepline.api('DELETE', '/v1/gone')).status, 204);
  assert.equal((await keepline.api('GET', '/v1/missing')).status, 404);
  await assert.rejects(keepline.api('GET', '/v1/wrong'), /breaks the schema\n {2}\/msisdn must be string/);
  await assert.rejects(keepline.api('PUT', '/v1/missing'), /no such status/);
  await assert.rejects(keepline.api('GET', '/v1/gone'), /has no GET at/);
  await assert.rejects(keepline.api('GET', '/v2/x'), /no such path/);
  assert.equal((await keepline.api('GET', '/v2/x', { unchecked: true })).status, 404);
  await keepline.stop();
});

test('it restarts politely and hard on the same folder, and reports how it ended', async () => {
  const keepline = await startKeepline(standIn);
  const { pid } = keepline;
  await keepline.restart();
  await keepline.restart({ hard: true });
  assert.notEqual(keepline.pid, pid);
  assert.equal(readFileSync(path.join(keepline.folder, 'starts'), 'utf8'), 'xxx');
  await keepline.restart({ config: { dirty: true } });
  await assert.rejects(keepline.stop(), /exit code 1/);
  await assert.rejects(keepline.restart({ config: { broken: true } }), /ended early .*78.*config: broken/s);
  await assert.rejects(startKeepline({ binary: '/nowhere/keepline' }), /no keepline at/);
});

test('peers become configuration', () => {
  const config = configurationFor({ smsc: { port: 1 }, hlr: { address: '127.0.0.9', ports: { vty: 2, ctrl: 3, gsup: 4 } } });
  assert.deepEqual(config, {
    sms: { kind: 'smpp', host: '127.0.0.1', port: 1, system_id: 'keepline', password: 'secret' },
    hlr: { kind: 'osmo', host: '127.0.0.9', vty_port: 2, ctrl_port: 3, gsup_port: 4 },
  });
});

test('configuration objects become TOML', () => {
  const toml = toToml({ a: 1, on: true, text: 'a "b"\n', list: ['x', 'y'], gone: undefined, http: { listen: ':1', tls: { off: true } }, peer: [{ n: 1 }, { n: 2 }] });
  assert.equal(toml, [
    'a = 1', 'on = true', 'text = "a \\"b\\"\\n"', 'list = ["x", "y"]', '', '[http]', 'listen = ":1"', '', '[http.tls]', 'off = true',
    '', '[[peer]]', 'n = 1', '', '[[peer]]', 'n = 2', '',
  ].join('\n'));
  assert.throws(() => toToml({ a: null }), /no TOML/);
});

test('children end and folders go when a test process ends, and children even when it is killed', { timeout: 30000 }, async () => {
  const script = `
    import { startHlr } from './hlr.mjs'; import { startMta } from './mta.mjs';
    const hlr = await startHlr(); const mta = await startMta();
    console.log(JSON.stringify([hlr.folder, mta.folder]));
    if (process.env.END) throw new Error('a failing test');
    setInterval(() => {}, 1000);`;
  const folder = path.dirname(fileURLToPath(import.meta.url));
  for (const END of ['1', '']) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: folder, env: { ...process.env, END }, stdio: ['ignore', 'pipe', 'ignore'] });
    const [output] = await within(once(child.stdout, 'data'), 15000, 'the peers to start');
    const folders = JSON.parse(output.toString());
    if (!END) child.kill('SIGKILL');
    await until(() => child.exitCode !== null || child.signalCode !== null, { what: 'the process to end' });
    await until(() => folders.every((one) => processesOf(one) === 0), { what: 'its children to end' });
    assert.deepEqual(folders.map((one) => existsSync(one)), END ? [false, false] : [true, true]);
    for (const one of folders) rmSync(one, { recursive: true, force: true });
  }
});

/** How many processes name this folder on their command line. */
function processesOf(folder) {
  return readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
    } catch {
      return false; // gone meanwhile
    }
  }).length;
}
