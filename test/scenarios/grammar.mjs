// Reads a scenario's text into what is to happen when. The words are in README.md; what each statement does is in steps.mjs.

import { STATEMENTS } from './steps.mjs';

const HEADERS = ['scenario', 'covers', 'policy', 'language', 'line', 'fails'];
const MOMENT = /^at day (\d+) (\d\d):(\d\d):$/;
const LATER = /^after (\d+) (minutes?|hours?|days?):$/;
const LENGTHS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

export class Unreadable extends Error {}

/** The statement of this line: { run, found }. */
function statementOf(text, where) {
  for (const [pattern, run] of STATEMENTS) {
    const found = pattern.exec(text);
    if (found) return { run, found };
  }
  throw new Unreadable(`${where}: no statement reads "${text}"`);
}

/**
 * { name, header: { scenario, covers: [...], policy, … }, moments: [{ day, minute, later, statements: [{ line, text, run, found }] }] }.
 * `later`: milliseconds after the moment before; otherwise day and minute are of the policy's place.
 */
export function read(name, text) {
  const header = {};
  const moments = [];
  let last = -1;
  text.split('\n').forEach((raw, index) => {
    const line = raw.replace(/(^|\s)#\s.*$/, '').trim();
    const where = `${name}:${index + 1}`;
    if (!line || line === '#') return;
    const head = moments.length === 0 && /^([a-z]+): *(.*)$/.exec(line);
    if (head && HEADERS.includes(head[1])) {
      if (head[1] in header) throw new Unreadable(`${where}: "${head[1]}:" is there twice`);
      header[head[1]] = head[2];
      return;
    }
    const moment = MOMENT.exec(line);
    const later = LATER.exec(line);
    if (moment) {
      const [day, minute] = [Number(moment[1]), Number(moment[2]) * 60 + Number(moment[3])];
      const at = day * 1440 + minute;
      if (at <= last) throw new Unreadable(`${where}: time goes forward`);
      last = at;
      moments.push({ day, minute, statements: [] });
    } else if (later) {
      if (!moments.length) throw new Unreadable(`${where}: after what?`);
      moments.push({ later: Number(later[1]) * LENGTHS[later[2].replace(/s$/, '')], statements: [] });
    } else {
      if (!moments.length) throw new Unreadable(`${where}: say when: "at day 0 10:00:"`);
      moments.at(-1).statements.push({ line: index + 1, text: line, ...statementOf(line, where) });
    }
  });
  for (const wanted of ['scenario', 'policy']) if (!header[wanted]) throw new Unreadable(`${name}: "${wanted}:" is missing`);
  if (!moments.length) throw new Unreadable(`${name}: nothing happens`);
  header.covers = (header.covers ?? '').split(',').map((one) => one.trim()).filter(Boolean);
  return { name, header, moments };
}

/** The instant of a wall clock's time in a zone, in ms: the first, where it comes twice. */
export function instantOf(zone, [year, month, day], minute) {
  const wall = Date.UTC(year, month - 1, day, 0, minute);
  let at = wall;
  for (let i = 0; i < 3; ++i) at = wall - offsetAt(zone, at);
  return at;
}

/** The calendar day of an instant in a zone, "2026-03-02". */
export function dayOf(zone, at) { return new Date(at + offsetAt(zone, at)).toISOString().slice(0, 10); }

const formats = new Map();
function offsetAt(zone, at) {
  if (!formats.has(zone)) {
    formats.set(zone, new Intl.DateTimeFormat('en-US', {
      timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
    }));
  }
  const part = Object.fromEntries(formats.get(zone).formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second) - Math.floor(at / 1000) * 1000;
}
