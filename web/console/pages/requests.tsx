// Everything that waits for a second person, wherever it does.

import { useState, type ReactNode } from 'react';
import { api, taken, type Schemas } from '../api.ts';
import { Pages } from '../parts/pages.tsx';
import { RequestCard } from '../parts/requests.tsx';
import { t } from '../texts.ts';

export function RequestsPage(): ReactNode {
  const [said, setSaid] = useState('');
  return (
    <>
      <header className="head"><h1>{t('console.nav.requests')}</h1><p className="quiet">{t('console.request.lead')}</p></header>
      <div role="status">{said && <p className="good-note">{said}</p>}</div>
      <Pages<Schemas['WaitingRequest']> what="requests" on={['request', 'closure']} none={t('console.request.none')} ask={(after) => taken(api.GET('/v1/requests', { params: { query: { limit: 100, ...(after && { after }) } } }))}>
        {(items, again) => <div className="cards">{items.map((one) => <RequestCard key={`${one.about.id} ${one.request.serial}`} about={one.about} of={one.request} again={again} onSaid={setSaid} />)}</div>}
      </Pages>
    </>
  );
}
