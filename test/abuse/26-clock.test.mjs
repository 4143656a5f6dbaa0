// Item 26: the machine's clock is moved. Seen to succeed on 4b5af17: a jump of 8 years ended every line within seconds,
// and a token that had expired lived again when the clock was set back.
// What `token list` says of it was seen to fail on a program that calls it in force.
//
// The attacker may set the wall clock (wall-clock.c, preloaded), but not the counter that runs since boot.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../peers/child.mjs';
import { until } from '../peers/wait.mjs';
import { Client } from '../e2e/client.mjs';
import { newLine, newSubscriber } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { attempt } from './attack.mjs';

const DAY_MS = 86_400_000;
const YEARS_8 = 8 * 365 * DAY_MS;
const LINES = 6;

const folder = temporaryFolder('clock');
const library = path.join(folder, 'wall-clock.so');
const setFile = path.join(folder, 'ahead-ms');
const setClock = (aheadMs) => writeFileSync(setFile, String(aheadMs));

let world;
const MACHINE = { env: { LD_PRELOAD: library, WALL_CLOCK_FILE: setFile } };
/** Whoever has the machine: on a server that stands, for its next start. */
async function acceptOnTheMachine() {
  await world.keepline.stop();
  await world.cli(['clock', 'accept', '--reason', 'the battery was changed'], MACHINE);
  await world.keepline.start({ wait: false });
  await until(() => readiness().then(() => true, () => false), { what: 'the server to answer', timeoutMs: 60_000 });
}
const lines = [];
const statusOf = async (line) => (await world.system.get(`/v1/lines/${line.id}`)).body.status;
const ended = async () => (await Promise.all(lines.map(statusOf))).filter((status) => status !== 'active').length;
const readiness = async () => (await world.keepline.api('GET', '/readyz', { unchecked: true }));

const admittedBy = async (client) => (await world.keepline.api('GET', '/v1/closures?limit=1', { token: client.token, unchecked: true })).status;
/** Made on the machine, by its clock; it opens something as soon as the server has journalled it. */
async function tokenOfThen(id, days) {
  const channels = world.portal ? ['staff', 'web', 'bulk'].flatMap((one) => ['--channel', one]) : []; // the old program knows none
  const { token } = await world.mustCli(['token', 'create', '--role', 'system', '--id', id, '--days', String(days), ...channels, '--json'], { env: { LD_PRELOAD: library, WALL_CLOCK_FILE: setFile } });
  const client = new Client(world.keepline, token);
  await until(async () => (await admittedBy(client)) === 200, { what: `the token of ${id} to be in the journal`, timeoutMs: 60_000 });
  return client;
}

before(async () => {
  execFileSync('clang-19', ['-O1', '-fPIC', '-shared', '-o', library, fileURLToPath(new URL('wall-clock.c', import.meta.url))]);
  setClock(0);
  // The old program refuses the keys of [time] in a file, so they are given only to one that knows them.
  const knows = execFileSync(process.env.KEEPLINE_BIN ?? 'build/dev/bin/keepline', ['config', 'show'], { encoding: 'utf8' }).includes('endings_floor');
  world = await startWorld({
    peers: [], env: { LD_PRELOAD: library, WALL_CLOCK_FILE: setFile }, config: knows ? { time: { endings_floor: 2 } } : {},
  });
  for (let n = 0; n < LINES; ++n) lines.push(await world.takeOver(newSubscriber(), newLine()));
});
after(async () => {
  setClock(0);
  await world?.stop();
});

describe('the clock jumps', () => {
  test('eight years ahead: nothing ends, the server says that it is not ready, and why', async () => {
    setClock(YEARS_8);
    await until(async () => (await readiness()).status === 503 || (await ended()) === LINES, { what: 'the server to notice', timeoutMs: 60_000 });
    assert.equal(await ended(), 0, 'no line ends because somebody set the clock');
    const { status, body } = await readiness();
    assert.equal(status, 503);
    assert.match(body.peers.find((one) => one.name === 'clock').trouble, /keepline clock accept/);
  });

  test('set right again: ready without anybody', async () => {
    setClock(0);
    await until(async () => (await readiness()).status === 200, { what: 'the server to be ready again', timeoutMs: 60_000 });
    assert.equal(await ended(), 0);
  });

  test('a start at a time that no downtime explains is no different', async () => {
    await world.keepline.stop();
    setClock(YEARS_8);
    await world.keepline.start({ wait: false });
    await until(async () => (await readiness().catch(() => ({}))).status === 503, { what: 'the server to say that it is not ready', timeoutMs: 60_000 });
    assert.equal(await ended(), 0);
  });

  test('accepted by mistake: no more ends than the day\'s budget, and the rest waits', async () => {
    const asked = await world.cli(['clock', 'accept', '--reason', 'the battery was changed'], { env: { ...MACHINE.env, KEEPLINE_TOKEN: world.admin.token } });
    assert.equal(asked.code, 0, asked.stderr);
    const own = await attempt(world.admin.post('/v1/tokens/console/requests/1/countersignature'));
    assert.equal(own.code, 'own-application', 'one administrator alone does not accept it');
    assert.equal((await readiness()).status, 503);
    const { body: signed } = await world.keymaster.post('/v1/tokens/console/requests/1/countersignature');
    assert.deepEqual([signed.act, signed.state, signed.by.id, signed.answered_by.id], ['let_go_on', 'countersigned', 'ops', 'keymaster']);
    world.system = await tokenOfThen('bss-later', 60); // every token of the staff has expired by then
    await until(async () => (await readiness()).body.peers.some((one) => one.name === 'endings'), { what: 'the sweep to stop', timeoutMs: 60_000 });
    assert.ok((await ended()) <= 2, 'the budget is two');
  });
});

describe('the clock is set back', () => {
  test('what has expired stays expired, and times do not run backwards', async () => {
    const client = await tokenOfThen('short-lived', 1);
    const admitted = () => admittedBy(client);
    assert.equal(await admitted(), 200);
    setClock(YEARS_8 + 3 * DAY_MS);
    await until(async () => (await readiness()).status === 503 || (await admitted()) === 401, { what: 'the jump to be noticed', timeoutMs: 60_000 });
    await acceptOnTheMachine();
    await until(async () => (await admitted()) === 401, { what: 'the token to expire', timeoutMs: 60_000 });
    assert.match(await world.mustCli(['token', 'list'], MACHINE), /^short-lived +system +expired /m);
    const { id } = lines.at(-1);
    await world.system.post(`/v1/lines/${id}/top-ups`, { amount: { minor: 1, currency: 'CNY' }, reference: 'before' });
    setClock(YEARS_8);
    await acceptOnTheMachine();
    await until(async () => (await readiness()).status === 200 || (await admitted()) === 200, { what: 'the clock to be accepted', timeoutMs: 60_000 });
    assert.ok((await readiness()).body.peers.some((one) => one.name === 'tokens'), 'what was accepted on the machine is told until somebody knows of it');
    await world.keepline.restart();
    assert.equal(await admitted(), 401, 'an expired token does not live again');
    await world.system.post(`/v1/lines/${id}/top-ups`, { amount: { minor: 1, currency: 'CNY' }, reference: 'after' });
    const { body } = await world.system.get(`/v1/lines/${id}/history`);
    const times = body.items.toSorted((a, b) => a.version - b.version).map((one) => Date.parse(one.at));
    assert.deepEqual(times, times.toSorted((a, b) => a - b), 'the journal\'s times run forwards');
  });
});
