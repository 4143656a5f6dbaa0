// ./dev sim --planted: does the simulation find the faults that were planted for it (test/sim/mutations.txt)?
//
//   node tools/planted.mjs [--seeds N] [--build DIR] [--list] [NAME…]
//
// The sources are never changed: the changed file is compiled alone and linked in front of what the build has; a changed header is put in front of
// the simulation's own sources. DIR is a build (build/dev). Up to N seeds (3000) are tried for each. The exit code is 1 when a fault was not found.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
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

function run(command, seconds = 600) {
  const done = spawnSync('sh', ['-c', command], { cwd: ROOT, timeout: seconds * 1000, killSignal: 'SIGKILL', encoding: 'utf8', maxBuffer: 1 << 28 });
  return { ok: done.status === 0, late: done.error?.code === 'ETIMEDOUT', text: `${done.stdout ?? ''}${done.stderr ?? ''}` };
}

/** How the build compiles the file, or one of the same folder. */
function compileCommand(commands, file, source, object, first = '') {
  const own = commands.find((one) => path.resolve(one.directory, one.file) === path.join(ROOT, file));
  const folder = file.startsWith('test/sim') ? 'simulation' : file.split('/')[1];
  const known = own ?? commands.find((one) => one.command.includes(` CMakeFiles/${folder}.dir/`));
  if (!known) throw new Error(`nothing of ${folder} is in the build`);
  const command = known.command.replace(/^\S*ccache\s+/, '').replace(/ -o \S+/, ` -o ${object}`).replace(/ -c \S+/, ` ${first} -c ${source}`)
    .replace(/ -M[DTF]+ ?\S*/g, '').replace(/ -Werror\b/, '');
  return `cd ${known.directory} && ${command} -w`;
}

function main() {
  const how = options(process.argv.slice(2));
  const all = faultsOf(readFileSync(LIST, 'utf8')).filter((one) => how.names.length === 0 || how.names.includes(one.name));
  if (how.list) {
    for (const one of all) console.log(`${one.name.padEnd(40)}${one.says}`);
    return 0;
  }
  mkdirSync(OUT, { recursive: true });
  if (spawnSync('ninja', ['-C', how.build, 'simulation'], { stdio: ['ignore', 'ignore', 'inherit'] }).status !== 0) throw new Error('the simulation does not build');
  const commands = JSON.parse(readFileSync(path.join(how.build, 'compile_commands.json'), 'utf8'));
  const link = execFileSync('ninja', ['-C', how.build, '-t', 'commands', 'simulation'], { encoding: 'utf8', maxBuffer: 1 << 26 }).trim().split('\n').pop();
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
    const compiled = run(header ? compileCommand(commands, 'test/sim/simulation.cpp', path.join(ROOT, 'test/sim/simulation.cpp'), object, `-I${path.join(OUT, fault.name)}`)
      : compileCommand(commands, fault.file, source, object));
    if (!compiled.ok) throw new Error(`${fault.name} does not compile:\n${compiled.text}`);
    const linked = run(`cd ${how.build} && ${link.replace(/^: && /, '').replace(/ && :$/, '').replace(/ -o \S+/, ` -o ${program}`)
      .replace(/ (\S+\.o)/, ` ${object} $1 -Wl,--allow-multiple-definition`)}`);
    if (!linked.ok) throw new Error(`${fault.name} is not linked:\n${linked.text}`);
    const done = run(`${program} --seeds ${how.seeds} --as-it-is`);
    const seeds = /^(\d+) seeds, the last one fails/m.exec(done.text)?.[1] ?? /^seed (\d+): the server/m.exec(done.text)?.[1];
    if (done.ok || done.late) ++missed;
    const why = /^seed \d+: (.*)/m.exec(done.text)?.[1] ?? done.text.trim().split('\n').pop();
    console.log(done.ok || done.late ? `NOT FOUND  ${fault.name}${done.late ? ' (in ten minutes)' : ''}: ${fault.says}` : `${String(seeds ?? '?').padStart(6)} seeds  ${fault.name.padEnd(38)}${why}`);
  }
  console.log(`\n${all.length - missed} of ${all.length} planted faults were found.`);
  return missed > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(main());
