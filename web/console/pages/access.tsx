// Who has access: tokens, and accounts of staff. One administrator asks, another signs where it takes two; a secret is shown once, to whoever asked.

import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { api, sent, taken, type Answer, type Schemas } from '../api.ts';
import { useAsked } from '../hooks.ts';
import { ReasonField, useDeeds } from '../parts/dialog.tsx';
import { Once } from '../parts/once.tsx';
import { Refusal } from '../parts/refusal.tsx';
import { Loading, Part, When, Wide } from '../parts/words.tsx';
import { named, t } from '../texts.ts';

const ROLES = ['agent', 'reviewer', 'admin', 'system', 'portal'] as const;

function newToken(again: () => void, setSecret: (secret: string) => void): Parameters<ReturnType<typeof useDeeds>['open']>[0] {
  return {
    title: t('console.access.issue'), go: t('console.access.issue'), lead: <p>{t('console.access.issue_lead')}</p>,
    fields: <>
      <label>{t('console.access.role')}<select name="role">{ROLES.map((one) => <option key={one} value={one}>{named('console.role', one)}</option>)}</select></label>
      <label>{t('console.access.id')}<input name="id" pattern="[a-z0-9._\-]{1,64}" required /></label>
      <label>{t('console.access.person')}<input name="person" pattern="[a-z0-9._\-]{1,64}" /></label>
      <label>{t('console.access.note')}<input name="note" maxLength={200} /></label>
    </>,
    act: (fields, key) => {
      const text = (name: string): string => String(fields.get(name) ?? '').trim();
      const role = ROLES.find((one) => one === text('role')) ?? 'agent';
      return taken(api.POST('/v1/tokens', { params: { header: sent(key) }, body: { role, id: text('id'), ...(text('person') && { person: text('person') }), ...(text('note') && { note: text('note') }) } })) as Promise<Answer<unknown>>;
    },
    done: (answer) => {
      const { token } = answer.value as { token?: string };
      if (token) setSecret(token);
      again();
    },
  };
}

const STAFF = ['agent', 'reviewer', 'admin'] as const;

function Accounts({ setSecret }: { setSecret: (secret: string) => void }): ReactNode {
  const { value, failure, again } = useAsked('accounts', () => taken(api.GET('/v1/staff-accounts')), { on: ['account'] });
  const { dialog, open } = useDeeds();
  const invited = ({ value: { invitation } }: { value: Schemas['Invited'] }): void => {
    setSecret(invitation);
    again();
  };
  const make = (): void => open({
    title: t('console.account.make'), go: t('console.account.make'), lead: <p>{t('console.account.make_lead')}</p>,
    fields: <>
      <label>{t('console.access.role')}<select name="role">{STAFF.map((one) => <option key={one} value={one}>{named('console.role', one)}</option>)}</select></label>
      <label>{t('console.sign_in.name')}<input name="name" pattern="[a-z0-9._\-]{1,64}" required /></label>
      <label>{t('console.access.person')}<input name="person" pattern="[a-z0-9._\-]{1,64}" /></label>
    </>,
    act: (fields, key) => {
      const person = String(fields.get('person') ?? '').trim();
      return taken(api.POST('/v1/staff-accounts', { params: { header: sent(key) }, body: { role: STAFF.find((one) => one === fields.get('role')) ?? 'agent', name: String(fields.get('name')).trim(), ...(person && { person }) } }));
    },
    done: invited,
  }, t('console.account.made'));
  const reset = (name: string): void => open({ title: t('console.account.reset'), lead: <p>{t('console.account.reset_lead', { name })}</p>, go: t('console.account.reset'),
    act: (_, key) => taken(api.POST('/v1/staff-accounts/{id}/reset', { params: { path: { id: name }, header: sent(key) } })), done: invited }, t('console.account.was_reset'));
  const disable = (name: string): void => open({ title: t('console.account.disable'), lead: <p>{t('console.account.disable_lead', { name })}</p>, go: t('console.account.disable'), bad: true, fields: <ReasonField label={t('console.word.reason')} />,
    act: (fields, key) => taken(api.POST('/v1/staff-accounts/{id}/disablement', { params: { path: { id: name }, header: sent(key) }, body: { reason: String(fields.get('reason')) } })), done: again }, t('console.account.disabled'));
  return (
    <Part title={t('console.account.title')} id="accounts" aside={<button className="plain" onClick={make}>{t('console.account.make')}</button>}>
      {dialog}
      <Refusal of={failure} />
      {value && value.items.length === 0 && <p className="quiet">{t('console.account.none')}</p>}
      {value && value.items.length > 0 && (
        <Wide label={t('console.account.title')}><table className="rows">
          <thead><tr><th scope="col">{t('console.sign_in.name')}</th><th scope="col">{t('console.access.role')}</th><th scope="col">{t('console.access.person')}</th><th scope="col">{t('console.access.state')}</th><th scope="col">{t('console.account.signed_in')}</th><th scope="col">{t('console.account.by')}</th><th scope="col"><span className="unseen">{t('console.account.reset')}</span></th></tr></thead>
          <tbody>{value.items.map((one) => (
            <tr key={one.name}>
              <th scope="row"><Link href={`/audit/${one.name}`}>{one.name}</Link></th><td>{named('console.role', one.role)}</td><td>{one.person}</td><td><span className={`tag ${one.state === 'active' ? 'good' : one.state === 'disabled' ? 'quiet' : 'warn'}`}>{named('console.account_state', one.state)}</span></td>
              <td>{one.signed_in_at && <When at={one.signed_in_at} />}</td><td>{[one.by, one.second].filter(Boolean).join(' + ')}</td>
              <td className="actions"><button className="plain" onClick={() => reset(one.name)}>{t('console.account.reset')}</button>{one.state !== 'disabled' && <button className="plain" onClick={() => disable(one.name)}>{t('console.account.disable')}</button>}</td>
            </tr>
          ))}</tbody>
        </table></Wide>
      )}
    </Part>
  );
}

