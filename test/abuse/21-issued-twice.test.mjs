// Issue 7, item 21: a profile that may sit on a device is not made downloadable again by one person.
//
// Seen to succeed as an attack on the program before (KEEPLINE_BIN of commit 4b5af17): one agent reset the order whose
// package had left, and a second phone installed the same profile.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { refused } from '../e2e/client.mjs';
import { codeOf, startSmdpWorld } from '../e2e/smdp.mjs';

let world;
before(async () => { world = await startSmdpWorld({ pki: { cards: 12 } }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

/** A package left for a phone that never said what became of it. */
async function perhapsOnAPhone() {
  const [first, second] = [await world.phone(), await world.phone()];
  const esim = await world.order();
  await first.download(codeOf(esim), { deliver: false });
  assert.equal((await world.esim(esim.iccid)).believed, 'perhaps_on_device');
  return { first, second, esim };
}

for (const [what, body] of [['reset', {}], ['rebinding', {}], ['cancellation', { final: 'available' }]]) {
  test(`${what}: an agent alone only asks; another person signs, after being told what it risks`, async () => {
    const { second, esim } = await perhapsOnAPhone();
    const asked = await world.agent.post(`/v1/esims/${esim.iccid}/${what}`, body);
    assert.equal(asked.status, 202);
    assert.match(asked.body.effect, /twice/);
    await second.fails(second.download(codeOf(esim)));
    const path = `/v1/esims/${esim.iccid}/requests/${asked.body.serial}/countersignature`;
    await refused(world.agent.post(path), 'forbidden', 403);
    assert.equal((await world.reviewer.post(path)).body.state, 'countersigned');
    assert.notEqual((await world.esim(esim.iccid)).state, 'downloaded');
    await refused(world.second.post(path), 'closure-stage', 409);
  });
}

test('what an eUICC signed to be gone is issued again by one person', async () => {
  const [first, second] = [await world.phone(), await world.phone()];
  const esim = await world.order();
  assert.equal((await first.download(codeOf(esim))).installed, true);
  await first.delete(esim.iccid);
  assert.equal((await world.system.post(`/v1/esims/${esim.iccid}/reset`, {})).status, 200);
  await world.system.post(`/v1/esims/${esim.iccid}/rebinding`, {});
  assert.equal((await second.download(codeOf(esim))).installed, true);
});

test('an order that nobody downloaded is issued again by one person', async () => {
  const esim = await world.order();
  assert.equal((await world.agent.post(`/v1/esims/${esim.iccid}/reset`, { matching_id: 'OWN-1' })).status, 202, 'what somebody else ordered');
  assert.equal((await world.system.post(`/v1/esims/${esim.iccid}/reset`, { matching_id: `${esim.order.matching_id}-B` })).status, 200);
});
