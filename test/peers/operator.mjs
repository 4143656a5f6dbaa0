// An operator's BSS on both sides of ES2+ (SGP.22 §5.3, §6.5.2): it calls our SM-DP+ (`call`), and receives
// handleDownloadProgressInfo. Over mutual TLS when it gets `tls`, otherwise over plain HTTP. A report without a proper header is
// answered 400 and listed in `refused`; a repeat by functionCallIdentifier counts once.

import http from 'node:http';
import https from 'node:https';
import { Receiver, readBody, readTls, rspCall } from './receiver.mjs';
import { within } from './wait.mjs';

const PATH = '/gsma/rsp2/es2plus/';
const ANSWER_TIMEOUT_MS = 30_000;

/** Why this is no handleDownloadProgressInfo, or null. */
export function whyNotProgress(method, url, headers, body) {
  const { why, said } = rspCall([`${PATH}handleDownloadProgressInfo`], method, url, headers, body);
  if (why) return why;
  const { iccid, eid, profileType, timestamp, notificationPointId, notificationPointStatus } = said;
  if (!/^\d{18,20}$/.test(iccid ?? '')) return 'iccid';
  if (eid !== undefined && !/^\d{32}$/.test(eid)) return 'eid';
  if (typeof profileType !== 'string') return 'profileType';
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(timestamp ?? '')) return 'timestamp';
  if (!Number.isInteger(notificationPointId)) return 'notificationPointId';
  return /^(Executed-Success|Executed-WithWarning|Failed)$/.test(notificationPointStatus?.status ?? '') ? null : 'notificationPointStatus';
}

/** failNext: an HTTP status, or { subjectCode, reasonCode } in an answer 200. Effects: reports, each functionCallIdentifier once. */
export class Operator extends Receiver {
  #calls = 0;

  /** `tls`: { cert, key, ca } as file names; then our server's certificate and the SM-DP+'s client certificate are both asked for. */
  constructor({ tls = null, port = 0, requester = 'acme' } = {}) {
    super({ port, tls: readTls(tls) });
    Object.assign(this, { requester, refused: [], reports: [] });
  }

  get url() { return this.base; }
  rawCount() { return this.reports.length; }

  receive({ method, url, headers }, bytes, response) {
    const body = bytes.toString();
    const why = whyNotProgress(method, url, headers, body);
    if (why) {
      this.refused.push({ why, body, headers });
      response.writeHead(400).end();
      return;
    }
    const report = JSON.parse(body);
    this.reports.push(report);
    const how = this.nextFailure();
    if (typeof how === 'number') {
      response.writeHead(how).end();
    } else if (how) {
      response.writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ header: { functionExecutionStatus: { status: 'Failed', statusCodeData: how } } }));
    } else {
      this.note(report.header.functionCallIdentifier, report);
      response.writeHead(204).end();
    }
  }

  /**
   * Calls an ES2+ function of the SM-DP+ at `base` ("https://127.0.0.1:8443"): { http, status, subject, reason, message, body }, where
   * status is that of functionExecutionStatus. `servername`: the host name in the SM-DP+'s certificate.
   */
  async call(base, name, members = {}, { servername, callId = `${this.requester}-${++this.#calls}`, protocol = 'gsma/rsp/v2.5.0', rawBody } = {}) {
    const url = new URL(PATH + name, base);
    const body = rawBody ?? JSON.stringify({ header: { functionRequesterIdentifier: this.requester, functionCallIdentifier: callId }, ...members });
    const answer = await within(new Promise((resolve, reject) => {
      const request = (url.protocol === 'https:' ? https : http).request(url, {
        method: 'POST', agent: false, ...this.tls, servername,
        headers: { 'content-type': 'application/json', 'x-admin-protocol': protocol, 'content-length': Buffer.byteLength(body) },
      }, (response) => readBody(response).then((bytes) => resolve({ http: response.statusCode, headers: response.headers, text: bytes.toString() }), reject));
      request.once('error', reject);
      request.end(body);
    }), ANSWER_TIMEOUT_MS, `ES2+.${name}`);
    const parsed = answer.text ? JSON.parse(answer.text) : {};
    const executed = parsed.header?.functionExecutionStatus ?? {};
    return {
      http: answer.http, headers: answer.headers, body: parsed, status: executed.status,
      subject: executed.statusCodeData?.subjectCode, reason: executed.statusCodeData?.reasonCode, message: executed.statusCodeData?.message,
    };
  }
}

export async function startOperator(options) {
  const operator = new Operator(options);
  await operator.start();
  return operator;
}
