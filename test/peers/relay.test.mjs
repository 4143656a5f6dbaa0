// The relay: STARTTLS, TLS and AUTH, and that it catches whoever speaks before TLS.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { Authority } from './authority.mjs';
import { startRelay } from './relay.mjs';
import { SmtpTalk } from './smtp.mjs';

const login = (user, password) => `AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}`;
const mail = (messageId) => ({ to: ['li@customer.example'], text: `Subject: Closed\r\nMessage-ID: ${messageId}\r\n\r\nbody` });

let tls, trusted;
before(() => {
  const authority = new Authority();
  tls = authority.issue('localhost', { names: ['DNS:localhost'] });
  trusted = { ca: readFileSync(authority.ca), servername: 'localhost' };
});

test('STARTTLS, a login, a mail: nothing but the greeting is in the clear, and a repeat counts once', async () => {
  const relay = await startRelay({ tls });
  const talk = await SmtpTalk.open(relay.port);
  assert.match(await talk.ask('EHLO keepline.example', /^250/), /^250[- ]STARTTLS\r$/m);
  await talk.startTls(trusted);
  await talk.ask('EHLO keepline.example', /^250/);
  await talk.ask('MAIL FROM:<noreply@operator.example>', /^530/);
  await talk.ask(login('keepline', 'wrong'), /^535/);
  await talk.ask(login('keepline', 'secret'), /^235/);
  for (let n = 0; n < 2; ++n) await talk.mail(mail('<1@keepline>'));
  await talk.quit();
  const [taken] = await relay.waitFor({ recipient: 'li@customer.example', subject: /Closed/ });
  assert.deepEqual([taken.messageId, taken.user, taken.encrypted, taken.text.trim()], ['<1@keepline>', 'keepline', true, 'body']);
  assert.deepEqual([relay.effects().length, relay.rawCount()], [1, 2]);
  assert.deepEqual(relay.logins.map(({ accepted, encrypted }) => [accepted, encrypted]), [[false, true], [true, true]]);
  assert.deepEqual(relay.saidInTheClear, ['EHLO keepline.example', 'STARTTLS']);
  await relay.stop();
});

test('TLS from the first byte says nothing in the clear', async () => {
  const relay = await startRelay({ tls, security: 'tls' });
  const talk = await SmtpTalk.open(relay.port, { secure: trusted });
  assert.doesNotMatch(await talk.ask('EHLO keepline.example', /^250/), /STARTTLS/);
  await talk.ask(login('keepline', 'secret'), /^235/);
  await talk.mail(mail('<2@keepline>'));
  assert.deepEqual([relay.connections.map(({ encrypted }) => encrypted), relay.saidInTheClear], [[true], []]);
  talk.close();
  await relay.stop();
});

test('who logs in and sends without TLS is caught, with STARTTLS offered or not', async () => {
  const relay = await startRelay({ tls });
  const careless = async () => {
    const talk = await SmtpTalk.open(relay.port);
    const offered = await talk.ask('EHLO careless.example', /^250/);
    await talk.ask(login('keepline', 'secret'), /^235/);
    await talk.mail(mail('<3@keepline>'));
    talk.close();
    return offered;
  };
  assert.match(await careless(), /STARTTLS/);
  await relay.change({ security: 'none' });
  assert.doesNotMatch(await careless(), /STARTTLS/);
  assert.equal(relay.mails.filter(({ encrypted }) => !encrypted).length, 2);
  assert.ok(relay.logins.every(({ encrypted }) => !encrypted));
  assert.equal(relay.saidInTheClear.filter((line) => line === login('keepline', 'secret')).length, 2);
  await relay.stop();
});
