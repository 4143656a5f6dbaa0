// What a date means, in and out: a bare date is a whole day where the line is, "until" names the last whole day, and mail,
// SMS, certificate and API agree.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { refused } from './client.mjs';
import { apply, certificateOf, reach, reportDeleted } from './journey.mjs';
import { contactOf, newLine, newNumber, newSubscriber, plain } from './people.mjs';
import { startWorld } from './world.mjs';

let world;
before(async () => { world = await startWorld(); }, { timeout: 180_000 });
after(() => world?.stop());

/** The instant at which this day ends in the zone, by another computation than the server's. */
function endOfDay(day, timeZone) {
  const dayThere = (ms) => new Intl.DateTimeFormat('sv-SE', { timeZone }).format(ms);
  let low = Date.parse(`${day}T00:00:00Z`) - 86_400_000;
  let high = low + 4 * 86_400_000;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (dayThere(middle) <= day) low = middle;
    else high = middle;
  }
  return new Date(high).toISOString();
}

test('valid_until as a bare date is the end of that day in the zone of the policy', async () => {
  for (const [policy, begin, zone] of [['us-tello', '+1212555', 'America/New_York'], ['cn', '+86138', 'Asia/Shanghai'], ['eu-pt', '+35191', 'Europe/Lisbon'], ['jp-povo', '+8180', 'Asia/Tokyo']]) {
    for (const day of ['2029-11-28', '2030-03-10', '2030-06-30']) {
      const number = begin + newNumber().slice(-(begin.startsWith('+1212') ? 4 : begin.startsWith('+35191') ? 7 : 8));
      const line = newLine({ number, policy, since: '2024-05-01', valid_until: day, balance: undefined, profiles: [] });
      const { body } = await world.system.post('/v1/lines/import', { subscriber: newSubscriber(), line });
      assert.equal(body.valid_until, endOfDay(day, zone), `${policy} ${day}`);
      assert.equal(body.since, endOfDay('2024-04-30', zone), `${policy}: since is the day's beginning`);
    }
  }
});

test('a line that is paid until today goes on until today is over there', async () => {
  const zone = 'America/New_York';
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: zone }).format(Date.now());
  const line = newLine({ number: `+1212555${newNumber().slice(-4)}`, policy: 'us-tello', since: '2024-05-01', valid_until: today, balance: undefined, profiles: [] });
  const { body } = await world.system.post('/v1/lines/import', { subscriber: newSubscriber(), line });
  assert.equal(body.status, 'active');
  assert.ok(Date.parse(body.valid_until) > Date.now());
});

test('other writings of a date are refused by the API with the field and an example', async () => {
  for (const valid_until of ['2029/11/28', '28.11.2029', 'soon', '2029-02-30', '']) {
    const problem = await refused(world.system.post('/v1/lines/import', { subscriber: newSubscriber(), line: newLine({ valid_until }) }), 'invalid', 422);
    assert.equal(problem.data('field'), 'line.valid_until');
    assert.match(problem.problem.detail, /2027-02-27/);
  }
});

test('a token\'s date is a day in UTC', async () => {
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const { body } = await world.keymaster.post('/v1/tokens', { role: 'system', id: `dated-${process.pid}`, channels: ['bulk'], note: 'dates', expires_at: tomorrow }).catch((error) => ({ body: error.problem }));
  assert.ok(body.code === undefined, JSON.stringify(body));
});

test('mail, SMS, certificate and API name the same last day, which still counts', async () => {
  const subscriber = newSubscriber();
  const line = newLine();
  const { id } = await world.takeOver(subscriber, line);
  const own = await world.as(subscriber.id);
  const applied = await apply(own, world.smsc, { id }, line.number);
  for (const profile of line.profiles) await reportDeleted(world.system, id, profile);
  const closure = await reach(own, applied.id, 'closed');
  const { jws } = await certificateOf(own, closure.id);
  const claims = JSON.parse(Buffer.from(jws.split('.')[1], 'base64url'));
  assert.equal(claims.reclaim_until, closure.holds.reclaim_day);
  assert.equal(closure.holds.reclaim_until, endOfDay(claims.reclaim_until, 'Asia/Shanghai'), 'the day in the certificate still counts');
  const [year, month, day] = claims.reclaim_until.split('-').map(Number);
  const words = `${year}年${month}月${day}日（含）前`;
  const phone = plain(contactOf(subscriber, 'phone'));
  await world.smsc.waitFor((sms) => sms.to === phone && sms.text.includes(words));
  const [closed] = await world.mta.waitFor({ recipient: contactOf(subscriber, 'mail'), subject: /已.*注销/ });
  assert.ok(closed.text.includes(words), closed.text);
});
