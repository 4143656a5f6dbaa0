// A file of lines that two people make: all of what it would change, before somebody signs it by its hash.

import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { api, sent, taken, type Schemas } from '../api.ts';
import { useAsked } from '../hooks.ts';
import { ReasonField, useDeeds } from '../parts/dialog.tsx';
import { Pages } from '../parts/pages.tsx';
import { Refusal } from '../parts/refusal.tsx';
import { Facts, Loading, Newer, Part, When, Wide, Who } from '../parts/words.tsx';
import { money, named, number, t } from '../texts.ts';

type Plan = Schemas['ImportPlan'];

function PlanFacts({ of }: { of: Plan }): ReactNode {
  return <Facts rows={[
    [t('console.request.by'), <><Who is={of.by} /> · <When at={of.made_at} /></>], [t('console.request.expires'), of.expires_at && <When at={of.expires_at} />],
    [t('console.plan.rows'), number(of.what.rows)], [t('console.plan.changes'), `${number(of.what.changes)}: ${of.what.kinds.map((one) => `${named('console.plan_kind', one.kind)} ${number(one.count)}`).join(', ')}`],
    [t('console.plan.brought'), of.what.brought.map((one) => money(one)).join(', ')], [t('console.plan.taken'), of.what.taken.map((one) => money(one)).join(', ')],
    [t('console.plan.signed'), of.signed_by && <Who is={of.signed_by} />], [t('console.plan.carried'), of.signed_by && `${number(of.carried)} / ${number(of.what.changes)}`],
    [t('console.plan.reason'), of.reason], [t('console.plan.hash'), <code className="secret">{of.what.hash}</code>],
  ]} />;
}

export function PlanPage({ id }: { id: string }): ReactNode {
  const { value, etag, failure, newer, again } = useAsked(`plan ${id}`, () => taken(api.GET('/v1/import-plans/{id}', { params: { path: { id } } })), { holds: true });
  const { dialog, open } = useDeeds();
  const params = (key: string): { path: { id: string }; header: ReturnType<typeof sent> } => ({ path: { id }, header: sent(key, etag) });
  return (
    <>
      <header className="head"><h1>{t('console.plan.title')}</h1>{value && <p className="tags"><span className="tag plain">{named('console.plan_stage', value.stage)}</span></p>}</header>
      {dialog}
      <Refusal of={failure} />
      {!value && !failure && <Loading />}
      <Newer show={newer} again={again} />
      {value && (
        <Part title={t('console.plan.what')} id="what">
          <PlanFacts of={value} />
          {value.stage === 'waiting' && !value.may_sign && value.why_not && <p className="note">{value.why_not}</p>}
          <div className="actions">
            {value.may_sign && <button onClick={() => open({ title: t('console.request.sign'), lead: <p>{t('console.plan.sign_lead', { n: value.what.changes })}</p>, go: t('console.request.sign'),
              act: (_, key) => taken(api.POST('/v1/import-plans/{id}/countersignature', { params: params(key), body: { hash: value.what.hash } })), done: again }, t('console.request.signed'))}>{t('console.request.sign')}</button>}
            {value.stage === 'waiting' && <button className="plain" onClick={() => open({ title: t('console.request.refuse'), go: t('console.request.refuse'), bad: true, fields: <ReasonField label={t('console.word.reason')} />,
              act: (fields, key) => taken(api.POST('/v1/import-plans/{id}/refusal', { params: params(key), body: { reason: String(fields.get('reason')) } })), done: again }, t('console.request.refused'))}>{t('console.request.refuse')}</button>}
            {value.stage === 'signed_by_two' && <button className="bad" onClick={() => open({ title: t('console.plan.stop'), go: t('console.plan.stop'), bad: true, fields: <ReasonField label={t('console.word.reason')} />,
              act: (fields, key) => taken(api.POST('/v1/import-plans/{id}/stop', { params: params(key), body: { reason: String(fields.get('reason')) } })), done: again }, t('console.plan.stopped'))}>{t('console.plan.stop')}</button>}
          </div>
        </Part>
      )}
      <Part title={t('console.plan.changes')} id="changes">
        <Pages<Schemas['PlanChange']> what={`changes ${id}`} none={t('console.plan.none')} ask={(after) => taken(api.GET('/v1/import-plans/{id}/changes', { params: { path: { id }, query: { limit: 200, ...(after && { after }) } } }))}>
          {(items) => (
            <Wide label={t('console.plan.changes')}><table className="rows">
              <thead><tr>{(['row', 'line', 'kind', 'differs'] as const).map((one) => <th key={one} scope="col">{t(`console.plan.${one}`)}</th>)}</tr></thead>
              <tbody>{items.map((one) => (
                <tr key={one.number}><td>{one.row}</td><td><Link href={`/lines/${one.line_id}`}>{one.line_id}</Link></td><td>{named('console.plan_kind', one.kind)}</td>
                  <td>{one.differs.map((part) => <div key={part.what}>{part.what.replaceAll('_', ' ')}: <s>{part.before}</s> → <b>{part.after}</b></div>)}</td></tr>
              ))}</tbody>
            </table></Wide>
          )}
        </Pages>
      </Part>
    </>
  );
}
