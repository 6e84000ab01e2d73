import { backfillRequestSchema, backfillSettingsSchema, backfillStatuses } from "@infill/core";
import { factsSchema } from "@infill/state";
import { z } from "zod";
import { assetSpanSchema, countSchema, instantSchema, partitionNameSchema } from "./answerParts.ts";
import { failureGroupSchema } from "./failureAnswerSchemas.ts";
import { runningPartitionSchema } from "./partitionAnswerSchemas.ts";

/** Counts of the partitions that a backfill has of an asset: `LedgerCounts`. */
export const ledgerCountsSchema = z.strictObject({
  selected: countSchema,
  waiting: countSchema,
  queued: countSchema,
  inProgress: countSchema,
  succeeded: countSchema,
  failed: countSchema,
  skipped: countSchema,
  canceled: countSchema,
});

/** A backfill as lists show it: `BackfillSummary`. */
export const backfillSummarySchema = z.strictObject({
  id: z.string(),
  status: z.enum(backfillStatuses),
  createdAt: instantSchema,
  finishedAt: instantSchema.exactOptional(),
  assets: z.array(z.string()),
  label: z.string(),
  actor: z.string(),
  reason: z.string(),
  counts: ledgerCountsSchema,
});

/** A row of a list of backfills: `ListedBackfill`. */
export const listedBackfillSchema = z.union([
  backfillSummarySchema,
  z.strictObject({
    id: z.string(),
    status: z.literal("unreadable"),
    field: z.string(),
    problem: z.string(),
  }),
]);

/** A backfill with its progress: `BackfillDetail`. */
export const backfillDetailSchema = backfillSummarySchema.extend({
  request: backfillRequestSchema,
  settings: backfillSettingsSchema,
  pause: z
    .strictObject({
      mode: z.enum(["drain", "stop"]),
      reason: z.string(),
      until: instantSchema.exactOptional(),
    })
    .exactOptional(),
  window: countSchema,
  byAsset: z.array(z.strictObject({ asset: z.string(), counts: ledgerCountsSchema })),
  running: z.array(runningPartitionSchema).max(10).exactOptional(),
  failures: z
    .array(partitionNameSchema.extend({ error: z.string(), attempt: countSchema }))
    .max(10),
  failureGroups: z
    .array(failureGroupSchema.pick({ fingerprint: true, error: true, count: true, samples: true }))
    .max(3)
    .exactOptional(),
  perSecond: z.number().min(0),
  remainingMs: z.number().min(0).exactOptional(),
  slots: countSchema,
  workers: countSchema,
  attention: z.array(
    z.strictObject({
      code: z.enum(["REDIS_AWAY", "NO_PLANNER", "NO_WORKER", "OLDER_WORKERS", "PAUSED_BY_ITSELF"]),
      message: z.string(),
      command: z.string().exactOptional(),
      since: instantSchema.exactOptional(),
    }),
  ),
});

/** The effects of a change, made or tried: `ChangedBackfill`. */
export const changedBackfillSchema = z.strictObject({
  settings: backfillSettingsSchema,
  added: countSchema,
  dropped: countSchema,
  sets: z
    .strictObject({ added: z.array(assetSpanSchema), dropped: z.array(assetSpanSchema) })
    .exactOptional(),
  backfill: backfillDetailSchema,
});

/** What `backfills.retry` answers: how many partitions run again, and the backfill. */
export const retriedBackfillSchema = z.strictObject({
  reopened: countSchema,
  backfill: backfillDetailSchema,
});

/** How many partitions a retry runs again: `RetryCounts`. */
export const retryCountsSchema = z.strictObject({
  toRetry: countSchema,
  failed: countSchema,
  skipped: countSchema,
  canceled: countSchema,
  dropped: countSchema,
  sets: z.array(assetSpanSchema).exactOptional(),
});

/** An entry of a backfill's log: `BackfillEvent`. */
export const backfillEventSchema = z.strictObject({
  number: z.int().min(1),
  at: instantSchema,
  what: z.string(),
  actor: z.string(),
  reason: z.string(),
  before: factsSchema.exactOptional(),
  after: factsSchema.exactOptional(),
  details: factsSchema.exactOptional(),
});

/** What was pruned, or would be: `PrunedBackfills`. */
export const prunedBackfillsSchema = z.strictObject({
  pruned: countSchema,
  kept: countSchema,
  firstFinishedAt: instantSchema.exactOptional(),
  lastFinishedAt: instantSchema.exactOptional(),
  ids: z.array(z.string()).max(20),
  left: countSchema,
});

/** A round of pruning: `PruneEvent`. */
export const pruneEventSchema = z.strictObject({
  at: instantSchema,
  actor: z.string(),
  reason: z.string(),
  backfills: countSchema,
  firstFinishedAt: instantSchema,
  lastFinishedAt: instantSchema,
});
