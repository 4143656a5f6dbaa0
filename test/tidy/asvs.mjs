// How Keepline stands to OWASP ASVS: the answers of docs/asvs.yaml to the ids of asvs_ids.txt, as the last part of docs/security.md.
// `./dev node test/tidy/asvs.mjs` writes that part anew; tidy.test.mjs holds the page to it.

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parse } from 'yaml';
import * as rules from './rules.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGE = 'docs/security.md';
const HEADING = '## OWASP ASVS 5.0.0';
const KINDS = ['met', 'not', 'none'];

/** Of the list of ids: [{ id, level, chapter }], chapter by chapter. */
export function requirementsOf(list) {
  let chapter = '';
  return list.split('\n').filter((line) => line && !line.startsWith('#')).flatMap((line) => {
    const [head, ...rest] = line.split(' ');
    if (!head.includes('.')) {
      chapter = line;
      return [];
    }
    return rest.map((level, i) => ({ id: `${head}.${i + 1}`, level: Number(level), chapter }));
  });
}

/** The ids that a key of the answers stands for: V6.2.1-12 is twelve. */
function idsOf(key) {
  const [, section, first, last] = /^(V\d+\.\d+)\.(\d+)(?:-(\d+))?$/.exec(key) ?? [];
  if (!section) return [key];
  return Array.from({ length: Math.max(0, Number(last ?? first) - Number(first) + 1) }, (_, i) => `${section}.${Number(first) + i}`);
}

/** What shows an answer: { file, name } of a test, { file } of anything else; a page may have an anchor. */
const shownBy = (one) => (typeof one === 'string' ? { file: one } : { file: Object.keys(one)[0], name: Object.values(one)[0] });

/** In words, what is wrong with the answers; `read` as for rules.deadLinks. */
export function wrongAnswers(requirements, answers, read) {
  const given = Object.keys(answers).flatMap((key) => idsOf(key).map((id) => ({ key, id })));
  const known = new Set(requirements.map(({ id }) => id));
  const times = (id) => given.filter((one) => one.id === id).length;
  return [
    ...requirements.filter(({ id }) => times(id) === 0).map(({ id }) => `${id} has no answer`),
    ...requirements.filter(({ id }) => times(id) > 1).map(({ id }) => `${id} has ${times(id)} answers`),
    ...given.filter(({ id }) => !known.has(id)).map(({ key, id }) => `${key}: there is no ${id}`),
    ...Object.entries(answers).flatMap(([key, answer]) => {
      const kinds = KINDS.filter((kind) => kind in answer);
      const strange = Object.keys(answer).filter((member) => member !== 'by' && !KINDS.includes(member));
      return [
        ...(kinds.length === 1 && typeof answer[kinds[0]] === 'string' && answer[kinds[0]] ? [] : [`${key}: say met, not or none, and one of them`]),
        ...strange.map((member) => `${key}: ${member} is none of met, not, none, by`),
        ...('met' in answer && !answer.by?.length ? [`${key}: what shows it?`] : []),
        ...(answer.by ?? []).flatMap((one) => wrongSource(key, shownBy(one), read)),
      ];
    }),
  ];
}

function wrongSource(key, { file, name }, read) {
  const [place, anchor] = file.split('#');
  const source = read(place);
  if (source === undefined) return [`${key}: there is no ${place}`];
  if (anchor && !rules.anchorsOf(source).has(anchor)) return [`${key}: ${place} has no #${anchor}`];
  if (name === undefined) return [];
  if (!/\.test\.mjs$|_test\.cpp$/.test(place)) return [`${key}: ${place} is no file of tests, and "${name}" is sought in it`];
  return rules.missingTests(key, `\`${place}\` "${name.replaceAll('"', '\\"')}"`, read);
}

const cell = (words) => words.replaceAll('|', '\\|');
function source(one) {
  const { file, name } = shownBy(one);
  const short = file.split('#')[0].split('/').at(-1);
  const link = `[${short}](${path.posix.relative(path.posix.dirname(PAGE), file)})`;
  return cell(name === undefined ? link : `${link} "${name}"`);
}

/** That part of the page. */
export function partOf(requirements, answers) {
  const kindOf = (answer) => KINDS.find((kind) => kind in answer);
  const byId = new Map(Object.entries(answers).flatMap(([key, answer]) => idsOf(key).map((id) => [id, { key, answer }])));
  const chapters = Map.groupBy(requirements, ({ chapter }) => chapter);
  const count = (of) => KINDS.map((kind) => of.filter(({ id }) => kindOf(byId.get(id).answer) === kind).length);
  const rows = (of) => [...new Set(of.map(({ id }) => byId.get(id).key))].map((key) => {
    const { answer } = byId.get(idsOf(key)[0]);
    const levels = [...new Set(of.filter(({ id }) => byId.get(id).key === key).map(({ level }) => level))].join(', ');
    const kind = kindOf(answer);
    return `| ${key} | ${levels} | ${kind === 'not' ? '**not**' : kind} | ${cell(answer[kind])} | ${(answer.by ?? []).map(source).join('; ')} |`;
  });
  return [HEADING, '',
    'Requirement by requirement: *met*, and what shows it; **not**, wholly or in part, and why; *none*, where there is nothing that it could be about. The ids and levels (1 to 3) are',
    'those of the [Application Security Verification Standard](https://github.com/OWASP/ASVS), which has the sentences. V17 (WebRTC) is about nothing that is here.',
    'Made from [asvs.yaml](asvs.yaml) by `./dev node test/tidy/asvs.mjs`; a test holds it to the ids and to the tests that it names.', '',
    '| chapter | met | not | none |', '|---|---|---|---|',
    ...[...chapters].map(([name, of]) => `| ${name} | ${count(of).join(' | ')} |`),
    `| all | ${count(requirements).join(' | ')} |`,
    ...[...chapters].flatMap(([name, of]) => ['', `### ${name}`, '', '| id | level | | how, or why not | shown by |', '|---|---|---|---|---|', ...rows(of)]), ''].join('\n');
}

/** The page with that part as it should be: everything from its heading on is made. */
export const pageWith = (page, part) => page.slice(0, page.includes(`\n${HEADING}\n`) ? page.indexOf(`\n${HEADING}\n`) + 1 : page.length) + part;

const readIn = (file) => readFileSync(path.join(ROOT, file), 'utf8');
/** What is in the repository: { requirements, answers, page, made }. */
export function standing() {
  const requirements = requirementsOf(readIn('test/tidy/asvs_ids.txt'));
  const answers = parse(readIn('docs/asvs.yaml'));
  const page = readIn(PAGE);
  return { requirements, answers, page, made: () => pageWith(page, partOf(requirements, answers)) };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) writeFileSync(path.join(ROOT, PAGE), standing().made());
