// A payment's reference is its user's, and a request is of whoever asked and of how things were then. All of it was seen to
// succeed on the program of 0b32147: see "Before" at each test.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from '../e2e/client.mjs';
import { open, reach, read, reportDeleted } from '../e2e/journey.mjs';
import { newProfile, yuan } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { until } from '../peers/wait.mjs';
import { applies, asked, attempt, documentOf, victim } from './attack.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['hlr', 'smsc', 'bank'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const prepaid = async (one) => (await world.system.get(`/v1/lines/${one.id}/balance`)).body.prepaid.minor;
const sign = (one, serial, who = world.reviewer) => attempt(who.post(`/v1/lines/${one.id}/requests/${serial}/countersignature`));
const pays = (who, one, minor, reference) => attempt(who.post(`/v1/lines/${one.id}/payments`, { amount: yuan(minor), reference }));
const agentMadeBy = async (admin, id, more = {}) =>
  new Client(world.keepline, (await admin.post('/v1/tokens', { role: 'agent', id, person: id, ...more })).body.token);

async function ended(over = {}) {
  const one = await victim(world, over);
  const closure = await applies(world, one);
  for (const profile of one.line.profiles) await reportDeleted(world.system, one.id, profile);
  await reach(one.customer, closure.id, 'closed');
  return { ...one, closure };
}

// Before: an agent's 0.01 under the next invoice's reference, and the customer's 500.00 was answered 200 and booked nowhere; an
// administrator's charge of 0.01 swallowed the month's, one system's payment another's.
test('another caller\'s payment under the same reference is another payment', async () => {
  const one = await victim(world);
  const second = await world.token('system', 'pay-2');
  const had = await prepaid(one);
  for (const [who, minor] of [[world.agent, 1], [world.system, 50_000], [second, 9_900]])
    assert.equal((await pays(who, one, minor, 'INV-2026-0042')).status, 200);
  assert.equal(await prepaid(one), had + 1 + 50_000 + 9_900);

  const charge = (who, minor) => attempt(who.post(`/v1/lines/${one.id}/charges`, { amount: yuan(minor), what: 'use', reference: 'USE-11' }));
  assert.equal((await charge(world.admin, 1)).status, 200);
  assert.equal((await charge(world.system, 1000)).status, 200);
  assert.equal((await charge(world.system, 1000)).status, 200);
  assert.equal(await prepaid(one), had + 1 + 50_000 + 9_900 - 1 - 1000);
});

// Before: 200 for any amount, and nothing was booked.
test('the same caller\'s reference of another amount is refused with a type of its own', async () => {
  const one = await victim(world);
  const had = await prepaid(one);
  assert.equal((await pays(world.system, one, 500, 'twice')).status, 200);
  assert.equal((await pays(world.system, one, 500, 'twice')).status, 200);
  assert.equal(await prepaid(one), had + 500);
  const other = await pays(world.system, one, 501, 'twice');
  assert.deepEqual([other.status, other.code], [409, 'reference-taken']);
});

// Before: the bank's 577.00 was answered 202 with the agent's 0.01, and kept nowhere.
test('what comes to a line that has ended is kept whoever used its reference first', { timeout: 180_000 }, async () => {
  const one = await ended();
  const first = await pays(world.agent, one, 1, 'BANK-77');
  const bank = await pays(world.system, one, 57_700, 'BANK-77');
  assert.deepEqual([first.status, bank.status], [202, 202]);
  assert.equal(bank.body.amount.minor, 57_700);
  const waiting = (await world.admin.get('/v1/unclaimed-money')).body.items.filter((money) => money.line_id === one.id);
  assert.deepEqual(waiting.map((money) => money.amount.minor), [1, 57_700]);
  assert.equal((await pays(world.system, one, 57_700, 'BANK-77')).body.serial, bank.body.serial);
  assert.equal((await pays(world.system, one, 57_701, 'BANK-77')).code, 'reference-taken');
});

// Before: signed with 200, and nothing was booked.
test('a request whose reference was used meanwhile is not signed', async () => {
  const one = await victim(world);
  const wanted = await attempt(world.agent.post(`/v1/lines/${one.id}/top-ups`, { amount: yuan(900_000), reference: 'W-1' }));
  asked(wanted, 'bring_money');
  assert.equal((await attempt(world.agent.post(`/v1/lines/${one.id}/top-ups`, { amount: yuan(100), reference: 'W-1' }))).status, 200);
  assert.equal((await sign(one, wanted.body.serial)).code, 'changed-since');
});

