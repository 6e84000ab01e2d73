import type { Pool } from "@infill/core";
import type { RegisteredWorker } from "@infill/state";
import type { PartitionJobs } from "../jobs/partitionJobs.ts";
import { type Contender, firstJobsOfPool, shareOfPool } from "./poolShares.ts";
import { readyJobs, slotsOf, windowSize } from "@infill/planning";

/** The facts that set the size of a window. */
export interface WindowFacts {
  readonly workers: readonly RegisteredWorker[];
  /** The pool in the project. */
  readonly pool: Pool | undefined;
  /** The backfills that have something to do in the pool. */
  readonly contenders: readonly Contender[];
  readonly own: Contender;
  /** The user's limit of jobs in this pool; undefined for none. */
  readonly requested: number | undefined;
  /** The user's limit over all pools; undefined for none. */
  readonly requestedInAll: number | undefined;
  /** How long a job takes, in milliseconds; undefined while nothing has run. */
  readonly jobMs: number | undefined;
}

/** The room of a backfill in one pool. Values are current after jobs were added. */
export interface PoolRoom {
  /** Slots in which its jobs may run. */
  readonly slots: number;
  /** Jobs that may be added before those of backfills. */
  first(): number;
  /** Jobs that may be added after all others. */
  rest(): number;
  /** Whether there is enough room for a page of jobs to be worth a call. */
  isWide(): boolean;
  /** Jobs of the backfill that run or may start. */
  waiting(): number;
  /** Whether settled jobs that may still be in Redis reduce the room. */
  isHeldUp(): boolean;
  /**
   * Whether the window is so empty that two planners at once could not overfill it with a few jobs
   * each.
   */
  isNearlyEmpty(): boolean;
}

/** The reserved share of a pool's slots by default. */
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
  // The room of the window itself, which must never have more jobs.
  const left = () =>
    Math.min(
      window - jobs.index.counts(name).all - jobs.index.leaving(name),
      (facts.requestedInAll ?? Infinity) - jobs.index.total(),
    );
  const first = () => Math.max(0, Math.min(wantedFirst(), left()));
  const rest = () => Math.max(0, Math.min(wantedRest(), left()));
  return {
    isHeldUp: () => Math.max(0, left()) < Math.max(wantedFirst(), wantedRest()),
    waiting: () => {
      const { all, delayed } = jobs.index.counts(name);
      return all - delayed;
    },
    isNearlyEmpty: () => jobs.index.counts(name).all <= reservable / 4,
    slots,
    first,
    rest,
    // Alone, use large pages; with contenders, small ones, because the shares of jobs must hold at
    // every moment.
    isWide: () => rest() >= Math.min(reservable, ready) / (share === 1 ? 2 : 8) || first() > 0,
  };
}
