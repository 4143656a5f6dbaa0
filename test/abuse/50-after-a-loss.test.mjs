// What was there when a line was lost, and what one hand does while it is locked; and signatures for something else than was shown (docs/rules.md R2 and R9).
//
// Seen to succeed as attacks on the program of 0b32147, against the HLR: when the owner's new phone had ended the lock, the stolen phone's session saw
// the code of a profile that had waited, and the HLR served the thief; so it did a profile that the thief had downloaded before. A stolen session,
// another agent alone or a system alone took back the replacement that two had signed, or said that it was lost, again and again. A profile that was
// asked for before the loss and signed after it unlocked the line. One that was downloaded meanwhile went to the stock by a signature that was asked
// for when nobody had it, and had a second phone. An agent alone took back what another ordered and a reviewer signed, by another address than the one
// that asks; and had their own card served on a new line that waited for the stock. This file was run there: every test fails.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { refused } from '../e2e/client.mjs';
import { countersign } from '../e2e/journey.mjs';
import { newNumber, newProfile, newSubscriber, plain } from '../e2e/people.mjs';
import { codeOf, startSmdpWorld } from '../e2e/smdp.mjs';
import { until } from '../peers/wait.mjs';
import { asked, attempt, lineOf, servedAs, serves } from './attack.mjs';

