// Two small pictures for whoever plans the work, with the numbers behind them: what falls due on which day against what the people at work can do, and how long
// open cases have stood at their stage. Counted of what is loaded; where there is more, that is said.

import { useState, type ReactNode } from 'react';
import { api, taken, type Answer, type Schemas } from '../api.ts';
import { useAsked } from '../hooks.ts';
import { Refusal } from '../parts/refusal.tsx';
import { saveCsv } from '../parts/save.ts';
import { Loading, Part, Wide } from '../parts/words.tsx';
import { day, named, number, t } from '../texts.ts';

type Item = Schemas['ClosurePage']['items'][number];

const PAGE = 200;
const PAGES_MAX = 10;
const DAYS_MAX = 14;
const STAGES = ['opened', 'in_review', 'fraud_hold', 'approved', 'unbinding', 'settling'] as const;
const AGES = [1, 3, 7, 14, 30] as const; // days, each up to
const BAR = { width: 280, height: 14 };

async function loaded(): Promise<Answer<{ items: Item[]; more: boolean }>> {
  const items: Item[] = [];
  let after: string | undefined;
  for (let i = 0; i < PAGES_MAX; ++i) {
    const { value } = await taken(api.GET('/v1/closures', { params: { query: { limit: PAGE, ...(after && { after }) } } }));
    items.push(...value.items);
    after = value.next;
    if (!after) break;
  }
  return { value: { items, more: after !== undefined }, etag: undefined, waits: false };
}

interface Due { day: string; due: number; left: number }

/** Reviews by the day on which they fall due; what is late counts today. `left`: what is not done by that day's end when so many are decided each working day. */
function dueAhead(items: Item[], aDay: number): Due[] {
  const today = new Date().toISOString().slice(0, 10);
  const counts = new Map<string, number>();
  for (const one of items)
    if (one.stage === 'in_review' && one.due && !one.paused_since) {
      const at = one.due < today ? today : one.due;
      counts.set(at, (counts.get(at) ?? 0) + 1);
    }
  const out: Due[] = [];
  let left = 0;
  let spare = 0;
  let before = new Date(Date.parse(today) - 86_400_000).toISOString().slice(0, 10);
  for (const [at, due] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, DAYS_MAX)) {
    spare += aDay * workingDays(before, at);
    const done = Math.min(left + due, spare);
    spare -= done;
    left += due - done;
    out.push({ day: at, due, left });
    before = at;
  }
  return out;
}

/** Mondays to Fridays after the one until the other: holidays are each policy's own, and the server's to know. */
function workingDays(after: string, until: string): number {
  let n = 0;
  for (let at = Date.parse(after) + 86_400_000; at <= Date.parse(until); at += 86_400_000) if (![0, 6].includes(new Date(at).getUTCDay())) ++n;
  return n;
}

const ageWords = (i: number): string => (i < AGES.length ? t('console.picture.up_to', { n: AGES[i] }) : t('console.picture.older', { n: AGES.at(-1) }));
const ageOf = (hours: number): number => { const i = AGES.findIndex((most) => hours <= most * 24); return i < 0 ? AGES.length : i; };

function ages(items: Item[]): { stage: string; counts: number[] }[] {
  return STAGES.map((stage) => {
    const counts: number[] = Array.from({ length: AGES.length + 1 }, () => 0);
    for (const one of items) if (one.stage === stage) { const i = ageOf(one.age_hours ?? 0); counts[i] = (counts[i] ?? 0) + 1; }
    return { stage, counts };
  }).filter(({ counts }) => counts.some((n) => n > 0));
}

const Bar = ({ n, most, bad = 0 }: { n: number; most: number; bad?: number }): ReactNode => (
  <svg width={BAR.width} height={BAR.height} aria-hidden="true"><rect width={most ? (n / most) * BAR.width : 0} height={BAR.height} />{bad > 0 && <rect className="over" y={BAR.height - 4} width={(bad / most) * BAR.width} height="4" />}</svg>
);

