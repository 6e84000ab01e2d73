import type { RequestOrigin } from "@infill/core";

/** A backfill that has something to do in a pool: partitions that are ready there, or jobs. */
export interface Contender {
  readonly id: string;
  readonly weight: number;
  readonly origin: RequestOrigin;
}

/**
 * Which part of a pool's jobs a backfill may have, above 0 and at most 1: in proportion to its weight among the
 * contenders. Jobs are served in the order in which they were added, so the part of the jobs is the part of the slots.
 *
 * @param contenders may or may not hold `own`
 */
export function shareOfPool(contenders: readonly Contender[], own: Contender): number {
  let total = own.weight;
  for (const { id, weight } of contenders) if (id !== own.id) total += weight;
  return own.weight / total;
}

/**
 * How many jobs of a backfill may go first in a pool: none of one that fills history in; of what schedules, sensors and
 * single runs submit, the reserved slots, divided among these. So what is submitted by them starts as soon as a slot is
 * free, and the other slots stay with the backfills however much they submit.
 *
 * @param slots of the workers that serve the pool
 * @param reserved share of the slots, 0 to 1; one slot at the least unless it is 0
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
  // What does not divide goes to those that were submitted first.
  const rest = jobs % (ids.length + 1);
  return Math.floor(jobs / (ids.length + 1)) + (place < rest ? 1 : 0);
}
