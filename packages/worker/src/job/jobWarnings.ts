import type { Logger, PartitionJob } from "@infill/core";

/** Most pairs of backfill and asset for which a logged warning is remembered. */
const mostWarned = 10_000;

/** Warnings about jobs, logged once for each pair of backfill and asset. */
export class JobWarnings {
  readonly #log: Logger;
  /** Pairs for which a warning was logged, as "<backfill> <asset>". */
  readonly #warned = new Set<string>();

  constructor(log: Logger) {
    this.#log = log;
  }

  warnOnce(job: PartitionJob, message: string): void {
    const { backfillId: backfill, asset, firstKey: partition } = job;
    const name = `${backfill} ${asset}`;
    if (this.#warned.has(name)) return;
    if (this.#warned.size >= mostWarned) this.#warned.clear();
    this.#warned.add(name);
    this.#log.warn(message, { backfill, asset, partition });
  }
}
