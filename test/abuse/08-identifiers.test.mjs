// Issue 7, item 8: one holder per identifier. An agent puts another customer's IMSI on a line of his own and reports it
// enabled; two import rows share an IMSI; an agent names an ICCID of another line. Against the real osmo-hlr.
//
// Seen to succeed as an attack on the program before (KEEPLINE_BIN of commit 4b5af17): the victim's IMSI got the agent's
// number, "lost" on the agent's line barred the victim, and the victim's journal said nothing.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from '../peers/wait.mjs';
import { refused } from '../e2e/client.mjs';
import { apply, certificateOf, countersign, eventTypes, history, reach, reportDeleted, sha256 } from '../e2e/journey.mjs';
import { newLine, newNumber, newProfile, newSubscriber, plain } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['hlr', 'vlr', 'mta', 'smsc'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const oneDevice = (over = {}) => newLine({ profiles: [newProfile()], ...over });

/** A customer whose line the HLR serves, and a line of the agent's own. */
async function victimAndThief() {
  const [victim, thief] = [oneDevice(), oneDevice()];
  const [victims, thiefs] = [await world.takeOver(newSubscriber(), victim), await world.takeOver(newSubscriber(), thief)];
  return { victim, thief, victimId: victims.id, thiefId: thiefs.id, theirs: victim.profiles[0] };
}

const servedAs = async (imsi) => (await world.hlr.info(imsi))?.msisdn;

describe('an agent wants another customer\'s identifiers', () => {
  test('the IMSI, under another ICCID: refused at once, nothing changes at the HLR, the victim\'s journal says so', async () => {
    const { victim, victimId, thiefId, theirs } = await victimAndThief();
    const wanted = newProfile({ imsi: theirs.imsi, state: 'released' });
    const refusal = await refused(world.agent.post(`/v1/lines/${thiefId}/profiles`, { iccid: wanted.iccid, imsi: wanted.imsi }), 'identifier-taken', 409);
    assert.equal(refusal.data('identifier'), 'imsi');
    assert.ok(!JSON.stringify(refusal.problem).includes(plain(victim.number)), 'whose it is, is not said');
    await refused(world.agent.post(`/v1/lines/${thiefId}/profile-reports`, { iccid: wanted.iccid, state: 'enabled' }), 'profile-unknown', 404);
    await world.agent.post(`/v1/lines/${thiefId}/lost`, { how: 'call' });
    await until(async () => (await world.hlr.info((await world.admin.get(`/v1/lines/${thiefId}`)).body.profiles[0].imsi)).nam_cs === '0', { what: 'the thief\'s own line to be barred' });
    assert.equal(await servedAs(theirs.imsi), plain(victim.number));
    assert.equal((await world.hlr.info(theirs.imsi)).nam_cs, '1');
    const noted = await until(async () => (await history(world.admin, victimId)).flatMap((entry) => entry.events).find((event) => event.type === 'identifier_contested'), { what: 'the victim\'s journal to say so' });
    assert.equal(noted.identifier, `imsi:${theirs.imsi}`);
    assert.match(world.keepline.log, /"identifier_taken"/);
    const own = await world.as((await world.admin.get(`/v1/lines/${victimId}`)).body.subscriber);
    const shown = (await history(own, victimId)).flatMap((entry) => entry.events).find((event) => event.type === 'identifier_contested');
    assert.ok(!shown?.wanted_by, 'the customer is not told whose it was to be');
  });

  test('the ICCID too, and a new line for it', async () => {
    const { thiefId, theirs } = await victimAndThief();
    await refused(world.agent.post(`/v1/lines/${thiefId}/profiles`, { iccid: theirs.iccid, imsi: theirs.imsi }), 'identifier-taken', 409);
    await refused(world.agent.post(`/v1/lines/${thiefId}/profiles`, { iccid: theirs.iccid, imsi: newProfile().imsi }), 'identifier-taken', 409);
    const subscriber = newSubscriber();
    await world.agent.post('/v1/subscribers', subscriber);
    const order = { number: newNumber(), subscriber: subscriber.id, policy: 'quick', profiles: [{ iccid: newProfile().iccid, imsi: theirs.imsi }] };
    await refused(world.agent.post('/v1/lines', order), 'identifier-taken', 409);
  });

  test('thirty at once: one gets a free IMSI, the others are refused', async () => {
    const lines = await Promise.all(Array.from({ length: 10 }, async () => (await world.takeOver(newSubscriber(), oneDevice())).id));
    const { imsi } = newProfile();
    const tries = lines.flatMap((id) => [0, 1, 2].map(() => world.agent.post(`/v1/lines/${id}/profiles`, { iccid: newProfile().iccid, imsi })
      .then((asked) => ({ id, asked }), (error) => { assert.equal(error.code, 'identifier-taken', error.message); return null; })));
    const got = (await Promise.all(tries)).filter(Boolean);
    assert.equal(got.length, 1);
    await countersign(world.reviewer, got[0].id, got[0].asked);
    const holders = await Promise.all(lines.map(async (id) => (await world.admin.get(`/v1/lines/${id}`)).body.profiles.filter((p) => p.imsi === imsi).length));
    assert.equal(holders.reduce((a, b) => a + b), 1);
  });

  test('a refused order keeps nothing: the same profile is free for the next', async () => {
    const { thiefId } = await victimAndThief();
    const profile = newProfile({ state: 'released' });
    const subscriber = newSubscriber();
    await world.agent.post('/v1/subscribers', subscriber);
    const body = { number: newNumber(), subscriber: subscriber.id, policy: 'no-such-policy', profiles: [{ iccid: profile.iccid, imsi: profile.imsi }] };
    await refused(world.agent.post('/v1/lines', body), 'policy-unknown');
    await countersign(world.reviewer, thiefId, await world.agent.post(`/v1/lines/${thiefId}/profiles`, { iccid: profile.iccid, imsi: profile.imsi }));
  });
});

describe('an import', () => {
  test('two rows with one IMSI: the first gets it', async () => {
    const [first, second] = [oneDevice(), oneDevice()];
    second.profiles[0].imsi = first.profiles[0].imsi;
    await world.takeOver(newSubscriber(), first);
    await refused(world.system.post('/v1/lines/import', { subscriber: newSubscriber(), line: second }), 'identifier-taken', 409);
    assert.equal(await servedAs(first.profiles[0].imsi), plain(first.number));
  });

  test('two rows at once: one of them', async () => {
    const rows = [oneDevice(), oneDevice()];
    rows[1].profiles[0].iccid = rows[0].profiles[0].iccid;
    const done = await Promise.allSettled(rows.map((line) => world.system.post('/v1/lines/import', { subscriber: newSubscriber(), line })));
    assert.deepEqual(done.map((one) => one.status).sort(), ['fulfilled', 'rejected']);
    assert.equal(done.find((one) => one.status === 'rejected').reason.code, 'identifier-taken');
  });
});

describe('the HLR has it otherwise than the journal', () => {
  test('an IMSI that serves another number is not moved, and both journals say so', async () => {
    const { victim, victimId } = await victimAndThief();
    const foreign = newProfile();  // Keepline has never heard of it; at the HLR it has the victim's second number
    const other = oneDevice();
    const otherId = (await world.system.post('/v1/lines/import', { subscriber: newSubscriber(), line: other })).body.id;
    await world.hlr.create(foreign.imsi, plain(other.number));
    await countersign(world.reviewer, victimId, await world.agent.post(`/v1/lines/${victimId}/profiles`, { iccid: foreign.iccid, imsi: foreign.imsi }));
    await world.system.post(`/v1/lines/${victimId}/profile-reports`, { iccid: foreign.iccid, eid: foreign.eid, state: 'enabled', sequence: 3, proof: { kind: 'signed_notification', digest: sha256('enabled') } });
    await until(async () => eventTypes(await history(world.admin, victimId)).includes('network_mismatched'), { what: 'the mismatch in its own journal' });
    assert.equal(await servedAs(foreign.imsi), plain(other.number));
    await until(async () => eventTypes(await history(world.admin, otherId)).includes('identifier_contested'), { what: 'the other journal to say so' });
    assert.match(world.keepline.log, /"hlr_mismatch"/);
    const { items } = (await world.reviewer.get('/v1/network-mismatches')).body;
    const mine = items.find((one) => one.line_id === victimId);
    assert.deepEqual([mine.mismatch, mine.wanted, mine.other], ['imsi_serves_other', 'provision', other.number]);
    assert.ok(victim.number);
  });
});

describe('a live profile moves to another line', () => {
  const held = async (id) => (await world.admin.get(`/v1/lines/${id}`)).body.profiles.map((p) => p.iccid);

  /** A customer whose phone is to have another number, and the line of that number: without a phone. */
  async function twoLines() {
    const [from, to] = [oneDevice(), oneDevice({ profiles: undefined })];
    const owner = newSubscriber();
    const a = await world.takeOver(newSubscriber(), from);
    const b = await world.takeOver(owner, to);
    return { from, to, a: a.id, b: b.id, profile: from.profiles[0], owner: await world.as(owner.id) };
  }

  test('nobody moves it alone: not an agent, not a reviewer, not the owner of either line', async () => {
    const { a, b, profile, owner, from } = await twoLines();
    const offer = { iccid: profile.iccid, to: b };
    const take = { iccid: profile.iccid };
    const victim = await world.as((await world.admin.get(`/v1/lines/${a}`)).body.subscriber);
    for (const thief of [victim, owner, world.system]) await refused(thief.post(`/v1/lines/${a}/profile-offers`, offer), 'forbidden', 403);
    const asked = await world.agent.post(`/v1/lines/${a}/profile-offers`, offer);
    assert.equal(asked.status, 202);
    assert.equal(asked.body.act, 'move_identifier');
    await refused(owner.post(`/v1/lines/${b}/profile-acceptances`, take), 'not-found', 404);
    await refused(world.agent.post(`/v1/lines/${a}/requests/${asked.body.serial}/countersignature`), 'forbidden', 403);
    const own = await world.reviewer.post(`/v1/lines/${a}/profile-offers`, { iccid: profile.iccid, to: b }).catch((error) => error);
    assert.ok([202, 409].includes(own.status), 'a reviewer only asks, too');
    if (own.status === 202) await refused(world.reviewer.post(`/v1/lines/${a}/requests/${own.body.serial}/countersignature`), 'own-application', 403);
    await countersign(world.reviewer, a, asked);
    for (const hand of [world.agent, world.reviewer]) await refused(hand.post(`/v1/lines/${b}/profile-acceptances`, take), 'own-application', 403);
    const stranger = (await world.takeOver(newSubscriber(), oneDevice())).id;
    await refused(world.second.post(`/v1/lines/${stranger}/profile-acceptances`, take), 'not-found', 404);
    await refused(world.agent.post(`/v1/lines/${b}/profiles`, { iccid: profile.iccid, imsi: profile.imsi }), 'identifier-taken', 409);
    assert.deepEqual(await held(a), [profile.iccid]);
    assert.equal(await servedAs(profile.imsi), plain(from.number));
    // Weak proof may stop it.
    await victim.post(`/v1/lines/${a}/profile-offers/withdrawal`, take);
    await refused(owner.post(`/v1/lines/${b}/profile-acceptances`, take), 'not-found', 404);
  });

  test('two of one side and the owner of the other do: the HLR, both journals, the log and the customer know', async () => {
    const { a, b, from, to, profile, owner } = await twoLines();
    await countersign(world.reviewer, a, await world.agent.post(`/v1/lines/${a}/profile-offers`, { iccid: profile.iccid, to: b }));
    await until(() => world.smsc.effects().some((sms) => sms.to === plain(from.number) && /转到另一个号码/.test(sms.text)), { what: 'the line to hear of the offer' });
    const agreed = await owner.post(`/v1/lines/${b}/profile-acceptances`, { iccid: profile.iccid });
    // Who signed the offer does not sign for the other side as well.
    await refused(world.reviewer.post(`/v1/lines/${a}/requests/${agreed.body.serial}/countersignature`), 'own-application', 403);
    await countersign(world.second, a, agreed);
    await until(async () => await servedAs(profile.imsi) === plain(to.number), { what: 'the IMSI to have the other number' });
    assert.deepEqual([await held(a), await held(b)], [[], [profile.iccid]]);
    assert.ok(eventTypes(await history(world.admin, a)).includes('profile_handed_over'));
    const came = (await history(world.admin, b)).flatMap((entry) => entry.events).find((event) => event.type === 'profile_coming');
    assert.equal(came.what.from, from.number);
    assert.match(world.keepline.log, /"profile_handed_over"/);
    const shown = (await history(owner, b)).flatMap((entry) => entry.events).find((event) => event.type === 'profile_coming');
    assert.ok(!shown.what.from, 'the customer is not told whose it was');
    // Nobody else has it on the way or afterwards, and the line that let go of it has it no more.
    await refused(world.agent.post(`/v1/lines/${a}/profiles`, { iccid: profile.iccid, imsi: profile.imsi }), 'identifier-taken', 409);
    await refused(world.agent.post(`/v1/lines/${a}/profile-reports`, { iccid: profile.iccid, state: 'enabled' }), 'profile-unknown', 404);
    await world.agent.post(`/v1/lines/${a}/lost`, { how: 'call' });
    await until(async () => (await world.hlr.info(profile.imsi)).nam_cs === '1', { what: 'the moved profile to go on having service' });
    assert.equal(await servedAs(profile.imsi), plain(to.number));
  });

  test('while it moves, ten others want it: none of them gets it', async () => {
    const { a, b, to, profile } = await twoLines();
    const others = await Promise.all(Array.from({ length: 5 }, async () => (await world.takeOver(newSubscriber(), oneDevice())).id));
    await countersign(world.reviewer, a, await world.agent.post(`/v1/lines/${a}/profile-offers`, { iccid: profile.iccid, to: b }));
    const grab = () => others.map((id) => world.agent.post(`/v1/lines/${id}/profiles`, { iccid: profile.iccid, imsi: profile.imsi })
      .then(() => id, (error) => { assert.equal(error.code, 'identifier-taken', error.message); return null; }));
    const first = grab();
    await countersign(world.admin, a, await world.second.post(`/v1/lines/${b}/profile-acceptances`, { iccid: profile.iccid }));
    const got = await Promise.all([...first, ...grab()]);
    assert.deepEqual(got.filter(Boolean), []);
    await until(async () => (await held(b)).includes(profile.iccid), { what: 'the other line to have it' });
    await until(async () => await servedAs(profile.imsi) === plain(to.number), { what: 'the IMSI to have the other number' });
  });
});

describe('a number and its identifiers go on to others', () => {
  test('after the closure the IMSI and the ICCID are free again', async () => {
    const subscriber = newSubscriber();
    const line = oneDevice();
    const { id } = await world.takeOver(subscriber, line);
    const customer = await world.as(subscriber.id);
    const closure = await apply(customer, world.smsc, { id }, line.number);
    await reach(customer, closure.id, 'unbinding');
    await reportDeleted(world.system, id, line.profiles[0]);
    await certificateOf(customer, closure.id);
    const next = oneDevice();
    next.profiles[0] = { ...newProfile(), imsi: line.profiles[0].imsi };
    await until(() => world.system.post('/v1/lines/import', { subscriber: newSubscriber(), line: next }).then((answer) => answer.status === 201, () => false), { what: 'the IMSI to be free' });
  });
});
