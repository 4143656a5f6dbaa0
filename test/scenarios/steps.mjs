// What each statement of a scenario does, as [pattern, (cast, match) => …]. Actions send what people send; expectations look and
// say what was there instead. README.md lists them for those who write scenarios.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { compactVerify, createLocalJWKSet } from 'jose';
import { unzip } from '../e2e/zip.mjs';

const WHO = '(owner|agent|reviewer|second reviewer|system)';
const AMOUNT = '(\\d+(?:\\.\\d+)?)';
const is = (text) => new RegExp(`^${text}$`);
const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const path = (cast, rest) => `/v1/closures/${cast.closureId}/${rest}`;
const ofLine = (cast, rest) => `/v1/lines/${cast.lineId}/${rest}`;

/** Sends, and remembers what a second person is to sign. */
async function post(cast, client, target, body, options) {
  const answer = await client.post(target, body, options);
  if (answer.status === 202 && answer.body.serial !== undefined) cast.request = answer.body.serial;
  return answer.body;
}
const onCase = (who, rest, bodyOf = () => undefined) => async (cast, match) => post(cast, await cast.client(who), path(cast, rest), bodyOf(match, cast));
const onLine = (who, rest, bodyOf = () => undefined) => async (cast, match) => post(cast, await cast.client(who), ofLine(cast, rest), bodyOf(match, cast));

// ---------------------------------------------------------------------------------------------------------------- applying

async function open(cast, client, reason) {
  const body = await post(cast, client, ofLine(cast, 'closures'), { reason: reason ?? 'not_needed' });
  cast.closureId = body.id;
  return body;
}
async function accept(cast, client, detach) {
  const { quote } = await cast.closure();
  await post(cast, client, path(cast, 'quote-acceptance'), { quote: quote.number, ...(detach && { detach: [detach] }) });
}
async function codeTo(cast, contact) {
  const to = { phone: cast.phone, relative: cast.relative?.phone }[contact] ?? cast.number;
  cast.world.settled = false;
  await cast.world.settle();
  const sent = (await cast.world.messages([to])).filter((one) => one.by === 'sms' && /(?<!\d)\d{8}(?!\d)/.test(one.text));
  assert.ok(sent.length, `no code came to ${contact}`);
  return /(?<!\d)(\d{8})(?!\d)/.exec(sent.at(-1).text)[1];
}
async function prove(cast, client, contact = 'line') {
  await post(cast, client, path(cast, 'otps'), { contact });
  await post(cast, client, path(cast, 'otp-answers'), { code: await codeTo(cast, contact) });
}
/** Kinds that the owner shows themselves; the others a verification system or staff see and record. */
async function proveBy(cast, who, client, kinds) {
  for (const kind of list(kinds ?? 'otp_sms')) {
    if (kind === 'otp_sms') await prove(cast, client);
    else if (kind === 'recovery_code') await post(cast, client, path(cast, 'recovery-code'), { code: cast.codes.shift() });
    else await record(cast, [undefined, who === 'owner' ? 'system' : who, kind]);
  }
}
async function apply(cast, [, who, channel, reason, kinds]) {
  const client = await cast.client(who, channel);
  await open(cast, client, reason);
  await accept(cast, client);
  await proveBy(cast, who, client, kinds);
  await post(cast, client, path(cast, 'backup-refusal'));
  await post(cast, client, path(cast, 'submission'));
}

/** What staff saw, as they send it; a document is read off what the owner shows. */
const shown = (cast, kinds) => kinds.split(', ').map((kind) => ({ kind, method: 'counter 3', ...(kind === 'id_document' && { shown: cast.document }) }));
async function record(cast, [, who, kinds]) {
  const client = await cast.client(who, who === 'agent' ? 'counter' : undefined);
  for (const one of shown(cast, kinds)) await post(cast, client, path(cast, 'evidence'), { ...one, passed: true });
}

