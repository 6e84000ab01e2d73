import { z } from "zod";
import { backfillIdPattern } from "./backfillId.ts";
import { nameSchema } from "./nameSchema.ts";
import { type ResolvedRetryPolicy, retryPolicySchema } from "./retryPolicy.ts";

/** Most partitions of one job. */
export const mostPartitionsPerJob = 1_000;
/** Above every possible ordinal of an asset; windows before 1970 have negative ones. */
const mostOrdinals = 2 ** 40;
/** Most characters of a partition key or of a definition's name. */
const mostCharacters = 4_096;

/**
 * The data of a partition job in Redis, version 1: a run of partitions of one lane in one backfill.
 *
 * Every field is bounded, so that a damaged or forged job cannot keep a worker busy. A job is a
 * hint: it says which partitions to claim, and the claim decides. Names have one letter because
 * every waiting job holds them.
 */
const jobDataSchema = z.object({
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

/** The data of a partition job as Redis has it. Only this file reads and writes its fields. */
export type PartitionJobData = z.output<typeof jobDataSchema>;

/** Consecutive partitions of one lane: `length` ordinals from `first`. */
export interface PartitionRun {
  readonly lane: string;
  readonly first: number;
  /** 1 to `mostPartitionsPerJob`. */
  readonly length: number;
}

/**
 * The decoded data of a partition job. A job is a hint: it says which partitions to claim, and the
 * claim decides.
 */
export interface PartitionJob {
  readonly backfillId: string;
  readonly asset: string;
  /** The partitions that it covers; at least one run. */
  readonly runs: readonly [PartitionRun, ...PartitionRun[]];
  /** The key of the first partition, which a worker compares with the ordinal. */
  readonly firstKey: string;
  /** The plan's moment, epoch milliseconds. */
  readonly plannedMs: number;
  /**
   * The revisions of dynamic keys at that moment, by definition; undefined if nothing is dynamic.
   */
  readonly dynamic: PartitionJobData["d"];
  /** The request's retry policy; undefined to use the asset's. */
  readonly retry: ResolvedRetryPolicy | undefined;
}

/** Parses and decodes the data of a job. All other code uses the decoded names. */
export const partitionJobSchema = jobDataSchema.transform(
  (data): PartitionJob => ({
    backfillId: data.b,
    asset: data.a,
    runs: [{ lane: data.l, first: data.o, length: data.n }],
    firstKey: data.k,
    plannedMs: data.t,
    dynamic: data.d,
    retry: data.r,
  }),
);

/** Whether a job covers a partition of its asset. */
export function coversPartition({ runs }: PartitionJob, lane: string, ordinal: number): boolean {
  return runs.some((run) => {
    const at = ordinal - run.first;
    return run.lane === lane && at >= 0 && at < run.length;
  });
}

/** Encodes a job for Redis. Version 1 holds one run. */
export function encodePartitionJob(job: PartitionJob): PartitionJobData {
  const { backfillId, asset, runs, firstKey, plannedMs, dynamic, retry } = job;
  if (runs.length > 1) throw new Error("Bug: a job of version 1 holds one run");
  const [{ lane, first, length }] = runs;
  return {
    v: 1,
    b: backfillId,
    a: asset,
    l: lane,
    o: first,
    n: length,
    k: firstKey,
    t: plannedMs,
    ...(dynamic === undefined ? {} : { d: dynamic }),
    ...(retry === undefined ? {} : { r: retry }),
  };
}
