// A serving VLR/MSC as a peer of osmo-hlr, over GSUP on IPA: attaches subscribers with UpdateLocation,
// completes the Insert-Subscriber-Data exchange, answers and records everything the HLR pushes, and so shows
// whether a bar or a deletion really reached the network and whether the phone could come back.
//
// CLI: node vlr.mjs --address 127.0.0.x --imsi 9017… [--imsi …] [--name VLR] [--seconds N]
// attaches the IMSIs, prints one JSON object per event and leaves after N seconds (default: runs until killed).

import net from 'node:net';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { CN_DOMAIN, GSUP_IE, decodeGsup, encodeDigits, encodeGsup } from './gsup.mjs';
import { HLR_PORTS } from './hlr.mjs';
import { IPA_CCM, IPA_OSMO, IpaReader, OSMO_GSUP, ipaFrame } from './ipa.mjs';
import { runUntilKilled, sleep, until, within } from './wait.mjs';

const CCM = { ping: 0x00, pong: 0x01, idGet: 0x04, idResp: 0x05 };
const CCM_ID = { serial: 0x00, unitName: 0x01, unitId: 0x08 };
const ANSWER_TIMEOUT_MS = 30_000;

/** What to answer to a request the HLR pushes. */
const ANSWERS = {
  InsertDataRequest: 'InsertDataResult',
  DeleteDataRequest: 'DeleteDataResult',
  LocationCancelRequest: 'LocationCancelResult',
};

/** GSUP causes (GMM causes, 3GPP TS 24.008 §10.5.5.14) that the HLR gives to a refused UpdateLocation. */
export const CAUSE = { imsiUnknown: 0x02, plmnNotAllowed: 0x0b };

export class Vlr {
  #socket = null;
  #awaited = new Map(); // IMSI → { resolve } of the attach under way
  #listeners = new Set();

  constructor({ address, port = HLR_PORTS.gsup, name = 'VLR-TEST' }) {
    Object.assign(this, { address, port, name });
    /** Every GSUP message seen, both ways: { at, direction: 'in'|'out', hex, …decoded }. */
    this.messages = [];
    /** IMSI → what this VLR believes: { msisdn, served }. `served` ends with Delete-Subscriber-Data or Location Cancellation. */
    this.subscribers = new Map();
  }

