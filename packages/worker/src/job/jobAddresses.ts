import type { PartitionJob } from "@infill/core";
import type { PartitionAddress } from "@infill/state";

/** The partitions of a job, in its order. */
export function addressesOf({ runs }: PartitionJob): readonly PartitionAddress[] {
  const addresses: PartitionAddress[] = [];
  for (const { lane, first, length } of runs)
    for (let at = 0; at < length; at++) addresses.push({ lane, ordinal: first + at });
  return addresses;
}

/** Whether a partition is the first of its job. */
export function isFirstOf(
  { runs: [run] }: PartitionJob,
  { lane, ordinal }: PartitionAddress,
): boolean {
  return run.lane === lane && run.first === ordinal;
}
