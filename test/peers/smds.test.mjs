// The SM-DS against itself: records, repeats, failures, what is no call.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSmds } from './smds.mjs';

const EID = '89044045930000000000001234567890';
const REGISTER = { eid: EID, eventId: 'E-1', rspServerAddress: 'smdp.example.com', forwardingIndicator: false };

test('records are kept once, given out by EID and deleted', async () => {
  const smds = await startSmds();
  let calls = 0;
  const ask = async (name, members, headers = {}) => {
    const answer = await fetch(`${smds.url}/gsma/rsp2/es12/${name}`, {
      method: 'POST', headers: { 'content-type': 'application/json', 'x-admin-protocol': 'gsma/rsp/v2.5.0', ...headers },
      body: JSON.stringify({ header: { functionRequesterIdentifier: 'dp', functionCallIdentifier: `c-${++calls}` }, ...members }),
    });
    if (answer.status !== 200) return answer.status;
    const executed = (await answer.json()).header.functionExecutionStatus;
    return executed.status === 'Failed' ? `${executed.statusCodeData.subjectCode}/${executed.statusCodeData.reasonCode}` : executed.status;
  };
  assert.equal(await ask('registerEvent', REGISTER), 'Executed-Success');
  assert.equal(await ask('registerEvent', REGISTER), '8.9.5/3.3');
  assert.deepEqual(smds.eventsOf(EID), [{ eventId: 'E-1', rspServerAddress: 'smdp.example.com' }]);
  smds.failNext(503);
  smds.failNext({ subjectCode: '8.9', reasonCode: '4.2' });
  assert.deepEqual([await ask('deleteEvent', REGISTER), await ask('deleteEvent', REGISTER)], [503, '8.9/4.2']);
  assert.deepEqual([await ask('deleteEvent', REGISTER), await ask('deleteEvent', REGISTER)], ['Executed-Success', '8.9.5/3.9']);
  assert.deepEqual(smds.eventsOf(EID), []);
  for (const [members, why] of [[{ eid: '1' }, 'eid'], [{ eventId: '' }, 'eventId'], [{ rspServerAddress: undefined }, 'rspServerAddress'], [{ forwardingIndicator: 'no' }, 'forwardingIndicator']]) {
    assert.equal(await ask('registerEvent', { ...REGISTER, ...members }), 400);
    assert.equal(smds.refused.at(-1).why, why);
  }
  assert.equal(await ask('registerEvent', REGISTER, { 'x-admin-protocol': 'rsp' }), 400);
  assert.equal(smds.effects().length, 2);
  await smds.stop();
});
