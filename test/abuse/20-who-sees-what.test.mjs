// Issue 7, item 20. The customer reads the authority's secret order; the reviewer reads what opens a download.
// Seen to succeed as an attack on 4b5af17: ABUSE_OLD_SOURCE=(its source) KEEPLINE_BIN=(its binary). Its first test; the other one finds names of members there, whose values were empty.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startWorld } from '../e2e/world.mjs';
import { victim } from './attack.mjs';

const SECRET = 'Police 4711 secret';
let world;
before(async () => { world = await startWorld({ peers: ['smsc'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

test('the order of an authority stands in no view and in no history of the customer', async () => {
  const one = await victim(world);
  await world.system.post(`/v1/lines/${one.id}/legal-hold`, { reference: SECRET });
  const opened = (await one.customer.post(`/v1/lines/${one.id}/closures`, { reason: 'not_needed' })).body;
  for (const where of [`/v1/lines/${one.id}`, `/v1/lines/${one.id}/history`, `/v1/closures/${opened.id}`]) {
    assert.ok(!JSON.stringify((await one.customer.get(where)).body).includes(SECRET), where);
  }
  assert.ok(opened.blocks.some((block) => block.kind === 'legal_hold'), 'that it stands in the way is no secret');
  assert.ok(JSON.stringify((await world.reviewer.get(`/v1/closures/${opened.id}`)).body).includes(SECRET));
});

test('no view and no history holds a digest, a nonce or a keyed account, for any role', async () => {
  const one = await victim(world);
  const opened = (await one.customer.post(`/v1/lines/${one.id}/closures`, { reason: 'not_needed' })).body;
  await one.customer.post(`/v1/lines/${one.id}/recovery-codes`);
  await one.customer.post(`/v1/closures/${opened.id}/otps`, { contact: 'line' });
  for (const client of [one.customer, world.agent, world.reviewer, world.admin, world.system]) {
    for (const where of [`/v1/lines/${one.id}/history`, `/v1/lines/${one.id}`, `/v1/closures/${opened.id}`]) {
      const text = JSON.stringify((await client.get(where)).body);
      for (const word of ['nonce', 'recovery_digests', '"digests"', 'refund_account"', '"confirmation":"']) assert.ok(!text.includes(word), `${where} shows ${word}`);
    }
  }
});
