// One's own passkeys, by which one signs in instead of password and code: added with both given anew, in a session that they opened; removed in any.

import { useState, type ReactNode } from 'react';
import { canHavePasskeys, made, type Made } from '../../ui/passkey_device.ts';
import { api, newKey, sent, taken, type Schemas } from '../api.ts';
import { useAsked } from '../hooks.ts';
import { named, t } from '../texts.ts';
import { useDeeds } from './dialog.tsx';
import { Refusal } from './refusal.tsx';
import { Loading, Part, When } from './words.tsx';

type Passkey = Schemas['StaffPasskey'];
type Place = Schemas['PasskeyPlace'];
const PLACES: Place[] = ['computer', 'phone', 'security_key', 'elsewhere'];

const placeOf = (one: Passkey): string => named('console.passkey_place', one.place);

/** `onEnded`: sessions of one that is removed end with it. */
export function Passkeys({ onEnded }: { onEnded: () => void }): ReactNode {
  const { value, failure, again } = useAsked('passkeys', () => taken(api.GET('/v1/staff-passkeys')));
  const { dialog, open } = useDeeds();
  const [refused, setRefused] = useState<unknown>();
  const [unmade, setUnmade] = useState(false);

  const keep = (one: Made): void => open({
    title: t('console.passkey.add'), lead: <p>{t('console.passkey.proof')}</p>, go: t('console.passkey.keep'),
    fields: (
      <>
        <label>{t('console.passkey.where')}<select name="place">{PLACES.map((place) => <option key={place} value={place}>{named('console.passkey_place', place)}</option>)}</select></label>
        <label>{t('console.sign_in.password')}<input name="password" type="password" autoComplete="current-password" maxLength={128} required /></label>
        <label>{t('console.sign_in.totp')}<input name="totp" inputMode="numeric" autoComplete="one-time-code" pattern="[0-9 ]{6,9}" required /><small>{t('console.passkey.fresh')}</small></label>
      </>
    ),
    act: (fields, key) => taken(api.POST('/v1/staff-passkeys', {
      params: { header: sent(key) },
      body: { passkey: { ...one, place: String(fields.get('place')) as Place }, password: String(fields.get('password')), totp: String(fields.get('totp')).replace(/\s/g, '') },
    })),
    done: again,
  }, t('console.passkey.added'));

  /** First the device, which may have to be looked for; then password and code, which is good for half a minute. */
  const add = async (): Promise<void> => {
    setRefused(undefined);
    setUnmade(false);
    try {
      const { value: wanted } = await taken(api.POST('/v1/staff-passkeys/challenges', { params: { header: sent(newKey()) }, body: {} }));
      const one = await made(wanted).catch(() => undefined);
      if (one) keep(one);
      else setUnmade(true);
    } catch (failed) {
      setRefused(failed);
    }
  };
  const remove = (one: Passkey): void => open({
    title: t('console.passkey.remove'), lead: <p>{t('console.passkey.remove_lead')}</p>, go: t('console.passkey.remove'), bad: true,
    act: (_, key) => taken(api.POST('/v1/staff-passkeys/{serial}/removal', { params: { path: { serial: one.serial }, header: sent(key) }, body: {} })),
    done: () => { again(); onEnded(); },
  }, t('console.passkey.removed'));

  return (
    <Part title={t('console.passkey.title')} id="passkeys">
      <p className="quiet">{t('console.passkey.lead')}</p>
      {dialog}
      <Refusal of={failure ?? refused} />
      <div role="status">{unmade && <p className="note">{t('console.passkey.failed')}</p>}</div>
      {!value && !failure && <Loading />}
      {value?.items.length === 0 && <p>{t('console.passkey.none')}</p>}
      <ul className="plain-list">{value?.items.map((one) => (
        <li key={one.serial}>
          {placeOf(one)} · {t('console.passkey.made')} <When at={one.at} />
          {one.used_at && <> · {t('console.passkey.used')} <When at={one.used_at} /></>}
          {one.synced && <> · {t('console.passkey.synced')}</>}{' '}
          {one.doubted_at && <span className="tag bad">{t('console.passkey.doubted')}</span>}{' '}
          <button className="plain" onClick={() => remove(one)}>{t('console.passkey.remove')}</button>
        </li>
      ))}</ul>
      {canHavePasskeys() && <p className="actions"><button onClick={() => void add()}>{t('console.passkey.add')}</button></p>}
    </Part>
  );
}
