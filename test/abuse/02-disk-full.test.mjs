// Item 2 of issue 7: a full disk. One process writes until a small file system is full, as any client may, or another program
// on the machine. On 4b5af17 the first command that does not fit aborts the server; the restart says `ready: true`, and the
// next write aborts it again. Now it is refused with 503 and Retry-After, the server is unready and answers reads, and takes
// commands again by itself when there is room. Nothing that was acknowledged is lost at any point.
//
// Needs root: it mounts tmpfs.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { newLine, newSubscriber } from '../e2e/people.mjs';
import { startWorld } from '../e2e/world.mjs';
import { temporaryFolder } from '../peers/child.mjs';
import { until } from '../peers/wait.mjs';

const DISK_BYTES = 12 << 20;
const LEFT_BYTES = 700 << 10;
const READY_MS = 20_000;

const free = (disk) => { const { bavail, bsize } = statfsSync(disk); return bavail * bsize; };

/** What another program on the machine does to the disk. */
class Filler {
  constructor(disk) { Object.assign(this, { disk, file: path.join(disk, 'somebody-elses.log') }); }
  fill(leave) { writeFileSync(this.file, Buffer.alloc(Math.max(0, free(this.disk) - leave))); }
  remove() { rmSync(this.file, { force: true }); }
}

describe('a disk without room', { skip: process.getuid() !== 0 && 'it mounts a small file system, which needs root' }, () => {
  let disk;
  let world;
  const isUp = async () => (await fetch(`${world.keepline.url}/healthz`).catch(() => null))?.status === 200;
  const standsBy = () => world.keepline.log.includes('the server waits for it');
  let filler;
  const acknowledged = [];

  const metric = async (name) => {
    const text = (await world.admin.get('/metrics')).body;
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  };
  const importOne = async () => {
    const subscriber = newSubscriber();
    const line = newLine();
    const answer = await world.keepline.api('POST', '/v1/lines/import', { token: world.system.token, idempotencyKey: subscriber.id, body: { subscriber, line } });
    if (answer.status === 201) acknowledged.push({ id: answer.body.id, number: line.number });
    return answer;
  };
  /** Imports until one is refused, and returns that answer. */
  const importUntilRefused = async () => {
    for (let n = 0; n < 20_000; ++n) {
      const answer = await importOne();
      if (answer.status !== 201) return answer;
    }
    throw new Error('the disk did not fill');
  };
  const everyAcknowledgedLineIsThere = async () => {
    for (const { id, number } of acknowledged) assert.equal((await world.system.get(`/v1/lines/${id}`)).body.number, number);
  };

  before(async () => {
    disk = temporaryFolder('small-disk');
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES},mode=0700`, 'tmpfs', disk]);
    filler = new Filler(disk);
    world = await startWorld({ peers: [], config: { data_dir: path.join(disk, 'data') } });
  }, { timeout: 180_000 });
  after(async () => {
    filler?.remove();
    try {
      await world?.stop();
    } finally {
      if (disk) execFileSync('umount', ['-l', disk]);
    }
  });

  test('free space is shown before it is gone', async () => {
    assert.ok(await metric('keepline_store_free_bytes') > 0);
    assert.ok(await metric('keepline_store_reserve_bytes') > 0);
    assert.equal(await metric('keepline_store_has_room'), 1);
  });

  test('a command that does not fit is refused, and says when to come again', async () => {
    for (let n = 0; n < 5; ++n) assert.equal((await importOne()).status, 201);
    filler.fill(LEFT_BYTES);
    const refusal = await importUntilRefused();
    assert.equal(refusal.status, 503);
    assert.equal(refusal.body.code, 'storage-full');
    assert.ok(Number(refusal.headers.get('retry-after')) >= 1);
    assert.ok(world.keepline.alive, 'the process lives');
  });

  test('meanwhile it is unready, says so in the metrics, and answers reads', async () => {
    await until(async () => !(await world.keepline.ready()), { what: 'the server to be unready', timeoutMs: READY_MS });
    assert.equal((await fetch(`${world.keepline.url}/healthz`)).status, 200);
    assert.equal(await metric('keepline_store_has_room'), 0);
    await everyAcknowledgedLineIsThere();
    assert.equal((await importOne()).status, 503);
  });

  test('after kill -9 on the full disk it comes up unready, not to die at the next write', async () => {
    await world.keepline.kill9();
    await world.keepline.start({ wait: false });
    await until(async () => (await isUp()) || standsBy(), { what: 'the server to be up, or to wait', timeoutMs: READY_MS });
    assert.ok(world.keepline.alive);
    if (standsBy()) return;  // what it kept back was spent when it was killed
    assert.equal(await world.keepline.ready(), false);
    assert.equal((await importOne()).status, 503);
    await everyAcknowledgedLineIsThere();
  });

  // On 0b32147 the process ended ("database or disk is full"), and whoever started it had to come again.
  test('nor does it end where another program took the reserve, too: it stands by', async () => {
    await world.keepline.kill9();
    const more = new Filler(disk);
    more.file += '.2';
    more.fill(0);
    await world.keepline.start({ wait: false });
    await until(standsBy, { what: 'the server to wait', timeoutMs: READY_MS });
    assert.ok(world.keepline.alive);
    more.remove();
    assert.ok(!(await world.keepline.ready()), 'there is room for the reserve at most');
  });

  test('when there is room again it takes commands again, by itself', async () => {
    filler.remove();
    await until(() => world.keepline.ready(), { what: 'the server to be ready', timeoutMs: READY_MS });
    assert.equal((await importOne()).status, 201);
    assert.equal(await metric('keepline_store_has_room'), 1);
    await until(async () => await metric('keepline_store_reserve_bytes') > 0, { what: 'the reserve to be kept back', timeoutMs: READY_MS });
  });

  test('nothing that was acknowledged is lost, and the journal verifies', async () => {
    await everyAcknowledgedLineIsThere();
    await world.keepline.restart();
    await everyAcknowledgedLineIsThere();
    await world.mustCli(['verify']);
  });
});
