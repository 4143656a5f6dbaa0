// The policies in force, in the words that a lawyer or a customer reads; and in what two of them differ.

import type { ReactNode } from 'react';
import { Link, useLocation, useSearchParams } from 'wouter';
import { api, taken, type Schemas } from '../api.ts';
import { useAsked } from '../hooks.ts';
import { Refusal } from '../parts/refusal.tsx';
import { Facts, Loading, Part } from '../parts/words.tsx';
import { language, named, t } from '../texts.ts';

const explained = (id: string): ReturnType<typeof taken<Schemas['Explanation']>> => taken(api.GET('/v1/policies/{id}/explanation', { params: { path: { id }, query: { language: language() } } }));

/** The explanation's own form: a heading a part, a point a rule. What the other one does not say is marked. */
function Text({ of, beside }: { of: Schemas['Explanation']; beside?: Schemas['Explanation'] | undefined }): ReactNode {
  const known = new Set(beside?.text.split('\n'));
  const parts: { heading: string; lines: string[] }[] = [];
  for (const line of of.text.split('\n')) {
    const heading = /^#+ (.*)$/.exec(line)?.[1];
    if (heading !== undefined) parts.push({ heading, lines: [] });
    else if (line.trim()) parts.at(-1)?.lines.push(line);
  }
  return (
    <div className="policy">
      {parts.map((part) => (
        <section key={part.heading}>
          <h3>{part.heading}</h3>
          <ul>{part.lines.map((line, i) => <li key={i}>{beside && !known.has(line) ? <mark>{line.replace(/^- /, '')}</mark> : line.replace(/^- /, '')}</li>)}</ul>
        </section>
      ))}
    </div>
  );
}

export function PoliciesPage(): ReactNode {
  const { value, failure } = useAsked('policies', () => taken(api.GET('/v1/policies')));
  return (
    <>
      <header className="head"><h1>{t('console.nav.policies')}</h1></header>
      <Refusal of={failure} />
      {!value && !failure && <Loading />}
      <ul className="plain-list card">{value?.items.map((one) => <li key={one.id}><Link href={`/policies/${one.id}`}>{one.id}</Link> {t('console.policy.version', { n: one.version })} · <span lang="en">{one.title}</span></li>)}</ul>
    </>
  );
}

export function PolicyPage({ id }: { id: string }): ReactNode {
  const [query, setQuery] = useSearchParams();
  const [, go] = useLocation();
  const other = query.get('beside') ?? '';
  const { value: list } = useAsked('policies', () => taken(api.GET('/v1/policies')));
  const { value, failure } = useAsked(`policy ${id}`, () => explained(id));
  const { value: beside } = useAsked(`policy ${other}`, () => (other ? explained(other) : Promise.resolve({ value: undefined, etag: undefined, waits: false })));
  const facts = list?.items.find((one) => one.id === id);
  return (
    <>
      <header className="head"><h1>{t('console.policy.title', { name: id })}</h1>{value && <p className="quiet">{t('console.policy.version', { n: value.version })}</p>}</header>
      <Refusal of={failure} then={<button className="plain" onClick={() => go('/policies')}>{t('console.nav.policies')}</button>} />
      {facts && <Part title={facts.title} id="facts"><Facts rows={[[t('console.policy.source'), <span lang="en">{facts.source}</span>], [t('console.policy.calendar'), facts.calendar], [t('console.policy.zone'), facts.zone], [t('console.policy.channels'), facts.channels.map((one) => named('portal.channel', one)).join(', ')]]} /></Part>}
      <form className="filters" onSubmit={(event) => event.preventDefault()}>
        <label>{t('console.policy.beside')}
          <select value={other} onChange={(event) => setQuery(event.target.value ? { beside: event.target.value } : {}, { replace: true })}>
            <option value="">{t('console.policy.none')}</option>
            {list?.items.filter((one) => one.id !== id).map((one) => <option key={one.id}>{one.id}</option>)}
          </select>
        </label>
      </form>
      {value && (
        <div className="columns">
          <Part title={id} id="one"><Text of={value} beside={beside} /></Part>
          {beside && <Part title={other} id="other"><Text of={beside} beside={value} /></Part>}
        </div>
      )}
    </>
  );
}
