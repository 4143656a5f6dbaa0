// What the attacks of this folder share: a victim with a line, and an attacker who goes on whatever is refused.

import { apply } from '../e2e/journey.mjs';
import { newLine, newSubscriber } from '../e2e/people.mjs';
import { Refusal } from '../e2e/client.mjs';

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

export const documentOf = (one) => one.subscriber.person.document_number;
