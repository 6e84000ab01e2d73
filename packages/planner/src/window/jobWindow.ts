import type { Pool } from "@infill/core";
import type { RegisteredWorker } from "@infill/state";
import type { PartitionJobs } from "../jobs/partitionJobs.ts";
import { type Contender, firstJobsOfPool, shareOfPool } from "./poolShares.ts";
import { readyJobs, slotsOf, windowSize } from "@infill/planning";

/** What a window is sized by. */
export interface WindowFacts {
  readonly workers: readonly RegisteredWorker[];
  /** What the project says of the pool. */
  readonly pool: Pool | undefined;
  /** The backfills that have something to do in the pool. */
  readonly contenders: readonly Contender[];
  readonly own: Contender;
  /** The user's limit of jobs in this pool; undefined for none. */
  readonly requested: number | undefined;
  /** The same in all pools together. */
  readonly requestedInAll: number | undefined;
  /** How long a job takes, in milliseconds; undefined while nothing has run. */
  readonly jobMs: number | undefined;
}

/** The room that a backfill has in one pool. Read anew after jobs were added. */
export interface PoolRoom {
  /** Slots that its jobs may run in. */
  readonly slots: number;
  /** Jobs that may be added to go before those of backfills. */
  first(): number;
  /** Jobs that may be added behind what is there. */
  rest(): number;
  /** Whether there is so much room that a page of jobs is worth its call. */
  isWide(): boolean;
  /** Whether less may be added than otherwise because of jobs that are settled and may still be in Redis. */
  isHeldUp(): boolean;
  /** Whether the window is so empty that a few jobs more than planned, by two planners at once, do not fill it. */
  isNearlyEmpty(): boolean;
}

/** Share of a pool's slots that is reserved where the project does not say. */
const defaultReserved = 0.25;

/** How many jobs of a backfill may be added to a pool now. */
export function roomInPool(name: string, jobs: PartitionJobs, facts: WindowFacts): PoolRoom {
  const { pool, contenders, own } = facts;
  const slots = Math.min(slotsOf(facts.workers, name), pool?.concurrency ?? Infinity);
  const { window, reservable } = windowSize(slots, facts.requested);
  const share = shareOfPool(contenders, own);
  const firsts = firstJobsOfPool(contenders, own, slots, pool?.reserved ?? defaultReserved);
  const ready = readyJobs(slots, share, facts.jobMs);
  const wantedFirst = () => {
    const counts = jobs.index.counts(name);
    return Math.min(reservable - counts.all, firsts - counts.first);
  };
  const wantedRest = () => {
    const { all, delayed } = jobs.index.counts(name);
    return Math.min(reservable - all, ready - (all - delayed));
  };
  // What the window has room for, whatever else there is: the promise that it never holds more.
  const left = () =>
    Math.min(
      window - jobs.index.counts(name).all - jobs.index.leaving(name),
      (facts.requestedInAll ?? Infinity) - jobs.index.total(),
    );
  const first = () => Math.max(0, Math.min(wantedFirst(), left()));
  const rest = () => Math.max(0, Math.min(wantedRest(), left()));
  return {
    isHeldUp: () => Math.max(0, left()) < Math.max(wantedFirst(), wantedRest()),
    isNearlyEmpty: () => jobs.index.counts(name).all <= reservable / 4,
    slots,
    first,
    rest,
    // Alone, pages stay large; beside others, the shares of the jobs must hold at every moment.
    isWide: () => rest() >= Math.min(reservable, ready) / (share === 1 ? 2 : 8) || first() > 0,
  };
}
