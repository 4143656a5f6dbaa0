// A secret that the server tells once: shown until whoever asked has handed it over.

import type { ReactNode } from 'react';
import { t } from '../texts.ts';

export function Once({ secret, again }: { secret: string; again: () => void }): ReactNode {
  return <div className="note"><p>{t('console.access.once')}</p><p><code className="secret">{secret}</code></p><p><button className="plain" onClick={again}>{t('console.access.noted')}</button></p></div>;
}