export function AccessPage(): ReactNode {
  const { value, failure, again } = useAsked('tokens', () => taken(api.GET('/v1/tokens')), { on: ['token'] });
  const [secret, setSecret] = useState<string>();
  const { dialog, open } = useDeeds();
  const revoke = (one: Schemas['Token']): void => open({
    title: t('console.access.revoke'), lead: <p>{t('console.access.revoke_lead', { name: one.id })}</p>, go: t('console.access.revoke'), bad: true,
    act: (_, key) => taken(api.POST('/v1/tokens/{id}/revocation', { params: { path: { id: one.id }, header: sent(key) } })), done: again,
  }, t('console.access.revoked'));
  return (
    <>
      <header className="head"><h1>{t('console.nav.access')}</h1></header>
      {dialog}
      {secret && <Once secret={secret} again={() => setSecret(undefined)} />}
      <Refusal of={failure} />
      {!value && !failure && <Loading />}
      <Accounts setSecret={setSecret} />
      <Part title={t('console.access.tokens')} id="tokens" aside={<button className="plain" onClick={() => open(newToken(again, setSecret), t('console.access.issued'))}>{t('console.access.issue')}</button>}>
        <Wide label={t('console.access.tokens')}><table className="rows">
          <thead><tr>{(['id', 'role', 'person', 'note', 'since', 'until', 'state'] as const).map((one) => <th key={one} scope="col">{t(`console.access.${one}`)}</th>)}<th scope="col"><span className="unseen">{t('console.access.revoke')}</span></th></tr></thead>
          <tbody>{value?.items.filter((one) => one.role !== 'subscriber' && one.origin !== 'account').map((one, i) => (
            <tr key={one.print ?? i}>
              <th scope="row"><Link href={`/audit/${one.id}`}>{one.id}</Link></th><td>{named('console.role', one.role)}</td><td>{one.person}</td><td>{one.note}</td><td>{one.created_at && <When at={one.created_at} />}</td><td>{one.expires_at && <When at={one.expires_at} />}</td>
              <td>{one.revoked_at ? <span className="tag quiet">{t('console.access.is_revoked')}</span> : one.in_force ? <span className="tag good">{t('console.access.in_force')}</span> : <span className="tag warn">{t('console.access.not_in_force')}</span>}{one.origin === 'file' && !one.acknowledged && one.in_force && <> <span className="tag bad">{t('console.access.by_file')}</span></>}</td>
              <td>{!one.revoked_at && <button className="plain" onClick={() => revoke(one)}>{t('console.access.revoke')}</button>}</td>
            </tr>
          ))}</tbody>
        </table></Wide>
      </Part>
    </>
  );
}
