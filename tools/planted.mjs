// ./dev sim --planted: does the simulation find the faults that were planted for it (test/sim/mutations.txt)?
//
//   node tools/planted.mjs [--seeds N] [--build DIR] [--list] [NAME…]
//
// Each is compiled alone and linked in front of what the build has (tools/one_change.mjs); a changed header is put in front of the simulation's own
// sources. DIR is a build (build/dev). Up to N seeds (3000) are tried for each. The exit code is 1 when a fault was not found.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { ROOT, compiled, linked, recipeOf, run } from './one_change.mjs';

const OUT = path.join(ROOT, 'build/planted');
const LIST = path.join(ROOT, 'test/sim/mutations.txt');

function options(argv) {
  const out = { seeds: 3000, build: path.join(ROOT, 'build/dev'), list: false, names: [] };
  for (let i = 0; i < argv.length; ++i) {
    if (argv[i] === '--list') out.list = true;
    else if (argv[i] === '--planted') continue;
    else if (argv[i] === '--seeds' && Number.isInteger(Number(argv[i + 1]))) out.seeds = Number(argv[++i]);
    else if (argv[i] === '--build' && argv[i + 1]) out.build = path.resolve(argv[++i]);
    else if (!argv[i].startsWith('--')) out.names.push(argv[i]);
    else throw new Error(`what is ${argv[i]}?`);
  }
  return out;
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** { name, file, from, to, says }, as the head of the list says. */
export function faultsOf(text) {
  return text.split(/^== /m).slice(1).map((block) => {
    const [name, ...lines] = block.split('\n');
    const of = (mark) => lines.filter((line) => line.startsWith(mark)).map((line) => line.slice(mark.length));
    return { name: name.trim(), file: of('file ')[0].trim(), from: of('-').map((line) => line.trim()), to: of('+'), says: of('says ')[0].trim() };
  });
}

/** The file with the fault in it. */
export function planted(fault, text) {
  const pattern = new RegExp(`^[ \\t]*${fault.from.map(escaped).join('[ \\t]*\\n[ \\t]*')}[ \\t]*$`, 'gm');
  const found = [...text.matchAll(pattern)];
  if (found.length !== 1) throw new Error(`${fault.name}: its text is ${found.length} times in ${fault.file}`);
  return text.slice(0, found[0].index) + fault.to.join('\n') + text.slice(found[0].index + found[0][0].length);
}

function main() {
  const how = options(process.argv.slice(2));
  const all = faultsOf(readFileSync(LIST, 'utf8')).filter((one) => how.names.length === 0 || how.names.includes(one.name));
  if (how.list) {
    for (const one of all) console.log(`${one.name.padEnd(40)}${one.says}`);
    return 0;
  }
  mkdirSync(OUT, { recursive: true });
  const recipe = recipeOf(how.build, 'simulation');
  let missed = 0;
  for (const fault of all) {
    const name = path.basename(fault.file);
    const header = name.endsWith('.hpp');
    const source = header ? path.join(OUT, fault.name, fault.file.replace(/^src\//, '')) : path.join(OUT, `planted_${name}`);
    mkdirSync(path.dirname(source), { recursive: true });
    try {
      writeFileSync(source, planted(fault, readFileSync(path.join(ROOT, fault.file), 'utf8')));
    } catch (why) {
      ++missed;
      console.log(`NOT TRIED  ${why.message}`);
      continue;
    }
    const object = path.join(OUT, 'planted.o');
    const program = path.join(OUT, 'simulation');
    const made = header ? compiled(recipe, 'test/sim/simulation.cpp', path.join(ROOT, 'test/sim/simulation.cpp'), object, `-I${path.join(OUT, fault.name)}`)
      : compiled(recipe, fault.file, source, object);
    if (!made.ok) throw new Error(`${fault.name} does not compile:\n${made.text}`);
    const joined = linked(recipe, object, program);
    if (!joined.ok) throw new Error(`${fault.name} is not linked:\n${joined.text}`);
    const done = run(`exec ${program} --seeds ${how.seeds} --as-it-is`, 600);
    const seeds = /^(\d+) seeds, the last one fails/m.exec(done.text)?.[1] ?? /^seed (\d+): the server/m.exec(done.text)?.[1];
    if (done.ok || done.late) ++missed;
    const why = /^seed \d+: (.*)/m.exec(done.text)?.[1] ?? done.text.trim().split('\n').pop();
    console.log(done.ok || done.late ? `NOT FOUND  ${fault.name}${done.late ? ' (in ten minutes)' : ''}: ${fault.says}` : `${String(seeds ?? '?').padStart(6)} seeds  ${fault.name.padEnd(38)}${why}`);
  }
  console.log(`\n${all.length - missed} of ${all.length} planted faults were found.`);
  return missed > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(main());
