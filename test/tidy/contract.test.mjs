// The contract as those read it who write a client: redocly has nothing to say against it, every operation says what it does, shows what goes in
// and what comes out (and the examples are what the schemas say), names its refusals, and a TypeScript client is made of it that compiles, and that
// does not compile when it is used wrongly. What is sent to a server and what it answers is held to it by the end-to-end tests.
//
// A new operation needs: tags, summary, description, x-roles; `example` beside each JSON schema of its body and its 2xx answer; and its 4xx
// answers, as those of its neighbours ($ref to components/responses). The messages here say what is missing.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { temporaryFolder } from '../peers/child.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CONTRACT = path.join(ROOT, 'api/openapi.yaml');
const TOOLS = path.join(ROOT, 'tools/contract');
const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json$/;
const tool = (script, ...args) => spawnSync(process.execPath, [path.join(TOOLS, 'node_modules', script), ...args], { encoding: 'utf8', cwd: ROOT, env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true', NO_COLOR: '1' } });

const document = parse(readFileSync(CONTRACT, 'utf8'));
const at = (reference) => reference.replace(/^#\//, '').split('/').reduce((node, step) => node?.[step.replaceAll('~1', '/').replaceAll('~0', '~')], document);
const seen = (node) => (node?.$ref ? at(node.$ref) : node);

/** Every operation of a document: { name, path, verb, operation }. */
const operationsOf = ({ paths }) => Object.entries(paths).flatMap(([where, item]) => Object.entries(item).filter(([verb]) => ['get', 'post', 'put', 'patch', 'delete'].includes(verb))
  .map(([verb, operation]) => ({ name: `${verb.toUpperCase()} ${where}`, where, verb, operation: { ...operation, parameters: [...(item.parameters ?? []), ...(operation.parameters ?? [])] } })));

const ajv = new Ajv2020({ strict: false, allErrors: true, logger: false });
addFormats(ajv);
ajv.addSchema(document, 'openapi');
/** Schemas of the document refer into it. */
const rooted = (node) => JSON.parse(JSON.stringify(node).replaceAll('"$ref":"#/', '"$ref":"openapi#/'));
function breaks(schema, example) {
  const validate = ajv.compile(rooted(schema));
  return validate(example) ? '' : validate.errors.slice(0, 4).map(({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`).join('; ');
}

/** What an operation lacks, in words. */
export function lacking({ name, where, verb, operation }) {
  const out = [];
  const need = (fine, words) => { if (!fine) out.push(`${name}: ${words}`); };
  need(operation.summary, 'a summary');
  need(operation.description, 'a description (a sentence or two that the summary does not say)');
  need(operation.operationId, 'an operationId');
  need(operation.tags?.length === 1, 'one tag');
  const open = operation.security?.length === 0;
  need(open || operation['x-roles']?.length > 0, 'x-roles');
  const parameters = operation.parameters.map(seen);
  for (const one of parameters) need(one.description || one.schema, `a description or a schema of its parameter ${one.name}`);
  const header = (wanted) => parameters.some((one) => one.in === 'header' && one.name === wanted);
  const wanted = ['400', ...(open ? [] : ['401', '403', '429']), ...(where.includes('{') ? ['404'] : []), ...(!open && verb !== 'get' ? ['422'] : []),
    ...(header('If-Match') ? ['412'] : [])];
  for (const status of wanted) need(status in operation.responses, `its refusals ${status} (as its neighbours have it: "${status}": { $ref: "#/components/responses/…" })`);
  const content = [['body', seen(operation.requestBody)?.content], ...Object.entries(operation.responses).filter(([status]) => /^2/.test(status)).map(([status, one]) => [`answer ${status}`, seen(one).content])];
  for (const [what, types] of content)
    for (const [type, media] of Object.entries(types ?? {})) {
      if (!JSON_TYPE.test(type)) continue;
      need('example' in media, `an example of its ${what} (\`example:\` beside \`schema:\`)`);
      if (!('example' in media)) continue;
      const wrong = breaks(media.schema, media.example);
      need(!wrong, `an example of its ${what} that fits the schema: ${wrong}`);
    }
  return out;
}

describe('the contract', () => {
  test('gives redocly nothing to complain of', () => {
    const { status, stdout, stderr } = tool('@redocly/cli/bin/cli.js', 'lint', CONTRACT, '--format=stylish');
    assert.equal(status, 0, stdout + stderr);
    assert.doesNotMatch(stdout + stderr, /\d+ warnings?/, stdout);
  });

  test('describes every operation, shows what goes in and comes out, and names its refusals', () => {
    const operations = operationsOf(document);
    assert.ok(operations.length > 90);
    assert.equal(operations.flatMap(lacking).join('\n'), '');
  });

  test('has examples of all refusals that fit', () => {
    for (const [name, one] of Object.entries(document.components.responses)) {
      const media = one.content['application/problem+json'];
      if (!media) continue;
      assert.ok(media.example, `components/responses/${name} has no example`);
      assert.equal(breaks(media.schema, media.example), '', name);
    }
  });

  test('can be found wanting', () => {
    const good = { summary: 's', description: 'd', operationId: 'o', tags: ['t'], 'x-roles': ['admin'], parameters: [], responses: { 200: { content: { 'application/json': { example: { n: 1 }, schema: { type: 'object', properties: { n: { type: 'integer' } } } } } }, 400: {}, 401: {}, 403: {}, 429: {} } };
    const words = (over) => lacking({ name: 'GET /x', where: '/x', verb: 'get', operation: { ...good, ...over } }).join('\n');
    assert.equal(words({}), '');
    assert.match(words({ description: undefined }), /GET \/x: a description/);
    assert.match(words({ responses: { 200: good.responses[200] } }), /refusals 429/);
    assert.match(words({ responses: { ...good.responses, 200: { content: { 'application/json': { schema: {} } } } } }), /an example of its answer 200/);
    assert.match(words({ responses: { ...good.responses, 200: { content: { 'application/json': { ...good.responses[200].content['application/json'], example: { n: 'one' } } } } } }), /fits the schema: \/n must be integer/);
    assert.match(lacking({ name: 'POST /x/{id}', where: '/x/{id}', verb: 'post', operation: good }).join('\n'), /refusals 404[^]*refusals 422/);
  });
});

describe('a TypeScript client made of the contract', () => {
  let folder;
  const compiled = (name, source) => {
    const file = path.join(folder, `${name}.ts`);
    writeFileSync(file, source);
    return tool('typescript/bin/tsc', '--strict', '--noEmit', '--skipLibCheck', '--target', 'es2022', '--module', 'nodenext', '--lib', 'es2022,dom', file);
  };
  before(() => {
    folder = temporaryFolder('client');
    symlinkSync(path.join(TOOLS, 'node_modules'), path.join(folder, 'node_modules'));
    writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}');
    const made = tool('openapi-typescript/bin/cli.js', CONTRACT, '-o', path.join(folder, 'keepline.d.ts'));
    assert.equal(made.status, 0, made.stdout + made.stderr);
  });
  const HEAD = `import createClient from 'openapi-fetch';
import type { paths } from './keepline.js';
const client = createClient<paths>({ baseUrl: 'http://127.0.0.1:8080', headers: { Authorization: 'Bearer x' } });
const params = { header: { 'Idempotency-Key': 'one' }, path: { id: 'ln_00000000' } };
`;

  test('compiles, and knows what comes back', () => {
    const { status, stdout } = compiled('good', `${HEAD}
const { data: line, error } = await client.GET('/v1/lines/{id}', { params: { path: { id: 'ln_00000000' } } });
if (error) throw new Error(error.detail ?? error.title);
const minor: number = line.balance.prepaid.minor;
const { data: closure } = await client.POST('/v1/lines/{id}/closures', { params, body: { reason: 'moving_abroad' } });
const stage: 'opened' | 'closed' | undefined = closure?.stage === 'opened' || closure?.stage === 'closed' ? closure.stage : undefined;
const { data: page } = await client.GET('/v1/effects', { params: { query: { state: 'retrying', limit: 10 } } });
console.log(minor, stage, page?.items.map((one) => one.error_words), page?.next);
`);
    assert.equal(status, 0, stdout);
  });

  for (const [words, source, complaint] of [
    ['a filter that is not there', "await client.GET('/v1/effects', { params: { query: { stat: 'dead' } } });", /'stat' does not exist/],
    ['a reason that is none', "await client.POST('/v1/lines/{id}/closures', { params, body: { reason: 'bored' } });", /"bored"/],
    ['a request without its key', "await client.POST('/v1/lines/{id}/closures', { params: { path: { id: 'x' } }, body: { reason: 'other' } });", /header/],
    ['an address that is not there', "await client.GET('/v1/line', {});", /\/v1\/line/],
  ]) {
    test(`does not compile with ${words}`, () => {
      const { status, stdout } = compiled('bad', `${HEAD}${source}\n`);
      assert.notEqual(status, 0);
      assert.match(stdout, complaint);
    });
  }
});
