// What the repository holds itself to, as pure functions over a file's path and text: each returns a list of complaints.
// tidy.test.mjs runs them on the tree, and on small bad samples that show that they can fail.

import { posix as path } from 'node:path';

/** Folder → the folders it may include from. The arrows of ARCHITECTURE.md: only down. */
export const MAY_INCLUDE = {
  base: ['base'],
  domain: ['domain', 'base'],
  rsp: ['rsp', 'base'],
  port: ['port', 'domain', 'base'],
  engine: ['engine', 'port', 'domain', 'base'],
  store: ['store', 'port', 'domain', 'base'],
  sip: ['sip', 'port', 'base'],
  text: ['text', 'base'],
  image: ['image', 'base'],
  print: ['print', 'text', 'base'],
  link: ['link', 'text', 'port', 'domain', 'base'],
  desk: ['desk', 'engine', 'text', 'image', 'print', 'port', 'domain', 'rsp', 'base'],
  http: ['http', 'base'],
  api: ['api', 'http', 'desk', 'engine', 'text', 'port', 'domain', 'rsp', 'base'],
  smdp: ['smdp', 'http', 'desk', 'engine', 'port', 'domain', 'rsp', 'base'],
  web: ['web', 'http', 'base'],
  console: ['console', 'web', 'http', 'text', 'base'],
  portal: ['portal', 'web', 'http', 'desk', 'engine', 'text', 'port', 'domain', 'rsp', 'base'],
  hotline: ['hotline', 'desk', 'engine', 'text', 'port', 'domain', 'base'],
  app: ['app', 'api', 'smdp', 'portal', 'console', 'hotline', 'http', 'desk', 'link', 'sip', 'text', 'store', 'engine', 'port', 'domain', 'rsp', 'base'],
  phone: ['phone', 'base'],
};

