// Signing in with a code, attacked: codes are guessed, numbers are tried, another's code or sign-in is shown, a session that a mailbox opened is used for
// more than to look and stop, the owner is to be kept out, and a session lives on after its line was locked as lost.
//
// A program before this has no such door at all: nothing to see there.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, refused } from '../e2e/client.mjs';
import { accept, certificateOf, declineBackup, open, reach, reportDeleted, submit } from '../e2e/journey.mjs';
import { contactOf, newNumber } from '../e2e/people.mjs';
import { forward, sessionOf, sms, someoneIn, startSandbox } from '../e2e/sandbox.mjs';
import { until } from '../peers/wait.mjs';

let world;
before(async () => { world = await startSandbox({}); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const ask = async (number, how = 'line', caller = 'home') => (await world.portal.post('/v1/sign-ins', { number, how, caller })).body;
const show = (signIn, code) => world.portal.post(`/v1/sign-ins/${signIn.id}/answers`, { code });
const other = (code) => (code === '00000000' ? '00000001' : '00000000');
const SIGN_IN = /(?<!\d)(\d{8})(?!\d)[^]*sign(?:s)? in/;
const codes = async (to) => (await sms(world, to)).map(({ text }) => SIGN_IN.exec(text)?.[1]).filter(Boolean);
/** A sign-in whose code has come. */
async function asked(number, { how = 'line', caller = 'home', to = number } = {}) {
  const had = (await codes(to)).length;
  const signIn = await ask(number, how, caller);
  await until(async () => (await codes(to)).length > had, { what: `a code to sign in at ${to}`, timeoutMs: 60_000 });
  return { ...signIn, code: (await codes(to)).at(-1) };
}
const mailOf = (one) => contactOf(one.subscriber, 'mail');
async function signedIn(one, how = 'line', caller = 'home') {
  const signIn = await asked(one.line.number, { how, caller, to: how === 'line' ? one.line.number : mailOf(one) });
  const { body } = await show(signIn, signIn.code);
  assert.equal(body.id, one.subscriber.id);
  return { level: body.level, client: new Client(world.keepline, body.token) };
}

test('a code to the line signs in, and each is good once and for its own sign-in', { timeout: 180_000 }, async () => {
  const [one, two] = [await someoneIn(world), await someoneIn(world)];
  const { level, client } = await signedIn(one);
  assert.equal(level, 'reach');
  assert.equal((await client.get('/v1/whoami')).body.level, 'reach');
  const [mine, theirs, again] = [await asked(one.line.number, { caller: 'sofa' }), await asked(two.line.number), await asked(one.line.number, { caller: 'desk' })];
  await refused(show(mine, theirs.code), 'otp-wrong', 403);
  await refused(show(theirs, mine.code), 'otp-wrong', 403);
  if (again.code !== mine.code) await refused(show(mine, again.code), 'otp-wrong', 403);
  await show(mine, mine.code);
  await refused(show(mine, mine.code), 'otp-wrong', 403);
  await forward(world, 'PT11M');
  await refused(show(again, again.code), 'otp-wrong', 403);
});

test('guessing ends after five, also under new codes, and keeps nobody else out', { timeout: 180_000 }, async () => {
  const one = await someoneIn(world);
  const open = await signedIn(one);
  const first = await asked(one.line.number, { caller: 'thief' });
  for (let n = 0; n < 3; n += 1) await refused(show(first, other(first.code)), 'otp-wrong', 403);
  await forward(world, 'PT2M');
  const second = await asked(one.line.number, { caller: 'thief' });
  for (let n = 0; n < 2; n += 1) await refused(show(second, other(second.code)), 'otp-wrong', 403);
  await refused(show(second, second.code), 'otp-wrong', 403);
  await refused(show(first, first.code), 'otp-wrong', 403);
  assert.equal((await open.client.get(`/v1/lines/${one.id}`)).status, 200, 'a session that is open lives on');
  assert.equal((await signedIn(one, 'line', 'elsewhere')).level, 'reach', 'the owner, from a new place');
  assert.equal((await signedIn(one, 'mail')).level, 'weak', 'and by the other way');
});

test('ten strangers use up their own codes, not those of where the owner signed in before', { timeout: 180_000 }, async () => {
  const one = await someoneIn(world);
  await signedIn(one);
  for (let n = 0; n < 12; n += 1) await ask(one.line.number, 'line', `stranger-${n}`);
  await until(async () => (await codes(one.line.number)).length === 10, { what: 'nine codes of theirs and one', timeoutMs: 60_000 });
  await forward(world, 'PT2M');
  assert.equal((await signedIn(one)).level, 'reach');
});

test('sixty-one asks of strangers keep nobody out who signed in from there before, by neither way', { timeout: 180_000 }, async () => {
  const one = await someoneIn(world);
  await signedIn(one);
  await forward(world, 'PT2M');
  for (let n = 0; n < 61; n += 10)
    await Promise.all(Array.from({ length: Math.min(10, 61 - n) }, (_, i) => ask(one.line.number, 'line', `crowd-${n + i}`)));
  assert.equal((await signedIn(one)).level, 'reach');
  assert.equal((await signedIn(one, 'mail')).level, 'weak');
});

test('who asks twice within the gap can show the code that came; a number of nobody is answered so too', { timeout: 180_000 }, async () => {
  const one = await someoneIn(world);
  const first = await asked(one.line.number);
  assert.equal((await ask(one.line.number)).id, first.id);
  assert.notEqual((await ask(one.line.number, 'line', 'elsewhere')).id, first.id);
  const nobodys = newNumber();
  assert.equal((await ask(nobodys)).id, (await ask(nobodys)).id);
  assert.equal((await show(await ask(one.line.number), first.code)).body.level, 'reach');
});

test('after the end a session by mail sees the certificate, and ends nothing', { timeout: 180_000 }, async () => {
  const one = await someoneIn(world, { policy: 'brief' });
  const { client: own } = await signedIn(one);
  const closure = await open(own, one.id);
  await accept(own, closure);
  const proof = async () => (await sms(world, one.line.number)).map(({ text }) => /(?<!\d)(\d{8})(?!\d)/.exec(text)?.[1]).filter(Boolean);
  const before_ = (await proof()).length;
  await own.post(`/v1/closures/${closure.id}/otps`, { contact: 'line' });
  await until(async () => (await proof()).length > before_, { what: 'a code to close', timeoutMs: 60_000 });
  await own.post(`/v1/closures/${closure.id}/otp-answers`, { code: (await proof()).at(-1) });
  await declineBackup(own, closure);
  await submit(own, closure);
  for (const profile of one.line.profiles) await reportDeleted(world.system, one.id, profile);
  await reach(world.agent, closure.id, 'closed', 40_000);
  const { level, client } = await signedIn(one, 'mail');
  assert.equal(level, 'weak');
  const { jws } = await certificateOf(client, closure.id);
  assert.equal(jws.split('.').length, 3);
  const page = await client.get(`/v1/closures/${closure.id}/certificate`, { headers: { accept: 'text/html' } });
  assert.match(page.body.toString(), /<html/);
  await refused(client.post(`/v1/closures/${closure.id}/disputes`, { part: 'other', words: 'mine' }), 'session-too-weak', 403);
});

test('the answer is the same for a number of ours, of nobody, of a lost line, and when nothing is sent any more', { timeout: 180_000 }, async () => {
  const [one, lost] = [await someoneIn(world), await someoneIn(world)];
  await world.agent.post(`/v1/lines/${lost.id}/lost`, { caller: 'someone' });
  const known = await asked(one.line.number);
  const shape = ({ status, body }) => ({ status, keys: Object.keys(body).sort(), length: body.id.length, time: body.expires_at.length });
  const raw = (number, how) => world.portal.post('/v1/sign-ins', { number, how, caller: 'home' });
  const seen = [await raw(one.line.number, 'line'), await raw(newNumber(), 'line'), await raw(newNumber(), 'mail'), await raw(lost.line.number, 'line')];
  for (const answer of seen) assert.deepEqual(shape(answer), { status: 201, keys: ['expires_at', 'id'], length: known.id.length, time: known.expires_at.length });
  const wrong = (await refused(show(known, other(known.code)), 'otp-wrong', 403)).problem;
  const words = ({ title, detail, data, status }) => ({ title, detail, data, status });
  for (const { body } of seen) assert.deepEqual(words((await refused(show(body, '12345678'), 'otp-wrong', 403)).problem), words(wrong));
  for (const id of ['nothing-here', `${known.id.slice(0, -1)}${known.id.endsWith('0') ? '1' : '0'}`])
    assert.deepEqual(words((await refused(show({ id }, known.code), 'otp-wrong', 403)).problem), words(wrong));
  assert.deepEqual(await codes(lost.line.number), []);
  assert.ok(!known.id.includes(one.line.number.slice(1)), 'no number stands in an address');
});

test('the time of an answer tells nothing', { timeout: 180_000 }, async () => {
  const measured = async (number) => {
    const began = performance.now();
    await ask(number, 'line', `watch-${number}`);
    return performance.now() - began;
  };
  const [known, unknown] = [[], []];
  for (let n = 0; n < 6; n += 1) {
    const one = await someoneIn(world);
    known.push(await measured(one.line.number));
    unknown.push(await measured(newNumber()));
  }
  const median = (all) => all.toSorted((a, b) => a - b)[all.length >> 1];
  assert.ok(Math.min(...known, ...unknown) >= 200, `${known} ${unknown}`);
  assert.ok(Math.abs(median(known) - median(unknown)) < 60, `${known} ${unknown}`);
});

test('a session that a mailbox opened looks and stops, and nothing else', { timeout: 180_000 }, async () => {
  const one = await someoneIn(world);
  const strong = await sessionOf(world, one);
  const closure = (await strong.post(`/v1/lines/${one.id}/closures`, { reason: 'not_needed' })).body;
  const { level, client } = await signedIn(one, 'mail');
  assert.equal(level, 'weak');
  const who = `/v1/subscribers/${one.subscriber.id}`;
  for (const where of [`/v1/lines/${one.id}`, `/v1/lines/${one.id}/history`, `/v1/closures/${closure.id}`, who, '/v1/whoami']) assert.equal((await client.get(where)).status, 200, where);
  for (const where of [`/v1/lines/${one.id}/profiles`, `/v1/lines/${one.id}/eligibility`, `${who}/person`, `${who}/documents`])
    await refused(client.get(where), 'session-too-weak', 403);
  for (const [where, body] of [
    [`/v1/lines/${one.id}/closures`, { reason: 'not_needed' }], [`/v1/closures/${closure.id}/submission`, {}], [`/v1/closures/${closure.id}/otps`, { contact: 'line' }],
    [`${who}/contacts`, { contacts: [] }], [`${who}/refund-account`, { number: 'GB00' }], [`/v1/lines/${one.id}/recovery-codes`, {}], [`/v1/lines/${one.id}/found`, {}],
    [`${who}/disclosure-codes`, { contact: 'phone' }], [`${who}/disclosures`, { code: '12345678' }],
  ]) {
    const no = await refused(client.post(where, body), 'session-too-weak', 403);
    assert.equal(no.data('needed'), 'reach', where);
  }
  assert.equal((await client.post(`/v1/closures/${closure.id}/withdrawal`, {})).body.stage, 'withdrawn');
  assert.ok((await client.post(`/v1/lines/${one.id}/lost`, {})).body.locked_since, 'it locks');
});

test('mail opens nothing while the mailbox is new, whoever brought it', { timeout: 180_000 }, async () => {
  const one = await someoneIn(world);
  const owner = await sessionOf(world, one);
  const thiefs = `thief-${one.line.number.slice(-8)}@customer.example`;
  await owner.post(`/v1/subscribers/${one.subscriber.id}/contacts`, { contacts: [{ id: 'phone', by: 'sms', address: one.phone }, { id: 'thief', by: 'mail', address: thiefs }] });
  await ask(one.line.number, 'mail');
  await asked(one.line.number);  // sent after it
  assert.deepEqual([await codes(thiefs), await codes(mailOf(one))], [[], []]);
});

test('a session ends when its line is locked as lost, and others when contact points change', { timeout: 180_000 }, async () => {
  const one = await someoneIn(world);
  const thief = await signedIn(one);
  const owner = await signedIn(one, 'mail');
  assert.equal((await thief.client.get('/v1/whoami')).status, 200);
  await owner.client.post(`/v1/lines/${one.id}/lost`, {});
  await refused(thief.client.get('/v1/whoami'), 'unauthenticated', 401);
  assert.equal((await owner.client.get('/v1/whoami')).status, 200);
  const two = await someoneIn(world);
  const [first, second] = [await signedIn(two, 'line', 'here'), await signedIn(two, 'line', 'there')];
  await second.client.post(`/v1/subscribers/${two.subscriber.id}/contacts`, { contacts: [{ id: 'phone', by: 'sms', address: two.phone }] });
  await refused(first.client.get('/v1/whoami'), 'unauthenticated', 401);
  assert.equal((await second.client.get('/v1/whoami')).status, 200);
});

test('nobody but a portal asks, and none names a level that is none', { timeout: 180_000 }, async () => {
  const one = await someoneIn(world);
  for (const who of [world.agent, world.reviewer, world.admin, world.system, await sessionOf(world, one)]) {
    await refused(who.post('/v1/sign-ins', { number: one.line.number, how: 'line' }), 'forbidden', 403);
    await refused(who.post('/v1/sign-ins/x/answers', { code: '12345678' }), 'forbidden', 403);
  }
  await refused(world.portal.post('/v1/sign-ins', { number: one.line.number, how: 'post' }), 'invalid', 422);
  await refused(world.portal.post(`/v1/subscribers/${one.subscriber.id}/sessions`, { level: 'owner' }), 'invalid', 422);
  const { body } = await world.portal.post(`/v1/subscribers/${one.subscriber.id}/sessions`, { level: 'weak' });
  await refused(new Client(world.keepline, body.token).get(`/v1/lines/${one.id}/profiles`), 'session-too-weak', 403);
});
