// One of the staff with their authenticator and a browser, as the console speaks to the API: a cookie, and what browsers say of where a request comes from.

import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { Refusal } from './client.mjs';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
export const PASSWORD = 'a horse is no battery';
export const COOKIE = 'keepline_staff';

/** RFC 6238, of the secret as authenticators take it; `ahead`: so many steps from now. */
export function totp(secret, ahead = 0) {
  const bits = [...secret].map((one) => LETTERS.indexOf(one).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((one) => parseInt(one, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const mac = createHmac('sha1', key).update(counter).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

export class Console {
  /** origin: as [console] origin has it. */
  constructor(keepline, origin, { channel } = {}) { Object.assign(this, { keepline, origin, channel, cookie: null }); }

  get(target, options) { return this.request('GET', target, options); }
  post(target, body = {}, options) { return this.request('POST', target, { body, ...options }); }

  async request(method, target, { body, headers = {}, key = randomUUID(), ...rest } = {}) {
    const answer = await this.keepline.api(method, target, {
      body, idempotencyKey: method === 'POST' ? key : undefined, ...rest,
      headers: {
        'sec-fetch-site': 'same-origin',
        ...(method === 'POST' && { origin: this.origin, 'x-keepline-console': '1' }),
        ...(this.cookie && { cookie: `${COOKIE}=${this.cookie}` }),
        ...(this.channel && { 'keepline-channel': this.channel }),
        ...headers,
      },
    });
    const set = answer.headers.getSetCookie().find((one) => one.startsWith(`${COOKIE}=`));
    if (set) Object.assign(this, { setCookie: set, cookie: set.slice(COOKIE.length + 1).split(';')[0] || null });
    if (answer.status >= 400) throw new Refusal(`${method} ${target}`, answer);
    return answer;
  }

  async accept(name, code, password = PASSWORD) {
    const { body: seen } = await this.post('/v1/staff-invitations', { name, code });
    this.secret = seen.totp_secret;
    return this.post('/v1/staff-invitations/acceptance', { name, code, enrolment: seen.enrolment, password, totp: totp(this.secret) });
  }
  /** The code of taking up was used: the next one is good already, for clocks that differ. */
  signIn(name, { password = PASSWORD, ahead = 0 } = {}) { return this.post('/v1/staff-sessions', { name, password, totp: totp(this.secret, ahead) }); }
}

/** An account that `by` asks for and `second` signs, taken up: its holder's console, signed in. */
export async function newStaff({ keepline, origin, by, second, name, role, person, channel }) {
  const { body: made } = await by.post('/v1/staff-accounts', { name, role, ...(person && { person }) });
  if (made.request) await second.post(`/v1/tokens/${name}/requests/${made.request}/countersignature`);
  const one = new Console(keepline, origin, { channel });
  await one.accept(name, made.invitation);
  assert.ok(one.cookie, 'signed in');
  return one;
}
