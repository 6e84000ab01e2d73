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
  /** The versions of the planner's assets; default: they are the newest. */
  readonly versions?: ReadonlyMap<string, string>;
  /** When to alert about failures of a backfill; undefined: never. */
  readonly alerts?: Alerts | undefined;
  readonly pools: ReadonlyMap<string, Pool>;
  /**
   * Whether the planner certainly holds a backfill's lease; without it, nothing may be added to the
   * window.
   */
  holdsLease(backfillId: string): boolean;
  workers(): readonly RegisteredWorker[];
  /** The backfills that have something to do in a pool now. */
  contenders(pool: string): readonly Contender[];
}
