// One refund that is paid again and again, an account that one hand names, what an authority has ordered to keep, and places
// that one credential fills for everybody. All of it was seen to succeed on the program of 0b32147: see the numbers in each test.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../peers/wait.mjs';
import { apply, open, reach, read, reportDeleted } from '../e2e/journey.mjs';
import { daysFromNow, newLine, newSubscriber, plain, yuan } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { applies, attempt, victim } from './attack.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['hlr', 'smsc', 'bank'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const THIEF = '6222029999999990009';
const paidTo = (account) => world.bank.effects().filter((one) => one.account === account);
const sign = (line, serial, who = world.reviewer) => attempt(who.post(`/v1/lines/${line}/requests/${serial}/countersignature`));
const returned = (id) => attempt(world.system.post(`/v1/refunds/${id}/answer`, { settled: false }));

async function ended(over = {}) {
  const one = await victim(world, over);
  const codes = (await one.customer.post(`/v1/lines/${one.id}/recovery-codes`)).body.codes;
  const closure = await applies(world, one);
  for (const profile of one.line.profiles) await reportDeleted(world.system, one.id, profile);
  await reach(one.customer, closure.id, 'closed');
  return { ...one, closure, codes };
}
const written = (one) => until(async () => {
  const { refund } = await read(one.customer, one.closure.id);
  return refund?.state === 'written' && refund;
}, { what: 'a refund that is written', timeoutMs: 60_000 });

// Before: as often as a system said "returned", with one code of eight each time: 5 × 499.00 of 499.00.
test('a refund that a system says has come back is paid again once on proof, then by two', { timeout: 180_000 }, async () => {
  const one = await ended({ balance: yuan(49_900) });
  const iban = one.subscriber.person.refund_iban;
  assert.equal((await returned((await written(one)).id)).status, 200);
  assert.equal((await attempt(one.customer.post(`/v1/lines/${one.id}/refund-orders`, { recovery_code: one.codes[0] }))).status, 200);
  await until(() => paidTo(iban).length === 2, { what: 'paid again', timeoutMs: 60_000 });
  assert.equal((await returned((await written(one)).id)).status, 200);
  const again = await attempt(one.customer.post(`/v1/lines/${one.id}/refund-orders`, { recovery_code: one.codes[1] }));
  assert.equal(again.status, 202, JSON.stringify(again));
  assert.equal((await read(one.customer, one.closure.id)).refund.state, 'returned');
  assert.equal(paidTo(iban).length, 2);
});

// Before: a system named the thief's account at once, and the owner's own code had 450.00 paid to it. The request of an honest
// agent was signed after a session had named another account: 444.00 to the thief.
test('no system changes an account alone, and a request rests on the account that it was asked about', { timeout: 180_000 }, async () => {
  const one = await ended({ balance: yuan(45_000) });
  assert.equal((await returned((await written(one)).id)).status, 200);
  const named = await attempt(world.system.post(`/v1/subscribers/${one.subscriber.id}/refund-account`, { iban: THIEF, holder: 'A Thief' }));
  assert.equal(named.status, 202);
  assert.equal(named.body.act, 'change_refund_account');
  const beside = await attempt(world.system.post(`/v1/subscribers/${one.subscriber.id}/contacts`,
    { language: 'en', contacts: one.subscriber.contacts, refund: { iban: THIEF, holder: 'A Thief' } }));
  assert.equal(beside.code, 'second-person-needed');

  const name = (iban) => attempt(one.customer.post(`/v1/subscribers/${one.subscriber.id}/refund-account`, { iban, holder: 'Avery Quinn' }));
  assert.equal((await name(newSubscriber().person.refund_iban)).status, 200);
  const asked = await until(async () => {
    const tried = await attempt(one.customer.post(`/v1/lines/${one.id}/refund-orders`, { recovery_code: one.codes[0] }));
    return tried.status === 202 && tried;
  }, { what: 'a request for the new account' });
  assert.equal((await name(THIEF)).status, 200);
  // The line hears of it in a moment. A signature before that is of the account that was asked about, and the payment, which finds
  // another one on file, comes back.
  const signed = await sign(one.id, asked.body.serial);
  if (signed.code !== 'changed-since') {
    assert.equal(signed.status, 200, JSON.stringify(signed));
    await until(async () => {
      const { refund } = await read(one.customer, one.closure.id);
      return refund.attempt === 2 && refund.state === 'returned';
    }, { what: 'a payment that comes back', timeoutMs: 60_000 });
  }
  assert.deepEqual(paidTo(THIEF), []);
});

