import { backfillRequestSchema } from "@infill/core";
import { z } from "zod";
import { assetSpanSchema, countSchema, instantSchema, keySpanFields } from "./answerParts.ts";
import { statusCountsSchema } from "./partitionAnswerSchemas.ts";

const durationSpanFields = { lowMs: z.number().min(0), highMs: z.number().min(0) } as const;

/** How long a backfill would take: `DurationEstimate`. */
export const durationEstimateSchema = z.discriminatedUnion("isKnown", [
  z.strictObject({
    isKnown: z.literal(true),
    ...durationSpanFields,
    withTwiceTheSlots: z.strictObject(durationSpanFields),
    sampled: countSchema,
    longestChain: countSchema,
  }),
  z.strictObject({
    isKnown: z.literal(false),
    neverRun: z.array(z.string()),
    withoutWorker: z.array(z.string()),
  }),
]);

const { keys: _keys, ...spanFields } = keySpanFields;

/** One asset's part of a preview: `AssetPreview`. */
export const assetPreviewSchema = z.strictObject({
  asset: z.string(),
  selected: countSchema,
  statuses: statusCountsSchema,
  upToDate: countSchema,
  toRun: countSchema,
  shared: z
    .strictObject({
      partitions: countSchema,
      backfills: z.array(z.strictObject({ id: z.string(), partitions: countSchema })).max(100),
    })
    .exactOptional(),
  ...spanFields,
  pool: z.string(),
});

/** What a request would run: `BackfillPreview`. */
export const backfillPreviewSchema = z.strictObject({
  request: backfillRequestSchema,
  planHash: z.string(),
  plannedAt: instantSchema,
  duration: durationEstimateSchema.exactOptional(),
  assets: z.array(assetPreviewSchema),
  toRun: countSchema,
  oldInput: z.array(assetSpanSchema),
  slots: countSchema,
  warnings: z.array(z.string()),
  warningKinds: z.array(
    z.strictObject({
      kind: z.enum(["missing_upstream", "old_input", "no_worker", "no_planner"]),
      count: countSchema,
    }),
  ),
});

/** The result of a submission: `CreatedBackfill`. `id` is undefined if there was nothing to run. */
export const createdBackfillSchema = z.strictObject({
  id: z.string().optional(),
  preview: backfillPreviewSchema,
});
