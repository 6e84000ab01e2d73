import type { RegisteredWorker } from "@infill/state";

/** How long after its last heartbeat a lost worker may still hold jobs, in milliseconds. */
const recentlyMs = 120_000;

/** The smallest window, unless the user sets another. */
export const leastWindow = 256;

/** How many jobs of one backfill a pool may hold. */
export interface WindowSize {
  /** Most jobs in Redis at any moment. */
  readonly window: number;
  /**
   * Most partitions that may be reserved. Less than the window by one for each slot: a worker
   * removes a job a moment after its last settlement.
   */
  readonly reservable: number;
}

/**
 * Sizes the window of one pool by its workers: sixteen jobs for each slot, so that slots find work
 * while the planner refills. At least 256 and at most 4,096, to bound memory and the work of a
 * cancel.
 *
 * @param requested the user's own limit on the backfill; undefined for none
 */
export function windowSize(slots: number, requested: number | undefined): WindowSize {
  const sized = Math.min(4_096, Math.max(leastWindow, 16 * slots));
  const window = Math.min(sized, requested ?? sized);
  return { window, reservable: Math.max(1, window - Math.min(slots, Math.floor(window / 2))) };
}

/**
 * Longest time in which the planner hears of settlements and adds jobs for them, in milliseconds.
 */
const refillMs = 250;

/**
 * How many jobs of a backfill should wait in a pool. Enough that no slot waits for the planner; no
 * more, because they run before jobs that another backfill adds later.
 *
 * @param share of the pool, above 0 and at most 1; see `shareOfPool`
 * @param jobMs how long a job takes, in milliseconds; undefined while nothing has run
 */
export function readyJobs(slots: number, share: number, jobMs: number | undefined): number {
  const aSlot =
    jobMs === undefined ? 4 : Math.min(16, 2 + Math.ceil(refillMs / Math.max(jobMs, 1)));
  // A few more before the first measurements, for a quick start.
  const least = jobMs === undefined ? 64 : 2;
  return Math.max(1, Math.round(Math.max(least, aSlot * slots) * share));
}

/** Slots of the workers that serve a pool now or did a short time ago. */
export function slotsOf(workers: readonly RegisteredWorker[], pool: string): number {
  return workers
    .filter((worker) => worker.overdueMs < recentlyMs)
    .reduce((slots, worker) => slots + (worker.pools[pool] ?? 0), 0);
}
