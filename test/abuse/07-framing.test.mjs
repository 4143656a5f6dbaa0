// Item 7: a request that two readers could take apart differently is refused, and nothing behind it is read. Seen on
// 4b5af17: each of the codings below was taken as "no body", the connection was kept and the request embedded in the body
// was answered (`gzip, chunked` was taken as chunked); a request without Host was served.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startWorld } from '../e2e/world.mjs';
import { answersIn, statusOf, talk } from './raw.mjs';

let world, keepline;
before(async () => {
  world = await startWorld({ peers: [] });
  keepline = world.keepline;
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

const EMBEDDED = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
const enough = (text) => (text.match(/"status":"ok"/g) ?? []).length > 1;
/** The head, and behind it a chunked body that hides a request. */
const ask = (head) => talk(keepline.port, `${head}\r\n${EMBEDDED}`, { enough });

async function refusedAndClosed(head, statuses) {
  const answer = await ask(head);
  assert.ok(statuses.includes(statusOf(answer)), `${JSON.stringify(head)} → ${answer.text.slice(0, 200)}`);
  assert.equal(answersIn(answer), 1, `${JSON.stringify(head)}: the embedded request was answered`);
  assert.ok(answer.closed, `${JSON.stringify(head)}: the connection was kept`);
}

for (const coding of ['xchunked', 'identity', 'chunked, identity', 'chunked, gzip', '"chunked"', 'gzip, chunked', 'chunked, chunked', 'chunked;x=1', '']) {
  test(`Transfer-Encoding: ${coding || '(empty)'} is refused and nothing behind it is read`, async () => {
    await refusedAndClosed(`GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: ${coding}\r\n`, [400, 501]);
  });
}

test('two lines of Transfer-Encoding, one beside a Content-Length, and one in HTTP/1.0 are refused', async () => {
  await refusedAndClosed('GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n', [400, 501]);
  await refusedAndClosed('GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n', [400]);
  await refusedAndClosed('GET /healthz HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n', [400]);
  await refusedAndClosed('GET /healthz HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: identity\r\n', [400]);
});

test('chunked is understood in any letter case', async () => {
  for (const coding of ['chunked', 'Chunked', 'CHUNKED']) {
    const head = `GET /healthz HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: ${coding}\r\n\r\n3\r\nabc\r\n0\r\n\r\n`;
    const answer = await talk(keepline.port, head + EMBEDDED, { enough });
    assert.equal(answersIn(answer), 2, answer.text);
  }
});

test('Host is there once, and is a host', async () => {
  await refusedAndClosed('GET /healthz HTTP/1.1\r\n', [400]);
  await refusedAndClosed('GET /healthz HTTP/1.1\r\nHost: x\r\nHost: x\r\n', [400]);
  await refusedAndClosed('GET /healthz HTTP/1.0\r\nHost: x\r\nHost: y\r\n', [400]);
  await refusedAndClosed('GET /healthz HTTP/1.1\r\nHost: x y\r\n', [400]);
});

test('a probe by HTTP/1.0 without Host still works', async () => {
  const answer = await talk(keepline.port, 'GET /healthz HTTP/1.0\r\n\r\n');
  assert.equal(statusOf(answer), 200);
  assert.match(answer.text, /"status":"ok"/);
});
