// A request that waits is signed after what it was about has changed; and one person's weak word or many small acts end a line, or keep everybody
// else from acting. Seen to succeed on 0b32147: a signature for the last loss unlocked the next one; one for another owner's order put a thief's
// activation code on a line; `lost` while unbinding closed the case at once; an agent filled the places of proof and of openings of a line.
// That a phone is switched off and on is of later: seen to fail on a program where every report counts as a change (`changed-since`).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { countersign, open, read, reach, reportDeleted, sha256 } from '../e2e/journey.mjs';
import { newNumber, newProfile, newSubscriber, yuan } from '../e2e/people.mjs';
import { startSmdpWorld } from '../e2e/smdp.mjs';
import { until } from '../peers/wait.mjs';
import { applies, asked, attempt, documentOf, lineOf, victim } from './attack.mjs';

let world;
const solo = { name: 'solo', provider_name: 'Keepline', profile_name: 'Solo', mcc_mnc: '46001', low_stock: 0 };
before(async () => { world = await startSmdpWorld({ peers: ['hlr', 'smsc', 'bank'], types: [solo] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const counter = () => world.agent.through('counter');
const documents = (one) => [
  { kind: 'id_document', method: 'counter 3', shown: documentOf(one) },
  { kind: 'staff_sighting', method: 'counter 3' },
];
const sign = (who, one, { body }) => attempt(who.post(`/v1/lines/${one.id}/requests/${body.serial}/countersignature`));

test('what was signed for the last loss does not unlock the next', async () => {
  const one = await victim(world);
  const other = await world.token('agent', 'clerk-2');
  await one.customer.post(`/v1/lines/${one.id}/lost`, { how: 'left in a taxi' });
  const first = await counter().post(`/v1/lines/${one.id}/found`, { evidence: documents(one) });
  const stale = await other.through('counter').post(`/v1/lines/${one.id}/found`, { evidence: documents(one) });
  await countersign(world.reviewer, one.id, first);
  assert.equal((await lineOf(world, one)).locked_since, undefined);
  await one.customer.post(`/v1/lines/${one.id}/lost`, { how: 'stolen' });
  assert.equal((await sign(world.second, one, stale)).code, 'changed-since');
  assert.ok((await lineOf(world, one)).locked_since);
});

test('nor do a hold, a port-out or a write-off of then', async () => {
  const one = await victim(world);
  const hold = (who, reference) => who.post(`/v1/lines/${one.id}/legal-hold`, reference ? { reference } : {});
  await hold(world.system, 'Court A 123');
  const [lifted, replaced] = [await hold(world.admin), await hold(world.keymaster, 'Court B 999')];
  await countersign(world.admin, one.id, replaced);
  assert.equal((await sign(world.reviewer, one, lifted)).code, 'changed-since', 'Court A was asked about');

  const ported = await victim(world);
  const port = (who, pending) => who.post(`/v1/lines/${ported.id}/port-out`, { pending });
  await port(world.system, true);
  const over = await port(world.agent, false);
  await port(world.system, false);
  await port(world.system, true);
  assert.equal((await sign(world.second, ported, over)).code, 'changed-since');

  const closing = await victim(world);
  const begin = async () => reach(closing.customer, (await applies(world, closing)).id, 'unbinding');
  const before = await begin();
  const [{ iccid }] = closing.line.profiles;
  const off = await world.agent.post(`/v1/closures/${before.id}/write-offs`, { iccid, why: 'crushed' });
  await closing.customer.post(`/v1/closures/${before.id}/withdrawal`);
  const now = await begin();
  assert.equal((await sign(world.reviewer, closing, off)).code, 'changed-since');
  assert.equal((await read(closing.customer, now.id)).stage, 'unbinding');
});

test('who holds the phone voids no request by switching it off and on; that it went to another phone does', async () => {
  const one = await victim(world, { profiles: [newProfile(), newProfile({ state: 'disabled' })] });
  const [serving, stopped] = one.line.profiles;
  const says = ({ iccid, eid }, state, sequence) => world.system.post(`/v1/lines/${one.id}/profile-reports`,
    { iccid, state, eid, sequence, proof: { kind: 'signed_notification', digest: sha256(`${iccid} ${state} ${sequence}`) } });
  const resume = async (who) => {
    const wanted = await who.post(`/v1/lines/${one.id}/profile-resumptions`, { iccid: stopped.iccid });
    asked(wanted, 'resume_profile');
    return wanted;
  };
  const stop = () => one.customer.post(`/v1/lines/${one.id}/profile-stops`, { iccid: stopped.iccid });
  await stop();
  const wanted = await resume(world.agent);
  for (const [state, other, sequence] of [['enabled', 'disabled', 3], ['disabled', 'enabled', 4], ['enabled', 'disabled', 5]]) {
    await says(stopped, state, sequence);
    await says(serving, other, sequence);
  }
  await countersign(world.reviewer, one.id, wanted);
  assert.equal((await world.agent.post(`/v1/lines/${one.id}/profile-resumptions`, { iccid: stopped.iccid })).status, 200, 'it is stopped no more');

  await says(serving, 'enabled', 6);
  await stop();
  const stale = await resume(world.agent);
  await says({ ...stopped, eid: newProfile().eid }, 'installed', 7);
  assert.equal((await sign(world.reviewer, one, stale)).code, 'changed-since');
});

test('a refund goes to the account that was asked for, or is asked for anew', async () => {
  const one = await victim(world, { balance: yuan(44_400) });
  const closure = await applies(world, one);
  for (const profile of one.line.profiles) await reportDeleted(world.system, one.id, profile);
  await reach(one.customer, closure.id, 'closed');
  const { refund } = await until(async () => {
    const now = await read(one.customer, closure.id);
    return now.refund?.state === 'written' && now;
  }, { what: 'the refund to be written' });
  await world.system.post(`/v1/refunds/${refund.id}/answer`, { settled: false });
  const changes = async () => JSON.stringify((await world.admin.get(`/v1/lines/${one.id}/history?limit=200`)).body).split('"account_changed":true').length;
  const name = async (iban, holder) => {
    const before = await changes();
    await one.customer.post(`/v1/subscribers/${one.subscriber.id}/refund-account`, { iban, holder });
    await until(async () => (await changes()) > before, { what: 'the line to hear of the account' });
  };
  await name('6222020000000000018', 'Avery Quinn');
  const asked = await counter().post(`/v1/lines/${one.id}/refund-orders`, { evidence: documents(one) });
  assert.equal(asked.status, 202);
  const thief = '6222029999999990009';
  await name(thief, 'A Thief');
  assert.equal((await sign(world.reviewer, one, asked)).code, 'changed-since');
  assert.notEqual((await read(one.customer, closure.id)).refund.state, 'held');
  assert.deepEqual(world.bank.effects().filter((paid) => paid.account === thief), []);
});

test('a code that was asked for another order opens nothing of the line that has the profile now', async () => {
  const [iccid] = await world.provide(1, { type: 'solo' });
  await world.system.post('/v1/esim-orders', { iccid, requester: 'acme', matching_id: 'OWN-9' });
  const asked = await world.agent.post(`/v1/esims/${iccid}/reset`, { matching_id: 'EVE-9' });
  assert.equal(asked.status, 202);
  await world.system.post(`/v1/esims/${iccid}/cancellation`, { final: 'available' });
  const subscriber = newSubscriber({ language: 'en' });
  await world.system.post('/v1/subscribers', subscriber);
  const { body: line } = await world.system.post('/v1/lines', { number: newNumber(), subscriber: subscriber.id, policy: 'quick', profile_type: 'solo' });
  const customer = await world.as(subscriber.id);
  const codeOf = async () => (await customer.get(`/v1/lines/${line.id}/profiles`)).body.items.find((one) => one.activation_code);
  const { activation_code: code } = await until(codeOf, { what: 'the profile', timeoutMs: 60_000 });
  assert.equal((await attempt(world.reviewer.post(`/v1/esims/${iccid}/requests/${asked.body.serial}/countersignature`))).code, 'changed-since');
  assert.equal((await codeOf()).activation_code, code);
});

test('`lost` while a case unbinds locks, and ends nothing', async () => {
  for (const who of [(one) => one.customer, () => world.agent, () => world.system]) {
    const one = await victim(world);
    const closure = await reach(one.customer, (await applies(world, one)).id, 'unbinding');
    await who(one).post(`/v1/lines/${one.id}/lost`, { how: 'so it is said' });
    assert.ok((await lineOf(world, one)).locked_since);
    const now = await read(one.customer, closure.id);
    assert.deepEqual([now.stage, now.may_withdraw ?? true], ['unbinding', true]);
    await one.customer.post(`/v1/closures/${closure.id}/withdrawal`);
  }
});

test('one person does not use up what others need: proofs, openings, codes', async () => {
  const one = await victim(world, { policy: 'cn' });
  let begun = 0;
  for (; begun < 40; ++begun) {
    const opened = await attempt(world.agent.post(`/v1/lines/${one.id}/closures`, { reason: 'not_needed' }));
    if (opened.code) break;
    await world.agent.post(`/v1/closures/${opened.body.id}/withdrawal`);
  }
  assert.ok(begun < 40, 'openings have an end');
  const closure = await open(one.customer, one.id);
  let noted = 0;
  while (noted < 40 && !(await attempt(counter().post(`/v1/closures/${closure.id}/evidence`, { kind: 'callback', method: `call ${noted}`, passed: false }))).code) ++noted;
  assert.ok(noted < 40, 'proofs have an end');
  let codes = 0;
  const ask = (who) => attempt(who.post(`/v1/closures/${closure.id}/otps`, { contact: 'line' }));
  const seen = await victim(world);
  const mine = await open(seen.customer, seen.id);
  for (; codes < 200; ++codes) if ((await attempt(world.agent.post(`/v1/closures/${mine.id}/otps`, { contact: 'line' }))).code) break;
  assert.ok(codes < 200, 'codes have an end');
  assert.equal((await ask(one.customer)).code, undefined);
  assert.equal((await attempt(seen.customer.post(`/v1/closures/${mine.id}/otps`, { contact: 'line' }))).code, undefined);
});
