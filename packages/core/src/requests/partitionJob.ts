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

/** The fields of every version. Names have one letter because every waiting job holds them. */
const jobFields = {
  /** Backfill id. */
  b: z.string().regex(backfillIdPattern, "expected a backfill id"),
  /** Asset name. */
  a: nameSchema,
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
};

/** Version 1: one run of partitions of one lane. */
const oneRunSchema = z.object({
  v: z.literal(1),
  ...jobFields,
  /**
   * Lane: the ordinals of the axes other than the bit axis, joined with dots; "" if there is one
   * axis.
   */
  l: z
    .string()
    .max(256)
    .regex(/^[0-9.]*$/, "expected ordinals joined with dots"),
  /** Ordinal of the first partition on the bit axis. */
  o: z.int().min(-mostOrdinals).max(mostOrdinals),
  /** Length of the run. */
  n: z.int().min(1).max(mostPartitionsPerJob),
});

/** Version 2: several runs, of any lanes, in the order in which they start. */
const manyRunsSchema = z.object({
  v: z.literal(2),
  ...jobFields,
  /**
   * The runs, separated by spaces: "<lane>:<first>" or "<lane>:<first>:<length>", numbers to base
   * 36.
   */
  s: z.string().max(mostPartitionsPerJob * 300),
});

/**
 * The data of a partition job in Redis.
 *
 * Every field is bounded, so that a damaged or forged job cannot keep a worker busy. A job is a
 * hint: it says which partitions to claim, and the claim decides.
 */
const jobDataSchema = z.discriminatedUnion("v", [oneRunSchema, manyRunsSchema]);

/** The data of a partition job as Redis has it. Only this file reads and writes its fields. */
export type PartitionJobData = z.output<typeof jobDataSchema>;

/**
 * Partitions whose addresses have one lane and `length` ordinals from `first`. In an asset with
 * tiles, several lanes share an address's lane.
 */
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
export const partitionJobSchema = jobDataSchema.transform((data, context): PartitionJob => {
  const runs = data.v === 1 ? oneRun(data) : parseRuns(data.s);
  if (runs === undefined) {
    context.addIssue({ code: "custom", path: ["s"], message: "expected runs of partitions" });
    return z.NEVER;
  }
  return {
    backfillId: data.b,
    asset: data.a,
    runs,
    firstKey: data.k,
    plannedMs: data.t,
    dynamic: data.d,
    retry: data.r,
  };
});

type Runs = PartitionJob["runs"];

function oneRun({ l: lane, o: first, n: length }: z.output<typeof oneRunSchema>): Runs {
  return [{ lane, first, length }];
}

/** @returns undefined for text of another form, or for too many partitions */
function parseRuns(text: string): Runs | undefined {
  const runs: PartitionRun[] = [];
  let partitions = 0;
  for (const part of text.split(" ")) {
    const [, lane, start = "", count] =
      /^([0-9.]{0,256}):(-?[0-9a-z]{1,9})(?::([0-9a-z]{1,2}))?$/.exec(part) ?? [];
    const first = Number.parseInt(start, 36);
    const length = Number.parseInt(count ?? "1", 36);
    partitions += length;
    if (lane === undefined || Math.abs(first) > mostOrdinals || length < 1) return undefined;
    if (partitions > mostPartitionsPerJob) return undefined;
    runs.push({ lane, first, length });
  }
  const [first, ...others] = runs;
  return first === undefined ? undefined : [first, ...others];
}

function formatRuns(runs: Runs): string {
  return runs
    .map(({ lane, first, length }) => {
      const place = `${lane}:${first.toString(36)}`;
      return length === 1 ? place : `${place}:${length.toString(36)}`;
    })
    .join(" ");
}

/** The partitions of a job, in the order in which they start. */
export function addressesOf({
  runs,
}: PartitionJob): { readonly lane: string; readonly ordinal: number }[] {
  const addresses: { readonly lane: string; readonly ordinal: number }[] = [];
  for (const { lane, first, length } of runs)
    for (let at = 0; at < length; at++) addresses.push({ lane, ordinal: first + at });
  return addresses;
}

/** Whether a job covers a partition of its asset. */
export function coversPartition({ runs }: PartitionJob, lane: string, ordinal: number): boolean {
  return runs.some((run) => {
    const at = ordinal - run.first;
    return run.lane === lane && at >= 0 && at < run.length;
  });
}

/** Encodes a job for Redis. A job of one run has version 1, which every worker reads. */
export function encodePartitionJob(job: PartitionJob): PartitionJobData {
  const { backfillId, asset, runs, firstKey, plannedMs, dynamic, retry } = job;
  const [{ lane, first, length }, ...others] = runs;
  const fields = {
    b: backfillId,
    a: asset,
    k: firstKey,
    t: plannedMs,
    ...(dynamic === undefined ? {} : { d: dynamic }),
    ...(retry === undefined ? {} : { r: retry }),
  };
  return others.length === 0
    ? { v: 1, ...fields, l: lane, o: first, n: length }
    : { v: 2, ...fields, s: formatRuns(runs) };
}
