// ./dev mutate: does a test notice when a rule is changed? Makes small faults in the sources, one at a time, and runs the folder's unit
// tests on each. A fault that no test notices is a test that is missing (or code that nobody needs).
//
//   node tools/mutate.mjs [--seed N] [--count N] [--seconds N] [--build DIR] [--only TEXT] [--list] [FOLDER…]
//
// --count faults for each folder (20; domain, rsp, engine and desk where none is named), drawn by --seed. The mutated file is compiled alone
// and linked in front of the folder's library (tools/one_change.mjs), so a fault costs one file and a link. DIR is a build (build/dev). A test
// run that takes longer than --seconds, or four times what it takes without a fault, counts as noticed. --only: files whose path holds TEXT. --list: only says which faults would be made. The exit code is 1 when a fault survived.

import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { ROOT, compiled, linked, recipeOf, run } from './one_change.mjs';

const OUT = path.join(ROOT, 'build/mutate');
const FOLDERS = ['domain', 'rsp', 'engine', 'desk'];

function options(argv) {
  const out = { seed: 1, count: 20, seconds: 120, build: path.join(ROOT, 'build/dev'), only: '', list: false, folders: [] };
  for (let i = 0; i < argv.length; ++i) {
    const name = argv[i].replace(/^--/, '');
    if (argv[i] === '--list') out.list = true;
    else if (!argv[i].startsWith('--')) out.folders.push(argv[i]);
    else if (['seed', 'count', 'seconds'].includes(name) && Number.isInteger(Number(argv[i + 1]))) out[name] = Number(argv[++i]);
    else if (['build', 'only'].includes(name) && argv[i + 1]) out[name] = argv[++i];
    else throw new Error(`what is ${argv[i]}?`);
  }
  if (out.folders.length === 0) out.folders = FOLDERS;
  return out;
}

