// A thief with a subscriber's token names one refund account after another: nothing counted it, and with the second one the tail of the owner's
// own account was no longer in the message that says which account it was before.
// Seen to succeed as an attack on the program before (3cfacd3): 150 changes in one session, and the second message named the thief's first account.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../peers/wait.mjs';
import { contactOf, plain } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { attempt, victim } from './attack.mjs';

let world;
before(async () => { world = await startWorld({ peers: ['smsc'], config: { hlr: { kind: 'none' } } }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

/** A bank card that nobody has, with its check digit (ISO/IEC 7812-1). */
function iban(n) {
  const body = `62220299999999${String(9_000 + n)}`;
  const sum = [...body].reverse().reduce((all, digit, at) => all + (at % 2 ? Number(digit) : [0, 2, 4, 6, 8, 1, 3, 5, 7, 9][digit]), 0);
  return body + ((10 - (sum % 10)) % 10);
}

test('a session names another account only so often, by either door, and the rest of the owner is not shut out', async () => {
  const one = await victim(world);
  const contacts = one.subscriber.contacts.map(({ id, by, address }) => ({ id, by, address }));
  const answers = [];
  for (let n = 0; n < 20; ++n)
    answers.push(await attempt(n % 2 === 0
      ? one.customer.post(`/v1/subscribers/${one.subscriber.id}/refund-account`, { iban: iban(n), holder: 'A Thief' })
      : one.customer.post(`/v1/subscribers/${one.subscriber.id}/contacts`, { contacts, refund: { iban: iban(n), holder: 'A Thief' } })));
  const taken = answers.filter(({ status }) => status === 200).length;
  assert.ok(taken >= 1 && taken <= 6, `${taken} of 20 changes were taken`);
  for (const refused of answers.filter(({ status }) => status !== 200)) assert.equal(refused.code, 'too-many-requests');
  // Staff and systems are counted apart: the owner at the counter is not shut out.
  const asked = await world.agent.post(`/v1/subscribers/${one.subscriber.id}/refund-account`, { iban: one.subscriber.person.refund_iban, holder: one.subscriber.person.refund_holder });
  assert.equal(asked.status, 202);
});

test('in a row of changes the account of before stays the first one', async () => {
  const one = await victim(world);
  const told = (tail) => until(() => world.smsc.effects().find((sms) => sms.to === plain(contactOf(one.subscriber, 'phone')) && sms.text.includes(tail)),
    { what: `a message that names ${tail}`, timeoutMs: 60_000 });
  await one.customer.post(`/v1/subscribers/${one.subscriber.id}/refund-account`, { iban: iban(31), holder: 'A Thief' });
  await told(iban(31).slice(-4));
  await one.customer.post(`/v1/subscribers/${one.subscriber.id}/refund-account`, { iban: iban(32), holder: 'A Thief' });
  const { text } = await told(iban(32).slice(-4));
  assert.ok(text.includes(one.subscriber.person.refund_iban.slice(-4)), `its owner is not told of their own account: ${text}`);
});
