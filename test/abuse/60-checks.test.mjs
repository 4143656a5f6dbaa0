// Checks that an applicant asks for, attacked: a thief with one token, a tired agent, two clerks of whom one applies. What they reach is a case that
// somebody else must look at. Checks are new: there was no program on which these got through.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { refused } from '../e2e/client.mjs';
import { accept, decide, declineBackup, open, proveByOtp, read, submit } from '../e2e/journey.mjs';
import { newNumber } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { until } from '../peers/wait.mjs';
import { lineOf, victim } from './attack.mjs';

const PDF = Buffer.from('%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n');

let world;
before(async () => {
  world = await startWorld({ peers: ['smsc'] });
  world.otherAgent = await world.token('agent', 'clerk-2');
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const papersOf = (one) => `/v1/subscribers/${one.subscriber.id}/documents`;
const handIn = async (one, client = one.customer) => (await client.post(`${papersOf(one)}?purpose=id_document`, PDF, { headers: { 'content-type': 'application/octet-stream' } })).body.id;
async function opened(one, by = one.customer) {
  const closure = await open(by, one.id);
  await accept(by, closure);
  await declineBackup(by, closure);
  return { closure, at: `/v1/closures/${closure.id}/checks` };
}

test('a thief with the session and the line\'s SMS, and an agent who passes whatever they see, close nothing', async () => {
  const one = await victim(world, { policy: 'checked' });
  const older = await handIn(one, world.agent);
  const { closure, at } = await opened(one);
  // The owner's real document is there from before; whoever has the session can pick it, and it says nothing of them.
  await refused(one.customer.post(at, { kind: 'id_document', document: older }), 'evidence-too-weak', 403);
  await one.customer.post(at, { kind: 'id_document', document: await handIn(one) });
  // The agent does not look, and types what stands on the thief's picture.
  await refused(world.agent.post(`${at}/1`, { passed: true, method: 'looked', shown: '110101198001011234' }), 'proof-mismatch', 403);
  await proveByOtp(one.customer, world.smsc, closure, one.number);
  await refused(submit(one.customer, closure), 'evidence-missing', 409);
  // The agent reads the number off our own file instead: one agent's word, at which somebody else looks.
  await one.customer.post(at, { kind: 'id_document', document: await handIn(one) });
  await world.agent.post(`${at}/2`, { passed: true, method: 'looked', shown: one.subscriber.person.document_number });
  await submit(one.customer, closure);
  const seen = await read(world.admin, closure.id);
  assert.equal(seen.stage, 'in_review');
  assert.ok(seen.look_at.includes('staff_only'), seen.look_at.join());
});

test('a thief does not have us call a phone, or verify a card, that they named themselves', async () => {
  const one = await victim(world, { policy: 'checked' });
  const { at } = await opened(one);
  const contacts = [...one.subscriber.contacts, { id: 'thiefs', by: 'sms', address: newNumber().replace('+86138', '+86137') }];
  await one.customer.post(`/v1/subscribers/${one.subscriber.id}/contacts`, { contacts });
  await until(async () => (await lineOf(world, one)).contacts.some(({ id }) => id === 'thiefs'), { what: 'the line to know', timeoutMs: 60_000 });
  await refused(one.customer.post(at, { kind: 'callback', contact: 'thiefs' }), 'contact-unverified', 409);
  await refused(one.customer.post(at, { kind: 'callback', contact: 'line' }), 'contact-unknown', 404);
});

test('of two clerks who help each other one applies, and neither decides', async () => {
  const one = await victim(world, { policy: 'checked' });
  const { closure, at } = await opened(one, world.agent);
  await world.agent.post(at, { kind: 'id_document', document: await handIn(one, world.otherAgent) });
  await world.agent.post(at, { kind: 'callback', contact: 'phone' });
  const shown = one.subscriber.person.document_number;
  await refused(world.agent.post(`${at}/1`, { passed: true, method: 'looked', shown }), 'own-application', 403);
  await refused(world.agent.post(`${at}/2`, { passed: true, method: 'called' }), 'own-application', 403);
  await refused(world.otherAgent.post(`${at}/1`, { passed: true, method: 'looked', shown }), 'own-application', 403);
  const attests = world.otherAgent.post(`/v1/closures/${closure.id}/evidence`, { kind: 'id_document', passed: true, method: 'looked', shown });
  await refused(attests, 'own-application', 403);
  await world.otherAgent.post(`${at}/2`, { passed: true, method: 'called' });
  await world.reviewer.post(`${at}/1`, { passed: true, method: 'looked', shown });
  await submit(world.agent, closure);
  const seen = await read(world.admin, closure.id);
  assert.equal(seen.stage, 'in_review');
  await refused(decide(world.reviewer, closure, 'approval'), 'own-application', 403);
});

// Before, nothing asked who had read the number: what was read on our own screen "matched".
test('a clerk who read the number here does not type it as one that they saw', async () => {
  const one = await victim(world, { policy: 'checked' });
  const thief = await world.token('agent', 'reading-clerk');
  const shown = one.subscriber.person.document_number;
  const read_here = (await thief.get(`/v1/subscribers/${one.subscriber.id}/person?reason=${encodeURIComponent('they asked about their bill')}`)).body;
  assert.equal(read_here.document_number, shown);
  const { closure, at } = await opened(one);
  await one.customer.post(at, { kind: 'id_document', document: await handIn(one) });
  await refused(thief.post(`${at}/1`, { passed: true, method: 'looked', shown }), 'second-person-needed', 409);
  const seen = (await thief.post(`/v1/closures/${closure.id}/evidence`, { kind: 'id_document', passed: true, method: 'counter 12', shown })).body;
  assert.equal(seen.evidence.at(-1).compared, 'not_compared');
  // An honest clerk opens the picture that they are to compare, and reads nothing else.
  const { document } = (await read(world.admin, closure.id)).checks[0];
  await world.otherAgent.post(`${papersOf(one)}/${document}/opening`, { reason: 'to compare' });
  const settled = (await world.otherAgent.post(`${at}/1`, { passed: true, method: 'looked', shown })).body;
  assert.equal(settled.checks[0].state, 'passed');
  assert.equal(settled.evidence.at(-1).compared, 'matched');
});

test('nobody floods the queue, or takes the owner\'s place in it', async () => {
  const one = await victim(world, { policy: 'checked' });
  const { at } = await opened(one);
  const asks = async (client) => {
    const { checks } = (await client.post(at, { kind: 'callback', contact: 'phone' })).body;
    await client.post(`${at}/${checks.at(-1).serial}/withdrawal`, {});
  };
  for (let i = 0; i < 4; i += 1) await asks(world.agent);
  await refused(world.agent.post(at, { kind: 'callback', contact: 'phone' }), 'too-many-requests', 429);
  for (let i = 0; i < 4; i += 1) await asks(one.customer);
  await refused(one.customer.post(at, { kind: 'callback', contact: 'phone' }), 'too-many-requests', 429);
});

test('a stolen token of an agent or of a system fails one check of a case, and locks no customer out by what it gets wrong', async () => {
  for (const who of ['agent', 'system']) {
    const thief = await world.token(who, `stolen-${who}`);
    const one = await victim(world, { policy: 'checked' });
    const { closure, at } = await opened(one);
    const ask = async () => one.customer.post(at, { kind: 'id_document', document: await handIn(one) });
    await ask();
    await thief.post(`${at}/1`, { passed: false, method: 'looked', why: 'unreadable' });
    await ask();
    await refused(thief.post(`${at}/2`, { passed: false, method: 'looked', why: 'unreadable' }), 'second-person-needed', 409);
    for (let i = 0; i < 5; i += 1) await refused(thief.post(`${at}/2`, { passed: true, method: 'looked', shown: '110101198001011234' }), 'proof-mismatch', 403);
    await refused(thief.post(`${at}/2`, { passed: true, method: 'looked', shown: '110101198001011234' }), 'otp-locked', 429);
    await proveByOtp(one.customer, world.smsc, closure, one.number);
    await world.agent.post(`${at}/2`, { passed: true, method: 'looked', shown: one.subscriber.person.document_number });
    await submit(one.customer, closure);
  }
});

test('whoever looks for documents that nobody asked them to compare is counted, and learns nothing without a reason', async () => {
  const one = await victim(world, { policy: 'checked' });
  const document = await handIn(one);
  await refused(world.otherAgent.post(`${papersOf(one)}/${document}/opening`, {}), 'invalid', 422);
  await refused(world.otherAgent.post(`${papersOf(one)}/${document}/opening`, { reason: 'to see' }), 'forbidden', 403);
  const { closure, at } = await opened(one);
  await one.customer.post(at, { kind: 'id_document', document: await handIn(one) });
  const named = (await read(world.admin, closure.id)).checks[0].document;
  await world.otherAgent.post(`${papersOf(one)}/${named}/opening`, { reason: 'to compare' });
  await one.customer.post(`/v1/closures/${closure.id}/withdrawal`, {});
  await refused(world.otherAgent.post(`${papersOf(one)}/${named}/opening`, { reason: 'to look again' }), 'forbidden', 403);
});
