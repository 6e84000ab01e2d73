/** A dynamic definition and its number of keys. */
export interface DynamicDefinition {
  readonly name: string;
  readonly keys: number;
  /** Keys that were removed and not added again. */
  readonly removed: number;
  /** The assets that it partitions. */
  readonly assets: readonly string[];
}

/** A key of a dynamic definition. */
export interface DynamicPartition {
  readonly key: string;
  /** Time of its last addition, or of its removal in the list of removed keys. ISO 8601, UTC. */
  readonly since: string;
}

/** The effects of adding or removing dynamic keys. */
export interface ChangedDynamicPartitions {
  readonly name: string;
  readonly changed: number;
  /** Keys that were already present or already absent. */
  readonly unchanged: number;
  /** The first of these, at most five. */
  readonly unchangedKeys: readonly string[];
  /**
   * For each asset with state of the changed keys, how many of its partitions are materialized,
   * failed or running.
   */
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
