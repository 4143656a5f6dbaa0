// Small things that are said on many pages: who, when, how much, at what stage.

import type { ReactNode } from 'react';
import type { Schemas } from '../api.ts';
import { isSame, useWorker } from '../session.tsx';
import { Broken } from './broken.tsx';
import { day, moment, money, named, role, t } from '../texts.ts';

/** Staff see who of the staff it was; of a customer the role is enough. */
export function Who({ is }: { is: Schemas['Actor'] }): ReactNode {
  const worker = useWorker();
  const name = is.as === 'subscriber' ? '' : is.person ?? is.id;
  return <span>{role(is)}{name && <> <b>{name}</b></>}{isSame(worker, is) && <> {t('console.word.you')}</>}</span>;
}

export const When = ({ at }: { at: string }): ReactNode => <time dateTime={at}>{/T/.test(at) ? moment(at) : day(at)}</time>;

export const Sum = ({ of }: { of: Schemas['Money'] }): ReactNode => <span className="sum">{money(of)}</span>;

export function Stage({ is }: { is: string }): ReactNode {
  const kind = ['fraud_hold', 'rejected'].includes(is) ? 'bad' : is === 'closed' ? 'good' : ['withdrawn', 'expired'].includes(is) ? 'quiet' : 'plain';
  return <span className={`tag ${kind}`}>{named('console.stage', is)}</span>;
}

export const Risk = ({ is }: { is: string }): ReactNode => <span className={`tag ${is === 'high' ? 'bad' : is === 'medium' ? 'warn' : 'quiet'}`}>{named('console.risk', is)}</span>;

/** How each proof went; `full`: by whom and when as well. */
export function EvidenceList({ of, full = false }: { of: NonNullable<Schemas['Closure']['evidence']>; full?: boolean }): ReactNode {
  return (
    <ul className="plain-list">
      {of.map((one, i) => (
        <li key={i}><span className={`tag ${one.passed ? 'good' : 'bad'}`}>{one.passed ? t('console.case.passed') : t('console.case.failed')}</span> <b>{named('portal.evidence', one.kind)}</b>
          {one.compared && one.compared !== 'not_compared' && <> · {named('console.compared', one.compared)}</>}{full && <> · <Who is={one.by} /> · <When at={one.at} /></>}</li>
      ))}
    </ul>
  );
}

/** Which proofs together are enough. */
export const Suffices = ({ of }: { of: string[][] }): ReactNode => <p className="quiet">{t('console.case.suffices')} {of.map((set) => set.map((one) => named('portal.evidence', one)).join(' + ')).join(' · ')}</p>;

export function Facts({ rows }: { rows: [string, ReactNode][] }): ReactNode {
  return <dl className="facts">{rows.filter(([, value]) => value !== undefined && value !== false && value !== null && value !== '').map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}

export const Part = ({ title, id, children, aside }: { title: string; id: string; children: ReactNode; aside?: ReactNode }): ReactNode => (
  <section className="part" aria-labelledby={`${id}-title`} id={id}><header><h2 id={`${id}-title`}>{title}</h2>{aside}</header><Broken at={id}>{children}</Broken></section>
);

export const Loading = (): ReactNode => <p className="quiet" role="status">{t('console.word.loading')}</p>;

export const Newer = ({ show, again }: { show: boolean; again: () => void }): ReactNode => (
  <div role="status">{show && <p className="note">{t('console.word.newer')} <button className="plain" onClick={again}>{t('console.word.show_newer')}</button></p>}</div>
);

/** What may be wider than its place: scrolled by keyboard too. */
export const Wide = ({ label, children }: { label: string; children: ReactNode }): ReactNode => <div className="wide" role="group" aria-label={label} tabIndex={0}>{children}</div>;
