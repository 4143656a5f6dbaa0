// Policies and calendars that change while cases are open: the terms of a submitted case stay, kinder ones are taken over,
// provisional dates move when the calendar's data arrives, and wrong rules never come into force.

import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { temporaryFolder } from '../peers/child.mjs';
import { until } from '../peers/wait.mjs';
import { apply, decide, eventTypes, history, open, read } from './journey.mjs';
import { contactOf, daysFromNow, newLine, newSubscriber, plain } from './people.mjs';
import { ROOT, policyFolder, startWorld } from './world.mjs';

const policies = policyFolder();
const calendars = temporaryFolder('calendars');
const day = (days) => daysFromNow(days).slice(0, 10);

/** The calendar CN as of an earlier year: its data ends yesterday. */
const ended = () => changed((calendar) => ({ covers: [calendar.covers[0], day(-1)], version: 'until-yesterday' }));
/** The year's notice has come: data for long enough, and the next five days are holidays. */
const arrived = () => changed((calendar) => ({
  covers: [calendar.covers[0], day(400)], version: 'with-the-notice',
  days: { ...calendar.days, ...Object.fromEntries([1, 2, 3, 4, 5].map((n) => [day(n), { work: false, name: 'test' }])) },
}));

function changed(how) {
  const calendar = JSON.parse(readFileSync(path.join(ROOT, 'calendars/CN.json'), 'utf8'));
  const over = { ...calendar, ...how(calendar) };
  over.days = Object.fromEntries(Object.entries(over.days).filter(([date]) => date >= over.covers[0] && date <= over.covers[1]));
  writeFileSync(path.join(calendars, 'CN.json'), JSON.stringify(over));
}

function edit(policy, from, to) {
  const file = path.join(policies, `${policy}.toml`);
  const before_ = readFileSync(file, 'utf8');
  assert.ok(before_.includes(from), `${policy} has ${from}`);
  writeFileSync(file, before_.replace(from, to));
}

let world;
let reloads = 0;
before(async () => {
  cpSync(path.join(ROOT, 'calendars'), calendars, { recursive: true });
  ended();
  world = await startWorld({ peers: ['smsc'], config: { policies: { dir: policies }, calendars: { dir: calendars } } });
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

async function reload(event) {
  const seen = () => world.keepline.log.split('\n').filter((line) => line.includes('"rules_re')).length;
  const had = reloads;
  world.keepline.reload();
  await until(() => seen() > had, { what: 'the rules to be read again' });
  reloads = seen();
  const last = world.keepline.log.split('\n').filter((line) => line.includes('"rules_re')).at(-1);
  assert.equal(JSON.parse(last).event, event, last);
  return last;
}

async function submitted(policy, person) {
  const subscriber = newSubscriber(person);
  const line = newLine({ policy });
  const taken = await world.takeOver(subscriber, line);
  const customer = await world.as(subscriber.id);
  return { subscriber, line, id: taken.id, customer, closure: await apply(customer, world.smsc, taken, line.number) };
}

/** "2026-12-01" as an English reader has it. */
const inWords = (day) => new Date(`${day}T00:00:00Z`).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });

test('past the calendar\'s span a date is provisional, and moves for open cases when the data arrives', async () => {
  const one = await submitted('reviewed', { language: 'en' });
  assert.equal(one.closure.due_provisional, true);
  assert.equal(one.closure.calendar, 'CN@until-yesterday');
  const phone = plain(contactOf(one.subscriber, 'phone'));
  await world.smsc.waitFor({ to: phone, text: /provisional/ });
  arrived();
  await reload('rules_reloaded');
  const moved = await until(async () => {
    const closure = await read(one.customer, one.closure.id);
    return !closure.due_provisional && closure;
  }, { what: 'the date to be computed again' });
  assert.ok(moved.due > one.closure.due, `${one.closure.due} → ${moved.due}`);
  assert.equal(moved.calendar, 'CN@with-the-notice');
  await world.smsc.waitFor({ to: phone, text: new RegExp(`we now decide by ${inWords(moved.due)}`) });
  assert.ok(eventTypes(await history(world.agent, one.id)).includes('due_moved'));
});

test('a submitted case keeps its terms when the policy gets harsher, and takes over what is kinder', async () => {
  const one = await submitted('reviewed');
  edit('reviewed', 'version = 1', 'version = 2');
  edit('reviewed', 'auto_approve = false', 'auto_approve = false\n\n[closing]\nfee = { kind = "fixed", amount = "5.00 CNY" }\nreclaim_days = 120\n');
  await reload('rules_reloaded');
  const approved = await decide(world.reviewer, one.closure, 'approval');
  assert.equal(approved.policy, 'reviewed@1');
  assert.equal(approved.terms.fee.kind, 'none', 'not dearer than what was submitted');
  assert.equal(approved.terms.reclaim_days, 120, 'but longer to take the number back');

  const later = await someLine();
  const owner = await world.as(later.subscriber.id);
  const quote = (await open(owner, later.id)).quote;
  assert.deepEqual(quote.items.find((item) => item.kind === 'closing_fee')?.amount, { minor: 500, currency: 'CNY' }, 'the new price is for new cases');
});

async function someLine() {
  const subscriber = newSubscriber();
  const taken = await world.takeOver(subscriber, newLine({ policy: 'reviewed' }));
  return { subscriber, id: taken.id };
}

test('a policy that lines have neither changes under the same version nor vanishes; one that nobody has may', async () => {
  await submitted('patient');
  const file = path.join(policies, 'patient.toml');
  const before_ = readFileSync(file, 'utf8');
  const check = () => world.cli(['config', 'check']);
  writeFileSync(file, `# A comment is no change.\n${before_}`);
  await reload('rules_reloaded');
  edit('patient', 'high = 72', 'high = 73');
  assert.match(await reload('rules_refused'), /policy `patient` is in use \(line ln_\w+, for one\).*raise its `version`/);
  const refused_ = await check();
  assert.deepEqual([refused_.code, /policy `patient` is in use/.test(refused_.stderr)], [2, true], refused_.stderr);
  await world.keepline.stop();
  await assert.rejects(world.keepline.start(), /policy `patient` is in use/, 'nor does a server start with it');
  rmSync(file);
  const gone = await check();
  assert.match(gone.stderr, /policy `patient` is in use .* and is gone; put its file back/);
  writeFileSync(file, before_.replace('high = 72', 'high = 73').replace('version = 1', 'version = 2'));
  assert.equal((await check()).code, 0);
  await world.keepline.start();
  reloads = 0;
  writeFileSync(file, before_.replace('version = 1', 'version = 3'));
  writeFileSync(path.join(policies, 'nobodys.toml'), 'id = "nobodys"\ninherits = "patient"\nversion = 1\ntitle = "x"\nsource = "tests"\n');
  await reload('rules_reloaded');
  rmSync(path.join(policies, 'nobodys.toml'));
  await reload('rules_reloaded');
});

test('rules that are wrong are refused with the reason, and the old ones stay in force', async () => {
  edit('patient', 'low = 24', 'low = 240');
  const line = await reload('rules_refused');
  assert.match(line, /patient\.toml.*cooling_off_hours/);
  assert.equal((await submitted('patient')).closure.terms.cooling_off_hours.low, 24);
});
