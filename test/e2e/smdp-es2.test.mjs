// ES2+ over mutual TLS, as the systems of several operators: the four functions, repeats, every refusal, who is let in, and what the
// SM-DP+ tells them of their downloads (HandleDownloadProgressInfo), over plain HTTP and over mutual TLS.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Operator } from '../peers/operator.mjs';
import { freePort, until } from '../peers/wait.mjs';
import { sha256 } from './journey.mjs';
import { makePki, startSmdpWorld } from './smdp.mjs';

const EID = '89049032000000000000000000000163';
const OTHER_EID = '89049032000000000000000000000260';
const ICCID_OF_NOBODY = '8986000000000000002'; // its check digit holds

let world, acme, other, boss, desk, secureDesk;

before(async () => {
  const pki = await makePki({ cards: 14, operators: ['acme', 'other', 'boss', 'stranger', 'keepline'] });
  desk = new Operator();
  await desk.start();
  secureDesk = new Operator({ tls: { cert: pki.at('nist', 'dp-tls.cert.pem'), key: pki.at('nist', 'dp-tls.key.pem'), ca: pki.at('es2', 'ca.cert.pem') }, port: await freePort() });
  await secureDesk.start();
  world = await startSmdpWorld({
    pki,
    types: [{ name: 'acme-only', owner: 'acme', provider_name: 'Acme' }],
    operators: [
      { name: 'acme', subject: 'acme', requester: 'acme', progress_url: desk.url, progress_points: ['enabled=6', 'disabled=7', 'deleted=5'] },
      {
        name: 'other', subject: 'other', progress_url: secureDesk.url.replace('127.0.0.1', 'localhost'), progress_ca_file: pki.at('nist', 'ci.cert.pem'),
        progress_cert: pki.at('es2', 'keepline.cert.pem'), progress_key: pki.at('es2', 'keepline.key.pem'), progress_requester: 'our-smdp', progress_result_data: false,
      },
      { name: 'boss', subject: 'boss', every_order: true },
    ],
  });
  [acme, other, boss] = ['acme', 'other', 'boss'].map((name) => new Operator({ tls: pki.operator(name), requester: name }));
}, { timeout: 180_000 });
after(async () => {
  await world?.stop();
  await desk?.stop();
  await secureDesk?.stop();
});

const call = (who, name, members, options) => who.call(world.es2Url, name, members, { servername: 'localhost', ...options });
async function must(who, name, members, options) {
  const answer = await call(who, name, members, options);
  assert.deepEqual([answer.http, answer.status], [200, 'Executed-Success'], `${name} ${JSON.stringify(members)} → ${JSON.stringify(answer.body)}`);
  assert.match(answer.headers['x-admin-protocol'], /^gsma\/rsp\/v2\.\d+\.\d+$/);
  assert.match(answer.headers['content-type'], /^application\/json;\s*charset=UTF-8$/i);
  return answer.body;
}
const codesOf = ({ http, subject, reason }) => (subject ? `${subject}/${reason}` : `HTTP ${http}`);
const stateOf = async (iccid) => (await world.esim(iccid)).state;
const activation = (matchingId) => `LPA:1$${world.address}$${matchingId}`;

