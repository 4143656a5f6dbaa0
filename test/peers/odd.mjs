// Peers that behave oddly, as told: a mail server in lines of SMTP, and an SMSC (npm smpp) whose every answer a test gives
// itself. Both listen on 127.0.0.1 and remember what they got.

import net from 'node:net';
import smpp from 'smpp';
import { listen } from './wait.mjs';

/** A message's end, as it comes. */
const END = '\r\n.\r\n';

export class OddMta {
  #server = null;
  #sockets = new Set();

  /** answer(verb, line): the reply to it, null to cut the connection, undefined for the usual one. Verb END: the whole message. */
  constructor(answer = () => undefined) {
    this.answer = answer;
    /** Every mail that was answered for: { to, raw, at }. */
    this.mails = [];
    /** Every line of the dialogue, in latin1. */
    this.lines = [];
  }

  async start() {
    this.#server = net.createServer((socket) => this.#serve(socket));
    this.port = await listen(this.#server);
    return this;
  }

  async stop() {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(socket) {
    this.#sockets.add(socket);
    socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
    const session = { text: '', data: false, to: null };
    socket.write('220 odd ESMTP\r\n');
    socket.on('data', (chunk) => {
      session.text += chunk.toString('latin1');
      while (!socket.destroyed && this.#step(socket, session));
    });
  }

  /** False: more has to come first. */
  #step(socket, session) {
    if (session.data) {
      const end = session.text.indexOf(END);
      if (end < 0) return false;
      const raw = session.text.slice(0, end);
      session.text = session.text.slice(end + END.length);
      session.data = false;
      this.mails.push({ to: session.to, raw, at: Date.now() });
      return this.#say(socket, this.answer('END', raw), '250 queued');
    }
    const end = session.text.indexOf('\r\n');
    if (end < 0) return false;
    const line = session.text.slice(0, end);
    session.text = session.text.slice(end + 2);
    this.lines.push(line);
    const verb = line.split(' ')[0].toUpperCase();
    const told = this.answer(verb, line);
    if (verb === 'RCPT') session.to = /<(.*)>/.exec(line)?.[1];
    if (verb === 'DATA' && told === undefined) session.data = true;
    return this.#say(socket, told, verb === 'EHLO' ? '250-odd\r\n250 8BITMIME' : verb === 'DATA' ? '354 go on' : '250 ok');
  }

  #say(socket, told, usual) {
    if (told === null) socket.destroy();
    else socket.write(`${told ?? usual}\r\n`);
    return told !== null;
  }
}

export class OddSmsc {
  #server = null;
  #sessions = new Set();

  /** onSubmit(submit, reply): call reply({ message_id }) or reply({ command_status }), or leave it. */
  constructor(onSubmit) {
    this.onSubmit = onSubmit;
    /** Every submit_sm: { to, part, parts, text, status, messageId, at }; status and messageId once it was answered. */
    this.submits = [];
    /** Every PDU that came, by name. */
    this.commands = [];
  }

  async start() {
    this.#server = smpp.createServer((session) => this.#serve(session));
    this.port = await listen(this.#server);
    return this;
  }

  async stop() {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const session of this.#sessions) session.destroy();
    await closed;
  }

  /** A deliver_sm to whoever can receive; its command_status, once it is answered. */
  deliver(fields) {
    const session = [...this.#sessions].find(({ mode }) => mode === 'bind_transceiver' || mode === 'bind_receiver');
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error('no answer to a deliver_sm within 20 s')), 20_000); // and keeps Node from ending
      session.deliver_sm(fields, (answer) => { clearTimeout(late); resolve(answer.command_status); });
    });
  }

  /** A request that has no answer. */
  say(command, fields) {
    for (const session of this.#sessions) session.send(new smpp.PDU(command, fields));
  }

  accepted() { return this.submits.filter(({ status }) => status === 0); }

  #serve(session) {
    this.#sessions.add(session);
    session.on('close', () => this.#sessions.delete(session)).on('error', () => session.destroy());
    session.on('pdu', (pdu) => this.commands.push(pdu.command));
    session.on('enquire_link', (pdu) => session.send(pdu.response()));
    session.on('unbind', (pdu) => session.send(pdu.response(), () => session.close()));
    for (const mode of ['bind_transceiver', 'bind_transmitter', 'bind_receiver']) {
      session.on(mode, (pdu) => {
        session.mode = mode;
        session.send(pdu.response({ system_id: 'ODD' }));
      });
    }
    session.on('submit_sm', (pdu) => {
      const header = pdu.short_message?.udh?.[0];
      const submit = {
        to: pdu.destination_addr, part: header?.at(-1) ?? 1, parts: header?.at(-2) ?? 1, key: pdu.keepline_idempotency_key?.toString(),
        text: String(pdu.short_message?.message ?? ''), receipt: pdu.registered_delivery, status: null, messageId: null, at: Date.now(),
      };
      this.submits.push(submit);
      this.onSubmit(submit, (fields) => {
        Object.assign(submit, { status: fields.command_status ?? 0, messageId: fields.message_id ?? null });
        session.send(pdu.response(fields));
      });
    });
  }
}
