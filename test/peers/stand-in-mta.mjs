// A mail server for machines where OpenSMTPD cannot run, because the kernel gives no namespaces (see mta.mjs): npm smtp-server, delivering in the
// same form. A copy is on the disk before it is acknowledged, so kill -9 loses nothing.
//
//   node stand-in-mta.mjs PORT FOLDER      FOLDER/<recipient>/new/<name>, one file for each recipient's copy

import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SMTPServer } from 'smtp-server';

const [port, folder] = process.argv.slice(2);

function deliver(recipient, mail) {
  if (!/^[^/\0]{1,200}$/.test(recipient) || recipient.startsWith('.')) throw new Error('no such mailbox');
  const box = path.join(folder, recipient);
  for (const name of ['tmp', 'new']) mkdirSync(path.join(box, name), { recursive: true });
  const name = `${Date.now()}.${randomUUID()}`;
  writeFileSync(path.join(box, 'tmp', name), mail);
  renameSync(path.join(box, 'tmp', name), path.join(box, 'new', name));
}

const server = new SMTPServer({
  hideSTARTTLS: true, authOptional: true, disabledCommands: ['AUTH', 'STARTTLS'], logger: false, disableReverseLookup: true,
  onData(stream, { envelope }, done) {
    const pieces = [];
    stream.on('data', (piece) => pieces.push(piece)).once('end', () => {
      try {
        for (const { address } of envelope.rcptTo) deliver(address, Buffer.concat(pieces));
        done();
      } catch (error) {
        done(error);
      }
    });
  },
});
server.listen(Number(port), '127.0.0.1');
process.once('SIGTERM', () => server.close(() => process.exit(0)));
