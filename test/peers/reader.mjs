// A smart card reader without hardware: pcscd with the driver vpcd (vsmartcard), both from the Debian sid root. PC/SC programs
// reach it through the environment of one of its two slots; a card is put in by the test, or is a program that connects to
// the slot's `port` as it would to vpcd's own (keepline-phone does).
//
// What was found to work here, as root and as anybody:
// - pcscd insists on /run/pcscd. It runs from a copy in which that is another folder, of a name as long, so that many run beside one another and
//   beside the machine's, without root and where the kernel gives no namespaces; clients find its socket by PCSCLITE_CSOCK_NAME.
// - No polkit, D-Bus, udev or USB is needed: --disable-polkit, and no bundles in /usr/lib/pcsc/drivers.
// - vpcd told to listen listens on 0.0.0.0. So it is told to connect (DEVICENAME 127.0.0.1:port), to this module, which listens on
//   loopback and couples it with the card. vpcd 3.3 aborts (with pcscd) when such a connection ever ends, and takes a card for
//   present as long as it stands. So the reader always sees a card, and cards change behind it: a command of a PC/SC
//   client powers the card up anew anyway. Where no card is in, every APDU is answered 6F00.
// - vpcd always makes two slots, on neighbouring ports. Two phones fit into one reader.
// - vpcd's frames: two bytes of length, then an APDU, or one control byte: 0 off, 1 on, 2 reset, 4 ATR (nothing else is one byte
//   long). The card answers APDUs and the ATR in the same frames, the others not at all. pcscd asks for the ATR several times a second.
// - The pcscd of Debian 12 (1.9.9) would serve the libpcsclite of sid as well, but would have to be installed.

import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { Child, removedAtExit, temporaryFolder } from './child.mjs';
import { lpac, sidRoot } from './lpac.mjs';
import { listen, until } from './wait.mjs';

const CONTROL = { off: 0, on: 1, reset: 2, atr: 4 };
/** T=0 and T=1, no historical bytes: what every PC/SC takes. */
const PLAIN_ATR = Buffer.from('3b8080018001', 'hex');
const RUN = '/run/pcscd';
const EMPTY = { transmit: () => '6F00' };

const frame = (data) => Buffer.concat([Buffer.from([data.length >> 8, data.length & 0xff]), data]);

/** Calls `take(data)` for each whole frame that arrives. */
function readFrames(socket, take) {
  let buffer = Buffer.alloc(0);
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    while (buffer.length >= 2 && buffer.length >= 2 + buffer.readUInt16BE()) {
      const data = buffer.subarray(2, 2 + buffer.readUInt16BE());
      buffer = buffer.subarray(2 + data.length);
      take(data);
    }
  });
}

/** A program that speaks vpcd's frames, as a card. */
class ProgramCard {
  #waiting = [];

