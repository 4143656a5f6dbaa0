// Who is told what happens, and how they are doing: what they have not got and why, sent again one by one or since a moment. A target, and a new secret, take
// two administrators; a secret is shown once.

import type { ReactNode } from 'react';
import { Refused, api, sent, taken, type Answer, type Schemas } from '../api.ts';
import { useAsked } from '../hooks.ts';
import { named, number, t } from '../texts.ts';
import { ReasonField, useDeeds } from './dialog.tsx';
import { Refusal } from './refusal.tsx';
import { Facts, Loading, Part, When } from './words.tsx';

type Webhook = Schemas['Webhook'];
const ROLES = ['system', 'portal', 'admin'] as const;
const TAGS: Record<Webhook['state'], string> = { active: 'good', paused: 'quiet', failing: 'bad' };

const params = (id: string, key: string): { path: { id: string }; header: ReturnType<typeof sent> } => ({ path: { id }, header: sent(key) });
const text = (fields: FormData, name: string): string => String(fields.get(name) ?? '').trim();

type Open = ReturnType<typeof useDeeds>['open'];
type Shown = (secret: string) => void;

function secretOf({ value }: Answer<unknown>, onSecret: Shown): void {
  const { secret } = value as { secret?: string };
  if (secret) onSecret(secret);
}

function aim(open: Open, again: () => void, onSecret: Shown, of?: Webhook): void {
  const title = of ? t('console.webhook.change') : t('console.webhook.add');
  open<unknown>({
    title, go: title, lead: <p>{t('console.webhook.add_lead')}</p>,
    fields: <>
      <label>{t('console.webhook.name')}<input name="name" pattern="[a-z0-9._\-]{1,40}" defaultValue={of?.name} required /></label>
      <label>{t('console.webhook.url')}<input name="url" type="url" maxLength={1000} defaultValue={of?.url} required /></label>
      <label>{t('console.webhook.topics')}<input name="topics" maxLength={1000} spellCheck={false} defaultValue={of?.topics.join(' ')} /><small>{t('console.webhook.topics_hint')}</small></label>
      <label>{t('console.webhook.role')}<select name="role" defaultValue={of?.role}>{ROLES.map((one) => <option key={one} value={one}>{named('console.role', one)}</option>)}</select></label>
    </>,
    act: (fields, key) => {
      const topics = text(fields, 'topics').split(/[\s,]+/).filter(Boolean);
      const body = { name: text(fields, 'name'), url: text(fields, 'url'), role: ROLES.find((one) => one === fields.get('role')) ?? 'system', ...(topics.length > 0 && { topics }) };
      return (of ? taken(api.POST('/v1/webhooks/{id}/target', { params: params(of.id, key), body })) : taken(api.POST('/v1/webhooks', { params: { header: sent(key) }, body }))) as Promise<Answer<unknown>>;
    },
    done: (answer) => { secretOf(answer, onSecret); again(); },
  }, t('console.webhook.aimed'));
}

/** The answer says what became of it: what did not get there was not done. */
function arrived<T>(answer: Answer<T>): Answer<T> {
  const { delivered, error } = answer.value as Partial<Schemas['WebhookSent']>;
  if (delivered === false) throw new Refused({ title: t('console.webhook.not_there'), status: 502, code: 'not-delivered', ...(error && { detail: error }) }, undefined);
  return answer;
}

/** What was sent by hand: whether it got there stands in the answer, and on the page after it. */
function Sends({ of, again, open }: { of: Webhook; again: () => void; open: Open }): ReactNode {
  const test = (): void => open({ title: t('console.webhook.test'), lead: <p>{t('console.webhook.test_lead')}</p>, go: t('console.webhook.test'), act: async (_, key) => arrived(await taken(api.POST('/v1/webhooks/{id}/test', { params: params(of.id, key) }))), done: again, onRefused: again }, t('console.webhook.tested'));
  const since = (): void => open<unknown>({ title: t('console.webhook.since'), lead: <p>{t('console.webhook.since_lead')}</p>, go: t('console.webhook.since'), fields: <label>{t('console.webhook.from')}<input name="since" type="datetime-local" required /></label>,
    act: (fields, key) => taken(api.POST('/v1/webhooks/{id}/redelivery', { params: params(of.id, key), body: { since: new Date(text(fields, 'since')).toISOString() } })), done: again }, t('console.webhook.goes'));
  return <><button className="plain" onClick={test}>{t('console.webhook.test')}</button><button className="plain" onClick={since}>{t('console.webhook.since')}</button></>;
}

