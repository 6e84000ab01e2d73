import type { Alerts, AssetGraph, Logger, Pool } from "@infill/core";
import type { RegisteredAsset, RegisteredWorker, StateStore } from "@infill/state";
import type { PoolQueues } from "@infill/planning";
import type { Contender } from "./poolShares.ts";

/** What a run needs from the planner that owns it. */
export interface RunEnvironment {
  readonly store: StateStore;
  readonly queues: PoolQueues;
  readonly graph: AssetGraph;
  readonly registered: ReadonlyMap<string, RegisteredAsset>;
  readonly log: Logger;
  /** The versions of the planner's assets; left out: they are the newest. */
  readonly versions?: ReadonlyMap<string, string>;
  /** When to tell that a backfill fails too much; undefined: never. */
  readonly alerts?: Alerts | undefined;
  readonly pools: ReadonlyMap<string, Pool>;
  /** Whether the planner holds the lease of a backfill for sure; else nothing may be added to its window. */
  holdsLease(backfillId: string): boolean;
  workers(): readonly RegisteredWorker[];
  /** The backfills that have something to do in a pool now. */
  contenders(pool: string): readonly Contender[];
}