const APPLYING = [
  [is(`${WHO} opens a closing(?: by (\\w+))?(?:, reason (\\w+))?`), async (cast, [, who, channel, reason]) => open(cast, await cast.client(who, channel), reason)],
  [is(`${WHO} applies for closing(?: by (\\w+))?(?:, reason (\\w+))?(?:, proving ((?:\\w+)(?:, \\w+)*))?`), apply],
  [is(`${WHO} accepts the quote(?: and detaches ([\\w-]+))?`), async (cast, [, who, detach]) => accept(cast, await cast.client(who), detach)],
  [is(`${WHO} asks for a new quote`), async (cast, [, who]) => post(cast, await cast.client(who), path(cast, 'quotes'))],
  [is(`${WHO} proves by a code to the (line|phone)`), async (cast, [, who, contact]) => prove(cast, await cast.client(who), contact)],
  [is('owner asks for a code to the (line|phone)'), onCase('owner', 'otps', ([, contact]) => ({ contact }))],
  [is('owner types a wrong code'), onCase('owner', 'otp-answers', () => ({ code: '00000000' }))],
  [is('owner proves by a saved code'), onCase('owner', 'recovery-code', (_, cast) => ({ code: cast.codes.shift() }))],
  [is('owner saves recovery codes'), async (cast) => { cast.codes = (await (await cast.client('owner')).post(ofLine(cast, 'recovery-codes'))).body.codes; }],
  [is(`${WHO} records ((?:\\w+)(?:, \\w+)*)`), record],
  [is('owner declines the backup'), onCase('owner', 'backup-refusal')],
  [is('owner prepares the backup'), onCase('owner', 'backup')],
  [is(`${WHO} submits`), async (cast, [, who]) => post(cast, await cast.client(who), path(cast, 'submission'))],
  [is('owner has it paid out as (cash|waive|account)'), onCase('owner', 'payout', ([, how]) => ({ how }))],
];

// ---------------------------------------------------------------------------------------------------------------- deciding

/** Upon the case as it is: notices move it on, too. */
async function decide(cast, who, what, reason) {
  const client = await cast.client(who);
  const { etag } = await client.get(`/v1/closures/${cast.closureId}`);
  await post(cast, client, path(cast, what), { reason }, { ifMatch: etag });
}
async function countersign(cast, [, who]) {
  assert.ok(cast.request !== null, 'nothing waits for a second person');
  await (await cast.client(who)).post(ofLine(cast, `requests/${cast.request}/countersignature`));
  cast.request = null;
}

const DECIDING = [
  [is('(reviewer|second reviewer|admin) approves'), async (cast, [, who]) => decide(cast, who, 'approval', 'looked at')],
  [is('(reviewer|second reviewer) rejects, reason "(.+)"'), async (cast, [, who, reason]) => decide(cast, who, 'rejection', reason)],
  [is('reviewer asks for "(.+)"'), onCase('reviewer', 'information-requests', ([, what]) => ({ what }))],
  [is('owner answers "(.+)"'), onCase('owner', 'information', ([, reference]) => ({ reference }))],
  [is('(reviewer|second reviewer) countersigns'), countersign],
  [is('owner withdraws'), onCase('owner', 'withdrawal')],
  [is('owner repudiates(?: by (\\w+))?'), async (cast, [, channel]) => {
    if (channel === 'sms') return writes(cast, cast.phone, cast.subscriber.language === 'en' ? 'NOTME' : '不是我');
    return post(cast, await cast.client('owner', channel), path(cast, 'repudiation'), {});
  }],
  [is('reviewer clears the fraud hold, reason "(.+)"'), onCase('reviewer', 'fraud-clearance', ([, reason]) => ({ reason }))],
  [is('reviewer confirms the fraud, reason "(.+)"'), onCase('reviewer', 'fraud-confirmation', ([, reason]) => ({ reason }))],
];

// ---------------------------------------------------------------------------------------------------------------- disputes

/** The one that was spoken of last. */
const dispute = (cast, what) => path(cast, `disputes/${cast.dispute}/${what}`);
const newest = async (cast, client) => (await client.get(path(cast, 'disputes'))).body.items.find((one) => one.serial === cast.dispute);

