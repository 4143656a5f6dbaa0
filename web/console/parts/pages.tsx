// A list of which the server gives one page after the other: what is shown grows at its end.

import { useState, type ReactNode } from 'react';
import type { Answer } from '../api.ts';
import { useAsked } from '../hooks.ts';
import { t } from '../texts.ts';
import { Refusal } from './refusal.tsx';
import { Loading } from './words.tsx';

interface Page<T> { items: T[]; next?: string | undefined }

export function Pages<T>({ what, ask, none, on, children }: { what: string; on?: readonly string[]; ask: (after: string | undefined) => Promise<Answer<Page<T>>>; none: string; children: (items: T[], again: () => void) => ReactNode }): ReactNode {
  const [count, setCount] = useState(1);
  const { value, failure, again } = useAsked(`${what} ${count}`, async () => {
    const items: T[] = [];
    let after: string | undefined;
    for (let i = 0; i < count; ++i) {
      const page = await ask(after);
      items.push(...page.value.items);
      after = page.value.next;
      if (!after) break;
    }
    return { value: { items, next: after }, etag: undefined, waits: false };
  }, { part: what, ...(on && { on }) });
  return (
    <>
      <Refusal of={failure} then={<button className="plain" onClick={again}>{t('console.refusal.try')}</button>} />
      {!value && !failure && <Loading />}
      {value && (value.items.length === 0 ? <p className="quiet">{none}</p> : children(value.items, again))}
      {value?.next && <p><button className="plain" onClick={() => setCount(count + 1)}>{t('console.word.more')}</button></p>}
    </>
  );
}
