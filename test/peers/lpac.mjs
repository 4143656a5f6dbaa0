// lpac, a real third-party LPA (SGP.22 v2.2.2), run from the unpacked Debian sid root that tools/sid-root prepares. Each
// command of it is one process.
//
//   const reader = await startReader();                       // reader.mjs
//   const phone = new Child(keeplinePhone, ['--home', home, 'vpcd', '--connect', `127.0.0.1:${reader.slots[0].port}`]);
//   await reader.slots[0].inserted();
//   const done = await lpac(['profile', 'download', '-a', code], { reader: reader.slots[0] });
//   done.ok, done.message, done.data, done.progress
//
// The way to the card is PC/SC and a virtual reader (`reader`). The other way that lpac names, LPAC_APDU=stdio, cannot work in
// 2.3.0: it takes the "true" with which its own json_print reports success for a failure, and gives up before it reads the first
// answer (a test shows it; when that test fails, a newer lpac can do it). To the server it goes by itself through its libcurl,
// which does *not* verify TLS (that is lpac's way), or through `http`, a function of the test's own that sees each request.
//
// lpac's lines on stdout: {"type":"progress","payload":{"code","message","data"}} while it works, one {"type":"lpa","payload":{"code",
// "message","data"}} at the end; with `http` {"type":"http","payload":{"url","tx","headers"}}, to be answered by {"type":"http",
// "payload":{"rcode","rx"}}, bodies in hex. APDUs carry at most 120 bytes unless LPAC_CUSTOM_ES10X_MSS says otherwise.

import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Child } from './child.mjs';
import { within } from './wait.mjs';

const PREPARE = fileURLToPath(new URL('../../tools/sid-root', import.meta.url));

let prepared = null;

/** The folder that tools/sid-root prepares (a few milliseconds when it is there); an Error says why it cannot be had. */
export function sidRoot() {
  if (prepared) return prepared;
  const run = spawnSync(PREPARE, { encoding: 'utf8', timeout: 600_000 });
  if (run.status !== 0) throw new Error(`tools/sid-root failed (${run.status ?? run.error}):\n${run.stderr}`);
  prepared = run.stdout.trim().split('\n').at(-1);
  return prepared;
}

export const program = (name) => path.join(sidRoot(), 'bin', name);

/**
 * Runs one lpac command to its end: { ok, code, message, data, progress, requests, log }. An Error if it says nothing in the end,
 * or takes longer than `timeoutMs`. `http({ url, headers, body })` answers { status, body }.
 */
export async function lpac(args, { reader, http, env = {}, timeoutMs = 60_000 } = {}) {
  const progress = [];
  const requests = [];
  let last = null;
  let child = null;
  const answer = async ({ url, tx, headers }) => {
    const request = { url, headers: headers ?? [], body: Buffer.from(tx ?? '', 'hex').toString() };
    requests.push(request);
    const { status = 500, body = '' } = await Promise.resolve(http(request)).catch(() => ({}));
    child.write(`${JSON.stringify({ type: 'http', payload: { rcode: status, rx: Buffer.from(body).toString('hex') } })}\n`);
  };
  const hear = (text) => {
    let said;
    try {
      said = JSON.parse(text);
    } catch {
      return; // it is in the child's log
    }
    if (said.type === 'http' && http) answer(said.payload);
    else if (said.type === 'progress') progress.push(said.payload);
    else last = said;
  };
  child = new Child(program('lpac'), args, {
    input: true,
    onOutput: hear,
    env: { ...process.env, LPAC_APDU: 'stdio', LPAC_HTTP: http ? 'stdio' : 'curl', ...reader?.env, ...env },
  });
  const what = `lpac ${args.slice(0, 2).join(' ')}`;
  try {
    await within(child.exited, timeoutMs, what);
  } catch (error) {
    await child.stop('SIGKILL');
    throw new Error(`${error.message}\n${child.log.slice(-2000)}`);
  }
  if (!last) throw new Error(`${what} ended (${JSON.stringify(await child.exited)}) without a result:\n${child.log.slice(-2000)}`);
  // "lpa" results carry a code; others ("driver") are the data themselves.
  const { code = 0, message = 'success', data = last.payload } = last.payload;
  return { ok: code === 0, code, message, data, progress, requests, log: child.log };
}
