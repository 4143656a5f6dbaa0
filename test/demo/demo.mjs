// ./dev demo: the life of an eSIM line on two phones, and closures from application to certificate, on real peers, told as they
// happen. Then everything keeps running in the background, to be looked at.
//
//   node demo.mjs          KEEPLINE_BIN: the program; KEEPLINE_DEMO_PORT: where it listens (8080); KEEPLINE_DEMO_PACE_MS: pause
//                          between steps (1200 at a terminal, else 0); KEEPLINE_DEMO_FOLDER: where all of it is (<repository>/demo)
//   node demo.mjs stop     ends what the last run left running
//   node demo.mjs code X   what the authenticator of X, one of the demo's staff, shows now
//
// Everything it makes is in that folder, except the hotline's voice, which is made once: build/demo-prompts. The exit code is not 0 when any step fails.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { compactVerify, createLocalJWKSet } from 'jose';
import { Hlr } from '../peers/hlr.mjs';
import { Keepline } from '../peers/keepline.mjs';
import { mailServerHere } from '../peers/mta.mjs';
import { newPhone, phoneBinary } from '../peers/phone.mjs';
import { freePort, accepts, until } from '../peers/wait.mjs';
import { Client, refused } from '../e2e/client.mjs';
import { certificateOf, decide, eventTypes, history, open, accept, reach, read, reportDeleted, sha256, submit } from '../e2e/journey.mjs';
import { contactOf, daysFromNow, newLine, newNumber, newProfile, newSubscriber, plain, yuan } from '../e2e/people.mjs';
import { fromTerminal, readQr } from '../e2e/qr.mjs';
import { run } from '../e2e/world.mjs';
import { unzip } from '../e2e/zip.mjs';
import { askByTelephone } from './call.mjs';
import { applied, codeOf, leaveCases, makeAccounts } from './staff.mjs';
import { bold, chapter, command, dim, drawing, evidence, phone, red, seconds, step, title } from './story.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = path.resolve(process.env.KEEPLINE_DEMO_FOLDER ?? path.join(ROOT, 'demo'));
const VOICE = path.join(ROOT, 'build/demo-prompts');
const at = (name) => path.join(FOLDER, name);
/** A path as one would type it here. */
const shown = (file) => (path.relative(process.cwd(), file).startsWith('..') ? file : path.relative(process.cwd(), file) || '.');
const BINARY = process.env.KEEPLINE_BIN ?? path.join(ROOT, 'build/release/bin/keepline');
process.env.KEEPLINE_BIN = BINARY; // the phone's program stands beside it
const yuanText = ({ minor, currency }) => `${(minor / 100).toFixed(2)} ${currency}`;

// ---------------------------------------------------------------------------------------------- the town in the background

const alive = (pid) => existsSync(`/proc/${pid}`);

/** Ends what the last run left. A pid counts only while it still is our town. */
async function stopTown() {
  if (!existsSync(at('pids'))) return false;
  const pids = new Map(readFileSync(at('pids'), 'utf8').trim().split('\n').map((line) => [line.split(' ')[0], Number(line.split(' ')[1])]));
  const town = pids.get('town');
  const ours = alive(town) && readFileSync(`/proc/${town}/cmdline`, 'utf8').includes('town.mjs');
  if (ours) {
    process.kill(town, 'SIGTERM');
    await until(() => !alive(town), { what: 'the demo of before to end', timeoutMs: 60_000 });
  }
  rmSync(at('pids'));
  return ours;
}

async function choosePort() {
  const wanted = Number(process.env.KEEPLINE_DEMO_PORT ?? 8080);
  if (!(await accepts(wanted))) return wanted;
  const port = await freePort();
  console.log(dim(`Port ${wanted} is taken by another program; this demo listens on ${port}.`));
  return port;
}

/** The surroundings for the program, which reads KEEPLINE_… as configuration. */
const withoutOurs = () => Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('KEEPLINE_')));
const VOICE_LIMIT_MS = 15 * 60_000;

/** What the hotline says, spoken by espeak-ng: some 400 sentences and words, so that they are kept from one demo to the next. */
async function makeVoice() {
  if (!existsSync(path.join(VOICE, 'catalogue.json'))) console.log(dim(`The hotline's voice is made, once: ${shown(VOICE)}. That takes a minute.`));
  mkdirSync(VOICE, { recursive: true });
  const made = await run(BINARY, ['prompts', 'render', VOICE], { cwd: VOICE, env: withoutOurs(), timeoutMs: VOICE_LIMIT_MS });
  if (made.code !== 0) throw new Error(`the hotline's voice could not be made: ${made.stderr}`);
}

