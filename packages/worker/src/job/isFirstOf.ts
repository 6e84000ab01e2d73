import type { PartitionJob } from "@infill/core";
import type { PartitionAddress } from "@infill/state";

/** Whether a partition is the first of its job. */
export function isFirstOf(
  { runs: [run] }: PartitionJob,
  { lane, ordinal }: PartitionAddress,
): boolean {
  return run.lane === lane && run.first === ordinal;
}
