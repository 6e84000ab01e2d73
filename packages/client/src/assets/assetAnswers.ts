import type { StatusCounts } from "../partitions/partitionAnswers.ts";

/** An asset in a list: its definition in words, and counts by status. */
export interface AssetSummary {
  readonly name: string;
  readonly description: string;
  /** The partitions definition in words. */
  readonly partitions: string;
  readonly pool: string;
  /** If `problem` is set, only `total` is known and the other counts are 0. */
  readonly counts: StatusCounts;
  /** How many materialized partitions are stale; absent if they were not checked. */
  readonly stale?: number;
  /** Why its state does not fit its definition, and what to do; absent if it fits. */
  readonly problem?: string;
}

/** A cap on partitions in progress at once, and how many there are now. */
export interface CapUse {
  readonly cap: number;
  readonly inUse: number;
}

/** A cap for each key of a dimension. */
export interface DimensionCapUse {
  readonly dimension: string;
  readonly cap: number;
  /** The keys with the most partitions in progress, at most ten. */
  readonly keys: readonly { readonly key: string; readonly inUse: number }[];
}

/** An asset with its place in the graph and its caps. */
export interface AssetDetail extends AssetSummary {
  /** Absent if it has no cap of its own. */
  readonly concurrency?: CapUse;
  /** Absent if no dimension is capped. */
  readonly concurrencyPer?: readonly DimensionCapUse[];
  readonly fingerprint: string;
  readonly codeVersion: string;
  readonly tags: readonly string[];
  readonly firstKey?: string;
  readonly lastKey?: string;
  readonly upstream: readonly { readonly asset: string; readonly mapping: string }[];
  readonly downstream: readonly { readonly asset: string; readonly mapping: string }[];
}

/** A pool: its queue, its limit, and its workers. */
export interface PoolSummary {
  readonly pool: string;
  readonly assets: readonly string[];
  /** Most partitions in progress at once; absent without a cap. */
  readonly concurrency?: number;
  /** How many are in progress now; absent without a cap. */
  readonly inUse?: number;
  readonly waiting: number;
  readonly active: number;
  readonly delayed: number;
  readonly workers: number;
  readonly slots: number;
  /**
   * Functions that were told to stop, have not returned, and continue beyond their claims; oldest
   * first. They count for caps.
   */
  readonly overruns: readonly PoolOverrun[];
}

/** A function that continues although it was told to stop. */
export interface PoolOverrun {
  readonly asset: string;
  readonly partition: string;
  readonly backfillId: string;
  readonly workerId: string;
  /** `canceled`, `paused`, `timeout`, `draining` or `lost`. */
  readonly reason: string;
  readonly since: string;
}
