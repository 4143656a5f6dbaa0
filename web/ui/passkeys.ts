// Passkeys: asks the device, fills in the hidden fields of the form, and sends it like any other. The forms
// (`data-passkey`) stay hidden where there is no script, or a browser that cannot; what is right is the server's word.

import { canHavePasskeys, made, shown, type Made, type Shown, type Wanted } from './passkey_device.ts';
import { word } from './words.ts';

function enhance(form: HTMLFormElement): void {
  const options = JSON.parse(form.dataset.options ?? '{}') as Wanted;
  const ask: (what: Wanted) => Promise<Made | Shown> = form.dataset.passkey === 'make' ? made : shown;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const said = form.querySelector('[role=status]');
    if (said) said.textContent = word('busy');
    ask(options).then(
      (fields) => {
        for (const [name, value] of Object.entries<string | string[]>(fields)) {
          const field = form.elements.namedItem(name);
          if (field instanceof HTMLInputElement) field.value = [value].flat().join(' ');
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
  if (!canHavePasskeys()) return;
  for (const one of root.querySelectorAll<HTMLElement>('[data-passkey]'))
    if (one instanceof HTMLFormElement) enhance(one);
    else one.hidden = false;
}
