// From a day until a day, to filter what has a moment.

import { useState, type ReactNode } from 'react';
import { t } from '../texts.ts';

export function useBetween(): { fields: ReactNode; has: (at: string) => boolean } {
  const [from, setFrom] = useState('');
  const [until, setUntil] = useState('');
  const fields = (
    <>
      <label>{t('console.audit.from')}<input type="date" value={from} onChange={(event) => setFrom(event.target.value)} /></label>
      <label>{t('console.audit.until')}<input type="date" value={until} onChange={(event) => setUntil(event.target.value)} /></label>
    </>
  );
  return { fields, has: (at) => (!from || at.slice(0, 10) >= from) && (!until || at.slice(0, 10) <= until) };
}
