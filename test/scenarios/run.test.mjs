// Runs every scenario of this folder against the program in a sandbox: one server, one time line, each scenario on a number
// of its own. They are merged by time, so the clock is moved once through all of them. What failed is said with the line of the
// scenario and what was there instead. README.md has the words.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client, Refusal } from '../e2e/client.mjs';
import { World, policyFolder } from '../e2e/world.mjs';
import { prepareKeepline } from '../peers/keepline.mjs';
import { until } from '../peers/wait.mjs';
import { BEGINS, Cast } from './cast.mjs';
import { writeGoldens } from './golden.mjs';
import { read, Unreadable } from './grammar.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const WHOLE_RUN_MS = 900_000;
const ONE_MOVE_MS = 600_000;

const load = (folder) => readdirSync(path.join(HERE, folder)).filter((name) => name.endsWith('.txt')).sort()
  .map((name) => read(path.join(folder, name), readFileSync(path.join(HERE, folder, name), 'utf8')));
const scenarios = load('.');
const wrong = load('wrong');

/** What a reviewer of policies may count on being here. */
const COVERED = [
  ...['opened', 'in_review', 'approved', 'unbinding', 'settling', 'closed'].map((one) => `stage ${one}`),
  ...['withdrawn', 'rejected', 'expired', 'fraud_hold to in_review', 'fraud_hold to rejected', 'closed', 'reinstated'].map((one) => `exit ${one}`),
  ...['reminders to the end', 'lost phone', 'switch and undo', 'refund returned and paid again', 'needs information', 'review breach'].map((one) => `story ${one}`),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 12, 14].map((one) => `complaint ${one}`),
  ...readdirSync(path.join(HERE, '../../policies')).filter((name) => name.endsWith('.toml')).map((name) => `policy ${name.slice(0, -5)}`),
  'policy brief',  // of the tests: keeps people for weeks
  'on behalf attorney', 'on behalf guardian', 'on behalf heir', 'on behalf officer', 'objection of an owner who lives',
  'dispute corrected', 'dispute refused', 'dispute withdrawn', 'archive fetched', 'archive stopped',
  'forgotten by itself', ...['active_line', 'open_case', 'dispute', 'unbinding', 'settling', 'refund', 'legal_hold', 'request', 'debt', 'fraud_hold'].map((one) => `erasure against ${one}`),
];

class Town extends World {
  #sessions = null;
  #kept = new Map();
  #read = 0;

  static async start() {
    const keepline = await prepareKeepline({
      args: (file) => ['serve', '--sandbox', ...(Town.begun ? [] : ['--from', BEGINS]), '--config', file],
      config: {
        policies: { dir: policyFolder() }, messages: { hotline: '10099' }, http: { notifiers: 'bss' },
        tokens: { staff_days: 366, machine_days: 3650 },
      },
    });
    const town = new Town(keepline, {}, {});
    await keepline.start();
    Town.begun = true;
    await town.makeClients();
    const inForce = async () => (await town.keymaster.get('/v1/tokens').catch(() => ({ body: { items: [] } }))).body.items.filter((one) => one.in_force).length;
    await until(async () => await inForce() === 2, { what: 'the server to take up its administrators' });
    await town.makeStaff();
    return town;
  }
  async session(subscriber) { return new Client(this.keepline, (await this.portal.post(`/v1/subscribers/${subscriber}/sessions`, {})).body.token); }

  async moveClock(body) {
    this.clock = (await this.admin.post('/v1/sandbox/clock', body, { timeoutMs: ONE_MOVE_MS })).body;
    this.settled = true;
  }
  get now() { return Date.parse(this.clock.now); }
  /** Everything that was asked for has come to its end. */
  async settle() { if (!this.settled) await this.moveClock({ forward: 'PT0S' }); }

