// A dialog that asks before something is done: what will be done, the fields for it, and what the server said to it. One key for one intent: what is
// sent again after a lost answer is the same request.

import { useEffect, useId, useRef, useState, type FormEvent, type ReactNode } from 'react';
import { Lost, newKey, type Answer } from '../api.ts';
import { t } from '../texts.ts';
import { Refusal } from './refusal.tsx';

export interface Deed<T> {
  title: string;
  lead?: ReactNode;
  go: string;
  bad?: boolean;
  fields?: ReactNode;
  act: (fields: FormData, key: string) => Promise<Answer<T>>;
  done: (answer: Answer<T>) => void;
  onRefused?: (failure: unknown) => void;
}

export function DeedDialog<T>({ deed, onClose }: { deed: Deed<T>; onClose: () => void }): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const key = useRef(newKey());
  const id = useId();
  const [failure, setFailure] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    const fields = new FormData(event.currentTarget);
    setBusy(true);
    setFailure(undefined);
    try {
      const answer = await deed.act(fields, key.current);
      dialog.current?.close();
      deed.done(answer);
    } catch (refused) {
      if (!(refused instanceof Lost)) key.current = newKey(); // it was not done, and the next try may say something else
      setFailure(refused);
      setBusy(false);
      deed.onRefused?.(refused);
    }
  };
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby={id}>
      <form onSubmit={(event) => void submit(event)}>
        <h2 id={id}>{deed.title}</h2>
        {deed.lead && <div className="lead">{deed.lead}</div>}
        <Refusal of={failure} />
        {deed.fields}
        <div className="actions">
          <button className={deed.bad ? 'bad' : ''} aria-disabled={busy}>{busy ? t('console.word.busy') : deed.go}</button>
          <button type="button" className="plain" onClick={() => dialog.current?.close()}>{t('console.word.cancel')}</button>
        </div>
      </form>
    </dialog>
  );
}

/** One that is often right: as whoever chooses it reads it, and as it is sent, which for a customer is in their language. */
export type Often = string | { label: string; words: string };

/** A reason, with those that are often right to choose from; what is written is what is sent and journalled. */
export function ReasonField({ name = 'reason', label, hint, often = [], max = 200 }: { name?: string; label: string; hint?: string; often?: Often[]; max?: number }): ReactNode {
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  return (
    <div className="field">
      {often.length > 0 && (
        <label>{t('console.word.often')}
          <select defaultValue="" onChange={(event) => { if (field.current && event.target.value) { field.current.value = event.target.value; field.current.focus(); } }}>
            <option value="">{t('console.word.choose')}</option>
            {often.map((one) => (typeof one === 'string' ? <option key={one}>{one}</option> : <option key={one.label} value={one.words}>{one.label}</option>))}
          </select>
        </label>
      )}
      <label htmlFor={id}>{label}</label>
      {hint && <small id={`${id}-hint`}>{hint}</small>}
      <textarea id={id} ref={field} name={name} rows={3} maxLength={max} required aria-describedby={hint ? `${id}-hint` : undefined} />
    </div>
  );
}

/** For pages with several deeds: the dialog that is open, how one is opened, and what was said when it was done. */
export function useDeeds(): { dialog: ReactNode; open: <T>(deed: Deed<T>, said: string) => void } {
  const [deed, setDeed] = useState<Deed<never>>();
  const [said, setSaid] = useState('');
  const [waits, setWaits] = useState(false);
  const open = <T,>(wanted: Deed<T>, words: string): void => {
    setSaid('');
    const done = (answer: Answer<T>): void => {
      setDeed(undefined);
      setWaits(answer.waits);
      setSaid(answer.waits ? t('console.word.second_wanted') : words);
      wanted.done(answer);
    };
    setDeed({ ...wanted, done } as unknown as Deed<never>);
  };
  const dialog = <><div role="status">{said && <p className={waits ? 'note' : 'good-note'}>{said}</p>}</div>{deed && <DeedDialog deed={deed} onClose={() => setDeed(undefined)} />}</>;
  return { dialog, open };
}
