// The archive of everything that is held about a person, attacked: a session alone, a clerk alone, whoever signs as second person and fetches, other
// people's archives, a thief who changes the contact points first, one that is fetched again and again or too late.
//
// A program before this has no such archive at all: nothing to see there.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { refused } from '../e2e/client.mjs';
import { newLine, newNumber, newSubscriber } from '../e2e/people.mjs';
import { forward, sessionOf, sms, someoneIn, startSandbox } from '../e2e/sandbox.mjs';
import { until } from '../peers/wait.mjs';
import { asked } from './attack.mjs';

let world;
before(async () => { world = await startSandbox({ config: { tokens: { staff_days: 366, machine_days: 3650, searches_hourly: 6 } } }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const where = (one) => `/v1/subscribers/${one.subscriber.id}`;
const at = (one) => `${where(one)}/disclosures`;
async function someone() {
  const one = await someoneIn(world);
  return { ...one, customer: await sessionOf(world, one) };
}
async function codeTo(one, to = { contact: 'phone' }, phone = one.phone) {
  const codes = async () => (await sms(world, phone)).map(({ text }) => /(?<!\d)(\d{8})(?!\d)[^]*everything/.exec(text)?.[1]).filter(Boolean);
  const before_ = (await codes()).length;
  await one.customer.post(`${where(one)}/disclosure-codes`, to);
  await until(async () => (await codes()).length > before_, { what: 'the code', timeoutMs: 60_000 });
  return (await codes()).at(-1);
}
const told = (phone) => until(async () => (await sms(world, phone)).some(({ text }) => /copy of all/.test(text)), { what: `${phone} to be told`, timeoutMs: 60_000 });

test('a stolen session alone asks for nothing: no code, a guessed one, one by mail', { timeout: 180_000 }, async () => {
  const one = await someone();
  await refused(one.customer.post(at(one), {}), 'invalid', 422);
  await refused(one.customer.post(at(one), { reason: 'I am the owner' }), 'invalid', 422);
  await refused(one.customer.post(at(one), { code: '12345678' }), 'otp-expired', 409);
  await refused(one.customer.post(`${where(one)}/disclosure-codes`, { contact: 'mail' }), 'evidence-too-weak', 403);
  await refused(one.customer.post(`${where(one)}/disclosure-codes`, { contact: 'line' }), 'contact-unknown', 404);
  const right = await codeTo(one);
  for (let n = 0; n < 4; n += 1) await refused(one.customer.post(at(one), { code: right === '00000000' ? '00000001' : '00000000' }), 'otp-wrong', 403);
  await refused(one.customer.post(at(one), { code: right === '00000000' ? '00000001' : '00000000' }), 'otp-locked', 429);
  await refused(one.customer.post(at(one), { code: right }), 'otp-locked', 429);
  assert.deepEqual((await one.customer.get(at(one))).body.items, []);
});

test('nobody asks for, sees, stops or fetches another\'s', { timeout: 180_000 }, async () => {
  const [one, other] = [await someone(), await someone()];
  await one.customer.post(at(one), { code: await codeTo(one) });
  await refused(other.customer.get(at(one)), 'not-found', 404);
  for (const errand of [['disclosure-codes', { contact: 'phone' }], ['disclosures', { code: '12345678' }], ['disclosures/1/stop'], ['disclosures/1/fetching']])
    await refused(other.customer.post(`${where(one)}/${errand[0]}`, errand[1]), 'not-found', 404);
  await refused(other.customer.post(`${where(other)}/disclosure-codes`, { line: one.id }), 'not-found', 404);
  await forward(world, 'PT25H');
  for (const staff of [world.agent, world.reviewer]) await refused(staff.post(`${at(one)}/1/fetching`, { reason: 'for the owner' }), 'forbidden', 403);
  await refused(world.admin.post(`${at(one)}/1/fetching`, { reason: 'for the owner' }), 'forbidden', 403);
  await refused(world.system.post(at(one), { reason: 'an errand' }), 'forbidden', 403);
});

test('a clerk alone gets nothing; whoever signs does not fetch; the owner hears of it at once and stops it', { timeout: 180_000 }, async () => {
  const one = await someone();
  await refused(world.agent.post(at(one), {}), 'invalid', 422);
  const wanted = await world.agent.post(at(one), { reason: 'the customer asked for it' });
  asked(wanted, 'disclose');
  await refused(world.agent.post(`${where(one)}/requests/${wanted.body.serial}/countersignature`), 'forbidden', 403);
  await world.reviewer.post(`${where(one)}/requests/${wanted.body.serial}/countersignature`);
  await told(one.phone);
  await told(one.line.number);
  await forward(world, 'PT25H');
  await refused(world.reviewer.post(`${at(one)}/1/fetching`, { reason: 'I signed it' }), 'forbidden', 403);
  for (const body of [undefined, {}, { reason: '' }]) await refused(world.agent.post(`${at(one)}/1/fetching`, body), 'invalid', 422);
  const owner = await sessionOf(world, one);
  assert.equal((await owner.post(`${at(one)}/1/stop`)).body.state, 'stopped');
  await refused(world.agent.post(`${at(one)}/1/fetching`, { reason: 'for the owner' }), 'download-expired', 410);
});

test('a thief who changes the contact points first waits longer, and those of before hear of it', { timeout: 180_000 }, async () => {
  const one = await someone();
  const thief = { id: 'thief', by: 'sms', address: newNumber().replace('+86138', '+86137') };
  await one.customer.post(`${where(one)}/contacts`, { contacts: [thief] });
  await refused(one.customer.post(`${where(one)}/disclosure-codes`, { contact: 'phone' }), 'contact-unknown', 404);
  await refused(one.customer.post(`${where(one)}/disclosure-codes`, { contact: 'thief' }), 'contact-unverified', 409);
  const { body } = await one.customer.post(at(one), { code: await codeTo(one, { line: one.id }, one.line.number) });
  assert.deepEqual([body.longer, body.shown], [true, 'line_code']);
  await told(one.phone);
  await forward(world, 'PT71H');
  const owner = await sessionOf(world, one);
  await refused(owner.post(`${at(one)}/1/fetching`), 'blocked', 409);
  await refused(world.agent.post(`${at(one)}/1/stop`), 'invalid', 422);
  await world.agent.post(`${at(one)}/1/stop`, { reason: 'they called: it was not them' });
  await forward(world, 'PT2H');
  await refused((await sessionOf(world, one)).post(`${at(one)}/1/fetching`), 'download-expired', 410);
});

test('a line that was called lost gets no code', { timeout: 180_000 }, async () => {
  const one = await someone();
  await one.customer.post(`/v1/lines/${one.id}/lost`, { how: 'stolen' });
  await refused(one.customer.post(`${where(one)}/disclosure-codes`, { line: one.id }), 'evidence-too-weak', 403);
});

test('a lost phone is no other contact point because it is on file under another name', { timeout: 180_000 }, async () => {
  const line = newLine({ policy: 'cn' });
  const subscriber = newSubscriber({ language: 'en' });
  subscriber.contacts[0].address = line.number;
  const { body } = await world.system.post('/v1/lines/import', { subscriber, line });
  const one = { subscriber, line, id: body.id, phone: line.number };
  one.customer = await sessionOf(world, one);
  await codeTo(one);
  await one.customer.post(`/v1/lines/${one.id}/lost`, { how: 'stolen' });
  await refused(one.customer.post(`${where(one)}/disclosure-codes`, { contact: 'phone' }), 'evidence-too-weak', 403);
});

test('what is changed after the ask puts the fetching off, and everybody on file hears of it', { timeout: 180_000 }, async () => {
  const one = await someone();
  await one.customer.post(at(one), { code: await codeTo(one) });
  await one.customer.post(`${where(one)}/contacts`, { contacts: [{ id: 'thief', by: 'sms', address: newNumber().replace('+86138', '+86137') }] });
  await forward(world, 'PT25H');
  await refused((await sessionOf(world, one)).post(`${at(one)}/1/fetching`), 'blocked', 409);
  await until(async () => (await sms(world, one.phone)).some(({ text }) => /is there later/.test(text)), { what: 'the owner to be told', timeoutMs: 60_000 });
  await forward(world, 'PT48H');
  assert.equal((await (await sessionOf(world, one)).post(`${at(one)}/1/fetching`)).status, 200);
});

test('a stolen session locks itself and not its owner, and whatever it stops is told', { timeout: 180_000 }, async () => {
  const one = await someone();
  const thief = { ...one, customer: await sessionOf(world, one) };
  const right = await codeTo(thief);
  for (let n = 0; n < 4; n += 1) await refused(thief.customer.post(at(one), { code: right === '00000000' ? '00000001' : '00000000' }), 'otp-wrong', 403);
  await refused(thief.customer.post(at(one), { code: right === '00000000' ? '00000001' : '00000000' }), 'otp-locked', 429);
  await refused(one.customer.post(at(one), { code: right }), 'otp-expired', 409);
  await forward(world, 'PT2M');
  one.customer = await sessionOf(world, one);
  assert.equal((await one.customer.post(at(one), { code: await codeTo(one) })).status, 201);
  const { body } = await world.agent.post(`${at(one)}/1/stop`, { reason: 'they called: it was not them' });
  assert.deepEqual([body.state, body.stopped_by.as], ['stopped', 'agent']);
  assert.deepEqual((await one.customer.get(at(one))).body.items[0].stopped_by, { as: 'agent', id: '' });
  await until(async () => (await sms(world, one.phone)).some(({ text }) => /was stopped by our staff/.test(text)), { what: 'the owner to be told', timeoutMs: 60_000 });
});

test('two of the staff ask for nobody who would hear nothing of it', { timeout: 180_000 }, async () => {
  const id = `sub-${newNumber().slice(4)}`;
  await world.agent.post('/v1/subscribers', { id, language: 'en', person: { full_name: 'Wang Xiaoming' }, contacts: [{ id: 'phone', by: 'sms', address: newNumber().replace('+86138', '+86137') }] });
  await refused(world.agent.post(`/v1/subscribers/${id}/disclosures`, { reason: 'the customer asked for it' }), 'contact-unverified', 409);
});

test('it is fetched three times and not for ever; each is written down', { timeout: 180_000 }, async () => {
  const one = await someone();
  await one.customer.post(at(one), { code: await codeTo(one) });
  await forward(world, 'PT25H');
  const owner = await sessionOf(world, one);
  const key = 'the-same-key-1';
  for (let n = 0; n < 3; n += 1) assert.equal((await owner.post(`${at(one)}/1/fetching`, undefined, { key })).status, 200);
  assert.equal((await owner.get(at(one))).body.items[0].fetches, 3, 'a repeated key hides none');
  await refused(owner.post(`${at(one)}/1/fetching`), 'download-expired', 410);
  const late = await someone();
  await late.customer.post(at(late), { code: await codeTo(late) });
  await forward(world, 'P9D');
  await refused((await sessionOf(world, late)).post(`${at(late)}/1/fetching`), 'download-expired', 410);
});
