// A number is taken by a profile: ordered on somebody's line, turned to another device, or brought from elsewhere, by one token of any kind.
//
// Seen to succeed as attacks on the program before (KEEPLINE_BIN=/…/keepline of 3cfacd3): one agent, one back-office system, or two agents ordered
// a further profile on a served line, read its activation code and had the number on a phone of theirs, which the HLR then served; an
// administrator read the code of a new line's first profile, and turned the order to another eUICC; a foreign profile and an unsigned report took
// a number of which nobody knew what served it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { refused } from '../e2e/client.mjs';
import { countersign, eventTypes, history } from '../e2e/journey.mjs';
import { contactOf, newLine, newNumber, newProfile, newSubscriber, plain } from '../e2e/people.mjs';
import { startSmdpWorld } from '../e2e/smdp.mjs';
import { until } from '../peers/wait.mjs';
import { attempt, documentOf, servedAs } from './attack.mjs';

let world, otherAgent;
before(async () => {
  world = await startSmdpWorld({ peers: ['hlr', 'smsc', 'webhook'], pki: { cards: 24 } });
  otherAgent = await world.token('agent', 'clerk-2');
  await world.provide(30);
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const everybody = () => [world.agent, otherAgent, world.system, world.admin, world.reviewer];
const profilesOf = async (client, one) => (await attempt(client.get(`/v1/lines/${one.id}/profiles`))).body?.items ?? [];
const waiting = (client, one, not = []) => until(async () => (await profilesOf(client, one)).find((each) => each.activation_code && !not.includes(each.iccid)),
  { what: 'a profile that waits', timeoutMs: 60_000 });

/** A new line whose first profile waits for its download. */
async function ordered() {
  const subscriber = newSubscriber({ language: 'en' });
  const number = newNumber();
  await world.system.post('/v1/subscribers', subscriber);
  const { id } = (await world.agent.post('/v1/lines', { number, subscriber: subscriber.id, policy: 'quick', profile_type: 'basic' })).body;
  const one = { subscriber, number, id, customer: await world.as(subscriber.id) };
  return { ...one, first: await waiting(one.customer, one) };
}

/** One that its owner's phone serves. */
async function served() {
  const one = await ordered();
  one.phone = await world.phone();
  await one.phone.download(one.first.activation_code);
  await one.phone.enable(one.first.iccid);
  await until(async () => await servedAs(world, one.first.imsi) === plain(one.number), { what: 'the HLR to serve the owner', timeoutMs: 60_000 });
  return one;
}

/** Every activation code of the line that these clients can read anywhere, but of what the owner's phone has. */
async function codesSeen(one, clients) {
  const found = new Set();
  for (const client of clients) {
    const texts = [await attempt(client.get(`/v1/lines/${one.id}`)), await attempt(client.get(`/v1/lines/${one.id}/profiles`)), await attempt(client.get('/v1/esims?limit=200')),
      await attempt(client.get(`/v1/lines/${one.id}/history?limit=200`)), await attempt(client.get(`/v1/lines/${one.id}/requests`)), await attempt(client.get('/v1/requests'))];
    for (const { iccid } of await profilesOf(client, one)) {
      texts.push(await attempt(client.get(`/v1/esims/${iccid}`)), await attempt(client.get(`/v1/esims/${iccid}/history`)));
    }
    for (const { body } of texts)
      for (const [code] of JSON.stringify(body ?? null).matchAll(/LPA:1\$[^"]+|(?<=matching_id":")[^"]+/g)) found.add(code);
  }
  return [...found];
}

/** The thief goes on with whatever he got: the number is on his phone, or it is not. */
async function onOwnPhone(one, clients) {
  const known = [one.first.iccid];
  const seen = async () => { for (const client of clients) { const item = (await profilesOf(client, one)).find((each) => each.activation_code && !known.includes(each.iccid)); if (item) return item; } };
  // Either it was only asked for, or the profile is on its way: then it is waited for.
  if (!(await world.admin.get(`/v1/lines/${one.id}`)).body.wanted && !(await seen())) return false;
  const got = await until(seen, { what: 'the code', timeoutMs: 60_000 });
  const phone = await world.phone();
  await phone.download(got.activation_code);
  await phone.enable(got.iccid);
  await until(async () => await servedAs(world, got.imsi) === plain(one.number), { what: 'the number on the phone of the thief', timeoutMs: 60_000 });
  return true;
}

describe('a further profile of a line that somebody has', () => {
  const takers = {
    'an agent': () => [world.agent],
    'a back-office system': () => [world.system],
    'an administrator': () => [world.admin],
    'two agents': () => [world.agent, otherAgent],
  };
  for (const [who, clients] of Object.entries(takers)) {
    test(`${who} alone does not get the number to another phone`, async () => {
      const one = await served();
      const asked = [];
      for (const client of clients()) {
        const answer = await attempt(client.post(`/v1/lines/${one.id}/profiles`, { type: 'basic' }));
        asked.push(answer);
        const { serial } = answer.body ?? {};
        for (const other of clients()) await attempt(other.post(`/v1/lines/${one.id}/requests/${serial ?? 1}/countersignature`));
      }
      assert.equal(await onOwnPhone(one, clients()), false, 'the number is on a phone of theirs');
      assert.deepEqual(asked.map(({ status }) => status), asked.map(() => 202));
      assert.equal(asked[0].body.act, 'further_profile');
      assert.deepEqual(await codesSeen(one, clients()), []);
      assert.equal(await servedAs(world, one.first.imsi), plain(one.number));
    });
  }

  test("the owner's session alone does not either", async () => {
    const one = await served();
    await refused(one.customer.post(`/v1/lines/${one.id}/profiles`, { type: 'basic' }), 'evidence-too-weak', 403);
    assert.equal(await servedAs(world, one.first.imsi), plain(one.number));
  });

  test('what an agent says of a customer at the counter, and codes that an agent made, take a second person as well', async () => {
    const one = await served();
    const evidence = [{ kind: 'id_document', method: 'counter 3', shown: documentOf(one) }, { kind: 'staff_sighting', method: 'counter 3' }];
    const seen = await world.agent.through('counter').post(`/v1/lines/${one.id}/profiles`, { type: 'basic', evidence });
    assert.equal(seen.status, 202);
    const made = (await otherAgent.through('counter').post(`/v1/lines/${one.id}/recovery-codes`)).body;
    await world.reviewer.post(`/v1/lines/${one.id}/requests/${made.request}/countersignature`);
    const [code] = made.codes;
    const shown = await attempt(world.agent.post(`/v1/lines/${one.id}/profiles`, { type: 'basic', recovery_code: code }));
    assert.equal(shown.status, 202, 'two agents, of whom one made what the other shows');
    const wrong = { type: 'basic', evidence: [{ ...evidence[0], shown: 'X0000' }, evidence[1]] };
    await refused(world.agent.through('counter').post(`/v1/lines/${one.id}/profiles`, wrong), 'proof-mismatch', 403);
    assert.equal(await onOwnPhone(one, [world.agent, otherAgent]), false);
  });

  test('signed by a second person it comes: its code is shown to the owner and to who ordered it, and to nobody else', async () => {
    const one = await served();
    await countersign(world.reviewer, one.id, await world.agent.post(`/v1/lines/${one.id}/profiles`, { type: 'basic' }));
    const second = await waiting(one.customer, one, [one.first.iccid]);
    assert.equal((await waiting(world.agent, one, [one.first.iccid])).activation_code, second.activation_code);
    assert.deepEqual(await codesSeen(one, [otherAgent, world.system, world.admin, world.reviewer]), []);
    await refused(world.admin.get(`/v1/lines/${one.id}/profiles/${second.iccid}/activation-code.svg`), 'forbidden', 403);
    await world.smsc.waitFor((sms) => sms.to === plain(contactOf(one.subscriber, 'phone')) && /can take the number.*Stop it/.test(sms.text));
    assert.ok(eventTypes(await history(one.customer, one.id)).includes('profile_wanted'));
    // Weak proof may stop it: the owner's session.
    const stopped = (await one.customer.post(`/v1/lines/${one.id}/profile-stops`, { iccid: second.iccid })).body;
    assert.ok(stopped.id);
    await until(async () => (await world.esim(second.iccid)).order === undefined, { what: 'the order to be taken back', timeoutMs: 60_000 });
    const phone = await world.phone();
    await phone.fails(phone.download(second.activation_code));
    await world.smsc.waitFor((sms) => sms.to === plain(contactOf(one.subscriber, 'phone')) && /was stopped/.test(sms.text));
    await refused(one.customer.post(`/v1/lines/${one.id}/profile-stops`, { iccid: one.first.iccid }), 'blocked', 409);
    assert.equal(await servedAs(world, one.first.imsi), plain(one.number));
  });

  test('installed and stopped before it is switched on, it never has the number', async () => {
    const one = await served();
    await countersign(world.reviewer, one.id, await world.agent.post(`/v1/lines/${one.id}/profiles`, { type: 'basic' }));
    const second = await waiting(one.customer, one, [one.first.iccid]);
    const phone = await world.phone();
    await phone.download(second.activation_code);
    await one.customer.post(`/v1/lines/${one.id}/profile-stops`, { iccid: second.iccid });
    await phone.enable(second.iccid);
    await until(async () => (await profilesOf(one.customer, one)).find((each) => each.iccid === second.iccid).state === 'enabled', { what: 'its word', timeoutMs: 60_000 });
    assert.equal(await servedAs(world, one.first.imsi), plain(one.number));
    assert.equal(await servedAs(world, second.imsi), undefined);
  });
});

describe('an order that its owner waits for', () => {
  test('nobody but the owner and who sold it reads its code; in no list is any', async () => {
    const one = await ordered();
    assert.deepEqual(await codesSeen(one, [otherAgent, world.system, world.admin, world.reviewer]), []);
    assert.equal((await waiting(world.agent, one)).activation_code, one.first.activation_code, 'at the counter where it was sold');
    await one.customer.get(`/v1/lines/${one.id}/profiles/${one.first.iccid}/activation-code.svg`);
  });

  test('nobody turns it to another phone, or opens it again with a code of their own, alone', async () => {
    const one = await ordered();
    const phone = await world.phone();
    const code = one.first.activation_code.replace(/[^$]+$/, 'OWN-1');
    const got = [];
    for (const client of everybody()) {
      got.push(await attempt(client.post(`/v1/esims/${one.first.iccid}/rebinding`, { eid: phone.eid })));
      got.push(await attempt(client.post(`/v1/esims/${one.first.iccid}/reset`, { matching_id: 'OWN-1' })));
    }
    let installed = false;
    try { installed = (await phone.download(code)).installed; } catch { /* refused */ }
    assert.equal(installed, false, 'the profile is on a phone of theirs');
    for (const { status } of got) assert.ok([202, 403, 409].includes(status), `${status}`);
    const asked = got.find(({ status }) => status === 202);
    assert.equal(asked.body.act, 'rebind_profile');
    await refused(world.agent.post(`/v1/esims/${one.first.iccid}/requests/${asked.body.serial}/countersignature`), 'forbidden', 403);
    const own = await world.phone();
    assert.equal((await own.download(one.first.activation_code)).installed, true, 'its owner has it');
  });
});

describe('a profile from elsewhere', () => {
  /** A line that was taken over in use; what serves it nobody said. */
  async function inUse() {
    const subscriber = newSubscriber({ language: 'en' });
    const line = newLine({ profiles: [newProfile({ state: 'installed' })] });
    const { id } = (await world.system.post('/v1/lines/import', { subscriber, line })).body;
    return { subscriber, number: line.number, id, customer: await world.as(subscriber.id) };
  }

  for (const [who, client] of [['an agent', () => world.agent], ['a back-office system', () => world.system]]) {
    test(`${who} alone does not bring one and report it as switched on`, async () => {
      const one = await inUse();
      const { iccid, imsi, eid } = newProfile();
      const added = await attempt(client().post(`/v1/lines/${one.id}/profiles`, { iccid, imsi }));
      await attempt(client().post(`/v1/lines/${one.id}/profiles`, { iccid, imsi, state: 'enabled' }));
      const said = await attempt(client().post(`/v1/lines/${one.id}/profile-reports`, { iccid, state: 'enabled', eid, sequence: 1 }));
      if (said.status === 200) await until(async () => await servedAs(world, imsi) === plain(one.number), { what: 'the number to be on it', timeoutMs: 60_000 });
      assert.equal(await servedAs(world, imsi), undefined, 'the number is on a profile of theirs');
      assert.deepEqual([added.status, said.code], [202, 'profile-unknown']);
      await countersign(world.reviewer, one.id, added);
      await world.smsc.waitFor((sms) => sms.to === plain(contactOf(one.subscriber, 'phone')) && /Another SIM profile was added/.test(sms.text));
      const again = await client().post(`/v1/lines/${one.id}/profile-reports`, { iccid, state: 'enabled', eid, sequence: 2 });
      assert.deepEqual([again.status, again.body.act], [202, 'switch_device'], 'nobody knows what serves it: an unsigned word takes two');
      assert.equal(await servedAs(world, imsi), undefined);
      await one.customer.post(`/v1/lines/${one.id}/profile-stops`, { iccid });
      await refused(world.second.post(`/v1/lines/${one.id}/requests/${again.body.serial}/countersignature`), 'changed-since', 409);
      assert.equal(await servedAs(world, imsi), undefined, 'its owner had stopped it');
    });
  }
});

describe('an operator on ES2+, or staff in its place', () => {
  test("a line's order is nobody else's to turn, and an operator's is not the staff's alone", async () => {
    const esim = (await world.system.post('/v1/esim-orders', { type: 'basic', requester: 'acme' })).body;
    const phone = await world.phone();
    const asked = await world.agent.post(`/v1/esims/${esim.iccid}/rebinding`, { eid: phone.eid });
    assert.deepEqual([asked.status, asked.body.act], [202, 'rebind_profile']);
  });
});
