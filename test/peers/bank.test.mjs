// The bank on pain.001 files: good, repeated, contradictory, broken and unfinished ones.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { startBank } from './bank.mjs';
import { until } from './wait.mjs';

const transfer = ({ id, amount = '12.30', currency = 'CNY' }) => `
  <CdtTrfTxInf><PmtId><EndToEndId>${id}</EndToEndId></PmtId><Amt><InstdAmt Ccy="${currency}">${amount}</InstdAmt></Amt>
  <Cdtr><Nm>张 &amp; Söhne</Nm></Cdtr><CdtrAcct><Id><Othr><Id>6222000000000000</Id></Othr></Id></CdtrAcct>
  <RmtInf><Ustrd>refund</Ustrd></RmtInf></CdtTrfTxInf>`;
const pain = (transfers, { count = transfers.length, sum = '', namespace = 'urn:iso:std:iso:20022:tech:xsd:pain.001.001.09' } = {}) => `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="${namespace}"><CstmrCdtTrfInitn>
<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-01-02T03:04:05Z</CreDtTm><NbOfTxs>${count}</NbOfTxs>${sum}<InitgPty><Nm>Operator</Nm></InitgPty></GrpHdr>
<PmtInf><PmtInfId>P1</PmtInfId><PmtMtd>TRF</PmtMtd><ReqdExctnDt><Dt>2026-01-05</Dt></ReqdExctnDt><Dbtr><Nm>Operator</Nm></Dbtr>
<DbtrAcct><Id><Othr><Id>1</Id></Othr></Id></DbtrAcct><DbtrAgt><FinInstnId/></DbtrAgt>${transfers.map(transfer).join('')}</PmtInf>
</CstmrCdtTrfInitn></Document>`;

test('each EndToEndId is paid once and repeats are reported', async () => {
  const bank = startBank();
  const drop = (name, text) => writeFileSync(path.join(bank.folder, name), text);
  drop('1.xml', pain([{ id: 'R-1' }, { id: 'R-2', amount: '5' }], { sum: '<CtrlSum>17.30</CtrlSum>' }));
  const [payment] = await bank.waitFor({ endToEndId: 'R-1' });
  assert.deepEqual(payment, {
    endToEndId: 'R-1', amountMinor: 1230, currency: 'CNY', creditor: '张 & Söhne', account: '6222000000000000',
    remittance: 'refund', executionDate: '2026-01-05', file: '1.xml',
  });
  drop('2.xml', pain([{ id: 'R-1' }, { id: 'R-2', amount: '6' }, { id: 'R-3', amount: '7', currency: 'JPY' }]));
  await bank.waitFor({ endToEndId: 'R-3', amountMinor: 7 });
  assert.deepEqual(bank.repeats, [
    { endToEndId: 'R-1', file: '2.xml', firstFile: '1.xml', same: true },
    { endToEndId: 'R-2', file: '2.xml', firstFile: '1.xml', same: false },
  ]);
  assert.equal(bank.effects().length, 3);
  assert.equal(bank.rawCount(), 5);
  await bank.stop();
});

test('a file with anything wrong is refused as a whole; unfinished files are left alone', async () => {
  const bank = startBank();
  const files = {
    'cut.xml': [pain([{ id: 'X' }]).slice(0, -20), /not well-formed/],
    'count.xml': [pain([{ id: 'X' }], { count: 2 }), /NbOfTxs is 2, there are 1/],
    'sum.xml': [pain([{ id: 'X' }], { sum: '<CtrlSum>12.31</CtrlSum>' }), /CtrlSum is 12.31, the sum is 12.3$/],
    'decimals.xml': [pain([{ id: 'X', amount: '1.005' }]), /no amount with 2 decimals/],
    'nothing.xml': [pain([{ id: 'X', amount: '0.00' }]), /not positive/],
    'id.xml': [pain([{ id: 'X'.repeat(36) }]), /no valid id/],
    'twice.xml': [pain([{ id: 'X' }, { id: 'X' }]), /in the file twice/],
    'space.xml': [pain([{ id: 'X' }], { namespace: 'urn:other' }), /namespace/],
  };
  writeFileSync(path.join(bank.folder, '.tmp.xml'), 'half');
  writeFileSync(path.join(bank.folder, 'later.xml.part'), 'half');
  for (const [name, [text]] of Object.entries(files)) writeFileSync(path.join(bank.folder, name), text);
  await until(() => bank.rejected.length === Object.keys(files).length, { what: 'the refusals' });
  for (const { file, reason } of bank.rejected) assert.match(reason, files[file][1]);
  assert.equal(bank.rawCount(), 0);
  await bank.stop();
});
