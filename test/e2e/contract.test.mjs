// The contract against a server: what may stand behind `?` is what api/openapi.yaml says, and every body that it shows as an example is one that the
// server takes for one. (Every answer of every end-to-end test is held to it as well: test/peers/contract.mjs.)

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { openapiDocument } from '../peers/keepline.mjs';
import { open } from './journey.mjs';
import { newLine, newSubscriber } from './people.mjs';
import { startWorld } from './world.mjs';

const document = parse(readFileSync(openapiDocument, 'utf8'));
const at = (reference) => reference.replace(/^#\//, '').split('/').reduce((node, step) => node?.[step.replaceAll('~1', '/')], document);
const seen = (node) => (node?.$ref ? at(node.$ref) : node);
const operations = Object.entries(document.paths).flatMap(([where, item]) => ['get', 'post', 'put'].filter((verb) => item[verb])
  .map((verb) => ({ where, verb: verb.toUpperCase(), operation: item[verb], parameters: [...(item.parameters ?? []), ...(item[verb].parameters ?? [])].map(seen) })));

let world;
let ids;
let customer;
before(async () => {
  world = await startWorld({ peers: [], config: { hlr: { kind: 'none' }, profile_type: [{ name: 'basic', provider_name: 'Keepline', mcc_mnc: '46001' }] } });
  const subscriber = newSubscriber();
  const line = newLine();
  const { body } = await world.system.post('/v1/lines/import', { subscriber, line });
  const closure = await open(world.agent, body.id);
  customer = await world.as(subscriber.id);
  ids = { subscriber: subscriber.id, line: body.id, closure: closure.id, contact: subscriber.contacts[0].id, iccid: line.profiles[0].iccid };
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

/** The path with what stands for its variables here. */
const filled = (where) => where
  .replace(/^\/v1\/lines\/\{id\}/, `/v1/lines/${ids.line}`).replace(/^\/v1\/subscribers\/\{id\}/, `/v1/subscribers/${ids.subscriber}`)
  .replace(/^\/v1\/(closures|refunds)\/\{id\}/, `/v1/$1/${ids.closure}`).replace('{contact}', ids.contact).replace('{iccid}', ids.iccid)
  .replace('{serial}', '1').replace(/\{[^}]+\}/g, 'nothing-here');

/** Somebody who may. */
function caller(operation) {
  const roles = operation['x-roles'] ?? [];
  const found = ['admin', 'system', 'agent', 'reviewer', 'portal'].find((role) => roles.includes(role));
  return found ? world[found].token : roles.includes('subscriber') ? customer.token : undefined;
}
const ask = (verb, target, operation, more = {}) => world.keepline.api(verb, target, { token: caller(operation), idempotencyKey: verb === 'POST' ? randomUUID() : undefined, unchecked: true, ifMatch: '"1"', ...more });

describe('query parameters', () => {
  test('that an operation does not have are refused everywhere, and those that it has are the contract\'s', async () => {
    const wrong = [];
    for (const { verb, where, operation, parameters } of operations) {
      const said = await ask(verb, `${filled(where)}?no-such-thing=1`, operation);
      const problem = said.body;
      const data = (name) => problem?.data?.find((one) => one.name === name)?.value;
      if (said.status !== 400 || problem?.code !== 'malformed' || data('parameter') !== 'no-such-thing') {
        wrong.push(`${verb} ${where}: answered ${said.status} ${problem?.code}; every operation refuses what it does not ask for (api::prepare)`);
        continue;
      }
      const have = (data('known') ?? '').split(' ').filter(Boolean).sort().join(' ');
      const documented = parameters.filter((one) => one.in === 'query').map(({ name }) => name).sort().join(' ');
      if (have !== documented) wrong.push(`${verb} ${where}: the route takes "${have}" (routes.cpp, .asks("…")), the contract says "${documented}"`);
    }
    assert.equal(wrong.join('\n'), '');
  });

  test('that are mistyped or there twice do not answer with everything', async () => {
    for (const target of ['/v1/effects?stat=retrying', '/v1/closures?overdu=true', '/v1/closures?limit=1&limit=2', '/v1/esims?ICCID=8986000000337879730'])
      assert.equal((await world.keepline.api('GET', target, { token: world.admin.token })).status, 400, target);
    for (const target of ['/v1/effects?state=retrying&limit=2', '/v1/closures?', '/v1/closures?overdue=true'])
      assert.equal((await world.keepline.api('GET', target, { token: world.admin.token })).status, 200, target);
  });
});

/** An operation's path with a name of another kind than `filled` has. */
const AT = { 'POST /v1/refunds/{id}/answer': '/v1/refunds/KL57b81013c157afc97dbd1969100e2103/answer' };  // by the EndToEndId, as it shows
/** Refusals that name something which is not in this world: it is not the example's fault. */
const ABOUT_HERE = /no profile|not of this line|is not one of/;

test('every body that the contract shows is one that the server takes for one', async () => {
  const wrong = [];
  let sent = 0;
  for (const { verb, where, operation } of operations) {
    const example = seen(operation.requestBody)?.content?.['application/json']?.example;
    if (example === undefined) continue;
    sent += 1;
    const { status, body } = await ask(verb, AT[`${verb} ${where}`] ?? filled(where), operation, { body: example });
    // What is refused for the state of things here is a body all the same; one that cannot be read or is wrong in itself is not.
    if (status >= 500 || ['malformed', 'unsupported-media-type'].includes(body?.code) || (body?.code === 'invalid' && !ABOUT_HERE.test(body.detail)))
      wrong.push(`${verb} ${where}: ${status} ${body?.code}: ${body?.detail}\n   ${JSON.stringify(example)}`);
  }
  assert.ok(sent > 50, `${sent}`);
  assert.equal(wrong.join('\n'), '');
});
