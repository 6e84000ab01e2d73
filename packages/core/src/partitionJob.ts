import { z } from "zod";
import { retryPolicySchema } from "./retryPolicy.ts";

/**
 * The data of a partition job, version 1: a run of partitions of one lane that belong to one backfill.
 *
 * A job is a hint. It says where to look, and the claim decides. Names are one letter because every waiting job holds them.
 */
export const partitionJobSchema = z.object({
  /** Version of this shape. */
  v: z.literal(1),
  /** Backfill id. */
  b: z.string(),
  /** Asset name. */
  a: z.string(),
  /** Lane: the ordinals of the axes other than the bit axis, joined with dots; "" where there is one axis. */
  l: z.string(),
  /** First ordinal of the run. */
  o: z.int(),
  /** Length of the run; 1 unless the asset's backfill policy says otherwise. */
  n: z.int().min(1),
  /** The key of the first partition, checked against the ordinal by the worker that takes the job. */
  k: z.string(),
  /** The instant at which the backfill was planned, epoch milliseconds: which upstream partitions existed. */
  t: z.number(),
  /** Which dynamic keys there were then, by definition; absent where nothing is dynamic. */
  d: z.array(z.tuple([z.string(), z.string()])).optional(),
  /** The request's retry policy, where it overrides the asset's. */
  r: retryPolicySchema.optional(),
});

export type PartitionJob = z.output<typeof partitionJobSchema>;
