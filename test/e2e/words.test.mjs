// What the subscriber reads: few messages, the last of them before the bar, one number to say on the phone, and nothing in an
// SMS that is not so. Against the real HLR, SMSC and MTA.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from '../peers/wait.mjs';
import { refused } from './client.mjs';
import { accept, apply, certificateOf, codeFromSms, codesSent, declineBackup, history, open, proveByOtp, reach, read, reportDeleted, submit } from './journey.mjs';
import { contactOf, newLine, newNumber, newSubscriber, plain } from './people.mjs';
import { startWorld } from './world.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['hlr', 'vlr', 'smsc', 'mta'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

async function someone(over = {}, person = {}) {
  const subscriber = newSubscriber(person);
  const line = newLine(over);
  const taken = await world.takeOver(subscriber, line);
  return { subscriber, line, taken, id: taken.id, number: line.number, customer: await world.as(subscriber.id) };
}
const heardBy = (to) => world.smsc.effects().filter((sms) => sms.to === plain(to));
const REFERENCE = /\d{4} \d{4} \d{4}/;

describe('a low-risk closure', () => {
  test('tells each phone its first steps in one message, and the line hears its last before the bar', async () => {
    const one = await someone();
    const phone = contactOf(one.subscriber, 'phone');
    const before = [heardBy(phone).length, heardBy(one.number).length];
    const closure = await apply(one.customer, world.smsc, one.taken, one.number);
    assert.equal(closure.stage, 'unbinding');
    const [first] = await world.smsc.waitFor({ to: plain(phone), text: /已收到.*删除eSIM/ });
    assert.match(first.text, REFERENCE);
    assert.ok(first.parts <= 3, `${first.parts} parts: ${first.text}`);
    await world.smsc.waitFor({ to: plain(one.number), text: /已收到.*删除eSIM/ });
    assert.equal(heardBy(phone).length - before[0], 1, 'receipt, approval and what to do came in one');
    assert.equal(heardBy(one.number).length - before[1], 2, 'the code and the one message');

    for (const profile of one.line.profiles) await reportDeleted(world.system, one.id, profile);
    await world.vlr.waitFor('DeleteDataRequest', one.line.profiles[0].imsi);
    const last = heardBy(one.number).at(-1);
    assert.match(last.text, /正在注销.*取回/, 'when the network was told, the line had been');
    assert.match(last.text, REFERENCE);
    const closed = await reach(one.customer, closure.id, 'closed');
    const types = closed.notices.map(({ kind }) => kind);
    assert.ok(types.includes('closing_now'), types.join());
    await world.smsc.waitFor({ to: plain(phone), text: /\d+年\d+月\d+日注销/ });
    assert.equal(heardBy(one.number).at(-1).text, last.text, 'nothing is sent to a line that is gone');
  });
});

