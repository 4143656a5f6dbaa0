// The ways out of a closure, what stands in its way, who may do what, and repeating safely; against the real HLR and SMSC.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { until } from '../peers/wait.mjs';
import { CAUSE } from '../peers/vlr.mjs';
import { refused } from './client.mjs';
import {
  accept, apply, countersign, decide, declineBackup, eventTypes, history, open, proveByOtp, reach, read, reportDeleted, submit,
} from './journey.mjs';
import { contactOf, daysFromNow, newLine, newNumber, newSubscriber, plain, yuan } from './people.mjs';
import { startWorld } from './world.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['hlr', 'vlr', 'smsc'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

/** A taken-over line and its owner's client. */
async function someone(over = {}, person = {}) {
  const subscriber = newSubscriber(person);
  const line = newLine(over);
  const taken = await world.takeOver(subscriber, line);
  return { subscriber, line, taken, id: taken.id, number: line.number, customer: await world.as(subscriber.id) };
}
const applied = async (one, options) => apply(one.customer, world.smsc, one.taken, one.number, options);
const toPhone = (one, text) => world.smsc.waitFor({ to: plain(contactOf(one.subscriber, 'phone')), text });
const versionOf = async (client, closure) => (await client.get(`/v1/closures/${closure.id}`)).etag;

describe('the exits', () => {
  test('an approved application waits out its cooling-off, and its owner withdraws it', async () => {
    const one = await someone({ policy: 'patient' }, { language: 'en' });
    const closure = await applied(one);
    assert.equal(closure.stage, 'approved');
    assert.ok(Date.parse(closure.cooling_off_until) > Date.now() + 23 * 3600_000);
    const gone = (await one.customer.post(`/v1/closures/${closure.id}/withdrawal`)).body;
    assert.equal(gone.stage, 'withdrawn');
    assert.equal((await one.customer.post(`/v1/closures/${closure.id}/withdrawal`)).body.stage, 'withdrawn', 'twice is harmless');
    await toPhone(one, /withdrawn/);
    const again = await open(one.customer, one.id);
    assert.equal(again.id, `${one.id}-c2`);
    assert.equal((await read(one.customer, closure.id)).stage, 'withdrawn', 'the outcome stays readable');
    assert.equal((await world.hlr.info(one.line.profiles[0].imsi)).nam_cs, '1', 'the line goes on');
  });

  test('a rejection tells its reason, and the line goes on', async () => {
    const one = await someone({ policy: 'reviewed' }, { language: 'en' });
    const closure = await applied(one);
    assert.equal(closure.stage, 'in_review');
    const rejected = await decide(world.reviewer, closure, 'rejection', { reason: 'the document is not yours' });
    assert.equal(rejected.stage, 'rejected');
    await toPhone(one, /not approved.*the document is not yours/);
    assert.deepEqual(rejected.complain_to, [{ name: 'Telecom Ombudsman', name_zh: '电信申诉专员', web: 'ombudsman.example', phone: '0800 123 456', after: { n: 15, unit: 'calendar_day' } }]);
    await toPhone(one, /If we cannot agree: Telecom Ombudsman\./);
    await refused(decide(world.reviewer, closure, 'approval'), 'closure-stage', 409);
    assert.equal((await one.customer.get(`/v1/lines/${one.id}`)).body.status, 'active');
  });

  test('"needs information" stops the clock, the answer starts it again', async () => {
    const one = await someone({ policy: 'reviewed' });
    const closure = await applied(one);
    const asked = (await world.reviewer.post(`/v1/closures/${closure.id}/information-requests`, { what: 'a better photo' })).body;
    assert.ok(asked.paused_since);
    assert.equal(asked.info_wanted, 'a better photo');
    await toPhone(one, /a better photo/);
    const given = (await one.customer.post(`/v1/closures/${closure.id}/information`, { reference: 'upload-1' })).body;
    assert.equal(given.paused_since, undefined);
    assert.equal(given.due, closure.due, 'answered on the same day: the same due date');
    assert.equal((await decide(world.reviewer, closure, 'approval')).stage, 'unbinding');
  });

  test('a question that nobody answers in time lets the application expire', async () => {
    const one = await someone({ policy: 'lapsing' }, { language: 'en' });
    const closure = await applied(one);
    await world.reviewer.post(`/v1/closures/${closure.id}/information-requests`, { what: 'anything' });
    await until(async () => (await read(one.customer, closure.id)).stage === 'expired', { what: 'the case to expire', timeoutMs: 60_000 });
    await toPhone(one, /has lapsed/);
    assert.equal((await open(one.customer, one.id)).stage, 'opened');
  });

  test('a device that says nothing is written off by its deadline', async () => {
    const one = await someone({ policy: 'lapsing' });
    const closure = await applied(one);
    await decide(world.reviewer, closure, 'approval');
    const closed = await reach(one.customer, closure.id, 'closed');
    assert.deepEqual(closed.profiles.map((profile) => [profile.state, profile.proof.kind]), [['written_off', 'deadline'], ['written_off', 'deadline']]);
    assert.deepEqual(await world.vlr.attach(one.line.profiles[0].imsi), { ok: false, cause: CAUSE.imsiUnknown });
  });

  test('"that was not me" holds the case; cleared it is reviewed again, and then two must agree', async () => {
    const one = await someone({ policy: 'patient' });
    const closure = await applied(one);
    const held = (await one.customer.post(`/v1/closures/${closure.id}/repudiation`, { contact: 'mail' })).body;
    assert.equal(held.stage, 'fraud_hold');
    await toPhone(one, /并非机主本人/);
    await refused(one.customer.post(`/v1/closures/${closure.id}/fraud-clearance`, { reason: 'it was me' }), 'forbidden', 403);
    assert.equal((await open(one.customer, one.id)).id, closure.id, 'the case is still the one');
    assert.equal((await read(world.agent, closure.id)).stage, 'fraud_hold');
    const cleared = (await world.reviewer.post(`/v1/closures/${closure.id}/fraud-clearance`, { reason: 'called back, it was her' })).body;
    assert.equal(cleared.stage, 'in_review');
    assert.equal((await one.customer.get(`/v1/lines/${one.id}`)).body.fraud_hold, false);
  });

  test('confirmed fraud rejects the case, and the next application is of high risk', async () => {
    const one = await someone({ policy: 'patient' });
    const closure = await applied(one);
    await world.system.post(`/v1/closures/${closure.id}/repudiation`, {});
    const ended = (await world.reviewer.post(`/v1/closures/${closure.id}/fraud-confirmation`, { reason: 'stolen session' })).body;
    assert.equal(ended.stage, 'rejected');
    const next = await open(one.customer, one.id);
    const risk = (await read(world.agent, next.id)).risk;
    assert.deepEqual([risk.level, risk.facts], ['high', ['prior_fraud_hold']]);
  });
});

