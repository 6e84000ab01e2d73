import { Slots, turns } from "@infill/core";

/** Calls of one group; their answers arrive in one turn of the event loop. */
const callsAtOnce = 16;
/**
 * Groups that this process awaits at once. Without this limit, sixteen backfills at a time could
 * fill a turn with answers.
 */
const groups = new Slots(4);

/**
 * Calls Redis once for each item, a few at a time: thousands of items need neither as many round
 * trips in sequence nor one long turn of the event loop. `call` must not call this function itself.
 *
 * @returns the answers, in order
 */
export async function inGroups<T, R>(
  all: readonly T[],
  call: (one: T) => Promise<R>,
): Promise<R[]> {
  const [only] = all;
  if (all.length === 1 && only !== undefined) return [await call(only)];
  const answers: R[] = [];
  for (let first = 0; first < all.length; first += callsAtOnce) {
    await groups.take();
    try {
      await turns.next();
      answers.push(...(await Promise.all(all.slice(first, first + callsAtOnce).map(call))));
    } finally {
      groups.giveBack();
    }
  }
  return answers;
}
