// What pages share: asking and asking again, keys, and what must be masked again after a while.

import { useCallback, useEffect, useRef, useState } from 'react';
import { byItself, type Answer } from './api.ts';
import { isLive, onChange } from './live.ts';

const LOOK_AGAIN_MS = 15_000;
/** Changes that come at once are looked at once. */
const TOGETHER_MS = 400;
/** What was asked for with a reason is masked again after this. */
export const SHOWN_MS = 120_000;

export interface Asked<T> {
  value: T | undefined;
  etag: string | undefined;
  failure: unknown;
  newer: boolean; // it has changed since it was shown
  again: () => void;
}

/**
 * Asks when `what` changes, and looks again while the page is seen. With `holds`, what is shown stays under the reader's eyes when it changes: `newer` says so,
 * and `again` shows it. `part`: what it is more or less of; while more of the same is asked for, what was there stays. `on`: the changes after which it looks
 * again, as the stream names them; while that holds, it asks for nothing by itself. `once`: what takes many questions, which
 * is asked again on purpose only.
 */
export function useAsked<T>(what: string, ask: () => Promise<Answer<T>>, { holds = false, part = what, on, once = false }: { holds?: boolean; part?: string; on?: readonly string[]; once?: boolean } = {}): Asked<T> {
  const [shown, setShown] = useState<{ what: string; part: string; answer?: Answer<T>; failure?: unknown; newer?: boolean }>({ what, part });
  const turn = useRef(0);
  const asking = useRef(ask);
  asking.current = ask;
  const wanted = useRef(false); // somebody waits for what is new: what comes by itself meanwhile does not take that from them
  const look = useCallback((first: boolean): void => {
    const mine = ++turn.current;
    wanted.current ||= first;
    (first ? asking.current() : byItself(asking.current)).then(
      (answer) => {
        if (mine !== turn.current) return;
        const shows = wanted.current;
        wanted.current = false;
        setShown((before) => {
          const known = before.what === what ? before.answer : undefined;
          if (!shows && holds && known) {
            const newer = known.etag !== answer.etag;
            return { what, part, answer: newer ? known : answer, newer };
          }
          return { what, part, answer };
        });
      },
      (failure) => {
        if (mine === turn.current) setShown((before) => ({ what, part, failure, ...(before.what === what && before.answer && { answer: before.answer }) }));
      },
    );
  }, [what, part, holds]);
  const topics = on?.join(' ') ?? '';
  useEffect(() => {
    look(true);
    if (once) return () => { ++turn.current; };
    const timer = setInterval(() => { if (document.visibilityState === 'visible' && !(topics && isLive())) look(false); }, LOOK_AGAIN_MS);
    let soon: ReturnType<typeof setTimeout> | undefined;
    const changed = (): void => { soon ??= setTimeout(() => { soon = undefined; if (document.visibilityState === 'visible') look(false); }, TOGETHER_MS); };
    const leave = topics ? onChange(topics.split(' '), changed) : undefined;
    const seen = (): void => { if (document.visibilityState === 'visible') look(false); };
    document.addEventListener('visibilitychange', seen);
    return () => {
      ++turn.current;
      clearInterval(timer);
      clearTimeout(soon);
      leave?.();
      document.removeEventListener('visibilitychange', seen);
    };
  }, [look, topics, once]);
  const again = useCallback(() => look(true), [look]);
  const own: typeof shown = shown.part === part ? shown : { what, part };
  return { value: own.answer?.value, etag: own.answer?.etag, failure: own.failure, newer: own.newer ?? false, again };
}

const isTyping = (at: EventTarget | null): boolean => at instanceof HTMLElement && (at.matches('input, textarea, select') || at.isContentEditable);

/** Single keys, where nobody types and no dialog is open. */
export function useKeys(keys: Record<string, () => void>): void {
  const now = useRef(keys);
  now.current = keys;
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target) || document.querySelector('dialog[open]')) return;
      if (event.key === 'Enter' && event.target instanceof HTMLElement && event.target.closest('a, button, summary')) return;
      const act = now.current[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, []);
}

/** A value that is forgotten after so long. */
export function useForgotten<T>(ms: number): [T | undefined, (value: T | undefined) => void] {
  const [value, setValue] = useState<T>();
  useEffect(() => {
    if (value === undefined) return;
    const timer = setTimeout(() => setValue(undefined), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return [value, setValue];
}
