import { z } from "zod";
import { backfillSummaryFields } from "./finishedBackfill.ts";

/** What a planner knows of a backfill when it pauses by itself; stored until every target has it. */
export const pausedBackfillSchema = z.object({
  version: z.literal(1),
  event: z.literal("paused"),
  status: z.literal("paused"),
  /** `budget`: its budget is exceeded; `canary`: a partition of those that run first has failed. */
  cause: z.enum(["budget", "canary"]),
  /** Why it paused, in words: `budget: 3 partitions have failed; the limit is 3`. */
  pauseReason: z.string(),
  /** The command that lets it go on. */
  resume: z.string(),
  ...backfillSummaryFields,
});

/** The stored part of it. */
export type BackfillPauseSummary = z.output<typeof pausedBackfillSchema>;

/**
 * A backfill that paused by itself: what `onBackfillPaused` is called with and what webhooks are sent. Each pause has one. It may
 * come more than once, always under the same `deliveryId`. A pause by a person is not told. Partitions that were in progress may
 * have settled since, so the counts do not add up to `selected`.
 */
export interface PausedBackfill extends BackfillPauseSummary {
  readonly type: "backfill.paused";
  /** `<backfillId>-<sequence>`. */
  readonly deliveryId: string;
  readonly backfillId: string;
  /** Counts the summaries of this backfill, pauses and ends, from 1. */
  readonly sequence: number;
  /** ISO 8601, UTC, by Redis' clock. */
  readonly pausedAt: string;
}
