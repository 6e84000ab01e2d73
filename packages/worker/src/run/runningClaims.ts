import { within } from "@infill/core";
import type { StopOrder } from "./stopOrder.ts";
import type { AbortReason } from "./partitionAbortedError.ts";

/** A partition that this process runs. */
export interface RunningClaim {
  /** The claim's number, unique in this process. */
  readonly number: number;
  readonly asset: string;
  readonly partition: string;
  readonly backfillId: string;
  readonly stop: StopOrder;
}

/** The partitions that this process runs. */
export class RunningClaims {
  readonly #claims = new Set<RunningClaim>();
  #waiting: (() => void)[] = [];

  get count(): number {
    return this.#claims.size;
  }

  list(): readonly RunningClaim[] {
    return [...this.#claims];
  }

  add(claim: RunningClaim): void {
    this.#claims.add(claim);
  }

  delete(claim: RunningClaim): void {
    this.#claims.delete(claim);
    if (this.#claims.size === 0) for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Stops the partitions that a predicate selects. */
  abort(reason: AbortReason, which: (claim: RunningClaim) => boolean): void {
    for (const claim of this.#claims) if (which(claim)) claim.stop.give(reason);
  }

  /** Resolves once nothing runs, or after `timeoutMs`. @returns whether nothing runs */
  async idle(timeoutMs: number): Promise<boolean> {
    if (this.#claims.size === 0) return true;
    const nothingRuns = new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
    });
    await within(timeoutMs, nothingRuns);
    return this.#claims.size === 0;
  }
}