  async messages(to) {
    for (;;) {
      const { items } = (await this.admin.get(`/v1/sandbox/messages?limit=200&after=${this.#read}`)).body;
      for (const one of items) {
        if (!this.#kept.has(one.to)) this.#kept.set(one.to, []);
        this.#kept.get(one.to).push(one);
        this.#read = one.serial;
      }
      if (items.length < 200) break;
    }
    return to.flatMap((one) => this.#kept.get(one) ?? []).sort((a, b) => a.serial - b.serial);
  }
  async lastMessage() {
    await this.messages([]);
    return this.#read;
  }
}

/** Runs the statements of one moment; the first that fails ends the scenario. */
async function act(town, cast, moment) {
  cast.now = cast.at;
  await town.settle();
  cast.heard = await town.lastMessage();
  const failed = ({ line, text }, words) => { cast.failure = { line, text, words }; };
  let refused = null; // the action that was, until the next line expects it
  for (const statement of moment.statements) {
    const expects = statement.text.startsWith('expect ');
    if (refused && !statement.text.startsWith('expect refused ')) break;
    try {
      if (expects) await town.settle();
      else town.settled = false;
      await statement.run(cast, statement.found);
      if (!expects) town.settled = false; // also where it waited for a code in between
      refused = null;
    } catch (error) {
      if (expects || !(error instanceof Refusal)) return failed(statement, error.message);
      cast.refusal = error;
      refused = statement;
    }
  }
  if (refused) failed(refused, cast.refusal.message);
}

const failureOf = (cast) => cast.failure && `${cast.scenario.name}:${cast.failure.line}: ${cast.failure.text}\n    ${cast.failure.words}`;

let town;
const casts = new Map();
before(async () => {
  town = await Town.start();
  const policies = new Map((await town.admin.get('/v1/policies')).body.items.map((one) => [one.id, one]));
  [...scenarios, ...wrong].forEach((scenario, index) => {
    const policy = policies.get(scenario.header.policy);
    assert.ok(policy, `${scenario.name}: there is no policy ${scenario.header.policy}`);
    casts.set(scenario.name, new Cast(town, scenario, index + 1, policy));
  });
  await town.moveClock({ forward: 'PT0S' });
  for (const cast of casts.values()) {
    town.settled = false;
    try {
      await cast.arrive();
    } catch (error) {
      cast.failure = { line: 1, text: 'line:', words: error.message };
    }
    cast.next = 0;
    cast.at = instantOfNext(cast);
  }
  for (;;) {
    const going = [...casts.values()].filter((cast) => !cast.failure && cast.next < cast.scenario.moments.length);
    if (!going.length) break;
    const [cast] = going.sort((a, b) => a.at - b.at || a.serial - b.serial);
    if (cast.at > town.now) await town.moveClock({ to: new Date(cast.at).toISOString().replace('.000Z', 'Z') });
    await act(town, cast, cast.scenario.moments[cast.next]);
    cast.next += 1;
    if (cast.next < cast.scenario.moments.length) cast.at = instantOfNext(cast);
  }
}, { timeout: WHOLE_RUN_MS });
after(async () => {
  await town?.stop();
  writeGoldens(town, scenarios.map(({ name }) => casts.get(name)));
});

function instantOfNext(cast) {
  const moment = cast.scenario.moments[cast.next];
  return moment.later === undefined ? cast.instant(moment.day, moment.minute) : cast.at + moment.later;
}

describe('scenarios', () => {
  for (const { name, header } of scenarios) {
    test(`${name}: ${header.scenario}`, () => {
      const failure = failureOf(casts.get(name));
      assert.ok(!failure, failure);
    });
  }
});

describe('a scenario can fail', () => {
  for (const { name, header } of wrong) {
    test(`${name}: ${header.scenario}`, () => {
      const { failure } = casts.get(name);
      assert.ok(failure, 'it did not');
      const [, line, words] = /^line (\d+), (.+)$/.exec(header.fails);
      assert.equal(failure.line, Number(line), failureOf(casts.get(name)));
      assert.ok(failure.words.includes(words), failureOf(casts.get(name)));
    });
  }

  test('what no statement reads, time that runs backwards and a missing header are refused', () => {
    const body = 'scenario: x\npolicy: cn\nat day 1 10:00:\nowner withdraws\n';
    assert.equal(read('a', body).moments.length, 1);
    for (const [text, words] of [
      [body.replace('withdraws', 'dances'), /a:4: no statement reads "owner dances"/],
      [`${body}at day 0 10:00:\n`, /a:5: time goes forward/],
      [body.replace('policy: cn\n', ''), /"policy:" is missing/],
      ['scenario: x\npolicy: cn\nowner withdraws\n', /a:3: say when/],
      [`scenario: x\n${body}`, /a:2: "scenario:" is there twice/],
    ]) assert.throws(() => read('a', text), (error) => error instanceof Unreadable && words.test(error.message), text);
  });
});

test('each stage, exit, story, complaint and policy has a scenario', () => {
  const covered = new Set(scenarios.flatMap(({ header }) => [...header.covers, `policy ${header.policy}`]));
  assert.deepEqual(COVERED.filter((one) => !covered.has(one)), [], 'nobody covers these');
  assert.deepEqual([...covered].filter((one) => !COVERED.includes(one)), [], 'these are covered and unknown');
  assert.ok(scenarios.length >= 40, `${scenarios.length} scenarios`);
});
