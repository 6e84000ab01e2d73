import { z } from "zod";
import { countSchema, instantSchema } from "./answerParts.ts";
import { statusCountsSchema } from "./partitionAnswerSchemas.ts";

/** An asset as lists show it: `AssetSummary`. */
export const assetSummarySchema = z.strictObject({
  name: z.string(),
  description: z.string(),
  partitions: z.string(),
  pool: z.string(),
  counts: statusCountsSchema,
  stale: countSchema.exactOptional(),
  problem: z.string().exactOptional(),
});

const edgeSchema = z.strictObject({ asset: z.string(), mapping: z.string() });

/** An asset with its place in the graph and its caps: `AssetDetail`. */
export const assetDetailSchema = assetSummarySchema.extend({
  concurrency: z.strictObject({ cap: countSchema, inUse: countSchema }).exactOptional(),
  concurrencyPer: z
    .array(
      z.strictObject({
        dimension: z.string(),
        cap: countSchema,
        keys: z.array(z.strictObject({ key: z.string(), inUse: countSchema })).max(10),
      }),
    )
    .exactOptional(),
  fingerprint: z.string(),
  codeVersion: z.string(),
  tags: z.array(z.string()),
  firstKey: z.string().exactOptional(),
  lastKey: z.string().exactOptional(),
  upstream: z.array(edgeSchema),
  downstream: z.array(edgeSchema),
});

/** A pool: its queue, its limit, and who serves it: `PoolSummary`. */
export const poolSummarySchema = z.strictObject({
  pool: z.string(),
  assets: z.array(z.string()),
  concurrency: countSchema.exactOptional(),
  inUse: countSchema.exactOptional(),
  waiting: countSchema,
  active: countSchema,
  delayed: countSchema,
  workers: countSchema,
  slots: countSchema,
  overruns: z.array(
    z.strictObject({
      asset: z.string(),
      partition: z.string(),
      backfillId: z.string(),
      workerId: z.string(),
      reason: z.string(),
      since: instantSchema,
    }),
  ),
});

const gapSchema = z.strictObject({ partitions: countSchema, text: z.string().max(16_384) });

/** The gaps of a selection of assets: `GapReport`. */
export const gapReportSchema = z.strictObject({
  at: instantSchema,
  assets: z.array(
    z.strictObject({
      asset: z.string(),
      total: countSchema,
      missing: gapSchema,
      failed: gapSchema,
      stale: gapSchema,
      partitions: countSchema,
      inProgress: countSchema,
    }),
  ),
  partitions: countSchema,
  inProgress: countSchema,
  unfit: z.array(z.strictObject({ asset: z.string(), problem: z.string() })).exactOptional(),
});

/** What was deleted or moved of an asset: `AssetState`. */
export const assetStateSchema = z.strictObject({
  materialized: countSchema,
  failed: countSchema,
  inProgress: countSchema,
  records: countSchema,
  ledgers: countSchema,
  keys: countSchema,
});

/** The size of an asset's state, and who uses it: `AssetStatePreview`. */
export const assetStatePreviewSchema = assetStateSchema.extend({
  asset: z.string(),
  isInProject: z.boolean(),
  usedBy: z.array(z.string()),
});

/** What was kept under another definition: `KeptState`. */
export const keptStateSchema = z.strictObject({
  materialized: countSchema,
  failed: countSchema,
  dropped: countSchema,
  added: countSchema,
  isUnderWay: z.boolean(),
});

/** How much would be kept, and who uses it: `KeptStatePreview`. */
export const keptStatePreviewSchema = keptStateSchema.extend({
  asset: z.string(),
  usedBy: z.array(z.string()),
});

/** The state that would move to another name: `RenamePreview`. */
export const renamePreviewSchema = assetStateSchema.extend({
  asset: z.string(),
  newName: z.string(),
  isInProject: z.boolean(),
  stage: z.enum(["new", "under_way", "back"]),
  usedBy: z.array(z.string()),
});
