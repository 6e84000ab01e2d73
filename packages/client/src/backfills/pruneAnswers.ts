/** The backfills that were or would be pruned. */
export interface PrunedBackfills {
  readonly pruned: number;
  /**
   * Kept although beyond the limits, because they have changed since or a summary is still to be
   * delivered.
   */
  readonly kept: number;
  /**
   * When the first and the last of the pruned ones ended, ISO 8601 in UTC; absent if there are
   * none.
   */
  readonly firstFinishedAt?: string;
  readonly lastFinishedAt?: string;
  /** Their ids, in the order of their ends; at most 20. */
  readonly ids: readonly string[];
  /** Ended backfills that stay. */
  readonly left: number;
}

/** A round of pruning. */
export interface PruneEvent {
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** `planner` for the project's retention. */
  readonly actor: string;
  readonly reason: string;
  readonly backfills: number;
  readonly firstFinishedAt: string;
  readonly lastFinishedAt: string;
}