describe('the functions, and their repeats', () => {
  test('downloadOrder by profile type takes one from stock; the same call gives the same one', async () => {
    const stock = await world.provide(3);
    const first = await must(acme, 'downloadOrder', { profileType: 'basic' }, { callId: 'call-a' });
    assert.ok(stock.includes(first.iccid));
    assert.equal(await stateOf(first.iccid), 'allocated');
    assert.equal((await must(acme, 'downloadOrder', { profileType: 'basic' }, { callId: 'call-a' })).iccid, first.iccid);
    const second = await must(acme, 'downloadOrder', { profileType: 'basic' }, { callId: 'call-b' });
    assert.notEqual(second.iccid, first.iccid);
  });

  test('downloadOrder by ICCID links it to the EID; a repeat is harmless', async () => {
    const [iccid] = await world.provide(1);
    for (let i = 0; i < 2; ++i) assert.equal((await must(acme, 'downloadOrder', { iccid, eid: EID, profileType: 'basic' })).iccid, iccid);
    const esim = await world.esim(iccid);
    assert.deepEqual([esim.state, esim.order.eid, esim.order.requester], ['linked', EID, 'acme']);
  });

  test('an ICCID of 19 digits may be padded with F', async () => {
    const [iccid] = await world.provide(1);
    assert.equal((await must(acme, 'downloadOrder', { iccid: `${iccid}F` })).iccid, iccid);
  });

  test('confirmOrder makes a matching ID, or takes ours, or none with an EID; repeats give the same', async () => {
    const [made, chosen, none] = await world.provide(3);
    for (const iccid of [made, chosen, none]) await must(acme, 'downloadOrder', { iccid });
    const first = await must(acme, 'confirmOrder', { iccid: made, releaseFlag: false });
    assert.match(first.matchingId, /^[0-9A-Z]{5}(-[0-9A-Z]{5}){3}$/);
    assert.equal(first.smdpAddress, world.address);
    assert.equal(first.eid, undefined);
    assert.equal((await must(acme, 'confirmOrder', { iccid: made, releaseFlag: false })).matchingId, first.matchingId);
    assert.equal(await stateOf(made), 'confirmed');
    const own = { iccid: chosen, matchingId: 'ES2-CHOSEN', eid: EID, confirmationCode: '1234', releaseFlag: true };
    for (let i = 0; i < 2; ++i) {
      const confirmed = await must(acme, 'confirmOrder', own);
      assert.deepEqual([confirmed.matchingId, confirmed.eid], ['ES2-CHOSEN', EID]);
    }
    assert.equal(await stateOf(chosen), 'released');
    assert.deepEqual([(await must(acme, 'confirmOrder', { iccid: none, matchingId: '', eid: EID, releaseFlag: true })).matchingId, await stateOf(none)], ['', 'released']);
  });

  test('releaseProfile releases what is confirmed; a repeat is harmless', async () => {
    const [iccid] = await world.provide(1);
    await must(acme, 'downloadOrder', { iccid });
    await must(acme, 'confirmOrder', { iccid, releaseFlag: false });
    for (let i = 0; i < 2; ++i) await must(acme, 'releaseProfile', { iccid });
    assert.equal(await stateOf(iccid), 'released');
  });

  test('cancelOrder gives it back to stock or takes it out for good; repeats are harmless', async () => {
    const [back, gone] = await world.provide(2);
    for (const [iccid, indicator, state] of [[back, 'Available', 'available'], [gone, 'Unavailable', 'unavailable']]) {
      await must(acme, 'downloadOrder', { iccid });
      await must(acme, 'confirmOrder', { iccid, matchingId: `ES2-${state.toUpperCase()}`, releaseFlag: true });
      for (let i = 0; i < 2; ++i) await must(acme, 'cancelOrder', { iccid, matchingId: i === 0 ? `ES2-${state.toUpperCase()}` : undefined, finalProfileStatusIndicator: indicator });
      assert.equal(await stateOf(iccid), state);
    }
    assert.equal((await must(acme, 'downloadOrder', { iccid: back })).iccid, back, 'and may be ordered anew');
  });

  test('after the download and the installation each call still gives what it gave at first', async () => {
    const [named] = await world.provide(1);
    const first = await must(acme, 'downloadOrder', { profileType: 'basic' }, { callId: 'call-late' });
    for (const iccid of [named, first.iccid]) {
      if (iccid === named) await must(acme, 'downloadOrder', { iccid });
      const phone = await world.phone();
      const confirm = { iccid, matchingId: `ES2-LATE-${iccid.slice(-6)}`, eid: phone.eid, releaseFlag: true };
      const confirmed = await must(acme, 'confirmOrder', confirm);
      await phone.download(activation(confirmed.matchingId), { deliver: false });
      for (const state of ['downloaded', 'installed']) {
        if (state === 'installed') await phone.send();
        assert.equal(await stateOf(iccid), state);
        if (iccid === named) await must(acme, 'downloadOrder', { iccid });
        else assert.equal((await must(acme, 'downloadOrder', { profileType: 'basic' }, { callId: 'call-late' })).iccid, iccid);
        assert.equal((await must(acme, 'confirmOrder', confirm)).matchingId, confirmed.matchingId);
        await must(acme, 'releaseProfile', { iccid });
        assert.equal(await stateOf(iccid), state, 'and nothing moves');
      }
    }
  });

  test('an operator takes out of the stock what it owns, and nothing else', async () => {
    const [own] = await world.provide(1, { type: 'acme-only' });
    for (let i = 0; i < 2; ++i) await must(acme, 'cancelOrder', { iccid: own, finalProfileStatusIndicator: 'Unavailable' });
    assert.equal(await stateOf(own), 'unavailable');
  });

  test('an operator that may act on every order acts on those of others', async () => {
    const [iccid] = await world.provide(1);
    await must(acme, 'downloadOrder', { iccid });
    await must(boss, 'confirmOrder', { iccid, releaseFlag: true });
    for (let i = 0; i < 2; ++i) await must(boss, 'cancelOrder', { iccid, finalProfileStatusIndicator: 'Available' });
  });

  test('and on nothing that no operator ordered: not the stock of others, not what one of us ordered', async () => {
    const [own] = await world.provide(1, { type: 'acme-only' });
    const staff = await world.order();
    for (const [iccid, state] of [[own, 'available'], [staff.iccid, 'released']]) {
      for (const indicator of ['Available', 'Unavailable']) {
        assert.equal(codesOf(await call(boss, 'cancelOrder', { iccid, finalProfileStatusIndicator: indicator })), '8.2.1/1.2');
      }
      assert.equal(await stateOf(iccid), state);
    }
    assert.equal(codesOf(await call(boss, 'releaseProfile', { iccid: staff.iccid })), '8.2.1/1.2');
  });

  test('a member that is null is one that is not there; the version may be written otherwise', async () => {
    const [iccid] = await world.provide(1);
    await must(acme, 'downloadOrder', { iccid, eid: null, profileType: null }, { protocol: 'gsma/rsp/v2.2' });
    const { matchingId } = await must(acme, 'confirmOrder', { iccid, eid: null, matchingId: null, releaseFlag: false }, { protocol: 'GSMA/RSP/V2.2.0' });
    assert.match(matchingId, /^[0-9A-Z-]{23}$/);
  });
});

