// The SM-DP+ for tests: a test PKI by `keepline pki make`, a world (world.mjs) whose Keepline listens for phones over TLS and in
// plain for a proxy, stock, orders, phones, and a proxy (`front`) that may do something between two calls of one download.
//
//   const world = await startSmdpWorld({ peers: ['hlr'], pki: { cards: 4 } });
//   await world.provide(10);                                  // profiles of type "basic" into stock: their ICCIDs
//   const esim = await world.order({ matching_id: 'CASE-1' });   // POST /v1/esim-orders
//   const phone = await world.phone();                        // each another eUICC
//   await phone.download(codeOf(esim));
//   world.front.before('getBoundProfilePackage', () => world.keepline.restart({ hard: true }));

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { temporaryFolder } from '../peers/child.mjs';
import { keeplineBinary } from '../peers/keepline.mjs';
import { newPhone } from '../peers/phone.mjs';
import { freePort, listen, until } from '../peers/wait.mjs';
import { run, startWorld } from './world.mjs';

const ES9 = '/gsma/rsp2/es9plus/';

/** A folder as `keepline pki make` lays it out, by what is wanted from it. */
export class Pki {
  constructor(folder) {
    this.folder = folder;
    this.eids = readdirSync(path.join(folder, 'cards', this.curves[0])).sort();
  }

  get curves() { return ['nist', 'brainpool'].filter((curve) => existsSync(path.join(this.folder, curve))); }
  /** The certificate sets of a server, all curves. */
  get sets() { return this.curves.map((curve) => this.at(curve)); }
  at(...names) { return path.join(this.folder, ...names); }
  card(eid, curve = 'nist') { return this.at('cards', curve, eid); }
  negativeCard(name, curve = 'nist') { return this.at('negative', curve, 'cards', name); }
  negativeServer(name, curve = 'nist') { return this.at('negative', curve, 'servers', name); }
  /** TLS of an operator, as peers/operator.mjs takes it. */
  operator(name) { return { cert: this.at('es2', `${name}.cert.pem`), key: this.at('es2', `${name}.key.pem`), ca: this.at('nist', 'ci.cert.pem') }; }
}

export async function makePki({ cards = 1, hosts = [], oid, negative = false, operators = [], curves = [] } = {}) {
  const folder = path.join(temporaryFolder('pki'), 'pki');
  const many = (name, values) => values.flatMap((value) => [name, value]);
  const { code, stderr } = await run(keeplineBinary(), [
    'pki', 'make', folder, '--cards', String(cards), ...many('--host', hosts), ...(oid ? ['--oid', oid] : []), ...(negative ? ['--negative'] : []),
    ...many('--operator', operators), ...many('--curve', curves),
  ]);
  assert.equal(code, 0, stderr);
  return new Pki(folder);
}

/** An HTTP proxy before the plain listener, as one that ends TLS; what is asked for is done before or after the next call of a function. */
class Front {
  #server = null;
  #hooks = [];
  calls = [];

  constructor(target) { this.target = target; }
  get url() { return `http://127.0.0.1:${this.port}`; }

  before(name, act) { this.#hooks.push({ name, act, when: 'before' }); }
  after(name, act) { this.#hooks.push({ name, act, when: 'after' }); }

  async #act(name, when) {
    const at = this.#hooks.findIndex((hook) => hook.name === name && hook.when === when);
    if (at >= 0) await this.#hooks.splice(at, 1)[0].act();
  }

  async start() {
    this.#server = http.createServer(async (request, response) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      const name = request.url.replace(ES9, '');
      try {
        await this.#act(name, 'before');
        const answer = await this.#forward(request, body);
        this.calls.push({ name, request: body.toString(), ...answer, body: answer.body.toString() });
        await this.#act(name, 'after');
        response.writeHead(answer.status, answer.headers).end(answer.body);
      } catch (error) {
        this.calls.push({ name, error });
        response.writeHead(502).end();
      }
    });
    this.port = await listen(this.#server);
  }

  #forward({ url, method, headers }, body) {
    return new Promise((resolve, reject) => {
      const onward = http.request({ host: '127.0.0.1', port: this.target, path: url, method, headers, agent: false }, async (answer) => {
        const chunks = [];
        for await (const chunk of answer) chunks.push(chunk);
        resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) });
      });
      onward.once('error', reject);
      onward.end(body);
    });
  }

  async stop() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

let next = randomInt(1, 90_000_000);
const digits = (value, length) => String(value).padStart(length, '0');

