// The activation code of what was ordered here, for the phone of the customer who stands in front: shown large on the screen turned round, in their language,
// and gone after a while or when a phone has fetched it. The server shows it for some hours to whoever ordered it, and to nobody else of the staff.

import { useEffect, useRef, type ReactNode } from 'react';
import { api, taken, type Schemas } from '../api.ts';
import { SHOWN_MS, useAsked, useForgotten } from '../hooks.ts';
import { languageOf, t, textIn } from '../texts.ts';
import { Refusal } from './refusal.tsx';
import { Part } from './words.tsx';

type Line = Schemas['Line'];

function Turned({ line, of, onClose }: { line: Line; of: Schemas['LineProfile']; onClose: () => void }): ReactNode {
  const lang = languageOf(line);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} className="turned" lang={lang} onClose={onClose} aria-labelledby="code-title">
      <h2 id="code-title">{textIn(lang, 'console.code.title', { number: `…${line.number.slice(-4)}` })}</h2>
      <ol><li>{textIn(lang, 'console.code.scan')}</li><li>{textIn(lang, 'console.code.add')}</li>{of.confirmation_code && <li>{textIn(lang, 'console.code.confirm')}</li>}<li>{textIn(lang, 'console.code.remove')}</li></ol>
      <img className="qr" src={`/v1/lines/${line.id}/profiles/${of.iccid}/activation-code.svg`} alt={textIn(lang, 'console.code.picture')} />
      <p><code>{of.activation_code}</code></p>
      <div className="actions"><button onClick={() => dialog.current?.close()}>{textIn(lang, 'console.code.close')}</button></div>
    </dialog>
  );
}

export function Codes({ line }: { line: Line }): ReactNode {
  const { value, failure, again } = useAsked(`codes ${line.id}`, () => taken(api.GET('/v1/lines/{id}/profiles', { params: { path: { id: line.id } } })), { on: [`line:${line.id}`] });
  const [shown, setShown] = useForgotten<string>(SHOWN_MS);
  useEffect(again, [line.version, again]); // an order that was signed, a phone that has fetched it
  const waiting = value?.items.filter((one) => one.activation_code) ?? [];
  const one = waiting.find(({ iccid }) => iccid === shown);
  if (waiting.length === 0) return <Refusal of={failure} />;
  return (
    <Part title={t('console.code.waits')} id="codes">
      <p className="quiet">{t('console.code.lead')}</p>
      <ul className="plain-list">{waiting.map(({ iccid }) => <li key={iccid}><code>…{iccid.slice(-4)}</code> <button onClick={() => setShown(iccid)}>{t('console.code.show')}</button></li>)}</ul>
      {one && <Turned line={line} of={one} onClose={() => setShown(undefined)} />}
    </Part>
  );
}
