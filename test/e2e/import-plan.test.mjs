// Plans of imports: what nobody changes alone, changed by two, line by line, as the single changes are.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { until } from '../peers/wait.mjs';
import { refused } from './client.mjs';
import { contactOf, newLine, newProfile, newSubscriber, plain, yuan } from './people.mjs';
import { open, submit, accept, proveByOtp, declineBackup } from './journey.mjs';
import { startWorld } from './world.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['hlr', 'smsc'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

async function somebody(over = {}) {
  const subscriber = newSubscriber({ language: 'en' });
  const line = newLine(over);
  const { id } = await world.takeOver(subscriber, line);
  return { subscriber, line, id };
}
const rowOf = ({ subscriber, line }, { person, contacts, ...over } = {}) => ({
  subscriber: { ...subscriber, person: { ...subscriber.person, ...person }, contacts: contacts ?? subscriber.contacts }, line: { ...line, ...over },
});
const balance = async (one) => (await world.admin.get(`/v1/lines/${one.id}/balance`)).body.prepaid.minor;
const planOf = async (who, rows) => (await who.post('/v1/import-plans', { rows })).body;
const sign = (who, plan) => who.post(`/v1/import-plans/${plan.id}/countersignature`, { hash: plan.what.hash });
const done = (plan) => until(async () => {
  const now = (await world.admin.get(`/v1/import-plans/${plan.id}`)).body;
  return now.stage === 'done' && now;
}, { what: `the plan ${plan.id} to be carried out`, timeoutMs: 60_000, everyMs: 50 });
const personOf = async (one) => (await world.admin.get(`/v1/subscribers/${one.subscriber.id}/person?reason=${encodeURIComponent('a test of plans')}`)).body;

test('a large balance becomes what the file says when another person has signed exactly that, and not before', async () => {
  const one = await somebody();
  const { plan, known, rejected } = await planOf(world.admin, [rowOf(one, { balance: yuan(90000) })]);
  assert.deepEqual([plan.stage, plan.what.changes, plan.what.brought, known, rejected], ['waiting', 1, [yuan(88766)], 0, []]);
  const [change] = (await world.reviewer.get(`/v1/import-plans/${plan.id}/changes`)).body.items;
  assert.deepEqual([change.kind, change.line_id, change.differs], ['line', one.id, [{ what: 'balance', before: '12.34 CNY', after: '900.00 CNY' }]]);

  await refused(sign(world.admin, plan), 'own-application', 403);
  await refused(sign(await world.token('reviewer', 'ops'), plan), 'own-application', 403);
  for (const who of [world.agent, world.system]) await refused(sign(who, plan), 'forbidden', 403);
  await refused(sign(world.reviewer, { id: plan.id, what: { hash: '0'.repeat(64) } }), 'invalid', 422);
  assert.equal(await balance(one), 1234);
  assert.ok((await world.reviewer.get('/v1/requests')).body.items.some(({ about }) => about.kind === 'import_plan' && about.id === plan.id));

  await sign(world.reviewer, plan);
  const end = await done(plan);
  assert.deepEqual([end.changed, end.refused, end.notes, end.signed_by.id], [1, 0, [], 'reviewer-1']);
  assert.equal(await balance(one), 90000);
  await refused(sign(world.second, plan), 'closure-stage', 409);
  await until(async () => world.reviewer.get(`/v1/import-plans/${plan.id}/changes`).then(() => false, (why) => why.code === 'erased'), { what: 'what was in the plan to be destroyed', timeoutMs: 60_000 });
});

