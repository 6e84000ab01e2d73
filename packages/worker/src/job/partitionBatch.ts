import type { PartitionJob } from "@infill/core";
import { partitionKeyAt } from "@infill/partitions";
import type { PartitionAddress } from "@infill/state";
import type { AssetWork } from "../claim/assetWork.ts";
import { isFirstOf } from "./isFirstOf.ts";
import type { PlacedTarget } from "./batchRuns.ts";

/** Partitions that are claimed together. */
export interface PartitionBatch {
  readonly work: AssetWork;
  /** At least one. */
  readonly targets: readonly PlacedTarget[];
  /** Whether each of them needs a permit. */
  readonly needsPermits: boolean;
}

/**
 * Partitions of a job, from one on, to claim together: as many as are quick. The asset and its
 * upstream assets have no dynamic partitions.
 *
 * @param next index of the first of them
 * @param most how many may be claimed together
 * @param claimNumber gives each partition the number of its claim
 * @returns undefined if that one has to be claimed alone
 */
export function quickBatch(
  work: AssetWork,
  job: PartitionJob,
  addresses: readonly PartitionAddress[],
  next: number,
  most: number,
  claimNumber: () => number,
): readonly PlacedTarget[] | undefined {
  const size = Math.min(most, addresses.length - next);
  const planned = { nowMs: job.plannedMs };
  const { ordinals, asset } = work.registered;
  const targets: PlacedTarget[] = [];
  for (const address of addresses.slice(next, next + size)) {
    const coordinates = ordinals.coordinatesOf(address);
    if (coordinates === undefined) break;
    const key = partitionKeyAt(asset.partitions, coordinates, planned);
    if (isFirstOf(job, address) && key !== job.firstKey) break;
    targets.push({
      target: { job, key, coordinates, planned },
      // Each field by name: spreads would take a tenth of a quick function's time.
      place: {
        backfillId: job.backfillId,
        lane: address.lane,
        ordinal: address.ordinal,
        claimNumber: claimNumber(),
        partition: key,
      },
    });
  }
  return targets.length > 0 ? targets : undefined;
}
