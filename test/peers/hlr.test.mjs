// The HLR and VLR peers against each other: attach, bar, change of number, deletion, restart.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { decodeDigits, decodeGsup, encodeDigits } from './gsup.mjs';
import { startHlr } from './hlr.mjs';
import { CAUSE, startVlr } from './vlr.mjs';
import { sleep } from './wait.mjs';

let hlr;
let vlr;
let nextImsi = 901700000000100;

before(async () => {
  hlr = await startHlr();
  vlr = await startVlr({ address: hlr.address });
});
after(async () => {
  vlr?.disconnect();
  await hlr?.stop();
});

async function attached(msisdn) {
  const imsi = String(nextImsi++);
  await hlr.create(imsi, msisdn);
  assert.deepEqual(await vlr.attach(imsi), { ok: true, msisdn });
  return imsi;
}

test('an attached subscriber is known by number and serving VLR', async () => {
  const imsi = await attached('8613800138001');
  assert.equal(vlr.subscribers.get(imsi).served, true);
  assert.equal((await hlr.info(imsi)).vlr_number, 'VLR-TEST');
  const shown = await hlr.show(imsi);
  assert.deepEqual([shown.msisdn, shown.vlr, shown.cs, shown.ps], ['8613800138001', 'VLR-TEST', true, true]);
});

test('a bar through VTY is pushed, and a re-attach fails with cause 0x0b', async () => {
  const imsi = await attached('8613800138002');
  assert.equal(await hlr.vty(`subscriber imsi ${imsi} update network-access-mode none`), '');
  await vlr.waitFor('DeleteDataRequest', imsi, { count: 2 });
  assert.equal(vlr.subscribers.get(imsi).served, false);
  assert.equal((await hlr.info(imsi)).nam_cs, '0');
  assert.deepEqual(await vlr.attach(imsi), { ok: false, cause: CAUSE.plmnNotAllowed });
});

test('authentication keys go in by CTRL and are read back; TUAK is not known', async () => {
  const imsi = await attached('8613800138031');
  assert.equal(await hlr.keys(imsi), null);
  const [k, opc] = ['000102030405060708090a0b0c0d0e0f', 'f0e0d0c0b0a09080706050403020100f'];
  assert.equal((await hlr.ctrl('SET', `subscriber.by-imsi-${imsi}.aud3g`, `MILENAGE,${k},OPC,${opc}`)).value, 'OK');
  assert.deepEqual(await hlr.keys(imsi), { algorithm: 'MILENAGE', k, opc });
  assert.deepEqual(await hlr.ctrl('SET', `subscriber.by-imsi-${imsi}.aud3g`, `TUAK,${k},OPC,${opc}${opc}`),
    { verb: 'ERROR', value: 'Unknown auth algorithm.' });
  assert.equal(await hlr.keys('901700000000999'), null);
});

test('a bar through CTRL is not pushed', async () => {
  const imsi = await attached('8613800138003');
  await hlr.ctrl('SET', `subscriber.by-imsi-${imsi}.cs-enabled`, '0');
  await sleep(200);
  assert.equal(vlr.received('DeleteDataRequest', imsi).length, 0);
  assert.equal(vlr.subscribers.get(imsi).served, true);
});

test('after a deletion through CTRL the re-attach fails with cause 0x02', async () => {
  const imsi = await attached('8613800138004');
  await hlr.remove(imsi);
  assert.equal(await hlr.info(imsi), null);
  assert.equal(await hlr.show(imsi), null);
  assert.deepEqual(await vlr.attach(imsi), { ok: false, cause: CAUSE.imsiUnknown });
  assert.deepEqual(await hlr.ctrl('SET', 'subscriber.delete', imsi), { verb: 'ERROR', value: "Subscriber doesn't exist." });
});

test('a change of number is pushed', async () => {
  const imsi = await attached('8613800138005');
  await hlr.vty(`subscriber imsi ${imsi} update msisdn 8613800138999`);
  assert.equal((await vlr.waitFor('InsertDataRequest', imsi, { count: 2 })).msisdn, '8613800138999');
});

test('two HLRs run side by side, and one keeps its data over kill -9 and start', async () => {
  const other = await startHlr();
  await other.create('901700000000999', '8613900000000');
  assert.equal(await hlr.info('901700000000999'), null);
  await other.kill9();
  await other.start();
  assert.equal((await other.info('901700000000999')).msisdn, '8613900000000');
  const late = await startVlr({ address: other.address, name: 'VLR-LATE' });
  assert.equal((await late.attach('901700000000999')).ok, true);
  await other.restart();
  await assert.rejects(late.attach('901700000000999'), /not connected/);
  await late.connect();
  assert.equal((await late.attach('901700000000999')).ok, true);
  late.disconnect();
  await other.stop();
});

test('the VLR runs from the command line', async () => {
  const imsi = String(nextImsi++);
  await hlr.create(imsi, '8613800138006');
  const program = fileURLToPath(new URL('./vlr.mjs', import.meta.url));
  const args = [program, '--address', hlr.address, '--imsi', imsi, '--name', 'VLR-CLI', '--seconds', '0.1'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 10000 });
  assert.deepEqual(JSON.parse(stdout.trim().split('\n').at(-1)), { attach: imsi, ok: true, msisdn: '8613800138006' });
});

test('digits and cut-short messages are read with care', () => {
  assert.equal(encodeDigits('901700000000123').toString('hex'), '09710000000021f3'); // the odd digit's filler is the high half
  assert.equal(decodeDigits(Buffer.from('09710000000021f3', 'hex')), '901700000000123');
  assert.throws(() => decodeGsup(Buffer.from('040108097100', 'hex')), /cut short/);
});
