// Child processes and temporary folders that never outlive the test.
//
// Every child is started through `setpriv --pdeathsig KILL`, so the kernel ends it when this process dies for
// whatever reason, kill -9 included; temporary folders are removed when this process exits in order. Set
// KEEPLINE_KEEP_TEMP=1 to look at what a failed test left behind.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { within } from './wait.mjs';

const LOG_LIMIT_CHARACTERS = 256 * 1024;
/** Under sanitizers on a machine that does much else, a server takes a fifth of this to start. */
export const START_MS = 60_000;

const running = new Set();
const folders = new Set();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  if (process.env.KEEPLINE_KEEP_TEMP) return;
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 });
});
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143], ['SIGHUP', 129]]) {
  process.once(signal, () => process.exit(code));
}

export class Child {
  #process;
  #log = '';
  #ended = null;

  /** `onLine(line)` sees stdout and stderr; with `onOutput(line)` stdout goes there alone. `input`: `write` may be called. */
  constructor(command, args, { cwd, env, onLine, onOutput, input = false } = {}) {
    this.name = path.basename(command);
    this.#process = spawn('setpriv', ['--pdeathsig', 'KILL', command, ...args], {
      cwd, env: env ?? process.env, stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    });
    running.add(this.#process);
    this.#process.unref();
    this.#process.stdin?.unref();
    this.#process.stdin?.on('error', () => {}); // it has ended: `exited` says how
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      const told = stream === this.#process.stdout && onOutput ? onOutput : onLine;
      let rest = '';
      stream.unref();
      stream.setEncoding('utf8').on('data', (text) => {
        this.#log = (this.#log + text).slice(-LOG_LIMIT_CHARACTERS);
        if (!told) return;
        const lines = (rest + text).split('\n');
        rest = lines.pop();
        lines.forEach((line) => told(line));
      });
    }
    /** Settles once, with how the child ended. */
    this.exited = new Promise((resolve) => {
      const end = (how) => {
        running.delete(this.#process);
        this.#ended ??= how;
        resolve(this.#ended);
      };
      this.#process.once('error', (error) => end({ code: null, signal: null, error }));
      this.#process.once('close', (code, signal) => end({ code, signal }));
    });
  }

  get pid() { return this.#process.pid; }
  get alive() { return this.#ended === null; }
  /** The last part of what the child wrote to stdout and stderr. */
  get log() { return this.#log; }

  write(text) {
    if (this.alive) this.#process.stdin.write(text);
  }

  signal(name) {
    if (this.alive) this.#process.kill(name);
  }

  /** Signals the child and waits for its end; after `timeoutMs` it is killed and an Error says so. */
  async stop(signal = 'SIGTERM', timeoutMs = 60_000) {
    this.signal(signal);
    try {
      return await within(this.exited, timeoutMs, `${this.name} to end on ${signal}`);
    } catch (error) {
      this.signal('SIGKILL');
      await within(this.exited, 5000, `${this.name} to end on SIGKILL`);
      throw error;
    }
  }

  /** Polls `check` until true; an early end of the child is an Error that carries its log. */
  async ready(check, timeoutMs = START_MS) {
    const deadline = Date.now() + timeoutMs;
    while (!(await check())) {
      if (!this.alive) {
        throw new Error(`${this.name} ended early (${JSON.stringify(this.#ended)}):\n${this.#log.slice(-4000)}`);
      }
      if (Date.now() >= deadline) {
        this.signal('SIGKILL');
        throw new Error(`${this.name} was not ready after ${timeoutMs} ms:\n${this.#log.slice(-4000)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}

/** A new folder below the system's temporary folder, removed at exit. */
export function temporaryFolder(purpose) {
  return removedAtExit(mkdtempSync(path.join(os.tmpdir(), `keepline-${purpose}-`)));
}

/** The same for a folder whose name somebody else chose. */
export function removedAtExit(folder) {
  folders.add(folder);
  return folder;
}
