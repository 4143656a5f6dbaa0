// One field for what somebody on the phone can say: a number, a case number, an ICCID, an EID, or the id of a line or a case. A number never stands in
// an address: it is asked for, and the page that opens has the line's id.

import { useRef, useState, type FormEvent, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { api, newKey, sent, taken, type Schemas } from '../api.ts';
import { useKeys } from '../hooks.ts';
import { pageSays } from '../page_facts.ts';
import { findPeople } from '../people_found.ts';
import { t } from '../texts.ts';
import { DeedDialog, ReasonField } from './dialog.tsx';
import { Refusal } from './refusal.tsx';

type Wanted = { line: string } | { case: string } | { body: { number?: string; reference?: string; iccid?: string; eid?: string } };

/** As text/phone_number.hpp reads what is typed: with the country code before it but no plus, or without it. */
export function numberOf(digits: string, code: string): string | undefined {
  if (/^(\+|00)[1-9]\d{6,14}$/.test(digits)) return digits.replace(/^00/, '+');
  if (!/^\d{7,15}$/.test(digits)) return undefined;
  if (!code) return digits.length > 12 && !digits.startsWith('0') ? `+${digits}` : undefined;
  return digits.startsWith(code) && digits.length >= code.length + 10 ? `+${digits}` : `+${code}${digits.replace(/^0/, '')}`;
}

/** The operator's own, which the server writes into the page; empty: it has none. */
const countryCode = (): string => /^\d{1,3}$/.exec(pageSays('country-code'))?.[0] ?? '';

export function wantedOf(typed: string): Wanted | undefined {
  const bare = typed.trim();
  if (/^ln_[a-z0-9]+-c\d+$/.test(bare)) return { case: bare };
  if (/^ln_[a-z0-9]+$/.test(bare)) return { line: bare };
  const digits = bare.replace(/[\s()./\u2010-\u2015-]/g, '');
  if (/^\d{32}$/.test(digits)) return { body: { eid: digits } };
  if (/^\d{18,20}$/.test(digits)) return { body: { iccid: digits } };
  if (/^\d{12}$/.test(digits)) return { body: { reference: digits } };
  const number = numberOf(digits, countryCode());
  return number ? { body: { number } } : undefined;
}

/** Of what was found: the case that was asked for by what it is called, else its line. */
function pageOf(line: Schemas['Line'], reference?: string): string {
  const called = (one?: { reference?: string }): boolean => reference !== undefined && one?.reference?.replace(/\D/g, '') === reference;
  const found = [...(line.closure ? [line.closure] : []), ...line.past_closures].find(called);
  return found ? `/cases/${found.id}` : `/lines/${line.id}`;
}

export function Search(): ReactNode {
  const field = useRef<HTMLInputElement>(null);
  const [, go] = useLocation();
  const [failure, setFailure] = useState<unknown>();
  const [unread, setUnread] = useState('');
  const [named, setNamed] = useState<string>();
  useKeys({ '/': () => field.current?.focus() });
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setFailure(undefined);
    setUnread('');
    const wanted = wantedOf(field.current?.value ?? '');
    if (!wanted) return setUnread(field.current?.value.trim() ?? '');
    try {
      if ('case' in wanted) go(`/cases/${wanted.case}`);
      else if ('line' in wanted) go(`/lines/${wanted.line}`);
      else go(pageOf((await taken(api.POST('/v1/lines/search', { params: { header: sent(newKey()) }, body: wanted.body }))).value, wanted.body.reference));
      if (field.current) field.current.value = '';
    } catch (refused) {
      setFailure(refused);
    }
  };
  const foundByName = (): void => {
    setNamed(undefined);
    setUnread('');
    if (field.current) field.current.value = '';
    go('/people');
  };
  return (
    <>
      <form role="search" className="search" onSubmit={(event) => void submit(event)}>
        <input ref={field} type="search" aria-label={t('console.search.label')} placeholder={t('console.search.label')} autoComplete="off" spellCheck={false}
          onKeyDown={(event) => { if (event.key === 'Escape') event.currentTarget.blur(); }} />
        {unread && <div className="refusal" role="alert"><p>{t('console.search.unread')}</p>{/\p{L}{2}|\p{Script=Han}/u.test(unread) && <p><button type="button" className="plain" onClick={() => setNamed(unread)}>{t('console.search.by_name')}</button></p>}</div>}
        <Refusal of={failure} />
      </form>
      {named !== undefined && <DeedDialog onClose={() => setNamed(undefined)} deed={{ title: t('console.search.by_name'), lead: <p>{t('console.search.name_lead', { name: named })}</p>, go: t('console.search.by_name'), fields: <ReasonField label={t('console.word.reason')} />,
        act: async (fields, key) => ({ value: await findPeople({ name: named, reason: String(fields.get('reason')) }, key), etag: undefined, waits: false }), done: foundByName }} />}
    </>
  );
}
