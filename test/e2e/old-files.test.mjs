// Files with personal data that lie where no peer took them go by their age, and nothing else does: a real server that starts
// on folders in which some of its own messages and payment files are old.

import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { until } from '../peers/wait.mjs';
import { newLine, newSubscriber } from './people.mjs';
import { startWorld } from './world.mjs';

const DAY_MS = 86_400_000;
let world;
before(async () => { world = await startWorld({ peers: [] }); }, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const inData = (...parts) => path.join(world.folder, 'data', ...parts);
const filesIn = (folder) => readdirSync(folder, { withFileTypes: true }).filter((one) => one.isFile()).map(({ name }) => name).sort();
function age(file, days) {
  const then = new Date(Date.now() - days * DAY_MS);
  utimesSync(file, then, then);
}

test('messages and payment files that nobody took go when their days are over', async () => {
  for (const owner of [newSubscriber(), newSubscriber()]) {
    const { id } = await world.takeOver(owner, newLine());
    await (await world.as(owner.id)).post(`/v1/lines/${id}/lost`, { how: 'web session' });
  }
  const sent = await until(() => { const all = filesIn(inData('sms')); return all.length >= 2 && all; }, { what: 'two messages in the spool' });
  const [old, ...young] = sent;

  mkdirSync(inData('refunds'), { recursive: true });
  const payment = (name, id) => {
    const file = inData('refunds', name);
    writeFileSync(file, `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><EndToEndId>${id}</EndToEndId></Document>\n`);
    age(file, 1826);
    return name;
  };
  payment('KL20200101000000000-0001.xml', 'KLnobodys');
  const others = payment('statement.xml', 'KLnobodys');

  await world.keepline.stop();
  age(inData('sms', old), 91);
  for (const name of young) age(inData('sms', name), 89);
  writeFileSync(inData('sms', 'notes.json'), 'the operator\'s own');
  age(inData('sms', 'notes.json'), 4000);
  await world.keepline.start();

  await until(() => !filesIn(inData('sms')).includes(old), { what: 'the old message is gone' });
  await until(() => !filesIn(inData('refunds')).includes('KL20200101000000000-0001.xml'), { what: 'the old payment file is gone' });
  const left = filesIn(inData('sms'));
  for (const name of [...young, 'notes.json']) assert.ok(left.includes(name), `${name} stays`);
  assert.ok(filesIn(inData('refunds')).includes(others), 'not a name of ours');
  assert.match(world.keepline.log, /files_outlived/);
  assert.ok(!world.keepline.log.includes(old), 'whose it was is not in the log');

  const { body: report } = await world.admin.get('/v1/retention');
  const gone = Object.fromEntries(report.classes.filter((one) => one.gone).map((one) => [one.data_class, one.gone.files]));
  assert.deepEqual(gone, { messages: 1, billing: 1 });
  const text = await world.mustCli(['retention', 'report', '--server', world.keepline.url], { env: { KEEPLINE_TOKEN: world.admin.token } });
  assert.match(text, /Files of messages that were deleted by their age: 1/);
  assert.match(text, /No copy of the store has been made here/);
});
