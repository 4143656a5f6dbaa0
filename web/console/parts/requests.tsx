// What waits for a second person: what it would do, in words; who asked; and signing or refusing it.

import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { api, sent, taken, type Answer, type Money, type Schemas } from '../api.ts';
import { decides, isSame, useWorker } from '../session.tsx';
import { moment, money, named, namedOr, t } from '../texts.ts';
import { ReasonField, useDeeds } from './dialog.tsx';
import type { Row } from './rows.tsx';
import { Facts, When, Who } from './words.tsx';

export type About = Schemas['WaitingRequest']['about'];
type Request = Schemas['Request'];

const isMoney = (of: object): of is Money => 'minor' in of && 'currency' in of && typeof of.minor === 'number' && typeof of.currency === 'string' && of.currency !== '';

/** Sums and moments as people write them, whatever is in them by its own name; who counts as whom is the server's to know. */
export function flat(of: unknown, name = ''): [string, string][] {
  if (of === null || of === undefined || of === '') return [];
  if (Array.isArray(of)) return of.flatMap((one, i) => flat(one, `${name} ${i + 1}`.trim()));
  if (typeof of === 'object' && isMoney(of)) return [[name, money(of)]];
  if (typeof of === 'object') return Object.entries(of).flatMap(([key, one]) => (key === 'kin' ? [] : flat(one, `${name} ${named('console.detail', key)}`.trim())));
  const words = String(of);
  return [[name, of === true ? t('console.word.yes') : of === false ? t('console.word.no') : /^\d{4}-\d\d-\d\dT/.test(words) ? moment(words) : words]];
}

/** Where it is answered, by what it is about. An import plan is signed by its hash, on what shows all of its changes. */
export function answerOf(about: About, serial: number, key: string): { sign: () => Promise<Answer<unknown>>; refuse: (reason: string) => Promise<Answer<unknown>> } | undefined {
  const params = { path: { id: about.id, serial }, header: sent(key) };
  switch (about.kind) {
    case 'line': return { sign: () => taken(api.POST('/v1/lines/{id}/requests/{serial}/countersignature', { params })), refuse: (reason) => taken(api.POST('/v1/lines/{id}/requests/{serial}/refusal', { params, body: { reason } })) };
    case 'profile': return { sign: () => taken(api.POST('/v1/esims/{id}/requests/{serial}/countersignature', { params })), refuse: (reason) => taken(api.POST('/v1/esims/{id}/requests/{serial}/refusal', { params, body: { reason } })) };
    case 'subscriber': return { sign: () => taken(api.POST('/v1/subscribers/{id}/requests/{serial}/countersignature', { params })), refuse: (reason) => taken(api.POST('/v1/subscribers/{id}/requests/{serial}/refusal', { params, body: { reason } })) };
    case 'token': return { sign: () => taken(api.POST('/v1/tokens/{id}/requests/{serial}/countersignature', { params })), refuse: (reason) => taken(api.POST('/v1/tokens/{id}/requests/{serial}/refusal', { params, body: { reason } })) };
    case 'import_plan': return undefined;
  }
}

const aboutLink = (about: About, kind: string): ReactNode => {
  const words = about.number ?? about.reference ?? about.id;
  return about.kind === 'line' ? <Link href={`/lines/${about.id}`}>{words}</Link> : <>{named('console.about', kind)} <code>{words}</code></>;
};

/** `onSaid`: says what was done where the card itself goes with it. */
export function RequestCard({ about, of, again, withAbout = true, onSaid, row }: { about: About; of: Request; again: () => void; withAbout?: boolean; onSaid?: (words: string) => void; row?: Row }): ReactNode {
  const worker = useWorker();
  const { dialog, open } = useDeeds();
  const title = named('console.act', of.act);
  const mine = isSame(worker, of.by);
  const may = of.state === 'waiting' && answerOf(about, of.serial, '') !== undefined;
  const what = <p>{namedOr('console.effect', of.act, of.effect)}</p>;
  const link = aboutLink(about, /_account$/.test(of.act) && about.kind === 'token' ? 'account' : about.kind);
  const rows = of.details ? flat(of.details) : [];
  const effect = <><p><b>{title}</b> · {about.number ?? about.reference ?? about.id}</p>{what}<Facts rows={rows} /></>;
  const said = (words: string): string => (onSaid ? '' : words);
  const done = (words: string) => (): void => { onSaid?.(words); again(); };
  return (
    <article {...row} className={`card ${row?.className ?? ''}`} aria-label={title}>
      {dialog}
      {withAbout ? <h2>{title} · {link}</h2> : <h3>{title}</h3>}
      {what}
      <Facts rows={[[t('console.request.by'), <><Who is={of.by} /> · <When at={of.at} /> · {named('portal.channel', of.channel)}</>], [t('console.request.expires'), of.state === 'waiting' && <When at={of.expires_at} />],
        [t('console.request.state'), of.state !== 'waiting' && <>{named('console.request_state', of.state)}{of.answered_by && <> · <Who is={of.answered_by} /></>}{of.reason && ` · ${of.reason}`}</>]]} />
      {of.details && <details open={of.state === 'waiting'}><summary>{t('console.request.details')}</summary><Facts rows={rows} /></details>}
      {of.state === 'waiting' && !of.may_sign && !mine && decides(worker) && <p className="note">{of.why_not ?? t('console.request.may_not')}</p>}
      {mine && of.state === 'waiting' && <p className="note">{t('console.request.own')}</p>}
      {about.kind === 'import_plan' && <p><Link className="button" href={`/plans/${about.id}`}>{t('console.request.plan')}</Link></p>}
      {may && (
        <div className="actions">
          {of.may_sign && <button onClick={() => open({ title: t('console.request.sign'), lead: effect, go: t('console.request.sign'), act: (_, key) => (answerOf(about, of.serial, key) as NonNullable<ReturnType<typeof answerOf>>).sign(), done: done(t('console.request.signed')) }, said(t('console.request.signed')))}>{t('console.request.sign')}</button>}
          <button className="plain" onClick={() => open({ title: mine ? t('console.request.take_back') : t('console.request.refuse'), lead: effect, go: mine ? t('console.request.take_back') : t('console.request.refuse'), bad: true,
            fields: <ReasonField label={t('console.word.reason')} />, act: (fields, key) => (answerOf(about, of.serial, key) as NonNullable<ReturnType<typeof answerOf>>).refuse(String(fields.get('reason'))), done: done(t('console.request.refused')) }, said(t('console.request.refused')))}>{mine ? t('console.request.take_back') : t('console.request.refuse')}</button>
        </div>
      )}
    </article>
  );
}
