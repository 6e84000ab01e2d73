import type { ControlOptions } from "../shared/controlOptions.ts";

/** A dynamic definition, and how many keys it has. */
export interface DynamicDefinition {
  readonly name: string;
  readonly keys: number;
  /** Keys that were removed and have not come back. */
  readonly removed: number;
  /** The assets that are partitioned by it. */
  readonly assets: readonly string[];
}

/** A key of a dynamic definition. */
export interface DynamicPartition {
  readonly key: string;
  /** When it was added last; when it was removed, in the list of those that were. ISO 8601, UTC. */
  readonly since: string;
}

/** How dynamic keys are added or removed. */
export interface DynamicChangeOptions extends ControlOptions {
  /** Say what would be done, and do nothing. */
  readonly dryRun?: boolean;
}

/** What adding or removing dynamic keys did, or would do. */
export interface ChangedDynamicPartitions {
  readonly name: string;
  readonly changed: number;
  /** Keys that were there already, or were not there. */
  readonly unchanged: number;
  /** The first of those, at most five. */
  readonly unchangedKeys: readonly string[];
  /** Of each asset that has state of the changed keys: how many of its partitions are materialized, failed or run. */
  readonly assets: readonly {
    readonly asset: string;
    readonly materialized: number;
    readonly failed: number;
    readonly inProgress: number;
  }[];
}

/** An entry of the history of a dynamic definition. */
export interface DynamicChangeEvent {
  /** Sorts by age. */
  readonly id: string;
  readonly definition: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** `added` or `removed`. */
  readonly what: string;
  readonly keys: number;
  /** At most three. */
  readonly firstKeys: readonly string[];
  readonly actor: string;
  readonly reason: string;
}