  constructor(socket) {
    this.socket = socket.setNoDelay();
    readFrames(socket, (data) => this.#waiting.shift()?.(data));
    socket.once('close', () => this.#waiting.splice(0).forEach((settle) => settle(Buffer.from('6f00', 'hex'))));
  }

  #ask(data) {
    if (this.socket.destroyed) return Buffer.from('6f00', 'hex');
    this.socket.write(frame(data));
    return new Promise((resolve) => { this.#waiting.push(resolve); });
  }

  async transmit(hex) { return (await this.#ask(Buffer.from(hex, 'hex'))).toString('hex'); }
  async readAtr() { this.atr = (await this.#ask(Buffer.from([CONTROL.atr]))).toString('hex'); }
  reset(how) { if (!this.socket.destroyed) this.socket.write(frame(Buffer.from([how]))); }
}

class Slot {
  #card = EMPTY;
  #driver = null;
  #programs = null;
  /** How many APDUs went through. */
  apdus = 0;

  /** vpcd's one connection, which lives as long as the reader. */
  attach(socket) {
    this.#driver = socket.setNoDelay();
    let work = Promise.resolve();
    readFrames(socket, (data) => { work = work.then(() => this.#answer(data)); });
  }

  get attached() { return this.#driver !== null; }

  async #answer(data) {
    const card = this.#card;
    if (data.length === 1 && data[0] === CONTROL.atr) {
      this.#driver.write(frame(card.atr ? Buffer.from(card.atr, 'hex') : PLAIN_ATR));
    } else if (data.length === 1) {
      await card.reset?.(data[0]);
    } else {
      this.apdus += 1;
      const response = await Promise.resolve(card.transmit(data.toString('hex').toUpperCase())).catch(() => '6F00');
      this.#driver.write(frame(Buffer.from(response, 'hex')));
    }
  }

  /** Where a card program connects; it takes the place of whatever is in the slot. */
  async listen() {
    this.#programs = net.createServer(async (socket) => {
      const card = new ProgramCard(socket);
      await card.readAtr();
      this.insert(card);
      socket.once('close', () => { if (this.#card === card) this.remove(); });
    });
    this.port = await listen(this.#programs);
  }

  /** A card of the test's own: { transmit(hex) → hex, atr?, reset?(control) }, each may be async. */
  insert(card) {
    this.remove();
    this.#card = card;
  }

  /** Settles once a card is in. */
  inserted(timeoutMs = 60_000) {
    return until(() => this.#card !== EMPTY, { what: 'a card in the reader', timeoutMs });
  }

  remove() {
    const { socket } = this.#card;
    this.#card = EMPTY;
    socket?.destroy();
  }

  stop() {
    this.remove();
    this.#programs?.close();
    this.#driver?.destroy();
  }
}

/** A new folder whose path is as long as this one. */
function folderNamedLike(other) {
  for (let attempt = 0; attempt < 1000; ++attempt) {
    const folder = `/tmp/k${Math.random().toString(36).slice(2).padEnd(20, '0')}`.slice(0, other.length);
    try {
      mkdirSync(folder);
      return removedAtExit(folder);
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
  }
  throw new Error('no short name is free in /tmp');
}

export class Reader {
  #pcscd = null;
  #servers = [];

  async start() {
    const folder = temporaryFolder('reader');
    const run = folderNamedLike(RUN);
    mkdirSync(path.join(folder, 'conf'));
    /** Each: { port, env, insert(card), inserted(), remove(), apdus }; `lpac` takes one as its `reader`. */
    this.slots = [new Slot(), new Slot()];
    const port = await this.#neighbouringPorts();
    writeFileSync(path.join(folder, 'conf', 'vpcd'), [
      'FRIENDLYNAME "Keepline Virtual Reader"', `DEVICENAME 127.0.0.1:${port}`,
      `LIBPATH ${sidRoot()}/root/usr/lib/pcsc/drivers/serial/libifdvpcd.so`, `CHANNELID ${port}`, '',
    ].join('\n'));
    const copy = path.join(folder, 'pcscd');
    const program = readFileSync(path.join(sidRoot(), 'root/usr/sbin/pcscd'), 'latin1');
    if (!program.includes(`${RUN}/pcscd.comm`)) throw new Error(`the pcscd of ${sidRoot()} does not live in ${RUN} any more`);
    writeFileSync(copy, program.replaceAll(RUN, run), { encoding: 'latin1', mode: 0o755 });
    const [loader] = readdirSync(path.join(sidRoot(), 'root/usr/lib'), { recursive: true }).filter((name) => /^[^/]+\/ld-linux[^/]*\.so\.\d+$/.test(name));
    const libraries = path.join(sidRoot(), 'root/usr/lib', path.dirname(loader));
    this.#pcscd = new Child(path.join(libraries, path.basename(loader)), [
      '--inhibit-cache', '--library-path', libraries, copy, '--foreground', '--info', '--disable-polkit', '--config', path.join(folder, 'conf'),
    ]);
    await Promise.all(this.slots.map(async (slot, i) => {
      await slot.listen();
      slot.env = {
        PCSCLITE_CSOCK_NAME: path.join(run, 'pcscd.comm'), LPAC_APDU: 'pcsc',
        LPAC_APDU_PCSC_DRV_IFID: String(i), LPAC_APDU_PCSC_DRV_NAME: `00 0${i}`, // with a number alone lpac 2.3.0 crashes
      };
    }));
    await this.#pcscd.ready(() => this.#pcscd.log.includes('daemon ready') && this.slots.every((slot) => slot.attached));
  }

  get log() { return this.#pcscd.log; }
  get alive() { return this.#pcscd.alive; }

  async #neighbouringPorts() {
    for (let attempt = 0; attempt < 20; ++attempt) {
      this.#servers = this.slots.map((slot) => net.createServer((socket) => slot.attach(socket)));
      const port = await listen(this.#servers[0]);
      try {
        await listen(this.#servers[1], port + 1);
        return port;
      } catch {
        this.#servers[0].close();
      }
    }
    throw new Error('no two neighbouring loopback ports are free');
  }

  /** The names of the slots, as PC/SC clients see them. */
  async names() {
    return (await lpac(['driver', 'apdu', 'list'], { reader: this.slots[0] })).data.map(({ name }) => name);
  }

  async stop() {
    if (this.#pcscd?.alive) await this.#pcscd.stop('SIGKILL'); // on SIGTERM it waits for its slots
    this.slots.forEach((slot) => slot.stop());
    this.#servers.forEach((server) => server.close());
  }
}

export async function startReader() {
  const reader = new Reader();
  await reader.start();
  return reader;
}
