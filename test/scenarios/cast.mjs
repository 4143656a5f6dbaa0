// Who acts in one scenario, and what is known of their line: made from the scenario's header, on a number of its own.

import assert from 'node:assert/strict';
import { withLuhn, withMod97 } from '../e2e/people.mjs';
import { dayOf, instantOf } from './grammar.mjs';

/** Day 0 of every scenario: a Monday, in the zone of its policy. */
export const START = [2026, 3, 2];
/** The sandbox begins before that day does anywhere. */
export const BEGINS = '2026-03-01T10:00:00Z';
const DAY_MS = 86_400_000;

const digits = (value, length) => String(value).padStart(length, '0');

const ACCOUNT_OF = { 'eu-pt': 'DE89370400440532013000' };

export class Cast {
  /** serial: the scenario's, which its numbers are made of. policy: as GET /v1/policies has it. */
  constructor(world, scenario, serial, policy) {
    Object.assign(this, { world, scenario, serial, policy });
    this.zone = policy.zone;
    this.currency = policy.currency;
    this.heard = 0;      // the last message of before this moment
    this.closureId = null;
    this.request = null; // what a second person is to sign, last asked for
    this.refusal = null; // of the last action, until somebody expects it
    this.codes = [];     // recovery codes
    this.payments = 0;
    this.sessionAt = 0;
    this.options = (scenario.header.line ?? '').split(',').map((one) => one.trim()).filter(Boolean);
  }

  money(text) {
    const minor = new Intl.NumberFormat('en', { style: 'currency', currency: this.currency }).resolvedOptions().maximumFractionDigits;
    return { minor: Math.round(Number(text) * 10 ** minor), currency: this.currency };
  }

  instant(day, minute) { return instantOf(this.zone, [START[0], START[1], START[2] + day], minute); }
  /** The day of an instant, or a local day, counted from day 0. */
  dayNumber(at) {
    const text = /^\d{4}-\d\d-\d\d$/.test(at) ? at : dayOf(this.zone, Date.parse(at));
    return Math.round((Date.parse(`${text}T00:00:00Z`) - Date.UTC(START[0], START[1] - 1, START[2])) / DAY_MS);
  }
  /** The day of that number, as a date. */
  local(day) { return new Date(Date.UTC(START[0], START[1] - 1, START[2] + day)).toISOString().slice(0, 10); }
  iso(day) { return new Date(this.instant(day, 0)).toISOString().replace('.000Z', 'Z'); }

  option(pattern) {
    for (const one of this.options) {
      const found = pattern.exec(one);
      if (found) {
        this.known.add(one);
        return found;
      }
    }
    return null;
  }

  profile(index) {
    const n = this.serial * 10 + index;
    return {
      iccid: withLuhn(`8986009${digits(n, 11)}`), imsi: `460019${digits(n, 9)}`, eid: withMod97(`89049032${digits(n, 22)}`),
      state: index === 0 ? 'enabled' : 'disabled',
    };
  }

