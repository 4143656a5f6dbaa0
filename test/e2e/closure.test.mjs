// The whole journey of a closure against real peers: osmo-hlr with a serving VLR, OpenSMTPD, an SMSC with receipts, the
// bank's folder, a partner's webhook. Two subscribers: one Chinese, approved by policy; one English, reviewed by two.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { compactVerify, createLocalJWKSet } from 'jose';
import { until } from '../peers/wait.mjs';
import { CAUSE } from '../peers/vlr.mjs';
import { refused } from './client.mjs';
import {
  accept, certificateOf, codeFromSms, decide, declineBackup, eventTypes, history, open, proveByOtp, reach, read, reportDeleted, sha256, submit,
} from './journey.mjs';
import { contactOf, newLine, newNumber, newProfile, newSubscriber, plain, yuan } from './people.mjs';
import { startWorld } from './world.mjs';
import { unzip } from './zip.mjs';

const RECORDS = {
  bills: [{ day: '2026-10-01', number: 'B-1', amount: yuan(500), text: '保号套餐' }],
  usage: [{ at: '2026-10-02T08:00:00Z', kind: 'voice', peer: '+8613500000001', amount: 61 }],
  consents: [{ at: '2025-01-01T00:00:00Z', what: 'terms of service', given: true }],
  contacts: [{ name: '王; 伟, 医生', phones: ['+8613500000001'], mails: ['wang@friend.example'] }, { name: 'Mum', phones: ['+8613500000002'] }],
  messages: [
    { at: '2026-10-02T08:00:00Z', peer: '+8613500000001', outgoing: false, text: '<b>明天</b> & 后天见' },
    { at: '2026-10-02T08:01:00Z', peer: '+8613500000001', outgoing: true, text: '好' },
  ],
};

