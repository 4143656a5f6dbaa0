// Orders that an SM-DS is to tell phones of (ES12): what it holds at each step of an order's life, over mutual TLS, and what operators
// and staff hear when it cannot be reached, refuses, or is not known.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Authority } from '../peers/authority.mjs';
import { Operator } from '../peers/operator.mjs';
import { startSmds } from '../peers/smds.mjs';
import { freePort, until } from '../peers/wait.mjs';
import { makePki, startSmdpWorld } from './smdp.mjs';

const SMDS = 'smds.keepline.test';
const ALTERNATIVE = 'alternative.keepline.test';
const DONE = 'Executed-Success';
const BROKEN = { subjectCode: '8.9.5', reasonCode: '4.2' };

let world, acme, smds, alternative;

before(async () => {
  const pki = await makePki({ cards: 16, operators: ['acme'] });
  const authority = new Authority();
  const server = (name) => startSmds({ tls: { ...authority.issue(name), ca: pki.at('nist', 'ci.cert.pem') } });
  [smds, alternative] = [await server('root'), await server('alternative')];
  const us = { ca_file: authority.ca, cert: pki.at('nist', 'dp-tls.cert.pem'), key: pki.at('nist', 'dp-tls.key.pem') };
  world = await startSmdpWorld({
    pki,
    operators: [{ name: 'acme', subject: 'acme' }],
    config: {
      sm_ds: [
        { address: SMDS, url: smds.url, ...us, requester: 'keepline-dp' },
        { address: ALTERNATIVE, url: alternative.url, root: false, ...us },
      ],
    },
  });
  acme = new Operator({ tls: pki.operator('acme'), requester: 'acme' });
});

after(async () => {
  await world?.stop();
  await smds?.stop();
  await alternative?.stop();
});

const call = (name, members) => acme.call(world.es2Url, name, members, { servername: 'localhost' });
const outcome = ({ status, subject, reason }) => (status === 'Failed' ? `${subject}/${reason}` : status);

let made = 0;
/** A profile that acme ordered, a phone for it, and how acme confirms and releases it. */
async function ordered(smdsAddress = SMDS) {
  const phone = await world.phone();
  const [iccid] = await world.provide(1);
  assert.equal(outcome(await call('downloadOrder', { iccid, eid: phone.eid })), DONE);
  const matchingId = `EVENT-${++made}`;
  const confirm = { iccid, eid: phone.eid, matchingId, smdsAddress, releaseFlag: true };
  return { phone, iccid, matchingId, confirm, confirmed: async () => outcome(await call('confirmOrder', confirm)) };
}
const eventOf = async (iccid) => { const { smds_event, smds_refusal } = (await world.esim(iccid)).order; return smds_refusal ? `${smds_event} ${smds_refusal}` : smds_event; };
/** What turns an order that waits to another device or code is asked for by one and signed by another. */
async function signed(iccid, asked) {
  assert.equal(asked.status, 202);
  await world.reviewer.post(`/v1/esims/${iccid}/requests/${asked.body.serial}/countersignature`);
}
const goes = (phone) => until(() => smds.eventsOf(phone.eid).length === 0, { what: 'the event to be deleted' });
const comes = (phone) => until(() => smds.eventsOf(phone.eid)[0], { what: 'the event to be registered', timeoutMs: 60_000 });

