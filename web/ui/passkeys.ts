// Passkeys: asks the device, fills in the hidden fields of the form, and sends it like any other. The forms
// (`data-passkey`) stay hidden where there is no script, or a browser that cannot; what is right is the server's word.

import { word } from './words.ts';

const PATIENCE_MS = 60_000;

type Asked = { challenge: string; rp_id: string };
type Wanted = Asked & {
  user_handle: string;
  user_name: string;
  algorithms: number[];
  known: { id: string; transports: AuthenticatorTransport[] }[];
};

const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (one) => one.charCodeAt(0));

const textOf = (bytes: ArrayBuffer | null): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes ?? new ArrayBuffer(0))))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '');

async function made(wanted: Wanted): Promise<Record<string, string>> {
  const known = wanted.known.map(({ id, transports }) => ({ type: 'public-key' as const, id: bytesOf(id), transports }));
  const credential = (await navigator.credentials.create({
    publicKey: {
      challenge: bytesOf(wanted.challenge),
      rp: { id: wanted.rp_id, name: document.title },
      user: { id: bytesOf(wanted.user_handle), name: wanted.user_name, displayName: wanted.user_name },
      pubKeyCredParams: wanted.algorithms.map((alg) => ({ type: 'public-key' as const, alg })),
      excludeCredentials: known,
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
      attestation: 'none',
    },
  })) as PublicKeyCredential;
  const response = credential.response as AuthenticatorAttestationResponse;
  return {
    client_data: textOf(response.clientDataJSON),
    authenticator_data: textOf(response.getAuthenticatorData()),
    transports: response.getTransports().join(' '),
  };
}

async function shown(asked: Asked): Promise<Record<string, string>> {
  const credential = (await navigator.credentials.get({
    publicKey: { challenge: bytesOf(asked.challenge), rpId: asked.rp_id, userVerification: 'required', timeout: PATIENCE_MS },
  })) as PublicKeyCredential;
  const response = credential.response as AuthenticatorAssertionResponse;
  return {
    credential: textOf(credential.rawId),
    user_handle: textOf(response.userHandle),
    client_data: textOf(response.clientDataJSON),
    authenticator_data: textOf(response.authenticatorData),
    signature: textOf(response.signature),
  };
}

function enhance(form: HTMLFormElement): void {
  const options = JSON.parse(form.dataset.options ?? '{}') as Wanted;
  const ask = form.dataset.passkey === 'make' ? made : shown;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const said = form.querySelector('[role=status]');
    if (said) said.textContent = word('busy');
    ask(options).then(
      (fields) => {
        for (const [name, value] of Object.entries(fields)) {
          const field = form.elements.namedItem(name);
          if (field instanceof HTMLInputElement) field.value = value;
        }
        form.submit();
      },
      () => {
        if (said) said.textContent = form.dataset.failed ?? '';
      },
    );
  });
  form.hidden = false;
}

/** Shows what the browser can do with passkeys, of all that stands under `root`. */
export function passkeys(root: ParentNode = document): void {
  const can = 'credentials' in navigator && typeof AuthenticatorAttestationResponse === 'function'
    && 'getAuthenticatorData' in AuthenticatorAttestationResponse.prototype;
  if (!can) return;
  for (const one of root.querySelectorAll<HTMLElement>('[data-passkey]'))
    if (one instanceof HTMLFormElement) enhance(one);
    else one.hidden = false;
}
