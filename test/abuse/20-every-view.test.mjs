// Issue 7, item 20: every view and every history, for every role. A journey plants secrets; then each GET of the contract is
// asked by each role, and a secret may stand only where the table below says so. A route that is new in api/openapi.yaml
// fails here until somebody says how it is asked for.
// Seen to fail on 4b5af17 (which shows the order of an authority to the customer, and activation codes to reviewers):
// ABUSE_OLD_SOURCE=(its source) KEEPLINE_BIN=(its binary).

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { temporaryFolder } from '../peers/child.mjs';
import { openapiDocument } from '../peers/keepline.mjs';
import { until } from '../peers/wait.mjs';
import { Client } from '../e2e/client.mjs';
import { accept, certificateOf, codeFromSms, countersign, declineBackup, open, proveByOtp, reach, reportDeleted, sha256 } from '../e2e/journey.mjs';
import { contactOf, newSubscriber, yuan } from '../e2e/people.mjs';
import { startSmdpWorld } from '../e2e/smdp.mjs';
import { applies, attempt, documentOf, victim } from './attack.mjs';

const LEGAL = 'Police 4711 legal-mark';
const NOTE = 'note-mark of the reviewer';
const READ_REASON = 'read-mark of the clerk';
const TOKEN_NOTE = 'token-note-mark';
const MATCHING_ID = 'MATCHING-MARK-1';
const CONFIRMATION_CODE = '9182736455';
const WANTED_IBAN = '6222021111222233334';
const PLANNED_IBAN = '6222029999999990041';
const PLANNED_PHONE = '+8613700000977';
const DISPUTED = 'I never said that, and my neighbour heard it';
const PAYER_IBAN = 'GB82WEST12345698765432';

let world;
let one; // under an order of an authority, with a profile of the SM-DP+
let other; // whose case a reviewer clears of fraud
let gone; // has no line any more, and somebody paid for it
const secrets = {}; // name → texts that must not be seen
const ids = {};

/** Members of the journal that are for the machine only, as it holds them: but for what people sign or stand for, the digest of an SM-DP+'s receipt. */
const MACHINE_ONLY = new Set(['digest', 'digests', 'nonce', 'recovery_digests', 'refund_account', 'account', 'euicc_key', 'confirmation', 'body', 'key', 'invitation']);
async function machineOnly() {
  const { DatabaseSync } = await import('node:sqlite');
  const copy = path.join(temporaryFolder('scan'), 'journal.db');
  await world.mustCli(['backup', '--journal-only', copy]);
  const found = new Set();
  const walk = (value, name) => {
    if (typeof value === 'string') {
      if (MACHINE_ONLY.has(name) && value.length >= 16) found.add(value);
    } else if (value && typeof value === 'object') {
      for (const [key, inner] of Object.entries(value)) walk(inner, Array.isArray(value) ? name : key);
    }
  };
  const db = new DatabaseSync(copy, { readOnly: true });
  for (const { events } of db.prepare('SELECT events FROM entry').all()) walk(JSON.parse(Buffer.from(events).toString()));
  db.close();
  const plan = (await world.reviewer.get(`/v1/import-plans/${ids.plan}`)).body;
  const receipts = gone.line.profiles.map(({ iccid }) => sha256(`${iccid} deleted 7`));  // as reportDeleted says it
  for (const shown of [plan.what.hash, ...receipts]) found.delete(shown);
  return [...found];
}

/** A plan of an import that would change an account and a phone, and money for a line that has ended, which is to go back to its payer. */
async function planAndPay() {
  const { subscriber, line } = other;
  const wanted = { ...subscriber, person: { ...subscriber.person, refund_iban: PLANNED_IBAN }, contacts: [{ id: 'phone', by: 'sms', address: PLANNED_PHONE }] };
  ids.plan = (await world.admin.post('/v1/import-plans', { rows: [{ subscriber: wanted, line }] })).body.plan.id;
  const changes = (await world.reviewer.get(`/v1/import-plans/${ids.plan}/changes`)).body.items;
  assert.ok(changes.some(({ differs }) => differs?.some(({ what }) => what === 'refund_iban')), 'an account would change');

  gone = await victim(world);
  const closure = await applies(world, gone);
  for (const profile of gone.line.profiles) await reportDeleted(world.system, gone.id, profile);
  await reach(gone.customer, closure.id, 'closed');
  await certificateOf(gone.customer, closure.id);
  ids.disputed = closure.id;
  await gone.customer.post(`/v1/closures/${closure.id}/disputes`, { part: 'other', words: DISPUTED });
  ids.late = (await world.system.post(`/v1/lines/${gone.id}/payments`, { amount: yuan(500), reference: 'late' })).body.serial;
  await world.agent.post(`/v1/lines/${gone.id}/unclaimed-money/${ids.late}/return`, { to: 'payer', account: { iban: PAYER_IBAN, holder: 'A Payer' } });
}

