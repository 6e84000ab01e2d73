/** Partitions that have run, and the total time of their functions, in milliseconds. */
export interface RunTotals {
  readonly settled: number;
  readonly busyMs: number;
}

/** Partitions of each of the two spans that are looked at. */
const spanPartitions = 256;
const nothing: RunTotals = { settled: 0, busyMs: 0 };

/**
 * How long an asset's functions take lately: over the last 256 to 512 partitions. The first ones are
 * slow, because code is being compiled and connections are being made.
 */
export class RecentDurations {
  /** Totals at the start of the span before the present one, and of the present one. */
  #before = nothing;
  #present = nothing;
  #last = nothing;
  /** Partitions of a job, as of the last reservation. */
  perJob = 1;

  /** Takes note of the totals of the backfill. */
  add(totals: RunTotals): void {
    const { settled, busyMs } = totals;
    // A ledger that was repaired may count less than before.
    if (settled < this.#last.settled || busyMs < this.#last.busyMs)
      this.#before = this.#present = totals;
    this.#last = { settled, busyMs };
    if (settled - this.#present.settled < spanPartitions) return;
    this.#before = this.#present;
    this.#present = this.#last;
  }

  /** The totals of the recent partitions. */
  get recent(): RunTotals {
    return {
      settled: this.#last.settled - this.#before.settled,
      busyMs: this.#last.busyMs - this.#before.busyMs,
    };
  }
}
