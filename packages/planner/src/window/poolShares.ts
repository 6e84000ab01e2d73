import type { RequestOrigin } from "@infill/core";

/** A backfill with ready partitions or jobs in a pool. */
export interface Contender {
  readonly id: string;
  readonly weight: number;
  readonly origin: RequestOrigin;
}

/**
 * The part of a pool's jobs that a backfill may have, above 0 and at most 1: its weight divided by
 * that of all contenders. Jobs are served in order of arrival, so a share of the jobs is a share of
 * the slots.
 *
 * @param contenders may include `own`
 */
export function shareOfPool(contenders: readonly Contender[], own: Contender): number {
  let total = own.weight;
  for (const { id, weight } of contenders) if (id !== own.id) total += weight;
  return own.weight / total;
}

/**
 * How many jobs of a backfill may go first in a pool. A backfill submitted as such gets none.
 * Schedules, sensors and single runs divide the reserved slots among them, so that they start at
 * the next free slot, and backfills keep the other slots.
 *
 * @param slots of the workers that serve the pool
 * @param reserved share of the slots, 0 to 1; at least one slot unless it is 0
 */
export function firstJobsOfPool(
  contenders: readonly Contender[],
  own: Contender,
  slots: number,
  reserved: number,
): number {
  if (own.origin === "backfill" || reserved === 0) return 0;
  const ids = contenders
    .filter(({ origin, id }) => origin !== "backfill" && id !== own.id)
    .map(({ id }) => id);
  const jobs = Math.max(1, Math.floor(slots * reserved));
  const place = [...ids, own.id].sort().indexOf(own.id);
  // The remainder goes to the earliest submissions.
  const rest = jobs % (ids.length + 1);
  return Math.floor(jobs / (ids.length + 1)) + (place < rest ? 1 : 0);
}
