import type { Definitions } from "./changingAssets.ts";

/** What the processes of one scenario are told, as JSON in `CHAOS`. */
export interface ChaosSettings {
  readonly seed: string;
  readonly namespace: string;
  /** Every start and end of a function is a line of this file. */
  readonly executionLog: string;
  /** Weeks of the diamond: sixteen partitions each. */
  readonly weeks: number;
  /** Partitions of the wide asset, and steps of the chain. */
  readonly wide: number;
  readonly chain: number;
  /** Partitions of the independent asset. */
  readonly independent: number;
  /** A function takes a time between these, in milliseconds, drawn for each partition from the seed. */
  readonly leastMs: number;
  readonly mostMs: number;
  /** `asset key` of partitions whose function throws; every time, unless there is a file `<execution log>.mended`. */
  readonly failing: readonly string[];
  /** Whether what throws waits, before it does, until there is a file `<execution log>.told`. */
  readonly failsWhenTold?: boolean;
  /**
   * For how long one function of each process blocks the event loop, in milliseconds, once there is a file
   * `<execution log>.block`; left out: none does.
   */
  readonly blocksMs?: number;
  /** Slots of one worker. */
  readonly concurrency: number;
  readonly leaseMs: number;
  /** Time between two looks of a planner. */
  readonly tickMs: number;
  /** Days of the asset that has dynamic keys, and of what follows from it; left out: the project has none of these. */
  readonly soldDays?: number;
  /** Days of the asset that has many tenants, and of what follows from it; left out: the project has none of these. */
  readonly tenantDays?: number;
  /** Whether the project has assets whose definitions change, and which they are now. */
  readonly definitions?: Definitions;
  /** Static keys that the changed definitions no longer have. */
  readonly removed?: readonly string[];
}