/** What an SM-DP+ adds to a World. */
const additions = {
  /** Profiles into stock: their ICCIDs. */
  async provide(count = 1, { type = 'basic', ...more } = {}) {
    const first = next + 1;
    next += count;
    const body = { type, count, iccid: `89860${digits(first, 13)}`, imsi: `46001${digits(first, 10)}`, ...more };
    return (await this.system.post('/v1/esims', body)).body.iccids;
  },

  /** An order in one step, of type "basic" unless told; `iccids` are provided when the stock may be empty. */
  async order(body = {}) {
    if (!body.type && !body.iccid) body = { ...body, iccid: (await this.provide(1))[0] };
    return (await this.system.post('/v1/esim-orders', body)).body;
  },

  async esim(iccid) { return (await this.system.get(`/v1/esims/${iccid}`)).body; },
  /** The types of the events in a profile's journal. */
  async esimEvents(iccid) {
    const { items } = (await this.system.get(`/v1/esims/${iccid}/history?limit=200`)).body;
    return items.flatMap((entry) => entry.events);
  },
  /** Waits until the profile is in this state and returns it. */
  untilState(iccid, state, timeoutMs = 60_000) {
    return until(async () => { const esim = await this.esim(iccid); return esim.state === state && esim; }, { what: `${iccid} to be ${state}`, timeoutMs });
  },

  /** A phone with an eUICC that no other has; over TLS, or with { front: true } through the proxy. */
  async phone({ eid = this.pki.eids[this.phonesMade++], front = false, ...options } = {}) {
    assert.ok(eid || options.files || options.pki, 'pki.cards is too small for this test');
    return newPhone({ pki: this.pki.folder, eid, ...(front && { server: this.front.url }), ...options });
  },

  /** A sample of /metrics: the value of the first line that begins with `start`, 0 when there is none. */
  async metric(start) {
    const { body } = await this.admin.get('/metrics');
    return Number(body.split('\n').find((line) => line.startsWith(start))?.split(' ').at(-1) ?? 0);
  },
};

/** The activation code of an order, for the listener that it names first; `address`: for another. */
export function codeOf(esim, address) {
  const code = esim.order.activation_code;
  return address ? code.replace(/^LPA:1\$[^$]+/, `LPA:1$${address}`) : code;
}

/**
 * `pki`: as makePki, or a Pki. `address`: what activation codes say (default localhost:port, which the TLS listener answers).
 * `config` may be a function of { pki, ports: { tls, plain, es2 } }. The plain listener is behind `world.front` and answers under the same
 * names. `types`: more profile types. `operators`: tables for [[operator]]; with them there is an ES2+ listener.
 */
export async function startSmdpWorld({ pki: wanted = {}, config = {}, types = [], operators, peers = [], ...options } = {}) {
  const pki = wanted instanceof Pki ? wanted : await makePki(wanted);
  const ports = { tls: await freePort(), plain: await freePort(), es2: await freePort() };
  const own = typeof config === 'function' ? config({ pki, ports }) : config;
  const address = `localhost:${ports.tls}`;
  const world = await startWorld({
    peers, ...options,
    config: {
      ...(!peers.includes('hlr') && { hlr: { kind: 'none' } }),
      smdp: [
        { name: 'tls', listen: `127.0.0.1:${ports.tls}`, address, more_addresses: ['dp.keepline.test'], certificates: pki.sets },
        { name: 'plain', listen: `127.0.0.1:${ports.plain}`, address, more_addresses: ['dp.keepline.test'], certificates: pki.sets, tls: false },
      ],
      profile_type: [{ name: 'basic', provider_name: 'Keepline', profile_name: 'Number keeping', mcc_mnc: '46001', low_stock: 2 }, ...types],
      ...(operators && {
        es2: [{
          listen: `127.0.0.1:${ports.es2}`, tls_cert: pki.at('nist', 'dp-tls.cert.pem'), tls_key: pki.at('nist', 'dp-tls.key.pem'),
          client_ca: pki.at('es2', 'ca.cert.pem'), smdp_address: address,
        }],
        operator: operators,
      }),
      ...own,
    },
  });
  const front = new Front(ports.plain);
  await front.start();
  const stop = world.stop.bind(world);
  Object.assign(world, additions, {
    pki, ports, address, front, phonesMade: 0, es2Url: `https://127.0.0.1:${ports.es2}`,
    stop: async () => { await front.stop(); await stop(); },
  });
  return world;
}
