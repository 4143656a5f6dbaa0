// One changed source in front of what a build has: compiled alone, linked before everything else. The sources themselves are never changed.
// For ./dev mutate and ./dev sim --planted.
//
// Of a build whose files are compiled together (unity) the calls within one unit must be able to reach another definition: -fPIC -fsemantic-interposition.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What came of a shell's command: ok, late (it was ended after so many seconds), and its words. */
export function run(command, seconds, env = {}) {
  const done = spawnSync('sh', ['-c', command], { cwd: ROOT, timeout: seconds * 1000, killSignal: 'SIGKILL', encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, ...env } });
  return { ok: done.status === 0, late: done.error?.code === 'ETIMEDOUT', text: `${done.stdout ?? ''}${done.stderr ?? ''}` };
}

/** Builds the program, and says how each of its files is compiled and how it is linked. */
export function recipeOf(build, program) {
  if (!existsSync(path.join(build, 'compile_commands.json'))) throw new Error(`${build} is no build: ./dev build`);
  if (spawnSync('ninja', ['-C', build, program], { stdio: ['ignore', 'ignore', 'inherit'] }).status !== 0) throw new Error(`${program} does not build in ${build}`);
  const commands = JSON.parse(readFileSync(path.join(build, 'compile_commands.json'), 'utf8')).filter((one) => !/_fuzz|_bench/.test(one.output ?? ''));
  const link = execFileSync('ninja', ['-C', build, '-t', 'commands', program], { encoding: 'utf8', maxBuffer: 1 << 26 }).trim().split('\n').pop();
  return { build, program, commands, link: link.replace(/^: && /, '').replace(/ && :$/, '') };
}

/** How the build compiles `file`, from the repository's root; of a unity build, how it compiles the unit of its folder. */
function commandFor(recipe, file) {
  const own = recipe.commands.find((one) => path.resolve(one.directory, one.file) === path.join(ROOT, file));
  const target = file.startsWith('src/') ? file.split('/')[1] : recipe.program;
  const known = own ?? recipe.commands.find((one) => one.command.includes(` CMakeFiles/${target}.dir/`) && !one.command.includes('cmake_pch.hxx.cxx'));
  if (!known) throw new Error(`nothing of ${target} is in ${recipe.build}`);
  return known;
}

/** Compiles `source` as the build compiles `file`; `first` are options that go before its own. */
export function compiled(recipe, file, source, object, first = '') {
  const known = commandFor(recipe, file);
  const command = known.command.replace(/^\S*ccache\s+/, '').replace(/ -o \S+/, ` -o ${object}`).replace(/ -c \S+/, ` -c ${source}`)
    .replace(/^(\S+)/, `$1 ${first}`).replace(/ -M[DTF]+ ?\S*/g, '').replace(/ -Werror\b/, '');
  return run(`cd ${known.directory} && ${command} -w`, 600);
}

/** Links the program with the object in front of everything that the build has. */
export function linked(recipe, object, program) {
  const command = recipe.link.replace(/ -o \S+/, ` -o ${program}`).replace(/ (\S+\.o)(?=\s)/, ` ${object} $1 -Wl,--allow-multiple-definition`);
  return run(`cd ${recipe.build} && ${command}`, 600);
}
