// Item 28: keys can be exchanged, and what the ones before made goes on working. On 4b5af17 there was no way but to lose
// it: another secret.key made every token useless, another signing.pem every certificate.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import tls from 'node:tls';
import { after, before, describe, test } from 'node:test';
import { temporaryFolder } from '../peers/child.mjs';
import { until } from '../peers/wait.mjs';
import { refused } from '../e2e/client.mjs';
import { newLine, newSubscriber } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';

let world;
let line;
const jwks = async () => (await world.keepline.api('GET', '/.well-known/jwks.json')).body.keys.map((key) => key.kid);
const admitted = async (client) => (await world.keepline.api('GET', '/v1/closures?limit=1', { token: client.token, unchecked: true })).status === 200;

before(async () => {
  world = await startWorld({ peers: [] });
  line = await world.takeOver(newSubscriber(), newLine());
});
after(() => world?.stop());

describe('keys are exchanged', () => {
  test('the signing key: the new one signs, the old one stays in the key set, also after a restart', async () => {
    const [old] = await jwks();
    const { signing } = await world.mustCli(['keys', 'rotate', 'signing', '--json']);
    world.keepline.reload();
    await until(async () => (await jwks())[0] === signing, { what: 'the new key', timeoutMs: 60_000 });
    assert.deepEqual(await jwks(), [signing, old]);
    await world.keepline.restart();
    assert.deepEqual(await jwks(), [signing, old]);
  });

  test('the secret: tokens from before and after work, until the old generation is forgotten', async () => {
    await world.mustCli(['keys', 'rotate', 'secret']);
    world.keepline.reload();
    const { secret } = await world.mustCli(['keys', 'show', '--json']);
    assert.equal(secret.length, 2);
    await until(() => world.keepline.log.includes('keys_reloaded'), { what: 'the server to read it', timeoutMs: 60_000 });
    assert.ok(await admitted(await world.token('system', 'new')), 'a token of the new generation');
    assert.equal((await world.mustCli(['verify', '--json'])).ok, true, 'what the old generation sealed is sealed anew');
    await world.keepline.restart();
    assert.ok(await admitted(world.system), 'a token from before');
    const { token: fresh } = await world.token('system', 'fresh');
    // On the program of before this ended every token of everybody at once.
    const early = await world.cli(['keys', 'forget', 'secret']);
    assert.notEqual(early.code, 0, 'tokens of the older generation are in force');
    assert.match(early.stderr, /[1-9][0-9]* tokens in force may be of an older generation/);
    const running = await world.cli(['keys', 'forget', 'secret', '--even-so']);
    assert.notEqual(running.code, 0, 'nor by one hand beneath a running server');
    assert.match(running.stderr, /[Ss]top the server/);
    assert.ok(await admitted(world.system), 'nothing was forgotten');
    await world.keepline.stop();
    assert.equal((await world.mustCli(['keys', 'forget', 'secret', '--even-so', '--reason', 'a rehearsal', '--json'])).forgotten, 1);
    await world.keepline.start();
    assert.ok(await admitted({ token: fresh }));
    assert.ok(!(await admitted(world.system)));
    assert.equal((await world.mustCli(['verify', '--json'])).ok, true, 'also without the old generation');
    world.admin.token = (await world.mustCli(['token', 'create', '--role', 'admin', '--id', 'ops-2', '--json'])).token;
    await until(() => admitted(world.admin), { what: 'the new administrator to be in the journal', timeoutMs: 60_000 });
  });

  test('what was done to the keys is in the journal, and every administrator is told until one says that they know', async () => {
    const done = async () => {
      const { body } = await world.admin.get('/v1/tokens/console/history');
      return body.items.flatMap(({ events }) => events).flatMap((event) => (event.how?.what === 'keys' ? [event.how] : []));
    };
    await until(async () => (await done()).length === 3, { what: 'three acts in the journal', timeoutMs: 60_000 });
    const acts = await done();
    assert.ok(['rotate signing ', 'rotate secret ', 'forget secret 1 even so'].every((words) => acts.some(({ detail }) => detail.startsWith(words))));
    assert.ok(acts.some(({ reason }) => reason === 'a rehearsal'));
    const { body } = await world.keepline.api('GET', '/readyz', { unchecked: true });
    assert.match(JSON.stringify(body.peers), /changed its keys, acknowledged by no administrator/);
    await refused(world.admin.post('/v1/goings-on', { what: 'keys', reason: 'by the API' }), 'invalid', 422);
  });

  test('the master key: every subscriber\'s data opens with the new one, and no longer with the old', async () => {
    const file = path.join(world.folder, 'data/keys/master.key');
    const old = readFileSync(file);
    assert.notEqual((await world.cli(['keys', 'rotate', 'master'])).code, 0, 'not beneath a running server');
    await world.keepline.stop();
    const { rewrapped } = await world.mustCli(['keys', 'rotate', 'master', '--json']);
    assert.ok(rewrapped >= 1);
    const fresh = readFileSync(file);
    assert.notDeepEqual(fresh, old);
    writeFileSync(file, old);
    const refused = await world.cli(['serve']);
    assert.notEqual(refused.code, 0);
    assert.match(refused.stdout + refused.stderr, /master key/i);
    writeFileSync(file, fresh);
    await world.keepline.start();
    assert.equal((await world.admin.get(`/v1/lines/${line.id}`)).status, 200);
  });

  test('TLS: a new certificate is shown without a restart, and a broken one leaves the old in force', async () => {
    const folder = temporaryFolder('tls');
    const [cert, key] = ['cert.pem', 'key.pem'].map((name) => path.join(folder, name));
    const make = (name) => execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30', '-subj', `/CN=${name}`, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    make('first');
    const own = await startWorldOverTls(cert, key);
    try {
      const shown = () => new Promise((resolve, reject) => {
        const socket = tls.connect({ host: '127.0.0.1', port: own.port, rejectUnauthorized: false }, () => {
          resolve(socket.getPeerCertificate().subject.CN);
          socket.destroy();
        }).on('error', reject);
      });
      await until(() => shown().catch(() => undefined), { what: 'the listener', timeoutMs: 60_000 });
      assert.equal(await shown(), 'first');
      make('second');
      own.reload();
      await until(async () => (await shown()) === 'second', { what: 'the new certificate', timeoutMs: 60_000 });
      writeFileSync(cert, 'nonsense');
      own.reload();
      await until(() => own.log.includes('tls_refused'), { what: 'the refusal', timeoutMs: 60_000 });
      assert.equal(await shown(), 'second');
    } finally {
      await own.kill9();
    }
  });
});

async function startWorldOverTls(cert, key) {
  const { prepareKeepline } = await import('../peers/keepline.mjs');
  const { policyFolder, ROOT } = await import('../e2e/world.mjs');
  const own = await prepareKeepline({ openapi: null, config: { policies: { dir: policyFolder() }, calendars: { dir: path.join(ROOT, 'calendars') }, http: { tls_cert: cert, tls_key: key } } });
  await own.start({ wait: false });
  return own;
}
