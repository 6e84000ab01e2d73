import { Slots, turns } from "@infill/core";

/** Calls of one group: their answers come in one turn of the event loop. */
const callsAtOnce = 16;
/** Groups that this process waits for at once: sixteen backfills that ask at the same time must not fill a turn with answers. */
const groups = new Slots(4);

/**
 * Calls Redis for each of many, some at a time, so that thousands neither wait for one round trip after another nor keep the
 * event loop busy with their answers. `call` must not call this function itself.
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
