// One of few, to narrow a list down by; `none`: any of them.

import type { ReactNode } from 'react';
import { named } from '../texts.ts';

export function Choice<T extends string>({ label, value, all, table, none, onChange }: { label: string; value: string; all: readonly T[]; table: string; none?: string; onChange: (next: string) => void }): ReactNode {
  return (
    <label>{label}
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {none && <option value="">{none}</option>}
        {all.map((one) => <option key={one} value={one}>{named(table, one)}</option>)}
      </select>
    </label>
  );
}
