// People who act for others, attacked: a false heir, a clerk's cousin on papers that the clerk handed in, two who collude, a power that is
// over, an owner's session that is somebody else's. None of them closes a line before everybody on file could say that it is not so.
// Representatives are new: there was no program on which these got through. What a case on behalf does once it is in force is in
// test/scenarios (heir, false-heir, power-of-attorney …) and src/domain/number/representative_test.cpp, where the days pass.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { refused } from '../e2e/client.mjs';
import { eventTypes, history } from '../e2e/journey.mjs';
import { contactOf, newSubscriber, plain } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { until } from '../peers/wait.mjs';
import { applies, asked, victim } from './attack.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['smsc'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const PDF = Buffer.from('%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n');
const at = (one, rest) => `/v1/subscribers/${one.subscriber.id}/${rest}`;
const paper = async (client, one, purpose) =>
  (await client.post(at(one, `documents?purpose=${purpose}`), PDF, { headers: { 'content-type': 'application/octet-stream' } })).body.id;
const signs = (client, one, answer) => client.post(at(one, `requests/${answer.body.serial}/countersignature`));
const admits = (client, one, kind, who, documents, over = {}) =>
  client.post(at(one, 'representatives'), { kind, representative: who.id, documents, ...over });
const standing = async (one, client = world.admin) => (await client.get(at(one, 'representatives'))).body.items;
const toldOf = (one, words) => until(() => world.smsc.effects().some((sms) => sms.to === plain(contactOf(one.subscriber, 'phone')) && words.test(sms.text)),
  { what: `an SMS that says ${words}`, timeoutMs: 60_000 });

/** Somebody whom a system registered: known, with a document and a phone. */
async function known() {
  const who = newSubscriber({ language: 'en' });
  await world.system.post('/v1/subscribers', who);
  return who;
}
async function heirOf(one, who) {
  const papers = [await paper(world.agent, one, 'death_certificate'), await paper(world.agent, one, 'other')];
  const answer = await admits(world.agent, one, 'heir', who, papers);
  asked(answer, 'admit_representative');
  await signs(world.reviewer, one, answer);
  await until(async () => eventTypes(await history(world.admin, one.id)).includes('representatives_taken'), { what: 'the line to hear of it', timeoutMs: 60_000 });
}
const opens = (client, one, body) => client.post(`/v1/lines/${one.id}/closures`, body);

test('a false heir is told of to whoever lives, waits, and is stopped by one word', async () => {
  const one = await victim(world);
  await heirOf(one, await known());
  await toldOf(one, /heir of somebody who died/);
  await refused(opens(world.agent, one, { reason: 'deceased', on_behalf: 1 }), 'not-represented', 409);
  await refused(opens(world.agent, one, { reason: 'other', on_behalf: 1 }), 'not-represented', 409);
  await refused(opens(world.agent, one, { reason: 'deceased' }), 'not-represented', 409);
  assert.equal((await one.customer.post(at(one, 'representatives/1/objection'))).body.state, 'stopped');
  await toldOf(one, /stopped on an objection/);
  await refused(opens(world.agent, one, { reason: 'deceased', on_behalf: 1 }), 'not-represented', 409);
  await refused(world.agent.post(at(one, 'representatives/1/objection')), 'invalid', 422);
  assert.equal((await standing(one))[0].state, 'stopped');
});

test('a clerk\'s cousin: who handed the papers in, or registered the cousin, makes nobody a representative alone', async () => {
  const one = await victim(world);
  const cousin = newSubscriber({ language: 'en' });
  await world.agent.post('/v1/subscribers', { ...cousin, contacts: cousin.contacts.map((contact) => ({ ...contact, verified: false })) });
  const papers = [await paper(world.agent, one, 'power_of_attorney'), await paper(world.agent, one, 'id_document')];
  await refused(admits(world.agent, one, 'attorney', cousin, papers), 'evidence-too-weak', 403);
  const who = await known();
  const mine = [await paper(world.admin, one, 'power_of_attorney'), papers[1]];
  const answer = await admits(world.agent, one, 'attorney', who, mine);
  asked(answer, 'admit_representative');
  await refused(signs(world.admin, one, answer), 'own-application', 403);
  await refused(signs(world.agent, one, answer), 'forbidden', 403);
  assert.deepEqual(await standing(one), [], 'nobody acts for them');
  await refused(admits(world.agent, one, 'attorney', who, papers.slice(0, 1)), 'evidence-missing', 409);
  await refused(admits(world.agent, one, 'attorney', one.subscriber, papers), 'invalid', 422);
  await refused(admits(world.agent, one, 'attorney', who, ['dc_000000000000000000000000']), 'not-found', 404);
});

