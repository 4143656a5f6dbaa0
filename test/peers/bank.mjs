// The operator's bank: watches the folder into which Keepline drops ISO 20022 pain.001 files (refunds), checks
// each file as a bank would (well-formed, namespace, ids, counts, control sums, amounts) and pays each
// EndToEndId exactly once. What comes again is reported, never paid again.
//
// A file counts once its name ends in .xml; names starting with a dot or ending otherwise are work in progress.

import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from './child.mjs';
import { sleep, waitForEffects } from './wait.mjs';
import { checkWellFormed, elementsAt, parseXml, textAt } from './xml.mjs';

const NAMESPACE = /^urn:iso:std:iso:20022:tech:xsd:pain\.001\.001\.(03|09|1[0-2])$/;
const MAX_ID_CHARACTERS = 35;
const ID = /^[A-Za-z0-9/\-?:().,'+ ]+$/;
const FRACTION_DIGITS = { JPY: 0, KRW: 0 };

export class Bank {
  #seen = new Set();
  #scanning = null;
  #stop = new AbortController();
  #payments = new Map();

  constructor(folder, pollMs) {
    Object.assign(this, { folder, pollMs });
    /** Payment instructions seen again: { endToEndId, file, firstFile, same } where same = nothing in it differs. */
    this.repeats = [];
    /** Files refused as a whole: { file, reason }. Nothing of them was paid. */
    this.rejected = [];
    /** Accepted files: { file, messageId, transactions }. */
    this.files = [];
  }

  start() {
    this.#stop = new AbortController();
    this.#scanning = this.#watch();
  }

  async stop() {
    this.#stop.abort();
    await this.#scanning;
  }

  /** Payments, each EndToEndId once: { endToEndId, amountMinor, currency, creditor, account, remittance, executionDate, file }. */
  effects() { return [...this.#payments.values()]; }
  /** Payment instructions in accepted files, repeats included. */
  rawCount() { return this.#payments.size + this.repeats.length; }
  waitFor(pattern, limits) { return waitForEffects(this, pattern, limits); }

  async #watch() {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.scan();
      await sleep(this.pollMs, undefined, { ref: false, signal }).catch(() => {});
    }
  }

  /** Reads what is new in the folder, now. */
  async scan() {
    for (const file of readdirSync(this.folder).sort()) {
      if (!file.endsWith('.xml') || file.startsWith('.') || this.#seen.has(file)) continue;
      this.#seen.add(file);
      await this.#take(file);
    }
  }

  async #take(file) {
    try {
      const full = path.join(this.folder, file);
      await checkWellFormed(full);
      const order = readOrder(parseXml(readFileSync(full, 'utf8')));
      this.files.push({ file, messageId: order.messageId, transactions: order.payments.length });
      for (const payment of order.payments) this.#pay({ ...payment, file });
    } catch (error) {
      this.rejected.push({ file, reason: error.message });
    }
  }

  #pay(payment) {
    const first = this.#payments.get(payment.endToEndId);
    if (!first) return void this.#payments.set(payment.endToEndId, payment);
    const same = JSON.stringify({ ...first, file: '' }) === JSON.stringify({ ...payment, file: '' });
    this.repeats.push({ endToEndId: payment.endToEndId, file: payment.file, firstFile: first.file, same });
  }
}

/** A pain.001 document as { messageId, payments }; throws at the first thing a bank would refuse. */
export function readOrder(document) {
  if (document.name !== 'Document') throw new Error(`the root is <${document.name}>`);
  if (!NAMESPACE.test(document.attributes.xmlns ?? '')) throw new Error(`namespace ${document.attributes.xmlns}`);
  const order = only(document, 'CstmrCdtTrfInitn');
  const header = only(order, 'GrpHdr');
  const messageId = id(header, 'MsgId');
  if (Number.isNaN(Date.parse(textAt(header, 'CreDtTm') ?? ''))) throw new Error('GrpHdr/CreDtTm is no date and time');
  if (!elementsAt(header, 'InitgPty').length) throw new Error('GrpHdr/InitgPty is missing');

  const batches = elementsAt(order, 'PmtInf');
  if (!batches.length) throw new Error('PmtInf is missing');
  const payments = batches.flatMap(readBatch);
  checkTotals(header, payments, 'GrpHdr');
  const ids = payments.map((payment) => payment.endToEndId);
  const twice = ids.find((one, index) => ids.indexOf(one) !== index);
  if (twice) throw new Error(`EndToEndId ${twice} is in the file twice`);
  return { messageId, payments };
}

function readBatch(batch) {
  id(batch, 'PmtInfId');
  if (textAt(batch, 'PmtMtd') !== 'TRF') throw new Error('PmtMtd is not TRF');
  const executionDate = textAt(batch, 'ReqdExctnDt', 'Dt') ?? textAt(batch, 'ReqdExctnDt') ?? '';
  if (!/^\d{4}-\d{2}-\d{2}$/.test(executionDate)) throw new Error('ReqdExctnDt is no date');
  for (const name of ['Dbtr', 'DbtrAcct', 'DbtrAgt']) only(batch, name);
  const payments = elementsAt(batch, 'CdtTrfTxInf').map((transfer) => ({ ...readTransfer(transfer), executionDate }));
  if (!payments.length) throw new Error('PmtInf without CdtTrfTxInf');
  if (textAt(batch, 'NbOfTxs') !== undefined) checkTotals(batch, payments, 'PmtInf');
  return payments;
}

function readTransfer(transfer) {
  const amount = only(only(transfer, 'Amt'), 'InstdAmt');
  const currency = amount.attributes.Ccy ?? '';
  if (!/^[A-Z]{3}$/.test(currency)) throw new Error(`InstdAmt/@Ccy is "${currency}"`);
  const amountMinor = minorUnits(amount.text.trim(), FRACTION_DIGITS[currency] ?? 2);
  if (amountMinor <= 0) throw new Error(`InstdAmt ${amount.text} is not positive`);
  const creditor = textAt(transfer, 'Cdtr', 'Nm');
  const account = textAt(transfer, 'CdtrAcct', 'Id', 'IBAN') ?? textAt(transfer, 'CdtrAcct', 'Id', 'Othr', 'Id');
  if (!creditor) throw new Error('Cdtr/Nm is missing');
  if (!account) throw new Error('CdtrAcct/Id is missing');
  return {
    endToEndId: id(only(transfer, 'PmtId'), 'EndToEndId'), amountMinor, currency, creditor, account,
    remittance: textAt(transfer, 'RmtInf', 'Ustrd') ?? null,
  };
}

/** NbOfTxs must be right, CtrlSum too where given (it is the plain sum over all currencies). */
function checkTotals(element, payments, where) {
  const count = textAt(element, 'NbOfTxs');
  if (count !== String(payments.length)) throw new Error(`${where}/NbOfTxs is ${count}, there are ${payments.length}`);
  const stated = textAt(element, 'CtrlSum');
  if (stated === undefined) return;
  const inHundredths = ({ amountMinor, currency }) => amountMinor * 10 ** (2 - (FRACTION_DIGITS[currency] ?? 2));
  const sum = payments.reduce((total, payment) => total + inHundredths(payment), 0);
  if (minorUnits(stated, 2) !== sum) throw new Error(`${where}/CtrlSum is ${stated}, the sum is ${sum / 100}`);
}

/** A decimal as a whole number of minor units, without floating point on the way. */
function minorUnits(text, fractionDigits) {
  const match = /^(\d{1,15})(?:\.(\d+))?$/.exec(text);
  const fraction = match?.[2] ?? '';
  if (!match || fraction.length > fractionDigits) throw new Error(`"${text}" is no amount with ${fractionDigits} decimals`);
  return Number(match[1] + fraction.padEnd(fractionDigits, '0'));
}

function id(element, name) {
  const value = textAt(element, name) ?? '';
  if (!ID.test(value) || value.length > MAX_ID_CHARACTERS) throw new Error(`${name} "${value}" is no valid id`);
  return value;
}

function only(element, name) {
  const found = elementsAt(element, name);
  if (found.length !== 1) throw new Error(`${element.name}/${name} is there ${found.length} times, not once`);
  return found[0];
}

/** Starts watching; without `folder` a temporary one is made. */
export function startBank({ folder = temporaryFolder('bank'), pollMs = 50 } = {}) {
  mkdirSync(folder, { recursive: true });
  const bank = new Bank(folder, pollMs);
  bank.start();
  return bank;
}
