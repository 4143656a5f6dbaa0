// The calendars of working days that policies go by: what each covers, how long still, and where dates are provisional.

import type { ReactNode } from 'react';
import { api, taken, type Schemas } from '../api.ts';
import { useAsked } from '../hooks.ts';
import { number, t } from '../texts.ts';
import { Refusal } from './refusal.tsx';
import { Loading, Part, When, Wide } from './words.tsx';

type Calendar = Schemas['CalendarList']['items'][number];

const Left = ({ of }: { of: Calendar }): ReactNode => (
  <>{number(of.days_left)}{of.ends_soon && <> <span className={`tag ${of.days_left < 0 ? 'bad' : 'warn'}`}>{of.days_left < 0 ? t('console.calendars.ended') : t('console.calendars.ends')}</span></>}</>
);

export function Calendars(): ReactNode {
  const { value, failure } = useAsked('calendars', () => taken(api.GET('/v1/calendars')));
  return (
    <Part title={t('console.calendars.title')} id="calendars">
      <Refusal of={failure} />
      {!value && !failure && <Loading />}
      <p className="quiet">{t('console.calendars.lead')}</p>
      {value && (
        <Wide label={t('console.calendars.title')}><table className="rows">
          <thead><tr>{(['id', 'covers', 'left', 'policies', 'provisional'] as const).map((one) => <th key={one} scope="col">{t(`console.calendars.${one}`)}</th>)}</tr></thead>
          <tbody>{[...value.items].sort((a, b) => Number(b.ends_soon) - Number(a.ends_soon)).map((one) => (
            <tr key={one.id}><th scope="row">{one.id}</th><td><When at={one.covers_from} /> – <When at={one.covers_to} /></td><td className="sum"><Left of={one} /></td><td>{one.policies.join(', ')}</td><td>{one.provisional.join(', ')}</td></tr>
          ))}</tbody>
        </table></Wide>
      )}
    </Part>
  );
}