test('two who collude make a representative, whom everybody on file hears of before anything is done by them', async () => {
  const one = await victim(world);
  const who = await known();
  const papers = [await paper(world.agent, one, 'power_of_attorney'), await paper(world.agent, one, 'id_document')];
  const answer = await admits(world.agent, one, 'attorney', who, papers);
  await signs(world.reviewer, one, answer);
  await toldOf(one, /power of attorney/);
  await refused(opens(world.agent, one, { reason: 'other', on_behalf: 1 }), 'not-represented', 409);
  await refused(opens(world.reviewer, one, { reason: 'other', on_behalf: 1 }), 'forbidden', 403);
  await refused(opens(world.system, one, { reason: 'other', on_behalf: 1 }), 'forbidden', 403);
  await refused(opens(one.customer, one, { reason: 'other', on_behalf: 1 }), 'forbidden', 403);
  const [own] = await standing(one, one.customer);
  assert.deepEqual([own.kind, own.by.id, own.second.id], ['attorney', '', ''], 'customers learn roles, not names');
  assert.equal((await applies(world, one)).on_behalf, undefined, 'its owner goes on as before');
});

test('nobody sees, stops or ends for another; what is ended opens nothing', async () => {
  const one = await victim(world);
  const other = await victim(world);
  await heirOf(one, await known());
  await refused(other.customer.get(at(one, 'representatives')), 'not-found', 404);
  for (const what of ['objection', 'end']) await refused(other.customer.post(at(one, `representatives/1/${what}`)), 'not-found', 404);
  await refused(world.system.post(at(one, 'representatives/1/end'), { reason: 'an errand' }), 'forbidden', 403);
  await refused(one.customer.post(at(one, 'representatives/7/objection')), 'not-found', 404);
  assert.equal((await one.customer.post(at(one, 'representatives/1/end'))).body.state, 'stopped', 'nobody is the heir of who lives');
  await refused(opens(world.agent, one, { reason: 'deceased', on_behalf: 1 }), 'not-represented', 409);
  assert.doesNotMatch(world.keepline.log, /heir/);
});

test('one clerk keeps a real heir out once, on a word, and neither again nor by ending it alone', async () => {
  const one = await victim(world);
  const who = await known();
  await heirOf(one, who);
  asked(await world.agent.post(at(one, 'representatives/1/end'), { reason: 'the papers are old' }), 'end_representation');
  assert.equal((await standing(one))[0].state, 'standing', 'asked for');
  assert.equal((await world.agent.post(at(one, 'representatives/1/objection'), { reason: 'somebody called' })).body.state, 'stopped');
  await heirOf(one, who);
  asked(await world.agent.post(at(one, 'representatives/2/objection'), { reason: 'somebody called again' }), 'hold_up');
  assert.deepEqual((await standing(one)).map((each) => each.state), ['stopped', 'standing']);
  await refused(world.system.post(at(one, 'representatives/2/objection'), { reason: 'a machine says so' }), 'forbidden', 403);
});

test('the owner recognises who it is, by a masked name in the message and in the list; papers stay while somebody acts by them', async () => {
  const one = await victim(world);
  const who = await known();
  await heirOf(one, who);
  const masked = who.person.full_name.split(' ').map((word) => `${word[0]}*`).join(' ');
  await until(() => world.smsc.effects().some((sms) => sms.to === plain(contactOf(one.subscriber, 'phone')) && sms.text.includes(masked)),
    { what: `an SMS that names ${masked}`, timeoutMs: 60_000 });
  const [seen] = await standing(one, one.customer);
  assert.deepEqual([seen.name, seen.lines_told], [masked, true]);
  assert.doesNotMatch(JSON.stringify(await history(world.admin, one.id)), new RegExp(who.person.full_name));
  await refused(world.agent.post(at(one, `documents/${seen.documents[0]}/withdrawal`), { reason: 'handed in by mistake' }), 'blocked', 409);
});