async function startTown() {
  if (!existsSync(BINARY)) throw new Error(`there is no ${shown(BINARY)}: build it (./dev demo does), or set KEEPLINE_BIN`);
  if (!existsSync(phoneBinary())) throw new Error(`there is no ${shown(phoneBinary())}: build it (./dev demo does)`);
  await stopTown();
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  mkdirSync(at('softphone')); // baresip's settings, of its own making
  await makeVoice();
  const port = await choosePort();
  const log = openSync(at('town.log'), 'w');
  const town = spawn(process.execPath, [fileURLToPath(new URL('town.mjs', import.meta.url)), FOLDER, BINARY, String(port), VOICE],
    { detached: true, stdio: ['ignore', log, log], env: withoutOurs() });
  let ended = false;
  town.once('exit', () => { ended = true; });
  await until(() => {
    if (ended) throw new Error(`the peers did not start:\n${readFileSync(at('town.log'), 'utf8')}`);
    return existsSync(at('town.json'));
  }, { what: 'the peers to start', timeoutMs: 120_000 });
  town.unref();
  return JSON.parse(readFileSync(at('town.json'), 'utf8'));
}

class Town {
  constructor(facts) {
    Object.assign(this, facts);
    this.switchboard = new Hlr(facts.hlr.address, at('hlr'));
    this.server = new Keepline({ folder: at('keepline'), port: facts.keepline });
    this.admin = new Client(this.server, readFileSync(at('tokens/admin'), 'utf8'));
    this.secondAdmin = new Client(this.server, readFileSync(at('tokens/admin-2'), 'utf8'));
  }

  async ask(what, of) {
    const query = new URLSearchParams(typeof of === 'string' ? { imsi: of } : of);
    const answer = await fetch(`http://127.0.0.1:${this.desk}/${what}?${query}`);
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.error);
    return body;
  }

  /** The first thing of the kind that fits, as soon as it is there. */
  wait(what, fits, words) {
    return until(async () => (await this.ask(what)).find(fits), { what: words, timeoutMs: 60_000, everyMs: 50 });
  }
  sms(to, pattern) { return this.wait('sms', (one) => one.to === to && pattern.test(one.text), `an SMS to ${to}`); }
  /** Somebody answers an SMS of ours; back once the operator's side has taken it. */
  answer(from, text) { return this.ask('answer', { from: plain(from), text }); }
  mail(to, pattern) { return this.wait('mails', (one) => one.recipient === to && pattern.test(one.subject), `a mail to ${to}`); }

  /** A token for the demo, kept in a file that curl and the CLI can read: a customer's is a session that a portal opens. */
  async token(role, id, name = role) {
    const body = role === 'subscriber' ? await this.session(id) : await this.issued(role, id);
    writeFileSync(at(`tokens/${name}`), body.token, { mode: 0o600 });
    return new Client(this.server, body.token);
  }

  /** Asked for by one administrator, signed by the other where it takes two. */
  async issued(role, id) {
    const channels = { agent: ['counter', 'staff', 'hotline'], portal: ['web', 'app', 'hotline'], system: ['staff', 'web', 'app', 'hotline', 'counter', 'bulk'] };
    const { body, status } = await this.secondAdmin.post('/v1/tokens', { role, id, note: 'demo', channels: channels[role] });
    if (status === 202) await this.admin.post(`/v1/tokens/${id}/requests/${body.request}/countersignature`);
    return body;
  }

  async session(id) {
    this.portal ??= await this.token('portal', 'demo-portal');
    return (await this.portal.post(`/v1/subscribers/${id}/sessions`)).body;
  }

  cli(...args) { return run(BINARY, ['--config', at('keepline.toml'), ...args]); }

  /** A phone of the demo: its folder is demo/<name>, its eUICC one of the test PKI's. */
  phone(name, eid) { return newPhone({ pki: at('pki'), eid, home: at(name) }); }
}

const status = ({ status: code, etag }) => `HTTP ${code}${etag ? `, revision ${etag.replaceAll('"', '')}` : ''}`;

// ---------------------------------------------------------------------------------------------- the story of two phones

/** Until the line's profile is there with an activation code. */
function waitingProfile(client, lineId, not) {
  return until(async () => (await client.get(`/v1/lines/${lineId}/profiles`)).body.items.find((one) => one.activation_code && one.iccid !== not),
    { what: 'a profile that waits for its download', timeoutMs: 60_000 });
}
const untilServed = (town, imsi, number) => until(async () => {
  const info = await town.switchboard.info(imsi);
  return info?.msisdn === (number ? plain(number) : undefined) && (info?.nam_cs === '1') === Boolean(number) && info;
}, { what: `the HLR to follow for IMSI ${imsi}`, timeoutMs: 60_000 });

/** The profile is deleted on the phone; what its eUICC signed goes to Keepline: the SHA-256 of it. */
async function deleteOn(phone, iccid) {
  await phone.disable(iccid);
  await phone.delete(iccid, { send: false });
  const { sequence } = (await phone.notifications()).find((one) => one.event === 'delete' && one.iccid === iccid);
  const digest = sha256(await phone.export(sequence));
  await phone.send();
  return digest;
}