  /** The subscriber and the line as an operator imports them. */
  async arrive() {
    this.known = new Set();
    const ending = this.option(/^number ends (\d{4})$/)?.[1] ?? '0001';
    this.number = `+86138${digits(this.serial, 4)}${ending}`;
    this.phone = `+86139${digits(this.serial, 4)}${this.option(/^second phone ends (\d{4})$/)?.[1] ?? '0002'}`;
    this.mail = `s${this.serial}@customer.example`;
    this.account = ACCOUNT_OF[this.policy.id] ?? withLuhn(`62220202${digits(this.serial, 10)}`);
    const contacts = [
      ...(this.option(/^second phone/) || this.option(/^a second phone$/) ? [{ id: 'phone', by: 'sms', address: this.phone, verified: true }] : []),
      ...(this.option(/^with mail$/) ? [{ id: 'mail', by: 'mail', address: this.mail, verified: true }] : []),
    ];
    const account = this.option(/^no account$/) ? {} : { refund_iban: this.account, refund_holder: '林小满' };
    this.document = `11010119900101${digits(this.serial, 4)}`;
    this.subscriber = {
      id: `sub-${this.serial}`, language: this.scenario.header.language ?? 'zh-CN',
      person: { full_name: '林小满', document_kind: 'id-card', document_number: this.document, ...account }, contacts,
    };
    const devices = this.option(/^one device$/) ? 1 : 2;
    this.profiles = Array.from({ length: devices }, (_, index) => this.profile(index));
    const contract = this.option(/^contract until day (\d+), /) ?? this.option(/^contract until day (\d+) at ([\d.]+) a month$/);
    const product = this.option(/^product ([\w-]+) at ([\d.]+)$/);
    const line = {
      number: this.number, policy: this.policy.id,
      since: this.iso(-Number(this.option(/^(\d+) days old$/)?.[1] ?? 700)), valid_until: this.iso(Number(this.option(/^valid until day (\d+)$/)?.[1] ?? 300)),
      balance: this.money(this.option(/^balance ([\d.]+)$/)?.[1] ?? '0'), profiles: this.profiles,
      ...(this.option(/^debt ([\d.]+)$/) && { debt: this.money(this.option(/^debt ([\d.]+)$/)[1]) }),
      ...(contract && { contract: { ends: this.iso(Number(contract[1])).slice(0, 10), monthly: this.money(contract[2]), fixed_fee: this.money('0'), document: 'C-1' } }),
      ...(product && { products: [{ id: product[1], kind: 'product', detach_price: this.money(product[2]) }] }),
    };
    const unknown = this.options.filter((one) => !this.known.has(one));
    assert.deepEqual(unknown, [], `"line:" does not know ${unknown.join(', ')}`);
    const { body } = await this.world.system.post('/v1/lines/import', { subscriber: this.subscriber, line });
    this.lineId = body.id;
  }

  /** Somebody who is to act for the owner: registered by the operator's system, on a phone of their own. */
  async bringRelative() {
    const phone = `+86137${digits(this.serial, 4)}0003`;
    this.relative = { id: `rel-${this.serial}`, phone, document: `11010119700202${digits(this.serial, 4)}` };
    await this.world.system.post('/v1/subscribers', {
      id: this.relative.id, language: 'zh-CN',
      person: {
        full_name: '林大勇', document_kind: 'id-card', document_number: this.relative.document,
        refund_iban: withLuhn(`62220203${digits(this.serial, 10)}`), refund_holder: '林大勇',
      },
      contacts: [{ id: 'own-phone', by: 'sms', address: phone, verified: true }],
    });
  }

  /** The client of one of the cast; the owner's session is a fresh one at each moment. */
  async client(who, channel) {
    const of = { agent: 'agent', reviewer: 'reviewer', 'second reviewer': 'second', system: 'system', admin: 'admin' };
    const found = who === 'owner' ? await this.#owner() : this.world[of[who]];
    return channel ? found.through(channel) : found;
  }
  async #owner() {
    if (!this.owner || this.sessionAt !== this.now) {
      this.owner = await this.world.session(this.subscriber.id);
      this.sessionAt = this.now;
    }
    return this.owner;
  }

  async line() { return (await this.world.agent.get(`/v1/lines/${this.lineId}`)).body; }
  async closure() {
    assert.ok(this.closureId, 'there is no closing yet');
    return (await this.world.reviewer.get(`/v1/closures/${this.closureId}`)).body;
  }
  async events() {
    const items = [];
    for (let after = ''; ;) {
      const { body } = await this.world.admin.get(`/v1/lines/${this.lineId}/history?limit=200${after && `&after=${encodeURIComponent(after)}`}`);
      items.push(...body.items.flatMap((entry) => entry.events));
      if (!body.next) return items;
      after = body.next;
    }
  }
  /** What reached pretended peers for this scenario, of this kind, since the moment began (or ever). */
  async messages(by, { ever = false } = {}) {
    const to = { sms: [this.number, this.phone, ...(this.relative ? [this.relative.phone] : [])], mail: [this.mail], hlr: [this.number], bank: [this.number] }[by];
    return (await this.world.messages(to)).filter((one) => one.by === by && (ever || one.serial > this.heard));
  }
}
