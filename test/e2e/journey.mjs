// The journey of a closure as a customer walks it, step by step, over the API and the customer's own phone (the SMSC).
// Each step returns the case as the server answered it.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { until } from '../peers/wait.mjs';
import { plain } from './people.mjs';

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** The 8 digits in the newest code that was sent to `to` (a number in E.164). */
export async function codeFromSms(smsc, to, { after = 0 } = {}) {
  const codes = () => smsc.effects().filter((sms) => sms.to === plain(to) && /(?<!\d)\d{8}(?!\d)/.test(sms.text));
  await until(() => codes().length > after, { what: `a code by SMS to ${to}`, timeoutMs: 60_000 });
  return /(?<!\d)(\d{8})(?!\d)/.exec(codes().at(-1).text)[1];
}
export const codesSent = (smsc, to) => smsc.effects().filter((sms) => sms.to === plain(to) && /(?<!\d)\d{8}(?!\d)/.test(sms.text)).length;

export async function open(client, lineId, body = { reason: 'not_needed' }) {
  return (await client.post(`/v1/lines/${lineId}/closures`, body)).body;
}

export async function accept(client, closure, detach) {
  const quote = closure.quote.number;
  return (await client.post(`/v1/closures/${closure.id}/quote-acceptance`, { quote, ...(detach && { detach }) })).body;
}

/** Asks for a code by SMS to the line, reads it off the phone and presents it. */
export async function proveByOtp(client, smsc, closure, number) {
  const before = codesSent(smsc, number);
  await client.post(`/v1/closures/${closure.id}/otps`, { contact: 'line' });
  const code = await codeFromSms(smsc, number, { after: before });
  return (await client.post(`/v1/closures/${closure.id}/otp-answers`, { code })).body;
}

export async function declineBackup(client, closure) {
  return (await client.post(`/v1/closures/${closure.id}/backup-refusal`)).body;
}

export async function submit(client, closure, body) {
  return (await client.post(`/v1/closures/${closure.id}/submission`, body)).body;
}

/** Everything up to submission, the shortest way: quote accepted, code by SMS, no backup. */
export async function apply(client, smsc, line, number, { reason = 'not_needed', submission } = {}) {
  const closure = await open(client, line.id, { reason });
  await accept(client, closure);
  await proveByOtp(client, smsc, closure, number);
  await declineBackup(client, closure);
  return submit(client, closure, submission);
}

/** A device tells by signed notification that the profile is gone. */
export async function reportDeleted(system, lineId, profile, sequence = 7) {
  const digest = sha256(`${profile.iccid} deleted ${sequence}`);
  return (await system.post(`/v1/lines/${lineId}/profile-reports`, {
    iccid: profile.iccid, state: 'deleted', eid: profile.eid, sequence, proof: { kind: 'signed_notification', digest },
  })).body;
}

/** What one member of staff asked for becomes true when another signs it: the request as it is afterwards. */
export async function countersign(second, lineId, answer) {
  assert.equal(answer.status, 202, 'a second person is wanted');
  return (await second.post(`/v1/lines/${lineId}/requests/${answer.body.serial}/countersignature`)).body;
}

export async function read(client, closureId) {
  return (await client.get(`/v1/closures/${closureId}`)).body;
}

/** Waits until the case is at `stage`; an exit that was not asked for ends the wait at once. */
export async function reach(client, closureId, stage, timeoutMs = 60_000) {
  const exits = ['withdrawn', 'rejected', 'expired', 'fraud_hold', 'closed'];
  return until(async () => {
    const closure = await read(client, closureId);
    if (closure.stage !== stage && exits.includes(closure.stage)) assert.fail(`${closureId} is ${closure.stage}, not ${stage}`);
    return closure.stage === stage && closure;
  }, { what: `${closureId} to be ${stage}`, timeoutMs, everyMs: 50 });
}

export async function certificateOf(client, closureId, timeoutMs = 60_000) {
  await until(async () => (await read(client, closureId)).has_certificate, { what: `the certificate of ${closureId}`, timeoutMs, everyMs: 50 });
  const answer = await client.get(`/v1/closures/${closureId}/certificate`);
  return { ...answer, jws: answer.body.toString().trim() };
}

/** A decision of staff on the case as it is: read again when a notice or a receipt moved it on meanwhile. */
export async function decide(client, closure, what, body = { reason: 'looked at' }) {
  for (let tries = 1; ; ++tries) {
    const { etag } = await client.get(`/v1/closures/${closure.id}`);
    try {
      return (await client.post(`/v1/closures/${closure.id}/${what}`, body, { ifMatch: etag })).body;
    } catch (error) {
      if (error.code !== 'version-mismatch' || tries === 20) throw error;
    }
  }
}

/** Every entry of a line's journal, page by page. */
export async function history(client, lineId, limit = 200) {
  const items = [];
  let after = '';
  do {
    const { body } = await client.get(`/v1/lines/${lineId}/history?limit=${limit}${after && `&after=${encodeURIComponent(after)}`}`);
    items.push(...body.items);
    after = body.next ?? '';
  } while (after);
  return items;
}

export const eventTypes = (entries) => entries.flatMap((entry) => entry.events.map((event) => event.type));