async function twoPhonesStory(town, staff) {
  const subscriber = newSubscriber({ language: 'en', name: 'Mira Castell' });
  const number = newNumber();
  const mine = contactOf(subscriber, 'phone');
  const [eidA, eidB] = readdirSync(at('pki/cards/nist')).sort();

  await step(`${subscriber.person.full_name} orders ${number}; a profile is taken from stock for it`);
  const stock = (await staff.system.post('/v1/esims', { type: 'keep', count: 10, iccid: '898600260000000000', imsi: '460012600000000' })).body;
  evidence('stock', `${stock.fresh} profiles of type keep: keys made inside, sealed in the vault, shown to nobody`);
  await staff.system.post('/v1/subscribers', subscriber);
  const ordered = await staff.agent.post('/v1/lines', { number, subscriber: subscriber.id, policy: 'quick', profile_type: 'keep' });
  const lineId = ordered.body.id;
  const customer = await town.token('subscriber', subscriber.id, 'mira');
  const first = await waitingProfile(customer, lineId);
  evidence('Keepline', `${status(ordered)}: line ${lineId} is ${ordered.body.status}; ICCID ${first.iccid} is ${first.state}`);
  await until(() => town.switchboard.keys(first.imsi), { what: 'the keys in the HLR', timeoutMs: 60_000 });
  evidence('HLR', `IMSI ${first.imsi} has its Milenage keys, no number and no service yet`);

  await step('She gets a QR code');
  const shownOrder = await town.cli('order', 'show', first.iccid, '--qr', '--token-file', at('tokens/agent'));
  assert.equal(readQr(fromTerminal(shownOrder.stdout)), first.activation_code);
  drawing(shownOrder.stdout);
  evidence('code', `${first.activation_code}, read back from the drawing; also as SVG and PNG`);

  await step('Phone A scans it and downloads: both sides prove themselves, every byte is checked');
  const phoneA = await town.phone('phone-a', eidA);
  const done = await phoneA.download(first.activation_code);
  assert.ok(done.installed);
  evidence('phone A', `eUICC ${phoneA.eid}: ${done.package_bytes} bytes in ${((done.initiate_us + done.authenticate_us + done.package_us + done.notification_us) / 1000).toFixed(0)} ms of calls, installed "${done.provider}, ${done.name}"`);
  const bound = await until(async () => (await customer.get(`/v1/lines/${lineId}`)).body.profiles.find((one) => one.state === 'installed'), { what: 'the install result', timeoutMs: 60_000 });
  evidence('Keepline', `bound to that eUICC by its signature; SHA-256 ${bound.proof.digest.slice(0, 16)}… is in the journal`);

  await step('She switches it on: the first enable registers the number');
  await phoneA.enable(first.iccid);
  await untilServed(town, first.imsi, number);
  const attached = await town.ask('attach', first.imsi);
  assert.equal(attached.msisdn, plain(number));
  evidence('HLR', `IMSI ${first.imsi} holds ${number}, network-access-mode cs+ps`);
  evidence('VLR', `UpdateLocation accepted: phone A is attached, number ${attached.msisdn} received`);

  await step('A new phone: it gets a profile of its own, and enabled there the number moves');
  const asked = await staff.agent.post(`/v1/lines/${lineId}/profiles`, { type: 'keep' });
  assert.equal(asked.status, 202);
  evidence('Keepline', `${status(asked)}: whoever installs it has the number, so a second person signs`);
  await staff.reviewer.post(`/v1/lines/${lineId}/requests/${asked.body.serial}/countersignature`);
  const second = await waitingProfile(customer, lineId, first.iccid);
  const phoneB = await town.phone('phone-b', eidB);
  assert.ok((await phoneB.download(second.activation_code)).installed);
  evidence('phone B', `eUICC ${phoneB.eid}: installed ICCID ${second.iccid}; nothing has moved yet`);
  await phoneB.enable(second.iccid);
  await untilServed(town, second.imsi, number);
  await untilServed(town, first.imsi, undefined);
  evidence('HLR', `IMSI ${second.imsi} holds ${number}; ${first.imsi} has neither number nor service`);
  const refused_ = await town.ask('attach', first.imsi);
  assert.equal(refused_.ok, false);
  evidence('VLR', `phone A is cut off at once; it tries to come back: UpdateLocation error, cause 0x${refused_.cause.toString(16).padStart(2, '0')}`);
  phone(mine, (await town.sms(mine, /moved to another device/)).text);

  await step('She closes the line. She has just changed phones, so the risk is high: three proofs, two reviewers');
  let closure = await open(customer, lineId);
  await accept(customer, closure);
  await customer.post(`/v1/closures/${closure.id}/backup-refusal`);
  for (const kind of ['id_document', 'bank_card', 'callback']) await staff.system.post(`/v1/closures/${closure.id}/evidence`, { kind, passed: true, method: 'verification service' });
  closure = await submit(customer, closure);
  const { risk } = await read(staff.agent, closure.id);
  assert.equal(risk.level, 'high');
  evidence('risk', `${risk.level}: ${risk.facts}`);
  for (const reviewer of [staff.reviewer, staff.second]) closure = await decide(reviewer, closure, 'approval', { reason: 'documents fit' });
  assert.equal(closure.stage, 'unbinding');
  evidence('case', `${closure.id} is ${closure.stage}: each phone is waited for`);

  await step('Both phones delete their profile; what their eUICCs sign is the evidence');
  const proofs = { [first.iccid]: await deleteOn(phoneA, first.iccid) };
  assert.equal((await read(customer, closure.id)).stage, 'unbinding');
  evidence('phone A', `ICCID ${first.iccid} deleted; signed notification, SHA-256 ${proofs[first.iccid].slice(0, 16)}…`);
  proofs[second.iccid] = await deleteOn(phoneB, second.iccid);
  evidence('phone B', `ICCID ${second.iccid} deleted; signed notification, SHA-256 ${proofs[second.iccid].slice(0, 16)}…`);
  closure = await reach(customer, closure.id, 'closed');
  for (const { imsi } of [first, second]) assert.equal(await town.switchboard.info(imsi), null);
  evidence('HLR', 'both IMSIs barred, proved, deleted');
  const { jws } = await certificateOf(customer, closure.id);
  const { devices } = JSON.parse(Buffer.from(jws.split('.')[1], 'base64url'));
  for (const one of devices) assert.deepEqual([one.outcome, one.proof, one.proof_digest], ['deleted', 'signed_notification', proofs[one.iccid]]);
  evidence('certificate', `${devices.map((one) => `${one.iccid} ${one.outcome}, ${one.proof} ${one.proof_digest.slice(0, 8)}…`).join('; ')}`);
  return { lineId, number, first, phoneA };
}

