// A real osmo-hlr as a peer: started on a loopback address of its own, because its three ports are fixed
// (VTY 4258, CTRL 4259, GSUP 4222), with a generated configuration and a database in a temporary folder.
//
// The same folder survives stop() and start(), so a test can restart the HLR on its data. ctrl() and vty() are
// also what the self-tests use to show the exact exchanges that the C++ connector has to make.

import { mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { Child, temporaryFolder } from './child.mjs';
import { IPA_OSMO, IpaReader, OSMO_CTRL, ipaFrame } from './ipa.mjs';
import { accepts, freeLoopbackAddress, within } from './wait.mjs';

export const HLR_PORTS = { vty: 4258, ctrl: 4259, gsup: 4222 };

const ANSWER_TIMEOUT_MS = 30_000;
const VTY_PROMPT = /^OsmoHLR(?:\([^)]*\))?[>#] $/;

const configuration = (address) => `log stderr
 logging filter all 1
 logging color 0
 logging print category 1
 logging timestamp 1
 logging level set-all notice
line vty
 bind ${address}
 no login
ctrl
 bind ${address}
hlr
 gsup
  bind ip ${address}
`;

export class Hlr {
  #child = null;
  #nextRequest = 1;

  constructor(address, folder) {
    this.address = address;
    this.folder = folder;
    this.ports = HLR_PORTS;
  }

  get pid() { return this.#child?.pid; }
  get log() { return this.#child?.log ?? ''; }

  async start() {
    if (this.#child?.alive) throw new Error('osmo-hlr is running');
    const file = path.join(this.folder, 'osmo-hlr.cfg');
    writeFileSync(file, configuration(this.address));
    this.#child = new Child('osmo-hlr', ['-c', file, '-l', path.join(this.folder, 'hlr.db')], { cwd: this.folder });
    await this.#child.ready(async () => {
      const up = await Promise.all(Object.values(HLR_PORTS).map((port) => accepts(port, this.address)));
      return up.every(Boolean);
    });
  }

  async stop() {
    if (this.#child?.alive) await this.#child.stop();
  }

  async kill9() {
    if (this.#child?.alive) await this.#child.stop('SIGKILL');
  }

  async restart() {
    await this.stop();
    await this.start();
  }

  /** One CTRL request, e.g. ctrl('GET', 'subscriber.by-imsi-X.info'): { verb, value }; an ERROR reply does not throw. */
  async ctrl(verb, variable, value) {
    const id = this.#nextRequest++;
    const request = [verb, id, variable, ...(value === undefined ? [] : [value])].join(' ');
    const socket = net.connect(HLR_PORTS.ctrl, this.address);
    const reader = new IpaReader();
    const reply = new Promise((resolve, reject) => {
      socket.once('error', reject).once('close', () => reject(new Error('CTRL connection closed')));
      socket.on('data', (chunk) => {
        for (const { protocol, payload } of reader.feed(chunk)) {
          if (protocol === IPA_OSMO && payload[0] === OSMO_CTRL) resolve(payload.toString('latin1', 1));
        }
      });
    });
    socket.write(ipaFrame(IPA_OSMO, OSMO_CTRL, request));
    try {
      return parseCtrlReply(await within(reply, ANSWER_TIMEOUT_MS, `the CTRL reply to "${request}"`), id, variable);
    } finally {
      socket.destroy();
    }
  }

  /** Creates a subscriber; the number may be left out. */
  async create(imsi, msisdn) {
    await this.#mustDo('SET', 'subscriber.create', imsi);
    if (msisdn) await this.#mustDo('SET', `subscriber.by-imsi-${imsi}.msisdn`, msisdn);
  }

  async remove(imsi) {
    await this.#mustDo('SET', 'subscriber.delete', imsi);
  }

  /** What CTRL tells of a subscriber, as an object of strings, or null when there is none. */
  async info(imsi) {
    const reply = await this.ctrl('GET', `subscriber.by-imsi-${imsi}.info`);
    if (reply.verb === 'ERROR') {
      if (reply.value === 'No such subscriber.') return null;
      throw new Error(`CTRL: ${reply.value}`);
    }
    return Object.fromEntries(reply.value.trim().split('\n').map((line) => line.split('\t')));
  }

  /** The 3G authentication data of a subscriber, { algorithm, k, opc } in hex, or null when there are none. */
  async keys(imsi) {
    const reply = await this.ctrl('GET', `subscriber.by-imsi-${imsi}.aud3g`);
    const [algorithm, k, kind, opc] = reply.value.split(',');
    return reply.verb !== 'ERROR' && kind === 'OPC' ? { algorithm, k, opc } : null;
  }

  /** What VTY shows of a subscriber, as an object, or null when there is none. */
  async show(imsi) {
    const lines = (await this.vty(`subscriber imsi ${imsi} show`)).split('\n').map((line) => line.trim());
    if (lines[0].startsWith('% No subscriber')) return null;
    const value = (name) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
    return {
      imsi: value('IMSI'), msisdn: value('MSISDN'), vlr: value('VLR number'),
      cs: !lines.includes('CS disabled'), ps: !lines.includes('PS disabled'), lines,
    };
  }

  /** Runs one command at the VTY's enable level and returns the text between its echo and the next prompt. */
  async vty(command) {
    const socket = net.connect(HLR_PORTS.vty, this.address).setEncoding('latin1');
    let text = '';
    let onPrompt = null;
    const failed = new Promise((_, reject) => {
      socket.once('error', reject).once('close', () => reject(new Error('VTY connection closed')));
    });
    failed.catch(() => {});
    socket.on('data', (chunk) => {
      text += chunk.replace(/\xff[\xfb-\xfe]./gs, ''); // telnet option negotiation, which needs no answer
      if (VTY_PROMPT.test(text.slice(text.lastIndexOf('\n') + 1))) onPrompt?.();
    });
    const exchange = async (line) => {
      text = '';
      const prompted = new Promise((resolve) => { onPrompt = resolve; });
      if (line !== null) socket.write(`${line}\n`);
      await within(Promise.race([prompted, failed]), ANSWER_TIMEOUT_MS, `the VTY prompt after "${line ?? 'connecting'}"`);
      return text;
    };
    try {
      await exchange(null);
      await exchange('enable');
      return (await exchange(command)).replaceAll('\r', '').split('\n').slice(1, -1).join('\n');
    } finally {
      socket.destroy();
    }
  }

  async #mustDo(verb, variable, value) {
    const reply = await this.ctrl(verb, variable, value);
    if (reply.verb === 'ERROR') throw new Error(`CTRL ${verb} ${variable}: ${reply.value}`);
    return reply.value;
  }
}

function parseCtrlReply(text, id, variable) {
  const error = /^ERROR (\S+) (.*)$/s.exec(text);
  if (error) return { verb: 'ERROR', value: error[2] };
  const reply = /^(GET_REPLY|SET_REPLY) (\d+) (\S+) ?(.*)$/s.exec(text);
  if (!reply || Number(reply[2]) !== id || reply[3] !== variable) throw new Error(`unexpected CTRL reply: ${text}`);
  return { verb: reply[1], value: reply[4] };
}

/** Starts an HLR; `folder` continues an earlier database. */
export async function startHlr({ address, folder } = {}) {
  if (folder) mkdirSync(folder, { recursive: true });
  const hlr = new Hlr(
    address ?? (await freeLoopbackAddress(Object.values(HLR_PORTS))),
    folder ?? temporaryFolder('hlr'),
  );
  await hlr.start();
  return hlr;
}