describe('what stands in the way', () => {
  test('every block is in the first answer, with its price and what lifts it', async () => {
    const one = await someone({
      policy: 'penalty', balance: yuan(100), debt: yuan(3000), contract: { ends: daysFromNow(100).slice(0, 10), monthly: yuan(5000), fixed_fee: yuan(0), document: 'C-77' },
      products: [{ id: 'fibre-77', kind: 'broadband', detach_price: yuan(2000) }],
    });
    await world.agent.post(`/v1/lines/${one.id}/port-out`, { pending: true });
    await world.system.post(`/v1/lines/${one.id}/legal-hold`, { reference: 'court 12/345' });
    await one.customer.post(`/v1/lines/${one.id}/customer-lock`, { locked: true });
    const [saved] = (await one.customer.post(`/v1/lines/${one.id}/recovery-codes`)).body.codes;
    const closure = await open(one.customer, one.id);
    const blocks = Object.fromEntries(closure.blocks.map((block) => [block.kind, block]));
    assert.deepEqual(Object.keys(blocks).sort(), ['contract_term', 'customer_lock', 'debt', 'legal_hold', 'linked_products', 'port_out']);
    assert.deepEqual([blocks.debt.by, blocks.debt.in_quote, blocks.debt.price], ['pay_or_offset', true, yuan(3000)]);
    assert.deepEqual([blocks.contract_term.by, blocks.contract_term.price, blocks.contract_term.reference], ['pay_fee', yuan(5000), 'C-77'], '30 % of 4 months of 50.00, capped at 50.00');
    assert.deepEqual([blocks.linked_products.by, blocks.linked_products.price, blocks.linked_products.reference], ['detach', yuan(2000), 'fibre-77']);
    assert.deepEqual([blocks.port_out.by, blocks.legal_hold.by, blocks.customer_lock.by], ['cancel_port', 'ask_authority', 'unlock']);
    assert.deepEqual(closure.quote.to_pay, yuan(3000 + 5000 + 2000 - 100));

    await refused(accept(one.customer, closure), 'blocked', 409);
    await accept(one.customer, closure, ['fibre-77']);
    await declineBackup(one.customer, closure);
    const refusal = await refused(one.customer.post(`/v1/closures/${closure.id}/submission`), 'blocked', 409);
    const missing = refusal.problem.data.map((fact) => fact.value).join('; ');
    for (const part of [/port_out: cancel_port/, /legal_hold: ask_authority/, /customer_lock: unlock/, /pay 99\.00 CNY/]) assert.match(missing, part);

    // What ends a protection takes two.
    await countersign(world.second, one.id, await world.agent.post(`/v1/lines/${one.id}/port-out`, { pending: false }));
    await countersign(world.second, one.id, await world.system.post(`/v1/lines/${one.id}/legal-hold`, {}));
    await one.customer.post(`/v1/lines/${one.id}/customer-lock`, { locked: false, recovery_code: saved });
    await world.agent.post(`/v1/lines/${one.id}/payments`, { amount: yuan(9900), reference: 'cash-1' });
    await proveByOtp(one.customer, world.smsc, closure, one.number);
    const submitted = await submit(one.customer, closure);
    assert.equal(submitted.stage, 'unbinding');
    for (const profile of one.line.profiles) await reportDeleted(world.system, one.id, profile);
    const closed = await reach(one.customer, closure.id, 'closed');
    assert.equal(closed.refund?.state ?? 'none', 'none');
    const balance = (await world.agent.get(`/v1/lines/${one.id}/balance`)).body;
    assert.deepEqual([balance.prepaid.minor, balance.debt.minor, balance.refund_pending.minor], [0, 0, 0], 'what was quoted is what was charged');
  });

  test('a product that is linked behind the accepted quote blocks the submission', async () => {
    const one = await someone();
    const closure = await open(one.customer, one.id);
    await accept(one.customer, closure);
    await declineBackup(one.customer, closure);
    await proveByOtp(one.customer, world.smsc, closure, one.number);
    await world.system.post(`/v1/lines/${one.id}/products`, { id: 'family-1', kind: 'family-plan', detach_price: yuan(0) });
    await refused(one.customer.post(`/v1/closures/${closure.id}/submission`), 'blocked', 409);
    const requoted = (await one.customer.post(`/v1/closures/${closure.id}/quotes`)).body;
    assert.equal(requoted.quote.number, 2);
    await refused(accept(one.customer, closure), 'quote-expired', 409);
    await accept(one.customer, requoted, ['family-1']);
    assert.equal((await submit(one.customer, closure)).stage, 'unbinding');
  });

  test('a quote that was asked for again without new facts is the same quote', async () => {
    const one = await someone();
    const closure = await open(one.customer, one.id);
    const again = (await one.customer.post(`/v1/closures/${closure.id}/quotes`)).body;
    assert.deepEqual(again.quote, closure.quote);
  });

  test('a channel that the policy does not offer is refused', async () => {
    const one = await someone({ policy: 'gb', balance: { minor: 100, currency: 'GBP' } });
    await refused(one.customer.through('app').post(`/v1/lines/${one.id}/closures`, { reason: 'other' }), 'channel-not-offered', 409);
    await refused(one.customer.through('counter').post(`/v1/lines/${one.id}/closures`, { reason: 'other' }), 'forbidden', 403);
  });

  test('five wrong codes lock the next tries, and a new code does not reset the count', async () => {
    const one = await someone();
    const closure = await open(one.customer, one.id);
    await one.customer.post(`/v1/closures/${closure.id}/otps`, { contact: 'line' });
    await refused(one.customer.post(`/v1/closures/${closure.id}/otps`, { contact: 'nobody' }), 'contact-unknown', 404);
    const wrong = async (n) => (await refused(one.customer.post(`/v1/closures/${closure.id}/otp-answers`, { code: `0000000${n}` }), 'otp-wrong')).data('wrong_tries');
    assert.deepEqual([await wrong(1), await wrong(2), await wrong(3)], ['1', '2', '3']);
    await one.customer.post(`/v1/closures/${closure.id}/otps`, { contact: 'line' });
    assert.equal(await wrong(4), '4');
    const locked = await refused(one.customer.post(`/v1/closures/${closure.id}/otp-answers`, { code: '00000005' }), 'otp-locked', 429);
    assert.ok(Date.parse(locked.data('until')) > Date.now());
    await refused(one.customer.post(`/v1/closures/${closure.id}/otps`, { contact: 'line' }), 'otp-locked', 429);
  });

  test('a code by mail is a notification, never the proof', async () => {
    const one = await someone();
    const closure = await open(one.customer, one.id);
    await accept(one.customer, closure);
    await declineBackup(one.customer, closure);
    await one.customer.post(`/v1/closures/${closure.id}/otps`, { contact: 'phone' });
    const [sms] = await toPhone(one, /\d{8}/);
    const shown = (await one.customer.post(`/v1/closures/${closure.id}/otp-answers`, { code: /\d{8}/.exec(sms.text)[0] })).body;
    assert.ok(shown.evidence.every((one_) => !one_.passed), 'another phone does not prove possession of the line');
    await refused(one.customer.post(`/v1/closures/${closure.id}/submission`), 'evidence-missing', 409);
  });
});

