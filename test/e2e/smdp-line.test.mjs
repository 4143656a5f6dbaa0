// The life of a line on our own SM-DP+, with keepline-phone as its devices and a real HLR: ordered, downloaded, used, moved to another
// device and back, closed with what the eUICCs sign. And what must do no harm: late, repeated and false notifications, restarts.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { compactVerify, createLocalJWKSet } from 'jose';
import { until } from '../peers/wait.mjs';
import { CAUSE } from '../peers/vlr.mjs';
import { refused } from './client.mjs';
import { accept, certificateOf, countersign, decide, declineBackup, eventTypes, history, open, proveByOtp, reach, read, sha256, submit } from './journey.mjs';
import { contactOf, newNumber, newSubscriber, plain } from './people.mjs';
import { fromPng, fromSvg, readQr } from './qr.mjs';
import { codeOf, startSmdpWorld } from './smdp.mjs';

let world;
before(async () => {
  world = await startSmdpWorld({ peers: ['hlr', 'vlr', 'mta', 'smsc', 'bank', 'webhook'], pki: { cards: 16 } });
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const lineOf = async (client, id) => (await client.get(`/v1/lines/${id}`)).body;
const profileOf = async (client, id, iccid) => (await lineOf(client, id)).profiles.find((one) => one.iccid === iccid);

/** Orders a profile for the line and waits until it can be downloaded: as the owner sees it, with its activation code. */
async function waitingProfile(client, lineId, not = []) {
  return until(async () => {
    const { items } = (await client.get(`/v1/lines/${lineId}/profiles`)).body;
    return items.find((one) => one.activation_code && !not.includes(one.iccid));
  }, { what: 'a profile that waits for its download', timeoutMs: 60_000 });
}

const untilProfile = (client, lineId, iccid, state) =>
  until(async () => { const one = await profileOf(client, lineId, iccid); return one?.state === state && one; }, { what: `${iccid} to be ${state}`, timeoutMs: 60_000 });

/** The HLR's word on an IMSI: { msisdn, service }, null when it does not know it. */
async function inHlr(imsi) {
  const info = await world.hlr.info(imsi);
  return info && { msisdn: info.msisdn, service: info.nam_cs === '1' && info.nam_ps === '1' };
}
const untilInHlr = (imsi, wanted) => until(async () => {
  const found = await inHlr(imsi);
  return found?.msisdn === wanted.msisdn && found?.service === wanted.service;
}, { what: `the HLR to have ${JSON.stringify(wanted)}`, timeoutMs: 60_000 });

/** A subscriber with an ordered line of this policy. */
async function newLineOnSmdp(over = {}, { policy = 'quick' } = {}) {
  const subscriber = newSubscriber(over);
  const number = newNumber();
  await world.system.post('/v1/subscribers', subscriber);
  const ordered = await world.agent.post('/v1/lines', { number, subscriber: subscriber.id, policy, profile_type: 'basic' });
  assert.equal(ordered.status, 201);
  const customer = await world.as(subscriber.id);
  return { subscriber, number, digits: plain(number), id: ordered.body.id, ordered: ordered.body, customer, profile: await waitingProfile(customer, ordered.body.id) };
}

/** Another profile for a line that somebody has: an agent asks, a reviewer signs. */
const furtherProfile = async (one, more = {}) =>
  countersign(world.second, one.id, await world.agent.post(`/v1/lines/${one.id}/profiles`, { type: 'basic', ...more }));

/** The notification of this event that waits on the phone: its number and what will be sent. */
async function pending(phone, event, iccid) {
  const { sequence } = (await phone.notifications()).findLast((one) => one.event === event && one.iccid === iccid);
  const der = await phone.export(sequence);
  return { sequence, der, digest: sha256(der) };
}

/** Everything up to `unbinding`: quote, code by SMS, what else the policy wants, reviewers. */
async function close(one, reason = 'not_needed') {
  const closure = await open(one.customer, one.id, { reason });
  await accept(one.customer, closure);
  await declineBackup(one.customer, closure);
  const providers = ['otp_sms', 'id_document', 'bank_card', 'callback'];
  const kinds = (await read(world.agent, closure.id)).evidence_wanted.find((set) => set.every((kind) => providers.includes(kind)));
  for (const kind of kinds) {
    if (kind === 'otp_sms') await proveByOtp(one.customer, world.smsc, closure, one.number);
    else await world.system.post(`/v1/closures/${closure.id}/evidence`, { kind, passed: true, method: 'verification service' });
  }
  let now = await submit(one.customer, closure);
  for (const reviewer of [world.reviewer, world.second]) if (now.stage === 'in_review') now = await decide(reviewer, closure, 'approval');
  return now;
}

async function claimsOf(client, closureId) {
  const { jws } = await certificateOf(client, closureId);
  const keys = (await world.admin.get('/.well-known/jwks.json')).body;
  const { payload } = await compactVerify(jws, createLocalJWKSet(keys));
  return { jws, claims: JSON.parse(new TextDecoder().decode(payload)) };
}

describe('the life of a line', () => {
  let one, a, b, c, phoneA, phoneB, phoneC, unused, closure;
  const deletions = {};

  test('the stock is made with keys of its own, sealed, and counted', async () => {
    const iccids = await world.provide(4);
    assert.equal(new Set(iccids).size, 4);
    const [type] = (await world.agent.get('/v1/profile-types')).body.items;
    assert.deepEqual([type.name, type.stock, type.low], ['basic', 4, false]);
    assert.equal(await world.metric('keepline_esim_stock{type="basic"}'), 4);
  });

  test('ordering a line releases a profile and yields an activation code; the HLR has its keys and no service yet', async () => {
    one = await newLineOnSmdp();
    a = one.profile;
    assert.equal(one.ordered.status, 'ordered');
    assert.match(a.activation_code, new RegExp(`^LPA:1\\$localhost:${world.ports.tls}\\$[0-9A-Z]{5}(-[0-9A-Z]{5}){3}$`));
    assert.deepEqual([a.state, a.type, a.confirmation_code], ['released', 'basic', false]);
    assert.equal((await world.esim(a.iccid)).order.number, one.number);
    assert.equal(await world.metric('keepline_esim_stock_low{type="basic"}'), 0);
    const keys = await until(() => world.hlr.keys(a.imsi), { what: 'the keys in the HLR', timeoutMs: 60_000 });
    assert.match(keys.algorithm, /MILENAGE/);
    assert.deepEqual(await inHlr(a.imsi), { msisdn: undefined, service: false });
  });

  test('the QR code, as SVG and as PNG, says the activation code', async () => {
    const svg = await one.customer.get(`/v1/lines/${one.id}/profiles/${a.iccid}/activation-code.svg`);
    assert.match(svg.headers.get('content-type'), /^image\/svg\+xml/);
    assert.equal(readQr(fromSvg(svg.body.toString())), a.activation_code);
    const png = await one.customer.get(`/v1/lines/${one.id}/profiles/${a.iccid}/activation-code.png`);
    assert.equal(png.headers.get('content-type'), 'image/png');
    assert.equal(readQr(fromPng(png.body)), a.activation_code);
    const stranger = await world.as((await newSubscriberHere()).id);
    await assert.rejects(stranger.get(`/v1/lines/${one.id}/profiles/${a.iccid}/activation-code.png`), /→ 40[34]/);
  });

  test('a phone downloads it over TLS; the signed install notification binds the device', async () => {
    phoneA = await world.phone();
    const done = await phoneA.download(a.activation_code);
    assert.deepEqual([done.installed, done.iccid, done.provider, done.name], [true, a.iccid, 'Keepline', 'Number keeping']);
    const installed = await untilProfile(one.customer, one.id, a.iccid, 'installed');
    assert.equal(installed.eid, phoneA.eid);
    assert.equal(installed.proof.kind, 'signed_notification');
    assert.equal(installed.activation_code, undefined);
    const esim = await world.esim(a.iccid);
    assert.deepEqual([esim.state, esim.believed, esim.bound_to, esim.outstanding], ['installed', 'installed', phoneA.eid, []]);
    assert.equal(esim.last_proof.digest, installed.proof.digest);
    await refused(one.customer.get(`/v1/lines/${one.id}/profiles/${a.iccid}/activation-code.svg`), 'not-found', 404);
    assert.equal((await inHlr(a.imsi)).service, false, 'installed is not used');
  });

  test('what the phone installed has the keys that the HLR has', async () => {
    const package_ = readFileSync(path.join(phoneA.home, 'profiles', `${a.iccid}.der`)).toString('hex');
    const { k, opc } = await world.hlr.keys(a.imsi);
    for (const secret of [k, opc]) {
      assert.ok(package_.includes(secret.toLowerCase()), 'the same key on both sides');
      assert.ok(!world.keepline.log.toLowerCase().includes(secret.toLowerCase()), 'and not in the log');
    }
    assert.ok(!world.keepline.log.includes(a.activation_code.split('$')[2]), 'nor the matching ID');
  });

  test('the first enable registers the number with that IMSI in the HLR, and the line is active', async () => {
    await phoneA.enable(a.iccid);
    await untilInHlr(a.imsi, { msisdn: one.digits, service: true });
    assert.deepEqual(await world.vlr.attach(a.imsi), { ok: true, msisdn: one.digits });
    const line = await lineOf(one.customer, one.id);
    assert.equal(line.status, 'active');
    assert.deepEqual(line.profiles.map(({ state, serving }) => [state, serving]), [['enabled', true]]);
  });

  test('a second device gets a profile of its own, with a confirmation code, and changes nothing yet', async () => {
    await furtherProfile(one, { confirmation_code: '2468' });
    b = await waitingProfile(one.customer, one.id, [a.iccid]);
    assert.match(b.activation_code, /\$\$1$/);
    assert.equal(b.confirmation_code, true);
    phoneB = await world.phone();
    assert.equal((await phoneB.fails(phoneB.download(b.activation_code, { confirmationCode: '1357' }))).said, 'getBoundProfilePackage 8.2.7/3.8');
    assert.equal((await phoneB.download(b.activation_code, { confirmationCode: '2468' })).installed, true);
    await untilProfile(one.customer, one.id, b.iccid, 'installed');
    await world.smsc.waitFor((sms) => sms.to === plain(contactOf(one.subscriber, 'phone')) && /新增了设备|安装到另一台设备/.test(sms.text));
    assert.deepEqual(await inHlr(a.imsi), { msisdn: one.digits, service: true });
    assert.equal((await lineOf(one.customer, one.id)).profiles.find((each) => each.serving).iccid, a.iccid);
  });

  test('enabled on the second device the number moves there, the first is cut off, and the owner is told everywhere', async () => {
    await phoneB.enable(b.iccid);
    await untilInHlr(b.imsi, { msisdn: one.digits, service: true });
    await untilInHlr(a.imsi, { msisdn: undefined, service: false });
    await world.vlr.waitFor('DeleteDataRequest', a.imsi);
    assert.deepEqual(await world.vlr.attach(a.imsi), { ok: false, cause: CAUSE.plmnNotAllowed });
    assert.deepEqual(await world.vlr.attach(b.imsi), { ok: true, msisdn: one.digits });
    const line = await lineOf(one.customer, one.id);
    assert.deepEqual([line.last_switch.from, line.last_switch.to, line.last_switch.undone], [a.iccid, b.iccid, false]);
    assert.ok(Date.parse(line.last_switch.undo_until) > Date.now() + 71 * 3600_000);
    assert.deepEqual(line.profiles.map((each) => [each.iccid, each.serving, each.to_delete]), [[a.iccid, false, true], [b.iccid, true, false]]);
    await world.smsc.waitFor((sms) => sms.to === plain(contactOf(one.subscriber, 'phone')) && /已换到另一台设备/.test(sms.text) && /72/.test(sms.text));
    await world.mta.waitFor({ recipient: contactOf(one.subscriber, 'mail'), subject: /已换到另一台设备/ });
    await world.webhook.waitFor((event) => event.data.type === 'line.switched' && JSON.stringify(event.data.data).includes(one.number));
  });

  test('the move is undone while the policy allows; that device never gets the number again', async () => {
    const [saved] = (await one.customer.post(`/v1/lines/${one.id}/recovery-codes`)).body.codes;
    await refused(one.customer.post(`/v1/lines/${one.id}/switch-undo`, {}), 'evidence-too-weak', 403);
    const undone = (await one.customer.post(`/v1/lines/${one.id}/switch-undo`, { recovery_code: saved })).body;
    assert.deepEqual([undone.last_switch.undone, undone.profiles.find((each) => each.serving).iccid], [true, a.iccid]);
    await untilInHlr(a.imsi, { msisdn: one.digits, service: true });
    await untilInHlr(b.imsi, { msisdn: undefined, service: false });
    await world.smsc.waitFor((sms) => sms.to === plain(contactOf(one.subscriber, 'phone')) && /已换回原设备/.test(sms.text));
    await phoneB.disable(b.iccid);
    await phoneB.enable(b.iccid);
    await untilProfile(one.customer, one.id, b.iccid, 'enabled');
    assert.deepEqual([await inHlr(a.imsi), await inHlr(b.imsi)], [{ msisdn: one.digits, service: true }, { msisdn: undefined, service: false }]);
    await refused(one.customer.post(`/v1/lines/${one.id}/profiles`, { type: 'basic' }), 'evidence-too-weak', 403);
  });

  test('a third device takes the number over', async () => {
    await furtherProfile(one);
    c = await waitingProfile(one.customer, one.id, [a.iccid, b.iccid]);
    phoneC = await world.phone();
    await phoneC.download(c.activation_code);
    await phoneC.enable(c.iccid);
    await untilInHlr(c.imsi, { msisdn: one.digits, service: true });
    await untilInHlr(a.imsi, { msisdn: undefined, service: false });
    assert.deepEqual((await lineOf(one.customer, one.id)).profiles.map((each) => [each.serving, each.to_delete]), [[false, true], [false, true], [true, false]]);
  });

  test('in a closure the profile that nobody downloaded goes back to stock, and each device is waited for', async () => {
    await furtherProfile(one);
    unused = await waitingProfile(one.customer, one.id, [a.iccid, b.iccid, c.iccid]);
    closure = await close(one);
    assert.equal(closure.stage, 'unbinding');
    await untilProfile(one.customer, one.id, unused.iccid, 'cancelled');
    assert.equal((await world.untilState(unused.iccid, 'available')).order, undefined);
    const late = await world.phone();
    assert.equal((await late.fails(late.download(unused.activation_code))).said, 'authenticateClient 8.2.6/3.8');

    await phoneA.disable(a.iccid);
    await phoneA.delete(a.iccid, { send: false });
    deletions.a = await pending(phoneA, 'delete', a.iccid);
    assert.equal(await phoneA.send({ keep: true }), 1);
    await untilProfile(one.customer, one.id, a.iccid, 'deleted');
    await phoneB.disable(b.iccid);
    await phoneB.delete(b.iccid, { send: false });
    deletions.b = await pending(phoneB, 'delete', b.iccid);
    await phoneB.send();
    await untilProfile(one.customer, one.id, b.iccid, 'deleted');
    assert.equal((await read(one.customer, closure.id)).stage, 'unbinding', 'one device is left');
    assert.equal((await world.hlr.info(c.imsi)).msisdn, one.digits);
  });

  test('the last signed deletion ends it: barred, deleted, closed; the certificate carries the proofs', async () => {
    await phoneC.disable(c.iccid);
    await phoneC.delete(c.iccid, { send: false });
    deletions.c = await pending(phoneC, 'delete', c.iccid);
    await phoneC.send();
    closure = await reach(one.customer, closure.id, 'closed');
    for (const profile of [a, b, c]) {
      assert.equal(await world.hlr.info(profile.imsi), null);
      assert.deepEqual(await world.vlr.attach(profile.imsi), { ok: false, cause: CAUSE.imsiUnknown });
    }
    const { claims } = await claimsOf(one.customer, closure.id);
    assert.deepEqual(claims.devices.map((device) => [device.iccid, device.outcome, device.proof, device.proof_digest]).slice(0, 3), [[a, 'a'], [b, 'b'], [c, 'c']]
      .map(([{ iccid }, which]) => [iccid, 'deleted', 'signed_notification', deletions[which].digest]));
    assert.deepEqual([claims.devices[3].iccid, claims.devices[3].outcome], [unused.iccid, 'never_downloaded']);
  });

  test('the line\'s journal shows each step, and the profile\'s journal holds what the eUICC signed', async () => {
    const types = eventTypes(await history(world.agent, one.id));
    let at = -1;
    for (const type of ['line_ordered', 'profile_wanted', 'profile_added', 'profile_reported', 'line_switched', 'switch_undone', 'line_switched',
      'closure_opened', 'unbinding_started', 'profile_reported', 'settling_started', 'network_answered', 'closure_closed', 'certificate_issued']) {
      const found = types.indexOf(type, at + 1);
      assert.ok(found > at, `${type} is missing behind ${types[at]}: ${types}`);
      at = found;
    }
    const events = await world.esimEvents(a.iccid);
    assert.deepEqual(events.map((event) => event.type), ['esim_provided', 'esim_ordered', 'esim_confirmed', 'esim_released', 'download_begun', 'package_delivered',
      'esim_installed', 'device_notified', 'device_notified', 'device_notified']);
    assert.equal(events.at(-1).received, undefined, 'what the eUICC signed is in the journal, and shown to nobody');
    assert.equal(events.at(-1).shown.digest, deletions.a.digest);
  });

  test('a notification that comes again after the closure is taken and changes nothing', async () => {
    const before = [(await lineOf(world.agent, one.id)).version, (await world.esim(a.iccid)).version, (await claimsOf(one.customer, closure.id)).jws];
    assert.equal(await phoneA.send(), 1);
    assert.deepEqual([(await lineOf(world.agent, one.id)).version, (await world.esim(a.iccid)).version, (await claimsOf(one.customer, closure.id)).jws], before);
    assert.deepEqual(await phoneA.notifications(), [], 'the phone was told that it is done');
  });

  async function newSubscriberHere() {
    const other = newSubscriber();
    await world.agent.post('/v1/subscribers', other);
    return other;
  }
});

describe('devices and their limits', () => {
  test('the policy says how many devices may be bound', async () => {
    await world.provide(4);
    const one = await newLineOnSmdp();
    const known = [one.profile.iccid];
    for (let i = 0; i < 2; ++i) {
      await furtherProfile(one);
      known.push((await waitingProfile(one.customer, one.id, known)).iccid);
    }
    const refusal = await refused(world.agent.post(`/v1/lines/${one.id}/profiles`, { type: 'basic' }), 'device-limit', 409);
    assert.equal(refusal.data('most'), '3');
  });

  test('an order from an empty stock waits, and is served when profiles come', async () => {
    for (const left of (await world.system.get('/v1/esims?state=available&type=basic&limit=200')).body.items)
      await world.system.post(`/v1/esims/${left.iccid}/cancellation`, { final: 'unavailable' });
    const subscriber = newSubscriber();
    await world.agent.post('/v1/subscribers', subscriber);
    const { body: line } = await world.agent.post('/v1/lines', { number: newNumber(), subscriber: subscriber.id, policy: 'quick', profile_type: 'basic' });
    assert.equal(line.wanted.type, 'basic');
    assert.equal(await world.metric('keepline_esim_stock_low{type="basic"}'), 1);
    const stuck = await until(async () => (await world.admin.get('/v1/effects?state=retrying&destination=core')).body.items.find((item) => item.kind === 'order_esim'),
      { what: 'the order to wait', timeoutMs: 60_000 });
    assert.match(stuck.error_words, /No profile of type basic is left/);
    const [iccid] = await world.provide(1);
    assert.equal((await waitingProfile(await world.as(subscriber.id), line.id)).iccid, iccid);
  });

  test('a lost device is locked out at once and written off in the closure; its deletion, found later, is kept', async () => {
    await world.provide(1);
    const one = await newLineOnSmdp({ language: 'en' });
    const phone = await world.phone();
    await phone.download(one.profile.activation_code);
    await phone.enable(one.profile.iccid);
    await untilInHlr(one.profile.imsi, { msisdn: one.digits, service: true });
    await one.customer.through('hotline').post(`/v1/lines/${one.id}/lost`, { how: 'left in a taxi' });
    await until(async () => !(await inHlr(one.profile.imsi)).service, { what: 'the bar', timeoutMs: 60_000 });
    const closure = await close(one, 'lost_device');
    const closed = await reach(one.customer, closure.id, 'closed');
    assert.deepEqual(closed.profiles.map((each) => [each.state, each.proof.kind]), [['written_off', 'declaration']]);
    const { jws, claims } = await claimsOf(one.customer, closure.id);
    assert.deepEqual(claims.devices.map((each) => [each.outcome, each.proof]), [['written_off', 'declaration']]);
    await phone.disable(one.profile.iccid);
    await phone.delete(one.profile.iccid);
    const esim = await world.esim(one.profile.iccid);
    assert.deepEqual([esim.believed, esim.last_proof.kind, esim.outstanding], ['deleted', 'signed_notification', []]);
    assert.equal((await claimsOf(one.customer, closure.id)).jws, jws, 'the certificate stays');
    assert.equal(await world.hlr.info(one.profile.imsi), null);
  });
});

describe('what must do no harm', () => {
  const installed = async (over) => {
    const phone = await world.phone();
    const esim = await world.order(over);
    const done = await phone.download(codeOf(esim));
    assert.equal(done.installed, true);
    return { phone, iccid: done.iccid };
  };

  test('the server dies between any two calls of a download and knows the session afterwards', async () => {
    const esim = await world.order({ matching_id: 'CRASH-1' });
    const phone = await world.phone({ front: true });
    for (const name of ['authenticateClient', 'getBoundProfilePackage', 'handleNotification']) world.front.before(name, () => world.keepline.restart({ hard: true }));
    const done = await phone.download(codeOf(esim));
    assert.deepEqual([done.installed, done.notifications_sent], [true, 1]);
    assert.equal((await world.esim(esim.iccid)).state, 'installed');
  });

  test('the install result may come days later, and twice', async () => {
    const esim = await world.order();
    const phone = await world.phone();
    assert.equal((await phone.download(codeOf(esim), { deliver: false })).installed, true);
    assert.deepEqual([(await world.esim(esim.iccid)).state, (await world.esim(esim.iccid)).outstanding], ['downloaded', ['installation_result']]);
    assert.equal(await phone.send({ misbehave: ['notify-twice'] }), 1);
    assert.equal((await world.esimEvents(esim.iccid)).filter((event) => event.type === 'esim_installed').length, 1);
  });

  test('an install result that never comes is made up for by the next word of the eUICC', async () => {
    const esim = await world.order();
    const phone = await world.phone();
    await phone.download(codeOf(esim), { misbehave: ['no-install-notification'] });
    const [install] = await phone.notifications();
    await phone.run(['notifications', 'remove', String(install.sequence)]);
    await phone.enable(esim.iccid);
    const now = await world.esim(esim.iccid);
    assert.deepEqual([now.state, now.believed, now.outstanding], ['installed', 'enabled', []]);
  });

  test('notifications that come last one first leave the last word standing, and each is kept', async () => {
    await world.provide(1);
    const one = await newLineOnSmdp();
    const phone = await world.phone();
    await phone.download(one.profile.activation_code, { deliver: false });
    await phone.enable(one.profile.iccid, { send: false });
    await phone.disable(one.profile.iccid, { send: false });
    assert.equal(await phone.send({ misbehave: ['notify-reversed'] }), 3);
    await untilProfile(one.customer, one.id, one.profile.iccid, 'disabled');
    assert.equal((await inHlr(one.profile.imsi)).service, false, 'a late enable does not register the number');
    const esim = await world.esim(one.profile.iccid);
    assert.deepEqual([esim.state, esim.believed], ['installed', 'disabled']);
    const events = await world.esimEvents(one.profile.iccid);
    assert.deepEqual(events.filter((event) => ['esim_installed', 'device_notified'].includes(event.type)).map((event) => [event.what ?? 'install', event.late ?? false]),
      [['disable', false], ['enable', true], ['install', false]]);
    await phone.enable(one.profile.iccid);
    await untilInHlr(one.profile.imsi, { msisdn: one.digits, service: true });
  });

  test('a notification about a profile that nobody here knows is kept', async () => {
    const { phone, iccid } = await installed();
    await phone.enable(iccid, { misbehave: ['unknown-iccid'] });
    const [foreign] = (await world.system.get('/v1/esims?iccid=8949000000000000018')).body.items;
    assert.deepEqual([foreign.foreign, foreign.believed !== undefined, foreign.devices[0].eid], [true, true, phone.eid]);
    assert.equal((await world.esim(iccid)).believed, 'installed');
  });

  for (const [how, words] of [['tampered-notification', 'changed after it was signed'], ['foreign-notification', 'signed with another key'],
    ['truncated-notification', 'cut'], ['notify-garbage', 'of random bytes']]) {
    test(`a notification ${words} is answered 204 and changes nothing`, async () => {
      const { phone, iccid } = await installed();
      const before = (await world.esim(iccid)).version;
      const unproved = await world.metric('keepline_notifications_unproved_total');
      await phone.enable(iccid, { misbehave: [how] });
      assert.deepEqual(await phone.notifications(), [], 'the phone was told that it is done');
      assert.equal((await world.esim(iccid)).version, before);
      assert.equal(await world.metric('keepline_notifications_unproved_total'), unproved + 1);
      assert.match(world.keepline.log, /notification_unproved/);
    });
  }

  for (const [how, words] of [['tampered-result', 'changed after it was signed'], ['result-wrong-tx', 'of another transaction'],
    ['result-wrong-oid', 'for another SM-DP+'], ['result-wrong-iccid', 'about another profile']]) {
    test(`an install result ${words} is answered 204 and changes nothing`, async () => {
      const esim = await world.order();
      const phone = await world.phone({ eid: world.pki.eids[15] });
      const unproved = await world.metric('keepline_notifications_unproved_total');
      assert.equal((await phone.download(codeOf(esim), { misbehave: [how] })).notifications_sent, 1);
      const now = await world.esim(esim.iccid);
      assert.deepEqual([now.state, now.outstanding], ['downloaded', ['installation_result']]);
      assert.equal(await world.metric('keepline_notifications_unproved_total'), unproved + 1);
    });
  }

  test('the journal verifies in the end', async () => {
    const { stdout, code, stderr } = await world.cli(['verify']);
    assert.equal(code, 0, stdout + stderr);
  });
});