const DISPUTING = [
  [is('(owner|agent) disputes the (\\w+)(?: (first|second) device| (\\w+))?, saying "(.+)"'), async (cast, [, who, part, device, item, words]) => {
    const which = device ? profile(cast, device).iccid : item;
    const body = await post(cast, await cast.client(who), path(cast, 'disputes'), { part, words, ...(which && { item: which }) });
    cast.dispute = body.serial;
  }],
  [is('owner takes the dispute back'), async (cast) => post(cast, await cast.client('owner'), dispute(cast, 'withdrawal'))],
  [is('(reviewer|second reviewer|admin) refuses the dispute, reason "(.+)"'), async (cast, [, who, reason]) =>
    post(cast, await cast.client(who), dispute(cast, 'refusal'), { reason })],
  [is('(reviewer|second reviewer|admin) corrects it to "(.+)", reason "(.+)"'), async (cast, [, who, value, reason]) =>
    post(cast, await cast.client(who), dispute(cast, 'correction'), { value, reason })],
  [is('(reviewer|second reviewer|admin) corrects it to day (\\d+), reason "(.+)"'), async (cast, [, who, day, reason]) =>
    post(cast, await cast.client(who), dispute(cast, 'correction'), { value: cast.local(Number(day)), reason })],
  [is('expect dispute (\\w+)'), async (cast, [, state]) => same('the dispute', (await newest(cast, cast.world.admin)).state, state)],
  [is('expect the answer due day (\\d+)'), async (cast, [, day]) => same('the day', cast.dayNumber((await newest(cast, cast.world.admin)).due), Number(day))],
  [is('expect reviewer to read the words "(.+)"'), async (cast, [, words]) =>
    same('what is said', (await cast.world.reviewer.get(`${path(cast, `disputes/${cast.dispute}`)}?reason=${encodeURIComponent('to answer it')}`)).body.words, words)],
  [is('expect owner to read the words "(.+)"'), async (cast, [, words]) =>
    same('what is said', (await newest(cast, await cast.client('owner'))).words, words)],
  [is('expect (agent|system|reviewer) to read no words'), async (cast, [, who]) => same('what is said', (await newest(cast, await cast.client(who))).words, undefined)],
  [is('expect a certificate that takes the place of the first'), async (cast) => {
    const claims = await certificate(cast);
    const [first, second] = (await cast.events()).filter((one) => /certificate_(issued|reissued)/.test(one.type)).map((one) => one.jws);
    same('what it takes the place of', claims.replaces, createHash('sha256').update(first).digest('base64url'));
    assert.notEqual(first, second);
  }],
];

// ---------------------------------------------------------------------------------------------------------------- for others

const PAPER = Buffer.from('%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n');
const ofOwner = (cast, rest) => `/v1/subscribers/${cast.subscriber.id}/${rest}`;
const whoever = async (cast, who) => cast.client(who, who === 'agent' ? 'counter' : undefined);

/** Their identity is seen, and the code that came to their phone is read out. */
async function applyForOwner(cast, [, who, reason]) {
  const client = await whoever(cast, who);
  const { items } = (await cast.world.admin.get(ofOwner(cast, 'representatives'))).body;
  const body = await post(cast, client, ofLine(cast, 'closures'), { reason: reason ?? 'other', on_behalf: items.at(-1).serial });
  cast.closureId = body.id;
  await accept(cast, client);
  await post(cast, client, path(cast, 'evidence'), { kind: 'id_document', method: 'counter 3', shown: cast.relative.document, passed: true });
  await post(cast, client, path(cast, 'evidence'), { kind: 'staff_sighting', method: 'counter 3', passed: true });
  await post(cast, client, path(cast, 'otps'), { contact: 'own-phone' });
  await post(cast, client, path(cast, 'otp-answers'), { code: await codeTo(cast, 'relative') });
  await post(cast, client, path(cast, 'backup-refusal'));
  await post(cast, client, path(cast, 'submission'));
}

