// The client's side of SMTP, line by line, for the contract tests of the mail servers.

import net from 'node:net';
import tls from 'node:tls';
import { until, within } from './wait.mjs';

const ANSWER_TIMEOUT_MS = 30_000;

export class SmtpTalk {
  #socket = null;
  #heard = '';
  #closed = false;
  #hear = (bytes) => { this.#heard += bytes; };

  /** Connects and reads the greeting. `secure`: TLS from the first byte, with these options of tls.connect(). */
  static async open(port, { secure = null } = {}) {
    const talk = new SmtpTalk();
    const socket = net.connect(port, '127.0.0.1');
    talk.#use(secure ? await shakeHands(socket, secure) : socket);
    await talk.ask(null, /^220/);
    return talk;
  }

  /** Sends a line and returns the whole answer, which must fit. */
  async ask(line, wanted) {
    if (line !== null) this.#socket.write(`${line}\r\n`);
    const whole = () => /^\d{3}( .*)?\r\n$/m.test(this.#heard);
    await until(() => whole() || this.#closed, { what: `the answer to ${line}`, timeoutMs: ANSWER_TIMEOUT_MS, everyMs: 5 });
    const answer = this.#heard;
    this.#heard = '';
    if (!wanted.test(answer)) throw new Error(`${line} was answered ${JSON.stringify(answer)}`);
    return answer;
  }

  async startTls(options) {
    await this.ask('STARTTLS', /^220/);
    this.#socket.off('data', this.#hear);
    this.#use(await shakeHands(this.#socket, options));
  }

  /** Hands over one mail; the greeting and the login were before. */
  async mail({ to, text, from = 'noreply@operator.example' }) {
    await this.ask(`MAIL FROM:<${from}>`, /^250/);
    for (const recipient of to) await this.ask(`RCPT TO:<${recipient}>`, /^250/);
    await this.ask('DATA', /^354/);
    await this.ask(`${text}\r\n.`, /^250/);
  }

  async quit() {
    await this.ask('QUIT', /^221/);
    this.close();
  }

  close() { this.#socket.destroy(); }

  #use(socket) {
    this.#socket = socket.on('data', this.#hear).on('error', () => {}).on('close', () => { this.#closed = true; });
  }
}

function shakeHands(socket, options) {
  return within(new Promise((resolve, reject) => {
    const secure = tls.connect({ socket, ...options }, () => resolve(secure));
    secure.once('error', reject);
  }), ANSWER_TIMEOUT_MS, 'the TLS handshake');
}