test('contact points and the account change as single changes do: a new id, a code first, the old ones are told, and the risk says so', async () => {
  const one = await somebody();
  const fresh = { id: 'phone', by: 'sms', address: '+8613700000991' };
  const { plan } = await planOf(world.admin, [rowOf(one, { person: { refund_iban: '6222029999999990041' }, contacts: [fresh] })]);
  assert.deepEqual(plan.what.kinds, [{ kind: 'contacts', count: 1 }]);
  const [change] = (await world.reviewer.get(`/v1/import-plans/${plan.id}/changes`)).body.items;
  assert.deepEqual(change.differs.map(({ what, after }) => [what, after]), [['phone', '…0991'], ['refund_iban', '…0041']]);
  await sign(world.reviewer, plan);
  assert.equal((await done(plan)).changed, 1);
  const person = await personOf(one);
  assert.equal(person.refund_iban, '6222029999999990041');
  const now = (await world.admin.get(`/v1/subscribers/${one.subscriber.id}`)).body.contacts;
  const old = now.find(({ id }) => id === 'phone');
  assert.ok(old.replaced_at && old.told_until, 'the old number is told for a while');
  assert.deepEqual([now.find(({ id }) => id === 'phone-2').verified, now.find(({ id }) => id === 'mail').replaced_at], [false, undefined]);
  await world.smsc.waitFor({ to: plain(contactOf(one.subscriber, 'phone')), text: /0041/ });
  const closure = await open(await world.as(one.subscriber.id), one.id);
  const facts = (await world.reviewer.get(`/v1/closures/${closure.id}`)).body.risk.facts;
  assert.ok(facts.includes('contact_changed') && facts.includes('new_refund_account'), facts.join());
  const again = await planOf(world.admin, [rowOf(one, { person: { refund_iban: '6222029999999990041' }, contacts: [fresh] })]);
  assert.deepEqual([again.plan, again.known], [undefined, 1], 'the same file again: nothing differs');
});

test('a line that was changed since is reported, not overwritten; the others are done', async () => {
  const [first, touched, last] = [await somebody(), await somebody(), await somebody()];
  const { plan } = await planOf(world.admin, [first, touched, last].map((one) => rowOf(one, { balance: yuan(30000) })));
  await world.system.post(`/v1/lines/${touched.id}/charges`, { amount: yuan(200), what: 'usage', reference: `u-${touched.id}` });
  await sign(world.reviewer, plan);
  const end = await done(plan);
  assert.deepEqual([end.changed, end.refused, end.notes.map(({ row, code }) => [row, code])], [2, 1, [[2, 'changed-since']]]);
  assert.deepEqual([await balance(first), await balance(touched), await balance(last)], [30000, 1034, 30000]);
});

test('a case that was submitted pins its account: a plan signed later holds it, as a single change does', async () => {
  const one = await somebody();
  const { plan } = await planOf(world.admin, [rowOf(one, { person: { refund_iban: '6222029999999990074' }, contacts: [] })]);
  const owner = await world.as(one.subscriber.id);
  const closure = await open(owner, one.id);
  await accept(owner, closure);
  await proveByOtp(owner, world.smsc, closure, one.line.number);
  await declineBackup(owner, closure);
  await submit(owner, closure);
  await sign(world.reviewer, plan);
  assert.equal((await done(plan)).changed, 1);
  await until(async () => (await world.reviewer.get(`/v1/closures/${closure.id}`)).body.refund_account_questioned, { what: 'the case to be held', timeoutMs: 60_000 });
});