const FOR_OTHERS = [
  [is('a relative is known'), (cast) => cast.bringRelative()],
  [is('(agent|owner) hands in the ((?:\\w+)(?:, \\w+)*)'), async (cast, [, who, purposes]) => {
    const client = await whoever(cast, who);
    cast.papers ??= [];
    for (const purpose of list(purposes))
      cast.papers.push((await client.post(ofOwner(cast, `documents?purpose=${purpose}`), PAPER, { headers: { 'content-type': 'application/octet-stream' } })).body.id);
  }],
  [is('agent admits the relative as (\\w+)(?: until day (\\d+))?'), async (cast, [, kind, day]) => {
    await post(cast, await whoever(cast, 'agent'), ofOwner(cast, 'representatives'), {
      kind, representative: cast.relative.id, documents: cast.papers, ...(day && { until: new Date(cast.instant(Number(day), 0)).toISOString() }),
    });
  }],
  [is('(reviewer|second reviewer|admin) signs for the relative'), async (cast, [, who]) => {
    assert.ok(cast.request !== null, 'nothing waits for a second person');
    await (await cast.client(who)).post(ofOwner(cast, `requests/${cast.request}/countersignature`));
    cast.request = null;
  }],
  [is('(owner|agent) objects to the relative(?:, reason "(.+)")?'), async (cast, [, who, reason]) =>
    post(cast, await whoever(cast, who), ofOwner(cast, 'representatives/1/objection'), reason && { reason })],
  [is('(owner|agent) ends what the relative may(?:, reason "(.+)")?'), async (cast, [, who, reason]) =>
    post(cast, await whoever(cast, who), ofOwner(cast, 'representatives/1/end'), reason && { reason })],
  [is('(owner|agent) applies for the owner(?:, reason (\\w+))?'), applyForOwner],
  [is('expect the relative (standing|stopped|ended|expired)'), async (cast, [, state]) =>
    same('the state', (await cast.world.admin.get(ofOwner(cast, 'representatives'))).body.items.at(-1).state, state)],
  [is('expect a certificate on behalf by (\\w+)'), async (cast, [, kind]) => same('by whom', (await certificate(cast)).on_behalf, kind)],
  [is('expect the refund to the (owner|relative)'), async (cast, [, whose]) => {
    const { on_behalf: acts } = await cast.closure();
    same('to whom', acts?.refund === 'representative' ? 'relative' : 'owner', whose);
  }],
];

// ---------------------------------------------------------------------------------------------------------------- the line

const DEVICES = { first: 0, second: 1 };
const profile = (cast, which) => cast.profiles[DEVICES[which]];
async function reports(cast, one, state) {
  cast.sequence = (cast.sequence ?? 6) + 1;
  await post(cast, await cast.client('system'), ofLine(cast, 'profile-reports'), {
    iccid: one.iccid, state, eid: one.eid, sequence: cast.sequence,
    proof: { kind: 'signed_notification', digest: sha256(`${one.iccid} ${state} ${cast.sequence}`) },
  });
}
async function brings(cast, what, amount) {
  cast.payments += 1;
  await post(cast, await cast.client('system'), ofLine(cast, what), { amount: cast.money(amount), reference: `p-${cast.serial}-${cast.payments}` });
}
const writes = async (cast, from, text) => cast.world.admin.post('/v1/sandbox/messages', { from, text });

const LINE = [
  [is('every device deletes its profile'), async (cast) => { for (const one of cast.profiles) await reports(cast, one, 'deleted'); }],
  [is('the (first|second) device deletes its profile'), async (cast, [, which]) => reports(cast, profile(cast, which), 'deleted')],
  [is('the (first|second) device enables its profile'), async (cast, [, which]) => reports(cast, profile(cast, which), 'enabled')],
  [is('owner undoes the switch(?: with a saved code)?'), async (cast, [text]) =>
    post(cast, await cast.client('owner'), ofLine(cast, 'switch-undo'), text.endsWith('code') ? { recovery_code: cast.codes.shift() } : {})],
  [is('agent writes off the (first|second) device, reason "(.+)"'), async (cast, [, which, why]) =>
    post(cast, await cast.client('agent'), path(cast, 'write-offs'), { iccid: profile(cast, which).iccid, why })],
  [is(`${WHO} reports the line lost(?: by (\\w+))?`), async (cast, [, who, channel]) => post(cast, await cast.client(who, channel), ofLine(cast, 'lost'), { how: 'said so' })],
  [is('owner reports the (first|second) device lost'), onLine('owner', 'lost', ([, which], cast) => ({ iccid: profile(cast, which).iccid }))],
  [is('agent unlocks it upon ((?:\\w+)(?:, \\w+)*)'), onLine('agent', 'found', ([, kinds], cast) => ({ evidence: shown(cast, kinds) }))],
  [is('owner unlocks it with a saved code'), onLine('owner', 'found', (_, cast) => ({ recovery_code: cast.codes.shift() }))],
  [is('owner unlocks it'), onLine('owner', 'found', () => ({}))],
  [is(`owner tops up ${AMOUNT}`), async (cast, [, amount]) => brings(cast, 'top-ups', amount)],
  [is(`owner pays ${AMOUNT}`), async (cast, [, amount]) => brings(cast, 'payments', amount)],
  [is(`system links the product ([\\w-]+) at ${AMOUNT}`), onLine('system', 'products', ([, id, price], cast) => ({ id, kind: 'product', detach_price: cast.money(price) }))],
  [is('agent notes a port-out'), onLine('agent', 'port-out', () => ({ pending: true }))],
  [is('agent cancels the port-out'), onLine('agent', 'port-out', () => ({ pending: false }))],
  [is('system sets a legal hold "(.+)"'), onLine('system', 'legal-hold', ([, reference]) => ({ reference }))],
  [is('system lifts the legal hold'), onLine('system', 'legal-hold', () => ({}))],
  [is('agent notes a SIM change'), onLine('agent', 'sim-change')],
  [is('owner locks the line against closing'), onLine('owner', 'customer-lock', () => ({ locked: true }))],
  [is('owner takes the lock off'), onLine('owner', 'customer-lock', () => ({ locked: false }))],
  [is('owner takes the lock off with a saved code'), onLine('owner', 'customer-lock', (_, cast) => ({ locked: false, recovery_code: cast.codes.shift() }))],
  [is('owner names the account (\\w+)'), async (cast, [, iban]) => {
    await (await cast.client('owner')).post(`/v1/subscribers/${cast.subscriber.id}/refund-account`, { iban, holder: '林小满' });
  }],
  [is('agent has the refund paid again upon ((?:\\w+)(?:, \\w+)*)'), onLine('agent', 'refund-orders', ([, kinds], cast) => ({ evidence: shown(cast, kinds) }))],
  [is('agent reinstates the line'), onLine('agent', 'reinstatement')],
  [is('owner reinstates the line'), onLine('owner', 'reinstatement')],
  [is('(owner|stranger|second phone) writes "(.+)"'), async (cast, [, who, text]) =>
    writes(cast, { owner: cast.number, stranger: '+8613700000000', 'second phone': cast.phone }[who], text)],
];

