// An SMSC that speaks SMPP 3.4 (npm smpp): binds, submit_sm in the GSM alphabet and UCS-2, long messages by UDH
// or SAR, delivery receipts, enquire_link, mobile-originated messages. It is strict where a real SMSC is (bind
// state, addresses, the 140 octets of a segment) and honours Keepline's idempotency key, vendor TLV 0x1401: the
// same key and part again gets the first message id and is no second effect.
//
// CLI: node smsc.mjs [--port 2775] [--receipt-delay MS] [--no-receipts] [--system-id … --password …]
// prints each complete message as one line.

import { randomInt } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import smpp from 'smpp';
import { listen, runUntilKilled, sleep, waitForEffects, within } from './wait.mjs';

export const IDEMPOTENCY_TLV = 0x1401;
export const STATUS = {
  ok: smpp.ESME_ROK, invalidLength: smpp.ESME_RINVMSGLEN, bindFirst: smpp.ESME_RINVBNDSTS, alreadyBound: smpp.ESME_RALYBND,
  systemError: smpp.ESME_RSYSERR, badDestination: smpp.ESME_RINVDSTADR, badPassword: smpp.ESME_RINVPASWD,
  badSystemId: smpp.ESME_RINVSYSID, queueFull: smpp.ESME_RMSGQFUL, throttled: smpp.ESME_RTHROTTLED,
};

const SEGMENT_OCTETS = 140;
const UCS2 = 8;
const SEPTET_CODINGS = [0, 1]; // npm smpp takes data_coding 1 for the GSM alphabet too
const RECEIPT_ANSWER_TIMEOUT_MS = 30_000;
/** Final states (SMPP 3.4 §5.2.28): the word in the receipt's text → message_state. */
const MESSAGE_STATES = { DELIVRD: 2, EXPIRED: 3, DELETED: 4, UNDELIV: 5, ACCEPTD: 6, UNKNOWN: 7, REJECTD: 8 };

smpp.addTLV('keepline_idempotency_key', { id: IDEMPOTENCY_TLV, type: smpp.types.tlv.buffer });

export class Smsc {
  #server = null;
  #sessions = new Set();
  #byKeyAndPart = new Map(); // "key part" → submit
  #groups = new Map(); // key, or where a message without key comes from → effect being put together
  #effects = [];
  #owed = []; // receipts and mobile-originated messages that nobody has acknowledged yet
  #failures = [];
  #nextMessageId = randomInt(0x10000000, 0x20000000);

  constructor({ port = 0, systemId, password, receipts = true, receiptDelayMs = 0, receiptState = () => 'DELIVRD' } = {}) {
    /** Behaviour, all of it changeable at run time. receiptState(effect) gives 'DELIVRD', 'UNDELIV', … */
    Object.assign(this, { port, systemId, password, receipts, receiptDelayMs, receiptState });
    /** Every submit_sm accepted, repeats included: { messageId, key, part, parts, from, to, text, dataCoding, repeat, at }. */
    this.submits = [];
    this.onEffect = () => {};
  }

