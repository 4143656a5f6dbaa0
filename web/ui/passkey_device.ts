// What a page asks the device for its passkeys, and what it brings back: bytes as base64url, as api/openapi.yaml has them. What is right is the server's word.

const PATIENCE_MS = 60_000;

export type Asked = { challenge: string; rp_id: string };
export type Wanted = Asked & {
  user_handle: string;
  user_name: string;
  algorithms: number[];
  known: { id: string; transports: string[] }[];
};
export type Made = { client_data: string; authenticator_data: string; transports: string[] };
export type Shown = { credential: string; user_handle: string; client_data: string; authenticator_data: string; signature: string };

const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (one) => one.charCodeAt(0));

const textOf = (bytes: ArrayBuffer | null): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes ?? new ArrayBuffer(0))))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '');

/** A browser that can say what the device made. */
export const canHavePasskeys = (): boolean => 'credentials' in navigator && typeof AuthenticatorAttestationResponse === 'function'
  && 'getAuthenticatorData' in AuthenticatorAttestationResponse.prototype;

export async function made(wanted: Wanted): Promise<Made> {
  const known = wanted.known.map(({ id, transports }) => ({ type: 'public-key' as const, id: bytesOf(id), transports: transports as AuthenticatorTransport[] }));
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
    transports: response.getTransports(),
  };
}

export async function shown(asked: Asked): Promise<Shown> {
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
