// Money that was looked at once and paid as something else: what came after a case was submitted, what leaving costs by another formula than the one
// that is charged, a detachment that showed no price and rested on none, a day's bound that one could spend for everybody. Seen to succeed on the
// program of 79883ca: 900,012.34 paid out at low risk with no approvals, brought by the BSS token after the submission; 450.00 paid instead of 50.00
// and 50.00 instead of 450.00, by an administrator alone who moved a contract's end or made its months a fee; a detachment of 250.00 signed for
// 7,000.00; a colleague's 1.00 that waited for two, because another agent of the same maker had brought 2,000.00. 16 detachments of 199.00 by one
// agent went past the day's bound of 2,000.00 (mended before this file was written). As it stands, this file was run on 0b32147: what leaving costs,
// detachments and days succeed there; what ends a line cannot run there (no notifier), and was seen in the attackers' own script.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from '../e2e/client.mjs';
import { countersign, reach, read, reportDeleted } from '../e2e/journey.mjs';
import { daysFromNow, yuan } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { until } from '../peers/wait.mjs';
import { applies, asked, attempt, victim } from './attack.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['hlr', 'smsc', 'bank'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const day = (n) => daysFromNow(n).slice(0, 10);
const paidTo = (one) => world.bank.effects().filter((order) => order.account === one.subscriber.person.refund_iban).map((order) => order.amountMinor);
const topUp = (client, one, minor, reference) => attempt(client.post(`/v1/lines/${one.id}/top-ups`, { amount: yuan(minor), reference }));
const unclaimed = async (one) => (await world.admin.get('/v1/unclaimed-money')).body.items.filter((item) => item.line_id === one.id);
const setContract = (client, one, contract) => attempt(client.post(`/v1/lines/${one.id}/contract`, contract ? { contract } : {}));

/** What is left of a case that was submitted; the refunds that were paid by then. */
async function finish(one, closure) {
  for (const profile of one.line.profiles) await reportDeleted(world.system, one.id, profile);
  await reach(one.customer, closure.id, 'closed');
  await until(() => paidTo(one).length > 0, { what: 'a refund', timeoutMs: 60_000 });
  return paidTo(one);
}

test('what comes after the submission is paid when two have looked, and the owner\'s own at once', async () => {
  const one = await victim(world);
  const closure = await applies(world, one);
  assert.equal((await topUp(world.system, one, 90_000_000, 'late')).status, 200);
  assert.deepEqual(await finish(one, closure), [1234]);
  const [late] = await unclaimed(one);
  assert.deepEqual([late.why, late.amount.minor], ['brought_late', 90_000_000]);
  const back = await attempt(world.agent.post(`/v1/lines/${one.id}/unclaimed-money/${late.serial}/return`, { to: 'owner' }));
  asked(back, 'return_money');
  assert.deepEqual(paidTo(one), [1234]);
  await countersign(world.reviewer, one.id, back);
  await until(() => paidTo(one).length > 1, { what: 'the rest', timeoutMs: 60_000 });
  assert.deepEqual(paidTo(one), [1234, 90_000_000]);
});

test('nor is what an agent brings after the submission, in as many steps as they like', async () => {
  const one = await victim(world);
  const closure = await applies(world, one);
  const other = await world.token('agent', 'clerk-late');
  for (const [i, who] of [world.agent, other].entries()) assert.equal((await topUp(who, one, 9_999, `late-${i}`)).status, 200);
  assert.deepEqual(await finish(one, closure), [1234]);
  assert.deepEqual((await unclaimed(one)).map((item) => item.amount.minor), [19_998]);
});

test('a little that comes late is paid with the rest, and so is what two brought', async () => {
  const little = await victim(world);
  const first = await applies(world, little);
  assert.equal((await topUp(world.agent, little, 500, 'little')).status, 200);
  assert.deepEqual(await finish(little, first), [1734]);
  const much = await victim(world);
  const second = await applies(world, much);
  await countersign(world.reviewer, much.id, await topUp(world.agent, much, 50_000, 'much'));
  assert.deepEqual(await finish(much, second), [51_234]);
});

