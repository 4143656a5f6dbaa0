// ./dev demo as a newcomer runs it, but with the program under test and in a folder of its own: it ends well, its call was heard, and it says how one calls.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';

import { LEAST } from '../demo/call.mjs';
import { ROOT, run } from '../e2e/world.mjs';
import { measure, readWav } from '../hotline/recording.mjs';
import { temporaryFolder } from '../peers/child.mjs';
import { keeplineBinary } from '../peers/keepline.mjs';
import { freePort } from '../peers/wait.mjs';

const LIMIT_MS = 20 * 60_000; // the hotline's voice takes minutes where it was never made, under sanitizers
const folder = temporaryFolder('demo');
const demo = (...args) => run(process.execPath, [path.join(ROOT, 'test/demo/demo.mjs'), ...args],
  { env: { ...process.env, KEEPLINE_BIN: keeplineBinary(), KEEPLINE_DEMO_FOLDER: folder, KEEPLINE_DEMO_PORT: demo.port }, timeoutMs: LIMIT_MS });
after(() => demo('stop'), { timeout: 120_000 });

test('the demo closes lines, plays a call that can be heard, and says how to call', { timeout: LIMIT_MS }, async () => {
  demo.port = String(await freePort());
  const { code, stdout, stderr } = await demo();
  assert.equal(code, 0, `${stdout.slice(-3000)}\n${stderr}`);
  const wav = path.join(folder, 'call.wav');
  assert.ok(existsSync(wav) && stdout.includes(wav), 'where the recording is, is said');
  const { seconds, loudSeconds } = measure(readWav(readFileSync(wav)));
  assert.ok(seconds > LEAST.seconds, `${seconds} s`);
  assert.ok(loudSeconds > LEAST.loudSeconds, `${loudSeconds} s of a voice`);
  assert.match(stdout, /call sip:hotline@127\.0\.0\.1:\d+ with a softphone/);
});
