import { integers, isEmptySubset, spreadIntegers } from "@infill/partitions";
import {
  type LaneOrdinals,
  type PartitionAddress,
  readRecords,
  type StateStore,
} from "@infill/state";
import type { PartitionStates } from "../states/partitionStates.ts";
import type { AssetPlan } from "./planBackfill.ts";

/** Records that are read of each asset. */
const sampled = 64;

/** How long the last successes of an asset's partitions took, in milliseconds, from a sample. */
export interface RecordedDurations {
  readonly count: number;
  readonly meanMs: number;
  /** The lower quartile, the median and the upper quartile. */
  readonly lowMs: number;
  readonly medianMs: number;
  readonly highMs: number;
}

/**
 * Reads the last settlements of at most 64 partitions of each asset that runs, spread over those
 * that are materialized near them, or else anywhere.
 *
 * @returns by asset; assets without a recorded success are left out
 */
export async function recordedDurations(
  store: StateStore,
  states: PartitionStates,
  plans: readonly AssetPlan[],
): Promise<ReadonlyMap<string, RecordedDurations>> {
  const found = new Map<string, RecordedDurations>();
  for (const { registered, toRun } of plans) {
    if (isEmptySubset(toRun)) continue;
    const { asset, ordinals } = registered;
    const near = (await states.statusesNear(asset.name, toRun)).materialized;
    const materialized = isEmptySubset(near)
      ? (await states.statuses(asset.name)).materialized
      : near;
    const addresses = spreadAddresses(ordinals.lanesOf(materialized), sampled);
    const records = await readRecords(store, asset.name, addresses);
    const durations = records.flatMap((record) =>
      record === undefined || record.failed ? [] : [record.durationMs],
    );
    const summary = summaryOf(durations);
    if (summary !== undefined) found.set(asset.name, summary);
  }
  return found;
}

/** At most `n` addresses, spread over the lanes and within each. */
function spreadAddresses(lanes: readonly LaneOrdinals[], n: number): PartitionAddress[] {
  const step = Math.max(1, lanes.length / n);
  const chosen = Array.from(
    { length: Math.min(n, lanes.length) },
    (_, index) => lanes[Math.floor(index * step)],
  );
  const perLane = Math.max(1, Math.floor(n / Math.max(1, chosen.length)));
  return chosen.flatMap((each) =>
    each === undefined
      ? []
      : Array.from(integers(spreadIntegers(each.ordinals, perLane)), (ordinal) => ({
          lane: each.lane,
          ordinal,
        })),
  );
}

/** @returns undefined if there are no durations */
export function summaryOf(durations: readonly number[]): RecordedDurations | undefined {
  const sorted = durations.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  if (sorted.length === 0) return undefined;
  return {
    count: sorted.length,
    meanMs: sorted.reduce((sum, each) => sum + each, 0) / sorted.length,
    lowMs: at(0.25),
    medianMs: at(0.5),
    highMs: at(0.75),
  };
}
