// A caller of Keepline's API: one token, one channel. Every answer is held to api/openapi.yaml by the harness. What is
// refused becomes a Refusal that carries the problem; `refused(promise, code)` expects one.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { sleep } from '../peers/wait.mjs';

const TRY_AGAIN_MS = 20;
const TRY_AGAIN_FOR_MS = 60_000;

export class Refusal extends Error {
  constructor(where, { status, body, headers }) {
    super(`${where} → ${status} ${body?.code ?? ''}: ${body?.detail ?? JSON.stringify(body)} ${JSON.stringify(body?.data ?? [])}`);
    Object.assign(this, { status, code: body?.code, problem: body, headers });
  }

  /** A fact of the problem, by its name. */
  data(name) { return this.problem.data?.find((one) => one.name === name)?.value; }
}

export class Client {
  /** persistent: tries again, under the same Idempotency-Key, until the server answers something final. */
  constructor(keepline, token, { channel, persistent = false } = {}) {
    Object.assign(this, { keepline, token, channel, persistent });
  }

  through(channel) { return new Client(this.keepline, this.token, { channel, persistent: this.persistent }); }
  persistently() { return new Client(this.keepline, this.token, { channel: this.channel, persistent: true }); }

  get(path, options) { return this.request('GET', path, options); }
  post(path, body, options) { return this.request('POST', path, { body, ...options }); }
  put(path, body, options) { return this.request('PUT', path, { body, ...options }); }

  /** The answer { status, body, etag, headers, … }; `key` is the Idempotency-Key, made when absent. */
  async request(method, path, { body, key = randomUUID(), ifMatch, headers = {}, ...rest } = {}) {
    const sent = {
      token: this.token, body, ifMatch, idempotencyKey: method === 'POST' ? key : undefined,
      headers: { ...(this.channel && { 'keepline-channel': this.channel }), ...headers }, ...rest,
    };
    const answer = await (this.persistent ? this.#untilFinal(method, path, sent) : this.keepline.api(method, path, sent));
    if (answer.status >= 400) throw new Refusal(`${method} ${path}`, answer);
    return answer;
  }

  async #untilFinal(method, path, sent) {
    const deadline = Date.now() + TRY_AGAIN_FOR_MS;
    for (;;) {
      try {
        const answer = await this.keepline.api(method, path, sent);
        if (answer.status !== 503 && answer.status !== 429) return answer;
        if (Date.now() > deadline) return answer;
      } catch (error) {
        // Only what a dying or starting server does to a connection; a broken contract must fail the test.
        const lost = error.name === 'TimeoutError' || (error instanceof TypeError && /fetch failed|terminated/.test(error.message));
        if (!lost || Date.now() > deadline) throw error;
      }
      await sleep(TRY_AGAIN_MS);
    }
  }
}

/** Expects a refusal with this code (and status, when given) and returns it. */
export async function refused(promise, code, status) {
  const outcome = await promise.then((answer) => ({ answer }), (error) => ({ error }));
  if (outcome.answer) assert.fail(`expected the refusal "${code}", got ${outcome.answer.status}: ${JSON.stringify(outcome.answer.body).slice(0, 500)}`);
  if (!(outcome.error instanceof Refusal)) throw outcome.error;
  assert.equal(outcome.error.code, code, outcome.error.message);
  if (status !== undefined) assert.equal(outcome.error.status, status, outcome.error.message);
  return outcome.error;
}