describe('a lost phone', () => {
  test('a word locks the line at once; only strong proof closes it', async () => {
    const one = await someone({}, { language: 'en' });
    const [profile] = one.line.profiles;
    const codes = (await one.customer.post(`/v1/lines/${one.id}/recovery-codes`)).body.codes;
    assert.equal(new Set(codes).size, 8);
    await one.customer.through('hotline').post(`/v1/lines/${one.id}/lost`, { how: 'call from another number' });
    await world.vlr.waitFor('DeleteDataRequest', profile.imsi);
    assert.deepEqual(await world.vlr.attach(profile.imsi), { ok: false, cause: CAUSE.plmnNotAllowed });
    await toPhone(one, /is locked/);
    const locked = (await one.customer.get(`/v1/lines/${one.id}`)).body;
    assert.ok(locked.locked_since && locked.profiles.every((each) => each.lost));

    const closure = await open(one.customer, one.id, { reason: 'lost_device' });
    assert.equal((await read(world.agent, closure.id)).risk.level, 'high');
    await accept(one.customer, closure);
    await declineBackup(one.customer, closure);
    await refused(one.customer.post(`/v1/closures/${closure.id}/recovery-code`, { code: 'aaaa-bbbb-cccc-dddd' }), 'otp-wrong', 403);
    await one.customer.post(`/v1/closures/${closure.id}/recovery-code`, { code: codes[3].toUpperCase() });
    assert.equal((await one.customer.get(`/v1/lines/${one.id}`)).body.recovery_codes_left, 7);
    await refused(one.customer.post(`/v1/closures/${closure.id}/recovery-code`, { code: codes[3] }), 'otp-wrong', 403);
    await refused(one.customer.post(`/v1/closures/${closure.id}/submission`), 'evidence-missing', 409);
    for (const kind of ['id_document', 'bank_card']) await world.system.post(`/v1/closures/${closure.id}/evidence`, { kind, passed: true, method: 'provider' });
    assert.equal((await submit(one.customer, closure)).stage, 'in_review');
    await decide(world.reviewer, closure, 'approval');
    await decide(world.second, closure, 'approval');
    const closed = await reach(one.customer, closure.id, 'closed');
    assert.deepEqual(closed.profiles.map((each) => [each.state, each.proof.kind]), [['written_off', 'declaration'], ['written_off', 'declaration']]);
    assert.equal(await world.hlr.info(profile.imsi), null);
  });

  test('found again: unlocked on strong proof only, and the network serves it again', async () => {
    const one = await someone();
    const [profile] = one.line.profiles;
    await one.customer.post(`/v1/lines/${one.id}/lost`, { iccid: profile.iccid });
    await until(async () => (await world.hlr.info(profile.imsi)).nam_cs === '0', { what: 'the bar' });
    await refused(one.customer.post(`/v1/lines/${one.id}/found`, {}), 'evidence-too-weak', 403);
    await refused(one.customer.post(`/v1/lines/${one.id}/found`, { evidence: [{ kind: 'id_document', method: 'me' }] }), 'forbidden', 403);
    await refused(one.customer.post(`/v1/lines/${one.id}/found`, { recovery_code: 'aaaa-bbbb-cccc-dddd' }), 'otp-wrong', 403);
    const shown = one.subscriber.person.document_number;
    const evidence = ['id_document', 'staff_sighting'].map((kind) => ({ kind, method: 'counter 3', ...(kind === 'id_document' && { shown }) }));
    const asked = await world.agent.post(`/v1/lines/${one.id}/found`, { iccid: profile.iccid, evidence });
    assert.ok((await one.customer.get(`/v1/lines/${one.id}`)).body.locked_since, 'one person\'s word unlocks nothing');
    await countersign(world.reviewer, one.id, asked);
    const found = (await one.customer.get(`/v1/lines/${one.id}`)).body;
    assert.equal(found.locked_since, undefined);
    await until(async () => (await world.hlr.info(profile.imsi)).nam_cs === '1', { what: 'the unbar' });
    assert.equal((await world.vlr.attach(profile.imsi)).ok, true);
  });
});

