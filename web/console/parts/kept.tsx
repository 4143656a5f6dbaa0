// What is kept of people and how long, what waits to go and what stands against it; and which program this is.

import type { ReactNode } from 'react';
import { api, taken } from '../api.ts';
import { useAsked } from '../hooks.ts';
import { number, t } from '../texts.ts';
import { Refusal } from './refusal.tsx';
import { saveCsv } from './save.ts';
import { Facts, Part, When, Wide } from './words.tsx';

export function Kept(): ReactNode {
  const { value, failure } = useAsked('retention', () => taken(api.GET('/v1/retention')));
  if (!value) return <Refusal of={failure} />;
  const csv = (): void => saveCsv('retention.csv', [['class', 'policy', 'days', 'what', 'goes'], ...value.classes.flatMap((one) => one.days.map(({ policy, days }) => [one.data_class, policy, days, one.what, one.goes]))]);
  return (
    <Part title={t('console.kept.title')} id="kept" aside={<button className="plain" onClick={csv}>{t('console.queue.csv')}</button>}>
      <Facts rows={[[t('console.kept.after_end'), number(value.kept_after_end)], [t('console.kept.planned'), number(value.erasures_planned)], [t('console.kept.erased'), number(value.erased)], [t('console.kept.backup'), value.backup_at && <When at={value.backup_at} />]]} />
      <details><summary>{t('console.kept.classes')}</summary>
        <Wide label={t('console.kept.classes')}><table className="rows">
          <thead><tr>{(['what', 'days', 'goes', 'gone'] as const).map((one) => <th key={one} scope="col">{t(`console.kept.${one}`)}</th>)}</tr></thead>
          <tbody>{value.classes.map((one) => (
            <tr key={one.data_class}><th scope="row" lang="en">{one.what}</th><td>{one.days.map(({ policy, days }) => <div key={policy}>{policy}: {number(days)}</div>)}</td>
              <td><span lang="en">{one.goes}</span>{!one.by_itself && <> <span className="tag warn">{t('console.kept.by_hand')}</span></>}</td><td>{one.gone && <>{number(one.gone.files)} · <When at={one.gone.last_at} /></>}</td></tr>
          ))}</tbody>
        </table></Wide>
      </details>
      <ul className="plain-list">{value.planned.map((one) => <li key={one.subscriber}><code>{one.subscriber}</code> · <When at={one.at} /> · {t('console.kept.look_at')} <When at={one.look_at} />{one.against.map(({ what, line }) => <span key={what + line} className="quiet"> · {what.replaceAll('_', ' ')} {line}</span>)}</li>)}</ul>
    </Part>
  );
}

/** As the contract says it, which the server was built with. */
export function Program(): ReactNode {
  const { value, failure } = useAsked('contract', () => taken(api.GET('/openapi.yaml', { parseAs: 'text' })));
  const contract = String(value ?? '');
  const version = /^ {2}version: (\S+)$/m.exec(contract)?.[1];
  const licence = /^ {2}license: \{ name: ([^,]+),/m.exec(contract)?.[1];
  return <Part title={t('console.kept.program')} id="program"><Refusal of={failure} /><Facts rows={[[t('console.kept.version'), version], [t('console.kept.licence'), licence], [t('console.kept.contract'), version && <a href="/openapi.yaml" target="_blank" rel="noreferrer">{t('console.kept.open')}</a>]]} /></Part>;
}