// ---------------------------------------------------------------------------------------------- a line to close oneself

/** Nothing is new to it for its policy, so that the code by SMS is enough, and nothing waits: it can be closed in one sitting. */
async function lineToClose(town, staff, handset) {
  const subscriber = newSubscriber({ language: 'en', name: 'Nora Lindqvist' });
  const number = newNumber();
  await step(`${subscriber.person.full_name} gets ${number} on phone A: a line for whoever wants to close one`);
  await staff.system.post('/v1/subscribers', subscriber);
  const { body: line } = await staff.agent.post('/v1/lines', { number, subscriber: subscriber.id, policy: 'fresh', profile_type: 'keep' });
  const customer = await town.token('subscriber', subscriber.id, 'fresh');
  const profile = await waitingProfile(customer, line.id);
  assert.ok((await handset.download(profile.activation_code)).installed);
  await handset.enable(profile.iccid);
  await untilServed(town, profile.imsi, number);
  await staff.system.post(`/v1/lines/${line.id}/top-ups`, { amount: yuan(2000), reference: `fresh-${line.id}` });
  evidence('phone A', `ICCID ${profile.iccid} holds ${number}; 20.00 CNY on the line ${line.id}`);
  return { number, iccid: profile.iccid, document: subscriber.person.document_number };
}

// ---------------------------------------------------------------------------------------------- the story of an old line

async function takeOver(town, system, subscriber, line) {
  const [phoneProfile] = line.profiles;
  await town.switchboard.create(phoneProfile.imsi, plain(line.number));
  const attached = await town.ask('attach', phoneProfile.imsi);
  assert.ok(attached.ok);
  const answer = await system.post('/v1/lines/import', { subscriber, line });
  evidence('HLR', `IMSI ${phoneProfile.imsi} holds ${line.number}, network-access-mode cs+ps`);
  evidence('VLR', `UpdateLocation accepted: the phone is attached, number ${attached.msisdn} received`);
  evidence('Keepline', `${status(answer)}: line ${answer.body.id}, ${line.profiles.length === 1 ? 'one profile' : `${line.profiles.length} profiles`}, ${yuanText(line.balance)} on it, policy ${line.policy}`);
  return answer.body.id;
}

