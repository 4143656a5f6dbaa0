// A partner that receives Keepline's webhooks and verifies them by the Standard Webhooks rules: headers
// webhook-id, webhook-timestamp (within five minutes), webhook-signature ("v1,<base64>", several separated by
// spaces), HMAC-SHA256 over "id.timestamp.body" with the bytes of a whsec_<base64> secret. Drops repeats by webhook-id.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Receiver } from './receiver.mjs';
import { sleep } from './wait.mjs';

const TOLERANCE_SECONDS = 300;

export const newWebhookSecret = () => `whsec_${randomBytes(24).toString('base64')}`;

/** The value of webhook-signature. */
export function signWebhook(secret, id, timestamp, body) {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
}

/** null when the request is genuine, otherwise why it is not. */
export function whyNotGenuine(secret, headers, body, nowMs = Date.now()) {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'] ?? '';
  if (!id) return 'no webhook-id';
  if (!/^\d{1,12}$/.test(timestamp)) return 'webhook-timestamp is no number of seconds';
  if (Math.abs(nowMs / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return 'webhook-timestamp is too far from now';
  const expected = Buffer.from(signWebhook(secret, id, timestamp, body));
  const given = (headers['webhook-signature'] ?? '').split(' ').map((one) => Buffer.from(one));
  const genuine = given.some((one) => one.length === expected.length && timingSafeEqual(one, expected));
  return genuine ? null : 'no webhook-signature fits';
}

/**
 * failNext: a status code as a number (nothing is done), 'hang' (nothing is done, no answer), 'drop' (connection closed at once),
 * 'lose_answer' (done, then the connection closes). Effects: genuine events, each webhook-id once: { id, at, data, headers, body }.
 */
export class WebhookReceiver extends Receiver {
  constructor({ secret = newWebhookSecret(), port = 0 } = {}) {
    super({ port });
    this.secret = secret;
    /** What every request meets: 'ok', 'slow' (answers after slowMs) or as in failNext(). */
    this.mode = 'ok';
    this.slowMs = 2000;
    /** Every request: { id, at, answered, repeat, sameBody, body, data, headers, refused }. */
    this.deliveries = [];
  }

  get url() { return `${this.base}/webhook`; }
  rawCount() { return this.deliveries.length; }
  /** Requests that were not genuine. */
  get refused() { return this.deliveries.filter((delivery) => delivery.refused); }

  async receive({ method, headers, socket }, body, response) {
    const how = this.nextFailure() ?? this.mode;
    const delivery = { id: headers['webhook-id'], at: Date.now(), headers, body: body.toString(), answered: how };
    delivery.refused = method === 'POST' ? whyNotGenuine(this.secret, headers, body) : `method ${method}`;
    this.deliveries.push(delivery);

    const answer = (status) => {
      delivery.answered = status;
      response.writeHead(status).end();
    };
    if (typeof how === 'number') return answer(how);
    if (how === 'hang') return undefined;
    if (how === 'drop') return socket.destroy();
    if (delivery.refused) return answer(401);
    this.#take(delivery);
    if (how === 'lose_answer') return socket.destroy();
    if (how === 'slow') await sleep(this.slowMs, undefined, { ref: false });
    return answer(204);
  }

  #take(delivery) {
    delivery.data = parseJson(delivery.body);
    const first = this.note(delivery.id, delivery);
    delivery.repeat = first !== undefined;
    delivery.sameBody = !first || first.body === delivery.body;
  }
}

function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export async function startWebhook(options) {
  const receiver = new WebhookReceiver(options);
  await receiver.start();
  return receiver;
}
