import type { PartitionJob } from "@infill/core";
import type { PartitionsContext } from "@infill/partitions";
import type { BackfillRecord, PartitionAddress } from "@infill/state";
import type { AssetProgress } from "../progress/assetProgress.ts";

/**
 * A request's urgency is -100 to 100, highest first; BullMQ's priority begins at 1, lowest first.
 */
const mostUrgent = 101;
/** Added to a priority, this places a job after all jobs that go first. */
const afterFirst = 1_000;

/** The BullMQ priority of a job. */
export function jobPriority(order: {
  readonly priority: number;
  readonly isFirst: boolean;
}): number {
  return mostUrgent - order.priority + (order.isFirst ? 0 : afterFirst);
}

/** Whether a job of this priority runs before those of backfills. */
export function goesFirst(priority: number): boolean {
  return priority <= afterFirst;
}

/**
 * A job for partitions of one asset. Equal partitions in an equal order give an equal id, so adding
 * an existing job again does nothing.
 *
 * @param assetIndex index of the asset in the backfill
 * @param partitions in the order in which they are to start; at least one
 * @param context what existed at the moment of the plan
 */
export function jobOfPartitions(
  { id, header }: Pick<BackfillRecord, "id" | "header">,
  asset: AssetProgress,
  assetIndex: number,
  partitions: readonly PartitionAddress[],
  context: PartitionsContext,
): { readonly id: string; readonly job: PartitionJob } {
  const runs = runsOf(partitions);
  const [{ lane, first, length }, ...others] = runs;
  const firstKey = asset.registered.ordinals.keyAt({ lane, ordinal: first }, context);
  if (firstKey === undefined) throw new Error("Bug: a job for a partition that is not defined");
  const place = `${id}-${assetIndex.toString(36)}-${lane}-${first.toString(36)}`;
  const many = others.length === 0 ? `${length}` : `${partitions.length}-${hashOf(runs)}`;
  return {
    // BullMQ refuses `:` and all-digit ids.
    id: partitions.length === 1 ? place : `${place}-${many}`,
    job: {
      backfillId: id,
      asset: asset.name,
      runs,
      firstKey,
      plannedMs: header.plannedMs,
      dynamic: header.dynamic,
      retry: header.request.retry,
    },
  };
}

/** Joins partitions that follow each other in one lane to runs, and keeps their order. */
function runsOf(partitions: readonly PartitionAddress[]): PartitionJob["runs"] {
  const [start, ...others] = partitions;
  if (start === undefined) throw new Error("Bug: a job without partitions");
  const first = { lane: start.lane, first: start.ordinal, length: 1 };
  const more: { lane: string; first: number; length: number }[] = [];
  let last = first;
  for (const { lane, ordinal } of others) {
    if (lane === last.lane && ordinal === last.first + last.length) last.length++;
    else more.push((last = { lane, first: ordinal, length: 1 }));
  }
  return [first, ...more];
}

/** A hash of 32 bits (FNV-1a) of what a job covers, to base 36. */
function hashOf(runs: PartitionJob["runs"]): string {
  let hash = 0x811c9dc5;
  const add = (value: number) => {
    hash = Math.imul(hash ^ (value & 0xffff), 0x01000193);
    hash = Math.imul(hash ^ (value >>> 16), 0x01000193);
  };
  for (const { lane, first, length } of runs) {
    for (let at = 0; at < lane.length; at++) add(lane.charCodeAt(at));
    add(first);
    add(length);
  }
  return (hash >>> 0).toString(36);
}

/**
 * Divides partitions among jobs, in their order.
 *
 * @param most partitions of one job
 * @param laneKeyOf names a partition's lane, if a job has to lie in one lane
 */
export function partitionsOfJobs(
  partitions: readonly PartitionAddress[],
  most: number,
  laneKeyOf: ((address: PartitionAddress) => string) | undefined,
): (readonly PartitionAddress[])[] {
  const jobs: PartitionAddress[][] = [];
  const open = new Map<string, PartitionAddress[]>();
  for (const partition of partitions) {
    const name = laneKeyOf?.(partition) ?? "";
    const job = open.get(name);
    if (job !== undefined && job.length < most) job.push(partition);
    else {
      const begun = [partition];
      jobs.push(begun);
      open.set(name, begun);
    }
  }
  return jobs;
}
