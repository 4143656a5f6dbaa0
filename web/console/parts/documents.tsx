// What a person handed in: the list for all of the staff; a document itself for those who decide or compare it, with a reason that is journalled. A picture is drawn with
// the viewer's name over it and forgotten after a while; nothing of it is kept by the browser.

import { useEffect, useRef, useState, type ReactNode } from 'react';
import { api, sent, taken, type Answer } from '../api.ts';
import { SHOWN_MS, useAsked, useForgotten } from '../hooks.ts';
import { decides, useWorker } from '../session.tsx';
import { moment, named, number, t } from '../texts.ts';
import { DeedDialog, ReasonField, useDeeds, type Deed } from './dialog.tsx';
import { atCounter } from './line_deeds.tsx';
import { Refusal } from './refusal.tsx';
import { save } from './save.ts';
import { Loading, When, Who } from './words.tsx';

function Picture({ of, mark }: { of: Blob; mark: string }): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let gone = false;
    createImageBitmap(of).then((bitmap) => {
      const on = canvas.current;
      const pen = on?.getContext('2d');
      if (gone || !on || !pen) return;
      on.width = bitmap.width;
      on.height = bitmap.height;
      pen.drawImage(bitmap, 0, 0);
      bitmap.close();
      const size = Math.max(14, Math.round(on.width / 40));
      pen.font = `${size}px sans-serif`;
      pen.fillStyle = 'rgba(120, 20, 20, 0.45)';
      pen.rotate(-Math.PI / 9);
      for (let y = 0; y < on.height * 2; y += size * 6) for (let x = -on.height; x < on.width * 1.5; x += pen.measureText(mark).width + size * 3) pen.fillText(mark, x, y);
    }, () => setFailed(true));
    return () => { gone = true; };
  }, [of, mark]);
  return failed ? <p className="refusal" role="alert">{t('console.document.unreadable')}</p> : <canvas ref={canvas} role="img" aria-label={t('console.document.picture')} />;
}

const PURPOSES = ['id_document', 'power_of_attorney', 'death_certificate', 'guardianship', 'court_order', 'other'] as const;

/** What a customer brought: a picture or a PDF, sealed with their key. Whoever hands papers in admits nobody by them. */
function handIn(subscriber: string, done: () => void): Deed<unknown> {
  return {
    title: t('console.document.hand_in'), lead: <p>{t('console.document.hand_in_lead')}</p>, go: t('console.document.hand_in'),
    fields: <>
      <label>{t('console.document.purpose')}<select name="purpose">{PURPOSES.map((one) => <option key={one} value={one}>{named('portal.document_purpose', one)}</option>)}</select></label>
      <label>{t('console.document.file')}<input name="file" type="file" accept="image/jpeg,image/png,application/pdf" required /></label>
    </>,
    act: (fields, key) => {
      const file = fields.get('file') as File;
      return taken(api.POST('/v1/subscribers/{id}/documents', {
        params: { path: { id: subscriber }, header: sent(key), query: { purpose: PURPOSES.find((one) => one === fields.get('purpose')) ?? 'other' } },
        body: file as never, bodySerializer: () => file, headers: { 'Content-Type': file.type || 'application/octet-stream' },
      }));
    },
    done,
  };
}

/** Looking at a document: a reason, which is journalled with the viewer's name before anything comes; then the picture, or a PDF to save. */
export function useLook(): { dialogs: ReactNode; look: (subscriber: string, document: string, title: string) => void } {
  const worker = useWorker();
  const [wanted, setWanted] = useState<{ subscriber: string; document: string; title: string }>();
  const [shown, setShown] = useForgotten<{ content: Blob; mark: string }>(SHOWN_MS);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (shown) dialog.current?.showModal();
    else if (dialog.current?.open) dialog.current.close();
  }, [shown]);
  const open = (name: string, content: Blob): void => {
    setWanted(undefined);
    if (content.type === 'application/pdf') save(content, `${name}.pdf`);
    else setShown({ content, mark: `${worker.name} ${moment(new Date().toISOString())}` });
  };
  const dialogs = (
    <>
      {wanted && (
        <DeedDialog<Blob> onClose={() => setWanted(undefined)} deed={{
          title: wanted.title, lead: <p>{t('console.document.lead')}</p>, go: t('console.document.look'),
          fields: <ReasonField label={t('console.word.reason')} />,
          act: (fields, key) => taken(api.POST('/v1/subscribers/{id}/documents/{document}/opening', {
            params: { path: { id: wanted.subscriber, document: wanted.document }, header: sent(key) }, body: { reason: String(fields.get('reason')) }, parseAs: 'blob',
          })) as Promise<Answer<Blob>>,
          done: (answer) => open(wanted.document, answer.value),
        }} />
      )}
      <dialog ref={dialog} className="picture" aria-label={t('console.document.picture')} onClose={() => setShown(undefined)}>
        {shown && <Picture of={shown.content} mark={shown.mark} />}
        <form method="dialog"><button>{t('console.word.close')}</button></form>
      </dialog>
    </>
  );
  return { dialogs, look: (subscriber, document, title) => setWanted({ subscriber, document, title }) };
}

/** `compared`: those that an open check names, which all of the staff may look at. */
export function Documents({ subscriber, compared = [] }: { subscriber: string; compared?: string[] }): ReactNode {
  const worker = useWorker();
  const { value, failure, again } = useAsked(`documents ${subscriber}`, () => taken(api.GET('/v1/subscribers/{id}/documents', { params: { path: { id: subscriber } } })), { on: [`person:${subscriber}`] });
  const deeds = useDeeds();
  const { dialogs, look } = useLook();
  if (!value) return failure ? <Refusal of={failure} /> : <Loading />;
  return (
    <>
      <Refusal of={failure} />
      {value.items.length === 0 ? <p className="quiet">{t('console.document.none')}</p> : <ul className="plain-list">
        {value.items.map((one) => (
          <li key={one.id}>
            <b>{named('portal.document_purpose', one.purpose)}</b> {named('portal.document_media', one.media)}, {t('console.document.size', { size: number(Math.ceil(one.bytes / 1024)) })} · <Who is={one.by} /> · <When at={one.at} />{' '}
            {(decides(worker) || compared.includes(one.id)) && <button type="button" className="plain" onClick={() => look(subscriber, one.id, named('portal.document_purpose', one.purpose))}>{one.media === 'pdf' ? t('console.document.save') : t('console.document.look')}</button>}
          </li>
        ))}
      </ul>}
      {deeds.dialog}
      {atCounter(worker.role) && <p><button type="button" className="plain" onClick={() => deeds.open(handIn(subscriber, again), t('console.document.handed_in'))}>{t('console.document.hand_in')}</button></p>}
      {dialogs}
    </>
  );
}