describe('the case number', () => {
  test('is on every message of the case, finds case and certificate, and says whether a message is ours', async () => {
    const one = await someone({}, { language: 'en' });
    const closure = await apply(one.customer, world.smsc, one.taken, one.number);
    const seen = await read(one.customer, closure.id);
    assert.match(seen.reference, /^\d{4} \d{4} \d{4}$/);
    const [sms] = await world.smsc.waitFor({ to: plain(contactOf(one.subscriber, 'phone')), text: /Delete eSIM/ });
    assert.ok(sms.text.includes(seen.reference), sms.text);
    assert.equal((await read(one.customer, seen.reference.replaceAll(' ', ''))).id, closure.id);
    for (const by of ['iccid', 'eid']) assert.equal((await world.agent.post('/v1/lines/search', { [by]: one.line.profiles[0][by] })).body.id, one.id, by);
    for (const profile of one.line.profiles) await reportDeleted(world.system, one.id, profile);
    await reach(one.customer, closure.id, 'closed');
    await certificateOf(one.customer, closure.id);
    const found = await one.customer.get(`/v1/closures/${seen.reference.replaceAll(' ', '')}/certificate`);
    const claims = JSON.parse(Buffer.from(found.body.toString().split('.')[1], 'base64url').toString());
    assert.equal(claims.case_number, seen.reference);
    assert.equal(claims.operator, 'Keepline');

    assert.equal((await world.agent.post('/v1/lines/search', { reference: seen.reference })).body.id, one.id);
    const ours = (await world.agent.get(`/v1/messages/${seen.reference.replaceAll(' ', '-')}`)).body;
    assert.equal(ours.about, 'closure');
    assert.equal(ours.number_tail, one.number.slice(-4));
    await refused(world.agent.get('/v1/messages/000000000000'), 'not-found', 404);
    const stranger = await someone();
    await refused(stranger.customer.get(`/v1/closures/${seen.reference.replaceAll(' ', '')}`), 'closure-missing', 404);
  });

  test('an ended case is listed where it is asked for, and the queue names number, channel, age and customer', async () => {
    const one = await someone();
    const closure = await open(one.customer, one.id, { reason: 'device_broken' });
    const waiting = (await world.reviewer.get('/v1/closures?stage=opened&limit=200')).body.items.find(({ id }) => id === closure.id);
    assert.deepEqual([waiting.number, waiting.channel, waiting.age_hours, waiting.subscriber], [one.number, 'web', 0, one.subscriber.id]);
    assert.equal((await one.customer.get(`/v1/lines/${one.id}`)).body.locked_since, undefined, 'broken is not lost');
    await one.customer.post(`/v1/closures/${closure.id}/withdrawal`);
    const ended = (await world.reviewer.get('/v1/closures?stage=withdrawn&limit=200')).body.items;
    assert.ok(ended.some(({ id }) => id === closure.id));
  });

  test('what was sent in a case that is over is known by its reference', async () => {
    const one = await someone({}, { language: 'en' });
    const closure = await apply(one.customer, world.smsc, one.taken, one.number);
    const { reference } = await read(one.customer, closure.id);
    await one.customer.post(`/v1/closures/${closure.id}/withdrawal`);
    await world.smsc.waitFor({ to: plain(contactOf(one.subscriber, 'phone')), text: /stopped|withdrawn|goes on/i });
    await open(one.customer, one.id);
    const { told, about } = (await world.agent.get(`/v1/messages/${reference.replaceAll(' ', '-')}`)).body;
    assert.equal(about, 'closure');
    assert.ok(told.some(({ kind, to }) => kind === 'withdrawn' && to.length > 0), JSON.stringify(told));
  });
});

describe('what an SMS says about codes', () => {
  test('is true: staff cannot type the code that a customer reads out', async () => {
    const one = await someone({}, { language: 'en' });
    const closure = await open(one.customer, one.id);
    await accept(one.customer, closure);
    await declineBackup(one.customer, closure);
    const had = codesSent(world.smsc, one.number);
    await world.agent.post(`/v1/closures/${closure.id}/otps`, { contact: 'line' });
    const code = await codeFromSms(world.smsc, one.number, { after: had });
    assert.match(heardBy(one.number).at(-1).text, /Type it in yourself/);
    await refused(world.agent.post(`/v1/closures/${closure.id}/otp-answers`, { code }), 'code-not-for-staff', 403);
    const shown = (await one.customer.post(`/v1/closures/${closure.id}/otp-answers`, { code })).body;
    assert.ok(shown.evidence.some(({ kind, passed }) => kind === 'otp_sms' && passed), 'the customer types it in');
  });
});

