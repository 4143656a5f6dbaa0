// The mail server that an operator hands its mail to (npm smtp-server): STARTTLS or TLS from the first byte, and AUTH. It offers AUTH
// before TLS too, as bad servers do, and would take it: a client that does not insist on TLS is caught. What clients say in the
// clear is read off the wire, in front of the server.

import { readFileSync } from 'node:fs';
import net from 'node:net';
import { SMTPServer } from 'smtp-server';
import { onceEach, readMail } from './mail.mjs';
import { listen, waitForEffects, within } from './wait.mjs';

const CLOSE_TIMEOUT_MS = 30_000;

/** What was said before TLS: all of it when TLS never came. A TLS record of a handshake begins 16 03. */
const IN_THE_CLEAR = /^(?<clear>(?:[^]*?STARTTLS\r\n)?)\x16\x03/i;

export class Relay {
  #front = null;
  #server = null;
  #sockets = new Set();

  /** tls: { cert, key } as file names. security: 'starttls', 'tls', or 'none' (neither is offered). */
  constructor({ tls, security = 'starttls', user = 'keepline', password = 'secret', port = 0 } = {}) {
    Object.assign(this, { tls, security, user, password, port, address: '127.0.0.1' });
    /** Every mail, repeats included, one per recipient: as readMail() has it, with { recipient, user, encrypted }. */
    this.mails = [];
    /** Every AUTH: { user, password, encrypted, accepted }. */
    this.logins = [];
    /** Every connection: { clear, encrypted }, with what the client said before TLS. */
    this.connections = [];
  }

  async start() {
    const { cert, key } = this.tls;
    this.#server = new SMTPServer({
      cert: readFileSync(cert), key: readFileSync(key), secure: this.security === 'tls', hideSTARTTLS: this.security !== 'starttls',
      disabledCommands: this.security === 'starttls' ? [] : ['STARTTLS'], allowInsecureAuth: true, logger: false,
      disableReverseLookup: true, closeTimeout: 1000,
      onAuth: (auth, session, done) => this.#login(auth, session, done),
      onData: (stream, session, done) => void this.#take(stream, session).then(() => done(), done),
    });
    this.#server.on('error', () => {}); // handshakes that a client ends: it is the client that is under test
    const inner = await listen(this.#server.server);
    this.#front = net.createServer((client) => this.#forward(client, inner));
    this.port = await listen(this.#front, this.port);
  }

  /** Drops every connection; what came stays known, and start() uses the same port. */
  async stop() {
    const closed = [this.#front, this.#server].map((one) => new Promise((resolve) => one.close(resolve)));
    for (const socket of this.#sockets) socket.destroy();
    await within(Promise.all(closed), CLOSE_TIMEOUT_MS, 'the relay to close'); // keeps the process alive meanwhile, as nothing else here does
  }

  /** Goes on with other options of the constructor, on the same port. */
  async change(options) {
    await this.stop();
    Object.assign(this, options);
    await this.start();
  }

  /** The lines that clients said outside of TLS, all connections together. */
  get saidInTheClear() { return this.connections.flatMap(({ clear }) => clear.split('\r\n').filter(Boolean)); }

  effects() { return onceEach(this.mails); }
  rawCount() { return this.mails.length; }
  waitFor(pattern, limits) { return waitForEffects(this, pattern, limits); }

  #forward(client, inner) {
    const server = net.connect(inner, '127.0.0.1');
    const connection = { clear: '', encrypted: false };
    this.connections.push(connection);
    client.on('data', (bytes) => {
      if (connection.encrypted) return;
      connection.clear += bytes.toString('latin1');
      const found = IN_THE_CLEAR.exec(connection.clear);
      if (found) Object.assign(connection, { clear: found.groups.clear, encrypted: true });
    });
    for (const [from, to] of [[client, server], [server, client]]) {
      this.#sockets.add(from);
      from.on('error', () => {}).once('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      from.unref().pipe(to);
    }
  }

  #login({ username, password }, { secure }, done) {
    const accepted = username === this.user && password === this.password;
    this.logins.push({ user: username, password, encrypted: secure, accepted });
    done(accepted ? null : new Error('Invalid username or password'), { user: username });
  }

  async #take(stream, { envelope, user, secure }) {
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    const mail = await readMail(Buffer.concat(chunks));
    for (const { address } of envelope.rcptTo) this.mails.push({ ...mail, recipient: address, user, encrypted: secure });
  }
}

export async function startRelay(options) {
  const relay = new Relay(options);
  await relay.start();
  return relay;
}
