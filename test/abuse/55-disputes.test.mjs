// Disputes of certificates. A thief with one token, a tired reviewer, two that collude: none of them reads what somebody else said, has a
// certificate say what they like, is paid what its owner was charged, or keeps a number from being given out for ever.
// Disputes are new: there was no program on which these got through.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { refused } from '../e2e/client.mjs';
import { certificateOf, countersign, eventTypes, history, reportDeleted } from '../e2e/journey.mjs';
import { contactOf, plain } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { until } from '../peers/wait.mjs';
import { applies, asked, victim } from './attack.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['smsc'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const WORDS = '我从未同意过这项费用，身份证号 110101199001010000';
const claimsOf = (jws) => JSON.parse(Buffer.from(jws.split('.')[1], 'base64url').toString());

/** A closed line with its certificate. */
async function closed(over) {
  const one = await victim(world, over);
  const closure = await applies(world, one);
  for (const profile of one.line.profiles) if (profile.state !== 'released') await reportDeleted(world.system, one.id, profile);
  one.closure = closure.id;
  one.first = (await certificateOf(one.customer, closure.id)).jws;
  return one;
}
const disputes = (one) => `/v1/closures/${one.closure}/disputes`;
const disputed = async (one, body = { part: 'other', words: WORDS }, client = one.customer) => (await client.post(disputes(one), body)).body;

test('what somebody said is theirs, and the deciders\': in no journal, no log, no other hand', async () => {
  const one = await closed();
  const other = await victim(world);
  await disputed(one);
  for (const [client, what] of [[other.customer, 'get'], [other.customer, 'post']])
    await refused(what === 'get' ? client.get(disputes(one)) : client.post(disputes(one), { part: 'other', words: 'mine' }), 'closure-missing', 404);
  const seen = async (client) => (await client.get(disputes(one))).body.items[0];
  assert.equal((await seen(one.customer)).words, WORDS);
  const about = async (client, reason) => client.get(`${disputes(one)}/1${reason ? `?reason=${encodeURIComponent(reason)}` : ''}`);
  await refused(about(world.reviewer), 'invalid', 422);
  assert.equal((await about(world.reviewer, 'to answer it')).body.words, WORDS);
  for (const client of [world.agent, world.system, one.customer]) await refused(about(client, 'to answer it'), 'forbidden', 403);
  assert.equal((await world.admin.get(`/v1/subscribers/${one.subscriber.id}`)).body.staff_reads, 1, 'who read it is written down');
  for (const client of [world.agent, world.system, world.reviewer]) assert.equal((await seen(client)).words, undefined);
  assert.equal((await seen(one.customer)).answered_by, undefined);
  const queue = (await world.agent.get('/v1/disputes')).body.items;
  assert.ok(queue.some((item) => item.closure_id === one.closure && item.words === undefined), 'it waits in the queue, without its words');
  assert.doesNotMatch(JSON.stringify(await history(world.admin, one.id)), /从未同意/);
  assert.doesNotMatch(world.keepline.log, /从未同意/);
});

test('one person corrects nothing; whoever had a part in it answers nothing', async () => {
  const one = await closed();
  const written = await disputed(one, { part: 'closed_at', words: WORDS }, world.agent);
  const at = (what) => `${disputes(one)}/${written.serial}/${what}`;
  const later = new Date(Date.parse(claimsOf(one.first).closed_at) + 1).toISOString();
  for (const client of [world.agent, world.system, one.customer])
    await refused(client.post(at('correction'), { value: later, reason: 'because' }), 'forbidden', 403);
  for (const client of [world.agent, world.system, world.reviewer, world.admin]) await refused(client.post(at('withdrawal'), {}), 'forbidden', 403);
  const wanted = await world.reviewer.post(at('correction'), { value: later, reason: 'it took longer' });
  asked(wanted, 'correct_certificate');
  await refused(world.reviewer.post(`/v1/lines/${one.id}/requests/${wanted.body.serial}/countersignature`), 'own-application', 403);
  await refused(world.agent.post(`/v1/lines/${one.id}/requests/${wanted.body.serial}/countersignature`), 'forbidden', 403);
  assert.equal((await certificateOf(one.customer, one.closure)).jws, one.first, 'nothing has happened');
  await countersign(world.second, one.id, wanted);
  const now = await until(async () => {
    const { jws } = await certificateOf(one.customer, one.closure);
    return jws !== one.first && jws;
  }, { what: 'the corrected certificate' });
  assert.equal(claimsOf(now).replaces, createHash('sha256').update(one.first).digest('base64url'));
  assert.equal(claimsOf(now).closed_at, later);
  await world.smsc.waitFor({ to: plain(contactOf(one.subscriber, 'phone')), text: /is corrected/ });
  const page = (await one.customer.get(`/v1/closures/${one.closure}/certificate`, { headers: { accept: 'text/html' } })).body.toString();
  assert.ok(page.includes(claimsOf(now).replaces), 'the page names the one before');
});

