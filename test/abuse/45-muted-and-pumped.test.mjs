// What a budget of messages may not become: a way to close a line with nobody told, or a way to have us send to whoever is
// paid for it. Beside it: a document on file that could never be corrected, a contact point that its bringer verified alone,
// a person read without end, and characters that nobody sees.
//
// On 0b32147 each of these fails: 80 lines of a system's own with the victim's phone and number as vouched contacts spent the
// hour of both addresses, and the closing that followed told nobody; 3,000 SMS went to one satellite prefix, 360 to numbers
// that an agent ordered lines on; another document was answered 200 and ignored; an agent's own mailbox was verified by the
// agent; 500 readings of one person left 500 entries; a reference turned round what stood beside it.

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { refused } from '../e2e/client.mjs';
import * as journey from '../e2e/journey.mjs';
import { contactOf, newLine, newSubscriber, plain, yuan } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { until } from '../peers/wait.mjs';
import { attempt, documentOf, victim } from './attack.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['smsc'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const sentTo = (number) => world.smsc.effects().filter((sms) => sms.to === plain(number));
const system = (path, body) => attempt(world.system.post(path, body));

/** So many lines of the system's own, each with these as vouched contacts; each has its SIM changed three times. */
async function fillers(count, contacts) {
  const made = [];
  await Promise.all(Array.from({ length: 8 }, async (_, group) => {
    for (let i = 0; i < count / 8; ++i) {
      const subscriber = newSubscriber({ language: 'en', contacts: contacts(group * 1000 + i) });
      const { body } = await system('/v1/lines/import', { subscriber, line: newLine({ profiles: [] }) });
      for (let k = 0; k < 3; ++k) await system(`/v1/lines/${body.id}/sim-change`);
      made.push(subscriber);
    }
  }));
  return made;
}

test('whoever fills the budget of an address does not mute the closing of the line whose owner has it', async () => {
  const one = await victim(world);
  const phone = contactOf(one.subscriber, 'phone');
  const made = await fillers(80, () => [
    { id: 'phone', by: 'sms', address: phone, verified: true }, { id: 'ln', by: 'sms', address: one.number, verified: true }]);
  const vouched = await Promise.all(made.map(async ({ id }) => (await world.system.get(`/v1/subscribers/${id}`)).body.contacts[0].verified));
  assert.ok(vouched.filter(Boolean).length <= 20, `one address is vouched for few strangers a day, and was for ${vouched.filter(Boolean).length}`);

  const { codes } = (await system(`/v1/lines/${one.id}/recovery-codes`)).body;
  const opened = await journey.open(one.customer, one.id);
  await journey.accept(one.customer, opened);
  await system(`/v1/closures/${opened.id}/evidence`, { kind: 'id_document', method: 'kyc', passed: true, shown: documentOf(one) });
  await attempt(one.customer.post(`/v1/closures/${opened.id}/recovery-code`, { code: codes[0] }));
  await journey.declineBackup(one.customer, opened);
  await attempt(journey.submit(one.customer, opened));
  for (const number of [phone, one.number]) {
    await until(() => sentTo(number).some((sms) => /clos|cancel|application/i.test(sms.text)), { what: `${number} to hear of the case`, timeoutMs: 60_000 });
  }
});

test('nobody makes us send to satellites: neither a system that vouches nor an agent who orders', async () => {
  const address = (n) => `+88217${String(2_000_000 + n)}`;
  const made = await fillers(40, (n) => [{ id: 'phone', by: 'sms', address: address(n), verified: true }]);
  for (const { id } of made.slice(0, 5))
    assert.equal((await world.system.get(`/v1/subscribers/${id}`)).body.contacts[0].verified, false, 'nobody vouches for such a number');
  const subscriber = newSubscriber({ language: 'en' });
  await world.system.post('/v1/subscribers', subscriber);
  const order = { number: '+882161000000', policy: 'quick', subscriber: subscriber.id };
  await refused(world.agent.post('/v1/lines', order), 'invalid', 422);
  await refused(world.system.post('/v1/lines/import', { subscriber: newSubscriber(), line: newLine({ number: '+882161000001', profiles: [] }) }), 'invalid', 422);
  assert.equal(world.smsc.effects().filter((sms) => sms.to.startsWith('882')).length, 0);
});

