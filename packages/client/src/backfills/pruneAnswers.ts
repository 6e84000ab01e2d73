import type { ControlOptions } from "../shared/controlOptions.ts";

/** Which ended backfills to prune. Without limits the project's retention applies. */
export interface PruneOptions extends ControlOptions {
  /** Prunes backfills that ended longer ago, in milliseconds, from 0. */
  readonly olderThanMs?: number;
  /** Keeps at most this many, from 0; the ones that ended first are pruned. */
  readonly keep?: number;
  /** Only lists them, and changes nothing. */
  readonly dryRun?: boolean;
}

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
