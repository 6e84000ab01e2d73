import type { AssetSpan } from "./keySpan.ts";

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
