import { z } from "zod";
import { countSchema, instantSchema } from "./answerParts.ts";

/** A dynamic definition, and how many keys it has: `DynamicDefinition`. */
export const dynamicDefinitionSchema = z.strictObject({
  name: z.string(),
  keys: countSchema,
  removed: countSchema,
  assets: z.array(z.string()),
});

/** A key of a dynamic definition: `DynamicPartition`. */
export const dynamicPartitionSchema = z.strictObject({ key: z.string(), since: instantSchema });

/** What adding or removing dynamic keys did, or would do: `ChangedDynamicPartitions`. */
export const changedDynamicPartitionsSchema = z.strictObject({
  name: z.string(),
  changed: countSchema,
  unchanged: countSchema,
  unchangedKeys: z.array(z.string()).max(5),
  assets: z.array(
    z.strictObject({
      asset: z.string(),
      materialized: countSchema,
      failed: countSchema,
      inProgress: countSchema,
    }),
  ),
});

/** An entry of the history of a dynamic definition: `DynamicChangeEvent`. */
export const dynamicChangeEventSchema = z.strictObject({
  id: z.string(),
  definition: z.string(),
  at: instantSchema,
  what: z.string(),
  keys: countSchema,
  firstKeys: z.array(z.string()).max(3),
  actor: z.string(),
  reason: z.string(),
});