describe('every refusal', () => {
  let free, ordered, confirmed, acmeOnly;
  const provoked = new Set();

  before(async () => {
    [free, ordered, confirmed] = await world.provide(3);
    [acmeOnly] = await world.provide(1, { type: 'acme-only' });
    await must(acme, 'downloadOrder', { iccid: ordered });
    await must(acme, 'downloadOrder', { iccid: confirmed, eid: EID });
    await must(acme, 'confirmOrder', { iccid: confirmed, eid: EID, matchingId: 'ES2-TAKEN', releaseFlag: true });
  });

  const cases = [
    ['element_missing', '1.6/2.2', 'neither ICCID nor type', () => call(acme, 'downloadOrder', {})],
    ['element_missing', '1.6/2.2', 'no releaseFlag', () => call(acme, 'confirmOrder', { iccid: ordered })],
    ['element_missing', '1.6/2.2', 'no header', () => call(acme, 'releaseProfile', {}, { rawBody: JSON.stringify({ iccid: ordered }) })],
    ['malformed', '1.6/2.1', 'no JSON', () => call(acme, 'releaseProfile', {}, { rawBody: '{' })],
    ['malformed', '1.6/2.1', 'a wrong ICCID', () => call(acme, 'releaseProfile', { iccid: '12' })],
    ['malformed', '1.6/2.1', 'a wrong EID', () => call(acme, 'downloadOrder', { iccid: free, eid: '1' })],
    ['malformed', '1.6/2.1', 'a matching ID with blanks', () => call(acme, 'confirmOrder', { iccid: ordered, matchingId: 'A B', releaseFlag: true })],
    ['malformed', '1.6/2.1', 'an unknown final state', () => call(acme, 'cancelOrder', { iccid: ordered, finalProfileStatusIndicator: 'Gone' })],
    ['requester_unknown', '1.2/3.9', 'a functionRequesterIdentifier that is not the certificate\'s', () =>
      call(acme, 'releaseProfile', {}, { rawBody: JSON.stringify({ header: { functionRequesterIdentifier: 'other', functionCallIdentifier: '1' }, iccid: ordered }) })],
    ['iccid_unknown', '8.2.1/3.9', 'an unknown ICCID', () => call(acme, 'downloadOrder', { iccid: ICCID_OF_NOBODY })],
    ['iccid_unknown', '8.2.1/3.9', 'release of an unknown ICCID', () => call(acme, 'releaseProfile', { iccid: ICCID_OF_NOBODY })],
    ['iccid_not_allowed', '8.2.1/1.2', 'an ICCID of another operator\'s order', () => call(other, 'downloadOrder', { iccid: ordered })],
    ['iccid_not_allowed', '8.2.1/1.2', 'confirming another operator\'s order', () => call(other, 'confirmOrder', { iccid: ordered, releaseFlag: true })],
    ['iccid_not_allowed', '8.2.1/1.2', 'cancelling another operator\'s order', () => call(other, 'cancelOrder', { iccid: ordered, finalProfileStatusIndicator: 'Available' })],
    ['iccid_not_allowed', '8.2.1/1.2', 'releasing another operator\'s order', () => call(other, 'releaseProfile', { iccid: ordered })],
    ['iccid_in_use', '8.2.1/3.3', 'an ICCID that is ordered for another EID', () => call(acme, 'downloadOrder', { iccid: ordered, eid: EID })],
    ['iccid_in_use', '8.2.1/3.3', 'confirming what nobody ordered', () => call(acme, 'confirmOrder', { iccid: free, releaseFlag: true })],
    ['iccid_in_use', '8.2.1/3.3', 'confirming again with other parameters', () => call(acme, 'confirmOrder', { iccid: confirmed, eid: EID, matchingId: 'ES2-OTHER', releaseFlag: true })],
    ['iccid_not_releasable', '8.2.1/3.5', 'releasing what is not confirmed', () => call(acme, 'releaseProfile', { iccid: ordered })],
    ['profile_type_unknown', '8.2.5/3.9', 'an unknown type', () => call(acme, 'downloadOrder', { profileType: 'nothing' })],
    ['profile_type_not_allowed', '8.2.5/1.2', 'a type of another operator', () => call(other, 'downloadOrder', { profileType: 'acme-only' })],
    ['profile_type_mismatch', '8.2.5/3.8', 'an ICCID of another type', () => call(acme, 'downloadOrder', { iccid: acmeOnly, profileType: 'basic' })],
    ['profile_type_out_of_stock', '8.2.5/3.7', 'a type of which none is left', async () => {
      for (let left = 200; left > 0; --left) if (codesOf(await call(acme, 'downloadOrder', { profileType: 'acme-only' })) === '8.2.5/3.7') break;
      return call(acme, 'downloadOrder', { profileType: 'acme-only' });
    }],
    ['eid_missing', '8.1.1/2.2', 'no matching ID and no EID', () => call(acme, 'confirmOrder', { iccid: ordered, matchingId: '', releaseFlag: true })],
    ['eid_missing', '8.1.1/2.2', 'an SM-DS and no EID', () => call(acme, 'confirmOrder', { iccid: ordered, smdsAddress: 'smds.example.com', releaseFlag: true })],
    ['eid_conflict', '8.1.1/3.10', 'confirming for another EID', () => call(acme, 'confirmOrder', { iccid: confirmed, eid: OTHER_EID, matchingId: 'ES2-TAKEN', releaseFlag: true })],
    ['eid_conflict', '8.1.1/3.10', 'cancelling for another EID', () => call(acme, 'cancelOrder', { iccid: confirmed, eid: OTHER_EID, finalProfileStatusIndicator: 'Available' })],
    ['iccid_unknown', '8.2.1/3.9', 'an unknown ICCID whose last digit is no check digit', () => call(acme, 'downloadOrder', { iccid: '8986000000000000001F' })],
    ['iccid_not_allowed', '8.2.1/1.2', 'cancelling what nobody ordered, of the stock for everybody', () => call(acme, 'cancelOrder', { iccid: free, finalProfileStatusIndicator: 'Available' })],
    ['iccid_not_allowed', '8.2.1/1.2', 'taking out of the stock what is not its own', () => call(acme, 'cancelOrder', { iccid: free, finalProfileStatusIndicator: 'Unavailable' })],
    ['iccid_in_use', '8.2.1/3.3', 'cancelling what is in stock, though it is its own', async () => {
      const [own] = await world.provide(1, { type: 'acme-only' });
      return call(acme, 'cancelOrder', { iccid: own, finalProfileStatusIndicator: 'Available' });
    }],
    ['eid_missing', '8.1.1/2.2', 'cancelling a linked order without its EID', () => call(acme, 'cancelOrder', { iccid: confirmed, matchingId: 'ES2-TAKEN', finalProfileStatusIndicator: 'Available' })],
    ['malformed', '1.6/2.1', 'a matching ID with an underscore, where no listener takes it', () => call(acme, 'confirmOrder', { iccid: ordered, matchingId: 'A_B', releaseFlag: true })],
    ['matching_id_in_use', '8.2.6/3.3', 'the matching ID of another order', () => call(acme, 'confirmOrder', { iccid: ordered, matchingId: 'ES2-TAKEN', releaseFlag: true })],
    ['matching_id_conflict', '8.2.6/3.10', 'cancelling with another matching ID', () => call(acme, 'cancelOrder', { iccid: confirmed, matchingId: 'ES2-OTHER', finalProfileStatusIndicator: 'Available' })],
  ];
  for (const [status, codes, words, ask] of cases) {
    test(`${codes}: ${words}`, async () => {
      const before = await Promise.all([ordered, confirmed].map(stateOf));
      const answer = await ask();
      assert.deepEqual([answer.http, answer.status, codesOf(answer)], [200, 'Failed', codes], JSON.stringify(answer.body));
      assert.ok(answer.message, 'with words');
      assert.deepEqual(await Promise.all([ordered, confirmed].map(stateOf)), before);
      provoked.add(status);
    });
  }

  test('cancelling a profile that a phone has: 8.2.1/3.3', async () => {
    const [iccid] = await world.provide(1);
    await must(acme, 'downloadOrder', { iccid });
    await must(acme, 'confirmOrder', { iccid, matchingId: 'ES2-INSTALLED', releaseFlag: true });
    await (await world.phone()).download(activation('ES2-INSTALLED'));
    assert.equal(codesOf(await call(acme, 'cancelOrder', { iccid, finalProfileStatusIndicator: 'Available' })), '8.2.1/3.3');
    assert.equal(await stateOf(iccid), 'installed');
  });

  test('each was counted under its name', async () => {
    const { body } = await world.admin.get('/metrics');
    for (const status of provoked) assert.match(body, new RegExp(`^keepline_rsp_requests_total\\{function="(downloadOrder|confirmOrder|cancelOrder|releaseProfile)",outcome="${status}"\\} [1-9]`, 'm'));
  });
});

