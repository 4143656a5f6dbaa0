// The SMSC against npm smpp's own client side.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import smpp from 'smpp';
import { STATUS, startSmsc } from './smsc.mjs';
import { sleep, until, within } from './wait.mjs';

async function bind(smsc, { mode = 'bind_transceiver', systemId = 'keepline', password = 'secret', acknowledge = true } = {}) {
  const session = smpp.connect({ host: '127.0.0.1', port: smsc.port });
  session.on('error', () => {});
  session.delivered = [];
  session.on('deliver_sm', (pdu) => {
    session.delivered.push(pdu);
    if (acknowledge) session.send(pdu.response());
  });
  await within(once(session, 'connect'), 3000, 'the SMSC to accept');
  const ask = (command, fields) => within(new Promise((resolve) => session[command](fields, resolve)), 3000, `${command}_resp`);
  const answer = await ask(mode, { system_id: systemId, password, interface_version: 0x34 });
  return { session, ask, bindStatus: answer.command_status };
}

const to = '8613800138000';
const submit = (fields) => ({ source_addr_ton: 5, source_addr: 'Keepline', dest_addr_ton: 1, dest_addr_npi: 1, destination_addr: to, ...fields });
const udh = (part, parts, ref = 7) => Buffer.of(5, 0, 3, ref, parts, part);

test('GSM and UCS-2 text arrive as written and are receipted in text and TLVs', async () => {
  const smsc = await startSmsc();
  const { session, ask } = await bind(smsc);
  const first = await ask('submit_sm', submit({ short_message: 'Fee: 10 € {ok}', data_coding: 0, registered_delivery: 1 }));
  await ask('submit_sm', submit({ short_message: '您的号码已注销 😀', data_coding: 8 }));
  assert.deepEqual(smsc.effects().map(({ text }) => text), ['Fee: 10 € {ok}', '您的号码已注销 😀']);
  const [receipt] = await until(() => session.delivered.length && session.delivered, { what: 'the receipt' });
  assert.equal(receipt.esm_class, 0x04);
  assert.equal(receipt.receipted_message_id, first.message_id);
  assert.equal(receipt.message_state, 2);
  assert.match(receipt.short_message.message, new RegExp(`^id:${first.message_id} sub:001 dlvrd:001 .* stat:DELIVRD err:000`));
  await until(() => smsc.owed === 0, { what: 'the receipt to be acknowledged' });
  assert.equal((await ask('enquire_link', {})).command_status, STATUS.ok);
  await smsc.stop();
});

test('a long message is put together from UDH or SAR segments in any order', async () => {
  const smsc = await startSmsc();
  const { ask } = await bind(smsc);
  const segment = (part, text) => submit({ esm_class: 0x40, data_coding: 8, short_message: Buffer.concat([udh(part, 3), Buffer.from(text, 'utf16le').swap16()]) });
  for (const [part, text] of [[3, '三'], [1, '一'], [2, '二']]) await ask('submit_sm', segment(part, text));
  const sar = (part, text) => submit({ short_message: text, sar_msg_ref_num: 9, sar_total_segments: 2, sar_segment_seqnum: part });
  await ask('submit_sm', sar(1, 'one '));
  assert.equal(smsc.effects().length, 1);
  await ask('submit_sm', sar(2, 'two'));
  assert.deepEqual(smsc.effects().map(({ text, parts }) => [text, parts]), [['一二三', 3], ['one two', 2]]);
  await smsc.stop();
});

