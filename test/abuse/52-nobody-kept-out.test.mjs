// One agent does not keep an owner out, and what is acknowledged is what was seen. Until 79883ca an agent withdrew every case until its owner and all
// colleagues had none left, said of an approved one that it was not the owner until nobody was left to approve it, put the lock back on that its owner
// had announced to take off, told nobody of a port-out, and locked any number of lines as lost by naming a caller each time; read archives beyond
// their budget for persons; gave an agent's token a colleague's name; had a system answer for a contact point of theirs. And an administrator with the
// shell slipped a second token under an id that another administrator was about to acknowledge.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from '../e2e/client.mjs';
import { codeFromSms, codesSent, open } from '../e2e/journey.mjs';
import { newSubscriber, plain } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { until } from '../peers/wait.mjs';
import { acknowledge, applies, asked, attempt, lineOf, victim } from './attack.mjs';

let world;
let otherAgent;
before(async () => {
  world = await startWorld({ peers: ['smsc'] });
  otherAgent = await world.token('agent', 'clerk-2');
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const caseOf = async (closure) => (await world.reviewer.get(`/v1/closures/${closure.id}`)).body;
const sign = (one, serial) => attempt(world.reviewer.post(`/v1/lines/${one.id}/requests/${serial}/countersignature`));
const opens = async (token) => (await attempt(new Client(world.keepline, token).get('/v1/whoami'))).status === 200;

test('an acknowledgement takes what was seen, and not the token that was made meanwhile', async () => {
  const make = async (role) => (await world.mustCli(['token', 'create', '--role', role, '--id', 'ghost', '--person', 'ghost', '--json'])).token;
  const agent = await make('agent');
  await until(() => opens(agent), { what: 'the first token', timeoutMs: 60_000 });
  const shown = async () => (await world.keymaster.get('/v1/tokens')).body.items.filter((token) => token.id === 'ghost');
  const seen = (await shown()).map((token) => token.print);
  const boss = await make('admin');
  await until(() => opens(boss), { what: 'the second token', timeoutMs: 60_000 });
  await attempt(world.keymaster.post('/v1/tokens/ghost/acknowledgement', { tokens: seen }));
  const wanted = await world.admin.post('/v1/tokens', { role: 'reviewer', id: 'own-reviewer' });
  const signed = await attempt(new Client(world.keepline, boss).post(`/v1/tokens/own-reviewer/requests/${wanted.body.request}/countersignature`));
  assert.deepEqual([signed.status, signed.code], [403, 'forbidden'], 'nobody knows of that one');
  assert.ok(!(await opens(wanted.body.token)));
  assert.deepEqual((await shown()).map((token) => [token.role, token.acknowledged]).sort(), [['admin', false], ['agent', true]]);
  const everything = await attempt(world.keymaster.post('/v1/tokens/ghost/acknowledgement', {}));
  assert.equal(everything.status, 422, 'whatever there may be');
  await acknowledge(world.keymaster, 'ghost');
});

test('an agent withdraws an owner\'s case once; the owner\'s places stay theirs', async () => {
  const one = await victim(world);
  const first = await open(one.customer, one.id);
  await world.agent.post(`/v1/closures/${first.id}/withdrawal`);
  const second = await open(one.customer, one.id);
  const again = await world.agent.post(`/v1/closures/${second.id}/withdrawal`);
  asked(again, 'hold_up');
  assert.equal((await caseOf(second)).stage, 'opened');
  assert.equal((await sign(one, again.body.serial)).status, 200);
  assert.equal((await caseOf(second)).stage, 'withdrawn', 'two may');
  const third = await open(one.customer, one.id);
  await otherAgent.post(`/v1/closures/${third.id}/withdrawal`);
  await one.customer.post(`/v1/closures/${(await open(one.customer, one.id)).id}/withdrawal`);
  assert.equal((await open(one.customer, one.id)).stage, 'opened');
});

test('an agent says once that it was not the owner', async () => {
  const one = await victim(world, { policy: 'reviewed' });
  const closure = await applies(world, one);
  await world.agent.post(`/v1/closures/${closure.id}/repudiation`, {});
  const { etag } = await world.reviewer.get(`/v1/closures/${closure.id}`);
  await world.reviewer.post(`/v1/closures/${closure.id}/fraud-clearance`, { reason: 'the owner stands here' }, { ifMatch: etag });
  asked(await world.agent.post(`/v1/closures/${closure.id}/repudiation`, {}), 'hold_up');
  assert.equal((await caseOf(closure)).stage, 'in_review', 'and others approve it');
});

test('an agent does not put the lock back on that its owner takes off', async () => {
  const one = await victim(world);
  await world.agent.post(`/v1/lines/${one.id}/customer-lock`, { locked: true });
  const announced = (await one.customer.post(`/v1/lines/${one.id}/customer-lock`, { locked: false })).body.customer_unlock_at;
  assert.ok(announced);
  for (const agent of [world.agent, otherAgent]) asked(await agent.post(`/v1/lines/${one.id}/customer-lock`, { locked: true }), 'hold_up');
  assert.equal((await lineOf(world, one)).customer_unlock_at, announced);
  await one.customer.post(`/v1/lines/${one.id}/customer-lock`, { locked: true });
  assert.equal((await lineOf(world, one)).customer_unlock_at, undefined, 'the owner minds');
});

test('an owner hears that the number is said to move, and an agent says so once', async () => {
  const one = await victim(world);
  await world.agent.post(`/v1/lines/${one.id}/port-out`, { pending: true });
  await until(() => world.smsc.effects().some((sms) => sms.to === plain(one.number) && /another operator/.test(sms.text)), { what: 'the notice', timeoutMs: 60_000 });
  const over = await world.agent.post(`/v1/lines/${one.id}/port-out`, { pending: false });
  await sign(one, over.body.serial);
  asked(await world.agent.post(`/v1/lines/${one.id}/port-out`, { pending: true }), 'hold_up');
  assert.equal((await lineOf(world, one)).port_out_since, undefined);
});

test('an agent changes contact points twice, and a colleague still can', async () => {
  const one = await victim(world);
  const change = (client, n) => attempt(client.post(`/v1/subscribers/${one.subscriber.id}/contacts`, { language: 'en', contacts: [...one.subscriber.contacts, { id: `x${n}`, by: 'mail', address: `x${n}@nowhere.example` }] }));
  assert.deepEqual([(await change(world.agent, 1)).status, (await change(world.agent, 2)).status, (await change(world.agent, 3)).status], [200, 200, 429]);
  assert.deepEqual([(await change(otherAgent, 4)).status, (await change(one.customer, 5)).status], [200, 200]);
});

test('who opens a case for an owner and shows wrong documents raises no risk of what the owner takes up', async () => {
  const one = await victim(world);
  const agent = world.agent.through('counter');
  const closure = await open(agent, one.id);
  for (let i = 0; i < 3; i++) await attempt(agent.post(`/v1/closures/${closure.id}/evidence`, { kind: 'id_document', passed: true, method: 'counter', shown: `W${i}` }));
  const sent = await applies(world, one);
  assert.deepEqual([sent.id, sent.risk], [closure.id, { level: 'low', facts: [] }]);
});

test('an agent locks so many lines as lost an hour, whatever callers they name', { timeout: 180_000 }, async () => {
  const lines = await Promise.all(Array.from({ length: 23 }, () => victim(world)));
  const answers = [];
  for (const [n, one] of lines.entries()) answers.push((await attempt(otherAgent.post(`/v1/lines/${one.id}/lost`, { how: 'x', caller: `+8613900000${100 + n}` }))).status);
  assert.deepEqual([answers.filter((status) => status === 200).length, answers.at(-1)], [20, 429]);
  assert.equal((await world.agent.post(`/v1/lines/${lines.at(-1).id}/lost`, { how: 'a colleague' })).status, 200);
});

test('an archive is read within the budget for persons', { timeout: 180_000 }, async () => {
  const reader = (await world.token('agent', 'reader')).through('counter');
  const why = 'reason=the%20customer%20asks%20at%20the%20counter';
  const one = await victim(world);
  const closure = await open(reader, one.id);
  await reader.post(`/v1/closures/${closure.id}/backup`);
  for (let n = 0; n < 120; n++) await attempt(reader.post('/v1/lines/search', { number: `+86139${String(10_000_000 + n)}` }));
  const fetched = await attempt(reader.get(`/v1/closures/${closure.id}/backup?${why}`));
  assert.deepEqual([fetched.status, fetched.code], [429, 'too-many-requests']);
});

test('an administrator gives no agent another human\'s name, and who signs sees who has it', async () => {
  assert.equal((await world.admin.post('/v1/tokens', { role: 'agent', id: 'eve-2', person: 'clerk-2' })).status, 202, 'another administrator signs');
  assert.ok(!(await lockedOut()), 'it opens nothing');
  const early = (await world.admin.post('/v1/tokens', { role: 'agent', id: 'desk-7', person: 'rita' })).body;
  assert.ok(await opens(early.token), 'nobody has that name yet');
  await world.admin.post('/v1/tokens', { role: 'reviewer', id: 'rita', person: 'rita' });
  const [request] = (await world.keymaster.get('/v1/tokens/rita/requests')).body.items;
  assert.deepEqual(request.details.also_named_so?.map((other) => [other.id, other.role, other.person]), [['desk-7', 'agent', 'rita']]);
});
const lockedOut = async () => (await world.keymaster.get('/v1/tokens')).body.items.some((token) => token.id === 'eve-2' && token.in_force);

test('a contact point that an agent brought is not verified by a system alone', async () => {
  const one = await victim(world);
  const to = '+8613900099001';
  await world.agent.post(`/v1/subscribers/${one.subscriber.id}/contacts`, { language: 'en', contacts: [...one.subscriber.contacts, { id: 'new', by: 'sms', address: to }] });
  const sent = codesSent(world.smsc, to);
  await world.agent.post(`/v1/subscribers/${one.subscriber.id}/contacts/new/codes`);
  const code = await codeFromSms(world.smsc, to, { after: sent });
  asked(await world.system.post(`/v1/subscribers/${one.subscriber.id}/contacts/new/code-answers`, { code }), 'verify_contact');
  const answer = await one.customer.post(`/v1/subscribers/${one.subscriber.id}/contacts/new/code-answers`, { code });
  assert.equal(answer.body.contacts.find((contact) => contact.id === 'new').verified, true, 'its owner does');
});

test('nor is one that came with a registration by an agent', async () => {
  const subscriber = newSubscriber({ language: 'en' });
  for (const contact of subscriber.contacts) contact.verified = false;
  await world.agent.post('/v1/subscribers', subscriber);
  const phone = subscriber.contacts.find((contact) => contact.by === 'sms');
  const sent = codesSent(world.smsc, phone.address);
  await world.agent.post(`/v1/subscribers/${subscriber.id}/contacts/${phone.id}/codes`);
  const code = await codeFromSms(world.smsc, phone.address, { after: sent });
  asked(await world.system.post(`/v1/subscribers/${subscriber.id}/contacts/${phone.id}/code-answers`, { code }), 'verify_contact');
});
