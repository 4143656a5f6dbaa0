// Issue 7, item 12. A thief of the subscriber's token names another refund account once the application is in.
// Seen to succeed as an attack on 4b5af17: ABUSE_OLD_SOURCE=(its source) KEEPLINE_BIN=(its binary).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../peers/wait.mjs';
import { contactOf, plain } from '../e2e/people.mjs';
import { decide, reach, read, reportDeleted } from '../e2e/journey.mjs';
import { startWorld } from '../e2e/world.mjs';
import { applies, attempt, victim } from './attack.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['hlr', 'smsc', 'bank'], proxied: ['hlr'] }); }, { timeout: 60_000 });
after(async () => { await world?.stop(); });

const THIEF = '6222029999999990001';
const steals = (one) => attempt(one.customer.post(`/v1/subscribers/${one.subscriber.id}/contacts`, {
  contacts: one.subscriber.contacts.map(({ id, by, address }) => ({ id, by, address })), refund: { iban: THIEF, holder: 'A Thief' },
}));
const paidTo = (account) => world.bank.effects().filter((payment) => payment.account === account);

test('an account that is named after the submission holds the case; two people decide, and the owner hears of both accounts', async () => {
  const one = await victim(world);
  const closure = await applies(world, one);
  assert.equal(closure.stage, 'unbinding');
  await steals(one);
  await until(async () => (await read(one.customer, closure.id)).stage === 'in_review', { what: 'the case to be held', timeoutMs: 10_000 });
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
  }, { what: 'the case to be held, or the refund to be written or to come back', timeoutMs: 15_000, everyMs: 50 });
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
  }, { what: 'the refund to be written', timeoutMs: 10_000 });
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
