// Issue 7, item 10: what an eUICC signed wins over what somebody said before, whenever it comes.
//
// Seen to succeed as an attack on the program before (KEEPLINE_BIN of commit 4b5af17): a report without proof, with a
// sequence number of four billion, kept every signed notification out; the certificate said `report` with an empty digest.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { compactVerify, createLocalJWKSet } from 'jose';
import { apply, certificateOf, reach, reportDeleted, sha256 } from '../e2e/journey.mjs';
import { newLine, newProfile, newSubscriber } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['hlr', 'vlr', 'mta', 'smsc'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const proofOf = async (id, iccid) => (await world.admin.get(`/v1/lines/${id}`)).body.profiles.find((one) => one.iccid === iccid).proof;

test('a signed notification counts although a report with a huge sequence number came first', async () => {
  const line = newLine({ profiles: [newProfile()] });
  const [profile] = line.profiles;
  const { id } = await world.takeOver(newSubscriber(), line);
  await world.system.post(`/v1/lines/${id}/profile-reports`, { iccid: profile.iccid, eid: profile.eid, state: 'enabled', sequence: 4_000_000_000 });
  const digest = sha256('signed');
  await world.system.post(`/v1/lines/${id}/profile-reports`, { iccid: profile.iccid, eid: profile.eid, state: 'disabled', sequence: 3, proof: { kind: 'signed_notification', digest } });
  assert.deepEqual([(await proofOf(id, profile.iccid)).kind, (await proofOf(id, profile.iccid)).digest], ['signed_notification', digest]);
});

test('a signed deletion is the proof although two people had believed a report before, and the certificate names it', async () => {
  const subscriber = newSubscriber();
  const line = newLine({ profiles: [newProfile(), newProfile({ state: 'disabled' })] });
  const [first, second] = line.profiles;
  const { id } = await world.takeOver(subscriber, line);
  const customer = await world.as(subscriber.id);
  const closure = await apply(customer, world.smsc, { id }, line.number);
  await reach(customer, closure.id, 'unbinding');
  const asked = await world.system.post(`/v1/lines/${id}/profile-reports`, { iccid: first.iccid, state: 'deleted' });
  await world.second.post(`/v1/lines/${id}/requests/${asked.body.serial}/countersignature`);
  assert.equal((await proofOf(id, first.iccid)).kind, 'report');
  await reportDeleted(world.system, id, first);
  assert.equal((await proofOf(id, first.iccid)).kind, 'signed_notification');
  await world.system.post(`/v1/lines/${id}/profile-reports`, { iccid: first.iccid, state: 'deleted' }); // and no report takes it away again
  await reportDeleted(world.system, id, second);
  const { jws } = await certificateOf(customer, closure.id);
  const keys = (await world.admin.get('/.well-known/jwks.json')).body;
  const claims = JSON.parse(new TextDecoder().decode((await compactVerify(jws, createLocalJWKSet(keys))).payload));
  assert.deepEqual(claims.devices.map((one) => one.proof), ['signed_notification', 'signed_notification']);
  assert.ok(claims.devices.every((one) => one.proof_digest));
});