test('the same idempotency key and part gets the first id and has no second effect, over reconnects too', async () => {
  const smsc = await startSmsc({ receipts: false });
  const key = (part, text) => submit({
    keepline_idempotency_key: Buffer.from('effect-1'), esm_class: 0x40, short_message: Buffer.concat([udh(part, 2, 20 + part), Buffer.from(text)]),
  });
  const one = await bind(smsc);
  const first = await one.ask('submit_sm', key(1, 'a'));
  smsc.failNext('lose_answer');
  one.session.submit_sm(key(2, 'b'));
  await within(once(one.session, 'close'), 3000, 'the connection to drop');
  const two = await bind(smsc);
  assert.equal((await two.ask('submit_sm', key(1, 'a'))).message_id, first.message_id);
  await two.ask('submit_sm', key(2, 'b'));
  await two.ask('submit_sm', submit({ keepline_idempotency_key: Buffer.from('effect-2'), short_message: 'c' }));
  assert.deepEqual(smsc.effects().map(({ key: k, text }) => [k, text]), [['effect-1', 'ab'], ['effect-2', 'c']]);
  assert.equal(smsc.rawCount(), 5);
  assert.equal(smsc.submits.filter(({ repeat }) => repeat).length, 2);
  await smsc.stop();
});

test('what a real SMSC refuses is refused', async () => {
  const smsc = await startSmsc({ systemId: 'keepline', password: 'secret' });
  assert.equal((await bind(smsc, { systemId: 'other' })).bindStatus, STATUS.badSystemId);
  assert.equal((await bind(smsc, { password: 'wrong' })).bindStatus, STATUS.badPassword);
  const receiver = await bind(smsc, { mode: 'bind_receiver' });
  assert.equal((await receiver.ask('submit_sm', submit({ short_message: 'x' }))).command_status, STATUS.bindFirst);
  const transmitter = await bind(smsc, { mode: 'bind_transmitter' });
  const status = async (fields) => (await transmitter.ask('submit_sm', submit(fields))).command_status;
  assert.equal(await status({ short_message: 'x'.repeat(160) }), STATUS.ok);
  assert.equal(await status({ short_message: 'x'.repeat(161) }), STATUS.invalidLength);
  assert.equal(await status({ short_message: '字'.repeat(71), data_coding: 8 }), STATUS.invalidLength);
  assert.equal(await status({ short_message: 'x', destination_addr: '+8613800138000' }), STATUS.badDestination);
  smsc.failNext(STATUS.throttled, 2);
  assert.deepEqual([await status({ short_message: 'y' }), await status({ short_message: 'y' })], [STATUS.throttled, STATUS.throttled]);
  assert.equal(await status({ short_message: 'y' }), STATUS.ok);
  assert.equal(smsc.effects().length, 2);
  await smsc.stop();
});

test('receipts and messages from subscribers wait for a receiver and survive a lost connection', async () => {
  const smsc = await startSmsc({ receiptState: () => 'UNDELIV', receiptDelayMs: 20 });
  const transmitter = await bind(smsc, { mode: 'bind_transmitter' });
  await transmitter.ask('submit_sm', submit({ short_message: 'x', registered_delivery: 1 }));
  await sleep(100);
  assert.equal(smsc.owed, 1);
  const deaf = await bind(smsc, { mode: 'bind_receiver', acknowledge: false });
  await until(() => deaf.session.delivered.length === 1, { what: 'the receipt' });
  deaf.session.destroy();
  const receiver = await bind(smsc, { mode: 'bind_receiver' });
  await until(() => smsc.owed === 0, { what: 'the receipt to be acknowledged' });
  assert.match(receiver.session.delivered[0].short_message.message, /stat:UNDELIV err:001/);
  assert.equal(receiver.session.delivered[0].message_state, 5);
  await within(smsc.receive({ from: to, to: '10690000', text: '注销' }), 3000, 'the message to be taken');
  assert.equal(receiver.session.delivered[1].short_message.message, '注销');
  await smsc.stop();
});

test('a stopped SMSC comes back on its port with its memory', async () => {
  const smsc = await startSmsc();
  const { ask } = await bind(smsc);
  await ask('submit_sm', submit({ short_message: 'x' }));
  await smsc.stop();
  assert.deepEqual(smsc.bound, []);
  await smsc.start();
  const again = await bind(smsc);
  assert.deepEqual(smsc.bound, [{ systemId: 'keepline', mode: 'bind_transceiver' }]);
  await again.ask('submit_sm', submit({ short_message: 'x' }));
  assert.equal(smsc.effects().length, 2);
  await smsc.stop();
});
