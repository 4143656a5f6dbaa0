// The mail server, and what stands in for it where there is no root: any domain, several at once, repeats by Message-ID, survival of a restart. Mail is handed in
// by a minimal SMTP client, as Keepline will do it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startMta } from './mta.mjs';
import { SmtpTalk } from './smtp.mjs';
import { until } from './wait.mjs';

async function send(port, { to, messageId, subject = 'Your number', body = 'closed', headers = '' }) {
  const talk = await SmtpTalk.open(port);
  await talk.ask('EHLO keepline.example', /^250/);
  await talk.mail({ to, text: `From: Operator <noreply@operator.example>\r\nTo: ${to.join(', ')}\r\nSubject: ${subject}\r\nMessage-ID: ${messageId}\r\n${headers}\r\n${body}` });
  await talk.quit();
}

for (const real of process.getuid() === 0 ? [true, false] : [false]) {
  const what = real ? 'OpenSMTPD' : 'the stand-in';

  test(`${what}: mail for any domain is delivered per recipient, and repeats show in the raw count only`, async () => {
    const mta = await startMta({ real });
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

  test(`${what}: two mail servers run side by side, and one keeps what it accepted over kill -9 and start`, async () => {
    const [first, second] = await Promise.all([startMta({ real }), startMta({ real })]);
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
