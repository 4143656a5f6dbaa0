// What each scenario left in the journal, as test/golden/journals/*.ndjson: one line per entry of its number and of its
// owner, in order. Later versions fold them again (src/engine/golden_test.cpp). Written only where KEEPLINE_GOLDEN is set.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../golden/journals/', import.meta.url));
const KINDS = ['number', 'subscriber', 'esim', 'claim', 'credential', 'plan'];

function query(store, sql) {
  const rows = execFileSync('sqlite3', ['-json', store, sql], { encoding: 'utf8', maxBuffer: 1 << 28 });
  return rows.trim() ? JSON.parse(rows) : [];
}
const linesOf = (store, kind, key) => query(store,
  `SELECT entry.events, entry.effects FROM stream JOIN entry ON entry.stream = stream.id
    WHERE stream.kind = ${KINDS.indexOf(kind)} AND stream.key = '${key.replaceAll("'", "''")}' ORDER BY entry.version`)
  .map(({ events, effects }) => `{"kind":"${kind}","key":"${key}","events":${events},"effects":${effects || '[]'}}\n`).join('');

/** Those that are there already stay: a golden journal is what a version that is gone wrote. */
export function writeGoldens(world, casts) {
  if (!process.env.KEEPLINE_GOLDEN) return;
  mkdirSync(FOLDER, { recursive: true });
  const store = path.join(world.keepline.folder, 'data', 'keepline.db');
  const write = (name, text) => {
    const file = path.join(FOLDER, `${name}.ndjson`);
    if (!existsSync(file)) writeFileSync(file, text());
  };
  for (const cast of casts) {
    if (cast.failure) continue;
    write(path.basename(cast.scenario.name, '.txt'), () => linesOf(store, 'number', cast.number) + linesOf(store, 'subscriber', cast.subscriber.id));
  }
  for (const kind of KINDS.slice(2)) {
    const keys = query(store, `SELECT key FROM stream WHERE kind = ${KINDS.indexOf(kind)} ORDER BY key LIMIT 40`);
    if (keys.length) write(`all-${kind}`, () => keys.map(({ key }) => linesOf(store, kind, key)).join(''));
  }
}
