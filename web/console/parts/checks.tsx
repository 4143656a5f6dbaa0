// What somebody applied for and we compare or call about: how each stands, and saying how it went. Whoever asked for it does not; whoever does took part.

import { type ReactNode } from 'react';
import { Refused, api, sent, taken, type Schemas } from '../api.ts';
import { decides, isSame, useWorker, type Worker } from '../session.tsx';
import { named, t } from '../texts.ts';
import { useDeeds, type Deed } from './dialog.tsx';
import { When, Who } from './words.tsx';

type Check = Schemas['Check'];
type Closure = Schemas['Closure'];

const METHOD = 'console';
const TAGS: Record<Check['state'], string> = { open: 'warn', passed: 'good', failed: 'bad', withdrawn: 'quiet', dropped: 'quiet' };

/** What everybody may name, as domain/number/check.hpp has it; only who decides writes words of their own. */
const WHY: Record<Check['kind'], NonNullable<Check['why']>[]> = {
  id_document: ['unreadable', 'incomplete', 'expired', 'not_taken', 'not_the_holder'],
  bank_card: ['not_confirmed', 'not_the_holder'],
  callback: ['no_answer', 'not_the_holder'],
};

/** What may be looked at by whoever settles: the document that an open one names. */
export const documentsToCompare = (of: Closure): string[] => (of.checks ?? []).flatMap((one) => (one.state === 'open' && one.document ? [one.document] : []));

/** What it is about and until when. */
export function CheckWords({ of }: { of: Pick<Check, 'kind' | 'contact' | 'hours' | 'by' | 'at' | 'due' | 'due_provisional' | 'overdue' | 'state'> }): ReactNode {
  return (
    <>
      <b>{named('portal.evidence', of.kind)}</b>{of.contact && <> ({named('console.contact', of.contact)})</>}{of.hours && <> · {t('console.check.hours', { at: of.hours.from, until: of.hours.until })}</>} · <Who is={of.by} /> · <When at={of.at} />
      {of.state === 'open' && <> · {t('console.case.due')} <When at={of.due} />{of.due_provisional && ` ${t('console.word.provisional')}`} {of.overdue && <span className="tag bad">{t('console.queue.overdue')}</span>}</>}
    </>
  );
}

function deedOf(of: Closure, one: Check, worker: Worker, passed: boolean, again: () => void): Deed<Closure> {
  const settle = (key: string, body: { shown?: string; reason?: string; why?: NonNullable<Check['why']> }): ReturnType<Deed<Closure>['act']> =>
    taken(api.POST('/v1/closures/{id}/checks/{serial}', { params: { path: { id: of.id, serial: String(one.serial) }, header: sent(key) }, body: { passed, method: METHOD, ...body } }));
  // Another number than the one on file is a failed proof: the check is settled, and refused.
  const common = { done: again, onRefused: (failure: unknown): void => { if (failure instanceof Refused && ['proof-mismatch', 'closure-stage'].includes(failure.code)) again(); } };
  if (!passed)
    return { ...common, title: t('console.check.fail'), go: t('console.check.fail'), bad: true, lead: <p>{t('console.check.fail_lead')}</p>,
      fields: (
        <>
          <label>{t('console.word.reason')}
            <select name="why" defaultValue="" required={!decides(worker)}>
              <option value="">{t('console.word.choose')}</option>
              {WHY[one.kind].map((why) => <option key={why} value={why}>{named('portal.check_why', why)}</option>)}
            </select>
          </label>
          {decides(worker) && <label>{t('console.check.own_words')}<textarea name="reason" rows={3} maxLength={500} /></label>}
        </>
      ),
      act: (fields, key) => {
        const why = WHY[one.kind].find((known) => known === fields.get('why'));
        const reason = String(fields.get('reason') ?? '').trim();
        return settle(key, { ...(why && { why }), ...(reason && { reason }) });
      } };
  return { ...common, title: t('console.check.pass'), go: t('console.check.pass'), lead: <p>{named('console.check_proof', one.kind)}</p>,
    fields: one.kind === 'callback' ? <label className="check"><input type="checkbox" required />{t('console.check.sure')}</label> : <label>{t('console.counter.shown')}<input name="shown" autoComplete="off" spellCheck={false} maxLength={60} required /></label>,
    act: (fields, key) => settle(key, one.kind === 'callback' ? {} : { shown: String(fields.get('shown')).trim() }) };
}

export function Checks({ of, again }: { of: Closure; again: () => void }): ReactNode {
  const worker = useWorker();
  const { dialog, open } = useDeeds();
  if ((of.checks?.length ?? 0) === 0) return null;
  const isOwn = (one: Check): boolean => isSame(worker, one.by) || (of.opened_by !== undefined && isSame(worker, of.opened_by));
  return (
    <>
      <h3>{t('console.check.title')}</h3>
      {dialog}
      <ul className="plain-list">
        {of.checks?.map((one) => (
          <li key={one.serial}>
            <span className={`tag ${TAGS[one.state]}`}>{named('console.check_state', one.state)}</span> <CheckWords of={one} />
            {one.settled_by && <> · {t('console.check.settled_by')} <Who is={one.settled_by} /></>}{one.settled_at && <> · <When at={one.settled_at} /></>}{one.reason ? <> · {one.reason}</> : one.why && <> · {named('portal.check_why', one.why)}</>}
            {one.state === 'open' && (isOwn(one) ? <p className="quiet">{t('console.check.own')}</p> : (
              <div className="actions">
                <button className="plain" onClick={() => open(deedOf(of, one, worker, true, again), t('console.check.settled'))}>{t('console.check.pass')}</button>
                <button className="plain" onClick={() => open(deedOf(of, one, worker, false, again), t('console.check.settled'))}>{t('console.check.fail')}</button>
              </div>
            ))}
          </li>
        ))}
      </ul>
    </>
  );
}
