// The mail server, in each way that it runs here, and what stands in for it where it cannot: any domain, several at once, repeats by Message-ID, survival of a restart. Mail is handed in
// by a minimal SMTP client, as Keepline will do it.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { mailServerHere, startMta, wayOfOpenSmtpd, whyNot } from './mta.mjs';
import { SmtpTalk } from './smtp.mjs';
import { until } from './wait.mjs';

async function send(port, { to, messageId, subject = 'Your number', body = 'closed', headers = '' }) {
  const talk = await SmtpTalk.open(port);
  await talk.ask('EHLO keepline.example', /^250/);
  await talk.mail({ to, text: `From: Operator <noreply@operator.example>\r\nTo: ${to.join(', ')}\r\nSubject: ${subject}\r\nMessage-ID: ${messageId}\r\n${headers}\r\n${body}` });
  await talk.quit();
}

const best = wayOfOpenSmtpd();
const cannot = { root: whyNot('root'), namespace: whyNot('namespace') };

for (const [way, what] of [['root', 'OpenSMTPD'], ['namespace', 'OpenSMTPD in a user namespace'], ['stand-in', 'the stand-in']]) {
  const options = { skip: cannot[way] };

  test(`${what}: mail for any domain is delivered per recipient, and repeats show in the raw count only`, options, async () => {
    const mta = await startMta({ way });
    await send(mta.port, { to: ['zhang@customer.example', 'Li+closing@other.test'], messageId: '<1@keepline>' });
    const certificate = {
      to: ['zhang@customer.example'], messageId: '<2@keepline>', subject: '=?UTF-8?B?5rOo6ZSA5Yet6K+B?=',
      headers: 'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n',
      body: Buffer.from('您的号码已注销。').toString('base64'),
    };
    await send(mta.port, certificate);
    await send(mta.port, certificate);

    const [chinese] = await mta.waitFor({ recipient: 'zhang@customer.example', subject: '注销凭证' });
    assert.equal(chinese.text.trim(), '您的号码已注销。');
    assert.equal(chinese.messageId, '<2@keepline>');
    await mta.waitFor({ recipient: 'Li+closing@other.test', text: /closed/ });
    await until(async () => (await mta.rawCount()) === 4, { what: 'all four copies' });
    assert.equal((await mta.effects()).length, 3);
    assert.deepEqual(await mta.countByMessageId(), new Map([['<1@keepline>', 2], ['<2@keepline>', 2]]));
    await assert.rejects(mta.waitFor({ subject: /never/ }, { timeoutMs: 100 }), /0 of 1 effects fit/);
    await mta.stop();
  });

  test(`${what}: two mail servers run side by side, and one keeps what it accepted over kill -9 and start`, options, async () => {
    const [first, second] = await Promise.all([startMta({ way }), startMta({ way })]);
    await send(first.port, { to: ['a@customer.example'], messageId: '<a@keepline>' });
    await send(second.port, { to: ['b@customer.example'], messageId: '<b@keepline>' });
    await first.kill9();
    await first.start();
    await first.waitFor({ recipient: 'a@customer.example' });
    await second.waitFor({ recipient: 'b@customer.example' });
    await send(first.port, { to: ['c@customer.example'], messageId: '<c@keepline>' });
    await first.waitFor({ recipient: 'c@customer.example' });
    assert.equal(await second.rawCount(), 1);
    await Promise.all([first.stop(), second.stop()]);
  });
}

test('where the kernel gives no namespace the stand-in is taken, and says why', { skip: cannot.namespace && `this is such a place: ${cannot.namespace}` }, () => {
  const { stdout, stderr } = spawnSync('unshare', ['--user', '--map-root-user', 'sh', '-c', 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$0" "$1"',
    process.execPath, fileURLToPath(new URL('mta.mjs', import.meta.url))], { encoding: 'utf8' });
  assert.match(stdout, /^a stand-in for OpenSMTPD, which needs root or a user namespace \(unshare: unshare failed: .+\)\n$/, stderr);
});

test('the mail server is said in words, the one that runs', async () => {
  const mta = await startMta();
  assert.equal(mta.way, best.way);
  assert.equal(mta.what, mailServerHere());
  await mta.stop();
});
