// What applicants asked us to compare or to call about, over all cases, by kind; each is settled in its case, and from there one goes on to the next.

import { useEffect, type ReactNode } from 'react';
import { Link, useLocation, useSearchParams } from 'wouter';
import { api, taken, type Schemas } from '../api.ts';
import { CheckWords } from '../parts/checks.tsx';
import { Choice } from '../parts/choice.tsx';
import { useLook } from '../parts/documents.tsx';
import { Pages } from '../parts/pages.tsx';
import { useRows } from '../parts/rows.tsx';
import { keepOrder } from '../queue_order.ts';
import { named, number, t } from '../texts.ts';

type Waiting = Schemas['WaitingCheck'];

const KINDS = ['id_document', 'bank_card', 'callback'] as const;
const idOf = (one: Waiting): string => `${one.closure_id} ${one.serial}`;
const caseOf = (id: string): string => id.split(' ')[0] ?? id;

function WaitingChecks({ items, look }: { items: Waiting[]; look: ReturnType<typeof useLook>['look'] }): ReactNode {
  const [, go] = useLocation();
  const row = useRows(items.map(idOf), (id) => go(`/cases/${caseOf(id)}`));
  useEffect(() => keepOrder([...new Set(items.map((one) => one.closure_id))]), [items]);
  const late = items.filter((one) => one.overdue).length;
  return (
    <>
      <p role="status">{t('console.check.counted', { n: items.length, all: number(items.length), late: late ? number(late) : undefined })}</p>
      <ul className="plain-list">{items.map((one) => (
        <li key={idOf(one)} {...row(idOf(one))}><Link href={`/cases/${one.closure_id}`}>{one.reference ?? one.closure_id}</Link> · <CheckWords of={one} />{' '}
          {one.document && <button className="plain" onClick={() => look(one.subscriber, one.document as string, named('portal.evidence', one.kind))}>{t('console.document.look')}</button>}</li>
      ))}</ul>
    </>
  );
}

export function ChecksPage(): ReactNode {
  const { dialogs, look } = useLook();
  const [query, setQuery] = useSearchParams();
  const kind = KINDS.find((one) => one === query.get('kind'));
  return (
    <>
      {dialogs}
      <header className="head"><h1>{t('console.nav.checks')}</h1><p className="quiet">{t('console.check.lead')}</p></header>
      <form className="filters" onSubmit={(event) => event.preventDefault()}>
        <Choice label={t('console.check.kind')} value={kind ?? ''} all={KINDS} table="portal.evidence" none={t('console.word.any')} onChange={(next) => setQuery(next ? { kind: next } : {}, { replace: true })} />
      </form>
      <Pages<Waiting> key={kind ?? ''} what={`checks ${kind ?? ''}`} on={['check', 'closure']} none={t('console.check.none')} ask={(after) => taken(api.GET('/v1/checks', { params: { query: { limit: 100, ...(kind && { kind }), ...(after && { after }) } } }))}>
        {(items) => <WaitingChecks items={items} look={look} />}
      </Pages>
    </>
  );
}
