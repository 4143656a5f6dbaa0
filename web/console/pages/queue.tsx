// The queue of cases: what is due first stands first, what is overdue before it. By keyboard: j and k, Enter, / to search.

import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { Link, useLocation, useSearchParams } from 'wouter';
import { api, taken, type Answer, type Schemas } from '../api.ts';
import { useAsked } from '../hooks.ts';
import { Choice } from '../parts/choice.tsx';
import { DueAhead } from '../parts/due_ahead.tsx';
import { Refusal } from '../parts/refusal.tsx';
import { useRows } from '../parts/rows.tsx';
import { Loading, Risk, Stage, When, Wide } from '../parts/words.tsx';
import { keepOrder } from '../queue_order.ts';
import { named, nightsUntil, number, t } from '../texts.ts';

type Item = Schemas['ClosurePage']['items'][number];

const STAGES = ['in_review', 'fraud_hold', 'opened', 'approved', 'unbinding', 'settling', 'network_mismatch', 'disputed', 'closed', 'rejected', 'withdrawn', 'expired'] as const;
type Shown = (typeof STAGES)[number];
const RISKS = ['high', 'medium', 'low'] as const;
const CHANNELS = ['web', 'app', 'hotline', 'counter', 'staff', 'bulk'] as const;
const PAGE = 100;

interface Wanted { stage: Shown; overdue: boolean; paused: boolean; risk: string; channel: string; claimed: string }

/**
 * So many pages of what is wanted. Reviews whose clock runs come in the order in which they fall due; a case that waits for its customer has no date to be
 * ordered by, and is looked for among all reviews.
 */
async function pagesOf({ stage, overdue, paused, risk, channel, claimed }: Wanted, pages: number): Promise<Answer<{ items: Item[]; more: boolean }>> {
  const items: Item[] = [];
  const byDue = stage === 'in_review' && !paused;
  const ofRisk = RISKS.find((one) => one === risk);
  const ofChannel = CHANNELS.find((one) => one === channel);
  let after: string | undefined;
  for (let i = 0; i < pages; ++i) {
    const { value } = await taken(api.GET('/v1/closures', { params: { query: { stage, limit: PAGE, ...(byDue && { order: 'due' as const }), ...(overdue && { overdue }),
      ...(ofRisk && { risk: ofRisk }), ...(ofChannel && { channel: ofChannel }), ...(claimed && { claimed_by: claimed }), ...(after && { after }) } } }));
    items.push(...(paused ? value.items.filter((one) => one.paused_since) : value.items));
    after = value.next;
    if (!after) break;
  }
  return { value: { items: byDue ? items : items.sort((a, b) => (urgency(a) < urgency(b) ? -1 : 1)), more: after !== undefined }, etag: undefined, waits: false };
}

const urgency = (one: Item): string => `${one.overdue ? 0 : one.due ? 1 : 2} ${one.due_at ?? one.due ?? ''} ${one.risk === 'high' ? 0 : one.risk === 'medium' ? 1 : 2} ${one.submitted_at ?? one.opened_at}`;

function Due({ of }: { of: Item }): ReactNode {
  if (of.paused_since) return <span className="quiet">{t('console.queue.paused')}</span>;
  if (!of.due) return null;
  const nights = nightsUntil(of.due);
  return (
    <>
      <span className={of.overdue ? 'tag bad' : nights <= 2 ? 'tag warn' : ''}>{of.overdue ? t('console.queue.overdue') : of.days_left === undefined ? t('console.queue.in_days', { n: nights }) : t('console.queue.working_days', { n: of.days_left })}</span>{' '}
      <span className="quiet"><When at={of.due} />{of.due_provisional && ` ${t('console.word.provisional')}`}</span>
    </>
  );
}

