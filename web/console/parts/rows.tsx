// What waits, worked through by keyboard: j and k go down and up, Enter opens; the one at hand is marked. Each row has a link or a button, which is focused.

import { useState, type ReactNode } from 'react';
import { useKeys } from '../hooks.ts';

export interface Row { 'data-id': string; className: string; onFocus: () => void }

export function useRows(ids: readonly string[], open?: (id: string) => void): (id: string) => Row {
  const [at, setAt] = useState<string>();
  const index = at === undefined ? -1 : ids.indexOf(at);
  const move = (by: number): void => {
    const next = ids[Math.max(0, Math.min(ids.length - 1, index < 0 ? 0 : index + by))];
    if (next === undefined) return;
    setAt(next);
    document.querySelector<HTMLElement>(`main [data-id="${CSS.escape(next)}"] :is(a, button)`)?.focus();
  };
  useKeys({ j: () => move(1), k: () => move(-1), Enter: () => { if (at !== undefined && index >= 0) open?.(at); } });
  return (id) => ({ 'data-id': id, className: id === at ? 'at' : '', onFocus: () => setAt(id) });
}

/** The same for what is shown only once it is there. */
export function Rows({ ids, open, children }: { ids: readonly string[]; open?: (id: string) => void; children: (row: (id: string) => Row) => ReactNode }): ReactNode {
  return children(useRows(ids, open));
}