function Lost({ of, again, open }: { of: Webhook; again: () => void; open: Open }): ReactNode {
  if (of.lost.length === 0) return null;
  return (
    <details><summary>{t('console.webhook.lost', { n: of.given_up })}</summary>
      <ul className="plain-list">{of.lost.map((one) => (
        <li key={one.event}><code>{one.topic}</code> · <When at={one.at} /> · <span lang="en">{one.why}</span>{' '}
          <button className="plain" onClick={() => open<unknown>({ title: t('console.webhook.one'), lead: <p><code>{one.event}</code></p>, go: t('console.webhook.one'), act: async (_, key) => arrived(await taken(api.POST('/v1/webhooks/{id}/redelivery', { params: params(of.id, key), body: { event: one.event } }))), done: again, onRefused: again }, t('console.webhook.goes'))}>{t('console.webhook.one')}</button></li>
      ))}</ul>
    </details>
  );
}

function Card({ of, again, open, onSecret }: { of: Webhook; again: () => void; open: Open; onSecret: Shown }): ReactNode {
  const own = of.source === 'api';
  const secret = (): void => open<unknown>({ title: t('console.webhook.secret'), lead: <p>{t('console.webhook.secret_lead')}</p>, go: t('console.webhook.secret'), act: (_, key) => taken(api.POST('/v1/webhooks/{id}/secret', { params: params(of.id, key), body: {} })) as Promise<Answer<unknown>>,
    done: (answer) => { secretOf(answer, onSecret); again(); } }, t('console.word.second_wanted'));
  const pause = (): void => open<unknown>({ title: t('console.webhook.pause'), lead: <p>{t('console.webhook.pause_lead')}</p>, go: t('console.webhook.pause'), bad: true, fields: <ReasonField label={t('console.word.reason')} />,
    act: (fields, key) => taken(api.POST('/v1/webhooks/{id}/pause', { params: params(of.id, key), body: { reason: text(fields, 'reason') } })), done: again }, t('console.webhook.paused'));
  const resume = (): void => open<unknown>({ title: t('console.webhook.resume'), go: t('console.webhook.resume'), act: (_, key) => taken(api.POST('/v1/webhooks/{id}/resumption', { params: params(of.id, key) })), done: again }, t('console.webhook.goes'));
  const remove = (): void => open<unknown>({ title: t('console.webhook.remove'), lead: <p>{t('console.webhook.remove_lead', { name: of.name })}</p>, go: t('console.webhook.remove'), bad: true, fields: <ReasonField label={t('console.word.reason')} />,
    act: (fields, key) => taken(api.POST('/v1/webhooks/{id}/deletion', { params: params(of.id, key), body: { reason: text(fields, 'reason') } })), done: again }, t('console.webhook.removed'));
  return (
    <article className="card" aria-label={of.name}>
      <h3>{of.name} <span className={`tag ${TAGS[of.state]}`}>{named('console.webhook_state', of.state)}</span></h3>
      <Facts rows={[
        [t('console.webhook.url'), <code>{of.url}</code>], [t('console.webhook.topics'), of.topics.join(', ') || '*'], [t('console.webhook.role'), named('console.role', of.role)],
        [t('console.webhook.delivered'), <>{number(of.delivered)}{of.delivered_at && <> · <When at={of.delivered_at} /></>}</>], [t('console.webhook.waiting'), of.waiting_since && <When at={of.waiting_since} />],
        [t('console.webhook.error'), of.error && <><span lang="en">{of.error}</span>{of.error_at && <> · <When at={of.error_at} /></>}</>], [t('console.webhook.why_paused'), of.why_paused], [t('console.webhook.two'), of.two_secrets_until && <When at={of.two_secrets_until} />],
        [t('console.account.by'), [of.by?.id, of.second?.id].filter(Boolean).join(' + ') || (!own && t('console.webhook.by_file'))],
      ]} />
      <Lost of={of} again={again} open={open} />
      <div className="actions">
        <Sends of={of} again={again} open={open} />
        {of.state === 'paused' ? <button className="plain" onClick={resume}>{t('console.webhook.resume')}</button> : <button className="plain" onClick={pause}>{t('console.webhook.pause')}</button>}
        {own && <><button className="plain" onClick={() => aim(open, again, onSecret, of)}>{t('console.webhook.change')}</button><button className="plain" onClick={secret}>{t('console.webhook.secret')}</button><button className="plain" onClick={remove}>{t('console.webhook.remove')}</button></>}
      </div>
    </article>
  );
}

export function Webhooks({ onSecret }: { onSecret: Shown }): ReactNode {
  const { value, failure, again } = useAsked('webhooks', () => taken(api.GET('/v1/webhooks')), { on: ['webhook'] });
  const { dialog, open } = useDeeds();
  return (
    <Part title={t('console.webhook.title')} id="webhooks" aside={<button className="plain" onClick={() => aim(open, again, onSecret)}>{t('console.webhook.add')}</button>}>
      {dialog}
      <Refusal of={failure} />
      {!value && !failure && <Loading />}
      {value?.items.length === 0 && <p className="quiet">{t('console.webhook.none')}</p>}
      <div className="cards">{value?.items.map((one) => <Card key={one.id} of={one} again={again} open={open} onSecret={onSecret} />)}</div>
    </Part>
  );
}