// Before: an agent registered the customer's id first, with an account of their own; the system's import took no notice of it,
// and the closing of low risk paid it without anybody having looked.
test('an account that one of the staff registered is looked at before it is paid to', { timeout: 180_000 }, async () => {
  const subscriber = newSubscriber({ language: 'en' });
  const line = newLine();
  const { full_name, document_kind, document_number } = subscriber.person;
  await world.agent.post('/v1/subscribers', { id: subscriber.id, language: 'en', contacts: [],
    person: { full_name, document_kind, document_number, refund_iban: THIEF, refund_holder: 'A Thief' } });
  await world.hlr.create(line.profiles[0].imsi, plain(line.number));
  const taken = await world.system.post('/v1/lines/import', { subscriber: { ...subscriber, contacts: [], person: { full_name, document_kind, document_number } }, line });
  const customer = await world.as(subscriber.id);
  const closure = await apply(customer, world.smsc, taken.body, line.number, { submission: { line_only: true } });
  assert.equal(closure.stage, 'in_review');
  assert.ok((await world.reviewer.get(`/v1/closures/${closure.id}`)).body.look_at.includes('account_on_word'));
});

// Before: the second return to the owner destroyed the owner's key as that of a payer: 410 erased, for good.
test('money that is given back to its owner twice leaves its owner\'s data where it is', { timeout: 180_000 }, async () => {
  const one = await ended();
  const { body } = await world.system.post(`/v1/lines/${one.id}/payments`, { amount: yuan(577), reference: `late-${one.id}` });
  const give = async () => {
    const asked = await world.agent.post(`/v1/lines/${one.id}/unclaimed-money/${body.serial}/return`, { to: 'owner' });
    assert.equal((await sign(one.id, asked.body.serial)).status, 200);
  };
  await give();
  const paid = await until(() => world.bank.effects().find((entry) => entry.amountMinor === 577), { what: 'paid', timeoutMs: 60_000 });
  await until(async () => (await returned(paid.endToEndId)).status === 200, { what: 'returned', timeoutMs: 60_000 });
  await give();
  await until(() => world.bank.effects().filter((entry) => entry.amountMinor === 577).length === 2, { what: 'paid again', timeoutMs: 60_000 });
  assert.equal((await world.admin.get(`/v1/subscribers/${one.subscriber.id}/person?reason=a%20look%20after`)).status, 200);
  assert.match(JSON.stringify(await world.mustCli(['verify', '--json'])), /./);
});

// Before: an administrator's word made 4,000.00 nothing (a fee of 3,000.00 and a price of 3,000.00), an agent's made a fee of
// 350.00 nothing.
test('what leaving costs is changed by one person within the bounds of money by hand', async () => {
  const one = await victim(world, { policy: 'quick', balance: yuan(400_000), products: [{ id: 'bb', kind: 'broadband', detach_price: yuan(150_000) }] });
  const contract = { document: 'x', monthly: yuan(0), fixed_fee: yuan(300_000), ends: daysFromNow(300).slice(0, 10) };
  for (const asked of [
    await attempt(world.admin.post(`/v1/lines/${one.id}/contract`, { contract })),
    await attempt(world.admin.post(`/v1/lines/${one.id}/products`, { id: 'tv', kind: 'TV', detach_price: yuan(300_000) })),
    await attempt(world.agent.post(`/v1/lines/${one.id}/products/bb/detachment`, {})),
  ]) assert.equal(asked.status, 202, JSON.stringify(asked));
});

// Before: an agent alone had a customer's refund set aside to be fetched in cash.
test('cash instead of the account is its owner\'s word, or two people\'s', async () => {
  const one = await victim(world);
  const opened = await open(one.customer, one.id);
  const asked = await attempt(world.agent.post(`/v1/closures/${opened.id}/payout`, { how: 'cash' }));
  assert.equal(asked.status, 202);
  assert.equal(asked.body.act, 'pay_in_cash');
  assert.equal((await attempt(one.customer.post(`/v1/closures/${opened.id}/payout`, { how: 'cash' }))).status, 200);
});

