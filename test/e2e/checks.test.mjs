// Checks that an applicant asks for: what the API says of them from the ask to the proof, and a verification provider of its own that hears of
// them by webhook, looks at the document and settles them with a token of a system. Nothing of it is built into Keepline but those two ends.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from '../peers/wait.mjs';
import { refused } from './client.mjs';
import { accept, declineBackup, eventTypes, history, open, proveByOtp, reach, read, submit } from './journey.mjs';
import { newLine, newSubscriber } from './people.mjs';
import { startWorld } from './world.mjs';

const PDF = Buffer.from('%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n');

let world;
let provider;
before(async () => {
  world = await startWorld({ peers: ['smsc', 'webhook'], config: { hlr: { kind: 'none' } } });
  world.otherAgent = await world.token('agent', 'clerk-2');
  provider = await world.token('system', 'verifier');
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

/** A case with everything but its proof. */
async function applying(line = newLine({ policy: 'checked' }), more = {}) {
  const subscriber = newSubscriber({ language: 'en', ...more });
  const { id } = await world.takeOver(subscriber, line);
  const customer = await world.as(subscriber.id);
  const closure = await open(customer, id);
  await accept(customer, closure);
  await declineBackup(customer, closure);
  return { subscriber, line, id, customer, closure, at: `/v1/closures/${closure.id}/checks`, papers: `/v1/subscribers/${subscriber.id}/documents` };
}
const handIn = async (one, client = one.customer, purpose = 'id_document') =>
  (await client.post(`${one.papers}?purpose=${purpose}`, PDF, { headers: { 'content-type': 'application/octet-stream' } })).body.id;
const look = (client, one, document) => client.post(`${one.papers}/${document}/opening`, { reason: 'to compare it' });
const numberOf = (one) => one.subscriber.person.document_number;
const cardOf = (one) => one.subscriber.person.refund_iban;
const queueOf = async (one, client = world.agent, kind) => {
  const { items } = (await client.get(`/v1/checks?limit=200${kind ? `&kind=${kind}` : ''}`)).body;
  return items.filter((item) => item.closure_id === one.closure.id);
};

describe('a check', () => {
  test('of a document is asked for, waits in the queue, is compared by an agent, and is proof', async () => {
    const one = await applying();
    const document = await handIn(one);
    await refused(look(world.agent, one, document), 'forbidden', 403);
    const asked = await one.customer.post(one.at, { kind: 'id_document', document });
    assert.equal(asked.status, 201);
    assert.deepEqual(asked.body.checks.map(({ serial, kind, document: of, state }) => [serial, kind, of, state]), [[1, 'id_document', document, 'open']]);
    assert.equal((await one.customer.post(one.at, { kind: 'id_document', document })).status, 200, 'again is the same one');
    const [waits] = await queueOf(one);
    assert.deepEqual([waits.subscriber, waits.line_id, waits.overdue], [one.subscriber.id, one.id, false]);
    assert.deepEqual(await queueOf(one, world.agent, 'callback'), []);
    assert.deepEqual((await look(world.agent, one, document)).body, PDF, 'an agent looks at what a check names');
    assert.ok((await world.admin.get(`/v1/subscribers/${one.subscriber.id}`)).body.staff_reads >= 1, 'and it is written down');
    await refused(world.agent.post(`${one.at}/1`, { passed: true, method: 'the picture' }), 'invalid', 422);
    const { body } = await world.agent.post(`${one.at}/1`, { passed: true, method: 'the picture', shown: numberOf(one) });
    assert.deepEqual([body.checks[0].state, body.checks[0].settled_by.id, body.evidence[0].passed], ['passed', 'clerk', true]);
    assert.deepEqual(await queueOf(one), []);
    await refused(look(world.agent, one, document), 'forbidden', 403);
    await proveByOtp(one.customer, world.smsc, one.closure, one.line.number);
    const sent = await submit(one.customer, one.closure);
    assert.equal(sent.stage, 'in_review', 'one agent\'s word alone is looked at by a reviewer');
    assert.equal((await one.customer.get(`/v1/closures/${one.closure.id}`)).body.checks[0].settled_by, undefined);
  });

  test('that failed says why, and the same way is tried again', async () => {
    const one = await applying();
    await one.customer.post(one.at, { kind: 'id_document', document: await handIn(one) });
    await refused(world.agent.post(`${one.at}/1`, { passed: false, method: 'the picture' }), 'invalid', 422);
    await refused(world.agent.post(`${one.at}/1`, { passed: false, method: 'the picture', why: 'unreadable', reason: 'words of their own' }), 'forbidden', 403);
    await refused(world.agent.post(`${one.at}/1`, { passed: false, method: 'the picture', why: 'no_answer' }), 'invalid', 422);
    await world.agent.post(`${one.at}/1`, { passed: false, method: 'the picture', why: 'unreadable' });
    const seen = await read(one.customer, one.closure.id);
    assert.deepEqual([seen.checks[0].state, seen.checks[0].why, seen.checks[0].reason], ['failed', 'unreadable', undefined]);
    await until(() => world.smsc.effects().some((sms) => sms.text.includes('the picture cannot be read')), { what: 'the message', timeoutMs: 60_000 });
    assert.equal((await one.customer.post(one.at, { kind: 'id_document', document: await handIn(one) })).status, 201);
    await refused(world.agent.post(`${one.at}/1/withdrawal`, {}), 'closure-stage', 409);
    await refused(world.agent.post(`${one.at}/2/withdrawal`, {}), 'forbidden', 403);
    assert.equal((await one.customer.post(`${one.at}/2/withdrawal`, {})).body.checks[1].state, 'withdrawn');
    await refused(one.customer.post(`${one.at}/3/withdrawal`, {}), 'not-found', 404);
  });

  test('is told to everybody on file when it is asked for; what failed takes two people the second time, and a decider says why in words', async () => {
    const one = await applying();
    await one.customer.post(one.at, { kind: 'callback', contact: 'phone' });
    const phone = one.subscriber.contacts.find(({ id }) => id === 'phone').address.slice(1);
    const told = () => world.smsc.effects().some((sms) => sms.to.endsWith(phone.slice(-11)) && /somebody asked .*to be called back/.test(sms.text));
    await until(told, { what: 'the word to the other phone', timeoutMs: 60_000 });
    await world.agent.post(`${one.at}/1`, { passed: false, method: 'called', why: 'no_answer' });
    await one.customer.post(one.at, { kind: 'callback', contact: 'phone' });
    await refused(world.agent.post(`${one.at}/2`, { passed: false, method: 'called', why: 'no_answer' }), 'second-person-needed', 409);
    await world.reviewer.post(`${one.at}/2`, { passed: false, method: 'called', reason: 'somebody else took the call' });
    assert.equal((await read(one.customer, one.closure.id)).checks[1].reason, 'somebody else took the call');
  });

  test('of a card says which one by four digits, and others are counted', async () => {
    const one = await applying();
    const digits = cardOf(one).slice(-4);
    await refused(one.customer.post(one.at, { kind: 'bank_card', digits: cardOf(one) }), 'invalid', 422);
    await refused(one.customer.post(one.at, { kind: 'bank_card', digits: digits === '0000' ? '1111' : '0000' }), 'proof-mismatch', 403);
    assert.equal((await one.customer.post(one.at, { kind: 'bank_card', digits })).status, 201);
    assert.equal((await read(one.customer, one.closure.id)).otp.wrong_tries, 1);
    await refused(world.agent.post(`${one.at}/1`, { passed: true, method: 'the bank' }), 'invalid', 422);
    await refused(world.agent.post(`${one.at}/1`, { passed: true, method: 'the bank', shown: 'DE89370400440532013000' }), 'account-missing', 422);
    assert.equal((await world.agent.post(`${one.at}/1`, { passed: true, method: 'the bank', shown: cardOf(one) })).body.checks[0].state, 'passed');
    const told = JSON.stringify(await history(world.admin, one.id));
    assert.ok(!told.includes(cardOf(one)) && !told.includes(`"${digits}"`), 'they are in no journal');
  });

  test('by a call goes to a phone on file, at hours that suit', async () => {
    const one = await applying();
    for (const contact of ['line', 'mail', 'nobody']) await refused(one.customer.post(one.at, { kind: 'callback', contact }), 'contact-unknown', 404);
    await refused(one.customer.post(one.at, { kind: 'callback', contact: 'phone', hours: { from: 18, until: 9 } }), 'invalid', 422);
    const { body } = await one.customer.post(one.at, { kind: 'callback', contact: 'phone', hours: { from: 9, until: 12 } });
    assert.deepEqual([body.checks[0].contact, body.checks[0].hours], ['phone', { from: 9, until: 12 }]);
    assert.equal((await queueOf(one, world.agent, 'callback')).length, 1);
    await world.agent.post(`${one.at}/1`, { passed: true, method: 'called back' });
    assert.ok(eventTypes(await history(world.admin, one.id)).includes('check_settled'));
  });

  test('by a call goes to no line of theirs, under whatever name it is on file', async () => {
    const line = newLine({ policy: 'checked' });
    const one = await applying(line, { contacts: [{ id: 'phone', by: 'sms', address: line.number, verified: true }] });
    await refused(one.customer.post(one.at, { kind: 'callback', contact: 'phone' }), 'contact-unknown', 404);
  });

  test('keeps the document that it rests on', async () => {
    const one = await applying();
    const document = await handIn(one);
    await one.customer.post(one.at, { kind: 'id_document', document });
    await refused(one.customer.post(`${one.papers}/${document}/withdrawal`, {}), 'closure-stage', 409);
    await one.customer.post(`${one.at}/1/withdrawal`, {});
    await one.customer.post(`${one.papers}/${document}/withdrawal`, {});
  });

  test('is for nobody else to ask, to see or to settle', async () => {
    const one = await applying();
    const other = await applying();
    const document = await handIn(one);
    await refused(other.customer.post(one.at, { kind: 'id_document', document }), 'closure-missing', 404);
    await refused(other.customer.post(other.at, { kind: 'id_document', document }), 'not-found', 404);
    await refused(one.customer.post(one.at, { kind: 'id_document', document: await handIn(one, one.customer, 'other') }), 'not-found', 404);
    await refused(one.customer.get('/v1/checks'), 'forbidden', 403);
    await one.customer.post(one.at, { kind: 'id_document', document });
    await refused(one.customer.post(`${one.at}/1`, { passed: true, method: 'me' }), 'forbidden', 403);
    await refused(other.customer.post(`${one.at}/1/withdrawal`, {}), 'closure-missing', 404);
    await refused(world.agent.get('/v1/checks?kind=otp_sms&after=nonsense'), 'invalid', 422);
    await refused(world.agent.get('/v1/checks?kind=shoes'), 'invalid', 422);
  });
});

describe('a verification provider', () => {
  /** Settles what it hears of: a document with this number is the right one. */
  async function settles(one, number) {
    const heard = () => world.webhook.effects().find(({ data }) => data.type === 'closure.check_asked' && data.data.line === one.id);
    await until(heard, { what: 'the webhook of the check', timeoutMs: 60_000 });
    const [check] = await queueOf(one, provider);
    assert.deepEqual((await look(provider, one, check.document)).body, PDF);
    return provider.post(`${one.at}/${check.serial}`, { passed: true, method: 'verifier.example', shown: number });
  }

  test('hears of a check by webhook, opens the document, settles it by the API, and the application goes on', async () => {
    const one = await applying();
    await one.customer.post(one.at, { kind: 'id_document', document: await handIn(one) });
    const { body } = await settles(one, numberOf(one));
    assert.equal(body.checks[0].state, 'passed');
    await proveByOtp(one.customer, world.smsc, one.closure, one.line.number);
    await submit(one.customer, one.closure);
    await reach(world.agent, one.closure.id, 'unbinding');
    assert.deepEqual(world.webhook.refused, [], 'all that came was signed');
    const done = () => world.webhook.effects().some(({ data }) => data.type === 'closure.check_settled' && data.data.line === one.id);
    await until(done, { what: 'the news that it is settled', timeoutMs: 60_000 });
  });

  test('sees another document than the one on file, and nothing is proved', async () => {
    const one = await applying();
    await one.customer.post(one.at, { kind: 'id_document', document: await handIn(one) });
    await refused(settles(one, '110101199001019999'), 'proof-mismatch', 403);
    const seen = await read(one.customer, one.closure.id);
    assert.deepEqual([seen.checks[0].state, seen.evidence.some((shown) => shown.kind === 'id_document' && shown.passed)], ['failed', false]);
    await proveByOtp(one.customer, world.smsc, one.closure, one.line.number);
  });

  test('opens no document that nobody asked it to compare', async () => {
    const one = await applying();
    const named = await handIn(one);
    const other = await handIn(one);
    await one.customer.post(one.at, { kind: 'id_document', document: named });
    await refused(look(provider, one, other), 'forbidden', 403);
    await look(provider, one, named);
  });
});
