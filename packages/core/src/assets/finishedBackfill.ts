import { z } from "zod";

const countsSchema = z.object({
  selected: z.int(),
  succeeded: z.int(),
  failed: z.int(),
  skipped: z.int(),
  canceled: z.int(),
});

/** What the summary of an end and the one of a pause have in common. */
export const backfillSummaryFields = {
  /** The request's label. */
  label: z.string(),
  /** Who submitted it, and why. */
  actor: z.string(),
  reason: z.string(),
  /** ISO 8601, UTC. */
  createdAt: z.string(),
  /** Partitions by outcome, over all assets. They add up to `selected` when the backfill has ended. */
  counts: countsSchema,
  assets: z.array(z.object({ asset: z.string(), counts: countsSchema })),
  /** The largest groups of failures, at most ten, among the first 1,000 failed partitions. */
  failureGroups: z.array(z.object({ fingerprint: z.string(), error: z.string(), count: z.int() })),
} as const;

/** What a planner knows of a backfill when it ends; stored until every target has it. */
export const finishedBackfillSchema = z.object({
  version: z.literal(1),
  status: z.enum(["succeeded", "failed", "canceled"]),
  ...backfillSummaryFields,
});

/** The stored part of a summary. */
export type BackfillEnd = z.output<typeof finishedBackfillSchema>;

/**
 * How a backfill ended: what `onBackfillFinished` is called with and what webhooks are sent. It may come more than once,
 * always under the same `deliveryId`. A retried backfill that ends again has another summary, under the next `sequence`.
 */
export interface FinishedBackfill extends BackfillEnd {
  readonly type: "backfill.finished";
  /** `<backfillId>-<sequence>`. */
  readonly deliveryId: string;
  readonly backfillId: string;
  /** Counts the summaries of this backfill, its ends and the pauses that it made by itself, from 1. */
  readonly sequence: number;
  /** ISO 8601, UTC, by Redis' clock. */
  readonly finishedAt: string;
}