async function plant() {
  one = await victim(world);
  other = await victim(world);
  await world.system.post(`/v1/lines/${one.id}/legal-hold`, { reference: LEGAL });
  ids.blocked = (await open(one.customer, one.id)).id;
  const codes = (await one.customer.post(`/v1/lines/${one.id}/recovery-codes`)).body;
  secrets.recovery_codes = codes.codes ?? codes.recovery_codes ?? Object.values(codes).flat().filter((text) => typeof text === 'string');
  const [iccid] = await world.provide(1);
  const esim = (await world.system.post('/v1/esim-orders', { iccid, matching_id: MATCHING_ID, confirmation_code: CONFIRMATION_CODE })).body;
  ids.esim = esim.iccid;
  await world.provide(2);
  await countersign(world.reviewer, one.id, await world.agent.post(`/v1/lines/${one.id}/profiles`, { type: 'basic', confirmation_code: CONFIRMATION_CODE }));
  const issued = await until(async () => (await one.customer.get(`/v1/lines/${one.id}/profiles`)).body.items.find((each) => each.activation_code), { what: 'the profile of the line', timeoutMs: 60_000 });
  ids.iccid = issued.iccid;
  secrets.matching_id = [MATCHING_ID, issued.activation_code.split('$')[2]];
  secrets.confirmation_code = [CONFIRMATION_CODE];

  const closure = await open(other.customer, other.id);
  ids.closure = closure.id;
  await accept(other.customer, closure);
  await proveByOtp(other.customer, world.smsc, closure, other.number);
  secrets.one_time_code = [await codeFromSms(world.smsc, other.number)];
  await world.agent.through('counter').post(`/v1/closures/${closure.id}/evidence`, { kind: 'id_document', method: 'seen', shown: documentOf(other), passed: true });
  await declineBackup(other.customer, closure);
  await attempt(other.customer.post(`/v1/closures/${closure.id}/repudiation`, {}));
  await attempt(world.reviewer.post(`/v1/closures/${closure.id}/fraud-clearance`, { reason: NOTE }));
  await world.agent.get(`/v1/subscribers/${one.subscriber.id}/person?reason=${encodeURIComponent(READ_REASON)}`);
  await attempt(world.agent.post(`/v1/subscribers/${one.subscriber.id}/refund-account`, { iban: WANTED_IBAN, holder: 'Avery Quinn' }));
  await one.customer.post(`/v1/lines/${one.id}/lost`, { how: 'call' });
  const evidence = [{ kind: 'id_document', method: 'seen', shown: documentOf(one) }, { kind: 'staff_sighting', method: 'stands here' }];
  await attempt(world.agent.through('counter').post(`/v1/lines/${one.id}/found`, { evidence }));
  await planAndPay();
  const noted = (await world.keymaster.post('/v1/tokens', { role: 'agent', id: 'noted', note: TOKEN_NOTE })).body;
  const waits = (await world.keymaster.post('/v1/tokens', { role: 'reviewer', id: 'waiting' })).body;

  secrets.legal_hold = [LEGAL];
  secrets.note_of_staff = [NOTE];
  secrets.reason_of_reading = [READ_REASON];
  secrets.note_of_token = [TOKEN_NOTE];
  secrets.address = ['phone', 'mail'].map((id) => contactOf(one.subscriber, id)).concat(PLANNED_PHONE);
  secrets.document = [documentOf(one)];
  secrets.account = [one.subscriber.person.refund_iban, WANTED_IBAN, PLANNED_IBAN];
  secrets.payers_account = [PAYER_IBAN];
  secrets.words_of_dispute = [DISPUTED];
  secrets.token = [world.admin, world.keymaster, world.system, world.agent, world.reviewer, world.portal, one.customer, gone.customer].map((each) => each?.token).concat(noted.token, waits.token).filter(Boolean);
  const hook = (await world.admin.post('/v1/webhooks', { name: 'planted', url: 'https://planted.example/', topics: ['*'] })).body;
  await world.keymaster.post(`/v1/tokens/webhooks/requests/${hook.request}/countersignature`);
  ids.webhook = hook.webhook;
  if (process.env.ABUSE_OLD_SOURCE === undefined) secrets.invitation = [(await world.admin.post('/v1/staff-accounts', { name: 'invited', role: 'agent' })).body.invitation];
  secrets.webhook_secret = [world.webhook.secret, hook.secret, hook.secret.slice('whsec_'.length)];
  if (process.env.ABUSE_OLD_SOURCE === undefined) secrets.machine_only = await machineOnly();
}

