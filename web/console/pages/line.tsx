// One line, to be read in ten seconds by somebody on the phone: whose status, what is outstanding, what it has, which device serves. Below it the rest.

import { useEffect, type ReactNode } from 'react';
import { Link } from 'wouter';
import { api, isOpen, taken, type Schemas } from '../api.ts';
import { useAsked } from '../hooks.ts';
import { Codes } from '../parts/codes.tsx';
import { Documents } from '../parts/documents.tsx';
import { LineDeeds, atCounter } from '../parts/line_deeds.tsx';
import { Looks } from '../parts/looks.tsx';
import { Devices } from '../parts/money.tsx';
import { Notes } from '../parts/notes.tsx';
import { Person } from '../parts/person.tsx';
import { Representatives } from '../parts/representatives.tsx';
import { Refusal } from '../parts/refusal.tsx';
import { RequestCard } from '../parts/requests.tsx';
import { Stopping } from '../parts/stopping.tsx';
import { Timeline } from '../parts/timeline.tsx';
import { Facts, Loading, Newer, Part, Stage, Sum, When } from '../parts/words.tsx';
import { useWorker } from '../session.tsx';
import { day, languageName, moment, money, named, t } from '../texts.ts';

type Line = Schemas['Line'];

/** What somebody should hear first. */
function outstanding(of: Line): { words: string; bad?: boolean; to?: string }[] {
  const out: { words: string; bad?: boolean; to?: string }[] = [];
  if (of.locked_since) out.push({ words: t('console.line.locked', { at: moment(of.locked_since) }), bad: true });
  if (of.fraud_hold) out.push({ words: t('console.line.fraud_hold'), bad: true });
  if (of.legal_hold) out.push({ words: t('console.line.legal_hold', { reference: of.legal_hold }), bad: true });
  if (of.closure && isOpen(of.closure)) out.push({ words: t('console.line.case', { stage: named('console.stage', of.closure.stage) }), to: `/cases/${of.closure.id}` });
  if (of.balance.debt.minor > 0) out.push({ words: t('console.line.debt', { amount: money(of.balance.debt) }) });
  if (of.balance.refund_pending.minor > 0) out.push({ words: t('console.line.refund', { amount: money(of.balance.refund_pending) }) });
  if (of.port_out_since) out.push({ words: t('console.line.port_out', { at: day(of.port_out_since) }) });
  if (of.customer_unlock_at) out.push({ words: t('console.line.unlocks', { at: moment(of.customer_unlock_at) }) });
  else if (of.customer_lock) out.push({ words: t('console.line.customer_lock') });
  if (of.wanted) out.push({ words: t('console.line.wanted', { at: moment(of.wanted.since) }) });
  if (of.last_switch?.undo_until && !of.last_switch.undone && Date.parse(of.last_switch.undo_until) > Date.now()) out.push({ words: t('console.line.undo', { until: moment(of.last_switch.undo_until) }) });
  const deleting = of.profiles.filter((one) => one.to_delete).length;
  if (deleting) out.push({ words: t('console.line.to_delete', { n: deleting }) });
  return out;
}

function Holds({ of }: { of: Schemas['Holds'] }): ReactNode {
  return <Facts rows={[
    [t('console.holds.reclaim'), of.reclaim_day && <When at={of.reclaim_day} />], [t('console.holds.quarantine'), of.quarantine_day && <When at={of.quarantine_day} />],
    [t('console.holds.last'), of.last_day && <When at={of.last_day} />], [t('console.holds.first'), of.first_day && <When at={of.first_day} />],
    [t('console.holds.told'), of.partners_told_at && <When at={of.partners_told_at} />],
  ]} />;
}

function Contacts({ of }: { of: Line['contacts'] }): ReactNode {
  if (of.length === 0) return <p className="quiet">{t('console.line.no_contacts')}</p>;
  return <ul className="plain-list">{of.map((one) => <li key={one.id}>{named('portal.medium', one.by)} ({named('console.contact', one.id)}) <span className={`tag ${one.verified ? 'good' : 'warn'}`}>{one.verified ? t('console.line.verified') : t('console.line.not_verified')}</span>
    {one.told_until && <span className="quiet"> {t('console.line.told_until', { until: day(one.told_until) })}</span>}</li>)}</ul>;
}

function Requests({ line }: { line: string }): ReactNode {
  const { value, failure, again } = useAsked(`requests ${line}`, () => taken(api.GET('/v1/lines/{id}/requests', { params: { path: { id: line } } })), { on: [`request:${line}`, `line:${line}`, `closure:${line}`] });
  const waiting = value?.items.filter((one) => one.state === 'waiting') ?? [];
  if (waiting.length === 0) return <Refusal of={failure} />;
  return <Part title={t('console.line.requests')} id="requests"><Refusal of={failure} />{waiting.map((one) => <RequestCard key={one.serial} about={{ kind: 'line', id: line }} of={one} again={again} withAbout={false} />)}</Part>;
}

