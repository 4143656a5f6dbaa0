// Manual pages from the program's own --help (all of it at once: `keepline manual`), so that they never lag behind it: keepline.1, a page for each command (keepline-backup.1,
// with its subcommands), and keepline.toml.5, which is the documented configuration.
//
//   node tools/man-pages.mjs PROGRAM FOLDER      PROGRAM: build/release/bin/keepline
//
// CLI11 prints sections with a heading ("Options:"), entries as "  name   words" with words on the next lines when the name is long, and our
// own footers ("Examples:", "First steps:", "Settings: …").

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const WORDS_COLUMN = 30; // where CLI11 puts the words of an entry

/** Text as troff takes it: no line is a request, no backslash an escape, a dash is a dash that can be copied, a list without spaces may break. */
export const plain = (text) => text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replace(/^([.'])/gm, '\\&$1').replace(/,(?=\S)/g, ',\\:');

/** { about, usage, sections: [{ title, entries: [{ name, words }] }], rest: [line] } */
export function parseHelp(text) {
  const out = { about: '', usage: '', sections: [], rest: [] };
  let section = null;
  let footer = false;
  for (const line of text.split('\n')) {
    const heading = /^(Positionals|Options|Subcommands):$/.exec(line);
    if (heading) {
      section = { title: heading[1], entries: [] };
      out.sections.push(section);
    } else if (footer || /^(Examples|First steps|Settings|Exit codes)\b.*:|^[A-Z`]/.test(line) && out.sections.length > 0) {
      footer = true;
      out.rest.push(line);
    } else if (line.startsWith('Usage: ')) {
      out.usage = line.slice('Usage: '.length);
    } else if (!out.usage) {
      out.about += (out.about ? ' ' : '') + line.trim();
    } else if (section && line.trim()) {
      const indent = line.length - line.trimStart().length;
      const entry = /^ {2}(\S.*?)(?: {2,}(.*))?$/.exec(line);
      if (indent >= WORDS_COLUMN - 2 && section.entries.length) section.entries.at(-1).words += ` ${line.trim()}`;
      else if (entry) section.entries.push({ name: entry[1], words: entry[2] ?? '' });
    }
  }
  return out;
}

/** The footer: paragraphs, and blocks of indented lines as they are. */
function footerOf(lines) {
  let out = '';
  let block = false;
  for (const line of lines) {
    const indented = /^ {2}/.test(line);
    if (indented !== block) out += indented ? '.nf\n.RS 4\n' : '.RE\n.fi\n';
    block = indented;
    const heading = !indented && /^(Examples|First steps):$/.exec(line);
    if (heading) out += `.SH ${heading[1].toUpperCase()}\n`;
    else if (!line.trim()) out += '.PP\n';
    else out += `${plain(indented ? line.slice(2) : line)}\n${indented ? '' : '.br\n'}`;
  }
  return out + (block ? '.RE\n.fi\n' : '');
}

function bodyOf(help, { heading = 'SH' } = {}) {
  let out = '';
  for (const { title, entries } of help.sections) {
    if (title === 'Subcommands' && heading === 'SH' && help.children) continue;
    out += `.${heading} ${title === 'Positionals' ? 'ARGUMENTS' : title.toUpperCase()}\n`;
    for (const { name, words } of entries) out += `.TP\n.B ${plain(name)}\n${plain(words.trim() || name)}\n`;
  }
  return out;
}

export function manualPages(program) {
  const run = (...args) => execFileSync(program, args, { encoding: 'utf8', env: { PATH: process.env.PATH, LANG: 'C.UTF-8' } });
  const { version } = JSON.parse(run('version', '--json'));
  const head = (name, section, title) => `.\\" Made by tools/man-pages.mjs from \`keepline --help\`.\n.TH ${name.toUpperCase()} ${section} "" "keepline ${version}" "${title}"\n.ad l\n`;
  const subcommands = (help) => help.sections.find(({ title }) => title === 'Subcommands')?.entries ?? [];
  const pages = new Map();
  const helps = new Map(Object.entries(JSON.parse(run('manual', '--json'))));
  const helpOf = (...words) => parseHelp(helps.get(['keepline', ...words].join(' ')));
  const root = helpOf();
  const commands = subcommands(root).map(({ name }) => name);
  pages.set('keepline.1', `${head('keepline', 1, 'Keepline')}.SH NAME\nkeepline \\- server for number\\-keeping lines, and its command line\n`
    + `.SH SYNOPSIS\n.B ${plain(root.usage)}\n.SH DESCRIPTION\n${plain(root.about)}\nEach command has a page of its own: keepline\\-serve(1), keepline\\-backup(1) and so on.\n`
    + `${bodyOf(root)}${footerOf(root.rest)}.SH FILES\n.TP\n.I /etc/keepline/keepline.toml\nthe configuration, keepline.toml(5)\n`
    + `.TP\n.I /var/lib/keepline\nthe store and its keys\n.SH SEE ALSO\nkeepline.toml(5), /usr/share/doc/keepline/operating.md\n`);
  for (const command of commands) {
    const help = helpOf(command);
    const children = subcommands(help).map(({ name }) => ({ name, help: helpOf(command, name) }));
    help.children = children.length > 0;
    let page = `${head(`keepline-${command}`, 1, 'Keepline')}.SH NAME\nkeepline\\-${plain(command)} \\- ${plain(help.about)}\n.SH SYNOPSIS\n`;
    if (children.length === 0) page += `.B ${plain(help.usage)}\n`;
    for (const child of children) page += `.B ${plain(child.help.usage)}\n.br\n`;
    page += `.SH DESCRIPTION\n${plain(help.about)}.\n${bodyOf(help)}`;
    if (children.length > 0) page += '.SH COMMANDS\n';
    for (const child of children) {
      page += `.SS ${plain(`${command} ${child.name}`)}\n${plain(child.help.about)}.\n`;
      for (const { title, entries } of child.help.sections)
        for (const { name, words } of entries)
          if (!name.startsWith('-h,')) page += `.TP\n.B ${plain(name)}\n${plain(words.trim() || title)}\n`;
      const examples = child.help.rest.filter((line) => /^ {2}/.test(line));
      if (examples.length && child.help.rest.join() !== help.rest.join()) page += `.PP\n.nf\n.RS 4\n${plain(examples.map((line) => line.slice(2)).join('\n'))}\n.RE\n.fi\n`;
    }
    page += `${footerOf(help.rest)}.SH SEE ALSO\nkeepline(1), keepline.toml(5)\n`;
    pages.set(`keepline-${command}.1`, page);
  }
  pages.set('keepline.toml.5', `${head('keepline.toml', 5, 'Keepline')}.SH NAME\nkeepline.toml \\- the configuration of keepline\n.SH DESCRIPTION\nEvery key, with its default:\n`
    + `.PP\n.nf\n${plain(readFileSync(path.join(ROOT, 'config/keepline.toml'), 'utf8'))}.fi\n.SH SEE ALSO\nkeepline(1), keepline\\-config(1)\n`);
  return pages;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [program, folder] = process.argv.slice(2);
  if (!folder) throw new Error('node tools/man-pages.mjs PROGRAM FOLDER');
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of manualPages(path.resolve(program))) writeFileSync(path.join(folder, name), text);
}
