import type { AssetSpan } from "./keySpan.ts";

/** Who asked for a change, and why; kept in the backfill's log. */
export interface ControlOptions {
  readonly actor?: string;
  readonly reason?: string;
}

/** Which partitions of a backfill run again, who asks for it, and why. */
export interface RetryOptions extends ControlOptions {
  /** Left out: those that failed, were skipped or were canceled. */
  readonly only?: "failed" | "skipped" | "canceled";
  /** The fingerprint of a group of failures, or its beginning. */
  readonly group?: string;
  /** Also those that `changeBackfill` took out with `drop`; left out: these stay out. */
  readonly dropped?: boolean;
}

/** How many partitions a retry runs again, by the outcome they had. */
export interface RetryCounts {
  readonly toRetry: number;
  readonly failed: number;
  readonly skipped: number;
  readonly canceled: number;
  /** Not among them: those that were taken out by hand, and stay out unless `dropped` is asked for. */
  readonly dropped: number;
  /** Which run again, by asset in topological order. */
  readonly sets?: readonly AssetSpan[];
}

/** How a backfill pauses, until when, who asks for it, and why. */
export interface PauseOptions extends ControlOptions {
  /** `drain` (left out) lets what runs end; `stop` aborts it, and the attempts do not count. */
  readonly mode?: "drain" | "stop";
  /** Goes on by itself after this long, in milliseconds; left out: not before it is resumed. */
  readonly forMs?: number;
}