export function LinePage({ id }: { id: string }): ReactNode {
  const { value: line, failure, newer, again } = useAsked(`line ${id}`, () => taken(api.GET('/v1/lines/{id}', { params: { path: { id } } })), { holds: true, on: [`line:${id}`, `closure:${id}`] });
  const { role } = useWorker();
  const tail = line?.number.slice(-4);
  useEffect(() => { if (tail) document.title = `…${tail} · Keepline`; }, [tail]); // no more of it: a title is kept by the browser
  const serving = line?.profiles.find((one) => one.serving);
  return (
    <>
      <header className="head">
        <h1>{line ? line.number : id}</h1>
        {line && <p className="tags"><span className={`tag ${line.status === 'active' ? 'good' : line.status ? 'warn' : 'quiet'}`}>{line.status ? named('portal.line_status', line.status) : t('console.line.nobody')}</span></p>}
      </header>
      <Refusal of={failure} then={<button className="plain" onClick={again}>{t('console.refusal.try')}</button>} />
      {!line && !failure && <Loading />}
      {line && (
        <>
          <Newer show={newer} again={again} />
          <section className="card glance" aria-label={t('console.line.glance')}>
            <Facts rows={[
              [t('console.line.valid_until'), line.valid_until && <When at={line.valid_until} />],
              [t('console.line.balance'), <><Sum of={line.balance.prepaid} />{line.balance.bonus.minor !== 0 && <> + {t('console.line.bonus', { amount: money(line.balance.bonus) })}</>}</>],
              [t('console.line.serves'), serving ? <><code>{serving.iccid}</code> {named('portal.device_state', serving.state)}</> : t('console.line.none_serves')],
              [t('console.line.proof'), serving?.proof && <>{named('portal.device_proof', serving.proof.kind)}{serving.proof.at && <> · <When at={serving.proof.at} /></>}</>],
            ]} />
            <div>
              <h2>{t('console.line.outstanding')}</h2>
              {outstanding(line).length === 0 && <p className="quiet">{t('console.line.nothing')}</p>}
              <ul className="plain-list">{outstanding(line).map((one) => <li key={one.words}><span className={one.bad ? 'tag bad' : ''}>{one.to ? <Link href={one.to}>{one.words}</Link> : one.words}</span></li>)}</ul>
            </div>
            <LineDeeds of={line} again={again} />
            {line.closure && <Stopping of={line.closure} again={again} />}
          </section>
          <div className="columns">
            <div>
              {line.subscriber && <Part title={t('console.line.owner')} id="owner"><Facts rows={[[t('console.line.language'), languageName(line)], [t('console.line.since'), line.since && <When at={line.since} />], [t('console.case.policy'), line.policy && <Link href={`/policies/${line.policy}`}>{line.policy}</Link>], [t('console.line.codes'), String(line.recovery_codes_left)]]} /><Person subscriber={line.subscriber} /></Part>}
              {atCounter(role) && line.status && <Codes line={line} />}
              <Part title={t('console.case.devices')} id="devices"><Devices of={line.profiles} /></Part>
              <Requests line={line.id} />
              {line.subscriber && <Notes about={{ line: line.id }} />}
              {line.subscriber && <Representatives subscriber={line.subscriber} line={line} />}
              {line.contract && <Part title={t('console.line.contract')} id="contract"><Facts rows={[[t('console.line.contract_ends'), <When at={line.contract.ends} />], [t('console.line.contract_monthly'), <Sum of={line.contract.monthly} />], [t('console.person.document'), line.contract.document]]} /></Part>}
              <Part title={t('console.line.contacts')} id="contacts"><Contacts of={line.contacts} /></Part>
              {line.subscriber && <Part title={t('console.case.documents')} id="documents"><Documents subscriber={line.subscriber} /></Part>}
              {line.subscriber && role === 'admin' && <Looks subscriber={line.subscriber} />}
              {line.holds && <Part title={t('console.line.holds')} id="holds"><Holds of={line.holds} /></Part>}
              {(line.closure || line.past_closures.length > 0) && (
                <Part title={t('console.line.cases')} id="cases"><ul className="plain-list">
                  {line.closure && <li><Link href={`/cases/${line.closure.id}`}>{line.closure.reference ?? line.closure.id}</Link> <Stage is={line.closure.stage} /></li>}
                  {line.past_closures.map((one) => <li key={one.id}><Link href={`/cases/${one.id}`}>{one.reference ?? one.id}</Link> <Stage is={one.stage} /> {one.ended_at && <When at={one.ended_at} />}</li>)}
                </ul></Part>
              )}
            </div>
            <div><Part title={t('console.case.timeline')} id="timeline"><Timeline line={line.id} /></Part></div>
          </div>
        </>
      )}
    </>
  );
}