async function chineseStory(town, staff) {
  const subscriber = newSubscriber();
  const [mine, drawer] = [contactOf(subscriber, 'phone'), contactOf(subscriber, 'mail')];
  const line = newLine({ policy: 'cn', balance: yuan(2345) });
  const [profile, spare] = line.profiles;

  await step(`${subscriber.person.full_name} has kept ${line.number} for two years, on a phone and on a tablet`);
  const lineId = await takeOver(town, staff.system, subscriber, line);
  await staff.system.put(`/v1/lines/${lineId}/records`, {
    bills: [{ day: '2026-10-01', number: 'B-2026-10', amount: yuan(500), text: '保号月租' }],
    contacts: [{ name: '王伟', phones: ['+8613500000001'] }], consents: [{ at: '2024-11-20T02:00:00Z', what: 'terms of service', given: true }],
    messages: [{ at: '2026-10-02T08:00:00Z', peer: '+8613500000001', text: '明天见' }],
  });
  const customer = await town.token('subscriber', subscriber.id, 'subscriber');

  await step('She applies to close it; the first answer holds everything that stands in the way, and a binding quote');
  const opened = await customer.post(`/v1/lines/${lineId}/closures`, { reason: 'moving_abroad' });
  let closure = opened.body;
  assert.equal(closure.stage, 'opened');
  evidence('case', `${status(opened)}: ${closure.id} is ${closure.stage}; ${closure.blocks?.length ? closure.blocks.map((one) => one.kind) : 'nothing stands in the way'}`);
  evidence('quote', `fee none, ${yuanText(closure.quote.to_refund)} back by ${closure.quote.refund_due}; decision by ${closure.quote.review_due}`
    + `; the number rests until ${closure.quote.quarantine_until}; binds until ${closure.quote.expires_at}`);
  evidence('policy', `proof asked for at low risk on the web: ${closure.evidence_wanted.map((set) => set.join(' + ')).join(', or ')}`);

  await step('She accepts the quote, and downloads what the operator holds about the line');
  await accept(customer, closure);
  await customer.post(`/v1/closures/${closure.id}/backup`);
  const archive = await customer.get(`/v1/closures/${closure.id}/backup`);
  writeFileSync(at('backup.zip'), archive.body);
  const files = unzip(archive.body);
  const manifest = JSON.parse(files.get('manifest.json'));
  for (const { name, sha256: digest } of manifest.files) assert.equal(sha256(files.get(name)), digest);
  evidence('archive', `${shown(at('backup.zip'))}: ${[...files.keys()].join(', ')}`);
  evidence('manifest', `${manifest.files.length} SHA-256 digests hold; manifest ${archive.headers.get('keepline-manifest-sha256').slice(0, 16)}… is in the journal`);

  await step('She proves that she holds the line: a code comes by SMS to the number itself');
  await customer.post(`/v1/closures/${closure.id}/otps`, { contact: 'line' });
  const codeSms = await town.sms(line.number, /\d{8}/);
  phone(line.number, codeSms.text);
  const proved = await customer.post(`/v1/closures/${closure.id}/otp-answers`, { code: /\d{8}/.exec(codeSms.text)[0] });
  evidence('evidence', `${status(proved)}: otp_sms passed, stored as outcome, time, method and a keyed digest`);

  await step('She submits; the risk is low, so the policy approves at once. Charges stop here');
  const submitted = await customer.post(`/v1/closures/${closure.id}/submission`);
  closure = submitted.body;
  assert.equal(closure.stage, 'unbinding');
  evidence('case', `${status(submitted)}: ${closure.stage}; the review was due by ${closure.due} (7 working days, calendar ${closure.calendar}${closure.due_provisional ? ', provisional' : ''}), policy ${closure.policy}`);
  const again = await customer.post(`/v1/lines/${lineId}/closures`, { reason: 'moving_abroad' });
  assert.deepEqual([again.status, again.body.id, again.body.due], [200, closure.id, closure.due]);
  evidence('rule 1', `applying again: HTTP ${again.status}, the same case with the same due date`);
  await refused(staff.system.post(`/v1/lines/${lineId}/charges`, { amount: yuan(500), what: 'rent', reference: 'rent-12' }), 'closure-stage');
  evidence('rule 3', 'a monthly charge now: HTTP 409 closure-stage, nothing is billed any more');
  phone(mine, (await town.sms(mine, /已收到/)).text);
  evidence('mail', `"${(await town.mail(drawer, /申请/)).subject}" to ${drawer}`);

  await step('Unbinding: the SM-DP+ of the phone\'s profile reports its deletion; the tablet is broken, a clerk writes it off');
  const deleted = await reportDeleted(staff.system, lineId, profile);
  evidence('phone', `ICCID ${profile.iccid} deleted, says the SM-DP+ it came from; revision ${deleted.version}`);
  const written = await staff.agent.post(`/v1/closures/${closure.id}/write-offs`, { iccid: spare.iccid, why: 'tablet broken, shown at the counter' });
  evidence('tablet', `${status(written)}: request ${written.body.serial} waits for a second person`);
  const signed = await staff.reviewer.post(`/v1/lines/${lineId}/requests/${written.body.serial}/countersignature`);
  evidence('tablet', `${status(signed)}: a reviewer signs; ICCID ${spare.iccid} is written off, the network will refuse it`);

  await step('Settling: the HLR is barred, the bar is pushed and proved, then the subscriber is deleted');
  closure = await reach(customer, closure.id, 'closed');
  const pushes = (await town.ask('vlr', profile.imsi)).messages.filter((message) => message.type === 'DeleteDataRequest');
  assert.ok(pushes.length >= 1);
  const lastWord = await town.sms(line.number, /正在注销/);
  assert.ok(lastWord.at <= pushes[0].at, 'the line was told before it was barred');
  evidence('SMS', 'the last one to the line itself, before the bar:');
  phone(line.number, lastWord.text);
  evidence('VLR', `the HLR pushed Delete-Subscriber-Data ${pushes.length} times: ${pushes[0].hex}`);
  for (const { imsi, step: what, answer } of closure.network.filter((one) => one.imsi === profile.imsi)) evidence('HLR', `${what.padEnd(7)} ${imsi}: ${answer.replace(/^\w+: /, '')}`);
  const back = await town.ask('attach', profile.imsi);
  assert.deepEqual(back, { ok: false, cause: 2 });
  assert.equal(await town.switchboard.info(profile.imsi), null);
  evidence('VLR', 'the phone tries to come back: UpdateLocation error, cause 0x02 (IMSI unknown in HLR)');

  await step('The money that was left is ordered back');
  const payment = await town.wait('payments', (one) => one.endToEndId === closure.refund.id, 'the pain.001 file');
  assert.equal(payment.amountMinor, 2345);
  evidence('bank', `${shown(at(`refunds/${payment.file}`))}: ${(payment.amountMinor / 100).toFixed(2)} ${payment.currency} to ${payment.account.slice(0, 4)}…${payment.account.slice(-4)}, EndToEndId ${payment.endToEndId}`);
  const settled = await staff.system.post(`/v1/refunds/${closure.id}/answer`, { refund: closure.refund.id, settled: true });
  evidence('ledger', `the bank answers: refund ${settled.body.refund.state}; the line's ledger is at zero`);

  await step('Closed. A signed certificate says so');
  const { jws } = await certificateOf(customer, closure.id);
  writeFileSync(at('certificate.jws'), jws);
  const keys = (await town.admin.get('/.well-known/jwks.json')).body;
  writeFileSync(at('jwks.json'), JSON.stringify(keys));
  const { payload } = await compactVerify(jws, createLocalJWKSet(keys));
  const claims = JSON.parse(new TextDecoder().decode(payload));
  const offline = await town.cli('verify-certificate', at('certificate.jws'), '--jwks', at('jwks.json'));
  assert.equal(offline.code, 0, offline.stderr);
  evidence('JWS', `${shown(at('certificate.jws'))}: EdDSA, verified with npm jose and offline with keepline verify-certificate`);
  evidence('says', `proof ${claims.evidence}; devices ${claims.devices.map((one) => `${one.outcome} (${one.proof})`).join(', ')}; ${yuanText(claims.money.refund.amount)} ${claims.money.refund.state}; no person named`);

  await step('She is told, on every contact point she has');
  const confirmed = await town.sms(mine, /号码已.*注销/);
  phone(mine, confirmed.text);
  const mail = await town.mail(drawer, /已注销/);
  evidence('mail', `"${mail.subject}", Message-ID ${mail.messageId}`);
  const receipts = await until(async () => {
    const notices = (await read(staff.agent, closure.id)).notices.filter((notice) => notice.delivered_at);
    return notices.some((notice) => notice.kind === 'closed') && notices;
  }, { what: 'the delivery receipts', timeoutMs: 60_000 });
  evidence('receipts', `${receipts.length} delivery receipts of the SMSC are evidence in the case`);
  const news = (await town.ask('partner')).filter((event) => JSON.stringify(event.data).includes(line.number));
  evidence('partner', `signed webhooks: ${news.map((event) => event.type).join(', ')}`);

  await step('The number rests; nobody gets it');
  const holds = (await customer.get(`/v1/lines/${lineId}`)).body.holds;
  const refusal = await refused(staff.agent.post('/v1/lines', { number: line.number, subscriber: subscriber.id, policy: 'cn' }), 'number-on-hold');
  evidence('holds', `quarantine until ${holds.quarantine_day}, she may take it back until ${holds.reclaim_day}`);
  evidence('order', `a new line on ${line.number}: HTTP ${refusal.status} ${refusal.code}, until ${refusal.data('until')}`);

  await step('The journal holds every step, each hash over the one before');
  const entries = await history(staff.agent, lineId);
  const last = entries.at(-1);
  evidence('journal', `${entries.length} entries, ${eventTypes(entries).length} events; entry ${last.version} by ${last.by.as}, hash ${last.hash.slice(0, 16)}…`);
  const verified = await town.cli('verify');
  assert.equal(verified.code, 0, verified.stdout + verified.stderr);
  evidence('verify', verified.stdout.trim().split('\n').at(-1));
  return { lineId, line, closure };
}