describe('who is let in', () => {
  test('nobody without a certificate, nor with one of another authority', async () => {
    const ca = world.pki.operator('acme').ca;
    const elsewhere = await makePki({ operators: ['acme'], curves: ['nist'] });
    for (const tls of [{ ca }, { ...elsewhere.operator('acme'), ca }]) {
      const nobody = new Operator({ tls, requester: 'acme' });
      await assert.rejects(call(nobody, 'releaseProfile', { iccid: ICCID_OF_NOBODY }), (error) => !/timed out/.test(error.message));
    }
  });

  test('a certificate that no operator has is answered 403', async () => {
    const stranger = new Operator({ tls: world.pki.operator('stranger'), requester: 'acme' });
    assert.equal((await call(stranger, 'releaseProfile', { iccid: ICCID_OF_NOBODY })).http, 403);
  });

  test('what is not asked properly is refused by HTTP', async () => {
    assert.equal((await call(acme, 'releaseProfile', {}, { protocol: 'gsma/rsp/v1.0.0' })).http, 400);
    assert.equal((await call(acme, 'somethingElse', {})).http, 404);
    assert.equal((await acme.call(world.es2Url, '../es9plus/initiateAuthentication', {}, { servername: 'localhost' })).http, 404, 'ES9+ is another door');
  });
});

