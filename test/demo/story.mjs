// How the demo speaks: numbered steps, each with what happened and the evidence for it, as it happens.

import { setTimeout as sleep } from 'node:timers/promises';

const plainText = !process.stdout.isTTY || process.env.NO_COLOR;
const paint = (code) => (text) => (plainText ? String(text) : `\x1b[${code}m${text}\x1b[0m`);
export const bold = paint('1');
export const dim = paint('2');
export const green = paint('32');
export const red = paint('31');
export const cyan = paint('36');

const WIDTH = 100;
const PACE_MS = Number(process.env.KEEPLINE_DEMO_PACE_MS ?? (process.stdout.isTTY ? 1200 : 0));
const started = Date.now();
let number = 0;

export const seconds = () => ((Date.now() - started) / 1000).toFixed(1);

/** Columns on a terminal: CJK takes two. */
const columns = (text) => [...text].reduce((sum, char) => sum + (char.codePointAt(0) >= 0x2e80 ? 2 : 1), 0);

/** Breaks at blanks, and between CJK characters, but never in front of a closing mark. */
function wrap(text, width) {
  const lines = [''];
  for (const piece of text.match(/(?:[\u2e80-\uffff]|[^\s\u2e80-\uffff]+)[，。；：！？、）】》”]*|\s+/g) ?? []) {
    if (columns(lines.at(-1) + piece) > width && lines.at(-1).trim()) lines.push(piece.trim());
    else lines[lines.length - 1] += piece;
  }
  return lines.map((line) => line.trimEnd()).filter(Boolean);
}

export function title(text, under) {
  console.log(`\n${bold(text)}\n${dim(under)}`);
}

export function chapter(text) {
  console.log(`\n${bold(cyan(`── ${text} ${'─'.repeat(Math.max(3, WIDTH - 4 - columns(text)))}`))}`);
}

/** A step: what happens, in one sentence. Somebody who watches gets a moment to read. */
export async function step(what) {
  if (number) await sleep(PACE_MS);
  console.log(`\n${bold(String(++number).padStart(2))}  ${bold(what)}${dim(`  ${seconds()} s`)}`);
}

/** Evidence: where it comes from, and what it says. */
export function evidence(from, what) {
  const label = from.padEnd(11);
  wrap(String(what), WIDTH - 18).forEach((line, index) => console.log(`    ${index ? ' '.repeat(label.length + 2) : `${green('✓')} ${cyan(label)}`} ${line}`));
}

/** A message as a phone shows it. */
export function phone(to, text) {
  const lines = wrap(text, 64);
  const wide = Math.max(...lines.map(columns), columns(to) + 2);
  console.log(`      ${dim(`╭─ ${to} ${'─'.repeat(wide + 1 - columns(to))}╮`)}`);
  for (const line of lines) console.log(`      ${dim('│')}  ${line}${' '.repeat(wide - columns(line))}  ${dim('│')}`);
  console.log(`      ${dim(`╰${'─'.repeat(wide + 3)}─╯`)}`);
}

/** The QR code in what a command printed. */
export function drawing(printed) {
  for (const line of printed.split('\n').filter((one) => /^[█▀▄ ]{20,}$/.test(one))) console.log(`      ${line}`);
}

export function command(line, what) {
  console.log(`  ${bold(line)}\n      ${dim(what)}`);
}
