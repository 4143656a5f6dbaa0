// What one holder of access did with it: who made and signed it, when it was used, which lines they looked for; by what and by time, and as CSV.

import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { api, taken } from '../api.ts';
import { useAsked } from '../hooks.ts';
import { useBetween } from '../parts/between.tsx';
import { Refusal } from '../parts/refusal.tsx';
import { flat } from '../parts/requests.tsx';
import { saveCsv } from '../parts/save.ts';
import { Loading, Part, When, Wide, Who } from '../parts/words.tsx';
import { eventInWords, t } from '../texts.ts';

const withoutType = ({ type: _, ...rest }: { [name: string]: unknown }): [string, string][] => flat(rest);

export function AuditPage({ id }: { id: string }): ReactNode {
  const { value, failure } = useAsked(`audit ${id}`, () => taken(api.GET('/v1/tokens/{id}/history', { params: { path: { id } } })), { on: [`token:${id}`, `account:${id}`] });
  const [kind, setKind] = useState('');
  const { fields, has } = useBetween();
  const all = value?.items.flatMap((one) => one.events.map((event) => ({ ...one, event: event as { type: string } }))).reverse() ?? [];
  const kinds = [...new Set(all.map(({ event }) => event.type))].sort();
  const shown = all.filter(({ event, at }) => (!kind || event.type === kind) && has(at));
  const csv = (): void => saveCsv(`audit-${id}.csv`, [['at', 'by', 'role', 'event', 'details'], ...shown.map(({ at, by, event }) => [at, by.person ?? by.id, by.as, event.type, withoutType(event).map((pair) => pair.join('=')).join(' ')])]);
  return (
    <>
      <header className="head"><h1>{t('console.audit.title', { name: id })}</h1><p className="quiet">{t('console.audit.lead')}</p></header>
      <Refusal of={failure} then={<Link href="/access">{t('console.nav.access')}</Link>} />
      {!value && !failure && <Loading />}
      {value && (
        <Part title={t('console.audit.entries', { n: shown.length })} id="entries" aside={<button className="plain" onClick={csv}>{t('console.queue.csv')}</button>}>
          <form className="filters" onSubmit={(event) => event.preventDefault()}>
            <label>{t('console.audit.kind')}<select value={kind} onChange={(event) => setKind(event.target.value)}><option value="">{t('console.word.any')}</option>{kinds.map((one) => <option key={one} value={one}>{eventInWords({ type: one })}</option>)}</select></label>
            {fields}
          </form>
          <Wide label={t('console.audit.title', { name: id })}><table className="rows">
            <thead><tr>{(['at', 'by', 'kind', 'details'] as const).map((one) => <th key={one} scope="col">{t(`console.audit.${one}`)}</th>)}</tr></thead>
            <tbody>{shown.map(({ at, by, event, version }, i) => (
              <tr key={`${version} ${i}`}><td><When at={at} /></td><td><Who is={by} /></td><td>{eventInWords(event)}</td><td className="quiet">{withoutType(event).map(([name, words]) => <div key={name}>{name}: {/^ln_[a-z0-9]+$/.test(words) ? <Link href={`/lines/${words}`}>{words}</Link> : words}</div>)}</td></tr>
            ))}</tbody>
          </table></Wide>
        </Part>
      )}
    </>
  );
}
