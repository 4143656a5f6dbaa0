// What the attacks of this folder share: a victim with a line, a new line whose profile waits, and an attacker who goes on whatever is refused.

import assert from 'node:assert/strict';
import { copyFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { apply } from '../e2e/journey.mjs';
import { newLine, newNumber, newSubscriber, plain } from '../e2e/people.mjs';
import { Refusal } from '../e2e/client.mjs';
import { startSmdpWorld } from '../e2e/smdp.mjs';
import { temporaryFolder } from '../peers/child.mjs';
import { until } from '../peers/wait.mjs';

/** A taken-over line and its owner's client. */
export async function victim(world, over = {}) {
  const subscriber = newSubscriber({ language: 'en' });
  const line = newLine(over);
  const taken = await world.takeOver(subscriber, line);
  return { subscriber, line, taken, id: taken.id, number: line.number, customer: await world.as(subscriber.id) };
}

/** The owner's own application, the lawful way: a code to the line. */
export const applies = (world, one) => apply(one.customer, world.smsc, one.taken, one.number);

/** The answer, or the refusal: an attacker tries the next door. */
export async function attempt(promise) {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

/** What staff see of a line. */
export const lineOf = async (world, one) => (await world.admin.get(`/v1/lines/${one.id}`)).body;

/** The number that osmo-hlr serves under this IMSI; undefined: none, or it is barred. */
export async function servedAs(world, imsi) {
  const found = await world.hlr.info(imsi);
  return found?.nam_cs === '1' ? found.msisdn : undefined;
}
export const serves = (world, imsi, number) => until(async () => await servedAs(world, imsi) === plain(number), { what: `the HLR to serve ${imsi}`, timeoutMs: 60_000 });

export const documentOf = (one) => one.subscriber.person.document_number;

/** It became a request of this kind, and waits. */
export const asked = (answer, act) => assert.deepEqual([answer.status, answer.body?.act], [202, act], answer.message);

/** A world where profiles are ordered: a stock of them, phones, and a second agent (`otherAgent`). */
export async function startProfileWorld() {
  const world = await startSmdpWorld({ peers: ['hlr', 'smsc'], pki: { cards: 16 } });
  world.otherAgent = await world.token('agent', 'clerk-2');
  await world.provide(12);
  return world;
}

/** A new line of that one's making, whose first profile waits for its download. */
export async function ordered(world, by = world.agent) {
  const subscriber = newSubscriber({ language: 'en' });
  const number = newNumber();
  await world.system.post('/v1/subscribers', subscriber);
  const { id } = (await by.post('/v1/lines', { number, subscriber: subscriber.id, policy: 'quick', profile_type: 'basic' })).body;
  const customer = await world.as(subscriber.id);
  const waiting = async () => (await customer.get(`/v1/lines/${id}/profiles`)).body.items.find((one) => one.activation_code);
  const first = await until(waiting, { what: 'the profile', timeoutMs: 60_000 });
  return { number, id, customer, first, iccid: first.iccid };
}

/** Of this holder's tokens that were made with file access, says that those which stand there now are known. */
export async function acknowledge(admin, id) {
  const { items } = (await admin.get('/v1/tokens')).body;
  const tokens = items.filter((token) => token.id === id && token.acknowledged === false).map((token) => token.print);
  return admin.post(`/v1/tokens/${id}/acknowledgement`, { tokens });
}

/** Starts and says how it went: 'ready', or what it said before it ended. */
export async function startOrItsWords(keepline) {
  const said = keepline.log.length;
  await keepline.start({ wait: false });
  const how = await Promise.race([
    keepline.exited.then(() => 'ended'),
    until(() => keepline.ready(), { what: 'ready', timeoutMs: 60_000 }).then(() => 'ready', () => 'silent'),
  ]);
  if (how === 'silent') await keepline.kill9();
  return how === 'ready' ? 'ready' : how + keepline.log.slice(how === 'ended' ? 0 : said);
}

/**
 * The end of the journal is cut, of a server that is stopped now and has no log: what is given back puts the disk where
 * it is now. Half a log cut off would do so only sometimes: a checkpoint may have moved all of it into the file, and a
 * log that began anew is shorter than its file.
 */
export function forgetsAllSince(data) {
  const kept = temporaryFolder('until-here');
  const files = ['keepline.db', 'keys/store.seen'];
  for (const name of files) copyFileSync(path.join(data, name), path.join(kept, path.basename(name)));
  return () => {
    for (const log of ['keepline.db-wal', 'keepline.db-shm']) rmSync(path.join(data, log), { force: true });
    for (const name of files) copyFileSync(path.join(kept, path.basename(name)), path.join(data, name));
  };
}
