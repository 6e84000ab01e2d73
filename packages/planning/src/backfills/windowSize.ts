import type { RegisteredWorker } from "@infill/state";

/** A worker that was lost this short a time ago may still hold jobs. */
const recentlyMs = 120_000;

/** Jobs that a window takes at the least, where the user does not say otherwise. */
export const leastWindow = 256;

/** How many jobs of one backfill a pool may hold. */
export interface WindowSize {
  /** Jobs in Redis at any moment, at the most. */
  readonly window: number;
  /**
   * Partitions that may be reserved. Less than the window, because a job outlives its settlement by the moment that its
   * worker needs to remove it, one for each slot.
   */
  readonly reservable: number;
}

/**
 * Sizes the window of one pool from the workers that serve it: sixteen jobs a slot, so that slots find work while the
 * planner refills, but at least 256 and at most 4,096, so that memory and what cancel has to take back stay small.
 *
 * @param requested the user's own limit on the backfill; undefined for none
 */
export function windowSize(slots: number, requested: number | undefined): WindowSize {
  const sized = Math.min(4_096, Math.max(leastWindow, 16 * slots));
  const window = Math.min(sized, requested ?? sized);
  return { window, reservable: Math.max(1, window - Math.min(slots, Math.floor(window / 2))) };
}

/** How long the planner may take to hear of settlements and to add jobs for them, in milliseconds. */
const refillMs = 250;

/**
 * How many jobs of a backfill should stand ready in a pool. Enough that no slot waits for the planner, and no more: what
 * stands ready is served before what another backfill adds later.
 *
 * @param share of the pool, above 0 and at most 1; see `shareOfPool`
 * @param jobMs how long a job takes, in milliseconds; undefined while nothing has run
 */
export function readyJobs(slots: number, share: number, jobMs: number | undefined): number {
  const aSlot =
    jobMs === undefined ? 4 : Math.min(16, 2 + Math.ceil(refillMs / Math.max(jobMs, 1)));
  // Before workers are there, and before anything has run, a few more make a quick start.
  const least = jobMs === undefined ? 64 : 2;
  return Math.max(1, Math.round(Math.max(least, aSlot * slots) * share));
}

/** Slots of the workers that serve a pool now, or did until a moment ago. */
export function slotsOf(workers: readonly RegisteredWorker[], pool: string): number {
  return workers
    .filter((worker) => worker.overdueMs < recentlyMs)
    .reduce((slots, worker) => slots + (worker.pools[pool] ?? 0), 0);
}