describe('what operators are told', () => {
  const reportsOf = (at, iccid) => at.effects().filter((report) => report.iccid === iccid);
  const untilReported = (at, iccid, points) => until(() => {
    const seen = reportsOf(at, iccid).map((report) => report.notificationPointId);
    return JSON.stringify(seen) === JSON.stringify(points) && reportsOf(at, iccid);
  }, { what: `reports ${points} of ${iccid}`, timeoutMs: 60_000 }).catch((error) => { throw new Error(`${error.message}; came ${JSON.stringify(reportsOf(at, iccid))}; refused ${JSON.stringify(at.refused)}`); });

  async function ordered(who, matchingId, over = {}) {
    const [iccid] = await world.provide(1);
    await must(who, 'downloadOrder', { iccid });
    await must(who, 'confirmOrder', { iccid, matchingId, releaseFlag: true, ...over });
    return iccid;
  }

  test('points 1, 2, 3 and 4 of a download with a wrong code, then what the phone does with it', async () => {
    const iccid = await ordered(acme, 'ES2-P-1', { confirmationCode: '1234' });
    const phone = await world.phone();
    await phone.fails(phone.download(activation('ES2-P-1'), { confirmationCode: '4321' }));
    assert.equal((await phone.download(activation('ES2-P-1'), { confirmationCode: '1234', deliver: false })).installed, true);
    const [{ sequence }] = await phone.notifications();
    const result = await phone.export(sequence);
    await phone.send();
    await phone.enable(iccid);
    await phone.disable(iccid);
    await phone.delete(iccid);
    const reports = await untilReported(desk, iccid, [1, 2, 1, 3, 4, 6, 7, 5]);
    for (const report of reports) assert.deepEqual([report.eid, report.profileType, report.header.functionRequesterIdentifier], [phone.eid, 'basic', 'keepline']);
    assert.deepEqual(reports[1].notificationPointStatus.statusCodeData.subjectCode, '8.2.7');
    assert.deepEqual(reports.map((report) => report.notificationPointStatus.status),
      ['Executed-Success', 'Failed', ...Array(6).fill('Executed-Success')]);
    assert.equal(sha256(Buffer.from(reports[4].resultData, 'base64')), sha256(result), 'what the eUICC signed');
    assert.ok(reports.slice(5).every((report) => report.resultData));
    assert.deepEqual(desk.refused, []);
  });

  test('an installation that failed, with its reason', async () => {
    const iccid = await ordered(acme, 'ES2-P-2');
    const phone = await world.phone();
    assert.equal((await phone.download(activation('ES2-P-2'), { misbehave: ['install-error=12'] })).error_reason, 12);
    const reports = await untilReported(desk, iccid, [1, 3, 4]);
    assert.equal(reports[2].notificationPointStatus.status, 'Failed');
    assert.ok(reports[2].resultData);
    assert.equal(await stateOf(iccid), 'error');
  });

  test('a retry limit that is reached is reported at point 1', async () => {
    const esim = await world.order({ requester: 'acme', matching_id: 'ES2-P-3', limits: { downloads: 1 } });
    const phone = await world.phone();
    await phone.cancel(activation('ES2-P-3'), { reason: 'postponed' });
    assert.equal((await phone.fails(phone.download(activation('ES2-P-3')))).said, 'authenticateClient 8.8.5/6.4');
    const reports = await until(() => { const all = reportsOf(desk, esim.iccid); return all.at(-1)?.notificationPointStatus.statusCodeData?.reasonCode === '6.4' && all; }, { what: 'the report', timeoutMs: 60_000 });
    assert.deepEqual([reports.at(-1).notificationPointId, reports.at(-1).notificationPointStatus.statusCodeData.subjectCode], [1, '8.8.5']);
  });

  test('over mutual TLS, under the name that this operator knows us by, without what was signed', async () => {
    const iccid = await ordered(other, 'ES2-P-4');
    await (await world.phone()).download(activation('ES2-P-4'));
    const reports = await untilReported(secureDesk, iccid, [1, 3, 4]);
    assert.ok(reports.every((report) => report.header.functionRequesterIdentifier === 'our-smdp' && report.resultData === undefined));
    assert.deepEqual(reportsOf(desk, iccid), [], 'nobody else is told');
  });

  test('a desk that is down for a while is told again, each report once by its identifier', async () => {
    const iccid = await ordered(acme, 'ES2-P-5');
    desk.failNext(503, 3);
    await (await world.phone()).download(activation('ES2-P-5'));
    const reports = await until(() => { const all = reportsOf(desk, iccid); return all.length === 3 && all; }, { what: 'all three reports', timeoutMs: 60_000 });
    assert.deepEqual(new Set(reports.map((report) => report.notificationPointId)), new Set([1, 3, 4]), 'each is repeated by itself, so their order may change');
    assert.equal(new Set(reports.map((report) => report.header.functionCallIdentifier)).size, 3);
    assert.ok(desk.rawCount() > desk.effects().length);
  });
});
