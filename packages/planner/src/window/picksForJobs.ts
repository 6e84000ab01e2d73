import type { LanePick } from "../progress/readyOrder.ts";

/**
 * As many partitions as fit into a number of jobs. A job covers neighbors only, so scattered
 * partitions need more jobs.
 *
 * @param pick returns the next ready partitions, at most this many
 * @param room jobs, at least 1
 * @param perJob the longest run in one job
 */
export function picksForJobs(
  pick: (count: number) => LanePick[],
  room: number,
  perJob: number,
): LanePick[] {
  for (let count = room * perJob; ; ) {
    const picks = pick(count);
    const jobs = countRuns(picks, perJob);
    // With at most `room` partitions, each may have a job of its own.
    if (jobs <= room || count <= room) return picks;
    count = Math.max(room, Math.floor((count * room) / jobs));
  }
}

function countRuns(picks: readonly LanePick[], perJob: number): number {
  let runs = 0;
  for (const { ordinals } of picks) {
    let length = perJob;
    let previous: number | undefined;
    for (const ordinal of ordinals.toSorted((a, b) => a - b)) {
      if (previous === undefined || ordinal !== previous + 1 || length === perJob) {
        runs++;
        length = 0;
      }
      length++;
      previous = ordinal;
    }
  }
  return runs;
}