test('two that collude make a certificate say nothing that cannot be, and pay themselves nothing', async () => {
  const one = await closed({ debt: { minor: 300, currency: 'CNY' }, balance: { minor: 5_000, currency: 'CNY' } });
  const fee = await disputed(one, { part: 'charged', item: 'debt', words: WORDS });
  const at = (serial, what) => `${disputes(one)}/${serial}/${what}`;
  for (const value of ['-1', '300', '99999', 'all of it', '1e3', '0x1'])
    await refused(world.reviewer.post(at(fee.serial, 'correction'), { value, reason: 'because' }), 'invalid', 422);
  await refused(world.reviewer.post(at(fee.serial, 'correction'), { value: '0', reason: 'see www.evil.example' }), 'invalid', 422);
  await countersign(world.second, one.id, await world.reviewer.post(at(fee.serial, 'correction'), { value: '0', reason: 'it was paid before' }));
  const kept = await until(async () => (await world.agent.get('/v1/unclaimed-money')).body.items.find((item) => item.line_id === one.id), { what: 'the money' });
  assert.deepEqual([kept.amount.minor, kept.why, kept.owner], [300, 'overcharged', one.subscriber.id]);
  const back = `/v1/lines/${one.id}/unclaimed-money/${kept.serial}/return`;
  await refused(world.reviewer.post(back, { to: 'payer', account: { iban: 'DE89370400440532013000', holder: 'Thief' } }), 'blocked', 409);
  const end = (await disputed(one, { part: 'closed_at', words: WORDS })).serial;
  for (const value of ['2099-01-01T00:00:00Z', '2020-01-01T00:00:00Z', 'yesterday'])
    await refused(world.reviewer.post(at(end, 'correction'), { value, reason: 'because' }), 'invalid', 422);
  const free = (await disputed(one, { part: 'not_reassigned_before', words: WORDS })).serial;
  for (const value of ['2020-01-01', '2199-01-01', ''])
    await refused(world.reviewer.post(at(free, 'correction'), { value, reason: 'because' }), 'invalid', 422);
});

test('one agent\'s token leaves the owner their word, and says nothing for them', async () => {
  const one = await closed();
  for (const part of ['other', 'evidence', 'still_owed']) await disputed(one, { part, words: 'nonsense' }, world.agent);
  const own = await one.customer.post(disputes(one), { part: 'other', words: WORDS });
  assert.deepEqual([own.status, own.body.serial], [201, 4], 'it is another one');
  assert.equal((await one.customer.get(disputes(one))).body.items.find((item) => item.serial === 4).words, WORDS);
});

test('a number is not kept from everybody by disputing for ever', async () => {
  const one = await closed();
  const parts = ['submitted_at', 'approved_at', 'closed_at', 'evidence', 'refund', 'still_owed', 'other'];
  let made = 0;
  for (let i = 0; i < 40; ++i) {
    const answer = await one.customer.post(disputes(one), { part: parts[i % parts.length], words: WORDS }).catch((error) => error);
    if (answer.code === 'too-many-requests') {
      const open = (await one.customer.get(disputes(one))).body.items.filter((item) => item.state === 'open');
      if (open.length === 0) break;
      for (const item of open) await one.customer.post(`${disputes(one)}/${item.serial}/withdrawal`, {});
      continue;
    }
    assert.ok(answer.status === 201 || answer.status === 200, answer.message);
    made += answer.status === 201 ? 1 : 0;
  }
  assert.equal(made, 12, 'as many as the policy answers');
  assert.ok(eventTypes(await history(world.admin, one.id)).filter((type) => type === 'dispute_opened').length === 12);
});