describe('after the end', () => {
  test('the old owner takes the number back inside the window, on strong proof, with a new profile', async () => {
    const one = await someone({ balance: yuan(0) });
    const closure = await applied(one);
    for (const profile of one.line.profiles) await reportDeleted(world.system, one.id, profile);
    await reach(one.customer, closure.id, 'closed');
    const weak = await refused(one.customer.post(`/v1/lines/${one.id}/reinstatement`), 'evidence-too-weak', 403);
    assert.match(weak.data('needed'), /id_document/);
    const shown = one.subscriber.person.document_number;
    for (const kind of ['id_document', 'staff_sighting']) await world.agent.post(`/v1/closures/${closure.id}/evidence`, { kind, passed: true, method: 'counter 3', shown });
    await countersign(world.second, one.id, await one.customer.post(`/v1/lines/${one.id}/reinstatement`));
    const back = (await one.customer.get(`/v1/lines/${one.id}`)).body;
    assert.deepEqual([back.status, back.holds], ['ordered', undefined]);
    await toPhone(one, /号码/);
    const profile = newLine().profiles[0];
    await countersign(world.second, one.id, await world.agent.post(`/v1/lines/${one.id}/profiles`, { ...profile, state: 'released' }));
    await world.system.post(`/v1/lines/${one.id}/profile-reports`, { iccid: profile.iccid, state: 'enabled', eid: profile.eid, sequence: 1 });
    await until(async () => (await world.hlr.info(profile.imsi))?.msisdn === plain(one.number), { what: 'the HLR to serve it again', timeoutMs: 60_000 });
    assert.equal((await world.vlr.attach(profile.imsi)).ok, true);
    assert.ok(eventTypes(await history(world.agent, one.id)).includes('line_reinstated'));
  });
});

