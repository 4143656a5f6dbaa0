// Issue 7, item 11. A clerk alone, no customer present; a billing system's token alone.
// Seen to succeed as attacks on 4b5af17: ABUSE_OLD_SOURCE=(its source) KEEPLINE_BIN=(its binary).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sleep } from '../peers/wait.mjs';
import { open, sha256 } from '../e2e/journey.mjs';
import { startWorld } from '../e2e/world.mjs';
import { applies, attempt, documentOf, victim } from './attack.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['hlr', 'smsc', 'bank'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const caseOf = async (one, closure) => (await one.customer.get(`/v1/closures/${closure.id}`)).body;
const lineOf = async (one) => (await one.customer.get(`/v1/lines/${one.id}`)).body;
const ownWord = (one) => [
  { kind: 'id_document', method: 'counter 12', shown: documentOf(one) }, { kind: 'staff_sighting', method: 'counter 12' },
];

test('one clerk cannot close a stranger\'s line and have the money paid to himself', async () => {
  const one = await victim(world);
  const clerk = world.agent.through('counter');
  const closure = await open(clerk, one.id);
  await attempt(clerk.post(`/v1/closures/${closure.id}/quote-acceptance`, { quote: closure.quote.number }));
  await attempt(clerk.post(`/v1/closures/${closure.id}/backup-refusal`));
  for (const shown of ownWord(one)) await attempt(clerk.post(`/v1/closures/${closure.id}/evidence`, { ...shown, passed: true }));
  await attempt(clerk.post(`/v1/closures/${closure.id}/submission`));
  await attempt(clerk.post(`/v1/subscribers/${one.subscriber.id}/contacts`, {
    contacts: one.subscriber.contacts, refund: { iban: '6222029999999999992', holder: 'The Clerk' },
  }));
  for (const profile of one.line.profiles) {
    await attempt(clerk.post(`/v1/lines/${one.id}/profile-reports`, { iccid: profile.iccid, state: 'deleted', eid: profile.eid }));
    await attempt(clerk.post(`/v1/closures/${closure.id}/write-offs`, { iccid: profile.iccid, why: 'gone' }));
  }
  await sleep(500);  // whatever would happen by itself has had its time
  const now = await caseOf(one, closure);
  assert.equal(now.stage, 'in_review', 'somebody else has to look at it');
  assert.deepEqual((await world.agent.get(`/v1/closures/${closure.id}`)).body.look_at.slice(0, 1), ['self_attested']);
  assert.equal(world.bank.effects().length, 0, 'nothing was paid');
  assert.deepEqual((await lineOf(one)).profiles.map((each) => each.state), ['enabled', 'disabled']);
});

test('one clerk cannot unlock a line that was locked as lost', async () => {
  const one = await victim(world);
  await one.customer.post(`/v1/lines/${one.id}/lost`, { how: 'call' });
  await attempt(world.agent.through('counter').post(`/v1/lines/${one.id}/found`, { evidence: ownWord(one) }));
  assert.ok((await lineOf(one)).locked_since);
});

test('one clerk cannot take the customer\'s lock off', async () => {
  const one = await victim(world);
  await one.customer.post(`/v1/lines/${one.id}/customer-lock`, { locked: true });
  await attempt(world.agent.post(`/v1/lines/${one.id}/customer-lock`, { locked: false, evidence: ownWord(one) }));
  await attempt(world.agent.post(`/v1/lines/${one.id}/customer-lock`, { locked: false }));
  assert.equal((await lineOf(one)).customer_lock, true);
});

test('one clerk cannot take a device out of a closure', async () => {
  const one = await victim(world);
  const closure = await applies(world, one);
  for (const { iccid, eid } of one.line.profiles) {
    await attempt(world.agent.post(`/v1/lines/${one.id}/profile-reports`, { iccid, eid, state: 'deleted' }));
    await attempt(world.agent.post(`/v1/closures/${closure.id}/write-offs`, { iccid, why: 'gone' }));
  }
  assert.equal((await caseOf(one, closure)).stage, 'unbinding');
});

test('a billing system\'s token alone cannot fake an eUICC\'s signature', async () => {
  const one = await victim(world);
  const closure = await applies(world, one);
  const crm = await world.token('system', 'crm');  // no notifier of the configuration
  for (const { iccid, eid } of one.line.profiles) {
    const said = { iccid, eid, state: 'deleted', sequence: 9 };
    await attempt(crm.post(`/v1/lines/${one.id}/profile-reports`, { ...said, proof: { kind: 'signed_notification', digest: sha256('anything') } }));
    await attempt(crm.post(`/v1/lines/${one.id}/profile-reports`, { ...said, proof: { kind: 'report', digest: sha256('anything') } }));
    await attempt(crm.post(`/v1/lines/${one.id}/profile-reports`, said));
  }
  const now = await caseOf(one, closure);
  assert.equal(now.stage, 'unbinding');
  assert.deepEqual(now.profiles.map((each) => each.state), ['enabled', 'disabled']);
});

test('a clerk cannot sign what he asked for, nor anybody twice', async () => {
  const one = await victim(world);
  await one.customer.post(`/v1/lines/${one.id}/lost`, { how: 'call' });
  const asked = await attempt(world.agent.through('counter').post(`/v1/lines/${one.id}/found`, { evidence: ownWord(one) }));
  assert.equal(asked.status, 202, 'it became a request');
  const sign = (who) => attempt(who.post(`/v1/lines/${one.id}/requests/${asked.body.serial}/countersignature`));
  assert.equal((await sign(world.agent)).code, 'forbidden');
  assert.equal((await sign(await world.token('reviewer', 'clerk'))).code, 'own-application', 'another token of the same person');
  const listed = (await world.reviewer.get(`/v1/lines/${one.id}/requests`)).body.items;
  assert.deepEqual([listed.length, listed[0].act, listed[0].by.id, listed[0].may_sign], [1, 'unlock_line', 'clerk', true]);
  assert.equal((await sign(world.reviewer)).body.state, 'countersigned');
  assert.equal((await lineOf(one)).locked_since, undefined);
  assert.equal((await sign(world.second)).code, 'closure-stage');
});
