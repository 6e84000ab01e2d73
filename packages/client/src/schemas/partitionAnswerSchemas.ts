import { factsSchema } from "@infill/state";
import { z } from "zod";
import { assetSpanSchema, countSchema, instantSchema } from "./answerParts.ts";

/** Counts by status: `StatusCounts`. */
export const statusCountsSchema = z.strictObject({
  total: countSchema,
  missing: countSchema,
  inProgress: countSchema,
  materialized: countSchema,
  failed: countSchema,
});

const standingSchema = z.enum(["missing", "materialized", "failed"]);

const runningAttemptFields = {
  backfillId: z.string(),
  workerId: z.string(),
  attempt: countSchema,
  startedAt: instantSchema.exactOptional(),
} as const;

/** A partition that runs now: `RunningPartition`. */
export const runningPartitionSchema = z.strictObject({
  ...runningAttemptFields,
  asset: z.string(),
  key: z.string(),
});

const lastSettlementSchema = z.strictObject({
  outcome: z.enum(["succeeded", "failed"]),
  at: instantSchema,
  backfillId: z.string(),
  backfillDeleted: z.literal(true).exactOptional(),
  attempt: countSchema,
  durationMs: z.number().min(0),
  codeVersion: z.string(),
  byHand: z.literal(true).exactOptional(),
});

const pastAttemptSchema = z.strictObject({
  ended: z.enum(["succeeded", "failed", "retried", "given_back", "paused", "canceled", "lapsed"]),
  at: instantSchema,
  durationMs: z.number().min(0),
  attempt: countSchema,
  backfillId: z.string(),
  backfillDeleted: z.literal(true).exactOptional(),
  workerId: z.string().exactOptional(),
  error: z.string().exactOptional(),
});

/** A partition as lists show it: `PartitionSummary`. */
export const partitionSummarySchema = z.strictObject({
  asset: z.string(),
  key: z.string(),
  status: z.enum(["missing", "materialized", "failed", "in_progress"]),
  standing: standingSchema,
  stale: z.literal(true).exactOptional(),
  lastSettlement: lastSettlementSchema.exactOptional(),
  claim: z.strictObject(runningAttemptFields).exactOptional(),
});

/** Everything about a partition: `PartitionDetail`. */
export const partitionDetailSchema = partitionSummarySchema.extend({
  window: z
    .strictObject({ start: instantSchema, end: instantSchema, timezone: z.string() })
    .exactOptional(),
  metadata: z.record(z.string(), z.json()).exactOptional(),
  error: z
    .strictObject({
      name: z.string(),
      message: z.string(),
      stack: z.string().optional(),
      causes: z
        .array(
          z.strictObject({
            name: z.string(),
            message: z.string(),
            depth: z.int().min(1),
            via: z.enum(["cause", "errors"]),
          }),
        )
        .exactOptional(),
    })
    .exactOptional(),
  attempts: z.array(pastAttemptSchema).max(5),
  upstream: z.array(assetSpanSchema),
});

/** What became of partitions that were marked or wiped: `ChangedPartitions`. */
export const changedPartitionsSchema = z.strictObject({
  asset: z.string(),
  before: statusCountsSchema,
  changed: countSchema,
  leftOut: countSchema,
});

/** An entry of an asset's list of changes by hand: `PartitionChangeEvent`. */
export const partitionChangeEventSchema = z.strictObject({
  id: z.string(),
  asset: z.string(),
  at: instantSchema,
  what: z.string(),
  actor: z.string(),
  reason: z.string(),
  details: factsSchema,
});