test('a profile that nobody has is added with its claims; one of another line is offered to this one, whose side agrees', async () => {
  const [one, other] = [await somebody({ profiles: [newProfile()] }), await somebody()];  // a line has room for three
  const { state: _state, ...added } = newProfile();
  const moved = other.line.profiles[1];
  const row = rowOf(one, { profiles: [...one.line.profiles, added, { iccid: moved.iccid, imsi: moved.imsi, eid: moved.eid }] });
  await refused(world.agent.post('/v1/import-plans', { rows: [row] }), 'forbidden', 403);
  const bss = await planOf(world.system, [row]);
  assert.deepEqual([bss.plan, bss.rejected.map(({ code }) => code)], [undefined, ['forbidden']], 'a system offers no profiles');
  const { plan } = await planOf(world.admin, [row]);
  assert.deepEqual(plan.what.kinds, [{ kind: 'profile', count: 1 }, { kind: 'profile_offer', count: 1 }]);
  await sign(world.reviewer, plan);
  const end = await done(plan);
  assert.deepEqual([end.changed, end.asked, end.refused], [1, 1, 0], JSON.stringify(end.notes));
  const has = async (of, iccid) => (await world.admin.get(`/v1/lines/${of.id}`)).body.profiles.some((each) => each.iccid === iccid);
  assert.ok(await has(one, added.iccid));
  assert.ok(await has(other, moved.iccid), 'two people of one side move nothing by themselves');
  await refused(world.reviewer.post(`/v1/lines/${one.id}/profile-acceptances`, { iccid: moved.iccid }), 'own-application', 403);
  // The owner's session alone agrees to nothing: somebody signs who had no hand in the plan.
  const agreed = await (await world.as(one.subscriber.id)).post(`/v1/lines/${one.id}/profile-acceptances`, { iccid: moved.iccid });
  const answered = `/v1/lines/${other.id}/requests/${agreed.body.serial}/countersignature`;
  for (const hand of [world.reviewer, world.admin]) await refused(hand.post(answered), 'own-application', 403);
  await world.second.post(answered);
  await until(() => has(one, moved.iccid), { what: 'the profile to be on its line', timeoutMs: 60_000 });
});

test('what no plan changes is rejected row by row, with the field', async () => {
  const one = await somebody();
  const stranger = await somebody();
  const rows = [
    rowOf({ subscriber: stranger.subscriber, line: one.line }), rowOf(await somebody(), { policy: 'cn' }), rowOf(await somebody(), { person: { full_name: 'Somebody Else' } }),
    rowOf({ subscriber: newSubscriber(), line: newLine() }), { ...rowOf(await somebody()), line: { number: 'none' } },
    rowOf(await somebody(), { profiles: [{ ...newProfile(), iccid: stranger.line.profiles[0].iccid }] }),
  ];
  const { plan, rejected } = await planOf(world.admin, rows);
  assert.equal(plan, undefined);
  assert.deepEqual(rejected.map(({ row, code, field }) => [row, code, field]), [
    [1, 'invalid', 'subscriber.id'], [2, 'invalid', 'line.policy'], [3, 'invalid', 'subscriber.person.full_name'], [4, 'line-missing', 'line.number'],
    [5, 'invalid', 'line.number'], [6, 'identifier-taken', 'line.profiles[0].iccid'],
  ]);
});

test('a plan that is refused, or taken back, is over, and what was in it is destroyed', async () => {
  const one = await somebody();
  for (const who of [world.reviewer, world.admin]) {
    const { plan } = await planOf(world.admin, [rowOf(one, { balance: yuan(90000) })]);
    await who.post(`/v1/import-plans/${plan.id}/refusal`, { reason: 'not this file' });
    await refused(sign(world.second, plan), 'closure-stage', 409);
    await until(async () => world.reviewer.get(`/v1/import-plans/${plan.id}/changes`).then(() => false, (why) => why.code === 'erased'), { what: 'it to be destroyed', timeoutMs: 60_000 });
  }
  assert.equal(await balance(one), 1234);
});

test('kill -9 while it is carried out: it goes on where it was, and nothing is done twice or left out', async () => {
  const lines = await Promise.all(Array.from({ length: 60 }, () => somebody({ profiles: [] })));
  const rows = lines.map((one, at) => rowOf(one, { balance: yuan(1234 + 25000 + at) }));
  const { plan } = await planOf(world.admin, rows);
  await sign(world.reviewer, plan);
  for (const wanted of [1, 25]) {
    await until(async () => (await balance(lines[wanted])) !== 1234, { what: `line ${wanted} to be done`, timeoutMs: 60_000, everyMs: 5 });
    await world.keepline.restart({ hard: true });
  }
  const end = await done(plan);
  assert.deepEqual([end.carried, end.refused, end.changed + end.known], [60, 0, 60], JSON.stringify(end.notes));
  for (const [at, one] of lines.entries()) assert.equal(await balance(one), 1234 + 25000 + at);
});