// ---------------------------------------------------------------------------------------------------------------- looking

const list = (text) => (text ? text.split(', ') : []);
const same = (what, seen, wanted) => assert.deepEqual(seen, wanted, `${what} is ${JSON.stringify(seen)}, not ${JSON.stringify(wanted)}`);
const inWords = (messages) => (messages.length ? messages.map((one) => `${one.to} ${one.outcome}: ${one.subject ? `[${one.subject}] ` : ''}${one.text}`).join('\n    ') : 'nothing');

function told(by) {
  return async (cast, [, no, to, words, ever]) => {
    const address = { line: cast.number, phone: cast.phone, relative: cast.relative?.phone }[to];
    const all = (await cast.messages(by, { ever: Boolean(ever) })).filter((one) => !address || one.to === address);
    const found = all.filter((one) => words === undefined || `${one.subject ?? ''} ${one.text}`.includes(words));
    if (Boolean(no) !== (found.length === 0)) assert.fail(`there was: ${inWords(no ? found : all)}`);
  };
}
function reached(by) {
  return async (cast, [, no, words, ever]) => {
    const all = await cast.messages(by, { ever: Boolean(ever) });
    const found = all.filter((one) => words === undefined || `${one.text} ${one.outcome}`.includes(words));
    if (Boolean(no) !== (found.length === 0)) assert.fail(`there was: ${inWords(no ? found : all)}`);
  };
}

/** What the closing says of itself. */
const CASE_FACTS = {
  escalated: (c) => c.escalated, overdue: (c) => c.overdue, paused: (c) => Boolean(c.paused_since), 'due provisional': (c) => c.due_provisional,
  'account questioned': (c) => c.refund_account_questioned,
};
const LINE_FACTS = {
  locked: (l) => Boolean(l.locked_since), 'fraud hold': (l) => l.fraud_hold, 'customer lock': (l) => l.customer_lock, holds: (l) => Boolean(l.holds), closing: (l) => Boolean(l.closure),
};

async function certificate(cast) {
  assert.ok((await cast.closure()).has_certificate, 'there is none');
  const jws = (await cast.world.admin.get(path(cast, 'certificate'))).body.toString().trim();
  const keys = (await cast.world.admin.get('/.well-known/jwks.json')).body;
  const { payload } = await compactVerify(jws, createLocalJWKSet(keys));
  const claims = JSON.parse(new TextDecoder().decode(payload));
  assert.equal(claims.sandbox, true, 'it does not say that it is a sandbox\'s');
  return claims;
}

