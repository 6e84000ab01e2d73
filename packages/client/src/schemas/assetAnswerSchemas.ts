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
