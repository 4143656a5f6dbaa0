// What each scenario left in the journal, as test/golden/journals/*.ndjson: one line per entry of its number and of its
// owner, in order. Later versions fold them again (src/engine/golden_test.cpp). Written only where KEEPLINE_GOLDEN is set.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../golden/journals/', import.meta.url));
const KINDS = ['number', 'subscriber'];

function entriesOf(store, kind, key) {
  const rows = execFileSync('sqlite3', ['-json', store,
    `SELECT entry.version, entry.at, entry.events, entry.effects FROM stream JOIN entry ON entry.stream = stream.id
      WHERE stream.kind = ${KINDS.indexOf(kind)} AND stream.key = '${key.replaceAll("'", "''")}' ORDER BY entry.version`],
  { encoding: 'utf8', maxBuffer: 1 << 28 });
  return rows.trim() ? JSON.parse(rows) : [];
}

/** Those that are there already stay: a golden journal is what a version that is gone wrote. */
export function writeGoldens(world, casts) {
  if (!process.env.KEEPLINE_GOLDEN) return;
  mkdirSync(FOLDER, { recursive: true });
  const store = path.join(world.keepline.folder, 'data', 'keepline.db');
  for (const cast of casts) {
    const file = path.join(FOLDER, `${path.basename(cast.scenario.name, '.txt')}.ndjson`);
    if (existsSync(file) || cast.failure) continue;
    const lines = [['number', cast.number], ['subscriber', cast.subscriber.id]].flatMap(([kind, key]) => entriesOf(store, kind, key)
      .map(({ events, effects }) => `{"kind":"${kind}","key":"${key}","events":${events},"effects":${effects || '[]'}}`));
    writeFileSync(file, `${lines.join('\n')}\n`);
  }
}
