// What staff wrote down for the next one, about a line or a case: who and when at once, the words for a reason, and masked again after a while. What is
// written stays as it is, and its owner gets it with everything that is held about them.

import type { ReactNode } from 'react';
import { api, sent, taken, type Answer, type Schemas } from '../api.ts';
import { SHOWN_MS, useAsked, useForgotten } from '../hooks.ts';
import { t } from '../texts.ts';
import { ReasonField, useDeeds } from './dialog.tsx';
import { Refusal } from './refusal.tsx';
import { Part, When, Who } from './words.tsx';

type About = { line: string } | { closure: string };
type Page = { items: Schemas['StaffNote'][] };

function read(about: About, reason?: string): Promise<Answer<Page>> {
  const query = reason === undefined ? {} : { reason };
  return 'line' in about ? taken(api.GET('/v1/lines/{id}/notes', { params: { path: { id: about.line }, query } })) : taken(api.GET('/v1/closures/{id}/notes', { params: { path: { id: about.closure }, query } }));
}

function write(about: About, key: string, words: string): Promise<Answer<unknown>> {
  const header = sent(key);
  return 'line' in about ? taken(api.POST('/v1/lines/{id}/notes', { params: { path: { id: about.line }, header }, body: { words } })) : taken(api.POST('/v1/closures/{id}/notes', { params: { path: { id: about.closure }, header }, body: { words } }));
}

export function Notes({ about }: { about: About }): ReactNode {
  const id = 'line' in about ? about.line : about.closure;
  const { value, failure, again } = useAsked(`notes ${id}`, () => read(about), { on: [`line:${id}`, `closure:${id}`] });
  const [words, setWords] = useForgotten<Map<number, string>>(SHOWN_MS);
  const { dialog, open } = useDeeds();
  const show = (): void => open({ title: t('console.note.read'), lead: <p>{t('console.dispute.read_lead')}</p>, go: t('console.note.read'), fields: <ReasonField label={t('console.word.reason')} max={500} />,
    act: (fields) => read(about, String(fields.get('reason'))), done: (answer) => { setWords(new Map(answer.value.items.map((one) => [one.serial, one.altered ? t('console.note.altered') : (one.words ?? '')]))); again(); } }, '');
  const add = (): void => open({ title: t('console.note.write'), lead: <p>{t('console.note.write_lead')}</p>, go: t('console.note.write'), fields: <label>{t('console.note.words')}<textarea name="words" rows={4} maxLength={2000} required /></label>,
    act: (fields, key) => write(about, key, String(fields.get('words'))), done: () => { setWords(undefined); again(); } }, t('console.note.written'));
  const items = value?.items ?? [];
  return (
    <Part title={t('console.note.title')} id="notes" aside={<button className="plain" onClick={add}>{t('console.note.write')}</button>}>
      {dialog}
      <Refusal of={failure} />
      {value && items.length === 0 && <p className="quiet">{t('console.note.none')}</p>}
      <ul className="plain-list">{items.map((one) => <li key={one.serial}><Who is={one.by} /> · <When at={one.at} />{words && <p className="note-words">{words.get(one.serial) || t('console.note.gone')}</p>}</li>)}</ul>
      {items.length > 0 && (words ? <p><button className="plain" onClick={() => setWords(undefined)}>{t('console.person.mask')}</button></p> : <p><span aria-hidden="true">•••• ••••</span> <button className="plain" onClick={show}>{t('console.note.read')}</button></p>)}
    </Part>
  );
}
