// A test bed lays out its own cases: everything that an order can carry, by the CLI, from a file and by the API; several SM-DP+ at once, each
// under its own names, OID and certificates; the ways out of an order that is stuck; profiles of other templates; certificates that cannot serve.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { temporaryFolder } from '../peers/child.mjs';
import { keeplineBinary, prepareKeepline } from '../peers/keepline.mjs';
import { toToml } from '../peers/toml.mjs';
import { freePort, until } from '../peers/wait.mjs';
import { refused } from './client.mjs';
import { fromTerminal, readQr } from './qr.mjs';
import { newSubscriber } from './people.mjs';
import { codeOf, makePki, startSmdpWorld } from './smdp.mjs';
import { ROOT, policyFolder, run } from './world.mjs';

const TEMPLATE = path.join(ROOT, 'test/corpus/saip/builtin-milenage');
const READY_MADE = path.join(ROOT, 'test/corpus/saip/personalised');

let world, elsewhere, token;

before(async () => {
  elsewhere = await makePki({ cards: 2, hosts: ['localhost', 'second.keepline.test'], oid: '2.999.77' });
  world = await startSmdpWorld({
    pki: { cards: 32, hosts: ['localhost', '127.0.0.1', 'dp.keepline.test'], negative: true },
    types: [{ name: 'tuak', provider_name: 'Tuak', algorithm: 'tuak' }, { name: 'plain-card', provider_name: 'Plain', over_the_air: false, operator_key: '00112233445566778899aabbccddeeff' },
      { name: 'own-template', provider_name: 'Own', package: TEMPLATE }],
    config: ({ pki, ports }) => ({
      smdp: [
        { name: 'tls', listen: `127.0.0.1:${ports.tls}`, address: `localhost:${ports.tls}`, more_addresses: ['dp.keepline.test'], certificates: pki.sets, oid: '2.999.10' },
        { name: 'plain', listen: `127.0.0.1:${ports.plain}`, address: `localhost:${ports.tls}`, more_addresses: ['behind.keepline.test'], certificates: pki.sets, tls: false },
        { name: 'second', listen: `127.0.0.1:${ports.es2}`, address: 'second.keepline.test', certificates: elsewhere.sets },
      ],
      rsp: { packed_confirmation_codes: true, keys: 'random' },
    }),
  });
  token = world.system.token;
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

/** keepline … through the running server, as a person would: parsed, when it printed JSON. */
async function keepline(...args) {
  const { input, ...env } = typeof args.at(-1) === 'object' ? args.pop() : {};
  const { code, stdout, stderr } = await world.cli(args, { input, env: { KEEPLINE_TOKEN: token, ...env } });
  assert.equal(code, 0, `keepline ${args.join(' ')} → ${code}\n${stdout}\n${stderr}`);
  return args.includes('--json') ? JSON.parse(stdout) : stdout;
}
const installs = async (phone, esim, how) => assert.equal((await phone.download(codeOf(esim), how)).installed, true);
const RULES = { policies: { dir: policyFolder() }, calendars: { dir: path.join(ROOT, 'calendars') } };
const packageOn = (phone, iccid) => readFileSync(path.join(phone.home, 'profiles', `${iccid}.der`));
const inSeconds = (n) => new Date(Date.now() + n * 1000).toISOString().replace(/\.\d+Z$/, 'Z');

describe('from the command line', () => {
  test('stock, types, and an order whose activation code and QR code stand in the terminal', async () => {
    const iccids = (await keepline('esim', 'provide', '--type', 'basic', '--count', '5', '--iccid', '898600111122223333', '--imsi', '460011112222333')).trim().split('\n');
    assert.deepEqual([iccids.length, iccids[0].slice(0, 18), iccids[4].slice(0, 18)], [5, '898600111122223333', '898600111122223337']);
    assert.match(await keepline('esim', 'types'), /basic\s+Keepline\s+milenage\s+5/);
    const printed = await keepline('order', 'create', '--type', 'basic', '--qr', { KEEPLINE_MATCHING_ID: 'CLI-1' });
    const code = `LPA:1$${world.address}$CLI-1`;
    assert.ok(printed.includes(code), printed);
    assert.equal(readQr(fromTerminal(printed)), code);
    const phone = await world.phone();
    assert.equal((await phone.download(code)).installed, true);
  });

  test('everything that an order can carry', async () => {
    const phone = await world.phone();
    const expires = inSeconds(3600);
    const esim = await keepline('order', 'create', '--type', 'basic', '--eid', phone.eid, '--code-tries', '3',
      '--download-tries', '4', '--expires-at', expires, '--provider', 'Anders', '--profile-name', 'Ganz anders', '--class', 'operational', '--forbid-delete',
      '--notification-address', 'dp.keepline.test', '--when-deleted', 'available', '--requester', 'acme', '--unreleased', '--json', { KEEPLINE_CONFIRMATION_CODE: '1234', KEEPLINE_MATCHING_ID: 'CLI-ALL' });
    const { order } = esim;
    assert.deepEqual([esim.state, order.matching_id, order.eid, order.confirmation_code, order.requester, order.when_deleted], ['confirmed', 'CLI-ALL', phone.eid, true, 'acme', 'available']);
    assert.deepEqual([order.limits.downloads, order.limits.codes, Date.parse(order.limits.expires_at)], [4, 3, Date.parse(expires)]);
    assert.deepEqual([order.metadata.provider, order.metadata.profile_name, order.metadata.forbid_delete, order.metadata.notification_address], ['Anders', 'Ganz anders', true, 'dp.keepline.test']);
    assert.equal((await phone.fails(phone.download(codeOf(esim), { confirmationCode: '1234' }))).said, 'authenticateClient 8.2/1.2');
    await keepline('order', 'release', esim.iccid);
    const done = await phone.download(codeOf(esim), { confirmationCode: '1234' });
    assert.deepEqual([done.provider, done.name, done.code_required], ['Anders', 'Ganz anders', true]);
    const [profile] = await phone.profiles();
    assert.deepEqual([profile.ppr1, profile.ppr2], [false, true]);
    assert.match((await phone.fails(phone.delete(esim.iccid))).words, /policy rules/);
    await phone.enable(esim.iccid, { send: false });
    assert.equal((await phone.notifications()).at(-1).address, 'dp.keepline.test');
    assert.ok(!world.keepline.log.includes('1234"'), 'no confirmation code in the log');
  });

  test('step by step: open, confirm, release, cancel', async () => {
    const [iccid] = await world.provide(1);
    assert.match(await keepline('order', 'open', iccid), /allocated/);
    assert.equal((await keepline('order', 'confirm', iccid, '--unreleased', '--json', { KEEPLINE_MATCHING_ID: 'CLI-STEP' })).state, 'confirmed');
    assert.equal((await keepline('order', 'release', iccid, '--json')).state, 'released');
    assert.equal((await keepline('order', 'show', iccid, '--json')).order.matching_id, 'CLI-STEP');
    const wrong = await world.cli(['order', 'cancel', iccid], { env: { KEEPLINE_TOKEN: token, KEEPLINE_MATCHING_ID: 'OTHER' } });
    assert.notEqual(wrong.code, 0);
    assert.equal((await keepline('order', 'cancel', iccid, '--matching-id-file', '-', '--json', { input: 'CLI-STEP\n' })).state, 'available');
  });

  test('many from a file, answered in the same order; what is wrong is said for its line, the rest is made', async () => {
    await world.provide(4);
    const phone = await world.phone();
    const file = path.join(world.folder, 'cases.ndjson');
    writeFileSync(file, [
      { type: 'basic', matching_id: 'FILE-1' },
      { type: 'basic', matching_id: 'FILE-2', confirmation_code: '1234', limits: { codes: 3, downloads: 2 } },
      { type: 'nothing' },
      { type: 'basic', matching_id: '', eid: phone.eid },
      { type: 'basic', matching_id: 'FILE-1' },
      { type: 'basic', matching_id: 'FILE-4', release: false, metadata: { profile_name: 'Four', forbid_delete: true } },
    ].map((one) => JSON.stringify(one)).join('\n'));
    const { code, stdout, stderr } = await world.cli(['order', 'create', '--file', file], { env: { KEEPLINE_TOKEN: token } });
    assert.notEqual(code, 0, stderr);
    const made = stdout.trim().split('\n').map((line) => JSON.parse(line));
    assert.deepEqual(made.map((one) => one.state ?? `${one.line}: ${one.code}`), ['released', 'released', '3: esim-type-unknown', 'released', 'released', 'confirmed']);
    assert.equal(made[4].iccid, made[0].iccid, 'the same matching ID finds its own order');
    const waiting = await phone.download(`LPA:1$${world.address}$`, { omitMatchingId: true });
    assert.equal(waiting.iccid, made[3].iccid);
    assert.equal((await phone.download(`LPA:1$${world.address}$FILE-2$$1`, { confirmationCode: '1234' })).iccid, made[1].iccid);
  });
});

describe('by the API', () => {
  test('no matching ID: the default SM-DP+ finds the order by its EID, given, empty or left out, the oldest first', async () => {
    const phone = await world.phone();
    const [first, second] = [await world.order({ matching_id: '', eid: phone.eid }), await world.order({ matching_id: '', eid: phone.eid })];
    assert.equal((await phone.discover(world.address)).iccid, first.iccid);
    assert.equal((await phone.download(`LPA:1$${world.address}$`)).iccid, second.iccid);
    assert.equal((await phone.fails(phone.run(['discover']))).said, 'authenticateClient 8.1.1/3.8');
    await refused(world.system.post('/v1/esim-orders', { type: 'basic', iccid: (await world.provide(1))[0], matching_id: '' }), 'eid-missing', 422);
  });

  test('a confirmation code hashed as text, or as packed digits where that is wanted', async () => {
    const phone = await world.phone();
    for (const misbehave of [[], ['hex-hash-cc']]) await installs(phone, await world.order({ confirmation_code: '12345678' }), { confirmationCode: '12345678', misbehave });
  });

  test('a matching ID belongs to one order', async () => {
    await world.order({ matching_id: 'ONCE' });
    const [iccid] = await world.provide(1);
    await refused(world.system.post('/v1/esim-orders', { iccid, matching_id: 'ONCE' }), 'matching-id-taken', 409);
    await refused(world.system.post('/v1/esim-orders', { iccid, matching_id: 'no lower case' }), 'invalid', 422);
  });

  test('the same Idempotency-Key finds the same order, with the same made matching ID', async () => {
    await world.provide(2);
    const key = `whole-${Date.now()}`;
    const [one, again] = [await world.system.post('/v1/esim-orders', { type: 'basic' }, { key }), await world.system.post('/v1/esim-orders', { type: 'basic' }, { key })];
    assert.deepEqual([again.body.iccid, again.body.order.matching_id], [one.body.iccid, one.body.order.matching_id]);
  });

  test('an expired order is an error by itself', async () => {
    const esim = await world.order({ limits: { expires_at: inSeconds(1) } });
    const ended = await world.untilState(esim.iccid, 'error');
    assert.equal(ended.order.failed_by, 'expired');
  });

  test('what becomes of a deleted profile: never again, released anew, or back in stock', async () => {
    const phone = await world.phone();
    for (const [when, state] of [['unavailable', 'unavailable'], ['released', 'released'], ['available', 'available']]) {
      const esim = await world.order({ when_deleted: when });
      await installs(phone, esim);
      await phone.delete(esim.iccid);
      assert.equal((await world.esim(esim.iccid)).state, state, when);
      if (state === 'released') await installs(phone, esim);
    }
  });

  test('metadata without a rule of its own says what the type says, and every notification is on', async () => {
    const phone = await world.phone();
    const esim = await world.order();
    const done = await phone.download(codeOf(esim));
    assert.deepEqual([done.provider, done.name], ['Keepline', 'Number keeping']);
    await phone.enable(esim.iccid, { send: false });
    await phone.disable(esim.iccid, { send: false });
    await phone.delete(esim.iccid, { send: false });
    assert.deepEqual((await phone.notifications()).map((one) => [one.event, one.address]), ['enable', 'disable', 'delete'].map((event) => [event, world.address]));
    assert.equal(await phone.send(), 3);
  });

  test('a profile type of TUAK, and one without over-the-air keys, install too', async () => {
    const phone = await world.phone();
    for (const type of ['tuak', 'plain-card']) {
      const [iccid] = await world.provide(1, { type });
      const done = await phone.download(codeOf(await world.order({ iccid })));
      assert.equal(done.installed, true, type);
    }
  });

  test('an operator\'s own template is personalised', async () => {
    const phone = await world.phone();
    const [iccid] = await world.provide(1, { type: 'own-template' });
    const done = await phone.download(codeOf(await world.order({ iccid })));
    assert.deepEqual([done.installed, done.provider], [true, 'Own']);
    assert.notDeepEqual(packageOn(phone, iccid), readFileSync(TEMPLATE));
  });

  test('a pre-personalised package is imported and delivered as it is; it can be ordered like any other', async () => {
    const printed = await keepline('esim', 'provide', '--type', 'basic', '--package', READY_MADE);
    const iccid = printed.trim();
    assert.deepEqual([(await world.esim(iccid)).imported, (await world.esim(iccid)).state], [true, 'available']);
    const phone = await world.phone();
    await installs(phone, await world.order({ iccid }));
    assert.deepEqual(packageOn(phone, iccid), readFileSync(READY_MADE));
    const again = await world.system.post('/v1/esims', { type: 'basic', package: readFileSync(READY_MADE).toString('base64') });
    assert.deepEqual(again.body, { iccids: [iccid], fresh: 0 }, 'again it changes nothing');
    const nonsense = await world.cli(['esim', 'provide', '--type', 'basic', '--package', world.keepline.configFile], { env: { KEEPLINE_TOKEN: token } });
    assert.notEqual(nonsense.code, 0);
    await refused(world.system.post('/v1/esims', { type: 'basic', package: readFileSync(TEMPLATE).toString('base64') }), 'invalid', 422);
  });
});

describe('orders that are stuck', () => {
  test('reset: an order in error is issued again, with the same or another matching ID and new limits', async () => {
    const phone = await world.phone();
    const esim = await world.order({ matching_id: 'STUCK-1', limits: { downloads: 1 } });
    await phone.cancel(codeOf(esim), { reason: 'postponed' });
    await phone.fails(phone.download(codeOf(esim)));
    assert.equal((await world.esim(esim.iccid)).order.failed_by, 'downloads_spent');
    const again = await keepline('order', 'reset', esim.iccid, '--download-tries', '3', '--json', { KEEPLINE_MATCHING_ID: 'STUCK-2' });
    assert.deepEqual([again.state, again.order.matching_id, again.order.downloads, again.order.limits.downloads], ['released', 'STUCK-2', 0, 3]);
    assert.equal((await phone.fails(phone.download(codeOf(esim)))).said, 'authenticateClient 8.2.6/3.8');
    await installs(phone, again);
    await refused(world.system.post(`/v1/esims/${esim.iccid}/reset`, {}), 'esim-taken', 409);
  });

  test('reset: a profile that a device deleted is issued again', async () => {
    const [first, second] = [await world.phone(), await world.phone()];
    const esim = await world.order();
    await installs(first, esim);
    await first.delete(esim.iccid);
    const again = (await world.system.post(`/v1/esims/${esim.iccid}/reset`, {})).body;
    assert.equal(again.state, 'released');
    await keepline('order', 'rebind', esim.iccid);
    await installs(second, again);
  });

  test('rebind: an order moves to another eUICC, or to whichever comes first', async () => {
    const [wrong, right] = [await world.phone(), await world.phone()];
    const esim = await world.order({ eid: wrong.eid });
    const moved = await keepline('order', 'rebind', esim.iccid, '--eid', right.eid, '--json');
    assert.equal(moved.order.eid, right.eid);
    assert.equal((await wrong.fails(wrong.download(codeOf(esim)))).said, 'authenticateClient 8.1.1/3.8');
    await installs(right, esim);
    await refused(world.system.post(`/v1/esims/${esim.iccid}/rebinding`, {}), 'esim-taken', 409);
  });

  test('rebind: what one phone took and lost, another one gets', async () => {
    const [first, second] = [await world.phone(), await world.phone()];
    const esim = await world.order();
    await first.download(codeOf(esim), { misbehave: ['no-bpp-load'] });
    const asked = await world.system.post(`/v1/esims/${esim.iccid}/rebinding`, {}); // nobody signed that the first has not got it
    assert.equal(asked.status, 202);
    await world.reviewer.post(`/v1/esims/${esim.iccid}/requests/${asked.body.serial}/countersignature`);
    await installs(second, esim);
    assert.equal((await world.esim(esim.iccid)).bound_to, second.eid);
  });

  test('reconciliation: per ICCID and per EID, what we believe, its proof, what is outstanding', async () => {
    const phone = await world.phone();
    const [a, b, c] = [await world.order(), await world.order(), await world.order({ eid: phone.eid, release: false })];
    await installs(phone, a);
    await phone.download(codeOf(b), { deliver: false });
    const { items } = (await world.agent.get(`/v1/esims?eid=${phone.eid}`)).body;
    const seen = Object.fromEntries(items.map((one) => [one.iccid, [one.believed, one.outstanding]]));
    assert.deepEqual(seen[a.iccid], ['installed', []]);
    assert.deepEqual(seen[b.iccid], ['perhaps_on_device', ['installation_result']]);
    assert.deepEqual(seen[c.iccid], ['waiting', ['release']]);
    assert.match(await keepline('esim', 'list', '--eid', phone.eid), new RegExp(`${b.iccid}.*downloaded.*perhaps_on_device.*installation_result`));
    const [one] = (await world.agent.get(`/v1/esims?iccid=${a.iccid}`)).body.items;
    assert.deepEqual([one.last_proof.kind, one.devices[0].eid, one.devices[0].last], ['signed_notification', phone.eid, 'install']);
    assert.match(await keepline('esim', 'show', a.iccid), /installed/);
    assert.equal((await world.agent.get('/v1/esims?matching_id=' + b.order.matching_id)).body.items[0].iccid, b.iccid);
  });

  test('staff may look and order, and put profiles into stock only as systems and administrators', async () => {
    await refused(world.agent.post('/v1/esims', { type: 'basic', count: 1, iccid: '898600999988887777', imsi: '460019999888877' }), 'forbidden', 403);
    const subscriber = newSubscriber();
    await world.system.post('/v1/subscribers', subscriber);
    const stranger = await world.as(subscriber.id);
    await refused(stranger.get('/v1/esims'), 'forbidden', 403);
    await refused(world.agent.get('/v1/esims/8986009999888877771'), 'esim-unknown', 404);
  });
});

describe('several SM-DP+ at once', () => {
  test('another name of the same server, over TLS', async () => {
    const phone = await world.phone({ connectTo: `127.0.0.1:${world.ports.tls}` });
    const esim = await world.order();
    assert.equal((await phone.download(codeOf(esim, 'dp.keepline.test'))).installed, true);
  });

  test('a plain listener behind a proxy answers under its own names, and serves ES9+ only', async () => {
    const phone = await world.phone({ front: true });
    await installs(phone, await world.order());
    assert.equal((await phone.download(codeOf(await world.order(), 'behind.keepline.test'))).installed, true);
    assert.equal((await phone.fails(phone.download(codeOf(await world.order(), 'dp.keepline.test')))).said, 'initiateAuthentication 8.8.1/3.8');
    assert.equal((await fetch(`${world.front.url}/v1/whoami`)).status, 404);
    for (const call of world.front.calls.filter((one) => one.status === 200)) assert.match(call.headers['content-type'], /^application\/json;charset=UTF-8$/i);
    assert.ok(world.front.calls.some((one) => one.status === 204 && one.name === 'handleNotification'));
  });

  test('another OID with certificates of another root, on another port; profiles are the same', async () => {
    const options = { eid: elsewhere.eids[0], pki: elsewhere.folder, connectTo: `127.0.0.1:${world.ports.es2}` };
    const phone = await world.phone(options);
    const esim = await world.order();
    const done = await phone.download(`LPA:1$second.keepline.test$${esim.order.matching_id}$2.999.77`);
    assert.equal(done.installed, true);
    assert.equal((await world.esim(esim.iccid)).state, 'installed', 'its install result names that OID');
    const other = await world.order();
    const wrongOid = await phone.fails(phone.download(`LPA:1$second.keepline.test$${other.order.matching_id}$2.999.10`));
    assert.match(wrongOid.words, /OID/);
    const ours = await world.phone();
    assert.match((await ours.fails(ours.download(codeOf(other, 'second.keepline.test'), { connectTo: `127.0.0.1:${world.ports.es2}` }))).words, /certificate|TLS|SSL/i);
  });

  test('packages are protected with keys of their own, and each time others', async () => {
    const phone = await world.phone();
    const before = world.front.calls.length;
    const esim = await world.order();
    await phone.download(codeOf(esim), { server: world.front.url, misbehave: ['no-bpp-load'] });
    await phone.download(codeOf(esim), { server: world.front.url });
    const packages = world.front.calls.slice(before).filter((one) => one.name === 'getBoundProfilePackage').map((one) => Buffer.from(JSON.parse(one.body).boundProfilePackage, 'base64'));
    assert.equal(packages.length, 2);
    assert.notDeepEqual(packages[0], packages[1]);
    for (const one of packages) assert.ok(tags(one).includes(0xa2), 'ReplaceSessionKeys');
  });

  test('no segment is longer than 1020 bytes', async () => {
    const segments = world.front.calls.filter((one) => one.name === 'getBoundProfilePackage' && one.status === 200).map((one) => JSON.parse(one.body).boundProfilePackage)
      .filter(Boolean).flatMap((one) => children(children(Buffer.from(one, 'base64'))[0].value).filter(({ tag }) => tag >= 0xa0 && tag <= 0xa3).flatMap(({ value }) => children(value)));
    assert.ok(segments.length > 10);
    for (const { whole } of segments) assert.ok(whole.length <= 1020, `${whole.length} bytes`);
  });
});

/** The DER elements in a buffer. */
function children(data) {
  const out = [];
  for (let at = 0; at < data.length;) {
    const begin = at;
    let tag = data[at++];
    if ((tag & 0x1f) === 0x1f) do tag = (tag << 8) | data[at]; while (data[at++] & 0x80);
    let length = data[at++];
    if (length & 0x80) {
      let left = length & 0x7f;
      for (length = 0; left > 0; --left) length = length * 256 + data[at++];
    }
    out.push({ tag, value: data.subarray(at, at + length), whole: data.subarray(begin, at + length) });
    at += length;
  }
  return out;
}
const tags = (package_) => children(children(package_)[0].value).map(({ tag }) => tag);

describe('certificates and configuration', () => {
  test('pki check finds nothing wrong with what pki make made, and says what expires when', async () => {
    const { code, stdout } = await run(keeplineBinary(), ['pki', 'check', elsewhere.folder, '--json']);
    assert.equal(code, 0, stdout);
    const report = JSON.parse(stdout);
    assert.deepEqual([report.sets, report.cards, report.findings.filter((one) => one.gravity === 'error')], [2, 4, []]);
    for (const what of ['CI', 'DPauth', 'DPpb', 'DPtls']) assert.ok(report.expiries.some((one) => one.what === what && Date.parse(one.expires_at) > Date.now()), what);
    assert.match((await world.admin.get('/metrics')).body, /^keepline_certificate_expires_seconds\{file="[^"]+",what="DPauth"\} \d/m);
  });

  const servers = [['auth-expired', /Expired/], ['auth-wrong-role', /does not fit/], ['auth-revoked', /revoked/], ['auth-wrong-key', /key is not the one/], ['pb-expired', /Expired/],
    ['pb-wrong-role', /does not fit/], ['pb-revoked', /revoked/], ['pb-other-oid', /2\.999\.11/], ['tls-expired', /Expired/], ['tls-wrong-role', /does not fit/], ['foreign-ci', /not signed by the root|does not fit/]];
  for (const [name, words] of servers) {
    test(`a server does not start with certificates that are wrong: ${name}`, async () => {
      const folder = temporaryFolder('wrong-set');
      mkdirSync(path.join(folder, 'data'));
      const file = path.join(folder, 'keepline.toml');
      writeFileSync(file, toToml({
        ...RULES, data_dir: path.join(folder, 'data'), http: { listen: `127.0.0.1:${await freePort()}` },
        smdp: [{ listen: `127.0.0.1:${await freePort()}`, address: 'localhost', certificates: [world.pki.negativeServer(name)] }],
      }));
      const checked = await run(keeplineBinary(), ['pki', 'check', world.pki.negativeServer(name)]);
      assert.deepEqual([checked.code, words.test(checked.stdout)], [8, true], checked.stdout + checked.stderr);
      const { code, stderr, stdout } = await run(keeplineBinary(), ['--config', file, 'config', 'check']);
      assert.notEqual(code, 0);
      assert.match(stderr + stdout, words);
    });
  }

  test('a profile type whose template is no package is refused with words', async () => {
    const keepline_ = await prepareKeepline({ openapi: null, config: { ...RULES, profile_type: [{ name: 'broken', package: world.keepline.configFile }] } });
    const { code, stderr, stdout } = await run(keeplineBinary(), ['--config', keepline_.configFile, 'config', 'check']);
    assert.notEqual(code, 0);
    assert.match(stderr + stdout, /profile_type.*broken/);
  });
});

describe('many phones at once', () => {
  test('16 phones download 48 profiles and tell of their whole life; none is lost', async () => {
    const iccids = await world.provide(48);
    const esims = await Promise.all(iccids.map((iccid) => world.order({ iccid })));
    const file = path.join(world.folder, 'codes.txt');
    writeFileSync(file, esims.map((esim) => codeOf(esim)).join('\n'));
    const loaded = await run(path.join(path.dirname(keeplineBinary()), 'keepline-phone'),
      ['load', '--pki', world.pki.folder, '--phones', '16', '--codes', file, '--lifecycle'], { timeoutMs: 120_000 });
    assert.equal(loaded.code, 0, loaded.stdout + loaded.stderr);
    const report = JSON.parse(loaded.stdout);
    assert.deepEqual([report.succeeded, report.failed], [48, 0]);
    await until(async () => (await Promise.all(iccids.map((iccid) => world.esim(iccid)))).every((esim) => esim.believed === 'deleted'), { what: 'every deletion', timeoutMs: 60_000, everyMs: 500 });
  });

  test('the journal verifies in the end', async () => {
    const { stdout, code, stderr } = await world.cli(['verify']);
    assert.equal(code, 0, stdout + stderr);
  });
});
