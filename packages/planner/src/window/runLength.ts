/** How long one job should keep a slot busy, in milliseconds. */
const targetMs = 50;
/** Partitions that must have run before their durations mean something. */
const enough = 20;
/** Neighbors that one job covers at the most when nobody says otherwise. */
export const mostPerJob = 32;

/** What is known of an asset's partitions in a backfill. */
export interface RunFacts {
  /** Partitions that have run. */
  readonly settled: number;
  /** How long their functions took together, in milliseconds. */
  readonly busyMs: number;
  /** Partitions that may start now. */
  readonly ready: number;
  /** Slots of the workers that serve the pool. */
  readonly slots: number;
  /** The user's own limit; undefined for none. */
  readonly requested: number | undefined;
}

/**
 * How many neighbors one job covers: one, unless functions are so quick that the queue costs more than they do. Their
 * partitions are still claimed, run and settled one by one. Never so many that slots would stand idle.
 */
export function runLength({ settled, busyMs, ready, slots, requested }: RunFacts): number {
  const limit = requested ?? mostPerJob;
  if (limit === 1 || settled < enough) return 1;
  const averageMs = Math.max(0.5, busyMs / settled);
  const fair = Math.floor(ready / Math.max(1, 4 * slots));
  return Math.max(1, Math.min(limit, Math.floor(targetMs / averageMs), fair));
}

/**
 * How long a job takes on average, in milliseconds, of assets that have run.
 *
 * @returns undefined where none has
 */
export function averageJobMs(
  assets: readonly {
    readonly settled: number;
    readonly busyMs: number;
    readonly perJob: number;
  }[],
): number | undefined {
  let settled = 0;
  let jobs = 0;
  let busyMs = 0;
  for (const asset of assets) {
    settled += asset.settled;
    busyMs += asset.busyMs;
    jobs += asset.settled / asset.perJob;
  }
  return settled === 0 ? undefined : Math.max(busyMs, 0.5 * settled) / jobs;
}
