// A line's journal in words, newest first: what the customer reads of it, who did it, and for those who want it the entry itself.

import { useState, type ReactNode } from 'react';
import { api, taken, type Answer, type Schemas } from '../api.ts';
import { useAsked } from '../hooks.ts';
import { eventInWords, named, t } from '../texts.ts';
import { Refusal } from './refusal.tsx';
import { Loading, When, Who } from './words.tsx';

type Entry = Schemas['HistoryPage']['items'][number];

const PAGE = 200;
const PAGES_MAX = 10;
const SHOWN_FIRST = 30;

async function whole(line: string): Promise<Answer<{ items: Entry[]; more: boolean }>> {
  const items: Entry[] = [];
  let after: string | undefined;
  for (let i = 0; i < PAGES_MAX; ++i) {
    const { value } = await taken(api.GET('/v1/lines/{id}/history', { params: { path: { id: line }, query: { limit: PAGE, ...(after && { after }) } } }));
    items.push(...value.items);
    after = value.next;
    if (!after) break;
  }
  return { value: { items: items.reverse(), more: after !== undefined }, etag: undefined, waits: false };
}

export function Timeline({ line }: { line: string }): ReactNode {
  const { value, failure } = useAsked(`history ${line}`, () => whole(line), { on: [`line:${line}`, `closure:${line}`] });
  const [all, setAll] = useState(false);
  const [messages, setMessages] = useState(false);
  if (!value) return failure ? <Refusal of={failure} /> : <Loading />;
  const items = messages ? value.items : value.items.filter((one) => !one.events.every((event) => event.type === 'notice_noted'));
  const shown = all ? items : items.slice(0, SHOWN_FIRST);
  return (
    <>
      <Refusal of={failure} />
      <p className="quiet">{t('console.timeline.lead')}</p>
      <label className="check"><input type="checkbox" checked={messages} onChange={(event) => setMessages(event.target.checked)} />{t('console.timeline.messages')}</label>
      <ol className="timeline">
        {shown.map((one) => (
          <li key={one.version}>
            <div className="quiet"><When at={one.at} /> · <Who is={one.by} /> · {named('portal.channel', one.channel)}</div>
            {one.events.map((event, i) => <p key={i}>{eventInWords(event)}</p>)}
            <details><summary>{t('console.timeline.entry', { n: one.version })}</summary><pre>{JSON.stringify(one.events, null, 1)}</pre><p className="quiet"><code>{one.hash}</code></p></details>
          </li>
        ))}
      </ol>
      {shown.length < items.length && <button type="button" className="plain" onClick={() => setAll(true)}>{t('console.timeline.all', { n: items.length })}</button>}
      {value.more && <p className="note">{t('console.timeline.older')}</p>}
    </>
  );
}
