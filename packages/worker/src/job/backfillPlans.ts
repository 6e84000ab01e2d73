import type { PartitionJob } from "@infill/core";
import { olderThanNeeded, readBackfillVersions, type StateStore } from "@infill/state";

/** Most backfills that are remembered. */
const mostKept = 10_000;
/** An answer that is used at this age, in milliseconds, is asked for again beside the job. */
const freshMs = 2_000;
/** Age in milliseconds from which an answer is not used any more. */
const mostAgeMs = 5_000;

/** Whether a worker's project may run a job, or is older than the backfill needs. */
export type ProjectFit = "fits" | "older";

interface Answer {
  /** Assets whose version in this project is older than the backfill needs. */
  readonly older: ReadonlySet<string>;
  /** When Redis was asked, by this process's clock. */
  readonly askedMs: number;
}

/**
 * What this worker knows of the versions that backfills need. They change both ways: a newer project
 * may extend or restart a backfill, and a rollback makes an older version the newest again. So an
 * answer lasts a few seconds.
 */
export class BackfillPlans {
  readonly #store: StateStore;
  readonly #versions: ReadonlyMap<string, string>;
  readonly #nowMs: () => number;
  readonly #answers = new Map<string, Answer>();
  /** Questions to Redis under way. */
  readonly #asking = new Map<string, Promise<Answer>>();

  /**
   * @param versions of this worker's assets
   * @param nowMs a clock in milliseconds that never goes back
   */
  constructor(
    store: StateStore,
    versions: ReadonlyMap<string, string>,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#store = store;
    this.#versions = versions;
    this.#nowMs = nowMs;
  }

  /** The answer without a call to Redis; undefined if `look` has to ask. */
  known({ backfillId, asset }: PartitionJob): ProjectFit | undefined {
    const answer = this.#answers.get(backfillId);
    if (answer === undefined) return undefined;
    const ageMs = this.#nowMs() - answer.askedMs;
    if (ageMs >= mostAgeMs) return undefined;
    // A failure leaves the answer to grow too old; then the job meets the error.
    if (ageMs >= freshMs) this.#ask(backfillId).catch(() => {});
    return fitOf(answer, asset);
  }

  /** Asks Redis. */
  async look({ backfillId, asset }: PartitionJob): Promise<ProjectFit> {
    return fitOf(await this.#ask(backfillId), asset);
  }

  /** Makes the next job of a backfill ask, because it has been restarted or extended. */
  forget(backfillId: string): void {
    this.#answers.delete(backfillId);
    this.#asking.delete(backfillId);
  }

  #ask(backfillId: string): Promise<Answer> {
    const underway = this.#asking.get(backfillId);
    if (underway !== undefined) return underway;
    const asking = this.#answer(backfillId);
    this.#asking.set(backfillId, asking);
    const end = (answer?: Answer) => {
      // It may have been forgotten meanwhile.
      if (this.#asking.get(backfillId) !== asking) return;
      this.#asking.delete(backfillId);
      if (answer === undefined) return;
      if (this.#answers.size >= mostKept) this.#answers.clear();
      this.#answers.set(backfillId, answer);
    };
    asking.then(end, () => end());
    return asking;
  }

  async #answer(backfillId: string): Promise<Answer> {
    const askedMs = this.#nowMs();
    const needed = await readBackfillVersions(this.#store, backfillId);
    return { older: new Set(await olderThanNeeded(this.#store, this.#versions, needed)), askedMs };
  }
}

function fitOf({ older }: Answer, asset: string): ProjectFit {
  return older.has(asset) ? "older" : "fits";
}