function DuePicture({ of }: { of: Item[] }): ReactNode {
  const [people, setPeople] = useState(2);
  const [each, setEach] = useState(20);
  const rows = dueAhead(of, people * each);
  const most = Math.max(1, ...rows.flatMap(({ due, left }) => [due, left]));
  const csv = (): void => saveCsv('due.csv', [['due', 'cases', 'not_done'], ...rows.map(({ day: at, due, left }) => [at, due, left])]);
  return (
    <Part title={t('console.picture.due')} id="due" aside={<button className="plain" onClick={csv}>{t('console.queue.csv')}</button>}>
      <form className="filters" onSubmit={(event) => event.preventDefault()}>
        <label>{t('console.picture.people')}<input type="number" min={0} max={999} value={people} onChange={(event) => setPeople(Math.max(0, event.target.valueAsNumber || 0))} /></label>
        <label>{t('console.picture.each')}<input type="number" min={0} max={999} value={each} onChange={(event) => setEach(Math.max(0, event.target.valueAsNumber || 0))} /></label>
      </form>
      {rows.length === 0 ? <p className="quiet">{t('console.queue.none')}</p> : (
        <Wide label={t('console.picture.due')}><table className="bars">
          <thead><tr><th scope="col">{t('console.queue.due')}</th><th scope="col">{t('console.picture.cases')}</th><th scope="col">{t('console.picture.not_done')}</th><td /></tr></thead>
          <tbody>{rows.map(({ day: at, due, left }) => <tr key={at}><th scope="row">{day(at)}</th><td className="sum">{number(due)}</td><td className="sum">{left > 0 ? <span className="tag bad">{number(left)}</span> : number(left)}</td><td><Bar n={due} most={most} bad={left} /></td></tr>)}</tbody>
        </table></Wide>
      )}
    </Part>
  );
}

function AgePicture({ of }: { of: Item[] }): ReactNode {
  const rows = ages(of);
  const most = Math.max(1, ...rows.map(({ counts }) => counts.reduce((sum, n) => sum + n, 0)));
  const csv = (): void => saveCsv('ages.csv', [['stage', ...AGES.map((one) => `up_to_${one}_days`), 'older'], ...rows.map(({ stage, counts }) => [stage, ...counts])]);
  return (
    <Part title={t('console.picture.ages')} id="ages" aside={<button className="plain" onClick={csv}>{t('console.queue.csv')}</button>}>
      {rows.length === 0 ? <p className="quiet">{t('console.queue.none')}</p> : (
        <Wide label={t('console.picture.ages')}><table className="bars">
          <thead><tr><th scope="col">{t('console.queue.stage')}</th>{[...AGES, 0].map((one, i) => <th key={one} scope="col">{ageWords(i)}</th>)}<td /></tr></thead>
          <tbody>{rows.map(({ stage, counts }) => (
            <tr key={stage}><th scope="row">{named('console.stage', stage)}</th>{counts.map((n, i) => <td key={i} className="sum">{number(n)}</td>)}<td><Stacked counts={counts} most={most} /></td></tr>
          ))}</tbody>
        </table></Wide>
      )}
    </Part>
  );
}

/** From light to dark by age; the numbers stand beside it. */
function Stacked({ counts, most }: { counts: number[]; most: number }): ReactNode {
  let x = 0;
  return (
    <svg width={BAR.width} height={BAR.height} aria-hidden="true">{counts.map((n, i) => {
      const width = (n / most) * BAR.width;
      x += width;
      return <rect key={i} x={x - width} width={width} height={BAR.height} opacity={0.25 + (0.75 * i) / AGES.length} />;
    })}</svg>
  );
}

export function PicturesPage(): ReactNode {
  const { value, failure, again } = useAsked('pictures', loaded, { once: true });
  return (
    <>
      <header className="head"><h1>{t('console.nav.pictures')}</h1>{value && <p role="status">{value.more ? t('console.picture.first', { n: number(value.items.length) }) : t('console.picture.all', { n: value.items.length })} <button className="plain" onClick={again}>{t('console.picture.again')}</button></p>}</header>
      <Refusal of={failure} />
      {!value && !failure && <Loading />}
      {value && <><DuePicture of={value.items} /><AgePicture of={value.items} /></>}
    </>
  );
}
