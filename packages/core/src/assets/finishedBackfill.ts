import { z } from "zod";

const countsSchema = z.object({
  selected: z.int(),
  succeeded: z.int(),
  failed: z.int(),
  skipped: z.int(),
  canceled: z.int(),
});

/** The common fields of the summaries of an end and of a pause. */
export const backfillSummaryFields = {
  /** The request's label. */
  label: z.string(),
  /** Who submitted it, and why. */
  actor: z.string(),
  reason: z.string(),
  /** ISO 8601, UTC. */
  createdAt: z.string(),
  /**
   * Partitions by outcome, over all assets. They add up to `selected` once the backfill has ended.
   */
  counts: countsSchema,
  assets: z.array(z.object({ asset: z.string(), counts: countsSchema })),
  /** The largest groups of failures, at most ten, among the first 1,000 failed partitions. */
  failureGroups: z.array(z.object({ fingerprint: z.string(), error: z.string(), count: z.int() })),
} as const;

/** A planner's facts about a backfill that ends; stored until every target has accepted them. */
export const finishedBackfillSchema = z.object({
  version: z.literal(1),
  status: z.enum(["succeeded", "failed", "canceled"]),
  ...backfillSummaryFields,
});

/** The stored part of a summary. */
export type BackfillEnd = z.output<typeof finishedBackfillSchema>;

/**
 * How a backfill ended: the argument of `onBackfillFinished` and the body for webhooks. It may be
 * delivered more than once, always with the same `deliveryId`. If a backfill is retried and ends
 * again, it has another summary with the next `sequence`.
 */
export interface FinishedBackfill extends BackfillEnd {
  readonly type: "backfill.finished";
  /** `<backfillId>-<sequence>`. */
  readonly deliveryId: string;
  readonly backfillId: string;
  /** Numbers the summaries of this backfill (ends, and pauses by itself) from 1. */
  readonly sequence: number;
  /** ISO 8601, UTC, by Redis' clock. */
  readonly finishedAt: string;
}