test('what leaving costs is changed by two, whichever way and by whichever part of it', async () => {
  const fee = { document: 'x', monthly: yuan(0), fixed_fee: yuan(40_000), ends: day(300) };
  const months = { document: 'x', monthly: yuan(4_000), fixed_fee: yuan(0), ends: day(300) };
  const tried = async (before, after, act) => {
    const one = await victim(world, { balance: yuan(45_000), contract: before });
    const quoted = async () => (await one.customer.get(`/v1/lines/${one.id}/eligibility`)).body.to_refund;
    const was = await quoted();
    asked(await setContract(world.admin, one, after), act);
    assert.deepEqual(await quoted(), was);
  };
  await tried(fee, { ...fee, ends: day(-2) }, 'bring_money');
  await tried(fee, { ...fee, ends: day(30) }, 'bring_money');
  await tried(fee, undefined, 'bring_money');
  await tried(fee, months, 'bring_money');
  await tried(months, fee, 'take_money');
  await tried({ ...fee, ends: day(-2) }, fee, 'take_money');
});

test('nor by an import, but with a plan; and what is changed is a fact of risk', async () => {
  const contract = { document: 'x', monthly: yuan(0), fixed_fee: yuan(40_000), ends: day(300) };
  const one = await victim(world, { balance: yuan(45_000), contract });
  const update = (fixed_fee, ends) => attempt(world.system.post('/v1/lines/import', { subscriber: one.subscriber, line: { ...one.line, contract: { ...contract, fixed_fee, ends } }, update: true }));
  assert.equal((await update(yuan(40_000), day(-2))).code, 'plan-wanted');
  assert.equal((await update(yuan(25_000), day(300))).status, 200);
  const { id } = (await one.customer.post(`/v1/lines/${one.id}/closures`, { reason: 'not_needed' })).body;
  assert.ok((await world.reviewer.get(`/v1/closures/${id}`)).body.risk.facts.includes('money_brought'));
});

test('a detachment is signed at the price that it was asked about, which is shown', async () => {
  const products = [{ id: 'bb', kind: 'broadband', detach_price: yuan(25_000) }];
  const one = await victim(world, { balance: yuan(900_000), products });
  const wanted = await attempt(world.agent.post(`/v1/lines/${one.id}/products/bb/detachment`, {}));
  asked(wanted, 'bring_money');
  assert.deepEqual(wanted.body.details.leaving_costs_less, yuan(25_000));
  assert.equal((await attempt(world.system.post(`/v1/lines/${one.id}/products`, { ...products[0], detach_price: yuan(700_000) }))).status, 200);
  const signed = await attempt(world.reviewer.post(`/v1/lines/${one.id}/requests/${wanted.body.serial}/countersignature`));
  assert.equal(signed.code, 'changed-since');
  assert.equal((await world.admin.get(`/v1/lines/${one.id}`)).body.products.length, 1);
});

test('leaving is made cheaper by one person within a day no further than money is brought', async () => {
  const products = [{ id: 'bb', kind: 'broadband', detach_price: yuan(19_900) }];
  const who = await world.token('agent', 'detacher');
  let moved = 0;
  for (let i = 0; i < 12; i += 1) {
    const one = await victim(world, { products });
    if ((await attempt(who.post(`/v1/lines/${one.id}/products/bb/detachment`, {}))).status === 200) moved += 19_900;
  }
  assert.equal(moved, 199_000);
});

test('nobody spends a colleague\'s day, nor their maker\'s, and nobody makes themself more than a few', async () => {
  const chief = await world.token('admin', 'maker-of-many');
  const made = async (id) => new Client(world.keepline, (await chief.post('/v1/tokens', { role: 'agent', id, person: id })).body.token);
  const spends = async (who, name) => {
    let sum = 0;
    for (let i = 0; i < 11; i += 1) if ((await topUp(who, await victim(world), 20_000, `${name}-${i}`)).status === 200) sum += 20_000;
    return sum;
  };
  assert.equal(await spends(await made('made-0'), 'made-0'), 200_000);
  const colleague = await made('made-1');
  assert.equal((await topUp(colleague, await victim(world), 100, 'colleague')).status, 200);
  assert.equal((await topUp(chief, await victim(world), 100, 'maker')).status, 200);
  let all = 200_100;
  for (let i = 2; i < 7; i += 1) all += await spends(await made(`made-${i}`), `made-${i}`);
  assert.ok(all <= 1_000_000, `${all}`);
  assert.ok(all > 600_000, `${all}`); // who made their maker has such a sum as well, and the tests before were of theirs
});
