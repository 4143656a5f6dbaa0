// A line that is locked as lost moves to nobody's phone but the one that its owner is given for it, on proof or by two (docs/rules.md R2 and R9).
//
// Seen to succeed as attacks on the program of 0b32147, against the HLR: with a stolen session the thief read the code of a profile that waited,
// downloaded it under the lock and switched it on; when the owner had found the first phone, the HLR served the thief's. A line that lapsed while it
// was locked came back without its lock, and an agent's unsigned word had the HLR serve the stolen phone. And lawful work that was not possible: a new
// eSIM at the counter for a stolen phone (409 line-locked: the only way was to say that it had been found); `found` of another profile answered 200
// and did nothing; the same ask three times was three requests.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { refused } from '../e2e/client.mjs';
import { countersign, open } from '../e2e/journey.mjs';
import { newLine, newNumber, newProfile, newSubscriber, yuan } from '../e2e/people.mjs';
import { startSmdpWorld } from '../e2e/smdp.mjs';
import { until } from '../peers/wait.mjs';
import { attempt, documentOf, lineOf, servedAs, serves, victim } from './attack.mjs';

let world, counter;
before(async () => {
  world = await startSmdpWorld({ peers: ['hlr', 'smsc'], pki: { cards: 12 } });
  counter = world.agent.through('counter');
  await world.provide(12);
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const profileOf = async (one, iccid) => (await lineOf(world, one)).profiles.find((each) => each.iccid === iccid);
const waiting = (client, one, not = []) => until(async () => (await client.get(`/v1/lines/${one.id}/profiles`)).body.items.find((each) => each.activation_code && !not.includes(each.iccid)),
  { what: 'a profile that waits', timeoutMs: 60_000 });
const atCounter = (one) => [{ kind: 'id_document', method: 'counter 3', shown: documentOf(one) }, { kind: 'staff_sighting', method: 'counter 3' }];
const found = (one, more = {}) => attempt(counter.post(`/v1/lines/${one.id}/found`, { evidence: atCounter(one), ...more }));

/** A line that its owner's phone serves. */
async function served() {
  const subscriber = newSubscriber({ language: 'en' });
  const number = newNumber();
  await world.system.post('/v1/subscribers', subscriber);
  const { id } = (await world.agent.post('/v1/lines', { number, subscriber: subscriber.id, policy: 'cn', profile_type: 'basic' })).body;
  const one = { subscriber, number, id, customer: await world.as(subscriber.id), phone: await world.phone() };
  one.first = await waiting(one.customer, one);
  await one.phone.download(one.first.activation_code);
  await one.phone.enable(one.first.iccid);
  await serves(world, one.first.imsi, number);
  return one;
}
const lost = (one) => one.customer.through('hotline').post(`/v1/lines/${one.id}/lost`, { how: 'stolen' });

test('what waited for its download is shown to no session, and downloaded for nothing', async () => {
  const one = await served();
  await countersign(world.second, one.id, await world.agent.post(`/v1/lines/${one.id}/profiles`, { type: 'basic' }));
  const second = await waiting(one.customer, one, [one.first.iccid]);
  await lost(one);
  const thief = await world.as(one.subscriber.id);
  const seen = (await thief.get(`/v1/lines/${one.id}/profiles`)).body.items.find((each) => each.iccid === second.iccid);
  assert.equal(seen.activation_code, undefined);
  await refused(thief.get(`/v1/lines/${one.id}/profiles/${second.iccid}/activation-code.svg`), 'line-locked', 409);
  const phone = await world.phone();
  await phone.download(second.activation_code);  // noted down before
  await phone.enable(second.iccid);
  await until(async () => (await profileOf(one, second.iccid)).state === 'enabled', { what: 'the report', timeoutMs: 60_000 });
  assert.equal((await profileOf(one, one.first.iccid)).serving, true, 'nothing has moved');
  const asked = await found(one);
  assert.equal(asked.body.details.serves_then, one.first.iccid, 'who signs reads which phone has service then');
  await countersign(world.second, one.id, asked);
  await serves(world, one.first.imsi, one.number);
  assert.equal(await servedAs(world, second.imsi), undefined);
});

test('lawful: a stolen phone, and a new eSIM at the counter; the lost one serves never again', async () => {
  const one = await served();
  await lost(one);
  await countersign(world.second, one.id, await counter.post(`/v1/lines/${one.id}/profiles`, { type: 'basic' }));
  const next = await waiting(counter, one, [one.first.iccid]);
  const thief = await world.as(one.subscriber.id);
  const seen = (await thief.get(`/v1/lines/${one.id}/profiles`)).body.items.find((each) => each.iccid === next.iccid);
  assert.equal(seen.activation_code, undefined, 'the session may be in the stolen phone');
  const phone = await world.phone();
  await phone.download(next.activation_code);
  assert.ok((await lineOf(world, one)).locked_since);
  await phone.enable(next.iccid);
  await serves(world, next.imsi, one.number);
  assert.equal((await lineOf(world, one)).locked_since, undefined);
  await one.phone.disable(one.first.iccid);
  await one.phone.enable(one.first.iccid);
  await until(async () => (await profileOf(one, one.first.iccid)).state === 'enabled', { what: 'the report', timeoutMs: 60_000 });
  assert.equal((await profileOf(one, next.iccid)).serving, true);
  assert.equal(await servedAs(world, one.first.imsi), undefined);
});

test('a line that lapsed while it was locked comes back locked', async () => {
  const subscriber = newSubscriber({ language: 'en' });
  const line = newLine({ valid_until: new Date(Date.now() - 90 * 86_400_000 + 4000).toISOString().replace(/\.\d+Z$/, 'Z'), balance: yuan(0), profiles: [newProfile()] });
  const [stolen] = line.profiles;
  const { id } = await world.takeOver(subscriber, line);
  const one = { subscriber, id, customer: await world.as(subscriber.id) };
  const closure = await open(one.customer, id);
  await one.customer.post(`/v1/closures/${closure.id}/withdrawal`);
  await lost(one);
  await until(async () => (await lineOf(world, one)).status === 'ended', { what: 'the line to lapse', timeoutMs: 60_000 });
  for (const proof of atCounter(one)) await counter.post(`/v1/closures/${closure.id}/evidence`, { passed: true, ...proof });
  await countersign(world.reviewer, id, await counter.post(`/v1/lines/${id}/reinstatement`, {}));
  assert.ok((await lineOf(world, one)).locked_since);
  for (const state of ['disabled', 'enabled']) await attempt(world.agent.post(`/v1/lines/${id}/profile-reports`, { iccid: stolen.iccid, state, eid: stolen.eid }));
  assert.equal(await servedAs(world, stolen.imsi), undefined);
  await countersign(world.reviewer, id, await found(one));
  await serves(world, stolen.imsi, line.number);
});

test('what is not lost is not found, and the same ask is one request', async () => {
  const one = await victim(world);
  const [first, second] = one.line.profiles;
  await one.customer.post(`/v1/lines/${one.id}/lost`, { how: 'taxi', iccid: first.iccid });
  const other = await found(one, { iccid: second.iccid });
  assert.deepEqual([other.status, other.code], [409, 'blocked']);
  const asked = await found(one);
  assert.equal(asked.status, 202);
  for (let i = 0; i < 2; ++i) assert.equal((await found(one)).code, 'second-person-needed');
  assert.equal((await world.reviewer.get(`/v1/lines/${one.id}/requests`)).body.items.length, 1);
});
