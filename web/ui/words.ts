// What the script says, in the reader's language: the layout has it on <body>, as data-word-….

export type Word = 'copy' | 'copied' | 'share' | 'busy' | 'changed' | 'lost' | 'over';

/** Empty where the page does not have it. */
export const word = (name: Word): string => document.body.getAttribute(`data-word-${name}`) ?? '';

/** Said by screen readers when they are done with what they read, and not seen. */
export function announce(words: string): void {
  let voice = document.getElementById('announced');
  if (!voice) {
    voice = document.createElement('p');
    voice.id = 'announced';
    voice.className = 'unseen';
    voice.setAttribute('role', 'status');
    document.body.append(voice);
  }
  voice.textContent = words;
}
