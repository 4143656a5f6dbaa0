// A slip of paper to take along from the counter: what was done, for which number, when. In the customer's language, with the last four digits only: who
// finds it learns little.

import type { ReactNode } from 'react';
import type { Schemas } from '../api.ts';
import { languageOf, moment, money, t, textIn } from '../texts.ts';
import { Facts, Part } from './words.tsx';

const WHAT = ['lost', 'found', 'top_up', 'payment', 'device', 'account', 'representative', 'dispute'] as const;

export interface Slip { what: (typeof WHAT)[number]; waits: boolean; at: string; amount?: Schemas['Money']; reference?: string }

export const slipOf = (what: Slip['what'], waits: boolean, more: Pick<Slip, 'amount' | 'reference'> = {}): Slip => ({ what, waits, at: new Date().toISOString(), ...more });

export function SlipPart({ of, line, onClose }: { of: Slip; line: Pick<Schemas['Line'], 'number' | 'language'>; onClose: () => void }): ReactNode {
  const lang = languageOf(line);
  return (
    <Part title={t('console.counter.receipt')} id="slip" aside={<span className="actions"><button onClick={() => print()}>{t('console.counter.print')}</button><button className="plain" onClick={onClose}>{t('console.word.close')}</button></span>}>
      <div className="receipt" lang={lang}>
        <h3>{textIn(lang, `console.slip.${of.what}`)}</h3>
        <Facts rows={[
          [textIn(lang, 'console.receipt.number'), `…${line.number.slice(-4)}`], [textIn(lang, 'console.receipt.received'), moment(of.at, lang)],
          [textIn(lang, 'console.slip.amount'), of.amount && money(of.amount, lang)], [textIn(lang, 'console.slip.reference'), of.reference],
        ]} />
        <p>{textIn(lang, of.waits ? 'console.slip.waits' : 'console.slip.done')}</p>
        <p>{textIn(lang, 'console.slip.stop')}</p>
      </div>
    </Part>
  );
}
