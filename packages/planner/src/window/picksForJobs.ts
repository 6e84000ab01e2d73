import type { PartitionAddress } from "@infill/state";
import { partitionsOfJobs } from "../jobs/jobPayload.ts";

/**
 * As many partitions as fit into a number of jobs, in the order in which they start.
 *
 * @param pick returns the next ready partitions, at most this many
 * @param room jobs, at least 1
 * @param perJob most partitions of one job
 * @param laneKeyOf names a partition's lane, if a job has to lie in one lane; then partitions of
 *   many lanes need more jobs
 */
export function picksForJobs(
  pick: (count: number) => readonly PartitionAddress[],
  room: number,
  perJob: number,
  laneKeyOf: ((address: PartitionAddress) => string) | undefined,
): readonly PartitionAddress[] {
  for (let count = room * perJob; ; ) {
    const picks = pick(count);
    if (laneKeyOf === undefined) return picks;
    const jobs = partitionsOfJobs(picks, perJob, laneKeyOf).length;
    // With at most `room` partitions, each may have a job of its own.
    if (jobs <= room || count <= room) return picks;
    count = Math.max(room, Math.floor((count * room) / jobs));
  }
}