test('another document is put on file by two, is told, raises the risk, and proves from then on', async () => {
  const one = await victim(world);
  const { id } = one.subscriber;
  const at = `/v1/subscribers/${id}`;
  const renewed = { document_kind: 'passport', document_number: 'E7654321', grounds: 'renewed', shown_before: documentOf(one), reason: 'passport renewed, both were seen' };
  await refused(world.system.post('/v1/subscribers', { ...one.subscriber, person: { ...one.subscriber.person, document_number: 'E7654321' } }), 'id-taken', 409);
  await refused(one.customer.post(`${at}/document`, renewed), 'forbidden', 403);
  await refused(world.agent.post(`${at}/document`, { ...renewed, grounds: 'never_noted' }), 'invalid', 422);
  await refused(world.agent.post(`${at}/document`, { ...renewed, shown_before: 'X1' }), 'proof-mismatch', 403);
  for (const who of [world.agent, world.system]) {
    const asked = await who.post(`${at}/document`, renewed);
    assert.equal(asked.status, 202, 'nobody does it alone');
    await attempt(who.post(`${at}/requests/${asked.body.serial}/refusal`, { reason: 'asked once too often' }));
  }
  const { body: asked } = await world.agent.post(`${at}/document`, renewed);
  assert.deepEqual([asked.details.document.tail.endsWith('4321'), asked.details.was_shown], [true, true]);
  await refused(world.agent.post(`${at}/requests/${asked.serial}/countersignature`), 'forbidden', 403);
  const person = (await world.reviewer.get(`${at}/person?reason=${encodeURIComponent('whoever signs reads what it is')}`)).body;
  assert.deepEqual(person.document_wanted, [{ kind: 'passport', number: 'E7654321', request: asked.serial }]);
  await world.reviewer.post(`${at}/requests/${asked.serial}/countersignature`);
  await world.smsc.waitFor({ to: plain(one.number), text: /Another identity document/ });
  await world.smsc.waitFor({ to: plain(contactOf(one.subscriber, 'phone')), text: /Another identity document/ });

  const opened = await journey.open(one.customer, one.id);
  const risk = async () => (await journey.read(world.admin, opened.id)).risk;
  const counter = world.agent.through('counter');
  const shown = (number) => attempt(counter.post(`/v1/closures/${opened.id}/evidence`, { kind: 'id_document', method: 'counter', passed: true, shown: number }));
  assert.equal((await shown(documentOf(one))).code, 'proof-mismatch', 'the one of before proves nothing now');
  assert.ok((await shown('E7654321')).status < 300);
  assert.ok(JSON.stringify(await journey.read(world.admin, opened.id)).includes('document_changed'), `a fact of risk: ${JSON.stringify(await risk())}`);
});

test('the command line asks for the document, and names numbers and references where it lists', async () => {
  const one = await victim(world);
  const as = (client, input) => ({ env: { KEEPLINE_TOKEN: client.token }, input });
  const asked = await world.cli(['subscriber', 'document', one.subscriber.id, '--kind', 'passport', '--shown-before', '--reason', 'passport renewed, both seen', '--json'],
    as(world.agent, `E5550001\n${documentOf(one)}\n`));
  assert.equal(asked.code, 0, asked.stderr);
  assert.match(asked.stderr, /keepline request countersign subscriber:/);
  const signed = await world.cli(['request', 'countersign', `subscriber:${one.subscriber.id}`, String(JSON.parse(asked.stdout).serial)], as(world.reviewer));
  assert.equal(signed.code, 0, signed.stderr);

  const opened = await journey.open(one.customer, one.id);
  const { stdout } = await world.cli(['closure', 'list'], as(world.admin));
  assert.ok(stdout.includes(one.number) && stdout.includes(opened.reference), stdout);
  await world.agent.post(`/v1/lines/${one.id}/recovery-codes`);
  const waiting = (await world.cli(['request', 'list'], as(world.reviewer))).stdout;
  assert.ok(waiting.includes(one.number) && waiting.includes(opened.reference), waiting);
  const plan = await world.cli(['request', 'countersign', 'import_plan:ip_x', '1'], as(world.reviewer));
  assert.match(plan.stderr, /keepline import sign ip_x --hash/);
});

