// An SM-DS as SM-DP+s see it (ES12, SGP.22 §5.5, §6.5.2): keeps event records and gives them out by EID (`eventsOf`). Over mutual TLS
// when it gets `tls`, otherwise over plain HTTP. A call without a proper header or member is answered 400 and listed in `refused`.

import { Receiver, readTls, rspCall } from './receiver.mjs';

const PATH = '/gsma/rsp2/es12/';
const ALREADY_IN_USE = { subjectCode: '8.9.5', reasonCode: '3.3' };
const UNKNOWN = { subjectCode: '8.9.5', reasonCode: '3.9' };

/** Why this is no call of ES12, or null. */
function whyNotEs12(method, url, headers, text) {
  const { why, said } = rspCall([`${PATH}registerEvent`, `${PATH}deleteEvent`], method, url, headers, text);
  if (why) return why;
  if (!/^\d{32}$/.test(said.eid ?? '')) return 'eid';
  if (typeof said.eventId !== 'string' || said.eventId === '') return 'eventId';
  if (url.endsWith('deleteEvent')) return null;
  if (typeof said.rspServerAddress !== 'string' || said.rspServerAddress === '') return 'rspServerAddress';
  return typeof said.forwardingIndicator === 'boolean' ? null : 'forwardingIndicator';
}

/** failNext: an HTTP status, or { subjectCode, reasonCode } in an answer 200. Effects: what was carried out, by functionCallIdentifier. */
export class Smds extends Receiver {
  #events = new Map();

  constructor({ tls = null, port = 0 } = {}) {
    super({ port, tls: readTls(tls) });
    Object.assign(this, { refused: [], calls: [] });
  }

  get url() { return this.base; }
  rawCount() { return this.calls.length; }
  /** What a phone with this EID would be told, as ES11 gives it out: [{ eventId, rspServerAddress }]. */
  eventsOf(eid) { return [...this.#events.values()].filter((event) => event.eid === eid).map(({ eventId, rspServerAddress }) => ({ eventId, rspServerAddress })); }

  receive({ method, url, headers }, bytes, response) {
    const body = bytes.toString();
    const why = whyNotEs12(method, url, headers, body);
    if (why) {
      this.refused.push({ why, body });
      response.writeHead(400).end();
      return;
    }
    const { header, ...what } = JSON.parse(body);
    const call = { function: url.slice(PATH.length), ...what };
    this.calls.push({ ...call, header });
    const how = this.nextFailure();
    if (typeof how === 'number') {
      response.writeHead(how).end();
      return;
    }
    const failure = how ?? this.#carryOut(call);
    if (!failure) this.note(header.functionCallIdentifier, call);
    const status = failure ? { status: 'Failed', statusCodeData: failure } : { status: 'Executed-Success' };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ header: { functionExecutionStatus: status } }));
  }

  #carryOut(call) {
    const key = `${call.eid}/${call.eventId}`;
    const there = this.#events.has(key);
    if (call.function === 'deleteEvent') return this.#events.delete(key) ? null : UNKNOWN;
    if (there) return ALREADY_IN_USE;
    this.#events.set(key, call);
    return null;
  }
}

export async function startSmds(options) {
  const smds = new Smds(options);
  await smds.start();
  return smds;
}