  get connected() { return this.#socket !== null && !this.#socket.destroyed; }

  /** Connects and completes the IPA identity exchange; may be called again after the HLR came back. */
  async connect() {
    this.disconnect();
    const socket = net.connect(this.port, this.address);
    this.#socket = socket.unref();
    const reader = new IpaReader();
    const identified = new Promise((resolve, reject) => {
      socket.once('error', reject).once('close', () => reject(new Error('GSUP connection closed')));
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        for (const frame of reader.feed(chunk)) {
          if (frame.protocol === IPA_CCM) this.#onManagement(frame, resolve);
          else if (frame.protocol === IPA_OSMO && frame.payload[0] === OSMO_GSUP) this.#onGsup(frame);
        }
      });
    });
    await within(identified, ANSWER_TIMEOUT_MS, 'the HLR to accept our identity');
  }

  disconnect() {
    this.#socket?.destroy();
    this.#socket = null;
  }

  onMessage(listener) { this.#listeners.add(listener); }

  /** Sends UpdateLocation and completes it: { ok: true, msisdn } or { ok: false, cause }. */
  async attach(imsi, { domain = 'cs' } = {}) {
    if (!this.connected) throw new Error('VLR is not connected');
    if (this.#awaited.has(imsi)) throw new Error(`an attach of ${imsi} is under way`);
    const outcome = new Promise((resolve) => this.#awaited.set(imsi, { resolve }));
    this.#send('UpdateLocationRequest', imsi, [[GSUP_IE.cnDomain, Buffer.of(CN_DOMAIN[domain])]]);
    try {
      return await within(outcome, ANSWER_TIMEOUT_MS, `the HLR to answer UpdateLocation of ${imsi}`);
    } finally {
      this.#awaited.delete(imsi);
    }
  }

  /** What the HLR sent, by type name and IMSI. */
  received(type, imsi) {
    return this.messages.filter((message) =>
      message.direction === 'in' && message.type === type && (!imsi || message.imsi === imsi));
  }

  /** Waits until the HLR has sent `count` messages of this type for this IMSI and returns the last one. */
  async waitFor(type, imsi, { count = 1, timeoutMs = ANSWER_TIMEOUT_MS } = {}) {
    return until(() => this.received(type, imsi)[count - 1], { what: `${type} for ${imsi}`, timeoutMs });
  }

  /** osmo-hlr sends no ID_ACK; a ping behind our identity tells by its pong that the identity was taken. */
  #onManagement({ payload }, onIdentified) {
    if (payload[0] === CCM.ping) this.#socket.write(ipaFrame(IPA_CCM, CCM.pong));
    if (payload[0] === CCM.idGet) this.#socket.write(Buffer.concat([this.#identity(), ipaFrame(IPA_CCM, CCM.ping)]));
    if (payload[0] === CCM.pong) onIdentified();
  }

  /** osmo-hlr routes by the serial and refuses an identity without unit id, unit name and serial. */
  #identity() {
    const element = (tag, text) => {
      const value = Buffer.from(`${text}\0`);
      return Buffer.concat([Buffer.of(0, value.length + 1, tag), value]);
    };
    return ipaFrame(
      IPA_CCM, CCM.idResp,
      element(CCM_ID.unitId, '0/0/0'), element(CCM_ID.unitName, this.name), element(CCM_ID.serial, this.name),
    );
  }

  #onGsup({ payload, bytes }) {
    const message = decodeGsup(payload.subarray(1));
    this.#record('in', message, bytes);
    const subscriber = this.subscribers.get(message.imsi) ?? { msisdn: null, served: false };
    this.subscribers.set(message.imsi, subscriber);
    switch (message.type) {
      case 'InsertDataRequest':
        subscriber.msisdn = message.msisdn ?? subscriber.msisdn;
        break;
      case 'DeleteDataRequest':
      case 'LocationCancelRequest':
        subscriber.served = false;
        break;
      case 'UpdateLocationResult':
        subscriber.served = true;
        this.#awaited.get(message.imsi)?.resolve({ ok: true, msisdn: subscriber.msisdn });
        break;
      case 'UpdateLocationError':
        subscriber.served = false;
        this.#awaited.get(message.imsi)?.resolve({ ok: false, cause: message.cause });
        break;
    }
    if (ANSWERS[message.type]) this.#send(ANSWERS[message.type], message.imsi, []);
  }

  #send(type, imsi, elements) {
    const gsup = encodeGsup(type, [[GSUP_IE.imsi, encodeDigits(imsi)], ...elements]);
    const bytes = ipaFrame(IPA_OSMO, OSMO_GSUP, gsup);
    this.#record('out', decodeGsup(gsup), bytes);
    this.#socket.write(bytes);
  }

  #record(direction, message, bytes) {
    const entry = { at: Date.now(), direction, hex: bytes.toString('hex'), ...message };
    this.messages.push(entry);
    for (const listener of this.#listeners) listener(entry);
  }
}

/** A connected VLR. */
export async function startVlr(options) {
  const vlr = new Vlr(options);
  await vlr.connect();
  return vlr;
}

async function main() {
  const { values } = parseArgs({
    options: {
      address: { type: 'string', default: '127.0.0.1' }, port: { type: 'string', default: String(HLR_PORTS.gsup) },
      imsi: { type: 'string', multiple: true, default: [] }, name: { type: 'string', default: 'VLR-TEST' },
      seconds: { type: 'string' },
    },
  });
  const vlr = new Vlr({ address: values.address, port: Number(values.port), name: values.name });
  const print = (event) => console.log(JSON.stringify(event));
  vlr.onMessage(({ at, direction, type, imsi, msisdn, cause, hex }) =>
    print({ at: new Date(at).toISOString(), direction, type, imsi, msisdn, cause, hex }));
  await vlr.connect();
  for (const imsi of values.imsi) print({ attach: imsi, ...(await vlr.attach(imsi)) });
  if (values.seconds) await sleep(Number(values.seconds) * 1000);
  else runUntilKilled();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
