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
 * A job for a run of partitions. Equal runs have equal ids, so adding an existing job again does
 * nothing.
 *
 * @param assetIndex index of the asset in the backfill
 * @param context what existed at the moment of the plan
 */
export function jobOfRun(
  { id, header }: Pick<BackfillRecord, "id" | "header">,
  asset: AssetProgress,
  assetIndex: number,
  { lane, ordinals }: Run,
  context: PartitionsContext,
): { readonly id: string; readonly job: PartitionJob } {
  const [first = 0] = ordinals;
  const length = (ordinals.at(-1) ?? first) - first + 1;
  const firstKey = asset.registered.ordinals.keyAt({ lane, ordinal: first }, context);
  if (firstKey === undefined) throw new Error("Bug: a job for a partition that is not defined");
  const index = assetIndex.toString(36);
  const many = length === 1 ? "" : `-${length}`;
  return {
    // BullMQ refuses `:` and all-digit ids.
    id: `${id}-${index}-${lane}-${first.toString(36)}${many}`,
    job: {
      backfillId: id,
      asset: asset.name,
      runs: [{ lane, first, length }],
      firstKey,
      plannedMs: header.plannedMs,
      dynamic: header.dynamic,
      retry: header.request.retry,
    },
  };
}

/** Partitions of one lane that share a job, ascending. */
export interface Run {
  readonly lane: string;
  readonly ordinals: number[];
}

/**
 * Joins neighboring partitions, in any order, to runs that span at most `most`.
 *
 * @param spansGaps whether to join partitions with gaps between them, within that span
 */
export function runsOf(
  partitions: readonly PartitionAddress[],
  most: number,
  spansGaps: boolean,
): Run[] {
  if (most === 1) return partitions.map(({ lane, ordinal }) => ({ lane, ordinals: [ordinal] }));
  const runs: Run[] = [];
  const lanes = new Map<string, number[]>();
  for (const { lane, ordinal } of partitions) {
    const members = lanes.get(lane);
    if (members === undefined) lanes.set(lane, [ordinal]);
    else members.push(ordinal);
  }
  for (const [lane, ordinals] of lanes) {
    let run: Run | undefined;
    for (const ordinal of ordinals.sort((a, b) => a - b)) {
      const [first = ordinal] = run?.ordinals ?? [];
      const isNext = spansGaps || ordinal === (run?.ordinals.at(-1) ?? ordinal) + 1;
      if (run !== undefined && isNext && ordinal - first < most) run.ordinals.push(ordinal);
      else runs.push((run = { lane, ordinals: [ordinal] }));
    }
  }
  return runs;
}
