// What is done to a line for whoever calls or stands at the counter. Locking takes any word; what takes something from somebody waits for a second person.

import { useState, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { api, isOpen, sent, taken, type Answer, type Schemas } from '../api.ts';
import { useAsked } from '../hooks.ts';
import { useWorker } from '../session.tsx';
import { moneyOf, named, t } from '../texts.ts';
import { useDeeds, type Deed } from './dialog.tsx';
import { Refusal } from './refusal.tsx';
import { SlipPart, slipOf, type Slip } from './slip.tsx';

type Line = Schemas['Line'];
type Sent = ReturnType<typeof sent>;

export const atCounter = (role: string): boolean => role === 'agent' || role === 'admin';

const text = (fields: FormData, name: string): string => String(fields.get(name) ?? '').trim();
const at = (of: Line, key: string): { path: { id: string }; header: Sent } => ({ path: { id: of.id }, header: sent(key) });

/** The document is compared with what is on file; that the person was seen is the word of whoever says so. */
const Sighted = (): ReactNode => (
  <>
    <label>{t('console.counter.shown')}<input name="shown" autoComplete="off" spellCheck={false} maxLength={60} required /></label>
    <label className="check"><input type="checkbox" required />{t('console.counter.sure')}</label>
  </>
);
const sighted = (fields: FormData): Schemas['ShownEvidence'][] => [{ kind: 'id_document', method: 'counter', shown: text(fields, 'shown') }, { kind: 'staff_sighting', method: 'counter' }];

function Which({ of, all }: { of: Line['profiles']; all: string }): ReactNode {
  if (of.length < 2) return null;
  return (
    <label>{t('console.deed.which')}
      <select name="iccid"><option value="">{all}</option>{of.map((one) => <option key={one.iccid} value={one.iccid}>…{one.iccid.slice(-4)} · {named('portal.device_state', one.state)}</option>)}</select>
    </label>
  );
}
const which = (fields: FormData): { iccid?: string } => (fields.get('iccid') ? { iccid: text(fields, 'iccid') } : {});

/** What can be ordered; first what the line has already. */
function Type({ own }: { own: (string | undefined)[] }): ReactNode {
  const { value, failure } = useAsked('profile types', () => taken(api.GET('/v1/profile-types')));
  const types = value?.items.filter((one) => one.stock > 0).map((one) => one.name).sort((a, b) => Number(own.includes(b)) - Number(own.includes(a)));
  if (types?.length === 0) return <p className="note">{t('console.deed.no_types')}</p>;
  return <><Refusal of={failure} /><label>{t('console.deed.type')}<select name="type" required>{types?.map((one) => <option key={one}>{one}</option>)}</select></label></>;
}

type Done = (what: Slip['what'], waits: boolean, more?: Pick<Slip, 'amount' | 'reference'>) => void;
type Made = { deed: Deed<unknown>; said: string };

function lost(of: Line, done: Done): Made {
  return { said: t('console.line.lost_done'), deed: {
    title: t('console.line.lost'), lead: <p>{t('console.line.lost_lead')}</p>, go: t('console.line.lost'), bad: true,
    fields: <><label>{t('console.line.lost_how')}<input name="how" maxLength={200} required /></label><Which of={of.profiles.filter((one) => !one.lost)} all={t('console.deed.every')} /></>,
    act: (fields, key) => taken(api.POST('/v1/lines/{id}/lost', { params: at(of, key), body: { how: text(fields, 'how'), ...which(fields) } })), done: ({ waits }) => done('lost', waits),
  } };
}

function found(of: Line, done: Done): Made {
  return { said: t('console.line.found_done'), deed: {
    title: t('console.line.found'), lead: <p>{t('console.line.found_lead')}</p>, go: t('console.line.found'),
    fields: <><Which of={of.profiles.filter((one) => one.lost)} all={t('console.deed.every')} /><Sighted /></>,
    act: (fields, key) => taken(api.POST('/v1/lines/{id}/found', { params: at(of, key), body: { evidence: sighted(fields), ...which(fields) } })), done: ({ waits }) => done('found', waits),
  } };
}

function moneyIn(of: Line, what: 'top_up' | 'payment', done: Done): Made {
  const { currency } = of.balance.prepaid;
  const body = (fields: FormData): { amount: Schemas['Money']; reference: string } => ({ amount: moneyOf(text(fields, 'amount'), currency), reference: text(fields, 'reference') });
  let told: ReturnType<typeof body> | undefined;
  return { said: t('console.line.topped_up'), deed: {
    title: t(`console.line.${what}`), lead: <>{of.closure && isOpen(of.closure) && <p className="note">{t('console.line.closing_lead')}</p>}<p>{t('console.line.top_up_lead')}</p></>, go: t(`console.line.${what}`),
    fields: <><label>{t('console.line.amount', { name: currency })}<input name="amount" inputMode="decimal" pattern="[0-9]{1,7}([.][0-9]{1,3})?" title={t('console.line.amount_hint')} required /></label><small>{t('console.line.amount_hint')}</small><label>{t('console.line.reference')}<input name="reference" maxLength={64} title={t('console.line.reference_hint')} required /></label><small>{t('console.line.reference_hint')}</small></>,
    act: (fields, key) => {
      const asked = { params: at(of, key), body: told = body(fields) };
      return (what === 'top_up' ? taken(api.POST('/v1/lines/{id}/top-ups', asked)) : taken(api.POST('/v1/lines/{id}/payments', asked))) as Promise<Answer<unknown>>;
    },
    done: ({ waits }) => done(what, waits, told),
  } };
}

function device(of: Line, done: Done): Made {
  return { said: t('console.deed.device_done'), deed: {
    title: t('console.deed.device'), lead: <p>{t('console.deed.device_lead')}</p>, go: t('console.deed.device'), fields: <><Type own={of.profiles.map((one) => one.type)} /><Sighted /></>,
    act: (fields, key) => taken(api.POST('/v1/lines/{id}/profiles', { params: at(of, key), body: { type: text(fields, 'type'), evidence: sighted(fields) } as Schemas['AddedProfile'] })), done: ({ waits }) => done('device', waits),
  } };
}

function undo(of: Line, done: Done): Made {
  return { said: t('console.deed.undone'), deed: {
    title: t('console.deed.undo'), lead: <p>{t('console.deed.undo_lead')}</p>, go: t('console.deed.undo'), fields: <Sighted />,
    act: (fields, key) => taken(api.POST('/v1/lines/{id}/switch-undo', { params: at(of, key), body: { evidence: sighted(fields) } })), done: ({ waits }) => done('device', waits),
  } };
}

function account(subscriber: string, done: Done): Made {
  return { said: t('console.deed.account_done'), deed: {
    title: t('console.deed.account'), lead: <p>{t('console.deed.account_lead')}</p>, go: t('console.deed.account'),
    fields: <>
      <label>{t('console.deed.iban')}<input name="iban" autoComplete="off" spellCheck={false} maxLength={80} required /></label>
      <label>{t('console.deed.holder')}<input name="holder" autoComplete="off" maxLength={140} required /></label>
      <label>{t('console.deed.bic')}<input name="bic" autoComplete="off" spellCheck={false} maxLength={40} /></label>
    </>,
    act: (fields, key) => taken(api.POST('/v1/subscribers/{id}/refund-account', { params: { path: { id: subscriber }, header: sent(key) }, body: { iban: text(fields, 'iban'), holder: text(fields, 'holder'), ...(fields.get('bic') && { bic: text(fields, 'bic') }) } })),
    done: ({ waits }) => done('account', waits),
  } };
}

export function LineDeeds({ of, again }: { of: Line; again: () => void }): ReactNode {
  const worker = useWorker();
  const [, go] = useLocation();
  const { dialog, open } = useDeeds();
  const [slip, setSlip] = useState<Slip>();
  if (of.status === undefined || of.status === 'ended') return null;
  const counter = atCounter(worker.role);
  const present = counter && worker.channels.includes('counter'); // who speaks by telephone only has nobody before them
  const done: Done = (what, waits, more) => {
    if (counter) setSlip(slipOf(what, waits, more));
    again();
  };
  const begin = (make: () => Made): void => {
    const { deed, said } = make();
    setSlip(undefined);
    open(deed, said);
  };
  const undoable = of.last_switch?.undo_until && !of.last_switch.undone && Date.parse(of.last_switch.undo_until) > Date.now();
  const plain = (name: string, make: () => Made): ReactNode => <button className="plain" onClick={() => begin(make)}>{name}</button>;
  const { subscriber } = of;
  return (
    <>
      {dialog}
      {slip && <SlipPart of={slip} line={of} onClose={() => setSlip(undefined)} />}
      <div className="actions">
        {present && <button onClick={() => go(`/counter/${of.id}`)}>{t('console.line.counter')}</button>}
        {!of.locked_since && <button className="bad" onClick={() => begin(() => lost(of, done))}>{t('console.line.lost')}</button>}
        {present && of.locked_since && plain(t('console.line.found'), () => found(of, done))}
        {counter && plain(t('console.line.top_up'), () => moneyIn(of, 'top_up', done))}
        {counter && of.balance.debt.minor > 0 && plain(t('console.line.payment'), () => moneyIn(of, 'payment', done))}
        {present && plain(t('console.deed.device'), () => device(of, done))}
        {present && undoable && plain(t('console.deed.undo'), () => undo(of, done))}
        {counter && subscriber && plain(t('console.deed.account'), () => account(subscriber, done))}
        {plain(t('console.line.recheck'), () => ({ said: t('console.line.recheck_done'), deed: {
          title: t('console.line.recheck'), lead: <p>{t('console.line.recheck_lead')}</p>, go: t('console.line.recheck'),
          act: (_, key) => taken(api.POST('/v1/lines/{id}/network-recheck', { params: at(of, key) })), done: again,
        } }))}
      </div>
    </>
  );
}
