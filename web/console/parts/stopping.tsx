// What every message and receipt says can be had by calling: the application is taken back, or its owner says that it was not they. Both only stop something,
// and count as done by whoever does them here; the second time of one line takes a second person, which the server says.

import type { ReactNode } from 'react';
import { api, sent, taken, type Schemas } from '../api.ts';
import { useWorker } from '../session.tsx';
import { t } from '../texts.ts';
import { useDeeds } from './dialog.tsx';
import { atCounter } from './line_deeds.tsx';

type Closure = Pick<Schemas['Closure'], 'id' | 'stage'>;

const STAGES = ['opened', 'in_review', 'approved', 'unbinding'];

const canBeStopped = (of: Closure): boolean => STAGES.includes(of.stage);

export function Stopping({ of, again }: { of: Closure; again: () => void }): ReactNode {
  const { role } = useWorker();
  const { dialog, open } = useDeeds();
  if (!canBeStopped(of)) return dialog;
  const params = (key: string): { path: { id: string }; header: ReturnType<typeof sent> } => ({ path: { id: of.id }, header: sent(key) });
  const told = <label className="check"><input type="checkbox" required />{t('console.stopping.told')}</label>;
  return (
    <>
      {dialog}
      <div className="actions stopping">
        {atCounter(role) && <button className="plain" onClick={() => open({ title: t('console.stopping.withdraw'), lead: <p>{t('console.stopping.withdraw_lead')}</p>, go: t('console.stopping.withdraw'), fields: told,
          act: (_, key) => taken(api.POST('/v1/closures/{id}/withdrawal', { params: params(key) })), done: again }, t('console.stopping.withdrawn'))}>{t('console.stopping.withdraw')}</button>}
        <button className="plain" onClick={() => open({ title: t('console.stopping.not_me'), lead: <p>{t('console.stopping.not_me_lead')}</p>, go: t('console.stopping.not_me'), bad: true, fields: told,
          act: (_, key) => taken(api.POST('/v1/closures/{id}/repudiation', { params: params(key), body: {} })), done: again }, t('console.stopping.stopped'))}>{t('console.stopping.not_me')}</button>
      </div>
    </>
  );
}
