// The operator's BSS against itself: genuine and wrong reports, failures, mutual TLS.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Authority } from './authority.mjs';
import { startOperator } from './operator.mjs';

const REPORT = {
  eid: '89044045930000000000001234567890', iccid: '89860012345678901236', profileType: 'keep-basic',
  timestamp: '2026-11-22T19:00:00Z', notificationPointId: 4, notificationPointStatus: { status: 'Executed-Success' },
};

test('reports are checked, and a repeat counts once', async () => {
  const operator = await startOperator();
  const tell = (members, options) => operator.call(operator.url, 'handleDownloadProgressInfo', { ...REPORT, ...members }, options);
  assert.equal((await tell({}, { callId: 'c-1' })).http, 204);
  assert.equal((await tell({}, { callId: 'c-1' })).http, 204);
  assert.deepEqual([operator.rawCount(), (await operator.waitFor({ notificationPointId: 4 })).length], [2, 1]);
  for (const [wrong, why] of [[{ iccid: '12' }, 'iccid'], [{ eid: 'x' }, 'eid'], [{ timestamp: '2026-11-22T19:00:00.000Z' }, 'timestamp'],
    [{ notificationPointId: '4' }, 'notificationPointId'], [{ notificationPointStatus: {} }, 'notificationPointStatus']]) {
    assert.equal((await tell(wrong)).http, 400);
    assert.equal(operator.refused.at(-1).why, why);
  }
  assert.equal((await tell({}, { protocol: 'rsp' })).http, 400);
  operator.failNext(503);
  assert.equal((await tell({})).http, 503);
  operator.failNext({ subjectCode: '8.2.1', reasonCode: '3.9' });
  assert.deepEqual((({ http, status, subject, reason }) => [http, status, subject, reason])(await tell({})), [200, 'Failed', '8.2.1', '3.9']);
  assert.equal(operator.effects().length, 1);
  await operator.stop();
});

test('with certificates, strangers do not get in', async () => {
  const operator = await startOperator({ tls: new Authority().issue('acme') });
  assert.equal((await operator.call(operator.url, 'handleDownloadProgressInfo', REPORT)).http, 204);
  const stranger = await startOperator();
  await assert.rejects(stranger.call(operator.url, 'handleDownloadProgressInfo', REPORT));
  await operator.stop();
  await stranger.stop();
});
