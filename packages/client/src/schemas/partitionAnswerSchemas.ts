import { factsSchema } from "@infill/state";
import { z } from "zod";
import { assetSpanSchema, countSchema, errorFields, instantSchema } from "./answerParts.ts";
import { partitionStatuses } from "./partitionSchemas.ts";

/** Counts by status: `StatusCounts`. */
export const statusCountsSchema = z.strictObject({
  total: countSchema,
  missing: countSchema,
  inProgress: countSchema,
  materialized: countSchema,
  failed: countSchema,
});

const standingSchema = z.enum(["missing", "materialized", "failed"]);

/** A partition's status: `PartitionStatus`. */
export const partitionStatusSchema = z.enum(partitionStatuses);

/** An attempt that runs now: `RunningAttempt`. */
export const runningAttemptSchema = z.strictObject({
  backfillId: z.string(),
  workerId: z.string(),
  attempt: countSchema,
  startedAt: instantSchema.exactOptional(),
});

/** A partition that runs now: `RunningPartition`. */
export const runningPartitionSchema = runningAttemptSchema.extend({
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
  status: partitionStatusSchema,
  standing: standingSchema,
  stale: z.literal(true).exactOptional(),
  lastSettlement: lastSettlementSchema.exactOptional(),
  claim: runningAttemptSchema.exactOptional(),
});

/** The last error of a partition. */
export const storedErrorSchema = z.strictObject({ ...errorFields, stack: z.string().optional() });

/** Everything about a partition: `PartitionDetail`. */
export const partitionDetailSchema = partitionSummarySchema.extend({
  window: z
    .strictObject({ start: instantSchema, end: instantSchema, timezone: z.string() })
    .exactOptional(),
  metadata: z.record(z.string(), z.json()).exactOptional(),
  error: storedErrorSchema.exactOptional(),
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