// Before: 404 for an order about what is left of a line that has ended; and a system charged 4,000.00 under one.
test('what an authority has ordered to keep is neither charged nor paid, of a line that has ended neither', { timeout: 180_000 }, async () => {
  const one = await victim(world, { balance: yuan(400_000) });
  await world.system.post(`/v1/lines/${one.id}/legal-hold`, { reference: 'Court 7' });
  const charged = await attempt(world.system.post(`/v1/lines/${one.id}/charges`, { amount: yuan(400_000), what: 'use', reference: 'all' }));
  assert.equal(charged.code, 'blocked', JSON.stringify(charged));
  const gone = await ended({ balance: yuan(45_000) });
  assert.equal((await returned((await written(gone)).id)).status, 200);
  assert.equal((await attempt(world.admin.post(`/v1/lines/${gone.id}/legal-hold`, { reference: 'Court 8' }))).status, 200);
  const again = await attempt(gone.customer.post(`/v1/lines/${gone.id}/refund-orders`, { recovery_code: gone.codes[0] }));
  assert.equal(again.code, 'blocked', JSON.stringify(again));
});

async function fill(client, line, prefix) {
  let refused;
  for (let round = 0; round < 34 && !refused; round += 1) {
    const all = await Promise.all(Array.from({ length: 30 }, (_, i) =>
      attempt(client.post(`/v1/lines/${line}/top-ups`, { amount: yuan(1), reference: `${prefix}-${round}-${i}` }))));
    refused = all.find((one) => one.status === 429);
  }
  return refused;
}

// Before: 748 top-ups of 0.01 by one agent, or 998 by a system, and for a day the owner could neither withdraw nor lock the
// line (429), nor could anybody set a legal hold.
test('one credential\'s noise keeps nobody out, and what only stops something is always taken', { timeout: 180_000 }, async () => {
  const one = await victim(world);
  const closure = await open(one.customer, one.id);
  const noisy = await world.token('agent', 'noisy');
  assert.equal((await fill(noisy, one.id, 'n'))?.code, 'too-many-requests');
  assert.equal((await fill(world.system, one.id, 's'))?.code, 'too-many-requests');
  assert.equal((await attempt(world.agent.through('counter').post(`/v1/lines/${one.id}/top-ups`, { amount: yuan(1), reference: 'another clerk' }))).status, 200);
  assert.equal((await attempt(one.customer.post(`/v1/lines/${one.id}/customer-lock`, { locked: true }))).status, 200);
  assert.equal((await attempt(one.customer.post(`/v1/closures/${closure.id}/withdrawal`, {}))).status, 200);
  assert.equal((await attempt(world.admin.post(`/v1/lines/${one.id}/legal-hold`, { reference: 'Court 9' }))).status, 200);
});

// Before: the same top-up, sent again, was counted each time, so that after four of 50.00 one of 1.00 became a request; and what
// two sign was counted as what one moves.
test('a day\'s bound is spent by what moves, and by nothing else', { timeout: 180_000 }, async () => {
  const careful = await world.token('agent', 'careful');
  const [one, other] = [await victim(world), await victim(world)];
  const topUp = (line, minor, reference) => attempt(careful.post(`/v1/lines/${line}/top-ups`, { amount: yuan(minor), reference }));
  for (let i = 0; i < 15; i += 1) assert.equal((await topUp(one.id, 15_000, 'one-and-the-same')).status, 200);
  assert.equal((await topUp(other.id, 150_000, 'for two')).status, 202);
  assert.equal((await topUp(other.id, 100, 'a trifle')).status, 200);
});

// Before: 200 plans by one token in 2.4 s, all of them for whoever decides to read.
test('so many plans of one hand wait, and no more', { timeout: 180_000 }, async () => {
  const planner = await world.token('system', 'planner');
  const one = await victim(world);
  const row = (minor) => ({ subscriber: one.subscriber, line: { ...one.line, balance: yuan(minor) } });
  const all = [];
  for (let i = 0; i < 9; i += 1) all.push(await attempt(planner.post('/v1/import-plans', { rows: [row(70_000 + i)] })));
  assert.deepEqual(all.map((made) => made.status), [...Array(8).fill(201), 429], JSON.stringify(all.at(-1)));
  assert.equal((await attempt(world.admin.post('/v1/import-plans', { rows: [row(60_000)] }))).status, 201);
});
