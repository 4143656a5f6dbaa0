// What falls due on which day, as bars with their numbers, and as CSV for whoever plans who works when.

import type { ReactNode } from 'react';
import { day, number, t } from '../texts.ts';
import { saveCsv } from './save.ts';

const DAYS_MAX = 14;
const WIDTH = 320;

export function DueAhead({ of }: { of: { due?: string | undefined; overdue: boolean; paused_since?: string | undefined }[] }): ReactNode {
  const counts = new Map<string, number>();
  for (const one of of) if (one.due && !one.paused_since) counts.set(one.due, (counts.get(one.due) ?? 0) + 1);
  const days = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  if (days.length === 0) return null;
  const most = Math.max(...counts.values());
  const csv = (): void => saveCsv('due.csv', [['due', 'cases'], ...days]);
  return (
    <details className="card">
      <summary>{t('console.queue.ahead')}</summary>
      <table className="bars">
        <caption className="unseen">{t('console.queue.ahead')}</caption>
        <tbody>{days.slice(0, DAYS_MAX).map(([due, n]) => (
          <tr key={due}><th scope="row">{day(due)}</th><td className="sum">{number(n)}</td><td><svg width={WIDTH} height="12" aria-hidden="true"><rect width={Math.max(2, Math.round((n / most) * WIDTH))} height="12" /></svg></td></tr>
        ))}</tbody>
      </table>
      <p><button type="button" className="plain" onClick={csv}>{t('console.queue.csv')}</button></p>
    </details>
  );
}
