// Who of the staff saw a person's data, when and why: for administrators, who answer for it; by staff and by time, and as CSV.

import { useState, type ReactNode } from 'react';
import { api, taken } from '../api.ts';
import { useAsked } from '../hooks.ts';
import { named, t } from '../texts.ts';
import { useBetween } from './between.tsx';
import { Refusal } from './refusal.tsx';
import { saveCsv } from './save.ts';
import { Part, When, Who, Wide } from './words.tsx';

export function Looks({ subscriber }: { subscriber: string }): ReactNode {
  const { value, failure } = useAsked(`looks ${subscriber}`, () => taken(api.GET('/v1/subscribers/{id}/looks', { params: { path: { id: subscriber } } })), { on: [`person:${subscriber}`] });
  const [by, setBy] = useState('');
  const { fields, has } = useBetween();
  const nameOf = (one: { by?: { id: string; person?: string } }): string => one.by?.person ?? one.by?.id ?? '';
  const all = value?.items ?? [];
  const names = [...new Set(all.map(nameOf))].filter(Boolean).sort();
  const shown = all.filter((one) => has(one.at) && (!by || nameOf(one) === by));
  const csv = (): void => saveCsv(`looks-${subscriber}.csv`, [['at', 'by', 'role', 'what', 'why'], ...shown.map((one) => [one.at, nameOf(one), one.as, one.what, one.why ?? ''])]);
  return (
    <Part title={t('console.looked.title')} id="looks" aside={<button className="plain" onClick={csv}>{t('console.queue.csv')}</button>}>
      <Refusal of={failure} />
      <form className="filters" onSubmit={(event) => event.preventDefault()}>
        <label>{t('console.audit.by')}<select value={by} onChange={(event) => setBy(event.target.value)}><option value="">{t('console.word.any')}</option>{names.map((one) => <option key={one}>{one}</option>)}</select></label>
        {fields}
      </form>
      {shown.length === 0 ? <p className="quiet">{t('console.looked.nobody')}</p> : (
        <Wide label={t('console.looked.title')}><table className="rows">
          <thead><tr><th scope="col">{t('console.audit.at')}</th><th scope="col">{t('console.audit.by')}</th><th scope="col">{t('console.audit.kind')}</th><th scope="col">{t('console.word.reason')}</th></tr></thead>
          <tbody>{shown.map((one, i) => <tr key={i}><td><When at={one.at} /></td><td>{one.by ? <Who is={one.by} /> : named('console.role', one.as)}</td><td>{named('console.looked_at', one.what.split(' ')[0] ?? '')}</td><td>{one.why}</td></tr>)}</tbody>
        </table></Wide>
      )}
    </Part>
  );
}
