// What phones, operators and packages in the field do, beside the text of SGP.22 or ahead of it: a cancel after every error, downloads that
// are tried again, ICCIDs without a check digit, headers that are missing, notifications of v3, the ASN.1 binding.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { temporaryFolder } from '../peers/child.mjs';
import { until } from '../peers/wait.mjs';
import { refused } from './client.mjs';
import { newLine, newNumber, newProfile, newSubscriber } from './people.mjs';
import { codeOf, startSmdpWorld } from './smdp.mjs';
import { ROOT } from './world.mjs';

const FORGIVEN = 3;
const LONGEST_ICON = 1024;
const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), randomBytes(LONGEST_ICON - 8)]);

let world;

before(async () => {
  const icon = path.join(temporaryFolder('icon'), 'icon.png');
  writeFileSync(icon, png);
  world = await startSmdpWorld({
    pki: { cards: 40 },
    types: [{ name: 'with-icon', provider_name: '保号卡'.repeat(4), profile_name: '保号卡'.repeat(21), icon }, { name: 'fading', provider_name: 'Example Mobile UK' }],
    config: ({ pki, ports }) => {
      const names = { address: `localhost:${ports.tls}`, more_addresses: ['dp.keepline.test'], certificates: pki.sets };
      return {
        smdp: [
          { name: 'tls', listen: `127.0.0.1:${ports.tls}`, ...names },
          { name: 'plain', listen: `127.0.0.1:${ports.plain}`, ...names, tls: false, underscore_matching_ids: true },
        ],
        rsp: { forgiven_codes: FORGIVEN },
      };
    },
  });
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const download = (phone, esim, how) => phone.download(codeOf(esim), how);
const odd = (what) => world.metric(`keepline_rsp_oddities_total{what="${what}"}`);

describe('a confirmation code that is not taken', () => {
  const codeless = { misbehave: ['no-hash-cc', 'undefined-on-error'] };
  const mistyped = { confirmationCode: '4321', misbehave: ['cancel-on-error'] };

  for (const [words, how, wrong] of [['mistyped', mistyped, 1], ['forgotten', codeless, 0]]) {
    test(`${words}, upon which the phone cancels: the order stays open, the try is counted, the right code is taken`, async () => {
      const phone = await world.phone();
      const esim = await world.order({ confirmation_code: '1234' });
      const failure = await phone.fails(download(phone, esim, how));
      assert.match(failure.said, /^getBoundProfilePackage 8\.2\.7\/(3\.8|2\.2)$/);
      const open = await world.esim(esim.iccid);
      assert.deepEqual([open.state, open.order.wrong_codes, open.order.downloads, open.order.failed_by], ['released', wrong, 1, undefined]);
      assert.match(open.next.words, /confirmation code was not taken.*may try again/s);
      assert.equal((await world.esimEvents(esim.iccid)).find((event) => event.type === 'session_cancelled').forgiven, true);
      assert.equal((await download(phone, esim, { confirmationCode: '1234' })).installed, true);
    });
  }

  test(`only ${FORGIVEN} times: whoever tries codes by cancelling ends the order`, async () => {
    const phone = await world.phone();
    const esim = await world.order({ confirmation_code: '1234' });
    for (let i = 1; i < FORGIVEN; ++i) {
      await phone.fails(download(phone, esim, mistyped));
      assert.equal((await world.esim(esim.iccid)).state, 'released');
    }
    await phone.fails(download(phone, esim, mistyped));
    const ended = await world.esim(esim.iccid);
    assert.deepEqual([ended.state, ended.order.failed_by, ended.order.wrong_codes], ['error', 'codes_spent', FORGIVEN]);
    assert.match(ended.next.words, /wrong too often/);
  });

  test('or never typed in, so that the package is never asked for: the order stays open, and what is said leaves both open', async () => {
    const phone = await world.phone();
    const esim = await world.order({ confirmation_code: '1234' });
    await phone.cancel(codeOf(esim), { reason: 'end-user-rejection' });
    const open = await world.esim(esim.iccid);
    assert.deepEqual([open.state, open.order.wrong_codes, open.order.failed_by], ['released', 0, undefined]);
    assert.match(open.next.words, /forgotten, or a person said no.*ask the subscriber/s);
    for (let i = 1; i < FORGIVEN; ++i) await phone.cancel(codeOf(esim), { reason: 'end-user-rejection' });
    assert.equal((await download(phone, esim, { confirmationCode: '1234' })).installed, true);
  });

  test('a person who says no, before any code, ends the order', async () => {
    const phone = await world.phone();
    const esim = await world.order(); // there is none that could have been forgotten
    await phone.cancel(codeOf(esim), { reason: 'end-user-rejection' });
    const ended = await world.esim(esim.iccid);
    assert.deepEqual([ended.state, ended.order.failed_by], ['error', 'refused_by_user']);
    assert.match(ended.next.words, /Ask the subscriber/);
  });

  test('sessionAborted of v3 leaves the order as it is; a reason that nobody knows is the device\'s, and says what can be done', async () => {
    const phone = await world.phone();
    const aborted = await world.order();
    await phone.cancel(codeOf(aborted), { reason: '16' });
    assert.equal((await world.esim(aborted.iccid)).state, 'released');
    const unknown = await world.order();
    await phone.cancel(codeOf(unknown), { reason: '99' });
    const ended = await world.esim(unknown.iccid);
    assert.deepEqual([ended.state, ended.order.failed_by, ended.next.may], ['error', 'refused_by_device', ['reset', 'rebind', 'cancel']]);
    assert.match(`${ended.order.failure_words} ${ended.next.words}`, /reason 99.*no person said no/s);
  });
});

describe('what the SM-DP+ itself refuses', () => {
  for (const how of ['cancel-on-error', 'undefined-on-error']) {
    test(`is no person's no, whatever the phone cancels with (${how})`, async () => {
      const phone = await world.phone({ front: true });
      const [iccid] = await world.provide(1, { type: 'fading' });
      const esim = await world.order({ iccid });
      const { config } = world.keepline;
      world.front.before('getBoundProfilePackage', () => world.keepline.restart({ config: { ...config, profile_type: config.profile_type.filter((one) => one.name !== 'fading') } }));
      assert.equal((await phone.fails(download(phone, esim, { misbehave: [how] }))).said, 'getBoundProfilePackage 8.8/4.2');
      await world.keepline.restart({ config });
      const open = await world.esim(iccid);
      assert.deepEqual([open.state, open.order.failed_by], ['released', undefined]);
      assert.match(open.next.words, /refused the last download \(8\.8\/4\.2\).*no person said no/s);
      assert.equal((await download(phone, esim)).installed, true);
    });
  }

  test('nor is what it refuses of the phone', async () => {
    const phone = await world.phone();
    const esim = await world.order();
    assert.equal((await phone.fails(download(phone, esim, { misbehave: ['bad-signature-2', 'cancel-on-error'] }))).said, 'getBoundProfilePackage 8.1/6.1');
    assert.equal((await world.esim(esim.iccid)).state, 'released');
  });
});

describe('the default SM-DP+', () => {
  test('an order that cannot be served keeps no other from its phone', async () => {
    const phone = await world.phone();
    const [iccid] = await world.provide(1, { type: 'fading' });
    await world.order({ iccid, eid: phone.eid, matching_id: '' });
    const served = await world.order({ eid: phone.eid, matching_id: '' });
    const { config } = world.keepline;
    await world.keepline.restart({ config: { ...config, profile_type: config.profile_type.filter((one) => one.name !== 'fading') } });
    assert.equal((await phone.discover(world.address)).iccid, served.iccid);
    await world.keepline.restart({ config });
    assert.equal((await phone.discover(world.address)).iccid, iccid, 'and it is served when it can be');
  });

  test('finds the one order that waits, among hundreds of profiles of that eUICC', async () => {
    const phone = await world.phone();
    const iccids = await world.provide(220);
    for (let i = 0; i < iccids.length; i += 20) // stock before, with matching IDs of their own
      await Promise.all(iccids.slice(i, i + 20).map((iccid, n) => world.order({ iccid, eid: phone.eid, matching_id: `MANY-${i + n}` })));
    assert.equal((await phone.fails(phone.discover(world.address))).said, 'authenticateClient 8.1.1/3.8');
    const waiting = await world.order({ eid: phone.eid, matching_id: '' });
    assert.equal((await phone.discover(world.address)).iccid, waiting.iccid);
    const failure = await phone.fails(phone.discover(world.address));
    assert.deepEqual([failure.said, /No order waits/.test(failure.facts.message)], ['authenticateClient 8.1.1/3.8', true]);
  });
});

describe('a download that is tried again', () => {
  /** otPK.DP of the packages that left so far, and the segments behind the opening. */
  const packages = () => world.front.calls.filter((one) => one.name === 'getBoundProfilePackage' && one.body.includes('boundProfilePackage')).map((one) => {
    const package_ = Buffer.from(JSON.parse(one.body).boundProfilePackage, 'base64');
    const at = package_.indexOf(Buffer.from('5f4941', 'hex')) + 3;
    return { otpk: package_.subarray(at, at + 65).toString('hex'), segments: package_.subarray(package_.indexOf(Buffer.from('5f3740', 'hex')) + 3 + 64).toString('hex') };
  });

  for (const [words, first] of [
    ['broke', (phone, esim) => download(phone, esim, { misbehave: ['no-bpp-load'] })],
    ['was postponed', (phone, esim) => phone.cancel(codeOf(esim), { at: 'package', reason: 'postponed' })],
    ['was interrupted while it was installed', (phone, esim) => download(phone, esim, { misbehave: ['install-error=11'] })],
  ]) {
    test(`after it ${words}: the one-time key is offered, and the package is bound again with the same keys`, async () => {
      const phone = await world.phone({ front: true });
      const esim = await world.order();
      await first(phone, esim);
      await world.keepline.restart(); // what is kept is not in memory
      const again = await download(phone, esim);
      assert.deepEqual([again.installed, again.rebound], [true, true]);
      const [one, two] = packages().slice(-2);
      assert.deepEqual([two.otpk, two.segments], [one.otpk, one.segments]);
    });
  }

  test('also after many sessions that came to nothing; and what the eUICC signed of the first counts', async () => {
    const phone = await world.phone({ front: true });
    const esim = await world.order();
    await download(phone, esim, { misbehave: ['no-bpp-load'] });
    for (let i = 0; i < 8; ++i) await phone.cancel(codeOf(esim), { at: 'metadata', reason: 'postponed' });
    assert.equal((await download(phone, esim, { deliver: false, misbehave: ['install-error=3'] })).rebound, true);
    for (let i = 0; i < 8; ++i) await phone.cancel(codeOf(esim), { at: 'metadata', reason: 'postponed' });
    await phone.send();
    const told = await world.esim(esim.iccid);
    assert.deepEqual([told.state, told.order.failed_by], ['error', 'install_failed']);
  });

  test('with another one-time key it is bound with other keys', async () => {
    const phone = await world.phone({ front: true });
    const esim = await world.order();
    await download(phone, esim, { misbehave: ['no-bpp-load'] });
    assert.equal((await download(phone, esim, { misbehave: ['fresh-otpk'] })).installed, true);
    const [one, two] = packages().slice(-2);
    assert.notEqual(two.otpk, one.otpk);
    assert.notEqual(two.segments, one.segments);
  });

  test('the keys go with the order: a reset, a rebinding, another eUICC begin anew', async () => {
    const [phone, other] = [await world.phone({ front: true }), await world.phone({ front: true })];
    const asked = async (esim, name, body) => {
      const { status, body: { serial } } = await world.system.post(`/v1/esims/${esim.iccid}/${name}`, body);
      if (status === 202) await world.reviewer.post(`/v1/esims/${esim.iccid}/requests/${serial}/countersignature`);
    };
    const esim = await world.order({ limits: { downloads: 9 } });
    await download(phone, esim, { misbehave: ['install-error=11'] }); // signed that it is not there: one person is enough
    await asked(esim, 'reset', {});
    const again = await download(phone, esim, { misbehave: ['install-error=11'] });
    assert.equal(again.rebound, false, 'a reset');
    await asked(esim, 'rebinding', { eid: other.eid });
    assert.equal((await phone.fails(download(phone, esim))).said, 'authenticateClient 8.1.1/3.8');
    const elsewhere = await download(other, esim);
    assert.deepEqual([elsewhere.installed, elsewhere.rebound], [true, false]);
    const keys = packages().slice(-3).map((one) => one.otpk);
    assert.equal(new Set(keys).size, 3);
  });
});

describe('ICCIDs and matching IDs as they are', () => {
  const ready = readFileSync(path.join(ROOT, 'test/corpus/saip/personalised'));
  const swapped = (digits) => digits.padEnd(20, 'f').replace(/(.)(.)/g, '$2$1');

  /** The corpus' package with another ICCID, whose last digit is no check digit, and another IMSI. */
  async function repackaged(last) {
    const known = (await world.system.post('/v1/esims', { type: 'basic', package: ready.toString('base64') })).body.iccids[0];
    const other = known.slice(0, -1) + last;
    const imsi = (await world.esim(known)).imsi;
    const hex = ready.toString('hex').replaceAll(known.padEnd(20, 'f'), other.padEnd(20, 'f')).replaceAll(swapped(known), swapped(other));
    const efImsi = (digits) => swapped(`9${digits}`).slice(0, 16);
    const moved = imsi.slice(0, -1) + ((Number(imsi.at(-1)) + 1 + Number(last)) % 10);
    return { known, iccid: other, package: Buffer.from(hex.replaceAll(efImsi(imsi), efImsi(moved)), 'hex').toString('base64') };
  }

  test('a package whose ICCID has no check digit is taken, ordered, installed, and heard of', async () => {
    const known = (await world.system.post('/v1/esims', { type: 'basic', package: ready.toString('base64') })).body.iccids[0];
    const made = await repackaged(String((Number(known.at(-1)) + 1) % 10));
    const { iccids, fresh } = (await world.system.post('/v1/esims', { type: 'basic', package: made.package })).body;
    assert.deepEqual([iccids, fresh], [[made.iccid], 1]);
    const phone = await world.phone();
    const done = await download(phone, await world.order({ iccid: made.iccid }));
    assert.deepEqual([done.installed, done.iccid], [true, made.iccid]);
    await phone.enable(made.iccid);
    assert.equal((await world.esim(made.iccid)).believed, 'enabled');
  });

  test('a line\'s profile without a check digit is named at every door, and a new one that nobody knows is tried', async () => {
    const [known] = await world.provide(1);
    const iccid = known.slice(0, -1) + ((Number(known.at(-1)) + 1) % 10);
    const { imsi } = newProfile();
    await world.system.post('/v1/esims', { type: 'basic', profiles: [{ iccid, imsi, ki: '0'.repeat(32), opc: '1'.repeat(32) }] });
    const owner = newSubscriber();
    const line = await world.takeOver(owner, newLine({ policy: 'quick', profiles: [newProfile({ iccid, imsi })] }));
    assert.deepEqual(line.profiles.map((one) => one.iccid), [iccid], 'imported, for the stock has it');
    const at = `/v1/lines/${line.id}`;
    assert.equal((await world.agent.post('/v1/lines/search', { iccid })).body.id, line.id);
    await world.system.post(`${at}/profile-reports`, { iccid, state: 'disabled', proof: { kind: 'report' } });
    await world.agent.post(`${at}/lost`, { iccid });
    // What these answer is about the profile, and no longer about a digit.
    const said = async (call) => call.then(({ status }) => `${status}`, (refusal) => refusal.problem?.detail ?? `${refusal.status}`);
    const other = await world.takeOver(newSubscriber(), newLine({ policy: 'quick' }));
    for (const [door, body] of [['found', { iccid, evidence: [{ kind: 'staff_sighting', method: 'seen' }] }], ['profile-stops', { iccid }], ['profile-offers', { iccid, to: other.id }],
      ['profile-resumptions', { iccid, evidence: [{ kind: 'staff_sighting', method: 'seen' }] }]])
      assert.doesNotMatch(await said(world.agent.post(`${at}/${door}`, body)), /check digit/, door);
    const offered = await world.cli(['line', 'offer', line.id, iccid, other.id], { env: { KEEPLINE_TOKEN: world.agent.token } });
    assert.doesNotMatch(offered.stderr, /check digit/);
    const closure = (await world.agent.post(`/v1/lines/${other.id}/closures`, { reason: 'not_needed' })).body;
    assert.doesNotMatch(await said(world.agent.post(`/v1/closures/${closure.id}/write-off`, { iccid, why: 'broken' })), /check digit/);

    const typo = newProfile();
    typo.iccid = typo.iccid.slice(0, -1) + ((Number(typo.iccid.at(-1)) + 1) % 10);
    const wrong = async (call) => assert.match((await refused(call, 'invalid', 422)).problem.detail, /iccid` is wrong.*check digit/);
    const person = newSubscriber();
    await world.system.post('/v1/subscribers', person);
    await wrong(world.system.post('/v1/lines', { number: newNumber(), subscriber: person.id, policy: 'quick', profiles: [typo] }));
    await wrong(world.system.post(`/v1/lines/${other.id}/profiles`, typo));
  });

  test('another package under a known ICCID is an error, with an exit code', async () => {
    await world.system.post('/v1/esims', { type: 'basic', package: ready.toString('base64') });
    const altered = Buffer.from(ready);
    const name = altered.indexOf(Buffer.from('Keepline'));
    altered[name >= 0 ? name : altered.length - 20] ^= 0x01;
    const body = { type: 'basic', package: altered.toString('base64') };
    await refused(world.system.post('/v1/esims', body), 'esim-taken', 409);
    const file = path.join(world.folder, 'altered.der');
    writeFileSync(file, altered);
    const done = await world.cli(['esim', 'provide', '--type', 'basic', '--package', file], { env: { KEEPLINE_TOKEN: world.system.token } });
    assert.notEqual(done.code, 0);
    assert.match(done.stdout + done.stderr, /other facts|already/);
  });

  test('so are other keys under a known ICCID', async () => {
    const [iccid] = await world.provide(1);
    const { imsi } = await world.esim(iccid);
    await refused(world.system.post('/v1/esims', { type: 'basic', profiles: [{ iccid, imsi, ki: '0'.repeat(32), opc: '1'.repeat(32) }] }), 'esim-taken', 409);
  });

  test('a matching ID with an underscore is for the listener that takes it', async () => {
    const esim = await world.order({ matching_id: 'TEST_BED_1' });
    const [outside, inside] = [await world.phone(), await world.phone({ front: true })];
    assert.equal((await outside.fails(download(outside, esim))).said, 'authenticateClient 8.2.6/3.8');
    assert.equal((await download(inside, esim)).installed, true);
  });

  test('a matching ID that was typed in small letters finds its order', async () => {
    const esim = await world.order({ matching_id: 'TYPED-IN-1' });
    const before = await odd('matching_id_case');
    const phone = await world.phone();
    assert.equal((await phone.download(`LPA:1$${world.address}$typed-in-1`)).iccid, esim.iccid);
    assert.equal(await odd('matching_id_case'), before + 1);
  });
});

describe('what is passed over, and counted', () => {
  for (const [how, what] of [
    ['odd-imei', 'imei_length'], ['no-device-capabilities', 'no_device_capabilities'], ['base64-line-breaks', 'base64_line_breaks'],
    ['no-admin-protocol', 'no_admin_protocol'], ['no-content-type', 'no_content_type'], ['odd-address', 'server_address'],
  ]) {
    test(`${how} is passed over, and the profile installs`, async () => {
      const before = await odd(what);
      const phone = await world.phone({ front: true });
      assert.equal((await download(phone, await world.order(), { misbehave: [how] })).installed, true);
      assert.ok((await odd(what)) > before, what);
    });
  }
});

describe('what is larger, newer, or spoken otherwise', () => {
  test('an icon of 1024 bytes and long names come through, split over segments', async () => {
    const phone = await world.phone({ front: true });
    const [iccid] = await world.provide(1, { type: 'with-icon' });
    const done = await download(phone, await world.order({ iccid }));
    assert.equal(done.installed, true); // the phone compares what the segments carry with what it was shown
    const shown = Buffer.from(JSON.parse(world.front.calls.findLast((one) => one.name === 'authenticateClient').body).profileMetadata, 'base64');
    assert.ok(shown.includes(png), 'the icon, as it is');
    assert.ok(shown.length > 1020, 'more than a segment holds');
  });

  test('a provider\'s name that EF.SPN does not hold is whole in the metadata, and the profile installs', async () => {
    for (const provider of ['Example Mobile UK', 'A name of thirty-two letters, 32.', '中国联合网络通信集团有限公司']) {
      const phone = await world.phone({ front: true });
      const name = provider.slice(0, 32);
      const esim = await world.order({ metadata: { provider: name, profile_name: '保'.repeat(64) } });
      assert.equal((await download(phone, esim)).installed, true);
      const shown = Buffer.from(JSON.parse(world.front.calls.findLast((one) => one.name === 'authenticateClient').body).profileMetadata, 'base64');
      assert.ok(shown.includes(Buffer.from(name)), name);
    }
  });

  for (const [how, what] of [['rpm-notification', 'rpm_enable'], ['later-event', 'event_11']]) {
    test(`a signed notification of ${what} is answered 204, kept as it came, and moves nothing`, async () => {
      const phone = await world.phone();
      const esim = await world.order();
      await download(phone, esim);
      await phone.enable(esim.iccid, { misbehave: [how] });
      const kept = (await world.esimEvents(esim.iccid)).filter((event) => event.type === 'notification_kept');
      assert.deepEqual(kept.map((event) => [event.what, event.eid]), [[what, phone.eid]]);
      assert.equal((await world.esim(esim.iccid)).believed, 'installed');
      assert.equal((await phone.notifications()).length, 0, 'the phone was told that it was taken');
    });
  }

  test('a LoadRpmPackageResult, which nothing here can verify, is answered 204 and logged as it came', async () => {
    const phone = await world.phone();
    const esim = await world.order();
    await download(phone, esim);
    await phone.enable(esim.iccid, { send: false });
    const [{ sequence }] = await phone.notifications();
    const inside = await phone.export(sequence);
    assert.equal(await phone.send({ misbehave: ['later-notification'] }), 1);
    await until(() => world.keepline.log.includes('notification_later'), { what: 'the log' });
    const logged = world.keepline.log.split('\n').filter((line) => line.includes('notification_later')).at(-1);
    assert.ok(Buffer.from(/"received":"([^"]+)"/.exec(logged)?.[1] ?? '', 'base64').includes(inside));
  });

  test('the ASN.1 binding: a whole life, refusals by number, a cancelled session', async () => {
    const asn1 = { misbehave: ['asn1-binding'] };
    const phone = await world.phone();
    const esim = await world.order({ confirmation_code: '1234' });
    const wrong = await phone.fails(download(phone, esim, { ...asn1, confirmationCode: '1' }));
    assert.equal(wrong.said, 'getBoundProfilePackage asn1/3', wrong.message);
    assert.equal((await download(phone, esim, { ...asn1, confirmationCode: '1234' })).installed, true);
    await phone.enable(esim.iccid, asn1);
    assert.deepEqual([(await world.esim(esim.iccid)).believed, (await phone.notifications()).length], ['enabled', 0]);
    assert.equal((await phone.fails(phone.download(`LPA:1$${world.address}$NOBODY`, asn1))).said, 'authenticateClient asn1/6');
    assert.equal((await phone.fails(phone.download(`LPA:1$${world.address}$NOBODY`, { misbehave: ['asn1-binding', 'wrong-address'] }))).said, 'initiateAuthentication asn1/1');
    const other = await world.order();
    assert.equal((await phone.cancel(codeOf(other), { ...asn1, reason: 'postponed' })).cancelled, true);
    assert.equal((await world.esim(other.iccid)).downloads.at(-1).result, 'cancelled');
  });

  test('an eUICC that speaks v3 only is told so', async () => {
    const phone = await world.phone({ init: ['--svn', '3.1.0'] });
    const failure = await phone.fails(download(phone, await world.order()));
    assert.equal(failure.said, 'initiateAuthentication 8.8.3/3.1');
    assert.match(failure.facts.message, /v3 only.*speaks v2/);
  });
});