describe('who may do what', () => {
  test('a subscriber sees only their own lines; to everybody else\'s the answer is "not found"', async () => {
    const mine = await someone();
    const theirs = await someone();
    const closure = await open(theirs.customer, theirs.id);
    await refused(mine.customer.get(`/v1/lines/${theirs.id}`), 'not-found', 404);
    await refused(mine.customer.get(`/v1/lines/${theirs.id}/history`), 'not-found', 404);
    await refused(mine.customer.get(`/v1/closures/${closure.id}`), 'closure-missing', 404);
    await refused(mine.customer.post(`/v1/lines/${theirs.id}/closures`, { reason: 'other' }), 'not-found', 404);
    await refused(mine.customer.post('/v1/lines/search', { number: theirs.number }), 'not-found', 404);
    await refused(mine.customer.get(`/v1/subscribers/${theirs.subscriber.id}`), 'not-found', 404);
    await refused(mine.customer.get(`/v1/subscribers/${theirs.subscriber.id}/person`), 'not-found', 404);
    await refused(mine.customer.post(`/v1/closures/${closure.id}/withdrawal`), 'closure-missing', 404);
  });

  test('each role does its own work only', async () => {
    const one = await someone({ policy: 'reviewed' });
    const closure = await applied(one);
    const ifMatch = await versionOf(world.reviewer, closure);
    for (const client of [one.customer, world.agent, world.system]) {
      await refused(client.post(`/v1/closures/${closure.id}/approval`, { reason: 'yes' }, { ifMatch }), 'forbidden', 403);
    }
    await refused(world.reviewer.post('/v1/tokens', { role: 'admin', id: 'me' }), 'forbidden', 403);
    await refused(one.customer.get('/v1/closures'), 'forbidden', 403);
    await refused(one.customer.post(`/v1/lines/${one.id}/top-ups`, { amount: yuan(1), reference: 'x' }), 'forbidden', 403);
    await refused(world.agent.post('/v1/lines/import', { subscriber: newSubscriber(), line: newLine() }), 'forbidden', 403);
  });

  test('a reviewer who took part in an application does not decide about it', async () => {
    const one = await someone({ policy: 'reviewed' });
    const closure = await open(one.customer, one.id);
    await world.reviewer.post(`/v1/closures/${closure.id}/evidence`, { kind: 'id_document', passed: true, method: 'seen', shown: one.subscriber.person.document_number });
    await accept(one.customer, closure);
    await declineBackup(one.customer, closure);
    await proveByOtp(one.customer, world.smsc, closure, one.number);
    await submit(one.customer, closure);
    await refused(decide(world.reviewer, closure, 'approval'), 'own-application', 403);
    await refused(decide(world.reviewer, closure, 'rejection'), 'own-application', 403);
    assert.equal((await decide(world.second, closure, 'approval')).stage, 'unbinding');
  });
});

