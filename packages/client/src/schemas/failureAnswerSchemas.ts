import { z } from "zod";
import { countSchema, errorFields, instantSchema, partitionNameSchema } from "./answerParts.ts";

/** Failed partitions whose errors are equal but for numbers, ids and the like: `FailureGroup`. */
export const failureGroupSchema = z.strictObject({
  fingerprint: z.string(),
  error: z.string(),
  count: countSchema,
  share: z.number().min(0).max(1),
  firstAt: instantSchema.exactOptional(),
  lastAt: instantSchema.exactOptional(),
  assets: z.array(z.strictObject({ asset: z.string(), count: countSchema })),
  samples: z.array(partitionNameSchema).max(5),
  example: partitionNameSchema.extend({
    attempt: countSchema,
    ...errorFields,
    stack: z.string().exactOptional(),
  }),
});

/** The failures of a backfill, in groups: `BackfillFailures`. */
export const backfillFailuresSchema = z.strictObject({
  id: z.string(),
  failed: countSchema,
  examined: countSchema,
  groups: z.array(failureGroupSchema).max(200),
  ungrouped: countSchema,
});
