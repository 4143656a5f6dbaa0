// Who works here: signing in and out, and what every page may know of them. The session itself is a cookie that script does not see.

import { createContext, useContext, useEffect, useState, type FormEvent, type ReactNode } from 'react';
import { Lost, newKey, refusalOf, type Schemas } from './api.ts';
import { canHavePasskeys, shown, type Asked } from '../ui/passkey_device.ts';
import { Refusal } from './parts/refusal.tsx';
import { language, t, type TextKey } from './texts.ts';

/** The session's own view; `kin` is not told to oneself. */
export type Worker = Pick<Schemas['StaffSession'], 'name' | 'role' | 'person' | 'provided' | 'channels'>;

/** Not by way of `taken`: a 401 here is a wrong password, not a session that ended. */
async function call(method: string, path: string, body?: object): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, {
      method, cache: 'no-store', credentials: 'same-origin', body: body ? JSON.stringify(body) : null,
      headers: { 'Accept-Language': language(), ...(method !== 'GET' && { 'X-Keepline-Console': '1', 'Idempotency-Key': newKey() }), ...(body && { 'Content-Type': 'application/json' }) },
    });
  } catch (failure) {
    throw new Lost(String(failure));
  }
  const told: unknown = response.headers.get('Content-Type')?.includes('json') ? await response.json() : undefined;
  if (!response.ok) throw refusalOf(response, told);
  return told;
}

/** Nobody: undefined. */
export const whoWorks = (): Promise<Worker | undefined> => (call('GET', '/v1/staff-sessions/current') as Promise<Worker>).catch((failure: unknown) => {
  if (failure instanceof Lost) throw failure;
  return undefined;
});

/** Another session, whose proof is fresh, takes the place of this one. */
export const proveAnew = (password: string, totp: string): Promise<unknown> => call('POST', '/v1/staff-sessions/current/proof', { password, totp });

export const signOut = (): Promise<unknown> => call('POST', '/v1/staff-sessions/current/end', {});

const WorkerContext = createContext<Worker | undefined>(undefined);
export const WorkerProvider = WorkerContext.Provider;

export function useWorker(): Worker {
  const worker = useContext(WorkerContext);
  if (!worker) throw new Error('a page without anybody who works at it');
  return worker;
}

export const decides = ({ role }: Worker): boolean => role === 'reviewer' || role === 'admin';

type Named = Pick<Schemas['Actor'], 'as' | 'id' | 'person' | 'kin'>;

/** May one answer for the other: as domain/actor.hpp's same_person, for what being one person forbids. The server decides; this only says so before. */
export function isSame(worker: Worker, other: Named): boolean {
  if (other.as === 'subscriber') return false;
  const names = [worker.name, worker.person].filter(Boolean);
  return [other.id, other.person, ...(other.kin ?? [])].some((one) => one !== undefined && names.includes(one));
}

type Enrolment = Schemas['StaffInvitation'] & { code: string };

const field = (fields: FormData, name: string): string => String(fields.get(name) ?? '').trim();
const code = (fields: FormData): string => field(fields, 'totp').replace(/\s/g, '');

/** A form whose answer is awaited; what is secret in it is emptied when it is refused. */
function Asking({ title, go, act, children }: { title: string; go: string; act: (fields: FormData) => Promise<void>; children: ReactNode }): ReactNode {
  const [failure, setFailure] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget;
    setBusy(true);
    setFailure(undefined);
    try {
      await act(new FormData(form));
    } catch (refused) {
      setFailure(refused);
      const secret = form.querySelectorAll<HTMLInputElement>('[type=password], [name=totp]');
      secret.forEach((one) => { one.value = ''; });
      secret[0]?.focus();
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)} aria-labelledby="sign-in-title">
      <h1 id="sign-in-title">{title}</h1>
      <Refusal of={failure} />
      {children}
      <button disabled={busy}>{go}</button>
    </form>
  );
}

const Totp = (): ReactNode => <label>{t('console.sign_in.totp')}<input name="totp" inputMode="numeric" autoComplete="one-time-code" pattern="[0-9 ]{6,9}" required /><small>{t('console.sign_in.totp_hint')}</small></label>;
const Name = (): ReactNode => <label>{t('console.sign_in.name')}<input name="name" autoComplete="username" autoCapitalize="none" spellCheck={false} required autoFocus /></label>;

