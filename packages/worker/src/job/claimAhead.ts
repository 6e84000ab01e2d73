import type { BatchRuns, ClaimedBatch } from "./batchRuns.ts";
import type { PartitionBatch } from "./partitionBatch.ts";
import { mostWaitMs } from "./runInTurn.ts";

/**
 * The claims of a batch, asked for while others run. Given back if their turn does not come within
 * `mostWaitMs`, so that another slot can take the partitions.
 */
export class ClaimAhead {
  readonly batch: PartitionBatch;
  readonly #batches: BatchRuns;
  readonly #claimed: Promise<ClaimedBatch | "unregistered">;
  readonly #timer: NodeJS.Timeout;
  #givenBack: Promise<void> | undefined;

  /** @param starts how often a worker has taken the job, this time included */
  constructor(batches: BatchRuns, batch: PartitionBatch, starts: number) {
    this.batch = batch;
    this.#batches = batches;
    this.#claimed = batches.claim(batch.work, batch.targets, starts, true);
    // Its error is thrown where it is awaited.
    this.#claimed.catch(() => {});
    this.#timer = setTimeout(() => {
      this.giveBack().catch(() => {});
    }, mostWaitMs);
  }

  /** The claims, for their turn. @returns undefined if they were given back */
  async take(): Promise<ClaimedBatch | "unregistered" | undefined> {
    clearTimeout(this.#timer);
    if (this.#givenBack === undefined) return this.#claimed;
    await this.#givenBack;
    return undefined;
  }

  /** Gives the claims back. Safe to call again. */
  giveBack(): Promise<void> {
    clearTimeout(this.#timer);
    this.#givenBack ??= this.#release();
    return this.#givenBack;
  }

  async #release(): Promise<void> {
    const claimed = await this.#claimed;
    if (claimed !== "unregistered") await this.#batches.giveBack(claimed);
  }
}
