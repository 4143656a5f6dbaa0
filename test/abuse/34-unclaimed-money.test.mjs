// Money without a line, and the bank's word, as a thief would use them: an agent who sends a customer's late payment to
// themself, a reporter who signs for what they reported, a system's token that speaks for the bank, an id that finds a line.
// The commands are new: on the program of before a late payment was refused (404) and lost, and the bank's second word too,
// so there is nothing to be seen to succeed.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../peers/wait.mjs';
import { Client } from '../e2e/client.mjs';
import { reach, read, reportDeleted } from '../e2e/journey.mjs';
import { yuan } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { applies, attempt, victim } from './attack.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['hlr', 'smsc', 'bank'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const THIEF = '6222029999999990009';
const theirs = { to: 'payer', account: { iban: THIEF, holder: 'A Thief' } };
const paidTo = (account) => world.bank.effects().filter((payment) => payment.account === account);

async function ended() {
  const one = await victim(world);
  const closure = await applies(world, one);
  for (const profile of one.line.profiles) await reportDeleted(world.system, one.id, profile);
  await reach(one.customer, closure.id, 'closed');
  const written = await until(async () => {
    const seen = await read(one.customer, closure.id);
    return seen.refund.state === 'written' && seen;
  }, { what: 'the refund to be written', timeoutMs: 60_000 });
  return { ...one, closure: written };
}
const paysLate = (one, client = world.system) => client.post(`/v1/lines/${one.id}/payments`, { amount: yuan(500), reference: `late-${one.id}` });

/** What a thief set going has had its time when a later refund of somebody else is at the bank. */
async function timeHasPassed() {
  const other = await ended();
  await world.bank.waitFor({ account: other.subscriber.person.refund_iban });
}

/** A clerk's and a reviewer's token of the same human being. */
async function twoTokens(person) {
  const made = {};
  for (const role of ['agent', 'reviewer']) {
    const id = `${person}-${role}`;
    const { body, status } = await world.keymaster.post('/v1/tokens', { role, id, person });
    if (status === 202) await world.admin.post(`/v1/tokens/${id}/requests/${body.request}/countersignature`);
    made[role] = new Client(world.keepline, body.token);
  }
  return made;
}

test('an agent alone does not send a late payment to an account of their own, nor with another token of theirs', async () => {
  const one = await ended();
  const { body } = await paysLate(one);
  const eve = await twoTokens('eve');
  const asked = await eve.agent.post(`/v1/lines/${one.id}/unclaimed-money/${body.serial}/return`, theirs);
  assert.equal(asked.status, 202);
  for (const [client, code] of [[eve.agent, 'forbidden'], [eve.reviewer, 'own-application']]) {
    const signed = await attempt(client.post(`/v1/lines/${one.id}/requests/${asked.body.serial}/countersignature`));
    assert.equal(signed.status, 403);
    assert.equal(signed.code, code);
  }
  await timeHasPassed();
  assert.equal(paidTo(THIEF).length, 0);
});

test('who made a payment up does not sign where it goes', async () => {
  const one = await ended();
  const { body } = await paysLate(one, world.admin);
  const asked = await world.agent.post(`/v1/lines/${one.id}/unclaimed-money/${body.serial}/return`, theirs);
  const signed = await attempt(world.admin.post(`/v1/lines/${one.id}/requests/${asked.body.serial}/countersignature`));
  assert.equal(signed.code, 'own-application');
  await timeHasPassed();
  assert.equal(paidTo(THIEF).length, 0);
});

test('a customer moves nothing of it, and a session that names an account gets no late payment there', async () => {
  const one = await ended();
  const { body } = await paysLate(one);
  assert.equal((await attempt(one.customer.post(`/v1/lines/${one.id}/unclaimed-money/${body.serial}/return`, { to: 'owner' }))).status, 403);
  await one.customer.post(`/v1/subscribers/${one.subscriber.id}/refund-account`, { iban: THIEF, holder: 'A Thief' });
  const ordered = await attempt(one.customer.post(`/v1/lines/${one.id}/refund-orders`, {}));
  assert.equal(ordered.code, 'closure-stage');  // it was paid long ago, to the owner
  await timeHasPassed();
  assert.equal(paidTo(THIEF).length, 0);
});

test('a system\'s token does not contradict the bank: "returned" after "paid" changes nothing until a person has looked', async () => {
  const one = await ended();
  const { id } = one.closure.refund;
  await world.system.post(`/v1/refunds/${id}/answer`, { settled: true });
  const forged = await attempt(world.system.post(`/v1/refunds/${id}/answer`, { settled: false }));
  assert.equal(forged.status, 202);
  assert.equal((await read(one.customer, one.closure.id)).refund.state, 'settled');
  assert.equal((await one.customer.get(`/v1/lines/${one.id}/balance`)).body.prepaid.minor, 0, 'there is nothing to be paid again');
});

test('nobody but a system speaks for the bank, and people only two at a time', async () => {
  const one = await ended();
  const { id } = one.closure.refund;
  for (const client of [one.customer, world.agent]) {
    assert.equal((await attempt(client.post(`/v1/refunds/${id}/answer`, { settled: false }))).status, 403);
  }
  const alone = await attempt(world.admin.post(`/v1/refunds/${id}/answer`, { settled: false }));
  assert.equal(alone.status, 202);
  assert.equal((await read(one.customer, one.closure.id)).refund.state, 'written');
});

test('an EndToEndId, which stands on a bank statement, is no name of the line', async () => {
  const one = await ended();
  const stranger = await victim(world);
  for (const client of [one.customer, stranger.customer, world.agent]) {
    assert.equal((await attempt(client.get(`/v1/lines/${one.closure.refund.id}`))).status, 404);
    assert.equal((await attempt(client.get(`/v1/closures/${one.closure.refund.id}-c1`))).status, 404);
  }
});