describe('repeating safely', () => {
  test('the same key with the same request is answered once and again; with another request it is refused', async () => {
    const one = await someone();
    const key = randomUUID();
    const first = await one.customer.post(`/v1/lines/${one.id}/closures`, { reason: 'other' }, { key });
    const replay = await one.customer.post(`/v1/lines/${one.id}/closures`, { reason: 'other' }, { key });
    assert.equal(first.headers.get('idempotency-replayed'), null);
    assert.equal(replay.headers.get('idempotency-replayed'), 'true');
    assert.deepEqual([replay.status, replay.body.id, replay.etag], [first.status, first.body.id, first.etag]);
    await refused(one.customer.post(`/v1/lines/${one.id}/closures`, { reason: 'deceased' }, { key }), 'idempotency-key-reused', 422);
    await refused(one.customer.request('POST', `/v1/lines/${one.id}/closures`, { body: { reason: 'other' }, key: '' }), 'idempotency-key-missing', 400);
  });

  test('an impatient customer has one case, one code and one due date', async () => {
    const one = await someone();
    const answers = await Promise.all(Array.from({ length: 40 }, () => one.customer.post(`/v1/lines/${one.id}/closures`, { reason: 'other' })));
    assert.deepEqual([...new Set(answers.map((answer) => answer.body.id))], [`${one.id}-c1`]);
    assert.equal(answers.filter((answer) => answer.status === 201).length, 1);
    const key = randomUUID();
    await Promise.all(Array.from({ length: 10 }, () => one.customer.post(`/v1/closures/${one.id}-c1/otps`, { contact: 'line' }, { key })));
    await world.smsc.waitFor({ to: plain(one.number), text: /\d{8}/ });
    assert.equal(world.smsc.effects().filter((sms) => sms.to === plain(one.number)).length, 1);
  });

  test('If-Match lets only the first of two racing changes through', async () => {
    const one = await someone();
    const { etag } = await one.customer.get(`/v1/lines/${one.id}`);
    const both = await Promise.allSettled([true, true].map(() => world.system.post(`/v1/lines/${one.id}/bonuses`, { amount: yuan(5), reference: randomUUID().slice(0, 20) }, { ifMatch: etag })));
    assert.deepEqual(both.map((one_) => one_.status).sort(), ['fulfilled', 'rejected']);
    assert.equal(both.find((one_) => one_.status === 'rejected').reason.code, 'version-mismatch');
    assert.equal((await world.agent.get(`/v1/lines/${one.id}/balance`)).body.bonus.minor, 5);
  });

  test('one number is given to one subscriber, however many ask at once', async () => {
    const number = newNumber();
    const people = await Promise.all(Array.from({ length: 8 }, async () => {
      const subscriber = newSubscriber();
      await world.agent.post('/v1/subscribers', subscriber);
      return subscriber.id;
    }));
    const outcomes = await Promise.allSettled(people.map((subscriber) => world.agent.post('/v1/lines', { number, subscriber, policy: 'quick' })));
    assert.equal(outcomes.filter((one) => one.status === 'fulfilled').length, 1);
    assert.ok(outcomes.filter((one) => one.status === 'rejected').every((one) => one.reason.code === 'line-exists'));
  });
});
