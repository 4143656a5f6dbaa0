// The webhook receiver: genuine and forged requests, repeats, failures.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signWebhook, startWebhook } from './webhook.mjs';

const seconds = () => String(Math.floor(Date.now() / 1000));

function post(receiver, { id = 'msg_1', timestamp = seconds(), body = '{"type":"line.closed"}', signature, timeoutMs = 3000 } = {}) {
  return fetch(receiver.url, {
    method: 'POST', body, signal: AbortSignal.timeout(timeoutMs),
    headers: {
      'webhook-id': id, 'webhook-timestamp': timestamp,
      'webhook-signature': signature ?? `v1,bm90IHRoaXM= ${signWebhook(receiver.secret, id, timestamp, body)}`,
    },
  }).then((answer) => answer.status);
}

test('the signature is that of the Standard Webhooks specification', () => {
  const signature = signWebhook('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'msg_p5jXN8AQM9LWM0D4loKWxJek', '1614265330', '{"test": 2432232314}');
  assert.equal(signature, 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test('genuine events count once, repeats are seen, forgeries are refused', async () => {
  const receiver = await startWebhook();
  assert.equal(await post(receiver), 204);
  assert.equal(await post(receiver), 204);
  assert.equal(await post(receiver, { id: 'msg_2', signature: 'v1,AAAA' }), 401);
  assert.equal(await post(receiver, { id: 'msg_3', timestamp: '1614265330' }), 401);
  assert.deepEqual(receiver.refused.map(({ refused }) => refused), ['no webhook-signature fits', 'webhook-timestamp is too far from now']);
  assert.deepEqual((await receiver.waitFor({ id: 'msg_1' })).map(({ data }) => data), [{ type: 'line.closed' }]);
  assert.equal(receiver.rawCount(), 4);
  assert.deepEqual([receiver.deliveries[1].repeat, receiver.deliveries[1].sameBody], [true, true]);
  await receiver.stop();
});

test('failures: an error, a hang, a slow answer and a lost one', async () => {
  const receiver = await startWebhook();
  receiver.failNext(500);
  assert.equal(await post(receiver), 500);
  receiver.failNext('hang');
  await assert.rejects(post(receiver, { timeoutMs: 200 }), { name: 'TimeoutError' });
  receiver.failNext('drop');
  await assert.rejects(post(receiver), { message: 'fetch failed' });
  assert.equal(receiver.effects().length, 0);
  receiver.failNext('lose_answer');
  await assert.rejects(post(receiver), { message: 'fetch failed' });
  assert.equal(receiver.effects().length, 1);
  Object.assign(receiver, { mode: 'slow', slowMs: 100 });
  const start = Date.now();
  assert.equal(await post(receiver), 204);
  assert.ok(Date.now() - start >= 90);
  assert.equal(receiver.effects().length, 1);
  await receiver.stop();
});
