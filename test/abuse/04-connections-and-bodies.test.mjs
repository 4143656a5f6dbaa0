// Item 4: one address leaves room for others, and a stranger's body is not read. Seen on 4b5af17: 2,000 connections from
// one address turned everybody else away; 300 bodies of 1 MiB to an address where nobody answers were read whole (170 MB).

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startWorld } from '../e2e/world.mjs';
import { connect, statusOf, talk } from './raw.mjs';

let world, keepline;
before(async () => {
  world = await startWorld({ peers: [] });
  keepline = world.keepline;
}, { timeout: 180_000 });
after(async () => { await world?.stop(); });

test('one address that opens 2,050 connections leaves room for others', async () => {
  const held = [];
  try {
    for (let i = 0; i < 2_050; i += 50) {
      held.push(...await Promise.all(Array.from({ length: 50 }, () => connect(keepline.port, '127.0.0.2'))));
      for (const one of held.slice(-50)) one.on('error', () => {});
    }
    const other = await talk(keepline.port, 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    assert.equal(statusOf(other), 200, other.text);
  } finally {
    for (const one of held) one.destroy();
  }
});

test('a body of which nobody can want anything is refused before it is read', async () => {
  const head = (path, length, more = '') => `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${more}Content-Length: ${length}\r\n\r\n`;
  const heads = [
    [head('/nothing', 1_048_576), 413],
    [head('/healthz', 1_048_576), 413],
    [head('/v1/subscribers', 10), 401],
    [head('/v1/subscribers', 1_048_576), 401],
    [head('/v1/subscribers', 10, 'Authorization: Bearer nobodys\r\n'), 401],
  ];
  for (const [text, status] of heads) {
    // Not a byte of the body is sent: who waits for it never answers.
    const answer = await talk(keepline.port, text, { limitMs: 5_000 });
    assert.equal(statusOf(answer), status, `${text}${answer.text}`);
    assert.ok(answer.closed);
  }
});
