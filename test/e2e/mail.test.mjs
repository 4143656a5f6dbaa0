// Mail to a relay that wants TLS and a login ([mail] of config/keepline.toml): by STARTTLS, by TLS from the first byte, and what is not said to a
// server that is not the one we know, or that offers no TLS: no mail, no user, no password. The mail waits, and comes once.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Authority } from '../peers/authority.mjs';
import { startRelay } from '../peers/relay.mjs';
import { sleep, until } from '../peers/wait.mjs';
import { apply } from './journey.mjs';
import { contactOf, newLine, newSubscriber } from './people.mjs';
import { startWorld } from './world.mjs';

const RECOVERY_MS = 60_000;
const TRIES_MS = 1200; // several tries, by the haste of world.mjs
const USER = 'keepline-mail';
const PASSWORD = 'correct horse battery staple';
const GREETING = /^(EHLO operator\.example|STARTTLS|QUIT)$/;
/** What must not be heard or kept anywhere: as it is, and as AUTH writes it. */
const SECRETS = [PASSWORD, Buffer.from(PASSWORD).toString('base64'), Buffer.from(`\0${USER}\0${PASSWORD}`).toString('base64')];

let authority, good, relay, world;
before(async () => {
  authority = new Authority();
  good = authority.issue('localhost', { names: ['DNS:localhost'] });
  relay = await startRelay({ tls: good, user: USER, password: PASSWORD });
  world = await startWorld({
    peers: ['smsc'],
    config: {
      mail: { kind: 'smtp', host: 'localhost', port: relay.port, from: 'no-reply@operator.example', security: 'starttls', ca_file: good.ca, user: USER, password: PASSWORD },
    },
  });
}, { timeout: 180_000 });
after(async () => {
  try {
    await world?.stop();
  } finally {
    await relay?.stop();
  }
});

/**
 * Keepline and the relay anew, with nothing remembered of what was said before. Keepline ends first: one that still has a mail to hand over
 * would talk to the new relay in the manner of before, and wait for a greeting that a relay with TLS from the first byte never says.
 */
async function begin({ security, relaySecurity = security, tls = good, password = PASSWORD }) {
  await world.keepline.stop();
  await relay.change({ security: relaySecurity, tls, password, connections: [], logins: [] });
  const { config } = world.keepline;
  await world.keepline.restart({ config: { ...config, mail: { ...config.mail, security } } });
}

/** Somebody whose closure was approved, so that Keepline owes a mail: the address. */
async function owedMail() {
  const subscriber = newSubscriber({ language: 'en' });
  const line = newLine();
  const taken = await world.takeOver(subscriber, line);
  await apply(await world.as(subscriber.id), world.smsc, taken, line.number);
  return contactOf(subscriber, 'mail');
}

const arrived = (mailbox, limits = { timeoutMs: RECOVERY_MS }) => relay.waitFor({ recipient: mailbox, subject: /is approved/ }, limits);
const trouble = async () => (await world.admin.get('/readyz')).body.peers.find(({ name }) => name === 'mail')?.trouble;

/** Waits until Keepline tells of this trouble and has tried several times more; then nothing has come of it. */
async function owesInVain(words) {
  const before = relay.mails.length;
  const mailbox = await owedMail();
  await until(async () => words.test((await trouble()) ?? ''), { what: `the trouble ${words}`, timeoutMs: RECOVERY_MS, everyMs: 50 });
  const tries = relay.connections.length;
  await until(() => relay.connections.length > tries + 1, { what: 'more tries', timeoutMs: RECOVERY_MS });
  assert.equal(relay.mails.length, before, 'a mail came through');
  return mailbox;
}

function nothingInTheClear() {
  assert.deepEqual(relay.saidInTheClear.filter((line) => !GREETING.test(line)), []);
}

