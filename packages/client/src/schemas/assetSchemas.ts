import { z } from "zod";
import { controlOptionsSchema } from "./controlSchemas.ts";
import { nameTextSchema, selectionTextSchema } from "./textSchemas.ts";

/** Most materialized partitions for which staleness is counted by default. */
export const staleLookedAt = 100_000;

/** The input of each method of `Assets`. `name` is the name that most of them take first; `selection` is for `findGaps`. */
export const assetInputs = {
  name: nameTextSchema,
  selection: selectionTextSchema.default("*"),
  list: z.strictObject({
    /**
     * Counts `stale` if all assets together have at most this many materialized partitions. From 0;
     * -1 never counts; default: 100,000.
     */
    staleWithin: z
      .union([z.literal(Number.POSITIVE_INFINITY), z.int().min(-1)], {
        error: "expected a whole number from -1, or Infinity",
      })
      .default(staleLookedAt),
  }),
  reset: controlOptionsSchema,
  remove: controlOptionsSchema,
  keep: controlOptionsSchema,
  rename: controlOptionsSchema,
} as const;
