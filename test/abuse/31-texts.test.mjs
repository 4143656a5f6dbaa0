// Item 31, texts. Staff put a link or a number to call into a message of ours, written so that a filter for "http" does
// not see it; a mailbox with two "@"; a formula in the customer's own backup.
// On 4b5af17 these get through: the tests fail there. Now one rule reads words as a phone would show them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { refused } from '../e2e/client.mjs';
import { apply, open } from '../e2e/journey.mjs';
import { contactOf, newLine, newSubscriber, plain } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { unzip } from '../e2e/zip.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['smsc'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const TRICKS = [
  'confirm at 1.2.3.4/a', 'confirm at evil。cn/x', 'open hxxp:evil', 'open hxxps://evil[.]cn', 'open ｅｖｉｌ．ｃｎ', 'open evil(dot)cn', 'open evil․cn',
  'open ev\u200Bil.cn', 'call +86 138 0013 8000', 'call 13800138000', 'your code is 482913', 'write to us＠evil', 'open пример.рф', '请访问例子。中国/登录',
  '请拨打一三八零零一三八零零零', 'open WWW．evil', 'open //evil', 'open evil .cn',
];
const HONEST = ['The photo is unclear. Please send it again, front and back.', '照片不清晰。请于2026-12-13前重新上传身份证正反面'];

test('no link, number or code of staff\'s gets into a message, and honest words do', async () => {
  const subscriber = newSubscriber({ language: 'en' });
  const line = newLine({ policy: 'reviewed' });
  const taken = await world.takeOver(subscriber, line);
  const closure = await apply(await world.as(subscriber.id), world.smsc, taken, line.number);
  assert.equal(closure.stage, 'in_review');
  const reject = async (reason) => {
    const { etag } = await world.reviewer.get(`/v1/closures/${closure.id}`);
    return world.reviewer.post(`/v1/closures/${closure.id}/rejection`, { reason }, { ifMatch: etag });
  };
  for (const words of TRICKS) {
    await refused(world.reviewer.post(`/v1/closures/${closure.id}/information-requests`, { what: words }), 'invalid', 422);
    await refused(reject(words), 'invalid', 422);
  }
  await world.reviewer.post(`/v1/closures/${closure.id}/information-requests`, { what: HONEST[0] });
  await world.smsc.waitFor({ to: plain(contactOf(subscriber, 'phone')), text: /photo is unclear/ });
  await reject(HONEST[1]);
  await world.smsc.waitFor({ to: plain(contactOf(subscriber, 'phone')), text: /照片不清晰/ });
  for (const sms of world.smsc.effects()) assert.doesNotMatch(sms.text, /evil|hxxp|1\.2\.3\.4|138\s?0013/, sms.text);
});

test('a mailbox has one "@", and an address is an address', async () => {
  for (const address of ['a@b@c.d', 'a@b', 'a@[1.2.3.4]', 'a@1.2.3.4', '.a@x.cn', 'a..b@x.cn', 'a@x..cn', 'a@例子..中国', '例@x.cn', 'a@1。2。3。4', 'a＠x.cn', 'a(c)@x.cn']) {
    const contacts = [{ id: 'm', by: 'mail', address }];
    await refused(world.system.post('/v1/subscribers', newSubscriber({ contacts })), 'invalid', 422);
  }
  // A domain in other letters is one: it is written in ASCII (issue 8, item 5).
  const { status } = await world.system.post('/v1/subscribers', newSubscriber({ contacts: [{ id: 'm', by: 'mail', address: 'a@例子.中国' }] }));
  assert.equal(status, 201);
});

test('what a spreadsheet would run stays text in the backup', async () => {
  const subscriber = newSubscriber();
  const line = newLine();
  const { id: lineId } = await world.takeOver(subscriber, line);
  const cells = [' =1', '＝1+1', '\u00A0=1', '\u3000@SUM(1)', '＋1+1'];
  await world.system.put(`/v1/lines/${lineId}/records`, { bills: cells.map((text) => ({ day: '2026-01-31', number: 'B1', amount: { minor: 100, currency: 'CNY' }, text })), usage: [], consents: [], contacts: [], messages: [] });
  const own = await world.as(subscriber.id);
  const closure = await open(own, lineId);
  await own.post(`/v1/closures/${closure.id}/backup`);
  const answer = await own.get(`/v1/closures/${closure.id}/backup`);
  const text = unzip(answer.body).get('bills.csv').toString();
  for (const cell of cells) assert.ok(text.includes(`,"'${cell}"`), `${JSON.stringify(cell)} is neutralised: ${text}`);
});
