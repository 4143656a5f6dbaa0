// Being one person was made to forbid, and was used to permit; a name was enough to be somebody; and the command line's tokens signed.
//
// Seen to succeed as attacks on the program before (KEEPLINE_BIN of 0b32147), all of them: the administrator who made the tokens of an agent and of
// the back-office system read the codes that these had ordered, issued their orders again and turned them to another EID; agents of his making
// read his, stopped his orders and took his requests back; an administrator alone made an agent named `bss`, who then was the orderer, and one
// whose person was reviewer-1, who thereby could not decide; an agent's failed proofs locked their administrator out; a token made at the command
// line signed at once what the administrator with the shell had asked for; a request of an ended session, and of a holder whose id was somebody
// else's by then, was signed. Two administrators who asked for each other's next token could not sign for 30 days.
// Readings: 80 of 80 on that program. Seen to fail on one that counts by the token's id (64), and on one that counts its maker's readings with them.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client, refused } from '../e2e/client.mjs';
import { yuan } from '../e2e/people.mjs';
import { until } from '../peers/wait.mjs';
import { acknowledge, asked, attempt, documentOf, ordered, startProfileWorld, victim } from './attack.mjs';

let world;
before(async () => { world = await startProfileWorld(); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const as = (token) => new Client(world.keepline, token);
const shows = async (client, path, what) => new RegExp(what).test(JSON.stringify((await attempt(client.get(path))).body ?? null));

describe('who made a token is not its holder', () => {
  test('neither sees nor changes what it ordered, and the other way round', async () => {
    const everybody = { clerk: world.agent, 'clerk-2': world.otherAgent, bss: world.system, keymaster: world.keymaster, ops: world.admin };
    for (const [name, orderer] of [['clerk', world.agent], ['bss', world.system], ['keymaster', world.keymaster]]) {
      const line = await ordered(world, orderer);
      for (const [who, client] of Object.entries(everybody))
        assert.equal(await shows(client, `/v1/lines/${line.id}/profiles`, 'LPA:1'), who === name, `${who} and the code that ${name} ordered`);
      const [iccid] = await world.provide(1);
      const own = `OWN-CODE-${name}`.toUpperCase();
      await orderer.post('/v1/esim-orders', { iccid, matching_id: own });
      for (const [who, client] of Object.entries(everybody)) {
        if (who === name) continue;
        assert.ok(!(await shows(client, `/v1/esims/${iccid}`, own)), `${who} and the order of ${name}`);
        if (who === 'keymaster' || who === 'clerk') asked(await attempt(client.post(`/v1/esims/${iccid}/rebinding`, { eid: (await world.phone()).eid })), 'rebind_profile');
      }
      assert.ok(await shows(orderer, `/v1/esims/${iccid}`, own), 'their own');
      assert.equal((await orderer.post(`/v1/esims/${iccid}/rebinding`, { eid: (await world.phone()).eid })).status, 200, 'and theirs to turn');
    }
  });

  test("stops no order of theirs, and takes no request of theirs back", async () => {
    const line = await ordered(world, world.keymaster);
    asked(await attempt(world.agent.post(`/v1/lines/${line.id}/profile-stops`, { iccid: line.iccid })), 'stop_profile');
    const one = await victim(world);
    const wanted = await world.keymaster.post(`/v1/lines/${one.id}/top-ups`, { amount: yuan(900_100), reference: `km-${one.id}` });
    assert.equal(wanted.status, 202);
    const path = `/v1/lines/${one.id}/requests/${wanted.body.serial}/refusal`;
    await refused(world.agent.post(path, { reason: 'not needed any more' }), 'forbidden', 403);
    assert.equal((await world.keymaster.post(path, { reason: 'a slip of mine' })).status, 200);
    const clerks = await world.agent.post(`/v1/lines/${one.id}/top-ups`, { amount: yuan(900_200), reference: `cl-${one.id}` });
    assert.equal((await world.agent.post(`/v1/lines/${one.id}/requests/${clerks.body.serial}/refusal`, { reason: 'a slip of mine' })).status, 200);
  });

  test("is not locked out by the failed proofs, nor kept out by the requests, of those whom they made", async () => {
    const one = await victim(world);
    const lock = (document) => ({ locked: false, evidence: [{ kind: 'id_document', method: 'x', shown: document }, { kind: 'staff_sighting', method: 'x' }] });
    await one.customer.post(`/v1/lines/${one.id}/customer-lock`, { locked: true });
    for (let i = 0; i < 6; ++i) await attempt(world.agent.through('counter').post(`/v1/lines/${one.id}/customer-lock`, lock(`99${i}`)));
    await refused(world.agent.through('counter').post(`/v1/lines/${one.id}/customer-lock`, lock(documentOf(one))), 'otp-locked');
    const maker = await attempt(world.keymaster.through('counter').post(`/v1/lines/${one.id}/customer-lock`, lock(documentOf(one))));
    assert.notEqual(maker.code, 'otp-locked');
    for (let i = 0; i < 5; ++i) await attempt(world.agent.post(`/v1/lines/${one.id}/top-ups`, { amount: yuan(900_100 + i), reference: `q${i}` }));
    assert.equal((await world.keymaster.post(`/v1/lines/${one.id}/top-ups`, { amount: yuan(900_300), reference: 'mine' })).status, 202);
  });
});

describe('limits of one person', () => {
  test('readings of a customer count over all tokens of who reads, and not for who made those', async () => {
    const one = await victim(world);
    const made = [];
    for (const [id, by, other] of [['bo-by-day', world.keymaster, world.admin], ['bo-by-night', world.keymaster, world.admin]]) {
      const { body } = await by.post('/v1/tokens', { role: 'reviewer', id, person: 'bo' });
      await other.post(`/v1/tokens/${id}/requests/${body.request}/countersignature`);
      made.push(as(body.token));
    }
    const read = (who, n) => attempt(who.get(`/v1/subscribers/${one.subscriber.id}/person?reason=${encodeURIComponent(`looking at the case number ${n}`)}`));
    let taken = 0;
    for (let n = 0; n < 80; ++n) if ((await read(made[n % 2], n)).status === 200) ++taken;
    assert.ok(taken > 0 && taken <= 32, `${taken} of 80 readings by one person`);
    for (const [n, who] of made.entries()) assert.deepEqual([(await read(who, 100 + n)).status, (await read(who, 100 + n)).code], [429, 'too-many-requests']);
    for (const [n, who] of [world.keymaster, world.admin, world.reviewer].entries()) assert.equal((await read(who, 200 + n)).status, 200, 'and nobody else');
  });
});

describe('a name is not enough to be somebody', () => {
  test('an id that was held in another role, or a person who decides, takes two administrators also for an agent', async () => {
    for (const body of [{ id: 'bss' }, { id: 'reviewer-1' }, { id: 'clerk', person: 'somebody' }, { id: 'pup-rev', person: 'reviewer-1' }, { id: 'pup-bss', person: 'bss' }]) {
      const made = await world.admin.post('/v1/tokens', { role: 'agent', ...body });
      assert.equal(made.status, 202, JSON.stringify(body));
      assert.equal((await attempt(as(made.body.token).get('/v1/whoami'))).status, 401, `${JSON.stringify(body)} opens something`);
      const [waiting] = (await world.keymaster.get(`/v1/tokens/${body.id}/requests`)).body.items.slice(-1);
      assert.ok(waiting.details.held_before || waiting.details.anothers_name, 'who signs is shown why');
      await world.keymaster.post(`/v1/tokens/${body.id}/requests/${made.body.request}/refusal`, { reason: 'who is that?' });
    }
    assert.equal((await world.admin.post('/v1/tokens', { role: 'agent', id: 'ops-at-the-desk', person: 'ops' })).status, 201, 'a desk of their own');
    assert.equal((await world.keymaster.post('/v1/tokens', { role: 'agent', id: 'clerk', person: 'clerk' })).status, 201, 'the next one of the same holder');
  });

  test('another token for an agent, by another administrator, is not yet the one who ordered', async () => {
    const line = await ordered(world);
    const [iccid] = await world.provide(1);
    await world.agent.post('/v1/esim-orders', { iccid, matching_id: 'OWN-CODE-AGAIN' });
    for (const maker of [world.admin, world.keymaster]) {
      const again = as((await maker.post('/v1/tokens', { role: 'agent', id: 'clerk', person: 'clerk' })).body.token);
      assert.ok(!(await shows(again, `/v1/lines/${line.id}/profiles`, 'LPA:1')));
      assert.ok(!(await shows(again, `/v1/esims/${iccid}`, 'OWN-CODE-AGAIN')));
    }
  });

  test('a request is signed while the token that asked is in force, or the session was not ended', async () => {
    const one = await victim(world);
    const eve = await world.keymaster.post('/v1/tokens', { role: 'agent', id: 'eve', person: 'eve' });
    const wanted = await as(eve.body.token).post(`/v1/lines/${one.id}/top-ups`, { amount: yuan(900_100), reference: 'eve' });
    await world.admin.post('/v1/tokens/eve/revocation');
    const next = await world.keymaster.post('/v1/tokens', { role: 'agent', id: 'eve', person: 'eve' });
    assert.equal(next.status, 201);
    await refused(world.reviewer.post(`/v1/lines/${one.id}/requests/${wanted.body.serial}/countersignature`), 'forbidden', 403);

    const session = await world.portal.post(`/v1/subscribers/${one.subscriber.id}/sessions`, {});
    const { codes } = (await world.system.post(`/v1/lines/${one.id}/recovery-codes`)).body;
    await one.customer.post(`/v1/lines/${one.id}/lost`, {});
    const found = await attempt(as(session.body.token).post(`/v1/lines/${one.id}/found`, { recovery_code: codes[0] }));
    if (found.status !== 202) return;  // nothing waits
    await world.agent.post(`/v1/subscribers/${one.subscriber.id}/sessions/end`);
    await refused(world.reviewer.post(`/v1/lines/${one.id}/requests/${found.body.serial}/countersignature`), 'forbidden', 403);
  });
});

describe('the ceremonies', () => {
  test("an administrator's next token: its holder asks, the other signs, and both go on signing for each other", async () => {
    const third = await world.keymaster.post('/v1/tokens', { role: 'admin', id: 'cleo', person: 'cleo' });
    await world.admin.post(`/v1/tokens/cleo/requests/${third.body.request}/countersignature`);
    const listed = (await world.admin.get('/v1/tokens')).body.items.find((one) => one.id === 'cleo');
    assert.equal(listed.in_force, true, 'from the signature on, not from its first use');
    const cleo = as(third.body.token);
    const forAnother = await refused(world.admin.post('/v1/tokens', { role: 'admin', id: 'cleo', person: 'cleo' }), 'forbidden', 403);
    assert.match(forAnother.problem.detail, /their own next token/);
    const own = await cleo.post('/v1/tokens', { role: 'admin', id: 'cleo', person: 'cleo' });
    await world.admin.post(`/v1/tokens/cleo/requests/${own.body.request}/countersignature`);
    const one = await victim(world);
    const wanted = await world.admin.post(`/v1/lines/${one.id}/top-ups`, { amount: yuan(900_100), reference: 'renewed' });
    assert.equal((await as(own.body.token).post(`/v1/lines/${one.id}/requests/${wanted.body.serial}/countersignature`)).status, 200);
  });

  test('a token of the command line signs nothing until somebody knows of it, and then nothing of theirs; words say until when', async () => {
    const { token } = await world.mustCli(['token', 'create', '--role', 'admin', '--id', 'ghost', '--json']);
    const ghost = as(token);
    await until(async () => (await attempt(ghost.get('/v1/whoami'))).status === 200, { what: 'the token to be taken up', timeoutMs: 60_000 });
    const wanted = await world.admin.post('/v1/tokens', { role: 'reviewer', id: 'own-reviewer' });
    const sign = () => attempt(ghost.post(`/v1/tokens/own-reviewer/requests/${wanted.body.request}/countersignature`));
    assert.deepEqual([(await sign()).status, (await sign()).code], [403, 'forbidden']);
    await acknowledge(world.admin, 'ghost');
    const kin = await sign();
    assert.equal(kin.code, 'own-application');
    assert.match(kin.problem.detail, /until \d{4}-/);
    const [seen] = (await ghost.get('/v1/tokens/own-reviewer/requests')).body.items;
    assert.equal(seen.why_not, kin.problem.detail);
    assert.equal((await attempt(as(wanted.body.token).get('/v1/whoami'))).status, 401);
    const made = await world.keymaster.post('/v1/tokens', { role: 'reviewer', id: 'of-keymaster' });
    assert.equal((await ghost.post(`/v1/tokens/of-keymaster/requests/${made.body.request}/countersignature`)).status, 200, 'who did not acknowledge it is another person');
  });

  test('a clock that agrees is not accepted', async () => {
    await refused(world.admin.post('/v1/goings-on', { what: 'clock', reason: 'just in case' }), 'not-found', 404);
  });
});
