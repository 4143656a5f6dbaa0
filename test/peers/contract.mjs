// Holds answers to the OpenAPI 3.1 document: an answer whose path, method, status, content type or body is not in
// the document is an Error that says what differs.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

const DOCUMENT_ID = 'openapi';
const READ_ONCE = path.join(import.meta.dirname, '../../build/contract');
const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json$/;

export class Contract {
  #document;
  #ajv = new Ajv2020({ strict: false, allErrors: true, logger: false });
  #paths;
  #validators = new Map();

  constructor(document) {
    this.#document = document;
    addFormats(this.#ajv);
    this.#ajv.addSchema(document, DOCUMENT_ID);
    this.#paths = Object.keys(document.paths ?? {}).map((template) => ({ template, pattern: patternOf(template) }))
      .sort((a, b) => a.template.split('{').length - b.template.split('{').length); // /lines/search before /lines/{id}
  }

  static load(file) {
    return new Contract(readYaml(readFileSync(file, 'utf8')));
  }

  /** Throws unless the answer { status, contentType, body } to `method path` is one the document describes. */
  checkResponse(method, path, { status, contentType, body }) {
    const where = `${method} ${path} → ${status}`;
    const pathname = path.split('?')[0];
    const candidates = this.#paths.filter(({ pattern }) => pattern.test(pathname));
    if (!candidates.length) throw new Error(`${where}: the document has no such path`);
    const found = candidates.find(({ template }) => this.#document.paths[template][method.toLowerCase()]);
    if (!found) throw new Error(`${where}: the document has no ${method} at ${candidates[0].template}`);

    const pointer = ['paths', found.template, method.toLowerCase(), 'responses'];
    const responses = this.#at(pointer);
    const key = [String(status), `${String(status)[0]}XX`, 'default'].find((one) => one in responses);
    if (!key) throw new Error(`${where}: the document has no such status at ${found.template}`);
    const responsePointer = this.#follow([...pointer, key]);
    const content = this.#at(responsePointer).content ?? {};

    const type = (contentType ?? '').split(';')[0].trim().toLowerCase();
    if (!Object.keys(content).length) {
      if (type || body) throw new Error(`${where}: the document has no content here, the answer is ${type}`);
      return;
    }
    if (!(type in content)) throw new Error(`${where}: content type "${type}" is not one of ${Object.keys(content)}`);
    if (!JSON_TYPE.test(type) || !content[type].schema) return;
    const validate = this.#validator([...responsePointer, 'content', type, 'schema']);
    if (!validate(body)) {
      const errors = validate.errors.slice(0, 10).map((e) => `  ${e.instancePath || '/'} ${e.message} ${JSON.stringify(e.params)}`);
      throw new Error(`${where}: the body breaks the schema\n${errors.join('\n')}\n${JSON.stringify(body).slice(0, 2000)}`);
    }
  }

  #validator(pointer) {
    const reference = `${DOCUMENT_ID}#/${pointer.map(escapePointer).map(encodeURIComponent).join('/')}`;
    if (!this.#validators.has(reference)) this.#validators.set(reference, this.#ajv.compile({ $ref: reference }));
    return this.#validators.get(reference);
  }

  #at(pointer) {
    return pointer.reduce((node, step) => node?.[step], this.#document);
  }

  /** Where a pointer leads once a $ref at its end (e.g. to components/responses) is followed. */
  #follow(pointer) {
    const reference = this.#at(pointer)?.$ref;
    if (!reference) return pointer;
    return this.#follow(reference.replace(/^#\//, '').split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~')));
  }
}

/** Reading so much YAML takes most of a second, and each of a hundred files of tests reads the same: it is kept as JSON, by the digest of its text. */
function readYaml(text) {
  const kept = path.join(READ_ONCE, `${createHash('sha256').update(text).digest('hex')}.json`);
  if (existsSync(kept)) return JSON.parse(readFileSync(kept, 'utf8'));
  const document = parse(text);
  try {
    mkdirSync(READ_ONCE, { recursive: true });
    const beside = `${kept}.${process.pid}`; // others read and write it meanwhile
    writeFileSync(beside, JSON.stringify(document));
    renameSync(beside, kept);
  } catch (error) {
    if (!['EACCES', 'EROFS', 'ENOSPC'].includes(error.code)) throw error;
  }
  return document;
}

function patternOf(template) {
  const literal = (text) => text.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
  return new RegExp(`^${template.split(/\{[^}]+\}/).map(literal).join('[^/]+')}$`);
}

function escapePointer(step) {
  return step.replaceAll('~', '~0').replaceAll('/', '~1');
}