const LOOKING = [
  [is('expect refused ([\\w-]+)'), async (cast, [, code]) => {
    assert.ok(cast.refusal, 'the line before was not refused');
    same('the refusal', cast.refusal.code, code);
    cast.refusal = null;
  }],
  [is('expect stage (\\w+)'), async (cast, [, stage]) => same('the stage', (await cast.closure()).stage, stage)],
  [is(`expect (no |not )?(${Object.keys(CASE_FACTS).join('|')})`), async (cast, [, no, what]) => same(`"${what}"`, CASE_FACTS[what](await cast.closure()), !no)],
  [is(`expect (no |not )?(${Object.keys(LINE_FACTS).join('|')})`), async (cast, [, no, what]) => same(`"${what}"`, LINE_FACTS[what](await cast.line()), !no)],
  [is('expect status (\\w+)'), async (cast, [, status]) => same('the status', (await cast.line()).status, status)],
  [is('expect valid until day (\\d+)'), async (cast, [, day]) => same('the day', cast.dayNumber((await cast.line()).valid_until), Number(day))],
  [is('expect due day (\\d+)'), async (cast, [, day]) => same('the day', cast.dayNumber((await cast.closure()).due), Number(day))],
  [is('expect cooling off (\\d+) hours'), async (cast, [, hours]) => {
    const { submitted_at: from, cooling_off_until: until } = await cast.closure();
    same('the hours', until ? Math.round((Date.parse(until) - Date.parse(from)) / 3_600_000) : 0, Number(hours));
  }],
  [is('expect risk (\\w+)(?: because ((?:\\w+)(?:, \\w+)*))?'), async (cast, [, level, facts]) => {
    const { risk } = await cast.closure();
    same('the risk', [risk.level, ...(facts ? [[...risk.facts].sort()] : [])], [level, ...(facts ? [list(facts).sort()] : [])]);
  }],
  [is('expect (no )?blocks?(?: ((?:\\w+)(?:, \\w+)*))?'), async (cast, [, no, kinds]) => same('what blocks', ((await cast.closure()).blocks ?? []).map((one) => one.kind).sort(), no ? [] : list(kinds).sort())],
  [is(`expect quote to pay ${AMOUNT}`), async (cast, [, amount]) => same('to pay', (await cast.closure()).quote.to_pay, cast.money(amount))],
  [is(`expect quote to refund ${AMOUNT}`), async (cast, [, amount]) => same('to refund', (await cast.closure()).quote.to_refund, cast.money(amount))],
  [is('expect quote number (\\d+)'), async (cast, [, number]) => same('the number', (await cast.closure()).quote.number, Number(number))],
  [is('expect approvals (\\d+)'), async (cast, [, count]) => same('the count', ((await cast.closure()).approvals ?? []).length, Number(count))],
  [is('expect devices ((?:\\w+)(?:, \\w+)*)'), async (cast, [, states]) => same('the devices', (await cast.line()).profiles.map((one) => one.state), list(states))],
  [is('expect the (first|second) device serves'), async (cast, [, which]) => {
    const serving = (await cast.line()).profiles.findIndex((one) => one.serving);
    same('the one that serves', ['first', 'second'][serving], which);
  }],
  [is(`expect refund (\\w+)(?: ${AMOUNT})?`), async (cast, [, state, amount]) => {
    const { refund } = await cast.closure();
    same('the refund', [refund?.state ?? 'none', ...(amount ? [refund?.amount] : [])], [state, ...(amount ? [cast.money(amount)] : [])]);
  }],
  [is(`expect balance ${AMOUNT}`), async (cast, [, amount]) => same('the balance', (await cast.line()).balance.prepaid, cast.money(amount))],
  [is(`expect debt ${AMOUNT}`), async (cast, [, amount]) => same('the debt', (await cast.line()).balance.debt, cast.money(amount))],
  [is('expect (no )?sms(?: to the (line|phone|relative))?(?: "(.+?)")?( ever)?'), told('sms')],
  [is('expect (no )?mail(?: to the (mail))?(?: "(.+?)")?( ever)?'), told('mail')],
  [is('expect (no )?effect hlr(?: (\\w+))?( ever)?'), reached('hlr')],
  [is('expect (no )?effect bank(?: (\\w+))?( ever)?'), reached('bank')],
  [is('expect (no )?event (\\w+)'), async (cast, [, no, type]) => {
    const types = (await cast.events()).map((one) => one.type);
    if (Boolean(no) === types.includes(type)) assert.fail(`there were: ${types.join(' ')}`);
  }],
  [is('expect the order (\\w+(?:, \\w+)+)'), async (cast, [, wanted]) => {
    const order = list(wanted);
    same('the order', (await cast.events()).map((one) => one.type).filter((type) => order.includes(type)), order);
  }],
  [is('expect (quarantine|reclaim) until day (\\d+)'), async (cast, [, which, day]) => same('the day', cast.dayNumber((await cast.line()).holds[`${which}_day`]), Number(day))],
  [is('expect held until day (\\d+)'), async (cast, [, day]) => same('the day', cast.dayNumber((await cast.line()).holds.last_day), Number(day))],
  [is('expect a certificate that verifies'), certificate],
  [is('expect no certificate'), async (cast) => same('it', (await cast.closure()).has_certificate, false)],
];