// ---------------------------------------------------------------------------------------------- an answer by SMS

async function answerStory(town, staff) {
  await step('Somebody applies to close a line, and its owner answers the SMS that says so');
  const { subscriber, line, customer, closure: ready } = await applied(town, staff.system, { name: 'answering' });
  const closure = (await customer.post(`/v1/closures/${ready.id}/submission`)).body;
  assert.equal(closure.stage, 'unbinding');
  phone(line.number, (await town.sms(line.number, /回复“撤回”/)).text);
  await town.answer(line.number, '撤回');
  await until(async () => (await read(customer, closure.id)).stage === 'withdrawn', { what: 'the answer to count', timeoutMs: 60_000 });
  evidence('answer', `"撤回" from ${line.number}: ${closure.id} is withdrawn. The sender of an SMS proves little, so it may stop a case, never end a line or spend`);
  const mine = contactOf(subscriber, 'phone');
  phone(mine, (await town.sms(mine, /已撤回/)).text);
}

// ---------------------------------------------------------------------------------------------- a file with bad rows

async function importStory(town, staff) {
  await step('The operator\'s own file of lines comes out of a spreadsheet: what is sound is taken, the rest comes back with reasons');
  const heading = 'number,policy,subscriber,since,valid_until,full_name,language,currency,balance,iccid,imsi';
  const row = (over = {}) => {
    const { iccid, imsi } = newProfile();
    const number = newNumber();
    return { number, policy: 'cn', subscriber: `file-${plain(number)}`, since: '2024-05-01', valid_until: '2029-11-30', full_name: 'Jia Ding', language: 'zh-CN', currency: 'CNY', balance: '12.30', iccid, imsi, ...over };
  };
  const good = row();
  const rows = [good, row({ number: '8.6138E+12' }), row({ imsi: '4.6001E+14' }), row({ since: '2029-12-01' }), row({ balance: '12,3' }), { ...row(), iccid: good.iccid }];
  const cells = (one) => heading.split(',').map((name) => (one[name].includes(',') ? `"${one[name]}"` : one[name])).join(',');
  writeFileSync(at('lines.csv'), `${heading}\n${rows.map(cells).join('\n')}\n`);
  const done = await town.cli('import', at('lines.csv'), '--server', `http://127.0.0.1:${town.keepline}`, '--token-file', at('tokens/system'), '--rejects', at('rejected.csv'));
  assert.equal(done.code, 2, done.stderr);
  assert.match(done.stdout, /6 rows: 1 added, 0 known already, 5 rejected/);
  evidence('import', done.stdout.trim());
  for (const words of done.stderr.trim().split('\n')) evidence('rejected', words);
  assert.equal(readFileSync(at('rejected.csv'), 'utf8').split('\n')[0], `${heading},reason`);
  evidence('file', `${shown(at('rejected.csv'))}: the five rows as they stood, with a column "reason"; mended there, it is imported as it is`);
}

