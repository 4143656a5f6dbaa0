// <live-part data-at="/case/…" data-version="7">: a part of a page that the server renders, and that changes when what it is about does.
//
// While the page is seen, one stream in the whole browser (/live) brings the part anew; every other page, and every one where a stream does
// not hold, asks (/part) now and then. A page that is hidden has neither.

import { become, markupOf } from './markup.ts';
import { announce, word } from './words.ts';

const POLL_MS = 10_000;
const SILENCE_MS = 45_000; // the server says something every 15 seconds
const RETRY_MAX_MS = 30_000;

interface Part { version: string; html: string }

/** The browser's one place for a stream: how it is given back; undefined: another page has it. */
function takePlace(): Promise<(() => void) | undefined> {
  if (!navigator.locks) return Promise.resolve(() => undefined);
  return new Promise((resolve) => {
    navigator.locks.request('keepline-live', { ifAvailable: true }, (lock) => {
      if (!lock) return resolve(undefined);
      return new Promise<void>((leave) => resolve(leave));
    }).catch(() => resolve(undefined));
  });
}

export class LivePart extends HTMLElement {
  #turn = 0; // what was begun in an earlier one has no say any more
  #running = false;
  #over = false;
  #failures = 0;
  #timer = 0;
  #stream: EventSource | undefined;
  #leave: (() => void) | undefined;
  #composing = false;
  #waiting: Part | undefined;
  #note: HTMLElement | undefined;

  connectedCallback(): void {
    document.addEventListener('visibilitychange', this.#look);
    addEventListener('pageshow', this.#look);
    addEventListener('pagehide', this.#end);
    addEventListener('online', this.#again);
    this.addEventListener('compositionstart', () => { this.#composing = true; });
    this.addEventListener('compositionend', () => {
      this.#composing = false;
      this.#takeWaiting();
    });
    this.#look();
  }

  disconnectedCallback(): void {
    document.removeEventListener('visibilitychange', this.#look);
    removeEventListener('pageshow', this.#look);
    removeEventListener('pagehide', this.#end);
    removeEventListener('online', this.#again);
    this.#end();
  }

  #look = (): void => {
    if (document.visibilityState === 'hidden') this.#end();
    else if (!this.#running && !this.#over) this.#begin(true);
  };

  #again = (): void => {
    this.#end();
    this.#failures = 0;
    this.#look();
  };

  #end = (): void => {
    ++this.#turn;
    this.#running = false;
    clearTimeout(this.#timer);
    this.#stream?.close();
    this.#stream = undefined;
    this.#leave?.();
    this.#leave = undefined;
  };

  /** After so long, unless the page is hidden before. */
  #later(ms: number, streams: boolean): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#begin(streams), ms * (0.75 + Math.random() / 2));
  }

  #begin(streams: boolean): void {
    this.#end();
    this.#running = true;
    if (streams) void this.#open(this.#turn);
    else void this.#ask(this.#turn);
  }

  async #open(turn: number): Promise<void> {
    const leave = await takePlace();
    if (turn !== this.#turn) return leave?.();
    if (!leave) return this.#ask(turn);
    this.#leave = leave;
    const stream = this.#stream = new EventSource(this.#address('live'));
    const heard = (): void => {
      this.#failures = 0;
      this.#tell('');
      this.#takeWaiting();
      clearTimeout(this.#timer);
      this.#timer = window.setTimeout(failed, SILENCE_MS);
    };
    const failed = (): void => {
      if (turn !== this.#turn) return;
      stream.close();
      void this.#ask(turn); // says why: the session is over, the server away, or only the stream
    };
    stream.addEventListener('open', heard);
    stream.addEventListener('beat', heard);
    stream.addEventListener('part', (event) => {
      heard();
      this.#take(JSON.parse((event as MessageEvent<string>).data) as Part);
    });
    stream.addEventListener('over', (event) => {
      const why = (event as MessageEvent<string>).data;
      stream.close();
      if (why === 'renew') this.#later(500, true);
      else void this.#ask(turn); // another page has it now, or the session has ended
    });
    stream.addEventListener('error', failed);
    this.#timer = window.setTimeout(failed, SILENCE_MS);
  }

  async #ask(turn: number): Promise<void> {
    this.#stream?.close();
    this.#leave?.();
    this.#leave = undefined;
    try {
      const answer = await fetch(this.#address('part'), { redirect: 'manual', signal: AbortSignal.timeout(15_000) });
      if (turn !== this.#turn) return;
      if (answer.type === 'opaqueredirect' || answer.status === 404) return this.#stop();
      if (answer.status === 200) this.#take({ version: answer.headers.get('Part-Version') ?? '', html: await answer.text() });
      else if (answer.status !== 204) throw new Error(String(answer.status));
      if (turn !== this.#turn) return;
      this.#failures = 0;
      this.#tell('');
      this.#later(POLL_MS, true);
    } catch {
      if (turn !== this.#turn) return;
      ++this.#failures;
      if (this.#failures > 1) this.#tell(word('lost'));
      this.#later(Math.min(RETRY_MAX_MS, 1000 * 2 ** this.#failures), true);
    }
  }

  #address(what: string): string { return `${this.dataset.at}/${what}?seen=${encodeURIComponent(this.dataset.version ?? '')}`; }

  /** Nobody is signed in any more, or it is not theirs: what is on the screen stays, and is said to be old. */
  #stop(): void {
    this.#end();
    this.#over = true;
    this.#tell(word('over'));
  }

  #takeWaiting(): void {
    if (this.#waiting) this.#take(this.#waiting);
  }

  /** Not under the hand of somebody who writes, nor of a form that is on its way. */
  #take(part: Part): void {
    if (this.#composing || this.querySelector('form[data-sending]')) {
      this.#waiting = part;
      return;
    }
    this.#waiting = undefined;
    if (part.version === this.dataset.version) return;
    const focused = document.activeElement;
    const wasHere = focused !== null && this.contains(focused);
    become(this, markupOf(part.html));
    this.dataset.version = part.version;
    if (wasHere && !this.contains(focused)) document.getElementById('main')?.focus({ preventScroll: true });
    this.dispatchEvent(new CustomEvent('changed', { bubbles: true }));
    announce(`${word('changed')} ${this.querySelector('.status')?.textContent ?? ''}`.trim());
  }

  /** Above the part, while there is something to say of it. */
  #tell(words: string): void {
    if (!words) {
      this.#note?.remove();
      this.#note = undefined;
      return;
    }
    if (this.#note?.textContent === words) return;
    this.#note ??= document.createElement('p');
    this.#note.className = 'note';
    this.#note.setAttribute('role', 'status');
    this.before(this.#note);
    this.#note.textContent = words;
  }
}