let world, counter, otherAgent;
const empty = { name: 'empty', provider_name: 'Keepline', profile_name: 'Empty', mcc_mnc: '46001', low_stock: 0 };
before(async () => {
  world = await startSmdpWorld({ peers: ['hlr', 'smsc'], types: [empty], pki: { cards: 24 } });
  counter = world.agent.through('counter');
  otherAgent = await world.token('agent', 'clerk-2');
  await world.provide(24);
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const profileOf = async (one, { iccid }) => (await lineOf(world, one)).profiles.find((each) => each.iccid === iccid);
const reported = (one, what, state) => until(async () => (await profileOf(one, what)).state === state, { what: `it to be ${state}`, timeoutMs: 60_000 });
const waiting = (client, one, not = []) => until(async () => (await client.get(`/v1/lines/${one.id}/profiles`)).body.items.find((each) => each.activation_code && !not.some(({ iccid }) => iccid === each.iccid)),
  { what: 'a profile that waits', timeoutMs: 60_000 });
const codeSeen = async (client, one, { iccid }) => (await client.get(`/v1/lines/${one.id}/profiles`)).body.items.find((each) => each.iccid === iccid)?.activation_code;
const sign = (who, one, { body }) => attempt(who.post(`/v1/lines/${one.id}/requests/${body.serial}/countersignature`));
const lost = (one, more = {}) => one.customer.through('hotline').post(`/v1/lines/${one.id}/lost`, { how: 'stolen', ...more });

async function sold(type = 'basic') {
  const subscriber = newSubscriber({ language: 'en' });
  const number = newNumber();
  await world.system.post('/v1/subscribers', subscriber);
  const { id } = (await world.agent.post('/v1/lines', { number, subscriber: subscriber.id, policy: 'cn', profile_type: type })).body;
  return { subscriber, number, id, customer: await world.as(subscriber.id) };
}

/** A line that its owner's phone serves. */
async function served() {
  const one = { ...await sold(), phone: await world.phone() };
  one.first = await waiting(one.customer, one);
  await one.phone.download(one.first.activation_code);
  await one.phone.enable(one.first.iccid);
  await serves(world, one.first.imsi, one.number);
  return one;
}

/** A further profile, asked for by that one and signed. */
async function further(one, by, not) {
  await countersign(world.second, one.id, await by.post(`/v1/lines/${one.id}/profiles`, { type: 'basic' }));
  return waiting(by, one, not);
}

/** The owner's new phone serves, which ends the lock. */
async function replaced(one, not) {
  const next = await further(one, counter, not);
  const phone = await world.phone();
  await phone.download(next.activation_code);
  await phone.enable(next.iccid);
  await serves(world, next.imsi, one.number);
  assert.equal((await lineOf(world, one)).locked_since, undefined);
  return next;
}

test('what waited at a loss is shown to no session afterwards, and its order is taken back when the lock ends', async () => {
  const one = await served();
  const second = await further(one, counter, [one.first]);
  await lost(one);
  const next = await replaced(one, [one.first, second]);
  assert.equal(await codeSeen(one.customer, one, second), undefined);
  assert.notEqual((await attempt(one.customer.get(`/v1/lines/${one.id}/profiles/${second.iccid}/activation-code.svg`))).status, 200);
  const thief = await world.phone();
  await until(async () => (await profileOf(one, second)).state === 'cancelled', { what: 'the order to be taken back', timeoutMs: 60_000 });
  await assert.rejects(thief.download(second.activation_code), 'noted down before');
  assert.equal(await servedAs(world, next.imsi), plain(one.number));
});

test('what a thief downloaded before the loss serves nobody, until two say so', async () => {
  const one = await served();
  const second = await further(one, counter, [one.first]);
  const thief = await world.phone();
  await thief.download(second.activation_code);
  await reported(one, second, 'installed');
  await lost(one, { iccid: one.first.iccid });
  const next = await replaced(one, [one.first, second]);
  await thief.enable(second.iccid);
  await reported(one, second, 'enabled');
  assert.equal((await profileOf(one, next)).serving, true);
  assert.equal(await servedAs(world, second.imsi), undefined);
  await refused(one.customer.post(`/v1/lines/${one.id}/profile-resumptions`, { iccid: second.iccid }), 'evidence-too-weak', 403);
  const resumed = await counter.post(`/v1/lines/${one.id}/profile-resumptions`, { iccid: second.iccid });
  asked(resumed, 'resume_profile');
  await countersign(world.second, one.id, resumed);  // it was the owner's tablet after all
  await thief.disable(second.iccid);
  await thief.enable(second.iccid);
  await serves(world, second.imsi, one.number);
});

test('under the lock nobody alone undoes the replacement that two signed', async () => {
  const one = await served();
  await lost(one);
  const next = await further(one, counter, [one.first]);
  const stop = (who) => who.post(`/v1/lines/${one.id}/profile-stops`, { iccid: next.iccid });
  const nobodyAlone = async () => {
    await refused(stop(one.customer), 'line-locked', 409);
    for (const who of [otherAgent, world.system]) assert.notEqual((await attempt(stop(who))).status, 200);
    await one.customer.post(`/v1/lines/${one.id}/lost`, { how: 'again' });
    for (const who of [one.customer, otherAgent, world.system])
      assert.notEqual((await attempt(who.post(`/v1/lines/${one.id}/lost`, { how: 'again', iccid: next.iccid }))).status, 200);
    assert.equal((await profileOf(one, next)).lost, false);
  };
  assert.equal((await attempt(stop(otherAgent))).body.act, 'stop_profile');
  await attempt(stop(one.customer));
  const phone = await world.phone();
  await phone.download(next.activation_code);
  await reported(one, next, 'installed');
  await nobodyAlone();
  await phone.enable(next.iccid);
  await serves(world, next.imsi, one.number);
  assert.equal((await lineOf(world, one)).locked_since, undefined);
});

test('a profile that was asked for before the loss is not signed for after it', async () => {
  const one = await served();
  const card = newProfile({ state: undefined });
  const requests = [
    await counter.post(`/v1/lines/${one.id}/profiles`, { type: 'basic' }),
    await counter.post(`/v1/lines/${one.id}/profiles`, { iccid: card.iccid, imsi: card.imsi, eid: card.eid }),
  ];
  await lost(one);
  for (const request of requests) {
    asked(request, 'further_profile');
    assert.equal((await sign(world.second, one, request)).code, 'changed-since');
  }
  assert.ok((await lineOf(world, one)).locked_since);
  await replaced(one, [one.first]);  // asked for anew, it is lawful
});

test('a signature is for the act that was shown: what was downloaded meanwhile is asked for anew', async () => {
  const [iccid] = await world.provide(1);
  const esim = (await world.system.post('/v1/esim-orders', { iccid, matching_id: 'OWN-CODE-50' })).body;
  const requests = [
    await world.agent.post(`/v1/esims/${iccid}/cancellation`, { final: 'available' }),
    await otherAgent.post(`/v1/esims/${iccid}/reset`, { matching_id: 'EVE-CODE-50' }),
  ];
  await (await world.phone()).download(codeOf(esim), { deliver: false });
  for (const { status, body } of requests) {
    assert.equal(status, 202);
    const signed = await attempt(world.reviewer.post(`/v1/esims/${iccid}/requests/${body.serial}/countersignature`));
    assert.equal(signed.code, 'changed-since');
  }
  assert.equal((await world.esim(iccid)).state, 'downloaded');
  asked(await world.agent.post(`/v1/esims/${iccid}/cancellation`, { final: 'available' }), 'reset_profile');
});

test('no other door to a cancellation: what another ordered and two signed is taken back by two', async () => {
  const one = await served();
  const second = await further(one, counter, [one.first]);
  for (const way of [`/v1/lines/${one.id}/profile-stops`, `/v1/esims/${second.iccid}/cancellation`])
    asked(await otherAgent.post(way, way.endsWith('stops') ? { iccid: second.iccid } : { final: 'available' }), 'stop_profile');
  assert.equal((await profileOf(one, second)).state, 'released');
  await counter.post(`/v1/lines/${one.id}/profile-stops`, { iccid: second.iccid });  // who ordered it made a mistake
  await until(async () => (await profileOf(one, second)).state === 'cancelled', { what: 'the order to be taken back', timeoutMs: 60_000 });
});

test("a new line's first profile, while it waits for the stock, is nobody else's card", async () => {
  const one = await sold('empty');
  const own = newProfile({ state: undefined });
  asked(await otherAgent.post(`/v1/lines/${one.id}/profiles`, { iccid: own.iccid, imsi: own.imsi, eid: own.eid }), 'further_profile');
  await attempt(otherAgent.post(`/v1/lines/${one.id}/profile-reports`, { iccid: own.iccid, state: 'enabled', eid: own.eid }));
  assert.equal((await lineOf(world, one)).status, 'ordered');
  assert.equal(await servedAs(world, own.imsi), undefined);
});
