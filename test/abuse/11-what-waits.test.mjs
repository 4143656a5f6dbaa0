// Issue 7, item 11. Four eyes need somebody who sees that they are needed: everything that waits for a second person, in one list.
// Not an attack on the program of before: it has no second person.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startWorld } from '../e2e/world.mjs';
import { attempt, documentOf, victim } from './attack.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['smsc'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

async function everything(client, limit = 200) {
  const items = [];
  for (let after = ''; ;) {
    const { body } = await client.get(`/v1/requests?limit=${limit}${after && `&after=${encodeURIComponent(after)}`}`);
    items.push(...body.items);
    after = body.next ?? '';
    if (!after) return items;
  }
}
const of = (items, about) => items.filter((one) => one.about.id === about);

test('what waits on lines, persons and tokens stands in one list, in words, page by page, and for deciders only', async () => {
  const one = await victim(world);
  await one.customer.post(`/v1/lines/${one.id}/lost`, { how: 'call' });
  const evidence = [{ kind: 'id_document', method: 'seen', shown: documentOf(one) }, { kind: 'staff_sighting', method: 'stands here' }];
  const unlock = await world.agent.through('counter').post(`/v1/lines/${one.id}/found`, { evidence });
  assert.equal(unlock.status, 202);
  await world.agent.post(`/v1/subscribers/${one.subscriber.id}/refund-account`, { iban: '6222029999999995552', holder: 'Avery Quinn' });
  const { body: token } = await world.keymaster.post('/v1/tokens', { role: 'reviewer', id: 'wanted-one' });
  const seen = await everything(world.admin);
  const [line] = of(seen, one.id);
  assert.deepEqual([line.about.kind, line.request.act, line.request.by.id], ['line', 'unlock_line', 'clerk']);
  assert.match(line.request.effect, /service again/);
  assert.ok(Date.parse(line.request.expires_at) > Date.now());
  assert.deepEqual(of(seen, one.subscriber.id).map((each) => [each.about.kind, each.request.act]), [['subscriber', 'change_refund_account']]);
  assert.deepEqual(of(seen, 'wanted-one').map((each) => [each.about.kind, each.request.serial]), [['token', token.request]]);
  assert.deepEqual(await everything(world.admin, 1), seen, 'the same, page by page');
  const decider = await everything(world.reviewer);
  assert.equal(of(decider, one.id)[0].request.may_sign, true);
  assert.equal(of(decider, 'wanted-one').length, 0, 'who is to hold which token is the administrators\' business');
  for (const client of [one.customer, world.agent, world.system, world.portal]) assert.equal((await attempt(client.get('/v1/requests'))).status, 403);

  const { stdout } = await world.cli(['request', 'list'], { env: { KEEPLINE_TOKEN: world.reviewer.token } });
  assert.match(stdout, new RegExp(`${one.id}\\s+1\\s+waiting\\s+clerk\\s+Unlocks a line`));
  assert.match(stdout, new RegExp(`subscriber:${one.subscriber.id}\\s`));
  const signed = await world.cli(['request', 'countersign', `subscriber:${one.subscriber.id}`, '1'], { env: { KEEPLINE_TOKEN: world.reviewer.token } });
  assert.equal(signed.code, 0, signed.stderr);
  await world.reviewer.post(`/v1/lines/${one.id}/requests/1/refusal`, { reason: 'the owner does not know of it' });
  const left = await everything(world.admin);
  assert.deepEqual([of(left, one.id), of(left, one.subscriber.id)], [[], []], 'what is answered waits no more');
});
