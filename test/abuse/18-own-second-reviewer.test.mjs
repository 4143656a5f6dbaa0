// Issue 7, item 18. An administrator makes his own second reviewer, his own customer, his own machine; and whoever can write
// the store makes a token past everybody.
// Seen to succeed as an attack on 4b5af17: ABUSE_OLD_SOURCE=(its source) KEEPLINE_BIN=(its binary). Its first two tests; the others need what that program does not have.
// That what is made past the API decides nothing was seen to fail on a program without the check, for each: deciding a case, signing, refusing,
// acknowledging. Until 79883ca such a token refused whatever others had asked for.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, refused } from '../e2e/client.mjs';
import { decide, read } from '../e2e/journey.mjs';
import { yuan } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { until } from '../peers/wait.mjs';
import { acknowledge, applies, asked, attempt, victim } from './attack.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['smsc', 'webhook'] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const opens = async (token) => (await attempt(new Client(world.keepline, token).get('/v1/whoami'))).status === 200;

test('one administrator alone makes no token that decides, pays or speaks for others', async () => {
  for (const role of ['reviewer', 'admin', 'system']) {
    const made = await attempt(world.admin.post('/v1/tokens', { role, id: `own-${role}`, note: 'for me' }));
    assert.ok(!made.body?.token || !(await opens(made.body.token)), `${role}: the token opens something`);
    if (!made.body?.request) continue;
    await attempt(world.admin.post(`/v1/tokens/own-${role}/requests/${made.body.request}/countersignature`));
    assert.ok(!(await opens(made.body.token)), `${role}: signed by himself`);
  }
});

test("nobody of the staff gets a customer's token", async () => {
  const one = await victim(world);
  const made = await attempt(world.admin.post('/v1/tokens', { role: 'subscriber', id: one.subscriber.id }));
  assert.equal(made.status, 403);
});

test('what is made past the API is journalled, told, and troubles /readyz until an administrator has seen it', async () => {
  const { token } = await world.mustCli(['token', 'create', '--role', 'reviewer', '--id', 'night', '--json']);
  await until(() => opens(token), { what: 'the token to be taken up', timeoutMs: 60_000 });
  const history = JSON.stringify((await world.admin.get('/v1/tokens/night/history')).body);
  assert.match(history, /token_issued/);
  assert.match(history, /"origin":"file"/);
  const ready = async () => (await world.keepline.api('GET', '/readyz')).body.peers.some((peer) => peer.name === 'tokens');
  await until(ready, { what: '/readyz to say so', timeoutMs: 60_000 });
  assert.match(world.keepline.log, /token_made_with_file_access/);
  await acknowledge(world.admin, 'night');
  await until(async () => !(await ready()), { what: '/readyz to be at ease again', timeoutMs: 60_000 });
});

test('a token that was made past the API decides nothing until an administrator has seen it', async () => {
  const byFile = async (role, id) => {
    const { token } = await world.mustCli(['token', 'create', '--role', role, '--id', id, '--json']);
    await until(() => opens(token), { what: `the token of ${id} to be taken up`, timeoutMs: 60_000 });
    return new Client(world.keepline, token);
  };
  const [ghost, boss] = [await byFile('reviewer', 'ghost'), await byFile('admin', 'ghost-of-a-boss')];
  const one = await victim(world, { policy: 'reviewed' });
  const closure = await applies(world, one);
  assert.equal(closure.stage, 'in_review');
  const wanted = await world.agent.post(`/v1/lines/${one.id}/top-ups`, { amount: yuan(900_100), reference: 'a-lot' });
  asked(wanted, 'bring_money');
  const deciding = async (who, what, body) => ({ status: 200, body: await decide(who, closure, what, body) });
  const request = `/v1/lines/${one.id}/requests/${wanted.body.serial}`;
  for (const who of [ghost, boss]) {
    for (const [what, body] of [['approval', { reason: 'looked at' }], ['rejection', { reason: 'the photo cannot be read' }], ['information-requests', { what: 'a photo' }]])
      await refused(deciding(who, what, body), 'forbidden', 403);
    await refused(who.post(`${request}/countersignature`), 'forbidden', 403);
    await refused(who.post(`${request}/refusal`, { reason: 'nobody needs it' }), 'forbidden', 403);
    await refused(acknowledge(boss, 'ghost'), 'own-application', 403);
  }
  assert.deepEqual([(await read(one.customer, closure.id)).stage, (await world.agent.get(`/v1/lines/${one.id}/requests`)).body.items[0].state], ['in_review', 'waiting']);
  await acknowledge(world.admin, 'ghost');
  assert.equal((await ghost.post(`${request}/countersignature`)).body.state, 'countersigned');
  await decide(ghost, closure, 'approval');
  await acknowledge(world.admin, 'ghost-of-a-boss');
});

test('another token of the same human does not acknowledge what was made past the API', async () => {
  const { body: asked } = await world.keymaster.post('/v1/tokens', { role: 'admin', id: 'eve-by-day', person: 'eve' });
  await world.admin.post(`/v1/tokens/eve-by-day/requests/${asked.request}/countersignature`);
  const { token } = await world.mustCli(['token', 'create', '--role', 'admin', '--id', 'eve-by-night', '--person', 'eve', '--json']);
  await until(() => opens(token), { what: 'the token to be taken up', timeoutMs: 60_000 });
  for (const own of [asked.token, token]) {
    const said = await attempt(acknowledge(new Client(world.keepline, own), 'eve-by-night'));
    assert.equal(said.code, 'own-application');
  }
  await acknowledge(world.admin, 'eve-by-night');
});

test('an agent does not say that the customer stands before them when their token is not of the counter', async () => {
  const one = await victim(world);
  const made = (await world.keymaster.post('/v1/tokens', { role: 'agent', id: 'far-away', channels: ['hotline'] })).body;
  const agent = new Client(world.keepline, made.token);
  const opened = await attempt(agent.through('counter').post(`/v1/lines/${one.id}/closures`, { reason: 'other' }));
  assert.equal(opened.status, 403);
});

test('a portal opens sessions, which are short, and can read nothing', async () => {
  const one = await victim(world);
  assert.equal((await attempt(world.portal.get(`/v1/subscribers/${one.subscriber.id}`))).status, 403);
  assert.equal((await attempt(world.portal.get(`/v1/lines/${one.id}`))).status, 403);
  const session = (await world.portal.post(`/v1/subscribers/${one.subscriber.id}/sessions`, { minutes: 5 })).body;
  assert.ok(Date.parse(session.expires_at) < Date.now() + 6 * 60_000);
  await world.agent.post(`/v1/subscribers/${one.subscriber.id}/sessions/end`);
  assert.ok(!(await opens(session.token)), 'ended at once');
});
