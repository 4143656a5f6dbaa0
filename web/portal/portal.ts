// What script adds to the portal's pages. Each of them works without it.

import { addButtons } from '../ui/buttons.ts';
import { keepInput } from '../ui/kept_input.ts';
import { LivePart } from '../ui/live_part.ts';
import { passkeys } from '../ui/passkeys.ts';
import { BrowserVerdict, offerScan } from './verify.ts';

keepInput();
addButtons(document);
passkeys();
document.addEventListener('changed', ({ target }) => addButtons(target as Element));
for (const one of document.querySelectorAll<HTMLTextAreaElement>('textarea[data-scan]')) offerScan(one);
customElements.define('live-part', LivePart);
customElements.define('browser-verdict', BrowserVerdict);