// ---------------------------------------------------------------------------------------------- the story of a young line

async function englishStory(town, staff) {
  const subscriber = newSubscriber({ language: 'en' });
  const mailbox = contactOf(subscriber, 'mail');
  const line = newLine({ policy: 'cn', since: daysFromNow(-5), valid_until: daysFromNow(25), profiles: newLine().profiles.slice(0, 1), balance: yuan(3000) });

  await step(`${subscriber.person.full_name} bought ${line.number} five days ago, and wants to close it at the counter`);
  const lineId = await takeOver(town, staff.system, subscriber, line);
  const counter = staff.agent.through('counter');
  let closure = await open(counter, lineId);
  closure = await read(staff.agent, closure.id);
  assert.equal(closure.risk.level, 'medium');
  evidence('risk', `${closure.risk.level}: ${closure.risk.facts}; the counter needs ${closure.evidence_wanted.map((set) => set.join(' + ')).join(', or ')}`);
  await accept(counter, closure);
  await counter.post(`/v1/closures/${closure.id}/backup-refusal`);
  for (const kind of ['id_document', 'staff_sighting']) {
    await counter.post(`/v1/closures/${closure.id}/evidence`, { kind, passed: true, method: 'counter 12', ...(kind === 'id_document' && { shown: subscriber.person.document_number }) });
  }
  closure = await submit(counter, closure);
  assert.equal(closure.stage, 'in_review');
  evidence('case', `${closure.id} is ${closure.stage}, due ${closure.due}; cooling-off until ${closure.cooling_off_until} runs beside the review`);

  await step('A reviewer decides; who took part may not');
  const seen = await staff.reviewer.get(`/v1/closures/${closure.id}`);
  await refused(staff.agent.post(`/v1/closures/${closure.id}/approval`, { reason: 'mine' }, { ifMatch: seen.etag }), 'forbidden');
  evidence('clerk', 'HTTP 403 forbidden: an agent does not decide');
  const approved = await decide(staff.reviewer, closure, 'approval', { reason: 'documents fit' });
  assert.equal(approved.stage, 'approved');
  evidence('reviewer', `HTTP 200, revision ${approved.version}: ${approved.stage}; nothing ends before ${approved.cooling_off_until}, and any contact point can still stop it`);
  const mail = await town.mail(mailbox, /approved/);
  evidence('mail', `"${mail.subject}" to ${mailbox}`);
  return { lineId, line, closure };
}

// ---------------------------------------------------------------------------------------------- the staff

async function staffStory(town, staff) {
  await step('Staff get accounts for the console: one administrator asks, the other signs, each takes theirs up with a password and an authenticator');
  const accounts = await makeAccounts(town, `http://localhost:${town.keepline}`, at('staff.json'));
  for (const [name, { role, does }] of Object.entries(accounts)) evidence(role, `${name} ${does}`);
  await step('Cases are left for them, one or more in each stage');
  for (const [stage, ids] of Object.entries(await leaveCases(town, staff))) evidence(stage, ids.join(', '));
  return accounts;
}

// ---------------------------------------------------------------------------------------------- the two commands

