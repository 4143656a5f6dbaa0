// What the operator's engineer meets at night: commands that speak to a person, alarms that can be set, a store that root does not spoil, and a backup that
// keeps one copy of the subscribers' keys.

import assert from 'node:assert/strict';
import { chownSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { temporaryFolder } from '../peers/child.mjs';
import { until } from '../peers/wait.mjs';
import { refused } from './client.mjs';
import { newLine, newSubscriber } from './people.mjs';
import { ROOT, run, startWorld } from './world.mjs';

const NOBODY = 65534;
let world;
let line;

before(async () => {
  const own = temporaryFolder('own-policies');  // nothing in it yet
  world = await startWorld({ peers: [], config: { policies: { own }, calendars: { own } } });
  line = await world.takeOver(newSubscriber(), newLine());
}, { timeout: 180_000 });
after(() => world?.stop());

describe('commands speak to a person', () => {
  test('an own folder without files is a warning, not the end of the start', async () => {
    assert.ok(world.keepline.log.includes('own_folder_empty'));
    const { code, stderr } = await world.cli(['config', 'check']);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /warning: policies\.own: .* has no \*\.toml file/);
  });

  test('clock show says what the machine, the store and the counter since boot have', async () => {
    const words = await world.mustCli(['clock', 'show']);
    assert.match(words, /The machine's clock: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
    assert.match(words, /By the counter since boot it is: .* \(the machine's clock: agrees\)/);
    const { machine, store, same_boot: sameBoot } = await world.mustCli(['clock', 'show', '--json']);
    assert.ok(Date.parse(machine) > 0 && Date.parse(store) > 0 && sameBoot);
  });

  test('endings show says dates and counts', async () => {
    await until(async () => (await world.mustCli(['endings', 'show', '--json'])).today, { what: 'the day to be noted' });
    const words = await world.mustCli(['endings', 'show']);
    assert.match(words, /^\d{4}-\d\d-\d\d \(UTC\): 0 lines, persons and profiles have ended by themselves; 0 were foreseen, at most \d+ may/);
    assert.match(words, /DAY +DUE\n\d{4}-\d\d-\d\d +\d+/);
    const { today, forecast } = await world.mustCli(['endings', 'show', '--json']);
    assert.equal(typeof today.most, 'number');
    assert.equal(forecast.length, 8, 'the day and the seven after it');
  });

  test('a refusal shows the facts of its problem', async () => {
    const env = { KEEPLINE_TOKEN: world.agent.token };
    const opened = await world.agent.post(`/v1/lines/${line.id}/closures`, { reason: 'not_needed' });
    const { code, stderr } = await world.cli(['closure', 'submit', opened.body.id], { env });
    assert.notEqual(code, 0);
    const { code: told, data } = JSON.parse((await world.cli(['--json', 'closure', 'submit', opened.body.id], { env })).stderr);
    assert.ok(told);
    for (const [name, values] of Object.entries(data)) for (const value of [values].flat()) assert.ok(stderr.includes(name) && stderr.includes(value), `${name}: ${value}\n${stderr}`);
    assert.ok(Object.keys(data).length > 0, stderr);
  });
});

describe('alarms', () => {
  test('each part has a series of its own before it is ever in trouble', async () => {
    const { body } = await world.keepline.api('GET', '/metrics', { unchecked: true });
    for (const part of ['sms', 'mail', 'hlr', 'refund', 'webhook', 'clock', 'endings', 'tokens', 'tokens_on_hold']) assert.match(body, new RegExp(`^keepline_trouble\\{part="${part}"\\} \\d`, 'm'), part);
  });
});

describe('going on is asked for once', () => {
  test('of each kind one request waits, and may be asked for anew once it is refused', async () => {
    const ask = () => world.admin.post('/v1/goings-on', { what: 'endings', most: 5, reason: 'a promotion ends' });
    const { body } = await ask();
    for (let i = 0; i < 3; ++i) assert.equal((await refused(ask(), 'blocked', 409)).data('request'), String(body.serial));
    await refused(world.keymaster.post('/v1/goings-on', { what: 'endings', reason: 'the import of March ends' }), 'blocked', 409);
    await world.keymaster.post(`/v1/tokens/console/requests/${body.serial}/refusal`, { reason: 'not today' });
    assert.ok((await ask()).body.serial > body.serial);
  });
});

describe('the nightly backup', () => {
  test('as the package runs it: a folder each night, and one copy of the subscribers\' keys that restores with it', async () => {
    const unit = readFileSync(path.join(ROOT, 'packaging/debian/keepline.keepline-backup.service'), 'utf8');
    const [, script] = /^ExecStart=\/bin\/sh -c '(.*)'$/m.exec(unit);
    const backups = temporaryFolder('backups');
    const night = (name) => run('/bin/sh', ['-c', script.replaceAll('%%', '%').replace('$$(date +%Y-%m-%dT%H%M%S)', name)
      .replace('/usr/bin/keepline', world.keepline.binary).replace('/etc/keepline/keepline.toml', world.keepline.configFile).replaceAll('/var/backups/keepline', backups)], { cwd: world.folder });
    for (const name of ['monday', 'tuesday']) {
      const { code, stderr } = await night(name);
      assert.equal(code, 0, stderr);
      assert.ok(!existsSync(path.join(backups, name, 'subscribers.sqlite')), 'no copy of the keys with each night');
    }
    assert.deepEqual(readdirSync(backups).sort(), ['monday', 'subscribers-current.sqlite', 'tuesday']);
    await world.keepline.stop();
    await world.mustCli(['restore', path.join(backups, 'tuesday'), '--keys', path.join(backups, 'subscribers-current.sqlite'), '--replace']);
    assert.equal((await world.mustCli(['verify', '--json'])).ok, true);
  });

  test('after it tokens are on hold, and are called that', async () => {
    await world.keepline.start({ wait: false });
    const listed = await world.mustCli(['token', 'list']);
    assert.match(listed, /on hold/);
    const { items } = await world.mustCli(['token', 'list', '--json']);
    assert.ok(items.every((one) => one.on_hold_since && !one.revoked_at && !one.in_force));
    await until(async () => (await world.keepline.api('GET', '/readyz', { unchecked: true }).catch(() => undefined))?.body.peers?.some(({ name, trouble }) => name === 'tokens_on_hold' && /\d+ on hold since a restore/.test(trouble)), { what: '/readyz to name them' });
  });
});

describe('root', { skip: process.getuid() !== 0 && 'needs root' }, () => {
  test('makes no store in a folder of somebody else, and names them', async () => {
    const folder = path.join(temporaryFolder('service'), 'data');
    mkdirSync(folder);
    chownSync(folder, NOBODY, NOBODY);
    const { code, stderr } = await run(world.keepline.binary, ['token', 'create', '--role', 'admin', '--id', 'me'], { cwd: folder, env: { PATH: process.env.PATH, KEEPLINE_DATA_DIR: folder } });
    assert.notEqual(code, 0);
    assert.match(stderr, /belongs to the user nobody/);
    assert.match(stderr, /sudo -u nobody keepline/);
    assert.deepEqual(readdirSync(folder), [], 'nothing was made');
  });
});
