import { z } from "zod";
import { backfillSummaryFields } from "./finishedBackfill.ts";

/**
 * A planner's facts about a backfill that pauses by itself; stored until every target has accepted
 * them.
 */
export const pausedBackfillSchema = z.object({
  version: z.literal(1),
  event: z.literal("paused"),
  status: z.literal("paused"),
  /** `budget`: its budget is exceeded; `canary`: a canary partition has failed. */
  cause: z.enum(["budget", "canary"]),
  /** The reason, in words: `budget: 3 partitions have failed; the limit is 3`. */
  pauseReason: z.string(),
  /** The command that resumes it. */
  resume: z.string(),
  ...backfillSummaryFields,
});

/** The stored part of the summary. */
export type BackfillPauseSummary = z.output<typeof pausedBackfillSchema>;

/**
 * A backfill that paused by itself: the argument of `onBackfillPaused` and the body for webhooks.
 * Each such pause has one; a pause by a person has none. It may be delivered more than once, always
 * with the same `deliveryId`. Partitions in progress may have settled since, so the counts do not
 * add up to `selected`.
 */
export interface PausedBackfill extends BackfillPauseSummary {
  readonly type: "backfill.paused";
  /** `<backfillId>-<sequence>`. */
  readonly deliveryId: string;
  readonly backfillId: string;
  /** Numbers the summaries of this backfill (pauses and ends) from 1. */
  readonly sequence: number;
  /** ISO 8601, UTC, by Redis' clock. */
  readonly pausedAt: string;
}
