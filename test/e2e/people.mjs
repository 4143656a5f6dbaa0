// Invented subscribers and lines, never the same twice: numbers, IMSIs, ICCIDs and EIDs are drawn from a random start and
// counted up, so that test files may run side by side against their own peers.

import { randomInt } from 'node:crypto';

const DAY_MS = 86_400_000;
let next = randomInt(1, 90_000_000);

const digits = (value, length) => String(value).padStart(length, '0');
export const daysFromNow = (days) => new Date(Date.now() + days * DAY_MS).toISOString().replace(/\.\d+Z$/, 'Z');
export const yuan = (minor) => ({ minor, currency: 'CNY' });

/** The body of a new subscriber: an SMS contact `phone`, a mail contact `mail`, both verified. */
export function newSubscriber({ language = 'zh-CN', name = language === 'en' ? 'Avery Quinn' : '林小满', ...over } = {}) {
  const n = ++next;
  return {
    id: `sub-${n}`, language,
    person: {
      full_name: name, document_kind: 'id-card', document_number: `11010119900101${digits(n % 10000, 4)}`,
      refund_iban: withLuhn(`622202020${digits(n, 9)}`), refund_holder: name,
    },
    contacts: [
      { id: 'phone', by: 'sms', address: `+86139${digits(n, 8)}`, verified: true },
      { id: 'mail', by: 'mail', address: `s${n}@customer.example`, verified: true },
    ],
    ...over,
  };
}

export const contactOf = (subscriber, id) => subscriber.contacts.find((contact) => contact.id === id).address;

/** With the Luhn digit behind it (ITU-T E.118). */
export function withLuhn(number) {
  const sum = [...number].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return number + ((10 - (sum % 10)) % 10);
}

/** With the two check digits behind it (SGP.29 §3.1: the whole is 1 modulo 97). */
export const withMod97 = (number) => number + digits(98n - ((BigInt(number) * 100n) % 97n), 2);

/** One eSIM profile: a device of its own. */
export function newProfile(over = {}) {
  const n = ++next;
  return {
    iccid: withLuhn(`898600${digits(n, 12)}`), imsi: `90170${digits(n, 10)}`, eid: withMod97(`89049032${digits(n, 22)}`), state: 'enabled', ...over,
  };
}

export const newNumber = () => `+86138${digits(++next, 8)}`;

/** A line old enough to be of low risk, 12.34 CNY on it, on two devices: the first enabled, the second disabled. */
export function newLine(over = {}) {
  return {
    number: newNumber(), policy: 'quick', since: daysFromNow(-700), valid_until: daysFromNow(200), balance: yuan(1234),
    profiles: [newProfile(), newProfile({ state: 'disabled' })], ...over,
  };
}

/** A number as SMPP and the HLR write it. */
export const plain = (number) => number.replace('+', '');

/** A number of China as pages have it. */
export const spaced = (number) => number.replace(/^(\+86)(\d{3})(\d{4})(\d{4})$/, '$1 $2 $3 $4');
