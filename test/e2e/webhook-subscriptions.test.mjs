// Webhooks that are made while the server runs (issue 8, item 6), with real receivers over HTTPS: two administrators aim them, what arrives is signed
// and carries our ids, a receiver that is down holds up nobody, a kill -9 loses nothing, secrets are exchanged, and what was sent is sent again under
// the same ids. What the command line lists and how it ends was seen to fail on programs that answer 0, or show another column.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { after, before, describe, test } from 'node:test';
import { Authority } from '../peers/authority.mjs';
import { readBody } from '../peers/receiver.mjs';
import { listen, sleep, until } from '../peers/wait.mjs';
import { whyNotGenuine } from '../peers/webhook.mjs';
import { open } from './journey.mjs';
import { newLine, newSubscriber } from './people.mjs';
import { startWorld } from './world.mjs';

const SOON = { timeoutMs: 60_000 };

/** Takes what is posted to it over TLS; `status` is its answer. */
class Partner {
  #server = null;
  seen = [];
  status = 204;

  constructor(tls) { this.tls = tls; }
  get url() { return `https://localhost:${this.port}/news?tenant=7`; }
  get ids() { return this.seen.map((one) => one.id); }

  async start(port = 0) {
    this.#server = https.createServer(this.tls, async (request, response) => {
      const body = (await readBody(request)).toString();
      this.seen.push({ id: request.headers['webhook-id'], headers: request.headers, body, data: JSON.parse(body), answered: this.status });
      response.writeHead(this.status, { location: `${this.url}&again` }).end();
    });
    this.port = await listen(this.#server, port);
    return this;
  }
  async stop() {
    this.#server?.closeAllConnections();
    await new Promise((done) => (this.#server ? this.#server.close(done) : done()));
    this.#server = null;
  }
  /** Those about this line that were taken. */
  about(lineId) { return this.seen.filter((one) => one.answered < 300 && one.data.data.line === lineId); }
}

let world;
let tls;
const partners = [];
const partner = async () => {
  const one = await new Partner(tls).start();
  partners.push(one);
  return one;
};

before(async () => {
  const authority = new Authority();
  const named = authority.issue('localhost', { names: ['DNS:localhost'] });
  tls = { cert: readFileSync(named.cert), key: readFileSync(named.key) };
  world = await startWorld({
    peers: ['smsc', 'webhook'],
    config: { hlr: { kind: 'none' }, webhooks: { ca_file: authority.ca, private_targets: ['127.0.0.0/8'] } },
  });
}, { timeout: 180_000 });
after(async () => {
  await world?.stop();
  for (const one of partners) await one.stop();
});

const sign = (request, by = world.keymaster) => by.post(`/v1/tokens/webhooks/requests/${request}/countersignature`);
let names = 0;

/** Asked for by one administrator, signed by the other: { id, secret }. */
async function hook(to, over = {}) {
  const { body, status } = await world.admin.post('/v1/webhooks', { name: `partner-${++names}`, url: to.url, ...over });
  assert.equal(status, 202);
  await sign(body.request);
  return { id: body.webhook, secret: body.secret };
}
const condition = async (id) => (await world.admin.get(`/v1/webhooks/${id}`)).body;

/** Something happens: a line, and a case on it. */
async function something() {
  const line = newLine();
  const { body } = await world.system.post('/v1/lines/import', { subscriber: newSubscriber(), line });
  const closure = await open(world.agent, body.id);
  return { id: body.id, number: line.number, closure: closure.id };
}

describe('webhooks made by the API', () => {
  test('what arrives is signed, carries our ids, and nothing beyond its role', async () => {
    const [bank, app] = [await partner(), await partner()];
    const of = { bank: await hook(bank), app: await hook(app, { role: 'portal', topics: ['closure.*'] }) };
    const one = await something();
    for (const [name, to] of [['bank', bank], ['app', app]]) {
      await until(() => to.about(one.id).length === 1, { what: `${name} to be told`, ...SOON });
      const [event] = to.about(one.id);
      assert.equal(whyNotGenuine(of[name].secret, event.headers, event.body), null);
      assert.equal(event.data.type, 'closure.opened');
      assert.deepEqual([event.data.data.line, event.data.data.case], [one.id, one.closure]);
      assert.equal(event.headers['x-correlation-id'].length > 0, true);
    }
    assert.equal(bank.about(one.id)[0].data.data.number, one.number);
    assert.ok(!app.about(one.id)[0].body.includes(one.number), 'no number to a portal');
  });

  test('nothing is sent before another administrator has signed, and they are shown the target', async () => {
    const to = await partner();
    const { body } = await world.admin.post('/v1/webhooks', { name: 'unsigned', url: to.url });
    const one = await something();
    const waiting = (await world.keymaster.get('/v1/tokens/webhooks/requests')).body.items.find((each) => each.serial === body.request);
    assert.deepEqual([waiting.act, waiting.details.url, waiting.may_sign], ['aim_webhook', to.url, true]);
    assert.equal((await world.admin.get(`/v1/webhooks/${body.webhook}`).catch((refusal) => refusal)).status, 404);
    await sign(body.request);
    const later = await something();
    await until(() => to.about(later.id).length === 1, { what: 'the later news', ...SOON });
    assert.deepEqual(to.about(one.id), [], 'what happened before is not told');
  });

  test('a test message tells what became of it', async () => {
    const to = await partner();
    const { id, secret } = await hook(to);
    const good = (await world.admin.post(`/v1/webhooks/${id}/test`)).body;
    assert.equal(good.delivered, true);
    const got = to.seen.find((each) => each.id === good.event);
    assert.deepEqual([got.data.type, got.data.data, whyNotGenuine(secret, got.headers, got.body)], ['webhook.test', { webhook: id }, null]);
    to.status = 302;  // and a redirect is not followed
    const bad = (await world.admin.post(`/v1/webhooks/${id}/test`)).body;
    assert.equal(bad.delivered, false);
    assert.match(bad.error, /302/);
    assert.equal(to.seen.filter((each) => each.id === bad.event).length, 1);
  });

  test('one that is down waits alone, says so, survives a kill -9 and misses nothing', async () => {
    const [dead, alive] = [await partner(), await partner()];
    const { id } = await hook(dead);
    await hook(alive);
    const { port } = dead;
    await dead.stop();
    const lines = [];
    for (let n = 0; n < 5; ++n) lines.push(await something());
    for (const one of lines) await until(() => alive.about(one.id).length === 1, { what: 'the others to be told', ...SOON });
    await until(async () => (await condition(id)).state === 'failing', { what: 'the failure to be seen', ...SOON });
    const how = await condition(id);
    assert.ok(how.error.length > 10 && how.waiting_since, JSON.stringify(how));
    const name = how.name;
    assert.match((await world.admin.get('/metrics')).body, new RegExp(`^keepline_webhook_failing\\{webhook="${name}"\\} 1$`, 'm'));
    assert.ok((await world.admin.get('/readyz')).body.peers.some((peer) => peer.name === 'webhook' && peer.trouble.includes(name)));

    await world.keepline.kill9();
    await world.keepline.start();
    lines.push(await something());
    await dead.start(port);
    for (const one of lines) await until(() => dead.about(one.id).length >= 1, { what: 'what it had missed', ...SOON });
    assert.equal(new Set(dead.ids).size, lines.length, 'under one id each');
    await until(async () => (await condition(id)).state === 'active', { what: 'it to be well again', ...SOON });
  });

  test('a message that is refused holds up nobody else', async () => {
    const to = await partner();
    await hook(to);
    to.status = 400;
    const refused = await something();
    await until(() => to.seen.some((each) => each.data.data.line === refused.id), { what: 'the refusal', ...SOON });
    to.status = 204;
    const next = await something();
    await until(() => to.about(next.id).length === 1 && to.about(refused.id).length >= 1, { what: 'both', ...SOON });
  });

  test('paused, nothing is sent; resumed, it goes on where it was', async () => {
    const [to, other] = [await partner(), await partner()];
    const { id } = await hook(to);
    await hook(other);
    assert.equal((await world.admin.post(`/v1/webhooks/${id}/pause`, { reason: 'they move' })).body.state, 'paused');
    const lines = [await something(), await something()];
    await until(() => other.about(lines[1].id).length === 1, { what: 'the other', ...SOON });
    await world.keepline.kill9();
    await world.keepline.start();
    await sleep(500);
    assert.deepEqual(to.seen, []);
    await world.keymaster.post(`/v1/webhooks/${id}/resumption`);
    for (const one of lines) await until(() => to.about(one.id).length >= 1, { what: 'what was kept', ...SOON });
  });

  test('a new secret takes two; both sign meanwhile', async () => {
    const to = await partner();
    const { id, secret } = await hook(to);
    const { body } = await world.admin.post(`/v1/webhooks/${id}/secret`, { both_hours: 1 });
    const before = await something();
    await until(() => to.about(before.id).length === 1, { what: 'the old one alone', ...SOON });
    assert.notEqual(whyNotGenuine(body.secret, to.about(before.id)[0].headers, to.about(before.id)[0].body), null, 'not before it is signed for');
    await sign(body.request);
    await until(async () => (await condition(id)).two_secrets_until, { what: 'both', ...SOON });
    await until(async () => {
      const one = await something();
      await until(() => to.about(one.id).length === 1, { what: 'the news', ...SOON });
      const [event] = to.about(one.id);
      return [secret, body.secret].every((key) => whyNotGenuine(key, event.headers, event.body) === null);
    }, { what: 'both to sign', ...SOON });
  });

  test('what was sent is sent again under the same ids, one or since', async () => {
    const to = await partner();
    const { id } = await hook(to);
    const since = new Date().toISOString();
    const lines = [await something(), await something()];
    for (const one of lines) await until(() => to.about(one.id).length === 1, { what: 'the news', ...SOON });
    const [first] = to.about(lines[0].id);
    const again = (await world.admin.post(`/v1/webhooks/${id}/redelivery`, { event: first.id })).body;
    assert.deepEqual([again.event, again.delivered], [first.id, true]);
    assert.equal(to.about(lines[0].id)[1].body, first.body);
    await world.admin.post(`/v1/webhooks/${id}/redelivery`, { since });
    await until(() => to.about(lines[0].id).length >= 3 && to.about(lines[1].id).length >= 2, { what: 'all of it', ...SOON });
    assert.equal(new Set(to.ids).size, 2);
  });

  test('another target takes two, and what waits goes there', async () => {
    const [old, fresh] = [await partner(), await partner()];
    const { id } = await hook(old);
    const how = await condition(id);
    const { body } = await world.admin.post(`/v1/webhooks/${id}/target`, { name: how.name, url: fresh.url, topics: how.topics, role: how.role });
    const before = await something();
    await until(() => old.about(before.id).length === 1, { what: 'the old target', ...SOON });
    await sign(body.request);
    await until(async () => (await condition(id)).url === fresh.url, { what: 'the change', ...SOON });
    await sleep(700);
    const later = await something();
    await until(() => fresh.about(later.id).length === 1, { what: 'the new target', ...SOON });
    assert.deepEqual(old.about(later.id), []);
  });

  test('the command line does it all', async () => {
    const to = await partner();
    const env = { KEEPLINE_TOKEN: world.admin.token };
    const as = (...args) => world.mustCli(['webhook', ...args, '--json'], { env });
    const made = await as('create', '--name', 'by-hand', '--url', to.url, '--topic', 'closure.*');
    await world.mustCli(['request', 'countersign', 'token:webhooks', String(made.request)], { env: { KEEPLINE_TOKEN: world.keymaster.token } });
    const listed = async (group, name) => (await world.mustCli([group, 'list'], { env })).split('\n').find((row) => row.split(/  +/).includes(name)) ?? '';
    const states = async () => [(await listed('webhook', 'by-hand')).split(/  +/)[2], (await as('show', made.webhook)).state];
    assert.equal((await as('test', made.webhook)).delivered, true);
    assert.equal((await as('pause', made.webhook, '--reason', 'their servers move tonight')).state, 'paused');
    assert.deepEqual(await states(), ['paused', 'paused']);
    assert.equal((await as('resume', made.webhook)).state, 'active');
    assert.deepEqual(await states(), ['active', 'active']);

    // What is refused is no success, of a test message and of one that is sent again.
    const one = await something();
    await until(() => to.about(one.id).length === 1, { what: 'the news', ...SOON });
    const [{ id: event }] = to.about(one.id);
    assert.equal((await as('redeliver', made.webhook, '--event', event)).delivered, true);
    to.status = 410;
    for (const sent of [['test', made.webhook], ['redeliver', made.webhook, '--event', event]]) {
      const { code, stdout } = await world.cli(['webhook', ...sent, '--json'], { env });
      const said = JSON.parse(stdout);
      assert.deepEqual([code, said.delivered], [5, false], sent[0]);
      assert.match(said.error, /410/);
    }
    to.status = 204;

    await world.admin.post('/v1/tokens', { role: 'reviewer', id: 'not-signed' });
    await world.admin.post('/v1/tokens', { role: 'agent', id: 'gone' });
    await world.admin.post('/v1/tokens/gone/revocation');
    for (const [name, state] of [['not-signed', 'waits for a signature'], ['gone', 'revoked'], ['clerk', 'in force']])
      assert.equal((await listed('token', name)).split(/  +/)[2], state, name);
    assert.ok((await as('rotate', made.webhook)).secret.startsWith('whsec_'));
    const all = (await as('list')).items;
    assert.deepEqual(all.filter((each) => ['by-hand', 'partner'].includes(each.name)).map((each) => each.source), ['api', 'configuration']);
    assert.ok(!JSON.stringify(all).includes('whsec_'));
    assert.match(await world.mustCli(['webhook', 'list'], { env }), /by-hand/);
    assert.equal((await as('delete', made.webhook, '--reason', 'the partner left us')).deleted, true);
    const code = await world.cli(['webhook', 'show', made.webhook], { env });
    assert.notEqual(code.code, 0);
    await sleep(1000);  // until its key is destroyed, if all is well
    assert.match(await world.mustCli(['verify']), /^Everything holds/);
  });

  test('those of the configuration are listed and changed nowhere else', async () => {
    const one = await condition('partner');
    assert.deepEqual([one.source, one.url, one.topics], ['configuration', new URL(world.webhook.url).origin, ['*']]);
    for (const [act, body] of [['pause', { reason: 'why not' }], ['deletion', { reason: 'why not' }], ['secret', {}], ['test', {}]]) {
      const refused = await world.admin.post(`/v1/webhooks/partner/${act}`, body).catch((refusal) => refusal);
      assert.equal(refused.status, 403, act);
    }
  });
});
