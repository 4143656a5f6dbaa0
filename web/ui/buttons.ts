// Buttons that only script can offer: copy a number, a code or a certificate's text, hand a file on. Put beside what says data-copy or data-share.

import { MADE } from './markup.ts';
import { announce, word } from './words.ts';

function button(words: string, act: (by: HTMLButtonElement) => Promise<void>): HTMLButtonElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = 'quiet no-print';
  made.setAttribute(MADE, '');
  made.textContent = words;
  made.addEventListener('click', () => { act(made).catch(() => undefined); }); // refused, or thought better of
  return made;
}

function addCopy(beside: HTMLElement): void {
  const copy = button(word('copy'), async (by) => {
    await navigator.clipboard.writeText(beside.dataset.copy || (beside.textContent ?? '').trim());
    by.textContent = word('copied');
    announce(word('copied'));
    setTimeout(() => { by.textContent = word('copy'); }, 3_000);
  });
  beside.after(copy);
}

/** A link to a file, whose name data-share says: the phone's own sheet of whom to hand it to. */
function addShare(beside: HTMLAnchorElement): void {
  const name = beside.dataset.share ?? '';
  const type = name.endsWith('.pdf') ? 'application/pdf' : 'text/plain'; // browsers hand on few kinds, and know them by both
  const fileOf = (content: BlobPart): File => new File([content], type === 'text/plain' && !name.endsWith('.txt') ? `${name}.txt` : name, { type });
  if (!navigator.canShare?.({ files: [fileOf('')] })) return;
  beside.after(button(word('share'), async () => {
    const answer = await fetch(beside.href);
    if (answer.ok) await navigator.share({ files: [fileOf(await answer.blob())] });
  }));
}

const hasOne = (element: Element): boolean => element.nextElementSibling?.hasAttribute(MADE) ?? false;

export function addButtons(within: ParentNode): void {
  if (navigator.clipboard && word('copy'))
    for (const one of within.querySelectorAll<HTMLElement>('[data-copy], .certificate .jws')) if (!hasOne(one)) addCopy(one);
  if (word('share'))
    for (const one of within.querySelectorAll<HTMLAnchorElement>('a[data-share]')) if (!hasOne(one)) addShare(one);
}
