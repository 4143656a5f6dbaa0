// Markup that our own server made, put into the page in place of what it was before. What a person types, and where they are, stays.

interface Markup { createHTML(text: string): unknown }
interface Policies { createPolicy(name: string, rules: { createHTML(text: string): string }): Markup }

// The one way from text into the page, by the one name that the pages' Content-Security-Policy allows.
const policies = (globalThis as { trustedTypes?: Policies }).trustedTypes;
const trusted: Markup = policies?.createPolicy('keepline', { createHTML: (text) => text }) ?? { createHTML: (text) => text };

/** Inert: nothing in it loads or runs, and what could run is taken out, whoever wrote it. */
export function markupOf(text: string): DocumentFragment {
  const made = document.createElement('template');
  made.innerHTML = trusted.createHTML(text) as string;
  for (const one of made.content.querySelectorAll('script, style, iframe, object, embed, base, link, meta')) one.remove();
  return made.content;
}

/** Put there by script; the server knows nothing of it. */
export const MADE = 'data-made';

const isElement = (node: Node): node is Element => node.nodeType === Node.ELEMENT_NODE;
const isMade = (node: Node): boolean => isElement(node) && node.hasAttribute(MADE);

/** By this an element is known again wherever it stands: what holds a field is the field's. */
const keyOf = (element: Element): string => element.id || (element.querySelector('input[id], textarea[id], select[id]')?.id ?? '');

const isAlike = (one: Element, other: Element): boolean => one.nodeName === other.nodeName && keyOf(one) === keyOf(other);

/** Whether a <details> is open is the reader's doing. */
const isReaders = (element: Element, name: string): boolean => name === 'open' && element.nodeName === 'DETAILS';

function takeAttributes(into: Element, from: Element): void {
  for (const { name } of [...into.attributes]) if (!from.hasAttribute(name) && !isReaders(into, name)) into.removeAttribute(name);
  for (const { name, value } of from.attributes) if (into.getAttribute(name) !== value) into.setAttribute(name, value);
}

/** Makes the children of `into` those of `from`: element by element, so that a field keeps its focus and its text. Text itself is put in anew. */
export function become(into: Element, from: ParentNode & Node): void {
  const left = [...into.children].filter((one) => !isMade(one));
  const pairs = [...from.childNodes].map((wanted) => {
    const at = isElement(wanted) ? left.findIndex((one) => isAlike(one, wanted)) : -1;
    return { wanted, is: at < 0 ? undefined : left.splice(at, 1)[0] };
  });
  for (const one of left) one.remove();
  for (const one of [...into.childNodes]) if (!isElement(one)) one.remove();
  let place = into.firstElementChild;
  for (const { wanted, is } of pairs) {
    while (place && isMade(place)) place = place.nextElementSibling;
    if (!is) {
      into.insertBefore(document.importNode(wanted, true), place);
      continue;
    }
    takeAttributes(is, wanted as Element);
    become(is, wanted as Element);
    if (is === place) place = place.nextElementSibling; // one that stands where it belongs is not moved: moving takes the focus
    else into.insertBefore(is, place);
  }
}
