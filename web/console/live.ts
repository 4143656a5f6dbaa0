// What changes while somebody looks, as the server tells it: one stream in the whole browser (`/v1/live`), in a page that is seen. The page that has it hands
// on to the others what it hears. It says what changed and never what it is; whoever shows that asks for it. Where no stream holds, pages ask now and then.

export interface Change { kind: string; id: string; version: number }
type Heard = Change | 'again';

const SILENCE_MS = 45_000; // the server says something every 15 seconds
const SOON_MS = 500;
const RETRY_MS = 60_000;
const ELSEWHERE_MS = 300_000;
const PLACE = 'keepline-console-live';

const listeners = new Set<(heard: Heard) => void>();
const others = new BroadcastChannel(PLACE);
let heardAt = 0;
let wanted = false; // somebody works here
let leave: (() => void) | undefined;

/** Whether what changes is told; else one has to ask. */
export const isLive = (): boolean => Date.now() - heardAt < SILENCE_MS;

function take(heard: Heard): void {
  for (const one of [...listeners]) one(heard);
}

/** A sign of life; after a silence nobody knows what was missed. */
function alive(): void {
  const gap = !isLive();
  heardAt = Date.now();
  if (gap) take('again');
}

others.addEventListener('message', ({ data }: MessageEvent<Heard | 'beat' | 'over'>) => {
  if (data === 'over') { heardAt = 0; return; }
  alive();
  if (data !== 'beat') take(data);
});

const hand = (what: Heard | 'beat' | 'over'): void => others.postMessage(what);

/** Until it ends: how long to wait before the next. */
function follow(signal: AbortSignal): Promise<number> {
  return new Promise((resolve) => {
    const stream = new EventSource('/v1/live');
    let silent = 0;
    const end = (ms: number): void => {
      clearTimeout(silent);
      signal.removeEventListener('abort', stop);
      stream.close();
      heardAt = 0;
      hand('over');
      resolve(ms);
    };
    const stop = (): void => end(0);
    const heard = (): void => {
      clearTimeout(silent);
      silent = window.setTimeout(() => end(SOON_MS), SILENCE_MS);
      alive();
      hand('beat');
    };
    const tell = (what: Heard): void => {
      heard();
      take(what);
      hand(what);
    };
    for (const sign of ['open', 'beat']) stream.addEventListener(sign, heard);
    stream.addEventListener('changed', ({ data }: MessageEvent<string>) => tell(JSON.parse(data) as Change));
    stream.addEventListener('again', () => tell('again'));
    stream.addEventListener('over', ({ data }: MessageEvent<string>) => {
      end(data === 'renew' ? SOON_MS : ELSEWHERE_MS);
      if (data === 'ended') take('again'); // whoever asks hears that nobody is signed in any more
    });
    stream.addEventListener('error', () => { if (stream.readyState === EventSource.CLOSED) end(RETRY_MS); else heardAt = 0; });
    signal.addEventListener('abort', stop);
  });
}

const later = (ms: number, signal: AbortSignal): Promise<void> => new Promise((resolve) => {
  const over = (): void => {
    clearTimeout(timer);
    signal.removeEventListener('abort', over);
    resolve();
  };
  const timer = setTimeout(over, ms * (0.75 + Math.random() / 2));
  signal.addEventListener('abort', over);
});

async function keepFollowing(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await later(await follow(signal), signal);
}

/** In a page that is seen, once whoever has the stream gives it up. */
function look(): void {
  if (!wanted || document.visibilityState !== 'visible') {
    leave?.();
    leave = undefined;
    return;
  }
  if (leave) return;
  const over = new AbortController();
  leave = () => over.abort();
  if (!navigator.locks) return void keepFollowing(over.signal);
  navigator.locks.request(PLACE, { signal: over.signal }, () => keepFollowing(over.signal)).catch(() => undefined); // given up while it waited
}

document.addEventListener('visibilitychange', look);

/** While somebody is signed in. */
export function goLive(): () => void {
  wanted = true;
  look();
  return () => { wanted = false; heardAt = 0; look(); };
}

/** `topics`: "kind", or "kind:id"; of a line's id its cases too. */
export function onChange(topics: readonly string[], act: () => void): () => void {
  const is = ({ kind, id }: Change): boolean => topics.some((one) => {
    const [of, which] = one.split(':');
    return of === kind && (which === undefined || which === id || id.startsWith(`${which}-c`));
  });
  const heard = (what: Heard): void => { if (what === 'again' || is(what)) act(); };
  listeners.add(heard);
  return () => { listeners.delete(heard); };
}
