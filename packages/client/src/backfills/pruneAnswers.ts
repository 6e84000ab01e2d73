import type { ControlOptions } from "../shared/controlOptions.ts";

/** Which ended backfills are pruned. Without a limit the project's retention decides. */
export interface PruneOptions extends ControlOptions {
  /** Those that ended longer ago, in milliseconds, from 0. */
  readonly olderThanMs?: number;
  /** Those beyond so many, from 0: the ones that ended first go. */
  readonly keep?: number;
  /** Says which they are, and changes nothing. */
  readonly dryRun?: boolean;
}

/** What was pruned, or would be. */
export interface PrunedBackfills {
  readonly pruned: number;
  /** Beyond the limits and kept, because they have changed since or a summary of theirs is still to be delivered. */
  readonly kept: number;
  /** When the first and the last of those that were pruned had ended, ISO 8601 in UTC; absent where there are none. */
  readonly firstFinishedAt?: string;
  readonly lastFinishedAt?: string;
  /** Their ids, the one that ended first before the others; at most 20. */
  readonly ids: readonly string[];
  /** Ended backfills that stay. */
  readonly left: number;
}

/** A round of pruning. */
export interface PruneEvent {
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** `planner` where the project's retention decided. */
  readonly actor: string;
  readonly reason: string;
  readonly backfills: number;
  readonly firstFinishedAt: string;
  readonly lastFinishedAt: string;
}
