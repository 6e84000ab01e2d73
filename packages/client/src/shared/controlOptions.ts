import type { AssetSpan } from "./keySpan.ts";

/** The actor and reason of a change, for the backfill's log. */
export interface ControlOptions {
  readonly actor?: string;
  readonly reason?: string;
}

/** Which partitions of a backfill run again, with actor and reason. */
export interface RetryOptions extends ControlOptions {
  /** Default: failed, skipped and canceled ones. */
  readonly only?: "failed" | "skipped" | "canceled";
  /** The fingerprint of a group of failures, or its beginning. */
  readonly group?: string;
  /** Whether to include partitions that `changeBackfill` dropped; default: no. */
  readonly dropped?: boolean;
}

/** How many partitions a retry runs again, by their outcome. */
export interface RetryCounts {
  readonly toRetry: number;
  readonly failed: number;
  readonly skipped: number;
  readonly canceled: number;
  /** Partitions that were dropped by hand and are left out, unless `dropped` is set. */
  readonly dropped: number;
  /** The partitions that run again, by asset in topological order. */
  readonly sets?: readonly AssetSpan[];
}

/** How and how long to pause a backfill, with actor and reason. */
export interface PauseOptions extends ControlOptions {
  /**
   * `drain` (default) lets running partitions end; `stop` aborts them, and those attempts do not
   * count.
   */
  readonly mode?: "drain" | "stop";
  /** Resumes by itself after this long, in milliseconds; default: only by a resume. */
  readonly forMs?: number;
}