  async start() {
    this.#server = smpp.createServer((session) => this.#serve(session));
    this.port = await listen(this.#server, this.port);
  }

  /** Stops listening and drops every connection; what was received stays known, and start() uses the same port. */
  async stop() {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.disconnect();
    await closed;
  }

  disconnect() {
    for (const session of this.#sessions) {
      session.destroy();
      this.#sessions.delete(session);
    }
  }

  /** The sessions now bound, e.g. [{ systemId, mode: 'bind_transceiver' }]. */
  get bound() {
    return [...this.#sessions].filter((session) => session.mode).map(({ systemId, mode }) => ({ systemId, mode }));
  }

  /**
   * Lets the next `times` submits fail. `how` is a command status (STATUS.throttled …), 'disconnect' (the
   * connection drops before anything happened), 'lose_answer' (the message counts, then the connection drops)
   * or 'silence' (nothing happens, no answer).
   */
  failNext(how, times = 1) {
    for (let i = 0; i < times; ++i) this.#failures.push(how);
  }

  /** Takes back what failNext() still had in store. */
  recover() { this.#failures.length = 0; }

  /** Complete messages, each once: { key, from, to, text, parts, messageIds, at }. */
  effects() { return this.#effects.filter((effect) => effect.complete); }
  rawCount() { return this.submits.length; }
  waitFor(pattern, limits) { return waitForEffects(this, pattern, limits); }

  /** Receipts and mobile-originated messages that no session has acknowledged yet. */
  get owed() { return this.#owed.length; }

  /** A subscriber sends an SMS to us; resolves once a bound receiver acknowledged it. */
  async receive({ from, to, text }) {
    await this.#owe({
      source_addr_ton: 1, source_addr_npi: 1, source_addr: from, destination_addr: to, esm_class: 0,
      data_coding: /^[\x20-\x5f\x61-\x7e\n]*$/.test(text) ? 0 : UCS2, short_message: text,
    });
  }

  #serve(session) {
    this.#sessions.add(session);
    session.unanswered = new Set();
    session.on('close', () => {
      this.#sessions.delete(session);
      for (const giveUp of session.unanswered) giveUp();
    });
    session.on('error', () => session.destroy());
    session.on('enquire_link', (pdu) => session.send(pdu.response()));
    session.on('unbind', (pdu) => session.send(pdu.response(), () => session.close()));
    session.on('unknown', (pdu) => session.send(pdu.response()));
    for (const mode of ['bind_transceiver', 'bind_transmitter', 'bind_receiver']) {
      session.on(mode, (pdu) => this.#bind(session, mode, pdu));
    }
    session.on('submit_sm', (pdu) => this.#submit(session, pdu));
  }

  #bind(session, mode, pdu) {
    const refuse = (command_status) => session.send(pdu.response({ command_status }));
    if (session.mode) return refuse(STATUS.alreadyBound);
    if (this.systemId !== undefined && pdu.system_id !== this.systemId) return refuse(STATUS.badSystemId);
    if (this.password !== undefined && pdu.password !== this.password) return refuse(STATUS.badPassword);
    Object.assign(session, { mode, systemId: pdu.system_id });
    session.send(pdu.response({ system_id: 'SMSC', sc_interface_version: 0x34 }));
    for (const debt of this.#owed) this.#pay(debt);
  }

  #submit(session, pdu) {
    const refuse = (command_status) => session.send(pdu.response({ command_status }));
    if (!session.mode || session.mode === 'bind_receiver') return refuse(STATUS.bindFirst);
    const failure = this.#failures.shift();
    if (typeof failure === 'number') return refuse(failure);
    if (failure === 'disconnect') return session.destroy();
    if (failure === 'silence') return;
    if (!/^\d{3,15}$/.test(pdu.destination_addr)) return refuse(STATUS.badDestination);
    const content = readContent(pdu);
    if (content.octets > SEGMENT_OCTETS) return refuse(STATUS.invalidLength);

    const submit = this.#record(pdu, content);
    if (failure === 'lose_answer') session.destroy();
    else session.send(pdu.response({ message_id: submit.messageId }));
    if (this.receipts && (pdu.registered_delivery & 3) !== 0) this.#receipt(submit, pdu);
  }

  #record(pdu, { text, ref, part, parts }) {
    const key = pdu.keepline_idempotency_key?.toString() ?? null;
    const known = key === null ? undefined : this.#byKeyAndPart.get(`${key} ${part}`);
    const submit = {
      messageId: known?.messageId ?? (this.#nextMessageId++).toString(16), key, part, parts, from: pdu.source_addr,
      to: pdu.destination_addr, text, dataCoding: pdu.data_coding, repeat: known !== undefined, at: Date.now(),
    };
    this.submits.push(submit);
    if (known) return Object.assign(submit, { effect: known.effect });
    if (key !== null) this.#byKeyAndPart.set(`${key} ${part}`, submit);

    const group = key ?? `${pdu.source_addr} ${pdu.destination_addr} ${ref} ${parts}`;
    let effect = parts > 1 || key !== null ? this.#groups.get(group) : undefined;
    if (!effect || effect.segments[part - 1] !== undefined) {
      effect = { key, from: submit.from, to: submit.to, text: '', parts, messageIds: [], segments: [], at: submit.at, complete: false };
      this.#groups.set(group, effect);
      this.#effects.push(effect);
    }
    submit.effect = effect;
    effect.segments[part - 1] = text;
    effect.messageIds[part - 1] = submit.messageId;
    if (effect.segments.filter((segment) => segment !== undefined).length === parts) {
      effect.text = effect.segments.join('');
      effect.complete = true;
      this.onEffect(effect);
    }
    return submit;
  }

  /** SMPP 3.4 appendix B, and the TLVs that say the same. A repeat gets its receipt again. */
  async #receipt({ messageId, from, to, text, effect }, pdu) {
    const state = this.receiptState(effect);
    if ((pdu.registered_delivery & 3) === 2 && state === 'DELIVRD') return;
    if (this.receiptDelayMs) await sleep(this.receiptDelayMs, undefined, { ref: false });
    const now = new Date().toISOString().replace(/\D/g, '').slice(2, 12);
    const done = state === 'DELIVRD';
    await this.#owe({
      source_addr_ton: pdu.dest_addr_ton, source_addr_npi: pdu.dest_addr_npi, source_addr: to,
      dest_addr_ton: pdu.source_addr_ton, dest_addr_npi: pdu.source_addr_npi, destination_addr: from,
      esm_class: smpp.ESM_CLASS.MC_DELIVERY_RECEIPT, data_coding: 0,
      short_message: `id:${messageId} sub:001 dlvrd:00${done ? 1 : 0} submit date:${now} done date:${now} ` +
        `stat:${state} err:${done ? '000' : '001'} text:${text.replace(/[^\x20-\x7e]/g, '?').slice(0, 20)}`,
      receipted_message_id: messageId, message_state: MESSAGE_STATES[state],
    });
  }

