// Documents at the command line, and after a restore: what a person handed in is there again, sealed as before.

import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { temporaryFolder } from '../peers/child.mjs';
import { newLine, newSubscriber } from './people.mjs';
import { startWorld } from './world.mjs';

let world;
before(async () => { world = await startWorld({ peers: [] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const PDF = '%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n';

test('one is handed in, looked at, restored from a backup, and taken back', async () => {
  const owner = newSubscriber();
  await world.takeOver(owner, newLine());
  const folder = temporaryFolder('papers');
  const power = path.join(folder, 'power.pdf');
  writeFileSync(power, PDF);
  const papers = (token, ...args) => world.mustCli(['subscriber', 'documents', ...args, '--server', world.keepline.url], { env: { KEEPLINE_TOKEN: token } });
  const openTo = async (file, id) => {
    await papers(world.reviewer.token, 'open', owner.id, id, '--out', file, '--reason', 'the power of attorney of a case');
    assert.equal(readFileSync(file, 'utf8'), PDF);
    assert.equal(statSync(file).mode & 0o777, 0o600);
  };

  await papers(world.agent.token, 'add', owner.id, power, '--purpose', 'power_of_attorney');
  const [kept] = (await papers(world.agent.token, 'list', owner.id, '--json')).items;
  assert.deepEqual([kept.purpose, kept.media, kept.bytes], ['power_of_attorney', 'pdf', PDF.length]);
  await openTo(path.join(folder, 'before.pdf'), kept.id);

  const backup = path.join(folder, 'backup');
  await world.mustCli(['backup', backup]);
  await world.keepline.stop();
  await world.mustCli(['restore', backup, '--replace']);
  await world.mustCli(['token', 'confirm', '--all']);
  await world.keepline.start();
  await openTo(path.join(folder, 'after.pdf'), kept.id);

  await papers(world.agent.token, 'take-back', owner.id, kept.id, '--reason', 'another person\'s');
  assert.deepEqual((await papers(world.agent.token, 'list', owner.id, '--json')).items, []);
});
