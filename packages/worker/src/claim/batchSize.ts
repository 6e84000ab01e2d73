/** Partitions that a slot claims together at the most. */
const mostTogether = 64;
/** How long the functions of a batch may take together, in milliseconds: the last one is claimed this long before it starts. */
const batchMs = 20;
/** The same where each partition needs a permit. */
const permittedMs = 2;
/** Longest time for which a function may make the claims of the next partitions wait, in milliseconds. */
const aheadMs = 100;
/** Weight of a new duration in the mean. */
const newWeight = 0.1;

/**
 * How many partitions of one asset a slot claims together. One until the duration of its function is known, and one where
 * the function takes longer than half of `batchMs`: what is claimed should start at once, because a worker that dies costs
 * each partition that it has claimed a start.
 */
export class BatchSize {
  #meanMs: number | undefined;
  #last = 1;

  /** Takes note of how long the function took, in milliseconds. */
  took(durationMs: number): void {
    this.#meanMs =
      this.#meanMs === undefined
        ? durationMs
        : this.#meanMs + newWeight * (durationMs - this.#meanMs);
  }

  /** Whether the function is so quick that the next partitions may be claimed while it runs. */
  get isQuick(): boolean {
    return this.#meanMs !== undefined && this.#meanMs * this.#last <= aheadMs;
  }

  /**
   * The same where each partition needs a permit: fewer, because the permits of those that wait are
   * missing elsewhere.
   */
  nextPermitted(): number {
    return Math.max(1, Math.floor((this.next() * permittedMs) / batchMs));
  }

  /** 1 to 64. At most twice the last answer, so that a batch is never far longer than those that were measured. */
  next(): number {
    if (this.#meanMs === undefined) return 1;
    const fitting = Math.floor(batchMs / Math.max(this.#meanMs, batchMs / mostTogether));
    this.#last = Math.max(1, Math.min(2 * this.#last, fitting));
    return this.#last;
  }
}