before(async () => {
  world = await startSmdpWorld({ peers: ['smsc', 'webhook'], pki: { cards: 1 } });
  await plant();
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

/** How each GET of the contract is asked for; `undefined` stands for a place that nobody has thought about. */
const places = {
  '/v1/subscribers/{id}': () => [`/v1/subscribers/${one.subscriber.id}`],
  '/v1/subscribers/{id}/person': () => [`/v1/subscribers/${one.subscriber.id}/person?reason=${encodeURIComponent('a scan of every view')}`],
  '/v1/subscribers/{id}/disclosures': () => [`/v1/subscribers/${one.subscriber.id}/disclosures`],
  '/v1/subscribers/{id}/documents': () => [`/v1/subscribers/${one.subscriber.id}/documents`],
  '/v1/subscribers/{id}/passkeys': () => [`/v1/subscribers/${one.subscriber.id}/passkeys`],
  '/v1/subscribers/{id}/sessions': () => [`/v1/subscribers/${one.subscriber.id}/sessions`],
  '/v1/subscribers/{id}/representatives': () => [`/v1/subscribers/${one.subscriber.id}/representatives`],
  '/v1/subscribers/{id}/requests': () => [`/v1/subscribers/${one.subscriber.id}/requests`],
  '/v1/subscribers/{id}/looks': () => [`/v1/subscribers/${one.subscriber.id}/looks`],
  '/v1/lines/{id}': () => [one, other, gone].map((each) => `/v1/lines/${each.id}`),
  '/v1/lines/{id}/history': () => [one, other, gone].map((each) => `/v1/lines/${each.id}/history?limit=200`),
  '/v1/lines/{id}/balance': () => [`/v1/lines/${one.id}/balance`],
  '/v1/lines/{id}/eligibility': () => [`/v1/lines/${one.id}/eligibility`],
  '/v1/import-plans': () => ['/v1/import-plans'],
  '/v1/import-plans/{id}': () => [`/v1/import-plans/${ids.plan}`],
  '/v1/import-plans/{id}/changes': () => [`/v1/import-plans/${ids.plan}/changes?limit=200`],
  '/v1/unclaimed-money': () => ['/v1/unclaimed-money'],
  '/v1/lines/{id}/unclaimed-money/{serial}/payer': () => [`/v1/lines/${gone.id}/unclaimed-money/${ids.late}/payer?reason=${encodeURIComponent('a scan of every view')}`],
  '/v1/lines/{id}/notes': () => [`/v1/lines/${one.id}/notes`, `/v1/lines/${one.id}/notes?reason=${encodeURIComponent('a scan of every view')}`],
  '/v1/closures/{id}/notes': () => [`/v1/closures/${ids.blocked}/notes`, `/v1/closures/${ids.blocked}/notes?reason=${encodeURIComponent('a scan of every view')}`],
  '/v1/lines/{id}/replies': () => [`/v1/lines/${one.id}/replies`],
  '/v1/replies': () => ['/v1/replies'],
  '/v1/messages/{reference}': () => ['/v1/messages/000000000000'],
  '/v1/lines/{id}/profiles': () => [`/v1/lines/${one.id}/profiles`],
  '/v1/lines/{id}/profiles/{iccid}/activation-code.svg': () => [`/v1/lines/${one.id}/profiles/${ids.iccid}/activation-code.svg`],
  '/v1/lines/{id}/profiles/{iccid}/activation-code.png': () => [`/v1/lines/${one.id}/profiles/${ids.iccid}/activation-code.png`],
  '/v1/lines/{id}/requests': () => [`/v1/lines/${one.id}/requests`],
  '/v1/requests': () => ['/v1/requests?limit=200'],
  '/v1/closures': () => ['/v1/closures?limit=200'],
  '/v1/checks': () => ['/v1/checks?limit=200'],
  '/v1/closure-counts': () => ['/v1/closure-counts'],
  '/v1/closures/{id}': () => [`/v1/closures/${ids.blocked}`, `/v1/closures/${ids.closure}`],
  '/v1/closures/{id}/backup': () => [`/v1/closures/${ids.blocked}/backup`],
  '/v1/closures/{id}/certificate': () => [`/v1/closures/${ids.closure}/certificate`],
  '/v1/disputes': () => ['/v1/disputes'],
  '/v1/closures/{id}/disputes': () => [`/v1/closures/${ids.disputed}/disputes`],
  '/v1/closures/{id}/disputes/{serial}': () => [`/v1/closures/${ids.disputed}/disputes/1?reason=${encodeURIComponent('a scan of every view')}`],
  '/v1/retention': () => ['/v1/retention'],
  '/v1/profile-types': () => ['/v1/profile-types'],
  '/v1/esims': () => ['/v1/esims?limit=200'],
  '/v1/esims/{id}': () => [ids.esim, ids.iccid].map((iccid) => `/v1/esims/${iccid}`),
  '/v1/esims/{id}/history': () => [ids.esim, ids.iccid].map((iccid) => `/v1/esims/${iccid}/history?limit=200`),
  '/v1/esims/{id}/requests': () => [ids.esim, ids.iccid].map((iccid) => `/v1/esims/${iccid}/requests`),
  '/v1/live': () => ['/v1/live'],  // its head; what it says is held to ids by test/e2e/live.test.mjs
  '/v1/network-mismatches': () => ['/v1/network-mismatches'],
  '/v1/effects': () => ['/v1/effects?limit=200', '/v1/effects?state=retrying&limit=200'],
  '/v1/policies': () => ['/v1/policies'],
  '/v1/calendars': () => ['/v1/calendars'],
  '/v1/policies/{id}/explanation': () => ['/v1/policies/quick/explanation'],
  '/v1/whoami': () => ['/v1/whoami'],
  '/v1/tokens': () => ['/v1/tokens'],
  '/v1/tokens/{id}/history': () => ['ops', 'clerk', 'noted', 'waiting', 'invited', 'console', 'webhooks'].map((id) => `/v1/tokens/${id}/history`),
  '/v1/tokens/{id}/requests': () => ['reviewer-1', 'waiting', 'webhooks'].map((id) => `/v1/tokens/${id}/requests`),
  '/v1/staff-accounts': () => ['/v1/staff-accounts'],
  '/v1/staff-sign-in': () => ['/v1/staff-sign-in'],
  '/v1/staff-sessions': () => ['/v1/staff-sessions'],
  '/v1/staff-passkeys': () => ['/v1/staff-passkeys'],
  '/v1/staff-sessions/current': () => ['/v1/staff-sessions/current'],
  '/v1/webhooks': () => ['/v1/webhooks'],
  '/v1/webhooks/{id}': () => ['/v1/webhooks/partner', `/v1/webhooks/${ids.webhook}`],
  // Of a sandbox alone, where nothing is real; this server has none of it.
  '/v1/sandbox/clock': () => ['/v1/sandbox/clock'],
  '/v1/sandbox/messages': () => ['/v1/sandbox/messages'],
  '/v1/sandbox/triggers': () => ['/v1/sandbox/triggers'],
  '/healthz': () => ['/healthz'],
  '/readyz': () => ['/readyz'],
  '/openapi.yaml': () => ['/openapi.yaml'],
  '/.well-known/jwks.json': () => ['/.well-known/jwks.json'],
};

/** The only cells in which a secret may stand: who, and in which views. */
const handlers = ['agent', 'admin', 'system'];
const staff = [...handlers, 'reviewer'];
const ALLOWED = {
  // Eligibility names the blocks of a case that is not opened yet, to those whom the case would name them to.
  legal_hold: { [staff]: ['/v1/lines/{id}', '/v1/lines/{id}/history', '/v1/closures/{id}'], [handlers]: ['/v1/lines/{id}/eligibility'] },
  note_of_staff: { [staff]: ['/v1/lines/{id}/history', '/v1/closures/{id}'] },
  reason_of_reading: { admin: ['/v1/subscribers/{id}/looks'] },
  note_of_token: { admin: ['/v1/tokens'] },
  // With it one takes the number: its owner has it, and for hours who ordered it; of an order for no line, who handles it. No list has it.
  matching_id: {
    [['subscriber', 'agent']]: ['/v1/lines/{id}/profiles', '/v1/lines/{id}/profiles/{iccid}/activation-code.svg'],
    [handlers]: ['/v1/esims/{id}'],
  },
  // Read with a reason, which is journalled, or by the person themself.
  address: { [['subscriber', ...staff]]: ['/v1/subscribers/{id}/person'] },
  document: { [['subscriber', ...staff]]: ['/v1/subscribers/{id}/person'] },
  account: { [['subscriber', ...staff]]: ['/v1/subscribers/{id}/person'] },
  // Of a return that waits: whoever signs sees what they sign. It is not the customer's.
  payers_account: { [staff]: ['/v1/lines/{id}/unclaimed-money/{serial}/payer'] },
  // The owner's own words: theirs, and one by one, with a reason, for whoever decides.
  words_of_dispute: { subscriber: ['/v1/closures/{id}/disputes'], [['reviewer', 'admin']]: ['/v1/closures/{id}/disputes/{serial}'] },
  confirmation_code: {}, one_time_code: {}, recovery_codes: {}, token: {}, invitation: {}, webhook_secret: {}, machine_only: {},
};
const mayStand = (secret, role, template) => Object.entries(ALLOWED[secret]).some(([roles, views]) => roles.split(',').includes(role) && views.includes(template));

const templates = () => Object.entries(parse(readFileSync(openapiDocument, 'utf8')).paths).filter(([, item]) => item.get).map(([template]) => template);

test('every place that can be read is known here', () => {
  assert.deepEqual(templates().filter((template) => !places[template]), [], 'say how these are asked for, and what may stand in them');
});

test('a secret stands only where the table says so, whoever asks', async () => {
  for (const [name, texts] of Object.entries(secrets)) assert.ok(texts.length > 0 && texts.every((text) => text.length >= 8), `${name} was planted: ${texts}`);
  const stranger = newSubscriber({ language: 'en' });
  await world.system.post('/v1/subscribers', stranger);
  const roles = {
    subscriber: [one.customer, other.customer, gone.customer], stranger: [await world.as(stranger.id), new Client(world.keepline, undefined)],
    agent: [world.agent], reviewer: [world.reviewer], admin: [world.admin], system: [world.system], portal: [world.portal].filter(Boolean),
  };
  const wrong = [];
  const stood = new Set();
  let answered = 0;
  for (const template of templates()) {
    for (const place of places[template]()) {
      for (const [role, clients] of Object.entries(roles)) {
        for (const client of clients) {
          const { status, body } = await attempt(client.get(place, { unchecked: true }));
          if (status < 300) ++answered;
          const text = Buffer.isBuffer(body) ? body.toString('latin1') : typeof body === 'string' ? body : JSON.stringify(body ?? null);
          for (const [secret, texts] of Object.entries(secrets)) {
            if (!texts.some((each) => text.includes(each))) continue;
            if (mayStand(secret, role, template)) stood.add(secret);
            else wrong.push(`${secret} is shown to ${role} in ${template}: ${texts.find((each) => text.includes(each))}`);
          }
        }
      }
    }
  }
  assert.deepEqual([...new Set(wrong)], []);
  assert.ok(answered > 80, `only ${answered} answers: the scan must see something`);
  for (const secret of Object.keys(ALLOWED)) if (Object.keys(ALLOWED[secret]).length > 0) assert.ok(stood.has(secret), `${secret} was seen nowhere: the scan does not see what it looks for`);
});
