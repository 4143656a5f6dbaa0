// Who was found by name: masked, with the tails of their numbers.

import { useEffect, useState, useSyncExternalStore, type ReactNode } from 'react';
import { Link } from 'wouter';
import { newKey } from '../api.ts';
import { findPeople, foundNow, keepFound, watchFound } from '../people_found.ts';
import { Refusal } from '../parts/refusal.tsx';
import { Wide } from '../parts/words.tsx';
import { named, t } from '../texts.ts';

export function PeoplePage(): ReactNode {
  const found = useSyncExternalStore(watchFound, foundNow);
  const [failure, setFailure] = useState<unknown>();
  useEffect(() => () => keepFound(undefined), []);
  return (
    <>
      <header className="head"><h1>{t('console.people.title')}</h1><p className="quiet">{t('console.people.lead')}</p></header>
      <Refusal of={failure} />
      {(!found || found.items.length === 0) && <p>{found ? t('console.people.none') : t('console.people.again')}</p>}
      {found && found.items.length > 0 && (
        <Wide label={t('console.people.title')}><table className="rows">
          <thead><tr><th scope="col">{t('console.person.name')}</th><th scope="col">{t('console.people.lines')}</th></tr></thead>
          <tbody>{found.items.map((one) => (
            <tr key={one.id}><th scope="row">{one.name}</th><td>{one.lines.map((line) => <div key={line.line_id}><Link href={`/lines/${line.line_id}`}>…{line.number_tail}</Link> <span className="tag quiet">{named('portal.line_status', line.status)}</span></div>)}</td></tr>
          ))}</tbody>
        </table></Wide>
      )}
      {found?.next && <p><button className="plain" onClick={() => { setFailure(undefined); findPeople(found.looked, newKey(), found).catch(setFailure); }}>{t('console.word.more')}</button></p>}
    </>
  );
}