  /** Keeps a deliver_sm until some bound receiver acknowledged it; a lost connection means it is sent again. */
  #owe(fields) {
    return new Promise((resolve) => {
      const debt = { fields, sending: false, resolve };
      this.#owed.push(debt);
      this.#pay(debt);
    });
  }

  async #pay(debt) {
    const session = [...this.#sessions].find(({ mode }) => mode === 'bind_transceiver' || mode === 'bind_receiver');
    if (!session || debt.sending) return;
    debt.sending = true;
    let giveUp;
    const answered = new Promise((resolve) => {
      giveUp = () => resolve(false);
      session.unanswered.add(giveUp);
      session.deliver_sm({ ...debt.fields }, (answer) => resolve(answer.command_status === STATUS.ok));
    });
    const accepted = await within(answered, RECEIPT_ANSWER_TIMEOUT_MS, 'deliver_sm_resp').catch(() => false);
    session.unanswered.delete(giveUp);
    debt.sending = false;
    if (!accepted) {
      await sleep(200, undefined, { ref: false });
      return this.#pay(debt);
    }
    this.#owed.splice(this.#owed.indexOf(debt), 1);
    debt.resolve();
  }
}

/** The text, its size on the air, and which part of how many: from a UDH (8 or 16 bit reference) or the SAR TLVs. */
function readContent(pdu) {
  const body = pdu.message_payload ?? pdu.short_message;
  const text = typeof body.message === 'string' ? body.message : Buffer.from(body.message).toString('latin1');
  const headers = body.udh ?? [];
  const headerOctets = headers.length ? 1 + headers.reduce((sum, header) => sum + header.length, 0) : 0;
  const textOctets = pdu.data_coding === UCS2 ? text.length * 2
    : SEPTET_CODINGS.includes(pdu.data_coding) ? Math.ceil((gsmSeptets(text) * 7) / 8) : text.length;
  const octets = pdu.message_payload ? 0 : headerOctets + textOctets;
  const concatenation = headers.find(([id]) => id === 0x00 || id === 0x08);
  if (concatenation) {
    const value = concatenation.subarray(2);
    return { text, octets, ref: value.readUIntBE(0, value.length - 2), parts: value.at(-2), part: value.at(-1) };
  }
  return { text, octets, ref: pdu.sar_msg_ref_num ?? 0, parts: pdu.sar_total_segments ?? 1, part: pdu.sar_segment_seqnum ?? 1 };
}

/** Characters of the GSM alphabet's extension table take two. */
function gsmSeptets(text) {
  return text.length + (text.match(/[\f^{}\\[~\]|€]/g)?.length ?? 0);
}

export async function startSmsc(options) {
  const smsc = new Smsc(options);
  await smsc.start();
  return smsc;
}

async function main() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '2775' }, 'receipt-delay': { type: 'string', default: '200' },
      'no-receipts': { type: 'boolean', default: false }, 'system-id': { type: 'string' }, password: { type: 'string' },
    },
  });
  const smsc = new Smsc({
    port: Number(values.port), receiptDelayMs: Number(values['receipt-delay']), receipts: !values['no-receipts'],
    systemId: values['system-id'], password: values.password,
  });
  smsc.onEffect = ({ from, to, text, parts, at }) => {
    const size = parts > 1 ? ` (${parts} parts)` : '';
    console.log(`${new Date(at).toTimeString().slice(0, 8)}  SMS ${from} → ${to}${size}  ${text.replaceAll('\n', ' ⏎ ')}`);
  };
  await smsc.start();
  runUntilKilled();
  console.log(`SMSC on 127.0.0.1:${smsc.port}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
