// Item 6: operators' orders take no room from phones, and are remembered as long as the journal is. Seen on 4b5af17: as many
// orders by type as `sessions_max` and no phone could authenticate any more (8.8/4.2); without the session file, as after
// a reboot, a repeated order took a second profile.

import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Operator } from '../peers/operator.mjs';
import { codeOf, makePki, startSmdpWorld } from '../e2e/smdp.mjs';

const ROOM = 100; // the least that may be configured

let world, acme;
before(async () => {
  const pki = await makePki({ cards: 2, operators: ['acme'] });
  world = await startSmdpWorld({ pki, operators: [{ name: 'acme', subject: 'acme', requester: 'acme' }], config: { rsp: { sessions_max: ROOM } } });
  acme = new Operator({ tls: pki.operator('acme'), requester: 'acme' });
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

async function order(callId) {
  const answer = await acme.call(world.es2Url, 'downloadOrder', { profileType: 'basic' }, { servername: 'localhost', callId });
  assert.deepEqual([answer.http, answer.status], [200, 'Executed-Success'], JSON.stringify(answer.body));
  return answer.body.iccid;
}

test('more orders than phones have room for keep no phone out', async () => {
  await world.provide(ROOM + 30);
  const given = new Set();
  for (let i = 0; i < ROOM + 10; ++i) given.add(await order(`call-${i}`));
  assert.equal(given.size, ROOM + 10);
  const esim = await world.order();
  const phone = await world.phone();
  await phone.download(codeOf(esim));
  await world.untilState(esim.iccid, 'installed');
});

test('a repeat after a reboot finds the same profile', async () => {
  const first = await order('call-again');
  assert.equal(await order('call-again'), first);
  await world.keepline.stop();
  const data = path.join(world.folder, 'data');
  for (const name of readdirSync(data)) if (name.startsWith('rsp')) rmSync(path.join(data, name));
  await world.keepline.start();
  assert.equal(await order('call-again'), first);
  assert.equal(await order('call-0'), await order('call-0'));
});

test('the same call many times at once takes one profile', async () => {
  const got = await Promise.all(Array.from({ length: 8 }, () => order('call-at-once')));
  assert.equal(new Set(got).size, 1, got.join());
});
