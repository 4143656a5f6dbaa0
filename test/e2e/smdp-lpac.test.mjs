// lpac, a real third-party LPA, against our SM-DP+ over TLS: the eUICC is keepline-phone's in a virtual smart card reader. A line's profile
// is downloaded, listed, enabled, disabled and deleted; each notification is in the line's journal, and the HLR follows.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Child } from '../peers/child.mjs';
import { lpac } from '../peers/lpac.mjs';
import { phoneBinary } from '../peers/phone.mjs';
import { startReader } from '../peers/reader.mjs';
import { until } from '../peers/wait.mjs';
import { history } from './journey.mjs';
import { newNumber, newSubscriber, plain } from './people.mjs';
import { codeOf, startSmdpWorld } from './smdp.mjs';

let world, reader, phone, card, lineId, number, customer, profile;

before(async () => {
  [world, reader] = await Promise.all([startSmdpWorld({ peers: ['hlr', 'smsc'], pki: { cards: 2 } }), startReader()]);
  phone = await world.phone();
  card = new Child(phoneBinary(), ['--home', phone.home, 'vpcd', '--connect', `127.0.0.1:${reader.slots[0].port}`]);
  await reader.slots[0].inserted();
}, { timeout: 180_000 });
after(async () => {
  await card?.stop().catch(() => {});
  await reader?.stop();
  await world?.stop();
});

/** One lpac command, which must succeed: its data. */
async function must(...args) {
  const done = await lpac(args, { reader: reader.slots[0], timeoutMs: 60_000 });
  assert.ok(done.ok, `lpac ${args.join(' ')}: ${done.message} ${JSON.stringify(done.data)}\n${done.log.slice(-3000)}\n${card.log.slice(-2000)}`);
  return done.data;
}
const deliver = () => must('notification', 'process', '-a', '-r');
const untilState = (state) => until(async () => (await customer.get(`/v1/lines/${lineId}`)).body.profiles[0]?.state === state, { what: `the profile to be ${state}`, timeoutMs: 60_000 });
const untilInHlr = (msisdn) => until(async () => (await world.hlr.info(profile.imsi))?.msisdn === msisdn, { what: `the HLR to have ${msisdn}`, timeoutMs: 60_000 });
async function lastReport() {
  const reports = (await history(world.agent, lineId)).flatMap((entry) => entry.events).filter((event) => event.type === 'profile_reported');
  return reports.at(-1);
}