let world;
before(async () => { world = await startWorld(); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

/** The claims of a certificate, verified with the published keys by npm jose. */
async function verifiedClaims(jws) {
  const keys = (await world.admin.get('/.well-known/jwks.json')).body;
  const { payload, protectedHeader } = await compactVerify(jws, createLocalJWKSet(keys));
  assert.equal(protectedHeader.alg, 'EdDSA');
  return JSON.parse(new TextDecoder().decode(payload));
}

describe('a Chinese subscriber closes an old line on two devices', () => {
  const subscriber = newSubscriber();
  const line = newLine({ policy: 'cn', balance: yuan(2345) });
  const [kept, drawer] = line.profiles;
  const digits = plain(line.number);
  let lineId, customer, closure, submitted;

  test('the line is taken over: served by the HLR, attached at the VLR', async () => {
    const taken = await world.takeOver(subscriber, line);
    lineId = taken.id;
    assert.equal(taken.status, 'active');
    assert.equal(taken.profiles.length, 2);
    assert.deepEqual(taken.balance.prepaid, yuan(2345));
    assert.equal((await world.hlr.info(kept.imsi)).nam_cs, '1');
    await world.system.put(`/v1/lines/${lineId}/records`, RECORDS);
    customer = await world.as(subscriber.id);
    const found = await customer.post('/v1/lines/search', { number: line.number });
    assert.equal(found.body.id, lineId);
  });

  test('the first answer to the application holds the blocks, the risk and a binding quote', async () => {
    const answer = await customer.post(`/v1/lines/${lineId}/closures`, { reason: 'moving_abroad' });
    assert.equal(answer.status, 201);
    closure = answer.body;
    assert.equal(closure.id, `${lineId}-c1`);
    assert.equal(closure.stage, 'opened');
    assert.deepEqual(closure.blocks ?? [], []);
    assert.deepEqual(closure.quote.to_refund, yuan(2345));
    assert.equal(closure.quote.to_pay.minor, 0);
    assert.deepEqual(closure.evidence_wanted, [['otp_sms'], ['id_document', 'recovery_code']]);
    assert.equal(closure.risk?.facts?.length ?? 0, 0);
  });

  test('submitting names everything that is missing at once', async () => {
    const refusal = await refused(customer.post(`/v1/closures/${closure.id}/submission`), 'quote-not-accepted', 409);
    assert.deepEqual(new Set(refusal.problem.data.map((one) => one.name)), new Set(['quote-not-accepted', 'backup-undecided', 'evidence-missing']));
  });

  test('the quote is accepted', async () => {
    const accepted = await accept(customer, closure);
    assert.ok(accepted.quote_accepted_at);
  });

  test('the backup holds what the operator holds, and its manifest proves it', async () => {
    await customer.post(`/v1/closures/${closure.id}/backup`);
    const answer = await customer.get(`/v1/closures/${closure.id}/backup`);
    assert.match(answer.headers.get('content-disposition'), /attachment/);
    const files = unzip(answer.body);
    const manifest = JSON.parse(files.get('manifest.json'));
    assert.equal(sha256(files.get('manifest.json')), answer.headers.get('keepline-manifest-sha256'));
    const named = manifest.files;
    assert.ok(Array.isArray(named) && named.length >= 6, 'the manifest lists the files');
    assert.deepEqual(new Set(named.map((one) => one.name)), new Set([...files.keys()].filter((name) => name !== 'manifest.json')));
    for (const { name, sha256: digest } of named) assert.equal(sha256(files.get(name)), digest, name);

    const text = (pattern) => files.get([...files.keys()].find((name) => pattern.test(name)))?.toString() ?? '';
    const vcards = text(/\.vcf$/);
    assert.equal(vcards.match(/BEGIN:VCARD\r\nVERSION:4\.0\r\n/g)?.length, 2);
    assert.match(vcards, /FN:王\\; 伟\\, 医生\r\n/);
    assert.match(vcards, /TEL[^\r\n]*:(tel:)?\+8613500000001\r\n/);
    const page = text(/messages\.html$/);
    assert.match(page, /&lt;b&gt;明天&lt;\/b&gt; &amp; 后天见/);
    assert.equal(JSON.parse(text(/messages\.json$/)).length, 2);
    assert.match(text(/bill/), /保号套餐/);
    assert.equal((await read(customer, closure.id)).backup.manifest_sha256, answer.headers.get('keepline-manifest-sha256'));
  });

  test('the code comes by SMS to the line itself and counts once', async () => {
    await customer.post(`/v1/closures/${closure.id}/otps`, { contact: 'line' });
    const code = await codeFromSms(world.smsc, line.number);
    const sms = world.smsc.effects().find((one) => one.text.includes(code));
    assert.match(sms.text, /^【Keepline】/);
    const wrong = await refused(customer.post(`/v1/closures/${closure.id}/otp-answers`, { code: code === '00000000' ? '00000001' : '00000000' }), 'otp-wrong', 403);
    assert.equal(wrong.data('wrong_tries'), '1');
    const proved = (await customer.post(`/v1/closures/${closure.id}/otp-answers`, { code })).body;
    assert.ok(proved.evidence.some((one) => one.kind === 'otp_sms' && one.passed));
    await refused(customer.post(`/v1/closures/${closure.id}/otp-answers`, { code }), 'otp-expired', 409);
  });

  test('low risk is approved at once, and the clock is the calendar\'s', async () => {
    submitted = await submit(customer, closure);
    assert.equal(submitted.stage, 'unbinding');
    assert.match(submitted.policy, /^cn@\d+$/);
    const today = new Date(Date.parse(submitted.submitted_at) + 8 * 3600_000).toISOString().slice(0, 10);
    const due = (await world.mustCli(['calendar', 'due', 'CN', today, '7', '--json']));
    assert.deepEqual([submitted.due, submitted.due_provisional], [due.due, due.provisional]);
    const again = await customer.post(`/v1/lines/${lineId}/closures`, { reason: 'not_needed' });
    assert.deepEqual([again.status, again.body.id, again.body.due], [200, closure.id, submitted.due], 'applying twice is harmless');
    await refused(world.system.post(`/v1/lines/${lineId}/charges`, { amount: yuan(1), what: 'rent', reference: 'r-1' }), 'closure-stage', 409);
  });

  test('the receipt reaches every contact point and the line within 60 s', async () => {
    const phone = plain(contactOf(subscriber, 'phone'));
    await world.smsc.waitFor((sms) => sms.to === phone && /已收到/.test(sms.text));
    await world.smsc.waitFor((sms) => sms.to === digits && /已收到/.test(sms.text));
    const [mail] = await world.mta.waitFor({ recipient: contactOf(subscriber, 'mail'), subject: /申请/ });
    assert.ok(Date.parse(mail.headers.get('date')) - Date.parse(submitted.submitted_at) < 60_000);
  });

  test('each device tells that its profile is gone; then the HLR is barred, the VLR told, and the subscriber deleted', async () => {
    await reportDeleted(world.system, lineId, kept);
    assert.equal((await read(customer, closure.id)).stage, 'unbinding', 'one device is left');
    await reportDeleted(world.system, lineId, drawer);
    await world.vlr.waitFor('DeleteDataRequest', kept.imsi, { count: 2 });
    closure = await reach(customer, closure.id, 'closed');
    assert.equal(await world.hlr.info(kept.imsi), null);
    assert.deepEqual(await world.vlr.attach(kept.imsi), { ok: false, cause: CAUSE.imsiUnknown });
    const steps = closure.network.filter((one) => one.imsi === kept.imsi);
    assert.deepEqual(steps.map((one) => one.step), ['barred', 'deleted']);
    assert.match(steps[0].answer, /network-access-mode none read back; UpdateLocation refused with cause 0x0b/);
    assert.match(steps[1].answer, /no such subscriber read back; no subscriber has the number; UpdateLocation refused with cause 0x02/);
    assert.equal(world.vlr.subscribers.get(kept.imsi).served, false);
  });

  test('the refund is one transfer in a pain.001 file, and the bank\'s answer settles it', async () => {
    const [paid] = await world.bank.waitFor({ endToEndId: closure.refund.id });
    assert.deepEqual([paid.amountMinor, paid.currency], [2345, 'CNY']);
    assert.equal(paid.account, subscriber.person.refund_iban);
    assert.equal(paid.creditor, subscriber.person.refund_holder);
    assert.equal(paid.remittance, `Refund ${closure.reference}`);
    assert.ok(paid.executionDate <= closure.refund.due);
    assert.deepEqual(world.bank.rejected, []);
    await until(async () => (await read(customer, closure.id)).refund.state === 'written', { what: 'the refund to be written' });
    const settled = (await world.system.post(`/v1/refunds/${closure.id}/answer`, { refund: closure.refund.id, settled: true })).body;
    assert.equal(settled.refund.state, 'settled');
    const { body: balance } = await customer.get(`/v1/lines/${lineId}/balance`);
    assert.deepEqual([balance.prepaid.minor, balance.refund_pending.minor, balance.debt.minor], [0, 0, 0]);
    await world.smsc.waitFor((sms) => sms.to === plain(contactOf(subscriber, 'phone')) && /退款/.test(sms.text) && /23\.45/.test(sms.text));
  });

  test('the certificate verifies with npm jose and offline with the CLI, and names no person', async () => {
    const { jws } = await certificateOf(customer, closure.id);
    const claims = await verifiedClaims(jws);
    assert.equal(claims.number, line.number);
    assert.deepEqual(claims.evidence, ['otp_sms']);
    assert.deepEqual(claims.devices.map((device) => [device.iccid, device.outcome, device.proof]),
      [[kept.iccid, 'deleted', 'signed_notification'], [drawer.iccid, 'deleted', 'signed_notification']]);
    assert.deepEqual(claims.money.refund, { state: 'ordered', amount: yuan(2345), id: closure.refund.id, due: closure.refund.due },
      'ordered: nobody had been paid when it was issued');
    assert.equal(claims.quarantine_until, closure.holds.quarantine_day);
    const all = JSON.stringify(claims);
    for (const secret of [subscriber.person.full_name, subscriber.person.document_number, subscriber.person.refund_iban, contactOf(subscriber, 'phone')]) {
      assert.ok(!all.includes(secret), `the certificate holds ${secret}`);
    }
    const file = path.join(world.folder, 'certificate.jws');
    const keys = path.join(world.folder, 'jwks.json');
    writeFileSync(file, jws);
    writeFileSync(keys, JSON.stringify((await world.admin.get('/.well-known/jwks.json')).body));
    const said = await world.cli(['verify-certificate', file, '--jwks', keys]);
    assert.equal(said.code, 0, said.stderr);
    assert.match(said.stdout, new RegExp(line.number.replace('+', '\\+')));
    const [head, body, signature] = jws.split('.');
    const forged = Buffer.from(JSON.stringify({ ...claims, closed_at: '2020-01-01T00:00:00Z' })).toString('base64url');
    writeFileSync(file, [head, forged, signature].join('.'));
    assert.equal((await world.cli(['verify-certificate', file, '--jwks', keys])).code, 8);
    assert.notEqual(forged, body);
  });

  test('the confirmation comes in Chinese by SMS and as multipart mail, each message once', async () => {
    await world.smsc.waitFor((sms) => sms.to === plain(contactOf(subscriber, 'phone')) && /已.*注销/.test(sms.text) && /取回/.test(sms.text));
    const [mail] = await world.mta.waitFor({ recipient: contactOf(subscriber, 'mail'), subject: /已注销/ });
    assert.match(mail.text, new RegExp(closure.reference));
    assert.match(mail.html, /<html[^>]*lang="zh-CN"/);
    assert.match(mail.headers.get('content-type').value, /^multipart\/alternative/);
    for (const message of await world.mta.messages()) assert.doesNotMatch(message.text + message.html, /https?:\/\//, 'no links');
    assert.deepEqual([...(await world.mta.countByMessageId()).values()].filter((count) => count !== 1), []);
  });

  test('delivery receipts are evidence', async () => {
    const delivered = await until(async () => {
      const notices = (await read(world.agent, closure.id)).notices;
      const sms = notices.filter((notice) => notice.by === 'sms' && ['receipt', 'unbinding', 'closing_now', 'closed'].includes(notice.kind));
      return sms.length >= 3 && sms.every((notice) => notice.delivered_at) && sms;
    }, { what: 'the delivery receipts', timeoutMs: 60_000 });
    assert.ok(delivered.every((notice) => notice.receipt.startsWith('smpp:')));
  });

  test('partners were told by signed webhooks', async () => {
    const about = (type) => (event) => event.data.type === type && JSON.stringify(event.data.data).includes(line.number);
    for (const type of ['closure.opened', 'closure.submitted', 'closure.approved', 'closure.closed']) await world.webhook.waitFor(about(type));
    assert.deepEqual(world.webhook.refused, []);
    assert.ok(!JSON.stringify(world.webhook.effects().map((event) => event.body)).includes(subscriber.person.full_name));
  });

  test('the number is in quarantine and given to nobody', async () => {
    const { body: after } = await customer.get(`/v1/lines/${lineId}`);
    assert.equal(after.status, 'ended');
    assert.ok(Date.parse(after.holds.quarantine_until) > Date.now() + 89 * 86_400_000);
    const other = newSubscriber();
    await world.agent.post('/v1/subscribers', other);
    const refusal = await refused(world.agent.post('/v1/lines', { number: line.number, subscriber: other.id, policy: 'cn' }), 'number-on-hold', 409);
    assert.ok(Date.parse(refusal.data('until')) > Date.now());
  });

  test('the journal tells every step, in order, each hash on the one before', async () => {
    const entries = await history(world.agent, lineId, 5);
    assert.deepEqual(entries.map((entry) => entry.version), entries.map((_, index) => index + 1));
    assert.equal(new Set(entries.map((entry) => entry.hash)).size, entries.length);
    const types = eventTypes(entries);
    const milestones = ['line_ordered', 'closure_opened', 'quote_issued', 'quote_accepted', 'backup_prepared', 'backup_downloaded', 'otp_issued',
      'otp_failed', 'evidence_recorded', 'closure_submitted', 'closure_approved', 'unbinding_started', 'profile_reported', 'settling_started',
      'network_answered', 'refund_ordered', 'closure_closed', 'line_ended', 'certificate_issued'];
    let at = -1;
    for (const type of milestones) {
      const next = types.indexOf(type, at + 1);
      assert.ok(next > at, `${type} is missing behind ${types[at]}: ${types}`);
      at = next;
    }
    assert.ok(!JSON.stringify(entries).includes(subscriber.person.full_name));
    for (const { challenge } of entries.flatMap((entry) => entry.events.filter((event) => event.type === 'otp_issued'))) {
      assert.deepEqual([challenge.nonce, challenge.digest], [undefined, undefined], 'nothing from which a code could be found');
    }
  });

  test('nothing of the person is in the log', async () => {
    for (const secret of [subscriber.person.full_name, subscriber.person.document_number, subscriber.person.refund_iban, contactOf(subscriber, 'phone'), contactOf(subscriber, 'mail'), digits]) {
      assert.ok(!world.keepline.log.includes(secret), `the log holds ${secret}`);
    }
  });
});

describe('an English subscriber closes a young line, reviewed by people', () => {
  const subscriber = newSubscriber({ language: 'en' });
  const number = newNumber();
  const profile = newProfile({ state: 'released' });
  let lineId, customer, closure;

  test('a line is ordered; its first use provisions the HLR and makes it active', async () => {
    const registered = await world.system.post('/v1/subscribers', subscriber);
    assert.equal(registered.status, 201);
    assert.equal((await world.system.post('/v1/subscribers', subscriber)).status, 200, 'the same facts again change nothing');
    const ordered = await world.agent.post('/v1/lines', { number, subscriber: subscriber.id, policy: 'quick', profiles: [profile] });
    assert.equal(ordered.status, 201);
    lineId = ordered.body.id;
    assert.equal(ordered.body.status, 'ordered');
    await world.system.post(`/v1/lines/${lineId}/profile-reports`, { iccid: profile.iccid, state: 'installed', eid: profile.eid, sequence: 1 });
    const used = await world.system.post(`/v1/lines/${lineId}/profile-reports`, { iccid: profile.iccid, state: 'enabled', eid: profile.eid, sequence: 2 });
    assert.equal(used.body.status, 'active');
    await until(async () => (await world.hlr.info(profile.imsi))?.msisdn === plain(number), { what: 'the HLR to be provisioned', timeoutMs: 60_000 });
    assert.deepEqual(await world.vlr.attach(profile.imsi), { ok: true, msisdn: plain(number) });
    await world.smsc.waitFor((sms) => sms.to === plain(number) && /^Keepline: The line ending \d{4} is active/.test(sms.text));
    await world.agent.post(`/v1/lines/${lineId}/top-ups`, { amount: yuan(5000), reference: 'pay-1' });
    await world.agent.post(`/v1/lines/${lineId}/top-ups`, { amount: yuan(5000), reference: 'pay-1' });
    assert.equal((await world.agent.get(`/v1/lines/${lineId}/balance`)).body.prepaid.minor, 5000, 'the same payment counts once');
  });

  test('a SIM changed elsewhere makes it high risk: more proof, two reviewers', async () => {
    await world.agent.post(`/v1/lines/${lineId}/sim-change`);
    customer = await world.as(subscriber.id);
    closure = await open(customer, lineId);
    assert.equal((await read(world.agent, closure.id)).risk.level, 'high');
    await accept(customer, closure);
    await declineBackup(customer, closure);
    await proveByOtp(customer, world.smsc, closure, number);
    await refused(customer.post(`/v1/closures/${closure.id}/submission`), 'evidence-missing', 409);
    for (const [kind, shown] of [['id_document', subscriber.person.document_number], ['bank_card', subscriber.person.refund_iban], ['callback']]) {
      await world.system.post(`/v1/closures/${closure.id}/evidence`, { kind, passed: true, method: 'verification service', shown });
    }
    closure = await submit(customer, closure);
    assert.equal(closure.stage, 'in_review');
  });

  test('the first approval is not enough, and nobody approves twice', async () => {
    await refused(world.reviewer.post(`/v1/closures/${closure.id}/approval`, { reason: 'seen' }), 'precondition-required', 428);
    await refused(world.reviewer.post(`/v1/closures/${closure.id}/approval`, { reason: 'seen' }, { ifMatch: '"1"' }), 'version-mismatch', 412);
    const first = await decide(world.reviewer, closure, 'approval', { reason: 'documents fit' });
    assert.deepEqual([first.stage, first.approvals.length], ['in_review', 1]);
    await refused(decide(world.reviewer, closure, 'approval'), 'second-person-needed', 409);
    const queue = (await world.second.get('/v1/closures?stage=in_review')).body.items;
    assert.ok(queue.some((item) => item.id === closure.id && item.approvals === 1));
    assert.equal((await decide(world.second, closure, 'approval', { reason: 'agreed' })).stage, 'unbinding');
  });

  test('the closure ends in English: SMS, multipart mail, certificate', async () => {
    await world.mta.waitFor({ recipient: contactOf(subscriber, 'mail'), subject: /approved/ });
    await reportDeleted(world.system, lineId, profile, 9);
    closure = await reach(customer, closure.id, 'closed');
    assert.equal(await world.hlr.info(profile.imsi), null);
    const claims = await verifiedClaims((await certificateOf(customer, closure.id)).jws);
    assert.deepEqual(new Set(claims.evidence), new Set(['otp_sms', 'id_document', 'bank_card', 'callback']));
    await world.smsc.waitFor((sms) => sms.to === plain(contactOf(subscriber, 'phone')) && /is closed/.test(sms.text));
    const [mail] = await world.mta.waitFor({ recipient: contactOf(subscriber, 'mail'), subject: /is closed/ });
    assert.match(mail.text, /Case: \d{4} \d{4} \d{4}$/m);
    assert.match(mail.html, /<html[^>]*lang="en"/);
    assert.match(mail.messageId, /^<[a-z0-9-]+@[^>]+>$/);
    const [paid] = await world.bank.waitFor({ endToEndId: closure.refund.id });
    assert.equal(paid.amountMinor, 5000);
  });

  test('a customer does not see risk facts or who decided', async () => {
    const seen = await read(customer, closure.id);
    assert.deepEqual(seen.risk?.facts ?? [], []);
    assert.ok(!JSON.stringify(seen).includes('reviewer-1'));
  });
});

describe('operating', () => {
  test('health, readiness and metrics tell the truth', async () => {
    assert.deepEqual((await world.admin.get('/healthz')).body, { status: 'ok' });
    const ready = (await world.admin.get('/readyz')).body;
    assert.deepEqual([ready.ready, ready.engine, ready.store, ready.peers], [true, true, true, []]);
    const metrics = (await world.admin.get('/metrics')).body;
    for (const name of [/command/, /commit/, /outbox|effects/, /closures/, /overdue/]) assert.match(metrics, new RegExp(`^keepline_\\w*${name.source}`, 'm'));
    assert.match((await world.admin.get('/openapi.yaml')).body.toString(), /^openapi: 3\.1/m);
  });

  test('one correlation id runs from the request into the journal, the log and the webhook', async () => {
    const subscriber = newSubscriber();
    const line = newLine();
    const { id } = await world.takeOver(subscriber, line);
    const correlation = `e2e-${Date.now()}`;
    const answer = await world.agent.post(`/v1/lines/${id}/closures`, { reason: 'other' }, { headers: { 'x-correlation-id': correlation } });
    assert.equal(answer.headers.get('x-correlation-id'), correlation);
    assert.equal((await history(world.agent, id)).at(-1).correlation, correlation);
    await world.webhook.waitFor((event) => event.headers['x-correlation-id'] === correlation);
    assert.ok(world.keepline.log.includes(correlation));
  });

  test('the journal verifies', async () => {
    const { stdout, code, stderr } = await world.cli(['verify']);
    assert.equal(code, 0, stdout + stderr);
  });
});