function closing(town, own, first, second, fresh, accounts) {
  const keepline = `${shown(BINARY)} --config ${shown(at('keepline.toml'))}`;
  const url = `http://127.0.0.1:${town.keepline}`;
  console.log(`\n${bold('Everything is still running.')} ${dim(`Keepline on ${url}, osmo-hlr on ${town.hlr.address}, data in ${shown(FOLDER)}/`)}\n`);
  const lpa = `${shown(phoneBinary())} --home ${shown(at('phone-a'))}`;
  console.log(`  ${bold('The portal')}: http://localhost:${town.pages} ${dim(`(Chromium or Firefox; a narrow window looks as a phone does). Sign in as`)}`);
  console.log(`  ${bold(fresh.number)} ${dim(`to close a line from the beginning to its certificate: codes are in ${shown(at('phones.log'))}, and once the case is sent in,`)}`);
  command(`${lpa} disable ${fresh.iccid} && ${lpa} delete ${fresh.iccid} --send`, 'deletes its eSIM, as one would in the settings of the phone; the case closes within seconds');
  console.log(`  ${bold(second.line.number)} ${dim('to see one that is approved and waits out its cooling-off')}\n`);
  console.log(`  ${bold('The hotline')}: call ${bold(`sip:hotline@127.0.0.1:${town.hotline}`)} ${dim('with a softphone on this machine, without an account: Linphone, or baresip as below. Any line above')}`);
  console.log(`  ${dim(`may be asked about; what is sent to it is in ${shown(at('phones.log'))}. ${shown(at('call.wav'))} is the call that was just made.`)}\n`);
  console.log(`  ${bold('The console')}: http://localhost:${town.keepline}/console ${dim(`Sign in as ${Object.keys(accounts).join(', ')}; the password of each is "${accounts['admin-1'].password}", and the code:`)}\n`);
  command('./dev demo code reviewer-1', 'what the authenticator of reviewer-1 shows now');
  console.log(`  ${bold('The counter')}: ${dim(`as clerk-1, look for ${fresh.number} and close it there; the document of its owner has the number`)} ${bold(fresh.document)}\n`);
  command(`curl -s -H "Authorization: Bearer $(cat ${shown(at('tokens/subscriber'))})" ${url}/v1/closures/${first.closure.id}`, 'the closed case, as its owner sees it');
  command(`${keepline} line show ${first.line.number}`, 'the line at a glance, with its journal');
  command(`${keepline} closure list --token-file ${shown(at('tokens/reviewer'))}`, `the queue of open cases: ${second.closure.id} waits out its cooling-off`);
  command(`${keepline} esim show ${own.first.iccid} --token-file ${shown(at('tokens/reviewer'))}`, 'a profile of the SM-DP+: what is believed, its last proof, what is outstanding');
  command(`${keepline} order create --type keep --qr --token-file ${shown(at('tokens/admin'))}`, 'another profile, as a QR code; then:');
  command(`${shown(phoneBinary())} --home ${shown(at('phone-a'))} download 'LPA:1$localhost:${town.smdp}$…'`, 'phone A downloads it; --help lists what else it can do, and how it can misbehave');
  command(`${keepline} policy explain cn --language zh-CN`, 'what a customer of this policy gets, in words');
  command(`curl -s http://127.0.0.1:${town.metrics}/metrics | grep keepline_`, 'metrics, on a listener of their own; /healthz and /readyz are there too');
  command(`ls ${shown(at('mta/mail'))}/*/new ${shown(at('refunds'))}; cat ${shown(at('phones.log'))}`, 'the mails as delivered, the bank\'s files, every SMS');
  command(`baresip -f ${shown(at('softphone'))} -e '/uanew <sip:caller@127.0.0.1>;regint=0' -e '/dial sip:hotline@127.0.0.1:${town.hotline}'`, 'calls the hotline, where this machine has a loudspeaker; digits on the keyboard are keys');
  command(`tail -f ${shown(at('keepline.log'))}`, 'the log, one JSON object per line; a correlation id runs from request to effect');
  command('./dev demo stop', 'ends all of it; ./dev demo starts afresh');
}

async function tell() {
  title('Keepline: the life of a line and its end', `A real HLR (osmo-hlr), a mail server (${mailServerHere()}), an SMSC over SMPP, a VLR over GSUP, a bank's folder, two software phones. The policy is China's.`);
  const town = new Town(await startTown());
  console.log(dim(`Peers and Keepline started in ${(town.startedInMs / 1000).toFixed(1)} s: Keepline http://127.0.0.1:${town.keepline}, HLR ${town.hlr.address}, SM-DP+ https://localhost:${town.smdp}, SMSC :${town.smsc}, SMTP :${town.mta}`));
  const staff = {
    system: await town.token('system', 'bss'), agent: await town.token('agent', 'clerk-12', 'agent'), reviewer: await town.token('reviewer', 'reviewer-3'),
    second: await town.token('reviewer', 'reviewer-4', 'second-reviewer'),
  };
  chapter('A line on two phones: ordered, downloaded, moved, closed by what the eUICCs sign');
  const own = await twoPhonesStory(town, staff);
  const fresh = await lineToClose(town, staff, own.phoneA);
  chapter('A line that is two years old: low risk');
  const first = await chineseStory(town, staff);
  chapter('A line that is five days old: medium risk, a person decides');
  const second = await englishStory(town, staff);
  chapter('Somebody asks by telephone');
  await askByTelephone(town, second.line, at('call.wav'), shown(at('call.wav')));
  chapter('An answer by SMS stops a case');
  await answerStory(town, staff);
  chapter('A file with bad rows');
  await importStory(town, staff);
  chapter('The people who decide');
  const accounts = await staffStory(town, staff);
  console.log(`\n${bold(`Done in ${seconds()} s.`)}`);
  closing(town, own, first, second, fresh, accounts);
}

try {
  if (process.argv[2] === 'stop') console.log((await stopTown()) ? 'The demo has ended.' : 'No demo was running.');
  else if (process.argv[2] === 'code') console.log(codeOf(at('staff.json'), process.argv[3]));
  else await tell();
  process.exit(0);
} catch (error) {
  console.error(`\n${red('✗ The demo stopped here:')} ${error.message}`);
  if (existsSync(at('town.json'))) console.error(dim(`Logs: ${shown(at('town.log'))}, ${shown(at('keepline.log'))}. ./dev demo stop ends what is still running.`));
  if (process.env.KEEPLINE_DEMO_TRACE) console.error(error.stack);
  process.exit(1);
}
