// A real OpenSMTPD as the customers' mail server: accepts mail for every domain on 127.0.0.1 and puts each
// recipient's copy into a Maildir of its own below a temporary folder, where it is read back parsed.
//
// OpenSMTPD insists on root, on /var/spool/smtpd and on /var/run/smtpd.sock. Each instance therefore runs in mount and PID
// namespaces of its own, with both places bound to its folder (and its seven processes end together), in one of three ways:
//
//   root       as on a mail server, with its own users. For real root only.
//   namespace  for everybody: in a user namespace, where the caller is root and nobody else exists. OpenSMTPD's users are 0 there (passwd
//              and group of its own), fakeroot answers its setgroups, which the kernel forbids, and mail.maildir, which refuses root, is
//              not root in a further namespace. All that is on the disk belongs to the caller.
//   stand-in   where the kernel gives neither (a container without rights, a hardened machine): stand-in-mta.mjs.
//
// `what` says in words which it is. The queue survives stop() and start().
//
// Plaintext only: Debian 12's OpenSMTPD 6.8.0p2 cannot do TLS with its OpenSSL 3 (OpenSMTPD issue #1239: every
// handshake ends in alert 80), and it wants TLS for AUTH.

import { spawnSync } from 'node:child_process';
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

// In the namespaces: the places are bound. $0 is the mta's folder.
const BOUND = `mount --bind "$0/run" /run && mount --bind "$0/spool" /var/spool && mount --bind "$0/mail" ${SEEN_AT}`;
const SMTPD = 'PATH=$PATH:/usr/sbin exec smtpd -d -f "$0/smtpd.conf"'; // people have no /usr/sbin in PATH
const MAILDIR = '/usr/libexec/opensmtpd/mail.maildir';

const WAYS = {
  root: {
    what: 'OpenSMTPD',
    unshare: ['--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private'],
    probe: `mount --bind /etc/passwd /etc/passwd && exec setpriv --reuid ${MAIL_USER} --regid ${MAIL_USER} --clear-groups true`,
    command: `${BOUND} && ${SMTPD}`,
  },
  namespace: {
    what: 'OpenSMTPD in a user namespace',
    unshare: ['--user', '--map-root-user', '--mount', '--pid', '--ipc', '--fork', '--kill-child'],
    probe: `mount --bind /etc/passwd /etc/passwd && key=$(faked-sysv) && exec unshare --user --map-user=${MAIL_USER} true`,
    command: `sed 's/^\\(opensmtp[dq]:[^:]*\\):[0-9]*:[0-9]*:/\\1:0:0:/' /etc/passwd >"$0/passwd" &&
      sed 's/^\\(opensmtp[dq]:[^:]*\\):[0-9]*:/\\1:0:/' /etc/group >"$0/group" &&
      cp ${MAILDIR} "$0/maildir" &&
      printf '#!/bin/sh\\nexec /usr/bin/unshare --user --map-user=${MAIL_USER} ${SEEN_AT}-maildir "$@"\\n' >"$0/as-nobody" && chmod 755 "$0/as-nobody" &&
      : >"$0/spool/delivered-maildir" && ${BOUND} && mount --bind "$0/maildir" ${SEEN_AT}-maildir &&
      mount --bind "$0/as-nobody" ${MAILDIR} && mount --bind "$0/passwd" /etc/passwd && mount --bind "$0/group" /etc/group &&
      key=$(faked-sysv) && export FAKEROOTKEY="\${key%%:*}" LD_PRELOAD="$(echo /usr/lib/*/libfakeroot/libfakeroot-sysv.so)" && ${SMTPD}`,
  },
};

/** Why OpenSMTPD cannot run in this way here, in the machine's words; undefined: it can. */
export function whyNot(way) {
  if (way === 'root' && process.getuid() !== 0) return 'it needs root';
  const { status, stderr, error } = spawnSync('unshare', [...WAYS[way].unshare, 'sh', '-c', WAYS[way].probe], { encoding: 'utf8' });
  if (status === 0) return undefined;
  return (stderr?.trim().split('\n')[0] || error?.message) ?? `unshare ended with ${status}`;
}

/** The best way that there is here: { way }, and `why` it is only the stand-in. */
export function wayOfOpenSmtpd() {
  for (const way of ['root', 'namespace']) if (!whyNot(way)) return { way };
  return { way: 'stand-in', why: whyNot('namespace') };
}
let found; // by the first that asks

export class Mta {
  #child = null;
  #parsed = new Map(); // file → message

  constructor(folder, port, way) {
    Object.assign(this, { folder, port, address: '127.0.0.1' });
    this.mail = path.join(folder, 'mail');
    const { way: own, why } = way ? { way } : (found ??= wayOfOpenSmtpd());
    this.way = own;
    this.what = WAYS[own]?.what ?? `a stand-in for OpenSMTPD, which needs root or a user namespace${why ? ` (${why})` : ''}`;
  }

  get log() { return this.#child?.log ?? ''; }

  async start() {
    if (this.#child?.alive) throw new Error('smtpd is running');
    if (this.way === 'stand-in') return void (await this.#startStandIn());
    chmodSync(this.folder, 0o755);
    for (const name of ['run', 'spool/delivered', 'mail']) mkdirSync(path.join(this.folder, name), { recursive: true });
    if (this.way === 'root') chownSync(this.mail, MAIL_USER, MAIL_USER);
    writeFileSync(path.join(this.folder, 'smtpd.conf'), configuration(this.port));
    this.#child = new Child('unshare', [...WAYS[this.way].unshare, 'sh', '-c', WAYS[this.way].command, this.folder]);
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
    if (this.way === 'stand-in') return void (await this.#child.stop(signal));
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

/** Starts a mail server; `folder` continues an earlier queue and its mail. `way` (root, namespace, stand-in) is otherwise found out. */
export async function startMta({ folder, port, way } = {}) {
  if (folder) mkdirSync(folder, { recursive: true });
  const mta = new Mta(folder ?? temporaryFolder('mta'), port ?? (await freePort()), way);
  await mta.start();
  return mta;
}

/** In words, which mail server the tests and the demo have here. */
export const mailServerHere = () => new Mta('', 0).what;

// node mta.mjs: says it.
if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(mailServerHere());
