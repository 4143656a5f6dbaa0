// The person behind a line: masked until somebody asks with a reason, which is journalled before it is answered; masked again after a while.

import { useState, type ReactNode } from 'react';
import { api, taken, type Schemas } from '../api.ts';
import { SHOWN_MS, useForgotten } from '../hooks.ts';
import { named, t } from '../texts.ts';
import { DeedDialog, ReasonField } from './dialog.tsx';
import { Facts } from './words.tsx';

export function Person({ subscriber }: { subscriber: string }): ReactNode {
  const [person, setPerson] = useForgotten<Schemas['Person']>(SHOWN_MS);
  const [asking, setAsking] = useState(false);
  return (
    <div className="person">
      {person ? (
        <>
          <Facts rows={[
            [t('console.person.name'), person.full_name],
            [t('console.person.document'), person.document_number && `${person.document_kind} ${person.document_number}`],
            [t('console.person.account'), person.refund_iban && `${person.refund_holder} ${person.refund_iban}`],
            [t('console.person.account_before'), person.refund_iban_before],
            ...person.contacts.map((one): [string, ReactNode] => [`${named('portal.medium', one.by)} (${named('console.contact', one.id)})`, one.address]),
            ...(person.refund_wanted ?? []).map((one): [string, ReactNode] => [t('console.person.account_wanted'), `${one.holder} ${one.iban}`]),
            ...(person.document_wanted ?? []).map((one): [string, ReactNode] => [t('console.person.document_wanted'), `${one.kind} ${one.number}`]),
          ]} />
          <button type="button" className="plain" onClick={() => setPerson(undefined)}>{t('console.person.mask')}</button>
        </>
      ) : (
        <p><span aria-hidden="true">•••• ••••</span> <button type="button" className="plain" onClick={() => setAsking(true)}>{t('console.person.show')}</button></p>
      )}
      {asking && (
        <DeedDialog<Schemas['Person']> onClose={() => setAsking(false)} deed={{
          title: t('console.person.show'), lead: <p>{t('console.person.lead')}</p>, go: t('console.person.go'),
          fields: <ReasonField label={t('console.word.reason')} often={[t('console.person.often_call'), t('console.person.often_review'), t('console.person.often_counter')]} />,
          act: (fields) => taken(api.GET('/v1/subscribers/{id}/person', { params: { path: { id: subscriber }, query: { reason: String(fields.get('reason')) } } })),
          done: ({ value }) => { setPerson(value); setAsking(false); },
        }} />
      )}
    </div>
  );
}
