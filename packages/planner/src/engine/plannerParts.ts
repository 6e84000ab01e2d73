import { type Logger, type Project, silentLogger, Slots } from "@infill/core";
import { PoolQueues } from "@infill/planning";
import {
  lapseSessions,
  type RegisteredAssets,
  SettlementFeed,
  type StateStore,
} from "@infill/state";
import { type EngineClock, engineClock } from "../backfillRun/engineClock.ts";
import type { ResolvedPlannerOptions } from "./plannerOptions.ts";

/** Backfills that may make a step at once. Redis answers many in one turn of the event loop, and work follows each answer. */
const stepsAtOnce = 16;
/** Backfills that are adopted at once. Each adoption takes ten round trips in sequence, mostly waiting. */
const adoptedAtOnce = 16;

/** What a planner reads of the settlement streams and of the stream of backfills. */
export type PlannerFeed = Pick<
  SettlementFeed,
  "followBackfills" | "followAssets" | "unfollowAsset" | "read" | "goneBack" | "close"
>;

/** What a planner works with. The random histories give it a clock, a feed and queues of their own. */
export interface PlannerParts {
  readonly store: StateStore;
  readonly project: Project;
  readonly registered: RegisteredAssets;
  readonly log: Logger;
  readonly clock: EngineClock;
  readonly feed: PlannerFeed;
  readonly queues: PoolQueues;
  /** How long another planner waits for a dead one, in milliseconds. */
  readonly leaseMs: number;
  /** Time between looks at what no event tells, in milliseconds. */
  readonly tickMs: number;
  /** Limits the backfills that make a step at once. */
  readonly stepSlots: Slots;
  /** Limits the backfills that are taken on at once. */
  readonly adoptSlots: Slots;
  /** Frees what dead workers hold of an asset. @returns how many partitions */
  lapse(asset: string): Promise<number>;
}

/** The parts of a planner that ships. */
export function plannerParts(
  store: StateStore,
  project: Project,
  registered: RegisteredAssets,
  options: Pick<ResolvedPlannerOptions, "leaseMs" | "tickMs" | "log">,
): PlannerParts {
  return {
    store,
    project,
    registered,
    log: options.log ?? silentLogger,
    clock: engineClock,
    feed: new SettlementFeed(store, "planner"),
    queues: new PoolQueues(store, "planner"),
    leaseMs: options.leaseMs,
    tickMs: options.tickMs,
    stepSlots: new Slots(stepsAtOnce),
    adoptSlots: new Slots(adoptedAtOnce),
    lapse: (asset) => lapseSessions(store, asset),
  };
}