describe('an order that names an SM-DS', () => {
  test('registers its event when it is released; the phone finds it there, and it ends with the installation', async () => {
    const { phone, iccid, matchingId, confirm } = await ordered();
    assert.equal(outcome(await call('confirmOrder', { ...confirm, releaseFlag: false })), DONE);
    assert.deepEqual(smds.eventsOf(phone.eid), [], 'not yet released');
    assert.equal(outcome(await call('releaseProfile', { iccid })), DONE);
    assert.deepEqual(smds.eventsOf(phone.eid), [{ eventId: matchingId, rspServerAddress: world.address }]);
    const told = smds.calls.find((one) => one.eventId === matchingId);
    assert.deepEqual([told.function, told.forwardingIndicator, told.header.functionRequesterIdentifier], ['registerEvent', false, 'keepline-dp']);
    assert.equal(await eventOf(iccid), 'registered');
    const { rspServerAddress, eventId } = smds.eventsOf(phone.eid)[0];
    assert.equal((await phone.download(`LPA:1$${rspServerAddress}$${eventId}`)).iccid, iccid);
    await goes(phone);
    assert.equal(await eventOf(iccid), undefined);
    assert.deepEqual(await world.esimEvents(iccid).then((all) => all.map((one) => one.type).filter((type) => type.startsWith('event_'))), ['event_wanted', 'event_answered', 'event_unwanted']);
  });

  test('by the API, a root that is asked through an alternative SM-DS', async () => {
    const phone = await world.phone();
    const esim = await world.order({ matching_id: 'EVENT-ALT', eid: phone.eid, smds: ALTERNATIVE });
    await until(async () => (await eventOf(esim.iccid)) === 'registered', { what: 'the event to be registered' });
    assert.equal(alternative.calls[0].forwardingIndicator, true);
    assert.deepEqual(smds.eventsOf(phone.eid), []);
  });

  test('takes the event along to another eUICC, and to another matching ID', async () => {
    const [{ phone, iccid, matchingId, confirmed }, other] = [await ordered(), await world.phone()];
    assert.equal(await confirmed(), DONE);
    await signed(iccid, await world.system.post(`/v1/esims/${iccid}/rebinding`, { eid: other.eid }));
    await comes(other);
    await goes(phone);
    await signed(iccid, await world.system.post(`/v1/esims/${iccid}/reset`, { matching_id: `${matchingId}-B` }));
    await until(() => smds.eventsOf(other.eid).map((event) => event.eventId).join() === `${matchingId}-B`, { what: 'the new event alone' });
  });

  test('takes the event back when it is cancelled, or expires', async () => {
    const { phone, iccid, confirmed } = await ordered();
    assert.equal(await confirmed(), DONE);
    assert.equal(outcome(await call('cancelOrder', { iccid, eid: phone.eid, finalProfileStatusIndicator: 'Available' })), DONE);
    await goes(phone);
    const late = await world.phone();
    const esim = await world.order({ eid: late.eid, smds: SMDS, limits: { expires_at: new Date(Date.now() + 1500).toISOString() } });
    await world.untilState(esim.iccid, 'error');
    await goes(late);
  });

  test('is told once, though Keepline is killed while the SM-DS answers', async () => {
    const { phone, iccid, confirm, confirmed } = await ordered();
    smds.failNext(503);
    const lost = call('confirmOrder', confirm).catch(() => null);
    await until(() => smds.calls.some((one) => one.eid === phone.eid), { what: 'the first try' });
    await world.keepline.restart({ hard: true });
    await lost;
    await comes(phone);
    await until(async () => (await eventOf(iccid)) === 'registered', { what: 'the answer to be kept' });
    assert.equal(await confirmed(), DONE);
    assert.equal(smds.effects().filter((one) => one.eid === phone.eid).length, 1);
  });
});

describe('an SM-DS that does not take it', () => {
  test('8.9/4.2: it answers with an error; asked again, it is tried again', async () => {
    const { phone, iccid, confirmed } = await ordered();
    smds.failNext(BROKEN);
    const refused = await confirmed();
    assert.equal(refused, '8.9/4.2');
    assert.equal(await eventOf(iccid), 'refused 8.9.5/4.2');
    assert.equal((await world.esim(iccid)).state, 'released', 'the order stands');
    assert.equal(await confirmed(), DONE);
    assert.equal(smds.eventsOf(phone.eid).length, 1);
  });

  test('8.9/5.1: it cannot be reached; it is told as soon as it can', async () => {
    const { phone, iccid, confirmed } = await ordered();
    await smds.stop();
    assert.equal(await confirmed(), '8.9/5.1');
    assert.equal(await eventOf(iccid), 'pending');
    await smds.start();
    await comes(phone);
    assert.equal(await confirmed(), DONE);
  });

  test('8.9/5.1: nobody here knows it', async () => {
    const { phone, iccid, confirmed } = await ordered('stranger.keepline.test');
    assert.equal(await confirmed(), '8.9/5.1');
    assert.equal(await eventOf(iccid), 'unknown');
    assert.equal(outcome(await call('cancelOrder', { iccid, eid: phone.eid, finalProfileStatusIndicator: 'Available' })), DONE);
  });

  test('an event that it has already, of a try whose answer was lost, is as good as registered', async () => {
    const { iccid, confirmed } = await ordered();
    smds.failNext({ subjectCode: '8.9.5', reasonCode: '3.3' });
    assert.equal(await confirmed(), DONE);
    assert.equal(await eventOf(iccid), 'registered');
  });

  test('each refusal was counted under its name', async () => {
    for (const name of ['smds_failed', 'smds_inaccessible']) assert.ok((await world.metric(`keepline_rsp_requests_total{function="confirmOrder",outcome="${name}"}`)) >= 1, name);
    assert.deepEqual(smds.refused, []);
  });
});
