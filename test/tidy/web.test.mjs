// What browsers load: TypeScript that its compiler finds nothing wrong with, made the same twice, and small; text becomes markup at one place, and
// nothing of it runs text as code or asks another host. Of the console also: no word stands in a component, and each stands in both languages.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LANGUAGES, catalogues } from '../../web/catalogue.mjs';

const WEB = fileURLToPath(new URL('../../web/', import.meta.url));
const folders = [];
after(() => { for (const one of folders) rmSync(one, { recursive: true, force: true }); });

function built(from = WEB) {
  const out = mkdtempSync(path.join(os.tmpdir(), 'keepline-web-'));
  folders.push(out);
  const names = execFileSync('node', [path.join(from, 'build.mjs'), out], { encoding: 'utf8' }).trim().split('\n');
  return { names, files: new Map(names.map((name) => [name, readFileSync(path.join(out, name))])) };
}

const sources = ['ui', 'portal', 'console', 'console/parts', 'console/pages'].flatMap((folder) => readdirSync(path.join(WEB, folder)).filter((name) => /\.tsx?$/.test(name)).map((name) => `${folder}/${name}`));
const textOf = (file) => readFileSync(path.join(WEB, file), 'utf8');

/** Ways to run text, to make markup of it, or to go elsewhere. */
const DANGERS = /\beval\b|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|srcdoc|setTimeout\(['"`]|https?:|\/\/[a-z]+\.[a-z]/;
const dangersIn = (text) => text.split('\n').map((line) => line.replace(/\/\/ .*$/, '')).filter((line) => DANGERS.test(line));

describe('the script of the pages', () => {
  test('has no fault that its compiler finds', () => {
    execFileSync('node', [path.join(WEB, 'types.mjs')]);
    const { status, stdout } = spawnSync('node', [path.join(WEB, 'node_modules/typescript/bin/tsc'), '-p', WEB], { encoding: 'utf8' });
    assert.equal(status, 0, stdout);
  });

  test('is made the same twice, with each form that it is served in', () => {
    const [one, two] = [built(), built()];
    for (const name of ['portal/portal.js', 'portal/portal.js.br', 'portal/portal.js.gz', 'portal/portal.css.br', 'ui/tokens.css.gz', 'console/index.html', 'console/console.js.br', 'console/console.css.gz']) assert.ok(one.names.includes(name), name);
    assert.deepEqual(one.files, two.files);
    for (const [name, most] of [['portal/portal.js.br', 12_000], ['console/console.js.br', 140_000], ['console/console.css.br', 4_000]])
      assert.ok(one.files.get(name).length < most, `${name}: ${one.files.get(name).length} bytes`);
    const page = one.files.get('console/index.html').toString();
    for (const [, name, digest, suffix] of page.matchAll(/"\/console\/assets\/(\w+)-([0-9a-f]{12})(\.\w+)"/g))
      assert.equal(createHash('sha256').update(one.files.get(`console/${name}${suffix}`)).digest('hex').slice(0, 12), digest, name);
    for (const name of ['react', 'react-dom', 'wouter', 'openapi-fetch', 'mustache']) assert.match(one.files.get('console/console.js').toString(), new RegExp(`\\n${name} \\d+\\.\\d+\\.\\d+ \\(`), `the licence of ${name} goes with it`);
    assert.deepEqual(page.match(/\{\{.*?\}\}/g), ['{{country_code}}', '{{operator}}', '{{hotline}}'], 'what the server says, and nothing else');
    assert.doesNotMatch(page, /<script>|<style|style=/);
  });

  test('makes markup of text at one place, runs no text, names no host', () => {
    for (const file of sources) {
      const found = dangersIn(readFileSync(path.join(WEB, file), 'utf8'));
      assert.equal(found.length, file === 'ui/markup.ts' ? 1 : 0, `${file}: ${found}`);
    }
    for (const bad of ['x.innerHTML = y;', 'fetch("https://a.example")', 'eval(x)', "setTimeout('x', 1)"]) assert.equal(dangersIn(bad).length, 1, bad);
  });

  test('is bundled from versions that are named, and from nothing that is loaded later', () => {
    const { devDependencies, dependencies } = JSON.parse(readFileSync(path.join(WEB, 'package.json'), 'utf8'));
    assert.equal(dependencies, undefined);
    for (const [name, version] of Object.entries(devDependencies)) assert.match(version, /^\d+\.\d+\.\d+$/, name);
    const { packages } = JSON.parse(readFileSync(path.join(WEB, 'package-lock.json'), 'utf8'));
    for (const [where, { integrity, license }] of Object.entries(packages)) {
      if (where === '') continue;
      assert.ok(integrity, where);
      assert.match(license ?? '', /^\(?(MIT|ISC|0BSD|Apache-2\.0|BSD-[23]-Clause|Python-2\.0|CC0-1\.0|Unlicense)/, `${where}: ${license}`);
    }
    assert.ok(existsSync(path.join(WEB, '.npmrc')));
  });
});

/** Words that stand in the markup of a component, where they can be in one language only: text, and the attributes that people read or hear. */
function literalsIn(file, text) {
  const ts = createRequire(path.join(WEB, 'package.json'))('typescript');
  const found = [];
  const isWord = (words) => /\p{L}{2}/u.test(words);
  const visit = (node) => {
    if (ts.isJsxText(node) && isWord(node.text)) found.push(node.text.trim());
    if (ts.isJsxAttribute(node) && /^(aria-label|title|placeholder|alt|label|go|lead|hint)$/.test(node.name.getText()) && node.initializer && ts.isStringLiteral(node.initializer)) found.push(node.initializer.text);
    if (ts.isJsxExpression(node) && node.expression && ts.isStringLiteral(node.expression) && !ts.isJsxAttribute(node.parent) && isWord(node.expression.text)) found.push(node.expression.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX));
  return found;
}

describe('the console', () => {
  const pages = sources.filter((one) => one.startsWith('console/'));

  test('holds no word in its components', () => {
    for (const file of pages) assert.deepEqual(literalsIn(file, textOf(file)), [], file);
    for (const bad of ['<p>Hello there</p>', '<p>{t("x")} 号码</p>', '<input aria-label="Name" />', "<p>{'Hello'}</p>"]) assert.equal(literalsIn('bad.tsx', `const x = ${bad};`).length, 1, bad);
    assert.deepEqual(literalsIn('good.tsx', 'const x = <p className="note">{t("a.b")} · <b id="x">{y}</b></p>;'), []);
  });

  test('says each thing in both languages, and nothing that it never says', () => {
    const all = catalogues();
    const [en, chinese] = LANGUAGES.map((one) => Object.keys(all[one]).filter((key) => key.startsWith('console.') && !key.endsWith('_one')));
    assert.deepEqual(en, chinese);
    const places = (text) => [...new Set([...text.matchAll(/\{\{[{#^]\s*(\w+)/g)].map(([, name]) => name))].sort();
    for (const key of en) assert.deepEqual(places(all.en[key]), places(all['zh-CN'][key]), key);
    const code = pages.map(textOf).join('\n');
    for (const key of en) {
      const table = key.slice(0, key.lastIndexOf('.'));
      assert.ok(code.includes(`'${key}'`) || code.includes(`'${table}'`) || code.includes(`"${table}"`) || code.includes(`\`${table}.`), `nothing says ${key}`);
    }
  });
});
