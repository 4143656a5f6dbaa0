// At the counter, with the customer in front: what is in the way and what it costs, the document sighted, the quote read and accepted by the customer on the
// same screen turned round, the application sent in, and a receipt to take along.

import { useRef, useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { api, isOpen, newKey, sent, taken, type Answer, type Schemas } from '../api.ts';
import { useAsked } from '../hooks.ts';
import { useDeeds } from '../parts/dialog.tsx';
import { Blocks, Items } from '../parts/money.tsx';
import { Refusal } from '../parts/refusal.tsx';
import { Stopping } from '../parts/stopping.tsx';
import { EvidenceList, Facts, Loading, Part, Stage, Suffices, When } from '../parts/words.tsx';
import { pageSays } from '../page_facts.ts';
import { day, languageOf, money, moment, named, t, textIn } from '../texts.ts';

type Closure = Schemas['Closure'];
type Line = Schemas['Line'];

const REASONS = ['not_needed', 'moving_abroad', 'too_expensive', 'device_broken', 'lost_device', 'harassment', 'deceased', 'provider_policy_change', 'other'] as const;
const SHOWN = ['id_document', 'bank_card', 'staff_sighting', 'callback'] as const;
const at = (id: string, key: string): { path: { id: string }; header: ReturnType<typeof sent> } => ({ path: { id }, header: sent(key) });

function Begin({ line, again }: { line: Line; again: () => void }): ReactNode {
  const { value, failure } = useAsked(`eligibility ${line.id}`, () => taken(api.GET('/v1/lines/{id}/eligibility', { params: { path: { id: line.id } } })));
  const { dialog, open } = useDeeds();
  return (
    <Part title={t('console.counter.begin')} id="begin">
      {dialog}
      <Refusal of={failure} />
      {!value && !failure && <Loading />}
      {value && (
        <>
          <Blocks of={value.blocks} />
          <Items of={value.items} to_pay={value.to_pay} to_refund={value.to_refund} />
          <p><button onClick={() => open({
            title: t('console.counter.take'), lead: <p>{t('console.counter.take_lead')}</p>, go: t('console.counter.take'),
            fields: <label>{t('console.case.reason')}<select name="reason" defaultValue="" required><option value="">{t('console.word.choose_one')}</option>{REASONS.map((one) => <option key={one} value={one}>{named('portal.reason', one)}</option>)}</select></label>,
            act: (fields, key) => taken(api.POST('/v1/lines/{id}/closures', { params: { path: { id: line.id }, header: { ...sent(key), 'Keepline-Channel': 'counter' } }, body: { reason: REASONS.find((one) => one === fields.get('reason')) ?? 'other' } })) as Promise<Answer<Closure>>,
            done: again,
          }, t('console.counter.taken'))}>{t('console.counter.take')}</button></p>
        </>
      )}
    </Part>
  );
}

function Proof({ of, again }: { of: Closure; again: () => void }): ReactNode {
  const { dialog, open } = useDeeds();
  const record = (kind: (typeof SHOWN)[number]): void => open({
    title: named('portal.evidence', kind), go: t('console.counter.record'), lead: <p>{named('console.counter_proof', kind)}</p>,
    fields: kind === 'staff_sighting' || kind === 'callback' ? <label className="check"><input type="checkbox" name="sure" required />{t('console.counter.sure')}</label> : <label>{t('console.counter.shown')}<input name="shown" autoComplete="off" spellCheck={false} maxLength={60} required /></label>,
    act: (fields, key) => taken(api.POST('/v1/closures/{id}/evidence', { params: at(of.id, key), body: { kind, passed: true, method: 'counter', ...(fields.get('shown') && { shown: String(fields.get('shown')).trim() }) } })),
    done: again,
  }, t('console.counter.recorded'));
  const has = (kind: string): boolean => of.evidence?.some((one) => one.kind === kind && one.passed) ?? false;
  const sets = of.evidence_wanted ?? [];
  const wanted = new Set(sets.flat());
  const lacks = of.missing?.includes('evidence-missing') ?? false;
  const typed = (name: string): ReactNode => <label>{name}<input name="code" autoComplete="off" spellCheck={false} maxLength={40} required /></label>;
  const code = (fields: FormData): string => String(fields.get('code')).trim();
  const savedCode = (): void => open({ title: t('console.counter.code'), lead: <p>{t('console.counter.code_lead')}</p>, go: t('console.counter.record'), fields: typed(t('console.counter.code_field')),
    act: (fields, key) => taken(api.POST('/v1/closures/{id}/recovery-code', { params: at(of.id, key), body: { code: code(fields) } })), done: again }, t('console.counter.recorded'));
  const sendCode = (): void => open({ title: t('console.counter.send_code'), lead: <p>{t('console.counter.send_code_lead')}</p>, go: t('console.counter.send_code'),
    act: (_, key) => taken(api.POST('/v1/closures/{id}/otps', { params: at(of.id, key), body: { contact: 'line' } })), done: again }, t('console.counter.code_sent'));
  const smsCode = (): void => open({ title: t('console.counter.sms_code'), lead: <p>{t('console.counter.sms_code_lead')}</p>, go: t('console.counter.record'), fields: typed(t('portal.evidence.otp_sms')),
    act: (fields, key) => taken(api.POST('/v1/closures/{id}/otp-answers', { params: at(of.id, key), body: { code: code(fields).replace(/\s/g, '') } })), done: again }, t('console.counter.recorded'));
  const beginAnew = (): void => open({ title: t('console.counter.anew'), lead: <p>{t('console.counter.anew_lead')}</p>, go: t('console.counter.anew'), fields: <label className="check"><input type="checkbox" required />{t('console.stopping.told')}</label>,
    act: (_, key) => taken(api.POST('/v1/closures/{id}/withdrawal', { params: at(of.id, key) })), done: again }, t('console.counter.anew_done'));
  const sentCode = of.otp?.last && !of.otp.last.used && Date.parse(of.otp.last.expires_at) > Date.now();
  const elsewhere = of.channel !== 'counter';
  const through = { name: named('portal.channel', of.channel ?? '') };
  return (
    <>
      {dialog}
      {sets.length > 0 ? <Suffices of={sets} /> : <p className="note">{t('console.counter.no_way', through)}</p>}
      <EvidenceList of={of.evidence ?? []} />
      {lacks && sets.some((set) => set.every(has)) && <p className="note">{t('console.counter.not_counted')}</p>}
      <div className="actions">
        {SHOWN.filter((kind) => wanted.has(kind) && !has(kind)).map((kind) => <button key={kind} className="plain" onClick={() => record(kind)}>{named('portal.evidence', kind)}</button>)}
        {lacks && wanted.has('recovery_code') && <button className="plain" onClick={savedCode}>{t('console.counter.code')}</button>}
        {lacks && wanted.has('otp_sms') && <button className="plain" onClick={sendCode}>{t('console.counter.send_code')}</button>}
        {lacks && sentCode && <button className="plain" onClick={smsCode}>{t('console.counter.sms_code')}</button>}
      </div>
      {lacks && elsewhere && <><p className="quiet">{t('console.counter.elsewhere', through)}</p><p><button className="plain" onClick={beginAnew}>{t('console.counter.anew')}</button></p></>}
    </>
  );
}

/** The quote in the customer's language and nothing else, for the screen turned round. What they press is their word; whoever holds the tablet only carries it. */
function Turned({ line, closure, onDone, onClose }: { line: Line; closure: Closure; onDone: () => void; onClose: () => void }): ReactNode {
  const lang = languageOf(line);
  const dialog = useRef<HTMLDialogElement | null>(null);
  const key = useRef(newKey());
  const [turned, setTurned] = useState(false);
  const [failure, setFailure] = useState<unknown>();
  const { quote } = closure;
  if (!quote) return null;
  const detach = line.products.map((one) => one.id);
  const accept = async (): Promise<void> => {
    try {
      await taken(api.POST('/v1/closures/{id}/quote-acceptance', { params: at(closure.id, key.current), body: { quote: quote.number, ...(detach.length > 0 && { detach }) } }));
      dialog.current?.close();
      onDone();
    } catch (refused) {
      setFailure(refused);
    }
  };
  return (
    <dialog ref={(element) => { dialog.current = element; if (element && !element.open) element.showModal(); }} className={`turned ${turned ? 'round' : ''}`} lang={lang} onClose={onClose} aria-labelledby="turned-title">
      <h2 id="turned-title">{textIn(lang, 'console.turned.title', { number: line.number })}</h2>
      <Refusal of={failure} />
      <table className="sums"><tbody>
        {quote.items.map((one) => <tr key={one.kind}><th scope="row">{textIn(lang, `portal.quote_item.${one.kind}`)}</th><td className="sum">{money(one.amount, lang)}</td></tr>)}
        <tr className="total"><th scope="row">{textIn(lang, 'console.turned.to_pay')}</th><td className="sum">{money(quote.to_pay, lang)}</td></tr>
        <tr className="total"><th scope="row">{textIn(lang, 'console.turned.to_refund')}</th><td className="sum">{money(quote.to_refund, lang)}</td></tr>
      </tbody></table>
      <ul>
        {line.products.map((one) => <li key={one.id}>{textIn(lang, 'console.turned.detach', { name: `${one.kind} ${one.id}`, amount: money(one.detach_price, lang) })}</li>)}
        {quote.review_due && <li>{textIn(lang, 'console.turned.review', { until: day(quote.review_due, lang) })}</li>}
        {quote.reclaim_until && <li>{textIn(lang, 'console.turned.reclaim', { until: day(quote.reclaim_until, lang) })}</li>}
        <li>{textIn(lang, 'console.turned.codes')}</li>
        <li>{textIn(lang, 'console.turned.stop')}</li>
      </ul>
      <div className="actions">
        <button onClick={() => void accept()}>{textIn(lang, 'console.turned.agree')}</button>
        <button className="plain" onClick={() => dialog.current?.close()}>{textIn(lang, 'console.turned.no')}</button>
        <button className="plain" onClick={() => setTurned(!turned)}>{textIn(lang, 'console.turned.turn')}</button>
      </div>
    </dialog>
  );
}

function Apply({ line, closure, again }: { line: Line; closure: Closure; again: () => void }): ReactNode {
  const [turned, setTurned] = useState(false);
  const { dialog, open } = useDeeds();
  const missing = closure.missing ?? [];
  const only = missing.includes('contact-missing');
  const data = closure.backup?.state ?? 'undecided';
  const prepared = closure.backup?.expires_at;
  const expired = closure.quote && !closure.quote_accepted_at && Date.parse(closure.quote.expires_at) < Date.now();
  return (
    <>
      {dialog}
      <Part title={t('console.counter.proof')} id="proof"><Proof of={closure} again={again} /></Part>
      <Part title={t('console.counter.quote')} id="quote">
        {closure.quote_accepted_at ? <p><span className="tag good">{t('console.case.accepted')}</span> <When at={closure.quote_accepted_at} /></p> : <p className="quiet">{t('console.counter.quote_lead')}</p>}
        <div className="actions">
          {closure.quote && !closure.quote_accepted_at && !expired && <button onClick={() => setTurned(true)}>{t('console.counter.turn')}</button>}
          {(expired || !closure.quote) && <button className="plain" onClick={() => open({ title: t('console.counter.new_quote'), go: t('console.counter.new_quote'), act: (_, key) => taken(api.POST('/v1/closures/{id}/quotes', { params: at(closure.id, key) })), done: again }, '')}>{t('console.counter.new_quote')}</button>}
        </div>
        {turned && <Turned line={line} closure={closure} onDone={again} onClose={() => setTurned(false)} />}
      </Part>
      <Part title={t('console.counter.backup')} id="backup">
        <p>{named('console.backup', data)}</p>
        {data === 'prepared' && <p className="note">{t('console.counter.prepared_lead', { until: prepared && moment(prepared) })}</p>}
        {(data === 'undecided' || data === 'prepared') && <div className="actions">
          <button className="plain" onClick={() => open({ title: t('console.counter.decline'), lead: <p>{t('console.counter.decline_lead')}</p>, go: t('console.counter.decline'), act: (_, key) => taken(api.POST('/v1/closures/{id}/backup-refusal', { params: at(closure.id, key) })), done: again }, '')}>{t('console.counter.decline')}</button>
          {data === 'undecided' && <button className="plain" onClick={() => open({ title: t('console.counter.prepare'), lead: <p>{t('console.counter.prepare_lead')}</p>, go: t('console.counter.prepare'), act: (_, key) => taken(api.POST('/v1/closures/{id}/backup', { params: at(closure.id, key) })), done: again }, '')}>{t('console.counter.prepare')}</button>}
        </div>}
      </Part>
      <Part title={t('console.counter.send')} id="send">
        {missing.length > 0 && <><p>{t('console.counter.missing')}</p><ul className="plain-list">{missing.map((one) => <li key={one}><span className="tag warn">{named('console.missing', one.replaceAll('-', '_'))}</span> {named('console.missing_how', one.replaceAll('-', '_'))}</li>)}</ul></>}
        {missing.includes('blocked') && closure.blocks && <Blocks of={closure.blocks} />}
        {closure.still_to_pay && <p className="note">{t('console.counter.to_pay', { amount: money(closure.still_to_pay) })} <Link href={`/lines/${line.id}`}>{t('console.case.line')}</Link></p>}
        <p><button aria-disabled={missing.some((one) => one !== 'contact-missing')} onClick={() => { if (missing.every((one) => one === 'contact-missing')) open({
          title: t('console.counter.send_go'), lead: <p>{t('console.counter.send_lead')}</p>, go: t('console.counter.send_go'),
          fields: only ? <label className="check"><input type="checkbox" name="line_only" required />{t('console.counter.line_only')}</label> : undefined,
          act: (fields, key) => taken(api.POST('/v1/closures/{id}/submission', { params: at(closure.id, key), body: only ? { line_only: fields.get('line_only') === 'on' } : {} })), done: again,
        }, t('console.counter.sent')); }}>{t('console.counter.send_go')}</button></p>
      </Part>
    </>
  );
}

function Receipt({ line, closure }: { line: Line; closure: Closure }): ReactNode {
  const lang = languageOf(line);
  const hotline = pageSays('hotline');
  return (
    <Part title={t('console.counter.receipt')} id="receipt" aside={<button onClick={() => print()}>{t('console.counter.print')}</button>}>
      <div className="receipt" lang={lang}>
        <p>{pageSays('operator')}</p>
        <h3>{textIn(lang, 'console.receipt.title')}</h3>
        <Facts rows={[
          [textIn(lang, 'console.receipt.case'), <b>{closure.reference}</b>], [textIn(lang, 'console.receipt.number'), `…${line.number.slice(-4)}`],
          [textIn(lang, 'console.receipt.received'), closure.submitted_at && moment(closure.submitted_at, lang)], [textIn(lang, 'console.receipt.due'), closure.due && day(closure.due, lang)],
          [textIn(lang, 'console.receipt.refund'), closure.quote && money(closure.quote.to_refund, lang)], [textIn(lang, 'console.receipt.reclaim'), closure.quote?.reclaim_until && day(closure.quote.reclaim_until, lang)],
        ]} />
        <p>{textIn(lang, closure.stage === 'in_review' ? 'console.receipt.next' : 'console.receipt.next_later')}</p>
        <p>{hotline ? textIn(lang, 'console.receipt.stop', { hotline }) : textIn(lang, 'console.receipt.stop_here')}</p>
      </div>
    </Part>
  );
}

export function CounterPage({ id }: { id: string }): ReactNode {
  const { value, failure, again } = useAsked(`counter ${id}`, async () => {
    const line = await taken(api.GET('/v1/lines/{id}', { params: { path: { id } } }));
    const open = line.value.closure && isOpen(line.value.closure) ? line.value.closure.id : undefined;
    const closure = open ? (await taken(api.GET('/v1/closures/{id}', { params: { path: { id: open } } }))).value : undefined;
    return { ...line, value: { line: line.value, closure } };
  }, { on: [`line:${id}`, `closure:${id}`] });
  const { line, closure } = value ?? {};
  return (
    <>
      <header className="head"><h1>{t('console.counter.title', { number: line?.number ?? '' })}</h1>{closure && <p className="tags"><Stage is={closure.stage} /> <Link href={`/cases/${closure.id}`}>{closure.reference ?? closure.id}</Link></p>}</header>
      <Refusal of={failure} then={<button className="plain" onClick={again}>{t('console.refusal.try')}</button>} />
      {!value && !failure && <Loading />}
      {line && !closure && <Begin line={line} again={again} />}
      {line && closure?.stage === 'opened' && <Apply line={line} closure={closure} again={again} />}
      {line && closure && closure.stage !== 'opened' && <Receipt line={line} closure={closure} />}
      {closure && <Part title={t('console.stopping.title')} id="stopping"><Stopping of={closure} again={again} /></Part>}
    </>
  );
}