describe('before and while a case runs', () => {
  test('eligibility is told without a case', async () => {
    const one = await someone();
    const told = (await one.customer.get(`/v1/lines/${one.id}/eligibility`)).body;
    assert.deepEqual([told.can_apply, told.blocks, told.to_refund.minor], [true, [], 1234]);
    await world.admin.post(`/v1/lines/${one.id}/legal-hold`, { reference: 'court 7' });
    const held = (await one.customer.get(`/v1/lines/${one.id}/eligibility`)).body;
    assert.deepEqual([held.can_apply, held.blocks.map(({ kind, by, reference }) => [kind, by, reference])], [false, [['legal_hold', 'ask_authority', '']]]);
    assert.equal((await one.customer.get(`/v1/lines/${one.id}`)).body.closure, undefined, 'nothing was opened');
  });

  test('a line that alone would hear of its end: one more contact is asked for, or the word that there is none', async () => {
    const one = await someone({}, { contacts: [] });
    assert.equal((await one.customer.get(`/v1/lines/${one.id}/eligibility`)).body.contact_wanted, true);
    const closure = await open(one.customer, one.id);
    await accept(one.customer, closure);
    await proveByOtp(one.customer, world.smsc, closure, one.number);
    await declineBackup(one.customer, closure);
    const missing = await refused(submit(one.customer, closure), 'contact-missing', 422);
    assert.match(missing.data('contact-missing'), /line_only/);
    const counter = await refused(submit(world.agent.through('counter'), closure), 'evidence-missing', 409);
    assert.match(counter.data('contact-missing'), /line_only/, 'staff are asked as well');
    const asked = await world.cli(['closure', 'submit', closure.id, '--channel', 'web'], { env: { KEEPLINE_TOKEN: one.customer.token } });
    assert.match(asked.stderr, /除本号码外|Only the line itself/);
    const submitted = await world.cli(['closure', 'submit', closure.id, '--channel', 'web', '--line-only', '--json'], { env: { KEEPLINE_TOKEN: one.customer.token } });
    assert.equal(submitted.code, 0, submitted.stderr);
    const seen = JSON.parse(submitted.stdout);
    assert.deepEqual([seen.stage, seen.line_only], ['unbinding', true]);
    const said = (await history(world.admin, one.id)).flatMap(({ events }) => events).find(({ type }) => type === 'closure_submitted');
    assert.deepEqual([said.line_only, said.by.as], [true, 'subscriber']);
    for (const profile of one.line.profiles) await reportDeleted(world.system, one.id, profile);
    await reach(one.customer, closure.id, 'closed');
    assert.match(heardBy(one.number).at(-1).text, REFERENCE, 'the last that it hears is the number by which the certificate is found');
    await certificateOf(one.customer, closure.id);
    assert.equal((await one.customer.get(`/v1/closures/${seen.reference.replaceAll(' ', '')}/certificate`)).status, 200);
  });

  test('a contact point that was added is enough when its code was shown, and is a fact of risk', async () => {
    const one = await someone({}, { contacts: [] });
    const closure = await open(one.customer, one.id);
    await accept(one.customer, closure);
    await proveByOtp(one.customer, world.smsc, closure, one.number);
    await declineBackup(one.customer, closure);
    const to = newNumber().replace('+86138', '+86139');
    await one.customer.post(`/v1/subscribers/${one.subscriber.id}/contacts`, { contacts: [{ id: 'sister', by: 'sms', address: to }] });
    const wanted = async () => (await refused(submit(one.customer, closure), 'evidence-missing', 409)).problem.data.map(({ name }) => name);
    await until(async () => (await one.customer.get(`/v1/lines/${one.id}`)).body.contacts.length === 1, { what: 'the line to know' });
    assert.deepEqual((await wanted()).sort(), ['contact-missing', 'evidence-missing'], 'it hears nothing yet');
    await one.customer.post(`/v1/subscribers/${one.subscriber.id}/contacts/sister/codes`);
    const code = await codeFromSms(world.smsc, to);
    await one.customer.post(`/v1/subscribers/${one.subscriber.id}/contacts/sister/code-answers`, { code });
    await until(async () => (await one.customer.get(`/v1/lines/${one.id}`)).body.contacts[0].verified, { what: 'the line to know' });
    assert.deepEqual(await wanted(), ['evidence-missing'], 'a code alone is not enough while a contact is fresh');
  });

  test('a block that stops a running case is shown on it with what lifts it', async () => {
    const one = await someone();
    const closure = await apply(one.customer, world.smsc, one.taken, one.number);
    await one.customer.post(`/v1/lines/${one.id}/customer-lock`, { locked: true });
    const stopped = await until(async () => {
      const now = await read(one.customer, closure.id);
      return now.blocks.length > 0 && now;
    }, { what: 'the block on the case' });
    assert.deepEqual(stopped.blocks.map(({ kind, by }) => [kind, by]), [['customer_lock', 'unlock']]);
  });
});
