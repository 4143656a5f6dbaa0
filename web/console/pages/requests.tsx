// Everything that waits for a second person, wherever it does; of what is shown, the one that waits longest first.

import { useState, type ReactNode } from 'react';
import { api, taken, type Schemas } from '../api.ts';
import { Pages } from '../parts/pages.tsx';
import { RequestCard } from '../parts/requests.tsx';
import { Rows } from '../parts/rows.tsx';
import { t } from '../texts.ts';

type Waiting = Schemas['WaitingRequest'];
const idOf = (one: Waiting): string => `${one.about.id} ${one.request.serial}`;

export function RequestsPage(): ReactNode {
  const [said, setSaid] = useState('');
  return (
    <>
      <header className="head"><h1>{t('console.nav.requests')}</h1><p className="quiet">{t('console.request.lead')}</p></header>
      <div role="status">{said && <p className="good-note">{said}</p>}</div>
      <Pages<Waiting> what="requests" on={['request', 'closure']} none={t('console.request.none')} ask={(after) => taken(api.GET('/v1/requests', { params: { query: { limit: 100, ...(after && { after }) } } }))}>
        {(items, again) => {
          const waiting = [...items].sort((a, b) => (a.request.at < b.request.at ? -1 : 1));
          return <Rows ids={waiting.map(idOf)}>{(row) => <div className="cards">{waiting.map((one) => <RequestCard key={idOf(one)} row={row(idOf(one))} about={one.about} of={one.request} again={again} onSaid={setSaid} />)}</div>}</Rows>;
        }}
      </Pages>
    </>
  );
}
