// XML read strictly and simply, for the files Keepline drops: elements, attributes, text, the five entities. No DTD,
// no CDATA, no comments inside of text. Well-formedness is left to xmllint, which the caller runs before.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const XMLLINT_TIMEOUT_MS = 30_000;
const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Throws with xmllint's words when the file is not well-formed. */
export async function checkWellFormed(file) {
  try {
    await promisify(execFile)('xmllint', ['--noout', '--nonet', file], { timeout: XMLLINT_TIMEOUT_MS });
  } catch (error) {
    throw new Error(`not well-formed: ${(error.stderr || error.message).trim().split('\n')[0]}`);
  }
}

/** The root as { name, attributes, children, text }. */
export function parseXml(text) {
  const root = { children: [] };
  const open = [root];
  const token = /<\?[^>]*\?>|<!--.*?-->|<(\/?)([\w.:-]+)((?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/gsy;
  while (token.lastIndex < text.length) {
    const at = token.lastIndex;
    const match = token.exec(text);
    if (!match) throw new Error(`XML not understood at character ${at}: ${text.slice(at, at + 40)}`);
    const [, closing, name, attributes, empty, characters] = match;
    const parent = open.at(-1);
    if (characters !== undefined) {
      if (open.length > 1) parent.text += decodeEntities(characters);
    } else if (closing) {
      if (parent.name !== name) throw new Error(`</${name}> closes <${parent.name}>`);
      open.pop();
    } else if (name) {
      const element = { name, attributes: readAttributes(attributes), children: [], text: '' };
      parent.children.push(element);
      if (!empty) open.push(element);
    }
  }
  if (open.length !== 1 || root.children.length !== 1) throw new Error('XML without one closed root element');
  return root.children[0];
}

/** All elements at a path of names below `element`. */
export function elementsAt(element, ...path) {
  return path.reduce((found, name) => found.flatMap((one) => one.children.filter((child) => child.name === name)), [element]);
}

/** The text of the only element at a path, or undefined when there is none; two are an Error. */
export function textAt(element, ...path) {
  const found = elementsAt(element, ...path);
  if (found.length > 1) throw new Error(`${path.join('/')} is there ${found.length} times`);
  return found[0]?.text.trim();
}

function readAttributes(text) {
  return Object.fromEntries([...text.matchAll(/([\w.:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)]
    .map(([, name, double, single]) => [name, decodeEntities(double ?? single)]));
}

function decodeEntities(text) {
  return text.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g, (_, hex, decimal, name) => {
    if (name && !(name in ENTITIES)) throw new Error(`unknown entity &${name};`);
    return name ? ENTITIES[name] : String.fromCodePoint(hex ? parseInt(hex, 16) : Number(decimal));
  });
}
