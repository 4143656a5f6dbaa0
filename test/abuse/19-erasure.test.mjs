// Issue 7, item 19. A person is erased by one hand, under an order of an authority, with a line in use; their token goes on.
// Seen to succeed as an attack on 4b5af17: ABUSE_OLD_SOURCE=(its source) KEEPLINE_BIN=(its binary).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newSubscriber } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { until } from '../peers/wait.mjs';
import { reach, read, reportDeleted } from '../e2e/journey.mjs';
import { applies, attempt, victim } from './attack.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['hlr', 'smsc', 'bank'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

test('a person with a line in use, under an order of an authority, is not erased; the plan says what it waits for', async () => {
  const one = await victim(world, { policy: 'cn' });
  await world.system.post(`/v1/lines/${one.id}/legal-hold`, { reference: 'Court 17' });
  const where = `/v1/subscribers/${one.subscriber.id}`;
  const now = await attempt(world.admin.post(`${where}/erasure`));
  assert.equal(now.code, 'erasure-planned');
  assert.deepEqual(now.problem.data.map((fact) => fact.name).sort(), ['active_line', 'legal_hold']);
  const planned = await world.admin.post(`${where}/erasure`, { plan: true });
  assert.equal(planned.status, 202, 'a second person signs');
  await world.reviewer.post(`${where}/requests/${planned.body.serial}/countersignature`);
  const person = (await world.admin.get(where)).body;
  assert.equal(person.erased_at, undefined);
  assert.deepEqual(person.erasure.against.map((each) => each.what).sort(), ['active_line', 'legal_hold']);
});

test('one hand erases nobody; two do, and the token stops at once', async () => {
  const subscriber = newSubscriber({ language: 'en' });
  await world.system.post('/v1/subscribers', subscriber);
  const customer = await world.as(subscriber.id);
  const where = `/v1/subscribers/${subscriber.id}`;
  assert.equal((await customer.get(where)).status, 200);
  const asked = await world.admin.post(`${where}/erasure`);
  assert.equal(asked.status, 202);
  assert.equal((await attempt(world.admin.post(`${where}/requests/1/countersignature`))).code, 'own-application');
  const erased = (await world.reviewer.post(`${where}/requests/${asked.body.serial}/countersignature`)).body;
  assert.ok(erased.erased_at);
  assert.equal((await attempt(customer.get(where))).status, 401);
});

test('a refund that is on its way is paid first; the planned erasure goes on by itself when the bank has answered', async () => {
  const one = await victim(world);
  const closure = await applies(world, one);
  for (const profile of one.line.profiles) await reportDeleted(world.system, one.id, profile);
  await reach(one.customer, closure.id, 'closed');
  const refund = await until(async () => {
    const { refund: is } = await read(world.reviewer, closure.id);
    return is.state === 'written' && is;
  }, { what: 'the refund to be written', timeoutMs: 60_000 });
  const where = `/v1/subscribers/${one.subscriber.id}`;
  const asked = await world.admin.post(`${where}/erasure`, { plan: true });
  await world.reviewer.post(`${where}/requests/${asked.body.serial}/countersignature`);
  const planned = (await world.admin.get(where)).body;
  assert.deepEqual(planned.erasure.against.map((each) => each.what), ['refund']);
  assert.ok(Date.parse(planned.erasure.look_at) > Date.now(), 'it is dated');
  await world.system.post(`/v1/refunds/${closure.id}/answer`, { refund: refund.id, settled: true });
  const erased = await until(async () => {
    const { body } = await world.admin.get(where);
    return body.erased_at && body;
  }, { what: 'the erasure to be carried out', timeoutMs: 60_000 });
  assert.deepEqual([erased.contacts, erased.erasure], [[], undefined]);
});
