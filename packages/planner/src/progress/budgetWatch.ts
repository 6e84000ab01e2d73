import type { Budget } from "@infill/core";

/** The values that a budget limits. */
export interface Spent {
  /** Failed partitions since it was submitted or last resumed. */
  readonly failures: number;
  /** Time since then, in milliseconds. */
  readonly elapsedMs: number;
}

/**
 * Checks whether a backfill exceeds its budget. Only this object has the outcomes of the newest
 * settlements.
 */
export class BudgetWatch {
  /** Outcomes of the newest settlements, oldest first. */
  #failed: boolean[] = [];

  /** Takes in settlements, in order. @param over how many of the newest count */
  observe(failed: boolean, count: number, over: number): void {
    for (let index = 0; index < Math.min(count, over); index++) this.#failed.push(failed);
    if (this.#failed.length > 2 * over) this.#failed = this.#failed.slice(-over);
  }

  /** Starts again with no settlements, such as after a pause. */
  reset(): void {
    this.#failed = [];
  }

  /** @returns why the backfill must pause, for people; undefined while it is within its budget */
  exceeded(budget: Budget | undefined, { failures, elapsedMs }: Spent): string | undefined {
    if (budget === undefined) return undefined;
    if (budget.failures !== undefined && failures >= budget.failures)
      return `${failures === 1 ? "1 partition has" : `${failures} partitions have`} failed; the limit is ${budget.failures}`;
    if (budget.wallMs !== undefined && elapsedMs >= budget.wallMs)
      return `it has been running for ${Math.floor(elapsedMs / 1_000)} s; the limit is ${Math.floor(budget.wallMs / 1_000)} s`;
    const { failureRate, failureRateOver: over } = budget;
    const newest = this.#failed.slice(-over);
    if (failureRate === undefined || newest.length < over) return undefined;
    const failed = newest.filter((outcome) => outcome).length;
    return failed / over >= failureRate
      ? `${failed} of the newest ${over} partitions have failed, ${percent(failed / over)}; the limit is ${percent(failureRate)}`
      : undefined;
  }
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
