// Who was found by name last: in memory, of this tab, and forgotten after a while. The name is asked for with a reason and stands in no address.

import { api, sent, taken, type Schemas } from './api.ts';
import { SHOWN_MS } from './hooks.ts';

const LIMIT = 20;

export interface Looked { name: string; reason: string }
export interface Found { looked: Looked; items: { id: string; name: string; lines: { line_id: string; number_tail: string; status: Schemas['LineStatus'] }[] }[]; next: string | undefined }

let latest: Found | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
const watchers = new Set<() => void>();

export function keepFound(found: Found | undefined): void {
  clearTimeout(timer);
  if (found) timer = setTimeout(() => keepFound(undefined), SHOWN_MS);
  latest = found;
  for (const one of [...watchers]) one();
}

export const foundNow = (): Found | undefined => latest;

export function watchFound(act: () => void): () => void {
  watchers.add(act);
  return () => { watchers.delete(act); };
}

/** The first page, or what comes behind `before`. */
export async function findPeople(looked: Looked, key: string, before?: Found): Promise<void> {
  const { value } = await taken(api.POST('/v1/people/search', { params: { header: sent(key) }, body: { ...looked, limit: LIMIT, ...(before?.next && { after: before.next }) } }));
  keepFound({ looked, items: [...(before?.items ?? []), ...value.items], next: value.next });
}
