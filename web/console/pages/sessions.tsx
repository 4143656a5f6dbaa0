// One's own sessions: where one is signed in, and ending another one; and the passkeys that may open the next.

import type { ReactNode } from 'react';
import { api, sent, taken } from '../api.ts';
import { useAsked } from '../hooks.ts';
import { useDeeds } from '../parts/dialog.tsx';
import { Passkeys } from '../parts/passkeys.tsx';
import { Refusal } from '../parts/refusal.tsx';
import { Loading, When } from '../parts/words.tsx';
import { useWorker } from '../session.tsx';
import { t } from '../texts.ts';

export function SessionsPage(): ReactNode {
  const { value, failure, again } = useAsked('sessions', () => taken(api.GET('/v1/staff-sessions')));
  const { dialog, open } = useDeeds();
  const { provided } = useWorker();
  return (
    <>
      <header className="head"><h1>{t('console.session.title')}</h1></header>
      {dialog}
      <Refusal of={failure} />
      {!value && !failure && <Loading />}
      <ul className="plain-list card">{value?.items.map((one) => (
        <li key={one.print}>{t('console.session.since')} <When at={one.since} /> · {t('console.session.until')} <When at={one.expires_at} />{one.passkey !== undefined && <> · {t('console.session.by_passkey')}</>}{' '}
          {one.own ? <span className="tag good">{t('console.session.own')}</span> : <button className="plain" onClick={() => open({ title: t('console.session.end'), lead: <p>{t('console.session.end_lead')}</p>, go: t('console.session.end'), act: (_, key) => taken(api.POST('/v1/staff-sessions/{print}/end', { params: { path: { print: one.print }, header: sent(key) } })), done: again }, t('console.session.ended'))}>{t('console.session.end')}</button>}</li>
      ))}</ul>
      {!provided && <Passkeys onEnded={again} />}
    </>
  );
}
