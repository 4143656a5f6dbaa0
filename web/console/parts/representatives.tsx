// Who acts for the owner, by which papers, and whether that is in force; admitting somebody, stopping it on a word, ending it.

import { useState, type ReactNode } from 'react';
import { api, newKey, sent, taken, type Answer, type Schemas } from '../api.ts';
import { useAsked } from '../hooks.ts';
import { named, t } from '../texts.ts';
import { ReasonField, useDeeds } from './dialog.tsx';
import { Refusal } from './refusal.tsx';
import { SlipPart, slipOf, type Slip } from './slip.tsx';
import { Part, When, Who } from './words.tsx';

type Line = Schemas['Line'];
type Representative = Schemas['Representative'];
const KINDS = ['attorney', 'guardian', 'heir', 'officer'] as const;

/** What is on file of the owner, to say what it rests on. */
function Papers({ subscriber }: { subscriber: string }): ReactNode {
  const { value, failure } = useAsked(`papers ${subscriber}`, () => taken(api.GET('/v1/subscribers/{id}/documents', { params: { path: { id: subscriber } } })));
  return (
    <fieldset>
      <legend>{t('console.representative.papers')}</legend>
      <Refusal of={failure} />
      {value?.items.length === 0 && <p className="note">{t('console.representative.no_papers')}</p>}
      {value?.items.map((one) => <label key={one.id} className="check"><input type="checkbox" name="document" value={one.id} />{named('portal.document_purpose', one.purpose)} · <When at={one.at} /></label>)}
    </fieldset>
  );
}

/** An id, or of a number whose it is: nobody at a counter knows an id. */
async function idOf(typed: string): Promise<string> {
  const digits = typed.replace(/[\s()./-]/g, '');
  if (!/^\+[1-9]\d{6,14}$/.test(digits)) return typed;
  return (await taken(api.POST('/v1/lines/search', { params: { header: sent(newKey()) }, body: { number: digits } }))).value.subscriber ?? '';
}

export function Representatives({ subscriber, line }: { subscriber: string; line: Line }): ReactNode {
  const { value, failure, again } = useAsked(`representatives ${subscriber}`, () => taken(api.GET('/v1/subscribers/{id}/representatives', { params: { path: { id: subscriber } } })), { on: [`person:${subscriber}`] });
  const { dialog, open } = useDeeds();
  const [slip, setSlip] = useState<Slip>();
  const admit = (): void => open<unknown>({
    title: t('console.representative.admit'), lead: <p>{t('console.representative.admit_lead')}</p>, go: t('console.representative.admit'),
    fields: <>
      <label>{t('console.representative.kind')}<select name="kind">{KINDS.map((one) => <option key={one} value={one}>{named('portal.representative_kind', one)}</option>)}</select></label>
      <label>{t('console.representative.who')}<input name="who" autoComplete="off" spellCheck={false} maxLength={64} required /></label>
      <Papers subscriber={subscriber} />
    </>,
    act: async (fields, key) => taken(api.POST('/v1/subscribers/{id}/representatives', { params: { path: { id: subscriber }, header: sent(key) },
      body: { kind: KINDS.find((one) => one === fields.get('kind')) ?? 'attorney', representative: await idOf(String(fields.get('who')).trim()), documents: fields.getAll('document').map(String) } })) as Promise<Answer<unknown>>,
    done: ({ waits }) => { setSlip(slipOf('representative', waits)); again(); },
  }, t('console.representative.admitted'));
  const over = (one: Representative, how: 'objection' | 'end'): void => open<unknown>({
    title: t(`console.representative.${how}`), lead: <p>{t(`console.representative.${how}_lead`)}</p>, go: t(`console.representative.${how}`), bad: true, fields: <ReasonField label={t('console.word.reason')} />,
    act: (fields, key) => {
      const asked = { params: { path: { id: subscriber, representative: one.serial }, header: sent(key) }, body: { reason: String(fields.get('reason')) } };
      return how === 'end' ? taken(api.POST('/v1/subscribers/{id}/representatives/{representative}/end', asked)) : taken(api.POST('/v1/subscribers/{id}/representatives/{representative}/objection', asked));
    },
    done: again,
  }, t('console.representative.over'));
  return (
    <Part title={t('console.line.representatives')} id="representatives" aside={<button className="plain" onClick={admit}>{t('console.representative.admit')}</button>}>
      {dialog}
      {slip && <SlipPart of={slip} line={line} onClose={() => setSlip(undefined)} />}
      <Refusal of={failure} />
      {value?.items.length === 0 && <p className="quiet">{t('console.representative.none')}</p>}
      <ul className="plain-list">{value?.items.map((one) => (
        <li key={one.serial}><b>{named('portal.representative_kind', one.kind)}</b> {one.name ?? one.representative} <span className={`tag ${one.state === 'standing' ? 'good' : 'quiet'}`}>{named('console.representation', one.state)}</span>{' '}
          {one.state === 'standing' && <>{t('console.line.in_force')} <When at={one.in_force_at} /></>} · <Who is={one.by} />{one.second && <> + <Who is={one.second} /></>}
          {one.state === 'standing' && <div className="actions"><button className="plain" onClick={() => over(one, 'objection')}>{t('console.representative.objection')}</button><button className="plain" onClick={() => over(one, 'end')}>{t('console.representative.end')}</button></div>}</li>
      ))}</ul>
    </Part>
  );
}
