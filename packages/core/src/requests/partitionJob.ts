import { z } from "zod";
import { backfillIdPattern } from "./backfillId.ts";
import { nameSchema } from "./names.ts";
import { retryPolicySchema } from "./retryPolicy.ts";

/** Partitions that one job covers at the most. */
export const mostPartitionsPerJob = 1_000;
/** Beyond every ordinal that an asset may have; those of windows before 1970 are negative. */
const mostOrdinals = 2 ** 40;
/** Characters of a partition key, or of the name of a definition, at the most. */
const mostCharacters = 4_096;

/**
 * The data of a partition job, version 1: a run of partitions of one lane that belong to one backfill.
 *
 * Everything is bounded, since a damaged or forged job must not keep a worker busy. A job is a hint. It says where to look, and the claim decides. Names are one letter because every waiting job holds them.
 */
export const partitionJobSchema = z.object({
  /** Version of this shape. */
  v: z.literal(1),
  /** Backfill id. */
  b: z.string().regex(backfillIdPattern, "expected a backfill id"),
  /** Asset name. */
  a: nameSchema,
  /** Lane: the ordinals of the axes other than the bit axis, joined with dots; "" where there is one axis. */
  l: z
    .string()
    .max(256)
    .regex(/^(?:-?\d+(?:\.-?\d+)*)?$/, "expected ordinals joined with dots"),
  /** First ordinal of the run. */
  o: z.int().min(-mostOrdinals).max(mostOrdinals),
  /** Length of the run; 1 unless the asset's backfill policy says otherwise. */
  n: z.int().min(1).max(mostPartitionsPerJob),
  /** The key of the first partition, checked against the ordinal by the worker that takes the job. */
  k: z.string().max(mostCharacters),
  /** The instant at which the backfill was planned, epoch milliseconds: which upstream partitions existed. */
  t: z.number().min(-8.64e15).max(8.64e15),
  /** Which dynamic keys there were then, by definition; absent where nothing is dynamic. */
  d: z
    .array(z.tuple([z.string().max(mostCharacters), z.string().max(mostCharacters)]))
    .max(1_000)
    .optional(),
  /** The request's retry policy, where it overrides the asset's. */
  r: retryPolicySchema.optional(),
});

export type PartitionJob = z.output<typeof partitionJobSchema>;
