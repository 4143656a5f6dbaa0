// Profiles that serve a line, or that somebody waits for, in the hands of one: issued twice, taken, read, stopped for good; and what an eUICC
// signed against what somebody only said.
//
// Seen to succeed as attacks on the program before (KEEPLINE_BIN of f668933): a back-office system alone put a downloaded profile back into the
// stock and installed it on a second eUICC; an agent confirmed an operator's order by naming the operator, and read the code of another one, and
// had both on a phone of theirs; an agent stopped both profiles of a line of which nobody said which serves, and it was never served again;
// another agent than the seller stopped, or cancelled, the only profile of a new line; an agent's word about another EID made the true eUICC's
// signed deletion void; a system wrote "-" over a court's reference.
// As it stands, this file was run on 3cfacd3. Seen to succeed there: an agent alone bound an operator's order to another eUICC; a word about another
// EID moved the number at once; a reference of a legal hold that nobody can read was taken. The other two cannot run there (a code on the command
// line, no address that stops a profile).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { refused } from '../e2e/client.mjs';
import { countersign, reportDeleted, sha256 } from '../e2e/journey.mjs';
import { newProfile, plain } from '../e2e/people.mjs';
import { codeOf } from '../e2e/smdp.mjs';
import { until } from '../peers/wait.mjs';
import { asked, attempt, lineOf, ordered, servedAs, startProfileWorld, victim } from './attack.mjs';

let world;
before(async () => { world = await startProfileWorld(); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });


test('a profile that left for a phone goes back to the stock by two, whoever asks', async () => {
  const one = await ordered(world);
  const phone = await world.phone();
  await phone.download(one.first.activation_code, { deliver: false });
  const path = `/v1/esims/${one.first.iccid}/cancellation`;
  for (const client of [world.agent, world.system, world.admin])
    for (const final of ['available', 'unavailable']) {
      const { status, code } = await attempt(client.post(path, { final }));
      assert.ok(status === 202 || code === 'second-person-needed', `${status} ${code}`);  // asked for once, it waits
    }
  assert.equal((await world.esim(one.first.iccid)).state, 'downloaded');
  await refused(world.system.post('/v1/esim-orders', { iccid: one.first.iccid, matching_id: 'CLONE-1' }), 'esim-taken', 409);
});

test("an operator's order is confirmed by who made it, and its code is theirs", async () => {
  const [iccid] = await world.provide(1);
  await world.system.post(`/v1/esims/${iccid}/order`, { requester: 'acme' });
  asked(await world.agent.post(`/v1/esims/${iccid}/confirmation`, { matching_id: 'EVE-1' }), 'rebind_profile');
  asked(await world.agent.post('/v1/esim-orders', { iccid, requester: 'acme', matching_id: 'EVE-2' }), 'rebind_profile');
  assert.equal((await world.esim(iccid)).state, 'allocated');
  const own = (await world.system.post('/v1/esim-orders', { iccid, requester: 'acme', matching_id: 'OWN-1' })).body;
  assert.match(codeOf(own), /OWN-1$/);
  for (const client of [world.agent, world.otherAgent, world.admin, world.reviewer]) {
    for (const way of [`/v1/esims/${iccid}`, '/v1/esims?state=released&limit=200', `/v1/esims/${iccid}/history`, `/v1/esims/${iccid}/requests`])
      assert.doesNotMatch(JSON.stringify((await attempt(client.get(way))).body ?? null), /LPA:1|OWN-1/, way);
  }
  for (const [what, body] of [['reset', { matching_id: 'EVE-3' }], ['rebinding', { eid: (await world.phone()).eid }], ['cancellation', { final: 'available' }]])
    assert.equal((await attempt(world.otherAgent.post(`/v1/esims/${iccid}/${what}`, body))).status, 202, what);
  assert.equal((await (await world.phone()).download(codeOf(own))).installed, true);
});

test('nobody alone stops what may be all that a line has; two do, and it serves again by two', async () => {
  const one = await ordered(world);
  asked(await world.otherAgent.post(`/v1/lines/${one.id}/profile-stops`, { iccid: one.first.iccid }), 'stop_profile');
  asked(await world.otherAgent.post(`/v1/esims/${one.first.iccid}/cancellation`, { final: 'unavailable' }), 'stop_profile');
  await refused(one.customer.post(`/v1/lines/${one.id}/profile-stops`, { iccid: one.first.iccid }), 'blocked', 409);
  assert.equal((await (await world.phone()).download(one.first.activation_code)).installed, true);

  const two = await victim(world, { profiles: [newProfile({ state: 'installed' }), newProfile({ state: 'installed' })] });
  const [first, second] = two.line.profiles;
  for (const { iccid } of [first, second]) asked(await world.agent.post(`/v1/lines/${two.id}/profile-stops`, { iccid }), 'stop_profile');
  // The stolen session stops one, never the last; what is stopped serves again when two say so.
  await two.customer.post(`/v1/lines/${two.id}/profile-stops`, { iccid: first.iccid });
  await refused(two.customer.post(`/v1/lines/${two.id}/profile-stops`, { iccid: second.iccid }), 'blocked', 409);
  const on = { iccid: first.iccid, state: 'enabled', eid: first.eid, sequence: 3, proof: { kind: 'signed_notification', digest: sha256('on') } };
  await world.system.post(`/v1/lines/${two.id}/profile-reports`, on);
  assert.equal(await servedAs(world, first.imsi), undefined);
  await refused(two.customer.post(`/v1/lines/${two.id}/profile-resumptions`, { iccid: first.iccid }), 'evidence-too-weak', 403);
  const again = await world.otherAgent.post(`/v1/lines/${two.id}/profile-resumptions`, { iccid: first.iccid });
  asked(again, 'resume_profile');
  await countersign(world.reviewer, two.id, again);
  await until(async () => await servedAs(world, first.imsi) === plain(two.number), { what: 'the HLR to serve it', timeoutMs: 60_000 });
});

test('a word about another eUICC takes two, and the deletion that the true one signs counts', async () => {
  const one = await victim(world);
  const [profile] = one.line.profiles;
  const lie = { iccid: profile.iccid, state: 'enabled', eid: newProfile().eid, sequence: 2 };
  for (const client of [world.agent, world.system]) asked(await client.post(`/v1/lines/${one.id}/profile-reports`, lie), 'switch_device');
  await reportDeleted(world.system, one.id, profile);
  const now = (await lineOf(world, one)).profiles.find(({ iccid }) => iccid === profile.iccid);
  assert.deepEqual([now.state, now.eid], ['deleted', profile.eid]);
});

test("another reference of a court's order takes two, and it can be read", async () => {
  const one = await victim(world);
  await world.admin.post(`/v1/lines/${one.id}/legal-hold`, { reference: 'court 7' });
  for (const reference of ['-', ' ', '\u200B', 'court 7\u200B'])
    await refused(world.system.post(`/v1/lines/${one.id}/legal-hold`, { reference }), 'invalid', 422);
  asked(await world.system.post(`/v1/lines/${one.id}/legal-hold`, { reference: 'order 8' }), 'lift_hold');
  assert.equal((await lineOf(world, one)).legal_hold, 'court 7');
});
