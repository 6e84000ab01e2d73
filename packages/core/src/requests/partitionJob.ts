import { z } from "zod";
import { backfillIdPattern } from "./backfillId.ts";
import { nameSchema } from "./names.ts";
import { retryPolicySchema } from "./retryPolicy.ts";

/** Most partitions of one job. */
export const mostPartitionsPerJob = 1_000;
/** Above every possible ordinal of an asset; windows before 1970 have negative ones. */
const mostOrdinals = 2 ** 40;
/** Most characters of a partition key or of a definition's name. */
const mostCharacters = 4_096;

/**
 * The data of a partition job, version 1: a run of partitions of one lane in one backfill.
 *
 * Every field is bounded, so that a damaged or forged job cannot keep a worker busy. A job is a
 * hint: it says which partitions to claim, and the claim decides. Names have one letter because
 * every waiting job holds them.
 */
export const partitionJobSchema = z.object({
  /** Version of this shape. */
  v: z.literal(1),
  /** Backfill id. */
  b: z.string().regex(backfillIdPattern, "expected a backfill id"),
  /** Asset name. */
  a: nameSchema,
  /**
   * Lane: the ordinals of the axes other than the bit axis, joined with dots; "" if there is one
   * axis.
   */
  l: z
    .string()
    .max(256)
    .regex(/^(?:-?\d+(?:\.-?\d+)*)?$/, "expected ordinals joined with dots"),
  /** First ordinal of the run. */
  o: z.int().min(-mostOrdinals).max(mostOrdinals),
  /** Length of the run; 1 unless the asset's backfill policy says otherwise. */
  n: z.int().min(1).max(mostPartitionsPerJob),
  /** The key of the first partition, which the worker compares with the ordinal. */
  k: z.string().max(mostCharacters),
  /** The plan's moment, epoch milliseconds: it decides which upstream partitions exist. */
  t: z.number().min(-8.64e15).max(8.64e15),
  /** The revisions of dynamic keys at that moment, by definition; absent if nothing is dynamic. */
  d: z
    .array(z.tuple([z.string().max(mostCharacters), z.string().max(mostCharacters)]))
    .max(1_000)
    .optional(),
  /** The request's retry policy, if it overrides the asset's. */
  r: retryPolicySchema.optional(),
});

export type PartitionJob = z.output<typeof partitionJobSchema>;