/** The mail that waited comes once, over TLS and behind the login. */
async function comesAfterAll(mailbox) {
  const [mail] = await arrived(mailbox);
  assert.deepEqual([mail.user, mail.encrypted], [USER, true]);
  await until(async () => (await trouble()) === undefined, { what: 'the trouble to end', timeoutMs: RECOVERY_MS, everyMs: 50 });
  await sleep(TRIES_MS);
  assert.equal(relay.mails.filter((one) => one.recipient === mailbox && one.subject === mail.subject).length, 1);
}

function keptSecret() {
  for (const secret of SECRETS) assert.ok(!world.keepline.log.includes(secret), 'the password is in the log');
}

describe('a relay that is as it should be', () => {
  for (const [security, first] of [['starttls', ['EHLO operator.example', 'STARTTLS']], ['tls', []]]) {
    test(`${security}: the mail comes over TLS and behind the login, and nothing of it was said before`, async () => {
      await begin({ security });
      const [mail] = await arrived(await owedMail());
      assert.deepEqual([mail.user, mail.encrypted, mail.from], [USER, true, '"Keepline" <no-reply@operator.example>']);
      assert.ok(relay.logins.length > 0 && relay.logins.every(({ accepted, encrypted }) => accepted && encrypted));
      await until(() => relay.connections.every(({ encrypted }) => encrypted), { what: 'every connection to be encrypted', timeoutMs: RECOVERY_MS });
      for (const { clear } of relay.connections) assert.deepEqual(clear.split('\r\n').filter(Boolean), first);
      assert.equal(await trouble(), undefined);
      keptSecret();
    });
  }
});

describe('a server that is not the one we know gets nothing, and the mail waits', () => {
  const strangers = {
    'of another name': () => authority.issue('other', { names: ['DNS:mail.elsewhere.example'] }),
    'of an unknown CA': () => new Authority().issue('localhost', { names: ['DNS:localhost'] }),
    'that has expired': () => authority.issue('expired', { names: ['DNS:localhost'], days: -1 }),
  };
  for (const security of ['starttls', 'tls']) {
    for (const [how, certificate] of Object.entries(strangers)) {
      test(`${security}, a certificate ${how}`, async () => {
        await begin({ security, tls: certificate() });
        const mailbox = await owesInVain(/cannot be reached: SSL/);
        assert.deepEqual(relay.logins, []);
        nothingInTheClear();
        await relay.change({ tls: good });
        await comesAfterAll(mailbox);
        nothingInTheClear();
      });
    }
  }
});

describe('there is no falling back to plain text', () => {
  for (const [security, words] of [['starttls', /cannot be reached: .*SSL/], ['tls', /cannot be reached: SSL/]]) {
    test(`${security} with a server that offers AUTH, but no TLS`, async () => {
      await begin({ security, relaySecurity: 'none' });
      const mailbox = await owesInVain(words);
      assert.deepEqual(relay.logins, []);
      nothingInTheClear();
      await relay.change({ security });
      await comesAfterAll(mailbox);
      nothingInTheClear();
    });
  }

  test('a login without TLS is refused at the start, without the password in the words', async () => {
    await begin({ security: 'starttls' });
    await world.keepline.stop();
    const { code, stdout, stderr } = await world.cli(['serve'], { env: { KEEPLINE_MAIL_SECURITY: 'none' } });
    assert.notEqual(code, 0);
    assert.match(stderr, /mail\.security.*only sent over TLS/);
    for (const secret of SECRETS) assert.ok(!(stdout + stderr).includes(secret));
    await world.keepline.start();
  });
});

describe('the login', () => {
  test('a wrong password is reported as such, without the password; the mail waits for the right one', async () => {
    await begin({ security: 'starttls', password: 'another one' });
    const mailbox = await owesInVain(/refuses our login/);
    assert.ok(relay.logins.length > 0 && relay.logins.every(({ user, encrypted, accepted }) => user === USER && encrypted && !accepted));
    nothingInTheClear();
    assert.match(world.keepline.log, /"destination_paused".*refuses our login/);
    keptSecret();
    await relay.change({ password: PASSWORD });
    await comesAfterAll(mailbox);
    keptSecret();
  });
});