// Before: the refund was `settled` and the owner's 450.00 gone, though the bank had sent it back.
test('what somebody asked about the bank\'s word is void once the bank has spoken', { timeout: 180_000 }, async () => {
  const one = await ended({ balance: yuan(45_000) });
  const refund = await until(async () => {
    const seen = (await read(one.customer, one.closure.id)).refund;
    return seen?.state === 'written' && seen;
  }, { what: 'a refund that is written', timeoutMs: 60_000 });
  const wanted = await attempt(world.reviewer.post(`/v1/refunds/${refund.id}/answer`, { settled: true }));
  asked(wanted, 'believe_bank');
  assert.equal(wanted.body.details.state_now, 'written');
  assert.equal((await world.system.post(`/v1/refunds/${refund.id}/answer`, { settled: false })).status, 200);
  assert.equal((await sign(one, wanted.body.serial, world.admin)).code, 'changed-since');
  assert.equal((await read(one.customer, one.closure.id)).refund.state, 'returned');
});

// Before: an agent alone had what its owner would fetch in cash paid to the account.
test('how its owner wants to be paid is not changed back by an agent alone', async () => {
  const one = await victim(world, { balance: yuan(45_000) });
  const closure = await open(one.customer, one.id);
  assert.equal((await one.customer.post(`/v1/closures/${closure.id}/payout`, { how: 'cash' })).status, 200);
  asked(await attempt(world.agent.post(`/v1/closures/${closure.id}/payout`, { how: 'account' })), 'pay_to_account');
  assert.equal((await read(one.customer, closure.id)).payout, 'cash');
});

// Before: 409 for the colleague until somebody refused the request that nobody could sign.
test('what somebody without a token asked for keeps no colleague from asking', async () => {
  const one = await victim(world);
  await world.system.post(`/v1/lines/${one.id}/port-out`, { pending: true });
  const eve = await agentMadeBy(world.keymaster, 'eve-49');
  const over = (who) => attempt(who.post(`/v1/lines/${one.id}/port-out`, { pending: false }));
  const first = await over(eve);
  asked(first, 'lift_hold');
  await world.admin.post('/v1/tokens/eve-49/revocation');
  const second = await over(world.agent);
  asked(second, 'lift_hold');
  assert.equal((await sign(one, first.body.serial)).code, 'forbidden');
  assert.equal((await sign(one, second.body.serial)).status, 200);
});

// Before: 403, though whoever asked had renewed the token in time.
test('a request is signed after its asker\'s token ran out, where they have another, and not after it was ended', async () => {
  const one = await victim(world);
  const soon = new Date(Date.now() + 4000).toISOString();
  const fay = await agentMadeBy(world.keymaster, 'fay-49', { expires_at: soon });
  const wants = (reference) => attempt(fay.post(`/v1/lines/${one.id}/top-ups`, { amount: yuan(900_000), reference }));
  const [kept, lost] = [await wants('f-1'), await wants('f-2')];
  await agentMadeBy(world.keymaster, 'fay-49');
  await until(async () => (await attempt(fay.get(`/v1/lines/${one.id}`))).status === 401, { what: 'the first token to run out', timeoutMs: 60_000 });
  assert.equal((await sign(one, kept.body.serial)).status, 200);
  await world.admin.post('/v1/tokens/fay-49/revocation');
  await agentMadeBy(world.keymaster, 'fay-49');
  assert.equal((await sign(one, lost.body.serial)).code, 'forbidden');
});

// Before: four agents that one administrator made filled the line's 32 places, and an honest one's request was 429.
test('those whom one administrator made leave half of the places to everybody else', async () => {
  const one = await victim(world);
  let waiting = 0;
  for (let who = 0; who < 4; who += 1) {
    const puppet = await agentMadeBy(world.admin, `p49-${who}`);
    for (let i = 0; i < 4; i += 1) {
      const tops = await attempt(puppet.post(`/v1/lines/${one.id}/top-ups`, { amount: yuan(900_000 + i), reference: `p-${who}-${i}` }));
      const { iccid, imsi, eid } = newProfile({ state: undefined });
      const adds = await attempt(puppet.post(`/v1/lines/${one.id}/profiles`, { iccid, imsi, eid }));
      waiting += [tops, adds].filter((answer) => answer.status === 202).length;
    }
  }
  assert.equal(waiting, 16);
  await one.customer.post(`/v1/lines/${one.id}/lost`, { how: 'call' });
  const evidence = [{ kind: 'id_document', method: 'counter', shown: documentOf(one) }, { kind: 'staff_sighting', method: 'counter' }];
  asked(await attempt(world.agent.through('counter').post(`/v1/lines/${one.id}/found`, { evidence })), 'unlock_line');
});
