// Item 30 (metrics, TLS): the customers' port tells nobody how the operator's business goes; what was recorded cannot be
// read with a key that is taken later. Seen on 4b5af17: /metrics answered anybody on the customers' port; over TLS 1.2
// suites with RSA key exchange were agreed to, and no HSTS was sent.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import tls from 'node:tls';
import { after, before, test } from 'node:test';
import { temporaryFolder } from '../peers/child.mjs';
import { prepareKeepline } from '../peers/keepline.mjs';
import { freePort, until } from '../peers/wait.mjs';
import { startWorld } from '../e2e/world.mjs';

let world, plain, secure, port;
before(async () => {
  world = await startWorld({ peers: [] });
  plain = world.keepline;
  const folder = temporaryFolder('tls');
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => path.join(folder, name));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-subj', '/CN=localhost', '-days', '2'], { stdio: 'ignore' });
  port = await freePort();
  secure = await prepareKeepline({ port, config: { ...plain.config, http: { listen: `127.0.0.1:${port}`, tls_cert: cert, tls_key: key } } });
  await secure.start({ wait: false });
  await until(() => shake({}).then(() => true, () => false), { what: 'TLS', timeoutMs: 60_000 });
}, { timeout: 180_000 });
after(async () => {
  await world?.stop();
  await secure?.stop();
});

/** A handshake: what was agreed on, and the answer to a request. */
function shake(options, request = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n') {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: '127.0.0.1', port, servername: 'localhost', rejectUnauthorized: false, ...options }, () => {
      const agreed = { suite: socket.getCipher().name, version: socket.getProtocol(), key: socket.getEphemeralKeyInfo(), text: '' };
      socket.on('data', (chunk) => { agreed.text += chunk; }).on('close', () => resolve(agreed));
      socket.write(request);
    });
    socket.once('error', reject);
  });
}

test('the customers\' port has no metrics, whoever asks', async () => {
  for (const target of ['/metrics', '/metrics?x', '/metrics/']) {
    const answer = await fetch(plain.url + target);
    assert.equal(answer.status, 404, target);
    assert.doesNotMatch(await answer.text(), /keepline_/);
  }
});

test('they are on a listener of their own, which answers nothing else', async () => {
  assert.notEqual(plain.metricsUrl, plain.url);
  const answer = await fetch(`${plain.metricsUrl}/metrics`);
  assert.match(await answer.text(), /^keepline_commits_total /m);
  for (const target of ['/v1/whoami', '/openapi.yaml', '/']) assert.equal((await fetch(plain.metricsUrl + target)).status, 404, target);
});

test('only suites with forward secrecy are agreed to', async () => {
  for (const suite of ['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'AES128-SHA', 'ECDHE-RSA-AES128-SHA', 'ECDHE-RSA-AES256-SHA384']) {
    await assert.rejects(shake({ ciphers: `${suite}:@SECLEVEL=0`, maxVersion: 'TLSv1.2', minVersion: 'TLSv1.2' }), suite);
  }
  await assert.rejects(shake({ ciphers: 'DEFAULT:@SECLEVEL=0', maxVersion: 'TLSv1.1', minVersion: 'TLSv1' }));
  for (const suite of ['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-CHACHA20-POLY1305']) {
    assert.equal((await shake({ ciphers: suite, maxVersion: 'TLSv1.2' })).suite, suite);
  }
  assert.equal((await shake({})).version, 'TLSv1.3');
});

test('over TLS every answer says so for the future, in plain text none does', async () => {
  assert.match((await shake({})).text, /\r\nStrict-Transport-Security: max-age=\d{8}\r\n/);
  assert.match((await shake({}, 'GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')).text, /\r\nStrict-Transport-Security: /);
  assert.equal((await fetch(`${plain.url}/healthz`)).headers.get('strict-transport-security'), null);
});
