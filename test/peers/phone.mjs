// keepline-phone as a peer: an eUICC with a small LPA that lives in a folder of its own. Each call is one process; its program stands
// beside the server's. What the phone says is JSON; a download that ends otherwise than installed or cancelled is a PhoneFailure,
// which carries the status codes of the SM-DP+ when it was the SM-DP+ that refused.
//
//   const phone = await newPhone({ pki: folder, eid });
//   const done = await phone.download('LPA:1$localhost:8443$K2-ABCD');          // { iccid, installed, transaction_id, … }
//   await phone.enable(done.iccid);                                             // and tells the server at once
//   const failure = await phone.fails(phone.download(code, { misbehave: ['bad-signature-1'] }));
//   failure.said                                                                // "authenticateClient 8.1/6.1"

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from './child.mjs';
import { keeplineBinary } from './keepline.mjs';

const CALL_LIMIT_MS = 60_000;

export const phoneBinary = () => path.join(path.dirname(keeplineBinary()), 'keepline-phone');

export class PhoneFailure extends Error {
  constructor(args, error) {
    super(`keepline-phone ${args.join(' ')}: ${error.words}`);
    Object.assign(this, { code: error.code, facts: error, words: error.words });
  }

  /** What the SM-DP+ answered: the function, and subject/reason or the HTTP status. */
  get said() {
    const { function: name, subject_code: subject, reason_code: reason, http_status: http } = this.facts;
    return subject ? `${name} ${subject}/${reason}` : http ? `${name} HTTP ${http}` : undefined;
  }
}

/** The phone of a program from before takes its activation code where everybody can read it. */
const onArgv = (code) => (process.env.ABUSE_OLD_SOURCE ? [code] : []);

export class Phone {
  constructor(home, eid, options = {}) {
    Object.assign(this, { home, eid, options });
  }

  /** Runs one command: its JSON, or what it printed. `misbehave`, `connectTo`, `server`: as the program's own options. */
  async run(args, { misbehave = [], connectTo, server, confirmationCode, activationCode } = {}) {
    const { connectTo: usualPlace, server: usualServer } = this.options;
    const all = [
      '--home', this.home, '--json', ...misbehave.flatMap((one) => ['--misbehave', one]),
      ...(connectTo ?? usualPlace ? ['--connect-to', connectTo ?? usualPlace] : []), ...(server ?? usualServer ? ['--server', server ?? usualServer] : []), ...args,
    ];
    const { stdout, stderr, code } = await new Promise((resolve, reject) => {
      const env = { ...process.env, ...(confirmationCode && { KEEPLINE_CONFIRMATION_CODE: confirmationCode }), ...(activationCode && { KEEPLINE_ACTIVATION_CODE: activationCode }) };
      execFile(phoneBinary(), all, { env, timeout: CALL_LIMIT_MS, killSignal: 'SIGKILL', maxBuffer: 1 << 24 }, (error, out, err) => {
        if (error && typeof error.code !== 'number') reject(new Error(`keepline-phone ${args.join(' ')} ended with ${error.signal ?? error.code}\n${out}\n${err}`));
        else resolve({ stdout: out, stderr: err, code: error?.code ?? 0 });
      });
    });
    let said;
    try {
      said = JSON.parse(stdout);
    } catch {
      said = stdout.trim();
    }
    if (said?.error) throw new PhoneFailure(args, said.error);
    if (code !== 0 && said?.installed === undefined) throw new Error(`keepline-phone ${args.join(' ')} → ${code}\n${stdout}\n${stderr}`);
    return said;
  }

  /** Downloads with an activation code: { iccid, installed, bpp_command, error_reason, transaction_id, rebound, … }. */
  download(code, { confirmationCode, deliver = true, omitMatchingId = false, ...how } = {}) {
    return this.run([
      'download', ...onArgv(code), ...(deliver ? [] : ['--no-send']),
      ...(omitMatchingId ? ['--omit-matching-id'] : []),
    ], { ...how, confirmationCode, activationCode: code });
  }

  /** Begins a download and cancels it; `at`: authenticated, metadata, prepared or package. */
  cancel(code, { reason = 'end-user-rejection', at = 'metadata', confirmationCode, ...how } = {}) {
    return this.run(['cancel', ...onArgv(code), '--reason', reason, '--at', at], { ...how, confirmationCode, activationCode: code });
  }

  /** Asks the default SM-DP+. */
  async discover(address, how) {
    await this.run(['set-smdp', address]);
    return this.run(['discover'], how);
  }

  #local(what, profile, { send = true, ...how } = {}) { return this.run([what, profile, ...(send ? ['--send'] : [])], how); }
  enable(profile, how) { return this.#local('enable', profile, how); }
  disable(profile, how) { return this.#local('disable', profile, how); }
  delete(profile, how) { return this.#local('delete', profile, how); }

  profiles() { return this.run(['list']); }
  info() { return this.run(['info']); }
  notifications() { return this.run(['notifications', 'list']); }
  /** Delivers all that waits, or one; how many the server took. */
  async send({ sequence, keep = false, ...how } = {}) {
    return (await this.run(['notifications', 'send', ...(sequence ? [String(sequence)] : []), ...(keep ? ['--keep'] : [])], how)).sent;
  }
  /** One as it would be sent (PendingNotification). */
  async export(sequence) { return Buffer.from(await this.run(['notifications', 'export', String(sequence)]), 'base64'); }

  /** The PhoneFailure that this call ends with. */
  async fails(call) {
    const outcome = await call.then((value) => ({ value }), (error) => ({ error }));
    if (outcome.value !== undefined) assert.fail(`expected the phone to fail, it said ${JSON.stringify(outcome.value)}`);
    if (!(outcome.error instanceof PhoneFailure)) throw outcome.error;
    return outcome.error;
  }
}

/**
 * A new phone. `pki`: what `keepline pki make` wrote, with `eid`; or one card's folder of it. `files`: { euicc, euiccKey, eum, ci } instead.
 * `tlsRoots`: more roots for HTTPS. `init`: more arguments. `connectTo`, `server`: for all of its calls.
 */
export async function newPhone({ pki, eid, files = {}, tlsRoots = [], init = [], home = path.join(temporaryFolder('phone'), 'phone'), connectTo, server } = {}) {
  if (!existsSync(phoneBinary())) throw new Error(`no keepline-phone at ${phoneBinary()}: build it beside keepline`);
  const phone = new Phone(home, eid);
  const named = { euicc: '--euicc', euiccKey: '--euicc-key', eum: '--eum', ci: '--ci' };
  const made = await phone.run([
    'init', ...(pki ? ['--pki', pki] : []), ...(eid ? ['--eid', eid] : []), ...Object.entries(files).flatMap(([name, file]) => [named[name], file]),
    ...tlsRoots.flatMap((file) => ['--tls-ca', file]), ...init,
  ]);
  return new Phone(home, made.eid, { connectTo, server });
}
