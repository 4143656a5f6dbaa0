// Item 31 (the lock): a second server on the same store under another name. Seen to succeed on 4b5af17: `store.path` as a
// symbolic link in another folder took another folder's lock, and two servers wrote one journal.

import assert from 'node:assert/strict';
import { linkSync, mkdirSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { temporaryFolder } from '../peers/child.mjs';
import { prepareKeepline } from '../peers/keepline.mjs';
import { until } from '../peers/wait.mjs';
import { policyFolder, ROOT, startWorld } from '../e2e/world.mjs';

let world;
before(async () => { world = await startWorld({ peers: [] }); });
after(() => world?.stop());

/** A server of its own in everything but the store and its keys: 'ready', or its last words. */
async function secondServer(link) {
  const folder = temporaryFolder('second');
  const store = path.join(folder, 'elsewhere', 'keepline.db');
  mkdirSync(path.dirname(store));
  link(path.join(world.folder, 'data/keepline.db'), store);
  const keys = path.join(world.folder, 'data/keys');
  const second = await prepareKeepline({
    folder, openapi: null,
    config: {
      store: { path: store }, policies: { dir: policyFolder() }, calendars: { dir: path.join(ROOT, 'calendars') },
      keys: { master_key_file: `${keys}/master.key`, signing_key_file: `${keys}/signing.pem`, secret_file: `${keys}/secret.key`, subscriber_keys_file: `${keys}/subscribers.sqlite` },
    },
  });
  await second.start({ wait: false });
  const how = await Promise.race([second.exited.then(() => 'ended'), until(() => second.ready(), { what: 'ready', timeoutMs: 60_000 }).then(() => 'ready', () => 'silent')]);
  const words = second.log;
  await second.kill9();
  return how === 'ended' ? words : how;
}

describe('a second server on the same store', () => {
  test('does not start under a symbolic link', async () => {
    assert.match(await secondServer(symlinkSync), /Another Keepline server/);
  });
  test('does not start under a hard link', async () => {
    assert.match(await secondServer(linkSync), /second name/);
  });
});