describe('lpac downloads and uses a line\'s profile', () => {
  test('a line is ordered', async () => {
    await world.provide(2);
    const subscriber = newSubscriber();
    number = newNumber();
    await world.agent.post('/v1/subscribers', subscriber);
    lineId = (await world.agent.post('/v1/lines', { number, subscriber: subscriber.id, policy: 'quick', profile_type: 'basic' })).body.id;
    customer = await world.as(subscriber.id);
    profile = await until(async () => (await customer.get(`/v1/lines/${lineId}/profiles`)).body.items.find((one) => one.activation_code), { what: 'the activation code', timeoutMs: 60_000 });
  });

  test('lpac sees the eUICC', async () => {
    const info = await must('chip', 'info');
    assert.equal(info.eidValue, phone.eid);
    assert.deepEqual(await must('profile', 'list'), []);
  });

  test('it downloads with the activation code, over TLS', async () => {
    await must('profile', 'download', '-a', profile.activation_code);
    const [installed] = await must('profile', 'list');
    assert.deepEqual([installed.iccid, installed.profileState, installed.serviceProviderName, installed.profileName], [profile.iccid, 'disabled', 'Keepline', 'Number keeping']);
    assert.equal((await world.esim(profile.iccid)).state, 'downloaded', 'its install result waits on the phone');
  });

  test('it delivers the install result', async () => {
    assert.deepEqual((await must('notification', 'list')).map((one) => [one.profileManagementOperation, one.iccid]), [['install', profile.iccid]]);
    await deliver();
    assert.deepEqual(await must('notification', 'list'), []);
    await untilState('installed');
    const report = await lastReport();
    assert.deepEqual([report.eid, report.shown.kind], [phone.eid, 'signed_notification']);
  });

  test('it enables the profile: the HLR registers the number', async () => {
    await must('profile', 'enable', profile.iccid);
    assert.equal((await must('profile', 'list'))[0].profileState, 'enabled');
    await deliver();
    await untilState('enabled');
    await untilInHlr(plain(number));
    assert.equal((await lastReport()).state, 'enabled');
    assert.equal((await customer.get(`/v1/lines/${lineId}`)).body.status, 'active');
  });

  test('it disables the profile: the journal says so, and the number stays with it', async () => {
    await must('profile', 'disable', profile.iccid);
    await deliver();
    await untilState('disabled');
    assert.equal((await lastReport()).state, 'disabled');
    assert.equal((await world.hlr.info(profile.imsi)).msisdn, plain(number));
  });

  test('it deletes the profile: signed, in the journal', async () => {
    await must('profile', 'delete', profile.iccid);
    assert.deepEqual(await must('profile', 'list'), []);
    await deliver();
    await untilState('deleted');
    const report = await lastReport();
    assert.deepEqual([report.state, report.shown.kind], ['deleted', 'signed_notification']);
    const esim = await world.esim(profile.iccid);
    assert.deepEqual([esim.believed, esim.last_proof.digest], ['deleted', report.shown.digest]);
  });

  test('the journal has each step once, in order', async () => {
    const states = (await history(world.agent, lineId)).flatMap((entry) => entry.events).filter((event) => event.type === 'profile_reported').map((event) => event.state);
    assert.deepEqual(states, ['downloaded', 'installed', 'enabled', 'disabled', 'deleted']);
  });
});

describe('what lpac is refused', () => {
  const refusal = async (...args) => {
    const done = await lpac(['profile', 'download', '-s', world.address, ...args], { reader: reader.slots[0], timeoutMs: 60_000 });
    assert.equal(done.ok, false);
    return `${done.message} ${JSON.stringify(done.data)}`;
  };

  test('a matching ID that nobody has', async () => {
    assert.match(await refusal('-m', 'NOBODY-1'), /es9p_authenticate_client.*(8\.2\.6|3\.8|matching|refused)/is);
  });

  test('a confirmation code that was forgotten, upon which lpac cancels and asks for no package: the order is open, and the right one is taken', async () => {
    const esim = await world.order({ matching_id: 'LPAC-NC', confirmation_code: '12345678' });
    for (const how of [[], ['-c', '']]) {
      assert.match(await refusal('-m', 'LPAC-NC', ...how), /es10b_prepare_download/);
      const open = await world.esim(esim.iccid); // its reason is "the user rejects"
      assert.deepEqual([open.state, open.order.failed_by, open.order.wrong_codes, open.downloads.at(-1).result], ['released', undefined, 0, 'cancelled']);
      assert.match(open.next.words, /forgotten, or a person said no/);
    }
    await must('profile', 'download', '-a', codeOf(esim), '-c', '12345678');
    await deliver();
    assert.equal((await world.esim(esim.iccid)).state, 'installed');
  });

  test('a wrong confirmation code, upon which lpac cancels: the order is open, and the right one is taken, hashed as text', async () => {
    const esim = await world.order({ matching_id: 'LPAC-CC', confirmation_code: '12345678' });
    assert.match(await refusal('-m', 'LPAC-CC', '-c', '87654321'), /es9p_get_bound_profile_package/);
    const open = await world.esim(esim.iccid); // its reason is "undefined", which otherwise ends an order
    assert.deepEqual([open.order.wrong_codes, open.state, open.order.failed_by, open.downloads.at(-1).result], [1, 'released', undefined, 'cancelled']);
    await must('profile', 'download', '-a', codeOf(esim), '-c', '12345678');
    await deliver();
    assert.equal((await world.esim(esim.iccid)).state, 'installed');
  });
});