/** Numbers from 0 to below 1 that are the same for the same seed (mulberry32). */
function dice(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** The text with comments, strings, characters and preprocessor lines blanked out, position for position. */
function codeOnly(text) {
  const pattern = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|R"([^(\s]*)\([\s\S]*?\)\1"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'|^[ \t]*#[^\n]*/gm;
  return text.replace(pattern, (found) => (/^'\d/.test(found) ? found : found.replace(/[^\n]/g, ' ')));
}

/** From `open`, the position of the bracket that closes it. */
function closing(code, open) {
  let depth = 0;
  for (let i = open; i < code.length; ++i) {
    if (code[i] === '(') ++depth;
    if (code[i] === ')' && --depth === 0) return i;
  }
  return -1;
}

const swaps = [
  ['relational', / < (?!<)/g, ' <= '], ['relational', / <= /g, ' < '], ['relational', / > (?!>)/g, ' >= '], ['relational', / >= /g, ' > '],
  ['relational', / == /g, ' != '], ['relational', / != /g, ' == '], ['boolean', / && /g, ' || '], ['boolean', / \|\| /g, ' && '],
  ['arithmetic', / \+ /g, ' - '], ['arithmetic', / - /g, ' + '], ['arithmetic', / \* (?=\w)/g, ' + '], ['arithmetic', /\+\+(?=\w)/g, '--'],
  ['arithmetic', / \+= /g, ' -= '], ['arithmetic', / -= /g, ' += '], ['boolean', /\btrue\b/g, 'false'], ['boolean', /\bfalse\b/g, 'true'],
  ['not removed', /(?<![\w!])!(?=[\w(*:])/g, ''],
];
const statements = [
  ['early return removed', /^[ \t]*if \([^\n]*\) return\b[^\n;]*;/gm], ['check removed', /^[ \t]*CHECK\([^\n]*\);/gm],
  ['effect removed', /^[ \t]*(?:d\.)?(?:emit|tell|news|network)\([^\n]*\);/gm], ['effect removed', /^[ \t]*\w+\.(?:push_back|emplace_back|insert|erase)\([^\n]*\);/gm],
  ['assignment removed', /^[ \t]*\w+(?:(?:\.|->|\(\)\.)\w+)+ = [^\n]*;/gm],
];

/** Room kept ahead in a buffer that grows by itself: another number there changes what is copied, and nothing that a test could notice. */
const reserves = /\bwriter \w+\([^;{}]*\);|\breserve\([^;{}]*\);/g;

/** Every fault that this file can have: { kind, at, length, put }. */
function faultsOf(text) {
  const code = codeOnly(text).replace(reserves, (found) => found.replace(/[^\n]/g, ' '));
  const out = [];
  const skip = (at) => /static_assert|BOOST_DESCRIBE|KEEPLINE_|^\s*using |^\s*template/.test(code.slice(code.lastIndexOf('\n', at - 1) + 1, at + 1));
  const add = (kind, at, length, put) => { if (!skip(at)) out.push({ kind, at, length, put }); };
  for (const [kind, pattern, put] of swaps) for (const found of code.matchAll(pattern)) add(kind, found.index, found[0].length, put);
  for (const [kind, pattern] of statements) for (const found of code.matchAll(pattern)) add(kind, found.index, found[0].length, ' ;');
  for (const found of code.matchAll(/(?<![\w.'])\d+(?![\w.'])/g))
    for (const put of [String(Number(found[0]) + 1), String(Number(found[0]) - 1)]) add('constant', found.index, found[0].length, `(${put})`);
  for (const found of code.matchAll(/\bif \(/g)) {
    const open = found.index + 3;
    const end = closing(code, open);
    const inside = code.slice(open + 1, end);
    if (end < 0 || /;|^\s*(?:const )?auto |^\s*\w[\w:<>]* \w+ = /.test(inside)) continue;  // what declares a name cannot be left out
    for (const put of ['true', 'false']) add(`condition always ${put}`, open + 1, end - open - 1, put);
  }
  return out;
}

const testArguments = '--gtest_brief=1 --gtest_fail_fast';
const testSurroundings = { RC_PARAMS: 'max_success=25' };

function tryFault(recipe, file, fault, how) {
  const mutant = path.join(OUT, `mutant_${path.basename(file)}`);
  const object = path.join(OUT, 'mutant.o');
  const program = path.join(OUT, recipe.program);
  const text = readFileSync(file, 'utf8');
  writeFileSync(mutant, `${text.slice(0, fault.at)}${fault.put}${text.slice(fault.at + fault.length)}`);
  if (!compiled(recipe, path.relative(ROOT, file), mutant, object).ok) return 'not compiled';
  if (!linked(recipe, object, program).ok) return 'not linked';
  const tested = run(`exec ${program} ${testArguments}`, how.limit, testSurroundings);
  return tested.late ? 'killed (too slow)' : tested.ok ? 'SURVIVED' : 'killed';
}

function place(file, text, fault) {
  const line = text.slice(0, fault.at).split('\n').length;
  const from = text.lastIndexOf('\n', fault.at - 1) + 1;
  const before = text.slice(from, text.indexOf('\n', fault.at)).trim();
  const was = text.slice(fault.at, fault.at + fault.length).trim().replace(/\s+/g, ' ');
  return `${path.relative(ROOT, file)}:${line} ${fault.kind}: \`${was.slice(0, 60)}\` -> \`${fault.put.trim()}\` in: ${before.slice(0, 120)}`;
}

function sample(folder, how) {
  const roll = dice(how.seed);
  const here = path.join(ROOT, 'src', folder);
  const files = readdirSync(here, { recursive: true }).filter((name) => name.endsWith('.cpp') && !/_(test|fuzz|bench)\.cpp$|(^|\/)(main|fake_\w+)\.cpp$/.test(name)).sort().map((name) => path.join(here, name));
  const all = files.filter((file) => file.includes(how.only)).flatMap((file) => faultsOf(readFileSync(file, 'utf8')).map((fault) => ({ file, fault })));
  const out = [];
  while (out.length < how.count && all.length > 0) out.push(all.splice(Math.floor(roll() * all.length), 1)[0]);
  return out;
}

function main() {
  const how = options(process.argv.slice(2));
  mkdirSync(OUT, { recursive: true });
  const survivors = [];
  let caught = 0;
  let tried = 0;
  for (const folder of how.folders) {
    const faults = sample(folder, how);
    if (how.list) {
      for (const { file, fault } of faults) console.log(place(file, readFileSync(file, 'utf8'), fault));
      continue;
    }
    const recipe = recipeOf(how.build, `${folder}_test`);
    const began = Date.now();
    const well = run(`exec ${path.join(how.build, 'bin', recipe.program)} ${testArguments}`, how.seconds, testSurroundings);
    if (!well.ok) throw new Error(`${recipe.program} fails without a fault, or takes more than ${how.seconds} s:\n${well.text.slice(-2000)}`);
    const limit = Math.min(how.seconds, Math.max(10, 4 * (Date.now() - began) / 1000));
    for (const { file, fault } of faults) {
      const outcome = tryFault(recipe, file, fault, { ...how, limit });
      const said = place(file, readFileSync(file, 'utf8'), fault);
      console.log(`${outcome.padEnd(18)}${said}`);
      if (outcome === 'SURVIVED') survivors.push(said);
      if (outcome.startsWith('killed')) ++caught;
      if (outcome === 'SURVIVED' || outcome.startsWith('killed')) ++tried;
    }
  }
  if (how.list) return 0;
  console.log(`\n${caught} of ${tried} faults were noticed (seed ${how.seed}).`);
  for (const one of survivors) console.log(`  survived: ${one}`);
  return survivors.length > 0 ? 1 : 0;
}

process.exit(main());