/** Outside libraries that only some folders may see. */
const LIBRARIES = [
  { pattern: /^boost\/(beast|asio)/, folders: ['http'], name: 'Beast and Asio' },
  { pattern: /^sqlite3\.h$/, folders: ['store'], name: 'SQLite' },
  { pattern: /^(turbojpeg|png|jpeglib)\.h$/, folders: ['image'], name: 'decoders of pictures' },
  { pattern: /^sodium/, folders: ['store', 'desk'], name: 'libsodium' },
  { pattern: /^curl\//, folders: ['link', 'app', 'phone'], name: 'libcurl' },
  { pattern: /^openssl\//, folders: ['base', 'rsp', 'link', 'http', 'phone'], name: 'OpenSSL' },
  { pattern: /^toml\+\+\//, folders: ['domain', 'text', 'hotline', 'app'], name: 'toml++' },
  { pattern: /^CLI\//, folders: ['app', 'phone'], name: 'CLI11' },
  { pattern: /^spdlog\//, folders: ['app'], name: 'spdlog' },
  { pattern: /^date\//, folders: ['app'], name: 'date' },
  { pattern: /^prometheus\//, folders: ['api'], name: 'prometheus-cpp' },
  { pattern: /^qrcodegen\//, folders: ['desk', 'print'], name: 'qrcodegen' },
  { pattern: /^(pango|cairo)/, folders: ['print'], name: 'Pango and Cairo' },
  { pattern: /^fido/, folders: ['desk'], name: 'libfido2' },
  { pattern: /^archive(_entry)?\.h$/, folders: ['desk'], name: 'libarchive' },
  { pattern: /^sofia-sip\//, folders: ['sip'], name: 'Sofia-SIP' },
  { pattern: /^(re|rem)\//, folders: ['sip'], name: 'libre and librem' },
  { pattern: /^kainjow\//, folders: ['text', 'link', 'portal'], name: 'mustache' },
];

const folderOf = (file) => /^src\/(\w+)\//.exec(file)?.[1];

export function includesOf(text) {
  return text.split('\n').flatMap((line, i) => {
    const found = /^\s*#\s*include\s+(["<])([^">]+)[">]/.exec(line);
    return found ? [{ line: i + 1, own: found[1] === '"', name: found[2] }] : [];
  });
}

export function wrongIncludes(file, text) {
  const folder = folderOf(file);
  if (!folder) return [];
  const allowed = MAY_INCLUDE[folder];
  if (!allowed) return [`${file}: the folder ${folder} is not in MAY_INCLUDE`];
  return includesOf(text).flatMap(({ line, own, name }) => {
    if (own && !name.includes('/')) return name.endsWith('.def') ? [] : [`${file}:${line}: include "${name}" with its folder`];
    const target = name.split('/')[0];
    if (own && target in MAY_INCLUDE && !allowed.includes(target)) return [`${file}:${line}: ${folder} may not include ${name}`];
    const library = LIBRARIES.find(({ pattern }) => pattern.test(name));
    const plays = name.startsWith('openssl/') && /\/fake_\w+\.hpp$/.test(file); // a device of somebody else's, in tests
    if (library && !library.folders.includes(folder) && !plays) return [`${file}:${line}: only ${library.folders.join(', ')} may see ${library.name}`];
    return [];
  });
}

/** A header says what lives there, and may be included twice. */
export function wrongOpening(file, text) {
  if (!file.endsWith('.hpp')) return [];
  const complaints = [];
  if (!text.startsWith('// ')) complaints.push(`${file}:1: open with what lives here, who may call it, on which thread`);
  if (!/^#pragma once$/m.test(text)) complaints.push(`${file}: #pragma once is missing`);
  return complaints;
}

const BLOCK_OF_OTHER_KIND = /^\s*(namespace|class|struct|enum|union|extern|template\s*<[^()]*>\s*(class|struct))\b/;

/**
 * Functions of clang-formatted C++: a line that ends with "{" below a "(…)", up to the "}" of the same indentation.
 * A function inside a function (a lambda) counts for the outer one.
 */
export function functionsOf(text) {
  const lines = text.split('\n');
  const found = [];
  for (let i = 0; i < lines.length; ++i) {
    if (!/\{$/.test(lines[i]) || /^\s*(\/\/|\*|#)/.test(lines[i])) continue;
    // The header begins behind the last line that ends a statement, a block or a label.
    let begin = i;
    while (begin > 0 && !/[;{}:]$|^\s*$|^\s*(\/\/|#)/.test(lines[begin - 1])) --begin;
    const indent = /^\s*/.exec(lines[begin])[0];
    const header = lines.slice(begin, i + 1).join(' ');
    if (indent.length > 8 || !header.includes('(') || BLOCK_OF_OTHER_KIND.test(header) || /=\s*\{$/.test(lines[i])) continue;
    let end = i + 1;
    while (end < lines.length && !new RegExp(`^${indent}\\}`).test(lines[end])) ++end;
    found.push({ name: header.trim().slice(0, 100), line: begin + 1, lines: end - begin + 1 });
    if (indent.length <= 4) i = Math.max(i, Math.min(end, lines.length) - 1);
  }
  return found;
}

export function longFunctions(file, text, most = 80) {
  if (!/\.(cpp|hpp)$/.test(file)) return [];
  return functionsOf(text).filter(({ lines }) => lines > most)
    .map(({ name, line, lines }) => `${file}:${line}: ${lines} lines (at most ${most}): ${name}`);
}

const BANNED = [
  { pattern: /\b(TODO|FIXME|XXX)\b/, why: 'finish it, or write an issue' },
  { pattern: /(^|[\s(,!&*])get_\w+\s*\(/, why: 'no get_: name the thing', code: true },
  { pattern: /\b\w+_(utils?|manager|helpers?)\b/, why: 'no utils, manager, helper: name the purpose', code: true },
  { pattern: /\bclass I[A-Z][a-z]/, why: 'no I… for interfaces', code: true },
  { pattern: /\benum_from_string\b/, why: 'it stops at a zero byte: base::enum_named reads the whole text', code: true },
];

export function bannedWords(file, text) {
  const isCode = /\.(cpp|hpp)$/.test(file);
  return text.split('\n').flatMap((line, i) => BANNED
    .filter(({ pattern, code }) => (isCode || !code) && pattern.test(code ? line.replace(/\/\/.*$|"(?:[^"\\]|\\.)*"/g, '') : line))
    .map(({ why }) => `${file}:${i + 1}: ${why}: ${line.trim().slice(0, 80)}`));
}

export function bannedName(file) {
  const name = path.basename(file);
  return /(^|[_.-])(utils?|manager|helpers?|misc|common)([_.-]|$)/i.test(name) ? [`${file}: a file's name says its purpose`] : [];
}

/** GitHub's anchor of a heading. */
const anchorOf = (heading) => heading.trim().toLowerCase().replace(/[`*]/g, '').replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-');

export function anchorsOf(markdown) {
  return new Set(withoutCode(markdown).split('\n').map((line) => /^#{1,6}\s+(.*)$/.exec(line)?.[1]).filter(Boolean).map(anchorOf));
}

const withoutCode = (markdown) => markdown.replace(/^```[\s\S]*?^```/gm, (block) => block.replace(/[^\n]/g, ''));

/** `read(path)`: the text of a file of the tree, true for a folder, undefined for neither. */
export function deadLinks(file, text, read) {
  return withoutCode(text).split('\n').flatMap((line, i) => [...line.replace(/`[^`]*`/g, '').matchAll(/\[[^\]]*\]\(([^)\s]+)[^)]*\)/g)].flatMap(([, target]) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [name, anchor] = target.split('#');
    const place = name ? path.normalize(path.join(path.dirname(file), decodeURIComponent(name))) : file;
    const found = place === file ? text : read(place);
    if (found === undefined) return [`${file}:${i + 1}: there is no ${place}`];
    if (anchor && typeof found === 'string' && place.endsWith('.md') && !anchorsOf(found).has(anchor)) return [`${file}:${i + 1}: ${place} has no #${anchor}`];
    return [];
  }));
}

/** What a comment cites of docs/rules.md (`docs/rules.md R9`) must stand there; and nothing may cite pages that are not in the repository. */
export function wrongCitations(file, text, rulesPage) {
  const known = new Set([...rulesPage.matchAll(/^### ([RP]\d+) /gm)].map(([, name]) => name));
  return text.split('\n').flatMap((line, i) => [
    ...[...line.matchAll(/docs\/rules\.md,? ((?:[RP]\d+(?: and |, )?)+)/g)].flatMap(([, names]) => names.match(/[RP]\d+/g))
      .filter((name) => !known.has(name)).map((name) => `${file}:${i + 1}: docs/rules.md has no ${name}`),
    ...[...line.matchAll(/\b(DESIGN|PRACTICE|STACK|STYLE)(?:\.md| §)/g)].map(([, page]) => `${file}:${i + 1}: ${page} is not in the repository: cite docs/rules.md`),
  ]);
}

/** The tests that a page names as `file` "name": each must be there, by its name or made by its template from words that stand in the file. */
export function missingTests(file, text, read) {
  return text.split('\n').flatMap((line, i) => [...line.matchAll(/`([\w./-]+(?:\.test\.mjs|_test\.cpp))` "((?:[^"\\]|\\.)+)"/g)].flatMap(([, place, quoted]) => {
    const name = quoted.replaceAll('\\"', '"');
    const source = read(place);
    if (typeof source !== 'string') return [`${file}:${i + 1}: there is no ${place}`];
    return hasTest(place, source, name) ? [] : [`${file}:${i + 1}: ${place} has no test "${name}"`];
  }));
}

function hasTest(place, source, name) {
  if (place.endsWith('.cpp')) return ['TEST', 'TEST_F', 'TEST_P'].some((kind) => source.includes(`${kind}(${name.replace('.', ', ')})`));
  const plain = source.replaceAll("\\'", "'");
  if (plain.includes(`test('${name}'`) || source.includes(`test("${name}"`)) return true;
  const literal = (words) => words.replace(/[.*+?^$()|[\]\\{}]/g, '\\$&');
  return [...source.matchAll(/\btest\(`([^`]+)`/g)].some(([, template]) => {
    const made = new RegExp(`^${template.split(/\$\{[^}]+\}/).map(literal).join('(.+)')}$`).exec(name);
    return made && made.slice(1).every((word) => plain.includes(`'${word}'`) || new RegExp(`[[ ,]${literal(word)}[\\],]`).test(plain));
  });
}

/** Headers that no x.cpp includes first (there the build itself shows that they compile alone). */
export function headersToTry(sources) {
  const first = new Map();
  for (const [file, text] of sources) if (file.endsWith('.cpp')) first.set(file, includesOf(text)[0]?.name);
  return [...sources.keys()].filter((file) => file.endsWith('.hpp') &&
    first.get(file.replace(/\.hpp$/, '.cpp')) !== file.replace(/^src\//, ''));
}

/** The header and everything of ours that it includes, directly or not. */
export function closureOf(header, sources) {
  const seen = new Set();
  const visit = (file) => {
    if (seen.has(file) || !sources.has(file)) return;
    seen.add(file);
    for (const { own, name } of includesOf(sources.get(file))) if (own) visit(name.includes('/') ? `src/${name}` : path.join(path.dirname(file), name));
  };
  visit(header);
  return [...seen].sort();
}
