// A refusal in words: what the server said, in the reader's language, with what the next step needs; and what is said where none is known.

import type { ReactNode } from 'react';
import { Lost, Refused } from '../api.ts';
import { language, named, namedOr, t } from '../texts.ts';

export function Refusal({ of, then }: { of: unknown; then?: ReactNode }): ReactNode {
  if (of === undefined || of === null) return null;
  if (of instanceof Refused) {
    const { title, code, data, correlation } = of.problem;
    // What the server adds is English; for others there are words of the console's own.
    const detail = language() === 'en' ? of.problem.detail : namedOr('console.problem', code.replaceAll('-', '_'), of.problem.detail ?? '');
    return (
      <div className="refusal" role="alert">
        <p>{(code !== 'unauthenticated' || !detail) && <strong>{title}</strong>}{detail && detail !== title && <> {detail}</>}</p>
        {of.again !== undefined && <p>{t('console.refusal.again', { n: of.again })}</p>}
        {data && data.length > 0 && <dl className="facts">{data.map(({ name, value }) => <div key={name + value}><dt>{named('console.datum', name)}</dt><dd>{value}</dd></div>)}</dl>}
        <p className="quiet"><code>{code}</code>{correlation && <> · <code>{correlation}</code></>}</p>
        {then}
      </div>
    );
  }
  return (
    <div className="refusal" role="alert">
      <p><strong>{of instanceof Lost ? t('console.refusal.lost') : t('console.refusal.broken')}</strong></p>
      {then}
    </div>
  );
}
