// A code that reached the owner's phone says that the owner was there then: not that whoever goes on with the case is the owner. And what one of the
// staff says does not keep the owner out of their own line (docs/rules.md R9).
//
// Seen to succeed as attacks on the program of 0b32147: the owner had opened a case, typed the code in and stopped; an agent alone, and a system alone,
// accepted the quote, declined the backup and submitted: approved at once, by nobody. An agent's word that the SIM was changed had closing wait seven
// more days each time; three wrong documents of his made the owner's case one of medium risk; a suspicion that he raised and a reviewer cleared made
// the next case one of high risk; sixteen worthless proofs of his pushed the owner's used code out of a lapsed line's memory.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { refused } from '../e2e/client.mjs';
import { accept, declineBackup, open, proveByOtp, read, submit } from '../e2e/journey.mjs';
import { newLine, newProfile, newSubscriber, yuan } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { until } from '../peers/wait.mjs';
import { attempt, documentOf, victim } from './attack.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['smsc'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

/** The owner opens a case, types the code in, and stops there. */
async function provedAndLeft() {
  const one = await victim(world, { policy: 'cn' });
  one.closure = await open(one.customer, one.id);
  await proveByOtp(one.customer, world.smsc, one.closure, one.number);
  return one;
}

async function finish(client, closure) {
  await accept(client, closure);
  await declineBackup(client, closure);
  return submit(client, closure);
}

for (const [name, thief] of [['an agent', () => world.agent.through('staff')], ['an agent of the hotline', () => world.agent.through('hotline')], ['a system', () => world.system]]) {
  test(`what the owner proved and did not submit is looked at by people when ${name} submits it`, async () => {
    const one = await provedAndLeft();
    await finish(thief(), one.closure);
    const now = await read(world.reviewer, one.closure.id);
    assert.deepEqual([now.stage, now.risk.level, now.look_at], ['in_review', 'low', ['anothers_code']]);
    await one.customer.post(`/v1/closures/${one.closure.id}/withdrawal`);
  });
}

test('what somebody accepted and declined for the owner is looked at, until the owner does so themself', async () => {
  const one = await provedAndLeft();
  await accept(world.agent, one.closure);
  await declineBackup(world.agent, one.closure);
  await finish(one.customer, one.closure);
  assert.deepEqual((await read(world.reviewer, one.closure.id)).look_at ?? [], []);
});

test('lawful: on the hotline the customer keys the code in, while one of the staff speaks for them', async () => {
  const one = await victim(world, { policy: 'cn' });
  const hotline = world.agent.through('hotline');
  const closure = await open(hotline, one.id);
  await proveByOtp(one.customer.through('hotline'), world.smsc, closure, one.number);
  await finish(hotline, closure);
  assert.ok(['approved', 'unbinding'].includes((await read(world.reviewer, closure.id)).stage));
});

test('an agent who says again and again that the SIM was changed has the owner wait once', async () => {
  const one = await victim(world, { policy: 'cn' });
  const said = async () => { await world.agent.post(`/v1/lines/${one.id}/sim-change`, {}); return (await world.admin.get(`/v1/lines/${one.id}`)).body.sim_changed_at; };
  const first = await said();
  assert.equal(await said(), first);
  assert.equal(await said(), first);
});

test('wrong documents of an agent, and a suspicion that people cleared, are no risk of the owner\'s', async () => {
  const one = await victim(world, { policy: 'cn' });
  const first = await open(one.customer, one.id);
  for (let i = 0; i < 3; ++i) await attempt(world.agent.post(`/v1/closures/${first.id}/evidence`, { kind: 'id_document', method: 'counter 3', passed: true, shown: `WRONG${i}` }));
  await proveByOtp(one.customer, world.smsc, first, one.number);
  const sent = await finish(one.customer, first);
  assert.equal(sent.risk.level, 'low');
  await world.agent.post(`/v1/closures/${first.id}/repudiation`, {});
  await world.reviewer.post(`/v1/closures/${first.id}/fraud-clearance`, { reason: 'the owner was here' });
  await one.customer.post(`/v1/closures/${first.id}/withdrawal`);
  assert.equal((await open(one.customer, one.id)).risk.level, 'low');
});

test('of a lapsed line nobody pushes out what its owner proved', async () => {
  const subscriber = newSubscriber({ language: 'en' });
  const line = newLine({ valid_until: new Date(Date.now() - 90 * 86_400_000 + 3000).toISOString().replace(/\.\d+Z$/, 'Z'), balance: yuan(0), profiles: [newProfile()] });
  const { id } = await world.takeOver(subscriber, line);
  const one = { subscriber, customer: await world.as(subscriber.id) };
  const { codes } = (await one.customer.post(`/v1/lines/${id}/recovery-codes`)).body;
  const closure = await open(one.customer, id);
  await one.customer.post(`/v1/closures/${closure.id}/withdrawal`);
  await until(async () => (await world.admin.get(`/v1/lines/${id}`)).body.status === 'ended', { what: 'the line to lapse', timeoutMs: 60_000 });
  await one.customer.post(`/v1/closures/${closure.id}/recovery-code`, { code: codes[0] });
  await world.system.post(`/v1/closures/${closure.id}/evidence`, { kind: 'id_document', method: 'kyc', passed: true, shown: documentOf(one) });
  const junk = (i) => world.agent.post(`/v1/closures/${closure.id}/evidence`, { kind: 'callback', method: `call ${i}`, passed: false });
  for (let i = 0; i < 8; ++i) await junk(i);
  await refused(junk(8), 'too-many-requests', 429);
  for (let i = 0; i < 16; ++i) await attempt(junk(i));
  assert.equal((await one.customer.post(`/v1/lines/${id}/reinstatement`, {})).body.status, 'active');
});
