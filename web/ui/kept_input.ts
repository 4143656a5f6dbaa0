// Forms: what was typed outlives a reload, a lost connection and a closed lid; sent twice by impatience, it is sent once.
//
// Kept in this tab only, of forms that say data-keep, until they are sent or somebody signs out. Never kept: codes, numbers and whatever
// else a field says is nobody's business.

import { word } from './words.ts';

const PREFIX = 'keepline:';
const BUSY_MS = 20_000;

interface Kept { sent: boolean; values: Record<string, string[]> }

const storage = (): Storage | undefined => {
  try {
    return sessionStorage;
  } catch {
    return undefined; // a browser that keeps nothing
  }
};

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

function isKept(field: Field): boolean {
  if (!field.name || field.dataset.secret !== undefined || field.autocomplete === 'one-time-code') return false;
  if (!(field instanceof HTMLInputElement)) return true;
  return ['text', 'radio', 'checkbox'].includes(field.type) && field.inputMode !== 'numeric' && !field.classList.contains('digits');
}

const fieldsOf = (form: HTMLFormElement): Field[] =>
  [...form.elements].filter((one): one is Field => (one instanceof HTMLInputElement || one instanceof HTMLTextAreaElement || one instanceof HTMLSelectElement) && isKept(one));

const isChoice = (field: Field): field is HTMLInputElement => field instanceof HTMLInputElement && field.type !== 'text';

const keyOf = (form: HTMLFormElement): string => `${PREFIX}${location.pathname}${location.search} ${form.getAttribute('action') ?? ''}`;

function read(key: string): Kept | undefined {
  try {
    return JSON.parse(storage()?.getItem(key) ?? '') as Kept;
  } catch {
    return undefined;
  }
}

function keep(form: HTMLFormElement, sent: boolean): void {
  const values: Record<string, string[]> = {};
  for (const field of fieldsOf(form)) if (!isChoice(field) || field.checked) (values[field.name] ??= []).push(field.value);
  try {
    storage()?.setItem(keyOf(form), JSON.stringify({ sent, values } satisfies Kept));
  } catch {
    // there is no room: then it is as it was before
  }
}

function fillIn(form: HTMLFormElement, { values }: Kept): void {
  for (const field of fieldsOf(form)) {
    const known = values[field.name];
    if (isChoice(field)) field.checked = known?.includes(field.value) ?? false;
    else if (known?.[0] !== undefined && (!('defaultValue' in field) || field.value === field.defaultValue)) field.value = known[0];
  }
}

function forgetAll(): void {
  const store = storage();
  if (!store) return;
  for (const key of Object.keys(store)) if (key.startsWith(PREFIX)) store.removeItem(key);
}

/** What was sent and taken is forgotten. A page that came back, or was loaded again because nothing arrived, has it still. */
function settle(): void {
  const store = storage();
  const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  const cameBack = document.getElementById('problem') !== null || navigation?.type === 'reload' || navigation?.type === 'back_forward';
  for (const key of Object.keys(store ?? {})) {
    if (!key.startsWith(PREFIX)) continue;
    const kept = read(key);
    if (!kept || (kept.sent && !cameBack)) store?.removeItem(key);
  }
}

function free(form: HTMLFormElement): void {
  delete form.dataset.sending;
  for (const button of form.querySelectorAll<HTMLButtonElement>('button[data-was]')) {
    button.textContent = button.dataset.was ?? '';
    delete button.dataset.was;
    button.removeAttribute('aria-disabled');
  }
}

function send(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  if (event.defaultPrevented || form.method !== 'post') return;
  if (form.dataset.sending !== undefined) return event.preventDefault();
  if (form.getAttribute('action')?.startsWith('/sign-out')) forgetAll();
  else if (form.dataset.keep !== undefined) keep(form, true);
  form.dataset.sending = '';
  const button = event.submitter;
  if (button instanceof HTMLButtonElement && word('busy')) {
    button.dataset.was = button.textContent ?? '';
    button.textContent = word('busy');
    button.setAttribute('aria-disabled', 'true');
  }
  setTimeout(() => free(form), BUSY_MS);
}

export function keepInput(): void {
  if (document.querySelector('form[action="/sign-in"]')) forgetAll(); // whoever signs in here next is somebody else, maybe
  settle();
  for (const form of document.querySelectorAll<HTMLFormElement>('form[data-keep]')) {
    const kept = read(keyOf(form));
    if (kept) fillIn(form, kept);
  }
  for (const kind of ['input', 'change'])
    document.addEventListener(kind, ({ target }) => {
      const form = (target as Partial<Field> | null)?.form;
      if (form?.dataset.keep !== undefined) keep(form, false);
    });
  document.addEventListener('submit', send);
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) for (const form of document.querySelectorAll<HTMLFormElement>('form[data-sending]')) free(form);
  });
}
