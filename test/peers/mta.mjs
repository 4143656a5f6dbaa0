// A real OpenSMTPD as the customers' mail server: accepts mail for every domain on 127.0.0.1 and puts each
// recipient's copy into a Maildir of its own below a temporary folder, where it is read back parsed.
//
// OpenSMTPD insists on /var/spool/smtpd and /var/run/smtpd.sock. Each instance therefore runs in a mount
// namespace of its own, with both places bound to its folder (and in a PID namespace, so that its seven processes
// end together). That needs root; for everybody else there is a stand-in (stand-in-mta.mjs), and `what` says which of the two it is.
// The queue survives stop() and start().
//
// Plaintext only: Debian 12's OpenSMTPD 6.8.0p2 cannot do TLS with its OpenSSL 3 (OpenSMTPD issue #1239: every
// handshake ends in alert 80), and it wants TLS for AUTH.

import { chmodSync, chownSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child, temporaryFolder } from './child.mjs';
import { onceEach, readMail } from './mail.mjs';
import { accepts, freePort, waitForEffects, within } from './wait.mjs';

const MAIL_USER = 65534; // nobody, nogroup: who owns the delivered mail
// Where smtpd sees the mail folder: its own path may lead through folders that nobody may enter (/root, a home).
const SEEN_AT = '/var/spool/delivered';

const configuration = (port) => `table users { "keep" = "${MAIL_USER}:${MAIL_USER}:${SEEN_AT}" }
table everybody { "@" = "keep" }
listen on 127.0.0.1 port ${port}
action "keep" maildir "${SEEN_AT}/%{rcpt}" userbase <users> virtual <everybody>
match from any for any action "keep"
`;

export class Mta {
  #child = null;
  #parsed = new Map(); // file → message

  constructor(folder, port, real = process.getuid() === 0) {
    Object.assign(this, { folder, port, address: '127.0.0.1' });
    this.mail = path.join(folder, 'mail');
    this.real = real;
    this.what = this.real ? 'OpenSMTPD' : 'a stand-in for OpenSMTPD, which needs root';
  }

  get log() { return this.#child?.log ?? ''; }

  async start() {
    if (this.#child?.alive) throw new Error('smtpd is running');
    if (!this.real) return void (await this.#startStandIn());
    chmodSync(this.folder, 0o755);
    for (const name of ['run', 'spool/delivered', 'mail']) mkdirSync(path.join(this.folder, name), { recursive: true });
    chownSync(this.mail, MAIL_USER, MAIL_USER);
    writeFileSync(path.join(this.folder, 'smtpd.conf'), configuration(this.port));
    const privately = 'mount --bind "$0/run" /run && mount --bind "$0/spool" /var/spool && ' +
      `mount --bind "$0/mail" ${SEEN_AT} && exec smtpd -d -f "$0/smtpd.conf"`;
    this.#child = new Child('unshare', [
      '--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private', 'sh', '-c', privately, this.folder,
    ]);
    await this.#child.ready(() => accepts(this.port));
  }

  async #startStandIn() {
    mkdirSync(this.mail, { recursive: true });
    this.#child = new Child(process.execPath, [fileURLToPath(new URL('stand-in-mta.mjs', import.meta.url)), String(this.port), this.mail]);
    await this.#child.ready(() => accepts(this.port));
  }

  async stop() { await this.#end('SIGTERM'); }
  async kill9() { await this.#end('SIGKILL'); }

  async restart() {
    await this.stop();
    await this.start();
  }

  /** Every delivered copy as it was found (OpenSMTPD delivers in any order): { recipient, messageId, subject, from, text, html, headers, file }. */
  async messages() {
    for (const recipient of readdirSync(this.mail)) {
      const folder = path.join(this.mail, recipient, 'new');
      for (const name of listIfThere(folder)) {
        const file = path.join(folder, name);
        if (!this.#parsed.has(file)) this.#parsed.set(file, { recipient, file, ...(await readMail(readFileSync(file))) });
      }
    }
    return [...this.#parsed.values()];
  }

  /** What a reader who drops repeats sees: one message per recipient and Message-ID. */
  async effects() { return onceEach(await this.messages()); }
  async rawCount() { return (await this.messages()).length; }

  /** Message-ID → number of delivered copies. */
  async countByMessageId() {
    const counts = new Map();
    for (const { messageId } of await this.messages()) counts.set(messageId, (counts.get(messageId) ?? 0) + 1);
    return counts;
  }

  /** Waits for effects that fit, e.g. waitFor({ recipient: 'li@customer.example', subject: /closed/ }). */
  waitFor(pattern, limits) { return waitForEffects(this, pattern, limits); }

  /** Signals smtpd itself: unshare, its parent, ignores SIGTERM, and reaps it before it ends. */
  async #end(signal) {
    if (!this.#child?.alive) return;
    if (!this.real) return void (await this.#child.stop(signal));
    const inner = readFileSync(`/proc/${this.#child.pid}/task/${this.#child.pid}/children`, 'utf8').trim();
    if (!inner) return void (await this.#child.stop('SIGKILL'));
    process.kill(Number(inner), signal);
    await within(this.#child.exited, 10000, `smtpd to end on ${signal}`);
  }
}

function listIfThere(folder) {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Starts a mail server; `folder` continues an earlier queue and its mail. real: false takes the stand-in. */
export async function startMta({ folder, port, real } = {}) {
  if (folder) mkdirSync(folder, { recursive: true });
  const mta = new Mta(folder ?? temporaryFolder('mta'), port ?? (await freePort()), real);
  await mta.start();
  return mta;
}
