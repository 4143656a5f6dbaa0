// Issue 7, item 12. A thief of the subscriber's token names another refund account once the application is in; a clerk names
// one for a customer who is not there.
// Seen to succeed as an attack on 4b5af17: ABUSE_OLD_SOURCE=(its source) KEEPLINE_BIN=(its binary). Not the last two, which
// need what that program does not have.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../peers/wait.mjs';
import { contactOf, plain } from '../e2e/people.mjs';
import { decide, reach, read, reportDeleted } from '../e2e/journey.mjs';
import { startWorld } from '../e2e/world.mjs';
import { Client } from '../e2e/client.mjs';
import { applies, attempt, victim } from './attack.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['hlr', 'smsc', 'bank'], proxied: ['hlr'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const THIEF = '6222029999999990009';
const steals = (one) => attempt(one.customer.post(`/v1/subscribers/${one.subscriber.id}/contacts`, {
  contacts: one.subscriber.contacts.map(({ id, by, address }) => ({ id, by, address })), refund: { iban: THIEF, holder: 'A Thief' },
}));
const paidTo = (account) => world.bank.effects().filter((payment) => payment.account === account);

test('an account that is named after the submission holds the case; two people decide, and the owner hears of both accounts', async () => {
  const one = await victim(world);
  const closure = await applies(world, one);
  assert.equal(closure.stage, 'unbinding');
  await steals(one);
  await until(async () => (await read(one.customer, closure.id)).stage === 'in_review', { what: 'the case to be held', timeoutMs: 60_000 });
  for (const profile of one.line.profiles) await reportDeleted(world.system, one.id, profile);
  await world.smsc.waitFor({ to: plain(contactOf(one.subscriber, 'phone')), text: new RegExp(`${THIEF.slice(-4)}.*${one.subscriber.person.refund_iban.slice(-4)}`) });
  const alone = await decide(world.reviewer, closure, 'approval');
  assert.equal(alone.stage, 'in_review', 'one reviewer is not enough');
  assert.equal(alone.refund_account_questioned, true);
  assert.equal(paidTo(THIEF).length, 0);
});

test('an account that is named while the case settles is not paid', async () => {
  const one = await victim(world);
  const closure = await applies(world, one);
  // The network is slow to answer, so that the case stays on its way to the money for as long as the thief needs.
  await world.proxies.hlr.set('down');
  try {
    for (const profile of one.line.profiles) await reportDeleted(world.system, one.id, profile);
    assert.equal((await read(one.customer, closure.id)).stage, 'settling');
    await steals(one);
  } finally {
    await world.proxies.hlr.set('pass');
  }
  const now = await until(async () => {
    const seen = await read(one.customer, closure.id);
    return (seen.stage === 'in_review' || ['written', 'returned'].includes(seen.refund?.state)) && seen;
  }, { what: 'the case to be held, or the refund to be written or to come back', timeoutMs: 60_000, everyMs: 50 });
  assert.equal(paidTo(THIEF).length, 0, `the thief was paid: ${JSON.stringify(now.refund)}`);
});

test('a refund that came back is not paid to another account on a token alone', async () => {
  const one = await victim(world);
  const closure = await applies(world, one);
  for (const profile of one.line.profiles) await reportDeleted(world.system, one.id, profile);
  await reach(one.customer, closure.id, 'closed');
  const { refund } = await until(async () => {
    const seen = await read(one.customer, closure.id);
    return seen.refund.state === 'written' && seen;
  }, { what: 'the refund to be written', timeoutMs: 60_000 });
  await world.system.post(`/v1/refunds/${closure.id}/answer`, { refund: refund.id, settled: false });
  await steals(one);
  await attempt(one.customer.post(`/v1/lines/${one.id}/refund-orders`, {}));
  // What the thief set going has had its time when a later refund of somebody else is at the bank.
  const other = await victim(world);
  const later = await applies(world, other);
  for (const profile of other.line.profiles) await reportDeleted(world.system, other.id, profile);
  await reach(other.customer, later.id, 'closed');
  await world.bank.waitFor({ account: other.subscriber.person.refund_iban });
  assert.equal(paidTo(THIEF).length, 0);
});

test('an account that a clerk names takes a second person, holds the case, and the owner hears of both accounts', async () => {
  const one = await victim(world);
  const closure = await applies(world, one);
  const where = `/v1/subscribers/${one.subscriber.id}`;
  const account = '6222029999999995552';
  const asked = await world.agent.post(`${where}/refund-account`, { iban: account, holder: 'Avery Quinn' });
  assert.equal(asked.status, 202);
  assert.equal((await read(one.customer, closure.id)).stage, 'unbinding', 'asking alone changes nothing');
  const person = async () => (await world.reviewer.get(`${where}/person?reason=${encodeURIComponent(`the account of ${closure.id}`)}`)).body;
  assert.deepEqual((await person()).refund_wanted, [{ iban: account, holder: 'Avery Quinn', bic: '', request: asked.body.serial }], 'whoever signs can see what they sign');
  assert.equal((await attempt(world.agent.post(`${where}/requests/${asked.body.serial}/countersignature`))).status, 403);
  const decides = new Client(world.keepline, (await twoTokens('bo-clerk', 'bo-decides', 'bo')).reviewer);
  const by = await attempt(decides.get(`${where}/requests`));
  assert.equal(by.body.items.at(-1).may_sign, true, 'somebody else may');
  await world.reviewer.post(`${where}/requests/${asked.body.serial}/countersignature`);
  const { refund_iban: now, refund_wanted: left } = await person();
  assert.deepEqual([now, left], [account, undefined]);
  await until(async () => (await read(one.customer, closure.id)).stage === 'in_review', { what: 'the case to be held', timeoutMs: 60_000 });
  await world.smsc.waitFor({ to: plain(contactOf(one.subscriber, 'phone')), text: new RegExp(`${account.slice(-4)}.*${one.subscriber.person.refund_iban.slice(-4)}`) });
});

/** A clerk's and a reviewer's token of the same human being. */
async function twoTokens(clerk, reviewer, person) {
  const made = {};
  for (const [role, id] of [['agent', clerk], ['reviewer', reviewer]]) {
    const { body, status } = await world.keymaster.post('/v1/tokens', { role, id, person });
    if (status === 202) await world.admin.post(`/v1/tokens/${id}/requests/${body.request}/countersignature`);
    made[role] = body.token;
  }
  return made;
}

test('a clerk does not sign for an account with another token of their own, and what was refused is not kept', async () => {
  const one = await victim(world);
  const { agent, reviewer } = await twoTokens('eve-clerk', 'eve-decides', 'eve');
  const where = `/v1/subscribers/${one.subscriber.id}`;
  const asked = await new Client(world.keepline, agent).post(`${where}/refund-account`, { iban: THIEF, holder: 'A Thief' });
  const eve = new Client(world.keepline, reviewer);
  assert.equal((await attempt(eve.post(`${where}/requests/${asked.body.serial}/countersignature`))).code, 'own-application');
  await world.reviewer.post(`${where}/requests/${asked.body.serial}/refusal`, { reason: 'nobody knows this account' });
  const person = (await one.customer.get(`${where}/person`)).body;
  assert.equal(person.refund_iban, one.subscriber.person.refund_iban);
  assert.equal(person.refund_wanted, undefined);
});
