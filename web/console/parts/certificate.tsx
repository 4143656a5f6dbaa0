// A certificate: to read, and what its owner says of it at the counter. Whoever writes a dispute down does not answer it.

import { useState, type ReactNode } from 'react';
import { api, sent, taken, type Schemas } from '../api.ts';
import { useAsked } from '../hooks.ts';
import { useWorker } from '../session.tsx';
import { named, t } from '../texts.ts';
import { useDeeds } from './dialog.tsx';
import { atCounter } from './line_deeds.tsx';
import { Refusal } from './refusal.tsx';
import { SlipPart, slipOf, type Slip } from './slip.tsx';
import { Part, When } from './words.tsx';

type Closure = Schemas['Closure'];
const PARTS = ['submitted_at', 'approved_at', 'closed_at', 'evidence', 'refund', 'still_owed', 'reclaim_until', 'not_reassigned_before', 'other'] as const;
type Said = { part: Schemas['CertificatePart']; item?: string; words: string };

/** The lines of a certificate that may be wrong: those that there are several of by which one. */
const linesOf = (of: Closure): Said[] => [
  ...(of.profiles ?? []).map((one): Said => ({ part: 'device', item: one.iccid, words: `${named('portal.certificate_part', 'device')} …${one.iccid.slice(-4)}` })),
  ...(of.quote?.items ?? []).map((one): Said => ({ part: 'charged', item: one.kind, words: named('portal.quote_item', one.kind) })),
  ...[...new Set(of.network?.map((one) => one.step))].map((step): Said => ({ part: 'network', item: step, words: `${named('portal.certificate_part', 'network')}: ${named('console.step', step)}` })),
  ...PARTS.map((part): Said => ({ part, words: named('portal.certificate_part', part) })),
];

export function Certificate({ of, line }: { of: Closure; line: Schemas['Line'] | undefined }): ReactNode {
  const worker = useWorker();
  const { value, failure, again } = useAsked(`disputes ${of.id}`, () => taken(api.GET('/v1/closures/{id}/disputes', { params: { path: { id: of.id } } })), { on: [`dispute:${of.id}`] });
  const { dialog, open } = useDeeds();
  const [slip, setSlip] = useState<Slip>();
  const lines = linesOf(of);
  const dispute = (): void => open({
    title: t('console.certificate.dispute'), lead: <p>{t('console.certificate.dispute_lead')}</p>, go: t('console.certificate.dispute'),
    fields: <>
      <label>{t('console.certificate.which')}<select name="which">{lines.map((one, i) => <option key={i} value={i}>{one.words}</option>)}</select></label>
      <label>{t('console.dispute.words')}<textarea name="words" rows={4} maxLength={2000} required /></label>
    </>,
    act: (fields, key) => {
      const { part, item } = lines[Number(fields.get('which'))] as Said;
      return taken(api.POST('/v1/closures/{id}/disputes', { params: { path: { id: of.id }, header: sent(key) }, body: { part, ...(item && { item }), words: String(fields.get('words')) } }));
    },
    done: () => { setSlip(slipOf('dispute', false, of.reference ? { reference: of.reference } : {})); again(); },
  }, t('console.certificate.disputed'));
  return (
    <Part title={t('console.certificate.title')} id="certificate" aside={atCounter(worker.role) && <button className="plain" onClick={dispute}>{t('console.certificate.dispute')}</button>}>
      {dialog}
      {slip && line && <SlipPart of={slip} line={line} onClose={() => setSlip(undefined)} />}
      <Refusal of={failure} />
      <p><a href={`/v1/closures/${of.id}/certificate`} target="_blank" rel="noreferrer">{t('console.certificate.read')}</a></p>
      <ul className="plain-list">{value?.items.map((one) => <li key={one.serial}><b>{named('portal.certificate_part', one.part)}</b>{one.item && ` ${one.item}`} · <When at={one.at} /> · {named('portal.dispute_state', one.state)}{one.reason && ` · ${one.reason}`}</li>)}</ul>
    </Part>
  );
}
