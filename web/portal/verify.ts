// A certificate checked by the browser itself: an Ed25519 signature (RFC 8037) of one of the keys that the server publishes. And the camera, where
// the browser reads codes by itself.

import { MADE } from '../ui/markup.ts';

const TYPE = 'keepline-closing+jwt';
const CAMERA_LOOKS_MS = 300;

interface Key { kid?: string; kty?: string; crv?: string; x?: string }

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  if (!/^[A-Za-z0-9_-]*$/.test(base64url)) throw new SyntaxError('no base64url');
  return Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
}

const jsonOf = (part: string): unknown => JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytesOf(part)));

/** Of the certificate nothing is believed but the name of the key. */
function keyNameIn(head: unknown): string | undefined {
  const { alg, typ, kid, crit } = head as Record<string, unknown>;
  return alg === 'EdDSA' && typ === TYPE && crit === undefined && typeof kid === 'string' ? kid : undefined;
}

async function isSigned(jws: string, keys: Key[]): Promise<boolean> {
  const parts = jws.split('.');
  const [head, claims, signature] = parts;
  if (parts.length !== 3 || !head || !claims || !signature) return false;
  let name: string | undefined;
  let signed: Uint8Array<ArrayBuffer>;
  try {
    name = keyNameIn(jsonOf(head));
    jsonOf(claims);
    signed = bytesOf(signature);
  } catch {
    return false;
  }
  const key = keys.find(({ kid, kty, crv }) => kid === name && kty === 'OKP' && crv === 'Ed25519');
  if (!name || !key?.x || signed.length !== 64) return false;
  const imported = await crypto.subtle.importKey('raw', bytesOf(key.x), { name: 'Ed25519' }, false, ['verify']);
  return crypto.subtle.verify({ name: 'Ed25519' }, imported, signed, new TextEncoder().encode(`${head}.${claims}`));
}

/** Whether the browser knows such signatures at all, so that what it refuses is the certificate and not the kind of it. */
async function canVerify(): Promise<boolean> {
  try {
    await crypto.subtle.importKey('raw', new Uint8Array(32), { name: 'Ed25519' }, false, ['verify']);
    return true;
  } catch {
    return false;
  }
}

export class BrowserVerdict extends HTMLElement {
  connectedCallback(): void { void this.#check(); }

  async #check(): Promise<void> {
    const { jws = '', keys: address = '' } = this.dataset;
    if (!await canVerify()) return this.#say('cannot');
    let keys: Key[];
    try {
      const answer = await fetch(address);
      if (!answer.ok) return this.#say('away');
      ({ keys } = await answer.json() as { keys: Key[] });
    } catch {
      return this.#say('away');
    }
    this.#say(await isSigned(jws, keys).catch(() => false) ? 'good' : 'bad');
  }

  #say(verdict: 'good' | 'bad' | 'cannot' | 'away'): void {
    const said = this.querySelector('.said');
    if (!said) return;
    said.textContent = this.dataset[verdict] ?? '';
    said.classList.toggle('good', verdict === 'good');
    said.classList.toggle('wrong', verdict === 'bad');
    this.dataset.verdict = verdict;
    this.hidden = false;
  }
}

interface Detector { detect(from: HTMLVideoElement): Promise<{ rawValue: string }[]> }
type DetectorClass = new (wanted: { formats: string[] }) => Detector;

/** A button that reads a certificate's code into the field, in browsers that see codes by themselves. */
export function offerScan(into: HTMLTextAreaElement): void {
  const { BarcodeDetector: Codes } = globalThis as { BarcodeDetector?: DetectorClass };
  if (!Codes || !navigator.mediaDevices) return;
  const box = document.createElement('div');
  box.className = 'scan';
  box.setAttribute(MADE, '');
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'second';
  button.textContent = into.dataset.scan ?? '';
  box.append(button);
  into.after(box);

  let stop: (() => void) | undefined;
  const begin = async (): Promise<void> => {
    const camera = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
    const video = document.createElement('video');
    video.muted = true;
    video.playsInline = true;
    video.srcObject = camera;
    box.append(video);
    button.textContent = into.dataset.scanStop ?? '';
    const codes = new Codes({ formats: ['qr_code'] });
    const timer = setInterval(() => {
      codes.detect(video).then((found) => {
        const certificate = found.find(({ rawValue }) => /^[\w-]+\.[\w-]+\.[\w-]+$/.test(rawValue));
        if (!certificate) return;
        into.value = certificate.rawValue;
        stop?.();
        into.focus();
      }).catch(() => undefined); // the picture is not there yet
    }, CAMERA_LOOKS_MS);
    stop = () => {
      clearInterval(timer);
      for (const track of camera.getTracks()) track.stop();
      video.remove();
      button.textContent = into.dataset.scan ?? '';
      stop = undefined;
    };
    await video.play();
  };
  button.addEventListener('click', () => {
    if (stop) stop();
    else begin().catch(() => stop?.()); // refused by its owner, or there is none
  });
}
