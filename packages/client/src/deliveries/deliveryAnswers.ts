import type { ControlOptions } from "../shared/controlOptions.ts";

/** A summary that some target has not taken: of a backfill's end, of a pause that it made by itself, or of failures that reached the alert. */
export interface WaitingSummary {
  /** `<backfillId>-<sequence>`. */
  readonly deliveryId: string;
  readonly backfillId: string;
  readonly event: "finished" | "paused" | "failing";
  /** A webhook, by its host, or the name of the project's function, such as `onBackfillFinished`; absent until a planner has looked at it. */
  readonly target?: string;
  /** `waiting` comes, or comes again, at `at`; `parked` was given up then. */
  readonly status: "waiting" | "parked";
  readonly attempts: number;
  /** Why the last attempt failed; "" where none has. */
  readonly error: string;
  /** ISO 8601, UTC, by Redis' clock. */
  readonly at: string;
}

/** Who sends parked summaries again, and why. */
export interface RedeliverOptions extends ControlOptions {
  /** Change nothing: only say which these are. */
  readonly dryRun?: boolean;
}
