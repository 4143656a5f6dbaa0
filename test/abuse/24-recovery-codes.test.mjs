// Issue 7, item 24. A used recovery code is made good again by repeating the request that first showed it.
// Seen to succeed as an attack on 4b5af17: ABUSE_OLD_SOURCE=(its source) KEEPLINE_BIN=(its binary).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startWorld } from '../e2e/world.mjs';
import { attempt, victim } from './attack.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['smsc'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

test('a used code stays used, also when the request that showed it is repeated after many others', async () => {
  const one = await victim(world);
  const make = () => attempt(one.customer.post(`/v1/lines/${one.id}/recovery-codes`, undefined, { key: 'codes-of-mine' }));
  const [code] = (await make()).body.codes;
  const opened = (await one.customer.post(`/v1/lines/${one.id}/closures`, { reason: 'not_needed' })).body;
  const show = () => attempt(one.customer.post(`/v1/closures/${opened.id}/recovery-code`, { code }));
  assert.equal((await show()).status, 200);
  for (let i = 0; i < 40; ++i) await attempt(world.system.post(`/v1/lines/${one.id}/sim-change`));
  for (let i = 0; i < 40; ++i) await world.system.post(`/v1/lines/${one.id}/top-ups`, { amount: { minor: 1, currency: 'CNY' }, reference: `r-${i}` });
  await make();
  assert.equal((await show()).code, 'otp-wrong');
});

test('after a restart nothing shows a code again', async () => {
  const one = await victim(world);
  const first = await one.customer.post(`/v1/lines/${one.id}/recovery-codes`, undefined, { key: 'before-the-restart' });
  assert.equal(first.body.codes.length, 8);
  await world.keepline.stop();
  await world.keepline.start();
  const again = await attempt(one.customer.post(`/v1/lines/${one.id}/recovery-codes`, undefined, { key: 'before-the-restart' }));
  assert.equal(again.code, 'shown-already');
});
