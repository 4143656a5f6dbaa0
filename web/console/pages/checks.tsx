// What applicants asked us to compare or to call about, over all cases; each is settled in its case.

import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { api, taken, type Schemas } from '../api.ts';
import { CheckWords } from '../parts/checks.tsx';
import { useLook } from '../parts/documents.tsx';
import { Pages } from '../parts/pages.tsx';
import { named, t } from '../texts.ts';

export function ChecksPage(): ReactNode {
  const { dialogs, look } = useLook();
  return (
    <>
      {dialogs}
      <header className="head"><h1>{t('console.nav.checks')}</h1><p className="quiet">{t('console.check.lead')}</p></header>
      <Pages<Schemas['WaitingCheck']> what="checks" on={['check', 'closure']} none={t('console.check.none')} ask={(after) => taken(api.GET('/v1/checks', { params: { query: { limit: 100, ...(after && { after }) } } }))}>
        {(items) => (
          <ul className="plain-list">{items.map((one) => <li key={`${one.closure_id} ${one.serial}`}><Link href={`/cases/${one.closure_id}`}>{one.reference ?? one.closure_id}</Link> · <CheckWords of={one} />{' '}
            {one.document && <button className="plain" onClick={() => look(one.subscriber, one.document as string, named('portal.evidence', one.kind))}>{t('console.document.look')}</button>}</li>)}</ul>
        )}
      </Pages>
    </>
  );
}
