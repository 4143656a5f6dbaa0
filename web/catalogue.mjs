// The texts that the console speaks with, out of texts/*.toml: `[console.…]`, and of what the portal and the messages have those tables that say
// the same to staff. As one flat table a language, "table.name" to text.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'smol-toml';

const TEXTS = fileURLToPath(new URL('../texts/', import.meta.url));
export const LANGUAGES = ['en', 'zh-CN'];
const TAKEN = ['console', 'event', 'format', 'currency', 'portal.reason', 'portal.evidence', 'portal.quote_item', 'portal.channel', 'portal.device_state', 'portal.device_proof',
  'portal.line_status', 'portal.medium', 'portal.document_purpose', 'portal.document_media', 'portal.certificate_part', 'portal.dispute_state', 'portal.block',
  'portal.representative_kind', 'portal.check_why', 'portal.bound_account', 'portal.account_answer'];

const isTaken = (key) => TAKEN.some((one) => key.startsWith(`${one}.`)) || /^notice\.\w+\.subject$/.test(key);

export const textFiles = LANGUAGES.map((one) => path.join(TEXTS, `${one}.toml`));

function put(out, key, value) {
  if (typeof value === 'string') out[key] = value;
  else for (const [name, inner] of Object.entries(value)) put(out, key ? `${key}.${name}` : name, inner);
}

export function catalogues() {
  return Object.fromEntries(LANGUAGES.map((language, i) => {
    const flat = {};
    put(flat, '', parse(readFileSync(textFiles[i], 'utf8')));
    return [language, Object.fromEntries(Object.entries(flat).filter(([key]) => isTaken(key)).sort(([a], [b]) => (a < b ? -1 : 1)))];
  }));
}