export function QueuePage(): ReactNode {
  const [query, setQuery] = useSearchParams();
  const [, go] = useLocation();
  const stage = (STAGES as readonly string[]).includes(query.get('stage') ?? '') ? (query.get('stage') as Shown) : 'in_review';
  const overdue = query.get('overdue') === 'yes';
  const risk = query.get('risk') ?? '';
  const channel = query.get('channel') ?? '';
  const set = (name: string, value: string): void => setQuery((now) => {
    const next = new URLSearchParams(now);
    if (value) next.set(name, value); else next.delete(name);
    return next;
  }, { replace: true });

  const paused = query.get('paused') === 'yes';
  const claimed = query.get('claimed') ?? '';
  const wanted = { stage, overdue, paused: paused && stage === 'in_review', risk, channel, claimed };
  const what = Object.values(wanted).join(' ');
  const [pages, setPages] = useState({ what, count: 1 });
  const count = pages.what === what ? pages.count : 1;
  const { value, failure, again } = useAsked(`${what} ${count}`, () => pagesOf(wanted, count), { part: what, on: ['closure'] });
  const { value: counts } = useAsked('counts', () => taken(api.GET('/v1/closure-counts')), { on: ['closure'] });
  const items = useMemo(() => value?.items ?? [], [value]);
  useEffect(() => keepOrder(items.map((one) => one.id)), [items]);

  const row = useRows(items.map((one) => one.id), (id) => go(`/cases/${id}`));

  return (
    <>
      <header className="head">
        <h1>{t('console.queue.title')}</h1>
        <p role="status">{counts && t('console.queue.counted', { n: counts.stages.in_review ?? 0, all: number(counts.stages.in_review ?? 0), late: counts.overdue ? number(counts.overdue) : undefined })}</p>
      </header>
      <form className="filters" onSubmit={(event) => event.preventDefault()}>
        <label>{t('console.queue.stage')}
          <select value={stage} onChange={(event) => set('stage', event.target.value)}>
            {STAGES.map((one) => <option key={one} value={one}>{named('console.stage', one)}{counts?.stages[one] !== undefined && ` (${number(counts.stages[one])})`}</option>)}
          </select>
        </label>
        <Choice label={t('console.queue.risk')} value={risk} all={RISKS} table="console.risk" none={t('console.word.any')} onChange={(next) => set('risk', next)} />
        <Choice label={t('console.queue.channel')} value={channel} all={CHANNELS} table="portal.channel" none={t('console.word.any')} onChange={(next) => set('channel', next)} />
        <Choice label={t('console.queue.claimed')} value={claimed} all={['me', 'nobody'] as const} table="console.claimed" none={t('console.word.any')} onChange={(next) => set('claimed', next)} />
        {stage === 'in_review' && <label className="check"><input type="checkbox" checked={paused} onChange={(event) => set('paused', event.target.checked ? 'yes' : '')} />{t('console.queue.paused')}</label>}
        <label className="check"><input type="checkbox" checked={overdue} onChange={(event) => set('overdue', event.target.checked ? 'yes' : '')} />{t('console.queue.only_overdue')}</label>
      </form>
      <Refusal of={failure} then={<button className="plain" onClick={again}>{t('console.refusal.try')}</button>} />
      {!value && !failure && <Loading />}
      {value && items.length === 0 && <p>{t('console.queue.none')}</p>}
      <DueAhead of={items} />
      {items.length > 0 && (
        <Wide label={t('console.queue.title')}><table className="rows">
          <caption className="unseen">{t('console.queue.title')}</caption>
          <thead><tr>{(['due', 'case', 'risk', 'stage', 'channel', 'reason', 'received', 'claimed', 'signed'] as const).map((one) => <th key={one} scope="col">{t(`console.queue.${one}`)}</th>)}</tr></thead>
          <tbody>
            {items.map((one) => (
              <tr key={one.id} {...row(one.id)}>
                <td><Due of={one} /></td>
                <th scope="row"><Link href={`/cases/${one.id}`}>{one.reference ?? one.id}</Link>{one.number && <div className="quiet">{one.number}</div>}</th>
                <td><Risk is={one.risk} /></td>
                <td><Stage is={one.stage} />{one.escalated && <> <span className="tag warn">{t('console.queue.escalated')}</span></>}</td>
                <td>{named('portal.channel', one.channel)}</td>
                <td>{named('portal.reason', one.reason)}</td>
                <td><When at={one.submitted_at ?? one.opened_at} /></td>
                <td>{one.claimed_by && <>{one.claimed_by}{one.claimed_since && <div className="quiet"><When at={one.claimed_since} /></div>}</>}{one.handed_by && <div className="quiet">{t('console.claim.handed')} {one.handed_by}: {one.handed_why}</div>}</td>
                <td className="sum">{one.approvals}</td>
              </tr>
            ))}
          </tbody>
        </table></Wide>
      )}
      {value?.more && <p><button type="button" className="plain" onClick={() => setPages({ what, count: count + 1 })}>{t('console.word.more')}</button></p>}
    </>
  );
}
