// Who may call what: each operation of api/openapi.yaml, by a caller of each role. Whoever its x-roles do not name is refused for that, before anything is
// looked up; whoever they name is not.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { newSubscriber, newLine } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { openapiDocument } from '../peers/keepline.mjs';

const { paths } = parse(readFileSync(openapiDocument, 'utf8'));
const METHODS = ['get', 'post', 'put'];
const operations = Object.entries(paths).flatMap(([path, of]) => METHODS.filter((method) => of[method]?.['x-roles']).map((method) => ({ path, method, roles: of[method]['x-roles'] })));

/** Of nobody: what is not there is looked for only by whoever may. */
const addressOf = (path) => path
  .replace(/^\/v1\/(lines|closures|esims|refunds)\/\{id\}/, (_, what) => `/v1/${what}/${{ lines: 'ln_00000000zzzzzzzz', closures: 'ln_00000000zzzzzzzz-c1', esims: 'es_00000000zzzzzzzz', refunds: 'ln_00000000zzzzzzzz-c1' }[what]}`)
  .replace('{iccid}', '8986000000000000000').replace('{serial}', '1').replace('{reference}', '482109371156').replace(/\{\w+\}/g, 'nobody-here');

let world;
let callers;
before(async () => {
  world = await startWorld({ peers: ['smsc'] });
  const subscriber = newSubscriber();
  await world.takeOver(subscriber, newLine());
  callers = { subscriber: await world.as(subscriber.id), agent: world.agent, reviewer: world.reviewer, admin: world.admin, system: world.system, portal: world.portal };
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

test('each cell of role by operation is as the contract says', { timeout: 240_000 }, async () => {
  const wrong = [];
  let cells = 0;
  for (const { path, method, roles } of operations)
    for (const [role, caller] of Object.entries(callers)) {
      const answer = await world.keepline.api(method.toUpperCase(), addressOf(path), { token: caller.token, unchecked: true, ...(method !== 'get' && { body: {}, idempotencyKey: randomUUID() }) });
      const refusedFor = answer.status === 403 && answer.body?.code === 'forbidden';
      if (refusedFor === roles.includes(role)) wrong.push(`${role} ${method} ${path}: ${answer.status} ${answer.body?.code} ${answer.body?.detail}`);
      ++cells;
    }
  assert.deepEqual(wrong, []);
  assert.ok(cells > 1000, `${cells}`);
});
