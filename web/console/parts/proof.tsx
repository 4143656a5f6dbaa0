// Whoever sits here shows that it is still them, before what matters most is sent: with password and code, or at the provider of identities. That is in
// another tab, so that this one stays as it is, with all that was typed; its end is told from one to the other.

import { useEffect, useRef, useState, type FormEvent, type ReactNode } from 'react';
import { whenProofIsWanted } from '../api.ts';
import { proveAnew, type Worker } from '../session.tsx';
import { t, type TextKey } from '../texts.ts';
import { Refusal } from './refusal.tsx';

const PLACE = 'keepline-console-proof';

/** As the server came back from the provider. */
const SAID: Record<string, TextKey> = {
  yes: 'console.proof.yes', person: 'console.proof.person', stale: 'console.proof.stale', provider: 'console.sign_in.refused_provider', later: 'console.sign_in.refused_later', again: 'console.proof.again',
};
const saidOf = (word: string): TextKey => (Object.hasOwn(SAID, word) ? SAID[word] : undefined) ?? 'console.proof.again';

/** The tab that came back from the provider. */
export function ProofTold({ word }: { word: string }): ReactNode {
  useEffect(() => {
    const others = new BroadcastChannel(PLACE);
    others.postMessage(word);
    others.close();
  }, [word]);
  return <main className="sign-in" id="main"><div><h1>{t('console.proof.title')}</h1><p role="status">{t(saidOf(word))}</p><p>{t('console.proof.back')}</p></div></main>;
}

function AtProvider({ onShown }: { onShown: () => void }): ReactNode {
  const [word, setWord] = useState<string>();
  const done = useRef(onShown);
  done.current = onShown;
  useEffect(() => {
    const others = new BroadcastChannel(PLACE);
    others.addEventListener('message', ({ data }: MessageEvent<string>) => { if (data === 'yes') done.current(); else setWord(data); });
    return () => others.close();
  }, []);
  return (
    <>
      {word !== undefined && <p className="note" role="alert">{t(saidOf(word))}</p>}
      <p><a className="button" href="/console/oidc/prove" target="_blank" rel="noopener">{t('console.proof.provider')}</a></p>
    </>
  );
}

function ByCode({ name, onShown }: { name: string; onShown: () => void }): ReactNode {
  const [failure, setFailure] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    const form = event.currentTarget;
    const fields = new FormData(form);
    setBusy(true);
    setFailure(undefined);
    try {
      await proveAnew(String(fields.get('password') ?? ''), String(fields.get('totp') ?? '').replace(/\s/g, ''));
      onShown();
    } catch (refused) {
      setFailure(refused);
      setBusy(false);
      form.querySelectorAll<HTMLInputElement>('[type=password], [name=totp]').forEach((one) => { one.value = ''; });
      form.querySelector<HTMLInputElement>('[type=password]')?.focus();
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Refusal of={failure} />
      <input type="hidden" autoComplete="username" value={name} readOnly />
      <label>{t('console.sign_in.password')}<input name="password" type="password" autoComplete="current-password" required autoFocus /></label>
      <label>{t('console.sign_in.totp')}<input name="totp" inputMode="numeric" autoComplete="one-time-code" pattern="[0-9 ]{6,9}" required /><small>{t('console.sign_in.totp_hint')}</small></label>
      <div className="actions"><button aria-disabled={busy}>{busy ? t('console.word.busy') : t('console.proof.go')}</button></div>
    </form>
  );
}

/** On top of whatever dialog asks for it. */
function ProofDialog({ worker, onEnd }: { worker: Worker; onEnd: (shown: boolean) => void }): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const shown = useRef(false);
  useEffect(() => dialog.current?.showModal(), []);
  const isShown = (): void => {
    shown.current = true;
    dialog.current?.close();
  };
  return (
    <dialog ref={dialog} onClose={() => onEnd(shown.current)} aria-labelledby="proof-title">
      <h2 id="proof-title">{t('console.proof.title')}</h2>
      <div className="lead"><p>{t('console.proof.lead')}</p></div>
      {worker.provided ? <AtProvider onShown={isShown} /> : <ByCode name={worker.name} onShown={isShown} />}
      <div className="actions"><button type="button" className="plain" onClick={() => dialog.current?.close()}>{t('console.word.cancel')}</button></div>
    </dialog>
  );
}

/** Where proof is asked for: once for all that waits for it. */
export function Proof({ worker }: { worker: Worker }): ReactNode {
  const [open, setOpen] = useState(false);
  const waiting = useRef<((shown: boolean) => void)[]>([]);
  const end = (shown: boolean): void => {
    setOpen(false);
    for (const one of waiting.current.splice(0)) one(shown);
  };
  useEffect(() => {
    const all = waiting.current;
    whenProofIsWanted(() => new Promise((done) => { all.push(done); setOpen(true); }));
    return () => {
      whenProofIsWanted(() => Promise.resolve(false));
      for (const one of all.splice(0)) one(false);
    };
  }, []);
  return open ? <ProofDialog worker={worker} onEnd={end} /> : null;
}
