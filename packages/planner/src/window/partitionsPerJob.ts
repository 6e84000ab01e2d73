/** How long one job should occupy a slot, in milliseconds. */
const targetMs = 100;
/**
 * How long one job may occupy a slot while others are idle, in milliseconds: a job of its own takes
 * the queue and the worker about as long as a few quick functions.
 */
const quickMs = 5;
/**
 * What a partition takes a slot at the least, in milliseconds: its claim and settlement take some
 * processor time, too.
 */
const leastMs = 0.15;
/** Partitions whose functions take at most this long, in milliseconds, wait for nothing but a processor. */
const noTimeMs = 1;
/** Least number of durations for a meaningful average. */
const enough = 20;
/** Most partitions of one job by default. */
export const mostPerJob = 100;

/** Facts about an asset's partitions in a backfill. */
export interface JobSizeFacts {
  /** Partitions that have run. */
  readonly settled: number;
  /** The total time of their functions, in milliseconds. */
  readonly busyMs: number;
  /** Partitions that may start now. */
  readonly ready: number;
  /** Slots of the workers that serve the pool. */
  readonly slots: number;
  /** The user's own limit; undefined for none. */
  readonly requested: number | undefined;
}

/**
 * How many partitions one job covers. More than one only if functions are so fast that the queue
 * would take a part of their time, and never so many that slots are idle for more than a few
 * milliseconds.
 */
export function partitionsPerJob({
  settled,
  busyMs,
  ready,
  slots,
  requested,
}: JobSizeFacts): number {
  const limit = requested ?? mostPerJob;
  if (limit === 1 || settled < enough) return 1;
  const averageMs = Math.max(leastMs, busyMs / settled);
  const fair = Math.floor(ready / Math.max(1, 4 * slots));
  const quick = Math.floor(quickMs / averageMs);
  return Math.max(1, Math.min(limit, Math.round(targetMs / averageMs), Math.max(fair, quick)));
}

/** Whether functions are so quick that a few slots run as many as all could. */
export function takesNoTime({
  settled,
  busyMs,
}: Pick<JobSizeFacts, "settled" | "busyMs">): boolean {
  return settled >= enough && busyMs <= noTimeMs * settled;
}

/**
 * The average time of a job, in milliseconds, over assets that have run.
 *
 * @returns undefined while too few have run: the next jobs may cover more partitions
 */
export function averageJobMs(
  assets: readonly {
    readonly settled: number;
    readonly busyMs: number;
    readonly perJob: number;
  }[],
): number | undefined {
  let settled = 0;
  let jobs = 0;
  let busyMs = 0;
  for (const asset of assets) {
    settled += asset.settled;
    busyMs += asset.busyMs;
    jobs += asset.settled / asset.perJob;
  }
  return settled < enough ? undefined : Math.max(busyMs, leastMs * settled) / jobs;
}