// ---------------------------------------------------------------------------------------------------------------- forgetting

const person = async (cast) => (await cast.world.admin.get(`/v1/subscribers/${cast.subscriber.id}`)).body;

const FORGETTING = [
  [is('system asks that the owner is forgotten'), async (cast) => post(cast, cast.world.system, `/v1/subscribers/${cast.subscriber.id}/erasure`, { plan: true })],
  [is('(reviewer|second reviewer) signs that the owner is forgotten'), async (cast, [, who]) =>
    post(cast, await cast.client(who), `/v1/subscribers/${cast.subscriber.id}/requests/${cast.request}/countersignature`)],
  [is('expect owner (known|forgotten)'), async (cast, [, state]) => same('the owner', (await person(cast)).erased_at ? 'forgotten' : 'known', state)],
  [is('expect owner waits for (\\w+)'), async (cast, [, what]) => {
    const { erasure } = await person(cast);
    assert.ok(erasure?.against?.some((one) => one.what === what), `nothing of the kind: ${JSON.stringify(erasure)}`);
  }],
  [is('expect owner kept until day (\\d+)'), async (cast, [, day]) => same('the day', cast.dayNumber((await person(cast)).kept_until), Number(day))],
];

// ---------------------------------------------------------------------------------------------------------------- everything that is held

const held = (cast, rest = '') => `/v1/subscribers/${cast.subscriber.id}/disclosures${rest}`;
const newestHeld = async (cast) => (await cast.world.admin.get(held(cast))).body.items.at(-1);

const HELD = [
  [is('owner asks for everything with a code to the (line|phone)'), async (cast, [, where]) => {
    const owner = await cast.client('owner');
    await post(cast, owner, `/v1/subscribers/${cast.subscriber.id}/disclosure-codes`, where === 'line' ? { line: cast.lineId } : { contact: 'phone' });
    await post(cast, owner, held(cast), { code: await codeTo(cast, where) });
  }],
  [is('owner asks for everything with no code'), async (cast) => post(cast, await cast.client('owner'), held(cast), { code: '00000000' })],
  [is('(agent|reviewer) asks for everything, reason "(.+)"'), async (cast, [, who, reason]) => post(cast, await cast.client(who), held(cast), { reason })],
  [is('(reviewer|second reviewer) signs for everything'), async (cast, [, who]) =>
    post(cast, await cast.client(who), `/v1/subscribers/${cast.subscriber.id}/requests/${cast.request}/countersignature`)],
  [is('(owner|agent|reviewer) stops everything(?:, reason "(.+)")?'), async (cast, [, who, reason]) =>
    post(cast, await cast.client(who), held(cast, `/${(await newestHeld(cast)).serial}/stop`), reason && { reason })],
  [is('(owner|agent|reviewer) fetches everything'), async (cast, [, who]) => {
    const { body } = await (await cast.client(who)).post(held(cast, `/${(await newestHeld(cast)).serial}/fetching`), { reason: 'to hand it over' });
    cast.archive = unzip(body);
  }],
  [is('expect everything (waiting|ready|fetched|stopped|fetched_then_stopped|expired)'), async (cast, [, state]) => same('the archive', (await newestHeld(cast)).state, state)],
  [is('expect the archive to say "(.+)"'), async (cast, [, words]) => {
    const pages = [...cast.archive].filter(([name]) => name.endsWith('.html')).map(([, content]) => content.toString('utf8'));
    assert.ok(pages.some((page) => page.includes(words)), `no page of the archive says "${words}"`);
  }],
];

export const STATEMENTS = [...HELD, ...FORGETTING, ...FOR_OTHERS, ...APPLYING, ...DECIDING, ...DISPUTING, ...LINE, ...LOOKING];