test('help is help, and a folder of one\'s own policies is checked over the shipped ones', async () => {
  assert.equal((await world.cli(['help'])).stdout, (await world.cli(['--help'])).stdout);
  assert.equal((await world.cli(['help', 'closure'])).stdout, (await world.cli(['closure', '--help'])).stdout);
  const folder = path.join(world.folder, 'mine');
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'mine.toml'), 'id = "mine"\ninherits = "cn"\nversion = 1\ntitle = "My brand (China)"\nsource = "here"\n');
  const checked = await world.cli(['policy', 'check', folder]);
  assert.equal(checked.code, 0, checked.stderr);
});

test('an agent who brings a contact point and types its code has verified nothing', async () => {
  const one = await victim(world);
  const { id } = one.subscriber;
  const own = `+86137${String(Date.now()).slice(-8)}`;
  const eve = { id: 'eve', by: 'sms', address: own };
  await world.agent.post(`/v1/subscribers/${id}/contacts`, { contacts: [...one.subscriber.contacts, eve] });
  const at = `/v1/subscribers/${id}/contacts/eve`;
  await world.agent.post(`${at}/codes`);
  const code = await journey.codeFromSms(world.smsc, own);
  const typed = await world.agent.post(`${at}/code-answers`, { code });
  assert.deepEqual([typed.status, typed.body.act], [202, 'verify_contact']);
  const verified = async () => (await world.agent.get(`/v1/subscribers/${id}`)).body.contacts.find((each) => each.id === 'eve').verified;
  assert.equal(await verified(), false);
  await refused(world.agent.post(`/v1/subscribers/${id}/requests/${typed.body.serial}/countersignature`), 'forbidden', 403);
  await world.reviewer.post(`/v1/subscribers/${id}/requests/${typed.body.serial}/countersignature`);
  assert.equal(await verified(), true, 'read out on the phone, and signed by somebody else');
});

test('who reads one person again and again leaves few entries, and is stopped', async () => {
  const one = await victim(world);
  const at = `/v1/subscribers/${one.subscriber.id}`;
  const read = (why) => attempt(world.second.get(`${at}/person?reason=${encodeURIComponent(why)}`));
  const before = (await world.admin.get(at)).body.staff_reads;
  for (let i = 0; i < 100; ++i) assert.equal((await read('looking at the case of today')).status, 200);
  assert.equal((await world.admin.get(at)).body.staff_reads, before + 1);
  let last;
  for (let i = 0; i < 130 && last?.status !== 429; ++i) last = await read(`looking at the case number ${i}`);
  assert.equal(last.status, 429);
});

test('characters that nobody sees, or that turn others round, are in no text that people read', async () => {
  const one = await victim(world);
  for (const hidden of ['\u202e', '\u200b', '\u2066', '\ufeff', '\u00ad']) {
    await refused(world.agent.post(`/v1/lines/${one.id}/top-ups`, { amount: yuan(100), reference: `cash-${hidden}0017` }), 'invalid', 422);
    await refused(world.agent.get(`/v1/subscribers/${one.subscriber.id}/person?reason=${encodeURIComponent(`the case ${hidden}of today`)}`), 'invalid', 422);
  }
  assert.ok((await world.agent.post(`/v1/lines/${one.id}/top-ups`, { amount: yuan(100), reference: '现金 0017' })).status < 300);
});