/** Instead of name, password and code. What the device says of why it did not sign is its own: it was asked, and did not. */
function ByPasskey({ onDone }: { onDone: (who: Worker) => void }): ReactNode {
  const [failure, setFailure] = useState<unknown>();
  const [unsigned, setUnsigned] = useState(false);
  const [busy, setBusy] = useState(false);
  const enter = async (): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    setUnsigned(false);
    try {
      const asked = (await call('POST', '/v1/staff-sessions/passkey-challenges', {})) as Asked;
      const signed = await shown(asked).catch(() => undefined);
      if (signed) onDone((await call('POST', '/v1/staff-sessions/passkeys', signed)) as Worker);
      else setUnsigned(true);
    } catch (refused) {
      setFailure(refused);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div>
      <Refusal of={failure} />
      <div role="status">{unsigned && <p className="note">{t('console.sign_in.passkey_failed')}</p>}</div>
      <button type="button" className="plain" disabled={busy} onClick={() => void enter()}>{t('console.sign_in.passkey')}</button>
    </div>
  );
}

/** The first time: an invitation's code opens an enrolment; a password and a code of the new authenticator end it. */
function Invited({ onDone }: { onDone: (who: Worker) => void }): ReactNode {
  const [begun, setBegun] = useState<Enrolment>();
  if (!begun)
    return (
      <Asking key="begin" title={t('console.sign_in.invited')} go={t('console.sign_in.next')} act={async (fields) => {
        const name = field(fields, 'name');
        const invitation = field(fields, 'invitation');
        setBegun({ ...((await call('POST', '/v1/staff-invitations', { name, code: invitation })) as Schemas['StaffInvitation']), name, code: invitation });
      }}>
        <Name />
        <label>{t('console.sign_in.invitation')}<input name="invitation" autoComplete="off" spellCheck={false} required /><small>{t('console.sign_in.invitation_hint')}</small></label>
      </Asking>
    );
  return (
    <Asking key="end" title={t('console.sign_in.set_up')} go={t('console.sign_in.go')} act={async (fields) => {
      const { name, code: invitation, enrolment } = begun;
      onDone((await call('POST', '/v1/staff-invitations/acceptance', { name, code: invitation, enrolment, password: String(fields.get('password')), totp: code(fields) })) as Worker);
    }}>
      <input type="hidden" autoComplete="username" value={begun.name} readOnly />
      <p>{t('console.sign_in.secret')}</p>
      <p><code className="secret">{begun.totp_secret.replace(/(.{4})/g, '$1 ')}</code> <a href={begun.otpauth}>{t('console.sign_in.otpauth')}</a></p>
      <label>{t('console.sign_in.new_password')}<input name="password" type="password" autoComplete="new-password" minLength={12} maxLength={128} required /><small>{t('console.sign_in.new_password_hint')}</small></label>
      <Totp />
    </Asking>
  );
}

type Ways = { accounts: boolean; provider: boolean };

/** As the server came back from the provider; it says nothing else of why. */
const REFUSED: Record<string, TextKey> = {
  role: 'console.sign_in.refused_role', waits: 'console.sign_in.refused_waits', name: 'console.sign_in.refused_name', provider: 'console.sign_in.refused_provider', later: 'console.sign_in.refused_later', again: 'console.sign_in.refused_again',
};

/** Which ways there are now. Where that cannot be learnt, the one that needs nobody else. */
function useWays(): Ways | undefined {
  const [ways, setWays] = useState<Ways>();
  useEffect(() => { call('GET', '/v1/staff-sign-in').then((told) => setWays(told as Ways), () => setWays({ accounts: true, provider: false })); }, []);
  return ways;
}

export function SignIn({ over, onDone, children }: { over: boolean; onDone: (who: Worker) => void; children: ReactNode }): ReactNode {
  const [invited, setInvited] = useState(false);
  const ways = useWays();
  const refused = REFUSED[new URLSearchParams(location.search).get('refused') ?? ''];
  if (!ways) return <main className="sign-in" id="main" />;
  return (
    <main className="sign-in" id="main">
      <div>
        {over && <p className="note" role="status">{t('console.sign_in.over')}</p>}
        {refused && <p className="note" role="alert">{t(refused)}</p>}
        {ways.provider && !invited && <p><a className="button" href="/console/oidc/start">{t('console.sign_in.provider')}</a></p>}
        {!ways.accounts && !invited && <p>{t('console.sign_in.provider_only')}</p>}
        {invited ? <Invited onDone={onDone} /> : ways.accounts && (
          <Asking title={t('console.sign_in.title')} go={t('console.sign_in.go')} act={async (fields) => {
            onDone((await call('POST', '/v1/staff-sessions', { name: field(fields, 'name'), password: String(fields.get('password') ?? ''), totp: code(fields) })) as Worker);
          }}>
            <Name />
            <label>{t('console.sign_in.password')}<input name="password" type="password" autoComplete="current-password" required /></label>
            <Totp />
          </Asking>
        )}
        {ways.accounts && !invited && canHavePasskeys() && <ByPasskey onDone={onDone} />}
        <p className="actions"><button type="button" className="plain" onClick={() => setInvited(!invited)}>{invited ? t('console.sign_in.title') : t('console.sign_in.invited')}</button>{children}</p>
      </div>
    </main>
  );
}
