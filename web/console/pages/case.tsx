// One case: what is wanted, by whom, proved how far; what it costs, what stands in the way, why it is risky; what happened; and the decision.
// What is decided is decided about what was seen: under If-Match, and with a word when it has changed meanwhile.

import { useEffect, useState, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { Refused, api, newKey, sent, taken, type Answer, type Schemas } from '../api.ts';
import { useAsked, useKeys } from '../hooks.ts';
import { Certificate } from '../parts/certificate.tsx';
import { Checks, documentsToCompare } from '../parts/checks.tsx';
import { DeedDialog, ReasonField, useDeeds, type Deed, type Often } from '../parts/dialog.tsx';
import { Documents } from '../parts/documents.tsx';
import { Blocks, Devices, QuoteView } from '../parts/money.tsx';
import { Notes } from '../parts/notes.tsx';
import { Person } from '../parts/person.tsx';
import { Refusal } from '../parts/refusal.tsx';
import { Stopping } from '../parts/stopping.tsx';
import { Timeline } from '../parts/timeline.tsx';
import { EvidenceList, Facts, Loading, Newer, Part, Risk, Stage, Suffices, Sum, When, Who } from '../parts/words.tsx';
import { besideOf, leaveOrder } from '../queue_order.ts';
import { decides, isSame, useWorker, type Worker } from '../session.tsx';
import { languageName, languageOf, moment, money, named, nightsUntil, number, t, textIn, type TextKey } from '../texts.ts';

type Closure = Schemas['Closure'];
type Line = Schemas['Line'];
type Decision = 'approval' | 'rejection' | 'information' | 'clearance' | 'confirmation';

const APPROVALS = ['fits', 'called', 'seen'];

/** What customers read, in their language whatever the reader's is. */
const TOLD = {
  'console.reject_reason': ['not_owner', 'document', 'no_answer', 'withdrawn_by_phone', 'court'],
  'console.confirm_reason': ['owner_says', 'not_theirs'],
  'console.ask_for': ['document', 'document_both_sides', 'person', 'account', 'call'],
} as const;
const told = (table: keyof typeof TOLD, line: Line): Often[] => TOLD[table].map((one) => ({ label: named(table, one), words: textIn(languageOf(line), `${table}.${one}` as TextKey) }));
const readIn = (line: Line): string => t('console.decide.read_in', { language: languageName(line) });

/** The approvals that count, and how many are still to be given: the server's word, whatever asks for two. */
const counting = (of: Closure): NonNullable<Closure['approvals']> => (of.approvals_counted ? (of.approvals ?? []).slice(-of.approvals_counted) : []);
const wanting = (of: Closure): number => Math.max(0, (of.approvals_wanted ?? 1) - (of.approvals_counted ?? 0));

/** Why this person cannot decide it; undefined: nothing that the console knows of stands against it. */
function whyNot(worker: Worker, of: Closure): string | undefined {
  if (!decides(worker)) return t('console.decide.role');
  const mine = of.took_part?.find((one) => isSame(worker, one)) ?? (of.opened_by && isSame(worker, of.opened_by) ? of.opened_by : undefined);
  if (mine) return t('console.decide.took_part');
  if (counting(of).some((one) => isSame(worker, one.by))) return t('console.decide.approved_already');
  return undefined;
}

function possible(of: Closure): Decision[] {
  if (of.stage === 'in_review') return of.paused_since ? ['approval', 'rejection'] : ['approval', 'rejection', 'information'];
  return of.stage === 'fraud_hold' ? ['clearance', 'confirmation'] : [];
}

/** What whoever decides has to know, wherever on the page it stands. */
function before(of: Closure, line: Line, worker: Worker): string[] {
  const out: string[] = [];
  if (line.locked_since) out.push(t('console.before.lost', { at: moment(line.locked_since) }));
  if (of.paused_since) out.push(t('console.before.paused', { what: of.info_wanted }));
  if (of.claimed_by && of.claimed_by !== worker.name) out.push(t('console.before.claimed', { name: of.claimed_by }));
  const credit = of.quote?.items.filter(({ kind }) => !kind.startsWith('bonus')).reduce((sum, one) => sum + Math.abs(one.amount.minor), 0) ?? 0;
  if (of.quote && line.balance.prepaid.minor > credit) out.push(t('console.before.money', { amount: money(line.balance.prepaid), quoted: money(of.quote.to_refund) }));
  const [first] = counting(of);
  const stale = (of.approvals?.length ?? 0) - counting(of).length;
  if (stale > 0 && of.stage === 'in_review') out.push(t('console.before.again', { n: stale }));
  if (first && of.stage === 'in_review') out.push(t('console.before.second', { name: first.by.person ?? first.by.id, at: moment(first.at) }));
  return out;
}

const Before = ({ of }: { of: string[] }): ReactNode => (of.length > 0 ? <ul className="note plain-list">{of.map((one) => <li key={one}>{one}</li>)}</ul> : null);

function deedOf(what: Decision, of: Closure, line: Line, known: string[], etag: string | undefined, done: () => void, onRefused: (failure: unknown) => void): Deed<Closure> {
  const reasonOf = (fields: FormData): { reason: string } => ({ reason: String(fields.get('reason')) });
  const params = (key: string): { path: { id: string }; header: { 'Idempotency-Key': string; 'If-Match': string } } => ({ path: { id: of.id }, header: { ...sent(key), 'If-Match': etag ?? '' } });
  const twice = wanting(of) > 1;
  const common = { done, onRefused };
  switch (what) {
    case 'approval': return { ...common, title: t('console.decide.approve'), go: t('console.decide.approve'), lead: <><p>{twice ? t('console.decide.approve_first') : t('console.decide.approve_lead')}</p><Before of={known} /></>,
      fields: <ReasonField label={t('console.word.reason')} hint={t('console.decide.approve_hint')} often={APPROVALS.filter((one) => one !== 'fits' || (of.evidence?.length ?? 0) > 0).map((one) => named('console.approve_reason', one))} max={1000} />,
      act: (fields, key) => taken(api.POST('/v1/closures/{id}/approval', { params: params(key), body: reasonOf(fields) })) };
    case 'rejection': return { ...common, title: t('console.decide.reject'), go: t('console.decide.reject'), bad: true, lead: <><p>{t('console.decide.reject_lead')}</p><Before of={known} /></>,
      fields: <ReasonField label={t('console.word.reason')} hint={`${t('console.decide.reject_hint')} ${readIn(line)}`} often={told('console.reject_reason', line)} max={1000} />,
      act: (fields, key) => taken(api.POST('/v1/closures/{id}/rejection', { params: params(key), body: reasonOf(fields) })) };
    case 'information': return { ...common, title: t('console.decide.ask'), go: t('console.decide.ask'), lead: <p>{t('console.decide.ask_lead', { n: of.terms?.pause_max_days })}</p>,
      fields: <ReasonField name="what" label={t('console.decide.ask_what')} hint={readIn(line)} often={told('console.ask_for', line)} max={500} />,
      act: (fields, key) => taken(api.POST('/v1/closures/{id}/information-requests', { params: params(key), body: { what: String(fields.get('what')) } })) };
    case 'clearance': return { ...common, title: t('console.decide.clear'), go: t('console.decide.clear'), lead: <p>{t('console.decide.clear_lead')}</p>,
      fields: <ReasonField label={t('console.word.reason')} max={1000} />,
      act: (fields, key) => taken(api.POST('/v1/closures/{id}/fraud-clearance', { params: params(key), body: reasonOf(fields) })) };
    case 'confirmation': return { ...common, title: t('console.decide.confirm'), go: t('console.decide.confirm'), bad: true, lead: <p>{t('console.decide.confirm_lead')}</p>,
      fields: <ReasonField label={t('console.word.reason')} hint={`${t('console.decide.confirm_hint')} ${readIn(line)}`} often={told('console.confirm_reason', line)} max={1000} />,
      act: (fields, key) => taken(api.POST('/v1/closures/{id}/fraud-confirmation', { params: params(key), body: reasonOf(fields) })) };
  }
}

const BUTTONS: Record<Decision, { key: string; text: Parameters<typeof t>[0] }> = {
  approval: { key: 'a', text: 'console.decide.approve' }, rejection: { key: 'r', text: 'console.decide.reject' }, information: { key: 'i', text: 'console.decide.ask' },
  clearance: { key: 'a', text: 'console.decide.clear' }, confirmation: { key: 'r', text: 'console.decide.confirm' },
};

/** To somebody by name, with a word why; who took part neither gives nor gets it, which the server says. */
function HandOver({ of, again }: { of: Closure; again: () => void }): ReactNode {
  const { dialog, open } = useDeeds();
  const hand = (): void => open({ title: t('console.claim.hand'), lead: <p>{t('console.claim.hand_lead')}</p>, go: t('console.claim.hand'),
    fields: <><label>{t('console.claim.hand_to')}<input name="to" pattern="[a-z0-9._\-]{1,64}" autoCapitalize="none" spellCheck={false} required /></label><ReasonField label={t('console.word.reason')} max={500} /></>,
    act: (fields, key) => taken(api.POST('/v1/closures/{id}/hand-over', { params: { path: { id: of.id }, header: sent(key) }, body: { to: String(fields.get('to')).trim(), reason: String(fields.get('reason')) } })), done: again }, t('console.claim.handed_over'));
  return <>{dialog}<button className="plain" onClick={hand}>{t('console.claim.hand')}</button></>;
}

function Decide({ of, line, etag, newer, again }: { of: Closure; line: Line; etag: string | undefined; newer: boolean; again: () => void }): ReactNode {
  const worker = useWorker();
  const [, go] = useLocation();
  const [open, setOpen] = useState<Decision>();
  const [said, setSaid] = useState('');
  const may = possible(of);
  const against = may.length > 0 ? whyNot(worker, of) : undefined;
  const known = before(of, line, worker);
  const choose = (what: Decision): void => { if (may.includes(what) && !against) { setSaid(''); setOpen(what); } };
  useKeys({ a: () => { const one = may.find((what) => BUTTONS[what].key === 'a'); if (one) choose(one); }, r: () => { const one = may.find((what) => BUTTONS[what].key === 'r'); if (one) choose(one); }, i: () => choose('information'), ...(of.stage === 'in_review' && !against && { c: () => claim(false) }) });
  const finish = (what: Decision): void => {
    setOpen(undefined);
    const next = leaveOrder(of.id);
    again();
    setSaid(t(what === 'approval' && wanting(of) > 1 ? 'console.decided.first' : `console.decided.${what}`));
    if (next) setNext(next);
  };
  const claim = (take_over: boolean): void => {
    taken(api.POST('/v1/closures/{id}/claim', { params: { path: { id: of.id }, header: sent(newKey()) }, body: { take_over } })).then(() => { setHeld(undefined); setSaid(t('console.claim.done')); again(); }, setHeld);
  };
  const [held, setHeld] = useState<unknown>();
  const [next, setNext] = useState<string>();
  useKeys({ ...(next && { n: () => go(`/cases/${next}`), Enter: () => go(`/cases/${next}`) }) });
  return (
    <section className="decide" aria-labelledby="decide-title">
      <h2 id="decide-title" className="unseen">{t('console.decide.title')}</h2>
      <Newer show={newer} again={again} />
      <div role="status">{said && <p className="good-note">{said}</p>}</div>
      {said && next && <p><Link className="button" href={`/cases/${next}`}>{t('console.case.next')}</Link> <kbd>n</kbd></p>}
      {against && <p className="note">{against}</p>}
      {may.length > 0 && !against && <Before of={known} />}
      {may.length > 0 && !against && (
        <div className="actions">
          {may.map((what) => <button key={what} className={what === 'rejection' || what === 'confirmation' ? 'bad' : what === 'information' ? 'plain' : ''} onClick={() => choose(what)}>{t(BUTTONS[what].text)} <kbd aria-hidden="true">{BUTTONS[what].key}</kbd></button>)}
          {of.stage === 'in_review' && <button className="plain" onClick={() => claim(false)}>{t('console.claim.take')} <kbd aria-hidden="true">c</kbd></button>}
          {of.stage === 'in_review' && <HandOver of={of} again={again} />}
        </div>
      )}
      <Refusal of={held} then={held instanceof Refused && held.code === 'changed-since' && <button className="plain" onClick={() => claim(true)}>{t('console.claim.take_over')}</button>} />
      {open && <DeedDialog deed={deedOf(open, of, line, known, etag, () => finish(open), (failure) => { if (failure instanceof Refused && failure.code === 'version-mismatch') again(); })} onClose={() => setOpen(undefined)} />}
    </section>
  );
}

function Deadline({ of }: { of: Closure }): ReactNode {
  if (!of.due || !['in_review', 'fraud_hold'].includes(of.stage)) return null;
  if (of.paused_since) return <span className="tag warn">{t('console.queue.paused')}</span>;
  return <><span className={of.overdue ? 'tag bad' : ''}>{of.overdue ? t('console.queue.overdue') : t('console.queue.in_days', { n: nightsUntil(of.due) })}</span> <When at={of.due} />{of.due_provisional && ` ${t('console.word.provisional')}`}</>;
}

function Summary({ of, line }: { of: Closure; line: Schemas['Line'] | undefined }): ReactNode {
  return (
    <Facts rows={[
      [t('console.case.number'), line?.number],
      [t('console.line.language'), line && languageName(line)],
      [t('console.case.reason'), of.reason && named('portal.reason', of.reason)],
      [t('console.case.channel'), of.channel && named('portal.channel', of.channel)],
      [t('console.case.by'), of.opened_by && <Who is={of.opened_by} />],
      [t('console.case.on_behalf'), of.on_behalf && `${named('portal.representative_kind', of.on_behalf.kind)} ${of.on_behalf.who}`],
      [t('console.case.received'), of.submitted_at ? <When at={of.submitted_at} /> : of.opened_at && t('console.case.not_submitted')],
      [t('console.case.due'), of.due && <Deadline of={of} />],
      [t('console.case.cooling_off'), of.cooling_off_until && <When at={of.cooling_off_until} />],
      [t('console.case.waits_for'), of.info_wanted],
      [t('console.queue.claimed'), of.claimed_by && <>{of.claimed_by}{of.claimed_since && <> · <When at={of.claimed_since} /></>}</>],
      [t('console.claim.handed'), of.handed_by && `${of.handed_by}: ${of.handed_why ?? ''}`],
      [t('console.case.decided'), of.decided_at && <><When at={of.decided_at} /> {of.decision_reason}</>],
      [t('console.case.write_off'), of.write_off_at && <When at={of.write_off_at} />],
      [t('console.case.closed'), of.closed_at && <When at={of.closed_at} />],
      [t('console.case.policy'), of.policy && <Link href={`/policies/${of.policy.split('@')[0]}`}>{of.policy}</Link>],
      [t('console.case.contact'), of.line_only && t('console.case.line_only')],
    ]} />
  );
}

function RiskPart({ of }: { of: Closure }): ReactNode {
  return (
    <Part title={t('console.case.risk')} id="risk" aside={of.risk && <Risk is={of.risk.level} />}>
      {of.risk && of.risk.facts.length === 0 && <p className="quiet">{t('console.case.no_facts')}</p>}
      <ul className="plain-list">{of.risk?.facts.map((one) => <li key={one}>{named('console.fact', one)}</li>)}</ul>
      {(of.look_at?.length ?? 0) > 0 && <><h3>{t('console.case.look_at')}</h3><ul className="plain-list">{of.look_at?.map((one) => <li key={one}>{named('console.look_at', one)}</li>)}</ul></>}
      {of.refund_account_questioned && <p className="note">{t('console.case.account_questioned')}</p>}
    </Part>
  );
}

function Proof({ of, again }: { of: Closure; again: () => void }): ReactNode {
  return (
    <Part title={t('console.case.proof')} id="proof">
      {(of.evidence?.length ?? 0) === 0 && <p className="quiet">{t('console.case.no_proof')}</p>}
      <EvidenceList of={of.evidence ?? []} full />
      <Checks of={of} again={again} />
      {(of.evidence_wanted?.length ?? 0) > 0 && <Suffices of={of.evidence_wanted ?? []} />}
      {(of.approvals?.length ?? 0) > 0 && <><h3>{t('console.case.approvals')}</h3><ul className="plain-list">{of.approvals?.map((one) => <li key={one.at}><Who is={one.by} /> · <When at={one.at} /> · {one.reason}</li>)}</ul></>}
      {(of.took_part?.length ?? 0) > 0 && <><h3>{t('console.case.took_part')}</h3><ul className="plain-list">{of.took_part?.map((one) => <li key={one.as + one.id}><Who is={one} /></li>)}</ul></>}
    </Part>
  );
}

function AfterMoney({ of }: { of: Closure }): ReactNode {
  const { refund } = of;
  return (
    <>
      {refund && refund.state !== 'none' && <Facts rows={[[t('console.case.refund'), <><Sum of={refund.amount} /> {named('console.refund_state', refund.state)}</>], [t('console.case.refund_due'), refund.due && <When at={refund.due} />], [t('console.case.refund_id'), <code>{refund.id}</code>]]} />}
      {(of.network?.length ?? 0) > 0 && <><h3>{t('console.case.network')}</h3><ul className="plain-list">{of.network?.map((one, i) => <li key={i}><When at={one.at} /> · {named('console.step', one.step)}: {one.answer}</li>)}</ul></>}
    </>
  );
}

function Notices({ of, number: whole }: { of: NonNullable<Closure['notices']>; number: string }): ReactNode {
  return (
    <ul className="plain-list">
      {of.map((one, i) => <li key={i}><When at={one.sent_at} /> · {named('notice', `${one.kind}.subject`, { number: whole.slice(-4) })} · {named('portal.medium', one.by)} ({named('console.contact', one.contact)}) · {one.delivered_at ? <span className="tag good">{t('console.case.delivered')}</span> : <span className="tag quiet">{t('console.case.not_delivered')}</span>}</li>)}
    </ul>
  );
}

async function both(id: string): Promise<Answer<{ closure: Closure; line: Schemas['Line'] }>> {
  const closure = await taken(api.GET('/v1/closures/{id}', { params: { path: { id } } }));
  const line = await taken(api.GET('/v1/lines/{id}', { params: { path: { id: closure.value.line_id } } }));
  return { ...closure, value: { closure: closure.value, line: line.value } };
}

const lineOf = (id: string): string => id.replace(/-c\d+$/, '');

export function CasePage({ id }: { id: string }): ReactNode {
  const [, go] = useLocation();
  const { value, etag, failure, newer, again } = useAsked(`case ${id}`, () => both(id), { holds: true, on: [`closure:${id}`, `check:${id}`, `dispute:${id}`, `line:${lineOf(id)}`] });
  const { next, before } = besideOf(id);
  useKeys({ u: () => go('/reviews'), ...(next && { n: () => go(`/cases/${next}`), j: () => go(`/cases/${next}`) }), ...(before && { p: () => go(`/cases/${before}`), k: () => go(`/cases/${before}`) }) });
  const closure = value?.closure;
  const line = value?.line;
  const subscriber = line?.subscriber;
  const reference = closure?.reference;
  useEffect(() => { if (reference) document.title = `${reference} · Keepline`; }, [reference]);
  return (
    <>
      <header className="head">
        <h1>{t('console.case.title', { reference: closure?.reference ?? id })}</h1>
        {closure && <p className="tags"><Stage is={closure.stage} />{closure.risk && <> <Risk is={closure.risk.level} /></>}{closure.escalated && <> <span className="tag warn">{t('console.queue.escalated')}</span></>}{' '}
          <Link href={`/lines/${closure.line_id}`}>{t('console.case.line')}</Link></p>}
      </header>
      <Refusal of={failure} then={<button className="plain" onClick={again}>{t('console.refusal.try')}</button>} />
      {!value && !failure && <Loading />}
      {closure && line && (
        <>
          <Decide of={closure} line={line} etag={etag} newer={newer} again={again} />
          <Stopping of={closure} again={again} />
          <div className="columns">
            <div>
              <Part title={t('console.case.what')} id="what"><Summary of={closure} line={line} />{subscriber && <Person subscriber={subscriber} />}</Part>
              <RiskPart of={closure} />
              <Proof of={closure} again={again} />
              {subscriber && <Part title={t('console.case.documents')} id="documents"><Documents subscriber={subscriber} compared={documentsToCompare(closure)} /></Part>}
              {subscriber && <Notes about={{ closure: closure.id }} />}
              {(closure.notices?.length ?? 0) > 0 && <Part title={t('console.case.notices', { n: number(closure.notices?.length ?? 0) })} id="notices"><Notices of={closure.notices ?? []} number={line?.number ?? ''} /></Part>}
            </div>
            <div>
              <Part title={t('console.case.quote')} id="quote">{closure.quote ? <QuoteView of={closure.quote} accepted={closure.quote_accepted_at} /> : <p className="quiet">{t('console.case.no_quote')}</p>}<AfterMoney of={closure} /></Part>
              {closure.blocks && <Part title={t('console.case.blocks')} id="blocks"><Blocks of={closure.blocks} /></Part>}
              {closure.has_certificate && <Certificate of={closure} line={line} />}
              {closure.profiles && <Part title={t('console.case.devices')} id="devices"><Devices of={closure.profiles} /></Part>}
              <Part title={t('console.case.timeline')} id="timeline"><Timeline line={closure.line_id} /></Part>
            </div>
          </div>
        </>
      )}
    </>
  );
}
