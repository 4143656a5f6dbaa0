// Renewing the SM-DP+'s certificates as docs/operating.md tells: the new set before the old one, a restart, the old one out. What is
// under way goes on, what begins later gets the new set, the first folder's DPtls is served, and the metric tells of both. A set that has
// expired closes its listeners only.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { temporaryFolder } from '../peers/child.mjs';
import { keeplineBinary } from '../peers/keepline.mjs';
import { until, within } from '../peers/wait.mjs';
import { codeOf, makePki, startSmdpWorld } from './smdp.mjs';
import { run } from './world.mjs';

const DAYS = 400;

let world, old, fresh;
before(async () => {
  const pki = await makePki({ cards: 8, curves: ['nist'] });
  old = pki.at('nist');
  fresh = path.join(temporaryFolder('renewed'), 'nist');
  renew(old, fresh);
  world = await startSmdpWorld({ pki });
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

/** What a root does when it renews: the same keys and extensions in new certificates. */
function renew(from, into, days = DAYS) {
  const openssl = (...args) => execFileSync('openssl', args, { cwd: into, stdio: 'ignore' });
  mkdirSync(into);
  copyFileSync(path.join(from, 'ci.cert.pem'), path.join(into, 'ci.cert.pem'));
  writeFileSync(path.join(into, 'ext'), 'authorityKeyIdentifier=keyid:always');
  ['dp-auth', 'dp-pb', 'dp-tls'].forEach((name, index) => {
    const [key, csr, cert] = [`${name}.key.pem`, `${name}.csr`, `${name}.cert.pem`];
    copyFileSync(path.join(from, key), path.join(into, key));
    openssl('x509', '-x509toreq', '-in', path.join(from, cert), '-signkey', key, '-copy_extensions', 'copyall', '-out', csr);
    openssl('x509', '-req', '-in', csr, '-CA', path.join(from, 'ci.cert.pem'), '-CAkey', path.join(from, 'ci.key.pem'),
      '-set_serial', String(4711 + index), '-days', String(days), '-copy_extensions', 'copyall', '-extfile', 'ext', '-out', cert);
  });
}

const fileOf = (folder, name) => path.join(folder, `${name}.cert.pem`);
const certificate = (folder, name) => new X509Certificate(readFileSync(fileOf(folder, name)));

/** The last answer that went through the proxy, by its function. */
const answered = (name) => JSON.parse(world.front.calls.findLast((call) => call.name === name).body);
const authOf = () => new X509Certificate(Buffer.from(answered('initiateAuthentication').serverCertificate, 'base64')).fingerprint256;
const bindingOf = () => new X509Certificate(Buffer.from(answered('authenticateClient').smdpCertificate, 'base64')).fingerprint256;

async function servedDpTls() {
  const socket = tls.connect({ port: world.ports.tls, host: '127.0.0.1', servername: 'localhost', ca: readFileSync(fileOf(old, 'ci')) });
  await within(new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject)), 5000, 'the TLS handshake');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

const use = (...folders) => {
  const { config } = world.keepline;
  return world.keepline.restart({ config: { ...config, smdp: config.smdp.map((one) => ({ ...one, certificates: folders })) } });
};
const expiry = (folder, name, what) => world.metric(`keepline_certificate_expires_seconds{file="${fileOf(folder, name)}",what="${what}"}`);
const seconds = (date) => Date.parse(date) / 1000;

test('a download that is under way goes on with the set it began with; the next one gets the new set', async () => {
  assert.equal(await servedDpTls(), certificate(old, 'dp-tls').fingerprint256);
  assert.equal(await expiry(old, 'dp-auth', 'DPauth'), seconds(certificate(old, 'dp-auth').validTo));
  const [first, second] = [await world.phone({ front: true }), await world.phone({ front: true })];
  world.front.before('authenticateClient', () => use(fresh, old));
  world.front.before('getBoundProfilePackage', () => world.keepline.restart());
  assert.equal((await first.download(codeOf(await world.order()))).installed, true);
  assert.deepEqual([authOf(), bindingOf()], [certificate(old, 'dp-auth').fingerprint256, certificate(old, 'dp-pb').fingerprint256]);

  assert.equal((await second.download(codeOf(await world.order()))).installed, true);
  assert.deepEqual([authOf(), bindingOf()], [certificate(fresh, 'dp-auth').fingerprint256, certificate(fresh, 'dp-pb').fingerprint256]);
  assert.equal(await servedDpTls(), certificate(fresh, 'dp-tls').fingerprint256);
  for (const folder of [old, fresh])
    for (const [name, what] of [['ci', 'CI'], ['dp-auth', 'DPauth'], ['dp-pb', 'DPpb'], ['dp-tls', 'DPtls']]) assert.equal(await expiry(folder, name, what), seconds(certificate(folder, name).validTo), `${folder} ${what}`);
});

test('without the old folder a download that is under way is refused, and begun again by its phone', async () => {
  await use(old);
  const phone = await world.phone({ front: true });
  const code = codeOf(await world.order());
  world.front.before('getBoundProfilePackage', () => use(fresh));
  assert.equal((await phone.fails(phone.download(code))).said, 'getBoundProfilePackage 8.8/4.2');
  assert.equal((await phone.download(code)).installed, true);
  assert.equal(authOf(), certificate(fresh, 'dp-auth').fingerprint256);
});

test('a folder without a DPtls does where another has one, and each file is one series of the metric', async () => {
  const bare = path.join(temporaryFolder('bare'), 'nist');
  renew(old, bare);
  for (const name of ['dp-tls.cert.pem', 'dp-tls.key.pem']) rmSync(path.join(bare, name));
  await use(bare, old);
  assert.equal(await servedDpTls(), certificate(old, 'dp-tls').fingerprint256);
  const series = (await world.admin.get('/metrics')).body.split('\n').filter((line) => line.startsWith('keepline_certificate_expires_seconds{')).map((line) => line.split(' ')[0]);
  assert.equal(new Set(series).size, series.length, series.join('\n'));
  assert.ok(series.some((line) => line.includes(bare)));
  const phone = await world.phone({ front: true });
  assert.equal((await phone.download(codeOf(await world.order()))).installed, true);
  assert.equal(authOf(), certificate(bare, 'dp-auth').fingerprint256);
});

test('a set that has expired closes its listeners, and everything else serves', async () => {
  const late = path.join(temporaryFolder('late'), 'nist');
  renew(old, late, 0); // valid for a second
  await until(() => Date.now() > Date.parse(certificate(late, 'dp-tls').validTo) + 1000, { what: 'the set to expire' });
  await use(late);
  const { status, body } = await world.admin.get('/readyz');
  assert.equal(status, 200);
  assert.deepEqual(body.peers.filter((one) => one.name === 'smdp').map((one) => / does not listen/.test(one.trouble)), [true, true]);
  await assert.rejects(servedDpTls());
  assert.match(world.keepline.log, /does not listen/);
  assert.equal(await expiry(late, 'dp-auth', 'DPauth'), seconds(certificate(late, 'dp-auth').validTo));
  const { code, stderr } = await run(keeplineBinary(), ['--config', world.keepline.configFile, 'config', 'check']);
  assert.equal(code, 2, stderr);
  assert.match(stderr, /dp-auth\.cert\.pem: Expired on/);
  await use(late, old);
  assert.equal(await servedDpTls(), certificate(old, 'dp-tls').fingerprint256);
});
