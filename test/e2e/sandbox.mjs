// A server that is a sandbox, with a client per role: its clock is moved, and its messages are read.

import { prepareKeepline } from '../peers/keepline.mjs';
import { until } from '../peers/wait.mjs';
import { Client } from './client.mjs';
import { newLine, newSubscriber } from './people.mjs';
import { World, policyFolder } from './world.mjs';

export const FROM = '2026-03-01T10:00:00Z';
export const DAY_MS = 86_400_000;
export const args = (...more) => (file) => ['serve', '--sandbox', ...more, '--config', file];

/** Its administrators were made beside the running server. */
export async function startSandbox({ config = {}, from = FROM } = {}) {
  const keepline = await prepareKeepline({
    args: args(...(from ? ['--from', from] : [])),
    config: { policies: { dir: policyFolder() }, messages: { hotline: '10099' }, http: { notifiers: 'bss' }, tokens: { staff_days: 366, machine_days: 3650 }, ...config },
  });
  const world = new World(keepline, {}, {});
  await keepline.start();
  await world.makeClients();
  const inForce = async () => (await world.keymaster.get('/v1/tokens').catch(() => ({ body: { items: [] } }))).body.items.filter((one) => one.in_force).length;
  await until(async () => await inForce() === 2, { what: 'the administrators to be taken up' });
  await world.makeStaff();
  return world;
}
export const clockOf = async (world) => (await world.admin.get('/v1/sandbox/clock')).body;
export const forward = async (world, span, options) => (await world.admin.post('/v1/sandbox/clock', { forward: span }, { timeoutMs: 120_000, ...options })).body;
export const sms = async (world, to) => (await world.admin.get(`/v1/sandbox/messages?limit=200&to=${encodeURIComponent(to)}`)).body.items;

export async function someoneIn(world, over = {}) {
  const subscriber = newSubscriber({ language: 'en' });
  const day = async (n) => new Date(Date.parse((await clockOf(world)).now) + n * DAY_MS).toISOString().replace(/\.\d+Z/, 'Z');
  const line = newLine({ policy: 'cn', since: await day(-700), valid_until: await day(30), ...over });
  const { body } = await world.system.post('/v1/lines/import', { subscriber, line });
  return { subscriber, line, id: body.id, phone: subscriber.contacts[0].address };
}

/** A new session of theirs: one of before has ended where the clock was moved. */
export const sessionOf = async (world, one) => new Client(world.keepline, (await world.portal.post(`/v1/subscribers/${one.subscriber.id}/sessions`, {})).body.token);
