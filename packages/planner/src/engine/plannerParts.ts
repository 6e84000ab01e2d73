import { type Logger, type Project, silentLogger, Slots } from "@infill/core";
import { PoolQueues } from "@infill/planning";
import {
  lapseSessions,
  type RegisteredAssets,
  SettlementFeed,
  type StateStore,
} from "@infill/state";
import { type EngineClock, engineClock } from "./engineClock.ts";
import type { PlannerOptions } from "./plannerOptions.ts";

/** Backfills that make a step at once: Redis answers many in one turn of the event loop, and each answer is followed by work. */
const stepsAtOnce = 16;
/** Backfills that are taken on together: each takes ten round trips one after another, most of the time of which is waiting. */
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
  options: PlannerOptions,
): PlannerParts {
  return {
    store,
    project,
    registered,
    log: options.log ?? silentLogger,
    clock: engineClock,
    feed: new SettlementFeed(store, "planner"),
    queues: new PoolQueues(store, "planner"),
    leaseMs: options.leaseMs ?? 15_000,
    tickMs: options.tickMs ?? 2_000,
    stepSlots: new Slots(stepsAtOnce),
    adoptSlots: new Slots(adoptedAtOnce),
    lapse: (asset) => lapseSessions(store, asset),
  };
}
