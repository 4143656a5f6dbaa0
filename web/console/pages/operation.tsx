// What runs and what does not: peers in trouble, what did not get through to them, what the network says otherwise, money that came in for nobody.

import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { api, sent, taken, type Schemas } from '../api.ts';
import { useAsked } from '../hooks.ts';
import { Calendars } from '../parts/calendars.tsx';
import { useDeeds } from '../parts/dialog.tsx';
import { Kept, Program } from '../parts/kept.tsx';
import { Once } from '../parts/once.tsx';
import { Pages } from '../parts/pages.tsx';
import { Refusal } from '../parts/refusal.tsx';
import { Webhooks } from '../parts/webhooks.tsx';
import { Loading, Part, Sum, When, Wide, Who } from '../parts/words.tsx';
import { decides, useWorker } from '../session.tsx';
import { named, t } from '../texts.ts';

type Effect = Schemas['EffectPage']['items'][number];
const DESTINATIONS = ['sms', 'mail', 'hlr', 'refund', 'webhook', 'signer', 'core', 'operator_es2', 'sm_ds'] as const;

function Health(): ReactNode {
  const { value, failure } = useAsked('health', () => taken(api.GET('/readyz')));
  return (
    <Part title={t('console.operation.health')} id="health">
      <Refusal of={failure} />
      {!value && !failure && <Loading />}
      {value && <p><span className={`tag ${value.ready ? 'good' : 'bad'}`}>{value.ready ? t('console.operation.ready') : t('console.operation.not_ready')}</span>{value.sandbox && <> <span className="tag warn">{t('console.operation.sandbox')}</span></>}</p>}
      {value && value.peers.length === 0 && <p className="quiet">{t('console.operation.no_trouble')}</p>}
      <ul className="plain-list">{value?.peers.map((one) => <li key={one.name}><b>{one.name}</b>: <span lang="en">{one.trouble}</span></li>)}</ul>
    </Part>
  );
}

function Effects(): ReactNode {
  const worker = useWorker();
  const [state, setState] = useState<'dead' | 'retrying'>('dead');
  const [to, setTo] = useState<string>('');
  const { dialog, open } = useDeeds();
  const destination = DESTINATIONS.find((one) => one === to);
  const retry = (one: Effect, again: () => void): void => open({ title: t('console.operation.retry'), lead: <p lang="en">{one.error_words}</p>, go: t('console.operation.retry'),
    act: (_, key) => taken(api.POST('/v1/effects/{id}/retry', { params: { path: { id: one.id }, header: sent(key) } })), done: again }, t('console.operation.retried'));
  const retryAll = (again: () => void): void => open({ title: t('console.operation.retry_all'), lead: <p>{t('console.operation.retry_all_lead', { what: destination ? named('console.destination', destination) : t('console.word.any') })}</p>, go: t('console.operation.retry_all'),
    act: (_, key) => taken(api.POST('/v1/effects/retries', { params: { header: sent(key) }, body: destination ? { destination } : {} })), done: again }, t('console.operation.retried'));
  return (
    <Part title={t('console.operation.effects')} id="effects">
      {dialog}
      <form className="filters" onSubmit={(event) => event.preventDefault()}>
        <label>{t('console.operation.state')}<select value={state} onChange={(event) => setState(event.target.value === 'retrying' ? 'retrying' : 'dead')}><option value="dead">{t('console.operation.dead')}</option><option value="retrying">{t('console.operation.retrying')}</option></select></label>
        <label>{t('console.operation.destination')}<select value={to} onChange={(event) => setTo(event.target.value)}><option value="">{t('console.word.any')}</option>{DESTINATIONS.map((one) => <option key={one} value={one}>{named('console.destination', one)}</option>)}</select></label>
      </form>
      <Pages<Effect> what={`effects ${state} ${to}`} on={['effect']} none={t('console.operation.no_effects')} ask={(after) => taken(api.GET('/v1/effects', { params: { query: { state, limit: 100, ...(destination && { destination }), ...(after && { after }) } } }))}>
        {(items, again) => (
          <>
            {worker.role === 'admin' && state === 'dead' && <p><button className="plain" onClick={() => retryAll(again)}>{t('console.operation.retry_all')}</button></p>}
            <Wide label={t('console.operation.effects')}><table className="rows">
              <thead><tr>{(['destination', 'kind', 'line', 'reason', 'tries', 'since', 'next'] as const).map((one) => <th key={one} scope="col">{t(`console.operation.${one}`)}</th>)}</tr></thead>
              <tbody>{items.map((one) => (
                <tr key={one.id}>
                  <td>{named('console.destination', one.to)}</td><td>{one.kind.replaceAll('_', ' ')}</td><td>{one.line_id.startsWith('ln_') ? <Link href={`/lines/${one.line_id}`}>{one.line_id}</Link> : one.line_id}</td>
                  <td><code>{one.error_code}</code> <span lang="en">{one.error_words}</span></td><td className="sum">{one.attempts}</td><td>{one.first_failed_at && <When at={one.first_failed_at} />}</td>
                  <td>{one.next_at && !one.dead ? <When at={one.next_at} /> : decides(worker) && <button className="plain" onClick={() => retry(one, again)}>{t('console.operation.retry')}</button>}</td>
                </tr>
              ))}</tbody>
            </table></Wide>
          </>
        )}
      </Pages>
    </Part>
  );
}

function Mismatches(): ReactNode {
  return (
    <Part title={t('console.operation.mismatches')} id="mismatches">
      <Pages<Schemas['MismatchPage']['items'][number]> what="mismatches" none={t('console.operation.no_mismatches')} ask={(after) => taken(api.GET('/v1/network-mismatches', { params: { query: { limit: 100, ...(after && { after }) } } }))}>
        {(items) => <ul className="plain-list">{items.map((one) => <li key={one.line_id + one.imsi}><Link href={`/lines/${one.line_id}`}>{one.line_id}</Link> · {named('console.step', one.wanted)} · {named('console.mismatch', one.mismatch)} · {one.other} · <When at={one.at} /></li>)}</ul>}
      </Pages>
    </Part>
  );
}

function Unclaimed(): ReactNode {
  return (
    <Part title={t('console.operation.unclaimed')} id="unclaimed">
      <Pages<Schemas['UnclaimedMoney']> what="unclaimed" none={t('console.operation.no_unclaimed')} ask={(after) => taken(api.GET('/v1/unclaimed-money', { params: { query: { limit: 100, ...(after && { after }) } } }))}>
        {(items) => <ul className="plain-list">{items.map((one) => <li key={`${one.line_id} ${one.serial}`}><Sum of={one.amount} /> · {named('console.unclaimed', one.why)} · <Link href={`/lines/${one.line_id}`}>{one.line_id}</Link> · <Who is={one.by} /> · <When at={one.at} /></li>)}</ul>}
      </Pages>
    </Part>
  );
}

export function OperationPage(): ReactNode {
  const worker = useWorker();
  const [secret, setSecret] = useState<string>();
  return (
    <>
      <header className="head"><h1>{t('console.nav.operation')}</h1></header>
      <div className="columns"><Health /><Mismatches /><Unclaimed /><Program /></div>
      <Effects />
      <Calendars />
      {secret && <Once secret={secret} again={() => setSecret(undefined)} />}
      {worker.role === 'admin' && <Webhooks onSecret={setSecret} />}
      {decides(worker) && <Kept />}
    </>
  );
}