test('what two signed is done also where the same row was taken before and the line was used since', async () => {
  const one = await somebody();
  for (const before of [1234, 40000]) {
    const { plan } = await planOf(world.admin, [rowOf(one, { balance: yuan(90000) })]);
    assert.deepEqual(plan.what.brought, [yuan(90000 - before)]);
    await sign(world.reviewer, plan);
    const end = await done(plan);
    assert.deepEqual([end.changed, end.known, end.refused], [1, 0, 0]);
    assert.equal(await balance(one), 90000);
    await world.system.post(`/v1/lines/${one.id}/charges`, { amount: yuan(50000), what: 'usage', reference: `again-${before}-${one.id}` });
  }
});

test('two profiles that nobody has come by one row, and one that another line offers while it is given another', async () => {
  const [one, other] = [await somebody({ profiles: [newProfile()] }), await somebody({ profiles: [newProfile()] })];
  const fresh = () => { const { state: _state, ...profile } = newProfile(); return profile; };
  const both = await planOf(world.admin, [rowOf(one, { profiles: [...one.line.profiles, fresh(), fresh()] })]);
  await sign(world.reviewer, both.plan);
  const end = await done(both.plan);
  assert.deepEqual([end.changed, end.refused], [2, 0], JSON.stringify(end.notes));
  const third = await somebody({ profiles: [newProfile()] });
  const moved = other.line.profiles[0];
  const { plan } = await planOf(world.admin, [
    rowOf(other, { profiles: [...other.line.profiles, fresh()] }),
    rowOf(third, { profiles: [...third.line.profiles, { iccid: moved.iccid, imsi: moved.imsi, eid: moved.eid }] }),
  ]);
  await sign(world.reviewer, plan);
  const last = await done(plan);
  assert.deepEqual([last.changed, last.asked, last.refused], [1, 1, 0], JSON.stringify(last.notes));
});

test('on the command line: plan, show, sign; bad rows come back to be mended', async () => {
  const one = await somebody();
  const { person, contacts } = one.subscriber;
  const heads = ['number', 'policy', 'subscriber', 'since', 'valid_until', 'full_name', 'language', 'currency', 'balance', 'phone', 'refund_iban'];
  const cells = [one.line.number, 'quick', one.subscriber.id, one.line.since, one.line.valid_until, person.full_name, 'en', 'CNY', '900.00', contacts[0].address, person.refund_iban];
  const other = cells.with(0, '+8613812345678');
  writeFileSync(path.join(world.folder, 'plan.csv'), `${heads}\n${cells}\n${other}\n`);
  const as = (who) => ({ env: { KEEPLINE_TOKEN: who.token, KEEPLINE_SERVER: world.keepline.url } });
  const made = await world.cli(['import', 'plan', 'plan.csv', '--rejects', 'plan-bad.csv', '--json'], as(world.admin));
  assert.equal(made.code, 2, made.stderr);
  assert.match(made.stderr, /line 3: .*no line/);
  const { plan } = JSON.parse(made.stdout);
  const shown = await world.cli(['import', 'show', plan.id], as(world.reviewer));
  assert.match(shown.stdout, /balance +12\.34 CNY +900\.00 CNY/);
  assert.ok(shown.stdout.includes(plan.what.hash));
  assert.equal((await world.cli(['import', 'sign', plan.id, '--hash', plan.what.hash], as(world.admin))).code, 3, 'not by who planned it');
  assert.equal((await world.cli(['import', 'sign', plan.id, '--hash', plan.what.hash], as(world.reviewer))).code, 0);
  assert.equal((await done(plan)).changed, 1);
  assert.match((await world.cli(['import', 'plans'], as(world.reviewer))).stdout, new RegExp(`${plan.id} +done`));
});

test('afterwards everything verifies: the keys of plans that are over are known to be gone', async () => {
  await until(async () => (await world.reviewer.get('/v1/import-plans?limit=200')).body.items.every(({ stage }) => stage !== 'signed_by_two'), { what: 'every plan to be over' });
  assert.match(await world.mustCli(['verify']), /^Everything holds/);
});
