// ./dev itself, as far as it can be looked at without building: what it says where cmake's own words would help nobody.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../peers/child.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A function of ./dev, run in a clone that has this and no more. */
function inClone(madeIn, call) {
  const clone = temporaryFolder('clone');
  copyFileSync(path.join(ROOT, 'dev'), path.join(clone, 'dev'));
  if (madeIn !== undefined) {
    mkdirSync(path.join(clone, 'build/dev'), { recursive: true });
    writeFileSync(path.join(clone, 'build/dev/CMakeCache.txt'), `CMAKE_HOME_DIRECTORY:INTERNAL=${madeIn === 'here' ? clone : madeIn}\n`);
  }
  const { status, stderr } = spawnSync('bash', ['-c', `set -- help; . ./dev >/dev/null; ${call}`], { cwd: clone, encoding: 'utf8' });
  return { status, stderr, clone };
}

test('a clone that was moved after a build is told what to do, and one that was not goes on', () => {
  const moved = inClone('/where/it/was', 'not_moved dev');
  assert.equal(moved.status, 1);
  assert.match(moved.stderr, /this clone was at \/where\/it\/was when build\/dev was made/);
  assert.match(moved.stderr, /rm -r build\/dev/);
  assert.ok(moved.stderr.includes(moved.clone), 'it says where it is now');
  assert.equal(inClone('here', 'not_moved dev').status, 0);
  assert.equal(inClone(undefined, 'not_moved dev').status, 0, 'nothing was built yet');
});
