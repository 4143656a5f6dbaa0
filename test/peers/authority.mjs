// A certificate authority for one test, by the openssl program: a root and what it signs, P-256, for a day or two, as files in
// a folder that goes with the test.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from './child.mjs';

const DAYS = 2;
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export class Authority {
  constructor() {
    this.folder = temporaryFolder('authority');
    this.ca = this.#file('ca.pem');
    this.#openssl('req', '-x509', ...NEW_KEY, '-days', String(DAYS), '-subj', '/CN=ca', '-keyout', 'ca.key', '-out', 'ca.pem');
  }

  /** { cert, key, ca } as file names. `names`: "DNS:…", "IP:…"; days: -1 makes one that has expired. */
  issue(name, { names = ['IP:127.0.0.1'], days = DAYS } = {}) {
    writeFileSync(this.#file(`${name}.ext`), `subjectAltName=${names.join(',')}`);
    this.#openssl('req', ...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    this.#openssl('x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial',
      '-days', String(days), '-extfile', `${name}.ext`, '-out', `${name}.pem`);
    return { cert: this.#file(`${name}.pem`), key: this.#file(`${name}.key`), ca: this.ca };
  }

  #file(name) { return path.join(this.folder, name); }
  #openssl(...args) { execFileSync('openssl', args, { cwd: this.folder, stdio: 'ignore' }); }
}
