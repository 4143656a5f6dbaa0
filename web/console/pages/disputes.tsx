// Certificates that their owners say are wrong: what they say, for a reason that is kept; and the answer. Of what is shown, what is due first stands first.

import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { api, sent, taken, type Schemas } from '../api.ts';
import { SHOWN_MS, useForgotten } from '../hooks.ts';
import { ReasonField, useDeeds } from '../parts/dialog.tsx';
import { Pages } from '../parts/pages.tsx';
import { Rows, type Row } from '../parts/rows.tsx';
import { Facts, When } from '../parts/words.tsx';
import { decides, useWorker } from '../session.tsx';
import { named, t } from '../texts.ts';

type Dispute = Schemas['Dispute'];

const idOf = (one: Dispute): string => `${one.closure_id} ${one.serial}`;

function DisputeCard({ of, row, again }: { of: Dispute; row: Row; again: () => void }): ReactNode {
  const worker = useWorker();
  const { dialog, open } = useDeeds();
  const [words, setWords] = useForgotten<string>(SHOWN_MS);
  const [read, setRead] = useState(false);
  const path = { id: of.closure_id, serial: of.serial };
  return (
    <article {...row} className={`card ${row.className}`} aria-label={named('portal.certificate_part', of.part)}>
      {dialog}
      <h2>{named('portal.certificate_part', of.part)}{of.item && <> · {of.item}</>} · <Link href={`/cases/${of.closure_id}`}>{of.closure_id}</Link></h2>
      <Facts rows={[[t('console.dispute.said'), <When at={of.at} />], [t('console.case.due'), <><When at={of.due} /> {of.overdue && <span className="tag bad">{t('console.queue.overdue')}</span>}</>], [t('console.dispute.words'), words]]} />
      {decides(worker) ? (
        <div className="actions">
          {words === undefined && <button className="plain" onClick={() => open({ title: t('console.dispute.read'), lead: <p>{t('console.dispute.read_lead')}</p>, go: t('console.dispute.read'), fields: <ReasonField label={t('console.word.reason')} max={500} />,
            act: (fields) => taken(api.GET('/v1/closures/{id}/disputes/{serial}', { params: { path, query: { reason: String(fields.get('reason')) } } })), done: ({ value }) => { setWords(value.words ?? ''); setRead(true); } }, '')}>{t('console.dispute.read')}</button>}
          {read && <>
            <button onClick={() => open({ title: t('console.dispute.correct'), lead: <p>{t('console.dispute.correct_lead')}</p>, go: t('console.dispute.correct'),
              fields: <><label>{t('console.dispute.value')}<input name="value" maxLength={200} required /></label><ReasonField label={t('console.word.reason')} max={500} /></>,
              act: (fields, key) => taken(api.POST('/v1/closures/{id}/disputes/{serial}/correction', { params: { path, header: sent(key) }, body: { value: String(fields.get('value')), reason: String(fields.get('reason')) } })), done: again }, t('console.word.second_wanted'))}>{t('console.dispute.correct')}</button>
            <button className="bad" onClick={() => open({ title: t('console.dispute.refuse'), lead: <p>{t('console.dispute.refuse_lead')}</p>, go: t('console.dispute.refuse'), bad: true, fields: <ReasonField label={t('console.word.reason')} max={1000} />,
              act: (fields, key) => taken(api.POST('/v1/closures/{id}/disputes/{serial}/refusal', { params: { path, header: sent(key) }, body: { reason: String(fields.get('reason')) } })), done: again }, t('console.dispute.refused'))}>{t('console.dispute.refuse')}</button>
          </>}
        </div>
      ) : <p className="quiet">{t('console.decide.role')}</p>}
    </article>
  );
}

export function DisputesPage(): ReactNode {
  return (
    <>
      <header className="head"><h1>{t('console.nav.disputes')}</h1></header>
      <Pages<Dispute> what="disputes" on={['dispute', 'closure']} none={t('console.dispute.none')} ask={(after) => taken(api.GET('/v1/disputes', { params: { query: { limit: 100, ...(after && { after }) } } }))}>
        {(items, again) => {
          const waiting = [...items].sort((a, b) => (a.due < b.due ? -1 : a.due > b.due ? 1 : a.at < b.at ? -1 : 1));
          return <Rows ids={waiting.map(idOf)}>{(row) => <div className="cards">{waiting.map((one) => <DisputeCard key={idOf(one)} row={row(idOf(one))} of={one} again={again} />)}</div>}</Rows>;
        }}
      </Pages>
    </>
  );
}
