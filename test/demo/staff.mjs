// The demo's staff: accounts for the console, and cases in every stage for them to look at. Names, passwords and the secrets of their authenticators stand
// in a file of the demo's folder: it is a demo, on loopback.

import { readFileSync, writeFileSync } from 'node:fs';
import { Console, PASSWORD, totp } from '../e2e/console.mjs';
import { open, accept, read, submit } from '../e2e/journey.mjs';
import { daysFromNow, newLine, newSubscriber, yuan } from '../e2e/people.mjs';

const STAFF = [
  { name: 'agent-1', role: 'agent', channels: ['staff', 'hotline'], does: 'answers the telephone' },
  { name: 'clerk-1', role: 'agent', channels: ['counter'], does: 'stands at the counter' },
  { name: 'reviewer-1', role: 'reviewer', does: 'decides cases' },
  { name: 'reviewer-2', role: 'reviewer', does: 'decides with them what takes two' },
  { name: 'admin-1', role: 'admin', does: 'keeps it running' },
];

/** Each asked for by one administrator, signed by the other, and taken up as its holder would. */
export async function makeAccounts(town, origin, file) {
  const made = {};
  for (const { name, role, channels, does } of STAFF) {
    const { body } = await town.secondAdmin.post('/v1/staff-accounts', { name, role, ...(channels && { channels }) });
    if (body.request) await town.admin.post(`/v1/tokens/${name}/requests/${body.request}/countersignature`);
    const one = new Console(town.server, origin);
    await one.accept(name, body.invitation);
    made[name] = { role, does, password: PASSWORD, secret: one.secret };
  }
  writeFileSync(file, JSON.stringify(made, null, 2), { mode: 0o600 });
  return made;
}

/** What an authenticator would show now. */
export function codeOf(file, name) {
  const one = JSON.parse(readFileSync(file, 'utf8'))[name];
  if (!one) throw new Error(`there is no ${name} in ${file}`);
  return totp(one.secret);
}

/** An application of a customer up to its proof: theirs to send in. */
export async function applied(town, system, { language = 'zh-CN', contact = 'line', name, ...of } = {}) {
  const subscriber = newSubscriber({ language });
  const line = newLine({ policy: 'cn', balance: yuan(1500), ...of });
  const { body } = await system.post('/v1/lines/import', { subscriber, line });
  const customer = await town.token('subscriber', subscriber.id, name);
  const closure = await open(customer, body.id);
  await accept(customer, closure);
  await customer.post(`/v1/closures/${closure.id}/backup-refusal`);
  await customer.post(`/v1/closures/${closure.id}/otps`, { contact });
  await customer.post(`/v1/closures/${closure.id}/otp-answers`, { code: /\d{8}/.exec((await town.sms(line.number, /\d{8}/)).text)[0] });
  return { subscriber, line, lineId: body.id, customer, closure: await read(customer, closure.id) };
}

/** A line a few days old, at the counter: a person decides. */
async function atCounter(counter, system, language) {
  const subscriber = newSubscriber({ language });
  const line = newLine({ policy: 'cn', since: daysFromNow(-5), valid_until: daysFromNow(25), profiles: newLine().profiles.slice(0, 1), balance: yuan(3000) });
  const { body } = await system.post('/v1/lines/import', { subscriber, line });
  const closure = await open(counter, body.id);
  await accept(counter, closure);
  await counter.post(`/v1/closures/${closure.id}/backup-refusal`);
  for (const kind of ['id_document', 'staff_sighting']) {
    await counter.post(`/v1/closures/${closure.id}/evidence`, { kind, passed: true, method: 'counter 12', ...(kind === 'id_document' && { shown: subscriber.person.document_number }) });
  }
  return submit(counter, await read(counter, closure.id));
}

/** One case in each stage that the stories leave empty: stage → case. */
export async function leaveCases(town, staff) {
  const counter = staff.agent.through('counter');
  const opened = await applied(town, staff.system, { name: 'opened' });
  const unbinding = await applied(town, staff.system, { name: 'unbinding' });
  await unbinding.customer.post(`/v1/closures/${unbinding.closure.id}/submission`);
  const denied = await applied(town, staff.system, { name: 'denied', language: 'en' });
  await denied.customer.post(`/v1/closures/${denied.closure.id}/submission`);
  await denied.customer.post(`/v1/closures/${denied.closure.id}/repudiation`, {});
  const cases = [opened.closure.id, unbinding.closure.id, denied.closure.id];
  for (const language of ['zh-CN', 'en', 'zh-CN']) cases.push((await atCounter(counter, staff.system, language)).id);
  await staff.reviewer.post(`/v1/closures/${cases.at(-1)}/information-requests`, { what: '更清晰的证件照片' });
  const out = {};
  for (const id of cases) {
    const { stage } = await read(staff.agent, id);
    out[stage] = [...(out[stage] ?? []), id];
  }
  return out;
}
