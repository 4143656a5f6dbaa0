// Issue 7, item 9: absence is not proof. The imported IMSI is not the one that serves the number. Against the real
// osmo-hlr.
//
// Seen to succeed as an attack on the program before (KEEPLINE_BIN of commit 4b5af17): the closure was certified with "no
// such subscriber" as its network proof while the real IMSI went on serving the number; and the import took an IMSI that
// had lost its leading zeros.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from '../peers/wait.mjs';
import { refused } from '../e2e/client.mjs';
import { apply, certificateOf, eventTypes, history, reach, read, reportDeleted } from '../e2e/journey.mjs';
import { newLine, newProfile, newSubscriber, plain } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['hlr', 'vlr', 'mta', 'smsc'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const imported = (line, subscriber = newSubscriber()) => world.system.post('/v1/lines/import', { subscriber, line });

describe('an IMSI that lost its leading zeros', () => {
  test('is refused by the import, with words', async () => {
    const line = newLine({ profiles: [newProfile({ imsi: '1010000000001' })] });
    const refusal = await refused(imported(line), 'imsi-not-ours', 422);
    assert.match(refusal.problem.detail, /leading zeros/);
  });

  test('is refused by the order of a line and on a line', async () => {
    const subscriber = newSubscriber();
    const { id } = (await imported(newLine(), subscriber)).body;
    await refused(world.agent.post(`/v1/lines/${id}/profiles`, { iccid: newProfile().iccid, imsi: '1010000000001' }), 'imsi-not-ours', 422);
  });

  test('by the command line: the row is rejected and the others are taken', async () => {
    const rows = [newLine({ profiles: [newProfile({ imsi: '10100000000' })] }), newLine()];
    const text = rows.map((line) => JSON.stringify({ subscriber: newSubscriber(), line })).join('\n');
    const { writeFileSync } = await import('node:fs');
    writeFileSync(`${world.folder}/rows.ndjson`, `${text}\n`);
    const { code, stdout, stderr } = await world.cli(['import', `${world.folder}/rows.ndjson`, '--server', world.keepline.url, '--json'], { env: { KEEPLINE_TOKEN: world.system.token } });
    assert.notEqual(code, 0);
    assert.equal(JSON.parse(stdout).rejected, 1, stdout + stderr);
    assert.equal(JSON.parse(stdout).added, 1);
    assert.match(stderr, /imsi-not-ours/);
  });
});

describe('the number is served by an IMSI that the journal does not know', () => {
  const subscriber = newSubscriber();
  const line = newLine({ profiles: [newProfile()] });
  const [profile] = line.profiles;
  const real = newProfile();
  let id, customer, closure;

  test('a closure stops in settling and is never certified', async () => {
    await world.hlr.create(real.imsi, plain(line.number));
    ({ id } = (await imported(line, subscriber)).body);
    customer = await world.as(subscriber.id);
    closure = await apply(customer, world.smsc, { id }, line.number);
    await reach(customer, closure.id, 'unbinding');
    await reportDeleted(world.system, id, profile);
    await until(async () => eventTypes(await history(world.admin, id)).includes('network_mismatched'), { what: 'the mismatch' });
    const now = await read(world.reviewer, closure.id);
    assert.equal(now.stage, 'settling');
    assert.equal(now.has_certificate, false);
    const block = now.blocks.find((one) => one.kind === 'network_mismatch');
    assert.deepEqual([block.by, block.reference], ['set_network_right', 'number_of_other']);
    assert.equal((await world.hlr.info(real.imsi)).nam_cs, '1', 'and whoever is served is not touched');
  });

  test('staff find it in their queue, in the list, in health and in the metrics; the server is ready none the less', async () => {
    const { items } = (await world.reviewer.get('/v1/closures?stage=network_mismatch')).body;
    assert.ok(items.some((one) => one.id === closure.id));
    const list = (await world.reviewer.get('/v1/network-mismatches')).body.items;
    assert.equal(list.find((one) => one.line_id === id).other, real.imsi);
    const ready = await world.admin.get('/readyz');
    assert.equal(ready.status, 200);
    assert.match(JSON.stringify(ready.body.peers), /contradicts the journal on 1 number/);
  });

  test('asked again while nothing was mended, it stays; once the HLR is set right, it is certified with the number in the proof', async () => {
    await world.reviewer.post(`/v1/lines/${id}/network-recheck`);
    await until(async () => eventTypes(await history(world.admin, id)).filter((type) => type === 'network_mismatched').length > 1, { what: 'the same answer' });
    assert.equal((await read(world.reviewer, closure.id)).stage, 'settling');
    await world.hlr.remove(real.imsi);
    await world.reviewer.post(`/v1/lines/${id}/network-recheck`);
    await certificateOf(customer, closure.id);
    const done = await read(world.reviewer, closure.id);
    assert.ok(done.network.some((one) => /no subscriber has the number/.test(one.answer)), JSON.stringify(done.network));
    const troubled = (await world.admin.get('/readyz')).body.peers ?? []; // the bank is not configured in this world
    assert.deepEqual(troubled.filter((one) => one.name !== 'refund'), []);
  });
});
