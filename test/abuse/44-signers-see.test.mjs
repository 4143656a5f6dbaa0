// Whoever signs is shown what they sign, on every stream: two requests that differ in what matters never look the same.
//
// Seen to succeed as attacks on the program before (KEEPLINE_BIN of 0b32147): an agent asked for the customer's account and then for the thief's;
// the two requests differed in serial and time, the person's page named neither's serial, and the reviewer signed the thief's. Requests to turn
// an order to another EID, or to issue it again under another matching ID, showed nothing of either.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startSmdpWorld } from '../e2e/smdp.mjs';
import { until } from '../peers/wait.mjs';
import { victim } from './attack.mjs';

let world;
before(async () => {
  world = await startSmdpWorld({ peers: ['smsc'], pki: { cards: 4 }, config: { hlr: { kind: 'none' } } });
  await world.provide(4);
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

test('two accounts that are asked for are told apart, in the request, in the list of all and on the person\'s page', async () => {
  const one = await victim(world);
  const path = `/v1/subscribers/${one.subscriber.id}`;
  const honest = await world.agent.post(`${path}/refund-account`, { iban: 'DE89370400440532013000', holder: one.subscriber.person.full_name });
  const thiefs = await world.agent.post(`${path}/refund-account`, { iban: '6222029999999990009', holder: 'Eve Mallory' });
  assert.equal(honest.status, 202);
  const now = one.subscriber.person.refund_iban.slice(-4);
  for (const items of [
    (await world.reviewer.get(`${path}/requests`)).body.items,
    (await world.reviewer.get('/v1/requests')).body.items.filter(({ about }) => about.id === one.subscriber.id).map(({ request }) => request),
  ]) {
    assert.deepEqual(items.map(({ details }) => details.account.tail.slice(-4)), ['3000', '0009']);
    assert.ok(items.every(({ details }) => details.account_now.tail.endsWith(now)));
    assert.notEqual(items[0].details.account.holder, items[1].details.account.holder, 'whose it is said to be');
  }
  const { refund_wanted: wanted } = (await world.reviewer.get(`${path}/person?reason=before%20I%20sign`)).body;
  assert.deepEqual(wanted.map(({ request, iban }) => [request, iban.slice(-4)]).sort(), [[honest.body.serial, '3000'], [thiefs.body.serial, '0009']].sort());
  await world.reviewer.post(`${path}/requests/${honest.body.serial}/countersignature`);
  assert.equal((await one.customer.get(`${path}/person`)).body.refund_iban, 'DE89370400440532013000');
});

test('an order is turned, issued again, cancelled: the signer sees the EIDs, that another matching ID is named, and no code', async () => {
  const [iccid] = await world.provide(1);
  await world.system.post('/v1/esim-orders', { iccid, matching_id: 'OWN-MATCHING-ID-1' });
  const [phone, other] = [await world.phone(), await world.phone()];
  for (const { eid } of [phone, other]) assert.equal((await world.agent.post(`/v1/esims/${iccid}/rebinding`, { eid })).status, 202);
  assert.equal((await world.agent.post(`/v1/esims/${iccid}/reset`, { matching_id: 'EVE-MATCHING-ID-7' })).status, 202);
  assert.equal((await world.agent.post(`/v1/esims/${iccid}/cancellation`, { final: 'available' })).status, 202);
  const { items } = (await world.reviewer.get(`/v1/esims/${iccid}/requests`)).body;
  assert.deepEqual(items.slice(0, 2).map(({ details }) => details.eid), [phone.eid, other.eid]);
  assert.equal(items[2].details.another_matching_id, true);
  assert.ok(items[2].details.matching_id.endsWith('ID-7') && !JSON.stringify(items).includes('MATCHING-ID'), 'its tail, and no more');
  assert.equal(items[3].details.to_stock, true);
});

test('an erasure says what stands against it', async () => {
  const one = await victim(world, { policy: 'cn' });
  await until(async () => (await world.admin.get(`/v1/subscribers/${one.subscriber.id}`)).body.lines.length > 0, { what: 'the person to know their line', timeoutMs: 60_000 });
  const wanted = await world.admin.post(`/v1/subscribers/${one.subscriber.id}/erasure`, { plan: true });
  assert.equal(wanted.status, 202);
  assert.equal(wanted.body.details.plan, true);
  assert.ok(wanted.body.details.against.length > 0);
});
