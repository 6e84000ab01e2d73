import { type Logger, messageOf, pause, type Project, within } from "@infill/core";
import {
  AssetChangingError,
  completeBackfillLists,
  type EndedBackfill,
  interruptedPrunes,
  leaseRetention,
  type StateStore,
} from "@infill/state";
import {
  backfillsBeyond,
  finishPrune,
  limitsOf,
  pruneBackfill,
  recordPruned,
  type RetentionLimits,
} from "@infill/planning";
import { sealEnded } from "./sealEnded.ts";

/** Time between two rounds, in milliseconds. */
const lookMs = 60_000;
/** How long a planner's lease on pruning lasts, in milliseconds. */
const leaseMs = 30_000;
/** Pause between two steps, in milliseconds: planning and workers come first. */
const pauseMs = 5;

/**
 * Prunes ended backfills beyond the project's limits, seals the ledgers of the others, and
 * completes the lists of backfills of older versions. Works in small steps beside planning. One
 * planner at a time does this.
 */
export class Retention {
  readonly #store: StateStore;
  readonly #limits: RetentionLimits;
  readonly #planner: string;
  readonly #log: Logger;
  readonly #closing = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  /** The last ended backfill that is sealed, as far as this planner knows. */
  #sealed: EndedBackfill | undefined;

  constructor(store: StateStore, project: Project, planner: string, log: Logger) {
    this.#store = store;
    this.#limits = limitsOf(project);
    this.#planner = planner;
    this.#log = log;
  }

  start(): void {
    this.#loop = this.#lookForEver();
  }

  /** Ends after the present step. */
  async close(farewellMs: number): Promise<void> {
    this.#closing.abort();
    await within(farewellMs, this.#loop);
    await within(farewellMs, leaseRetention(this.#store, this.#planner, 0));
  }

  async #lookForEver(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#look();
      } catch (error) {
        if (!signal.aborted)
          this.#log.warn("pruning ended backfills failed", { error: messageOf(error) });
      }
      if (!signal.aborted) await pause(lookMs, signal);
    }
  }

  async #look(): Promise<void> {
    const { signal } = this.#closing;
    if (!(await leaseRetention(this.#store, this.#planner, leaseMs))) return;
    const between = () => this.#between();
    await completeBackfillLists(this.#store, { signal, between });
    for (const id of await interruptedPrunes(this.#store)) {
      if (signal.aborted) return;
      await unlessChanging(finishPrune(this.#store, id, between));
    }
    let backfills = 0;
    for await (const page of backfillsBeyond(this.#store, this.#limits)) {
      if (!(await leaseRetention(this.#store, this.#planner, leaseMs))) break;
      backfills += await this.#prune(page);
      if (signal.aborted) break;
    }
    if (backfills > 0) this.#log.info("pruned ended backfills", { backfills });
    await this.#seal();
  }

  async #prune(page: readonly EndedBackfill[]): Promise<number> {
    const between = () => this.#between();
    const pruned: EndedBackfill[] = [];
    for (const ended of page) {
      if (this.#closing.signal.aborted) break;
      const pruning = pruneBackfill(this.#store, ended, this.#limits, between);
      if ((await unlessChanging(pruning))?.outcome === "pruned") pruned.push(ended);
    }
    await recordPruned(this.#store, pruned, { actor: "planner", reason: "retention" });
    return pruned.length;
  }

  async #seal(): Promise<void> {
    const { signal } = this.#closing;
    let renewedMs = performance.now();
    let isOwner = true;
    this.#sealed = await sealEnded(this.#store, this.#sealed, async () => {
      await this.#between();
      if (performance.now() - renewedMs > leaseMs / 3) {
        renewedMs = performance.now();
        isOwner = await leaseRetention(this.#store, this.#planner, leaseMs);
      }
      return isOwner && !signal.aborted;
    });
  }

  #between(): Promise<void> {
    return pause(pauseMs, this.#closing.signal);
  }
}

/** Leaves a backfill to a later round if one of its assets is being reset, removed or renamed. */
async function unlessChanging<T>(step: Promise<T>): Promise<T | undefined> {
  try {
    return await step;
  } catch (error) {
    if (error instanceof AssetChangingError) return undefined;
    throw error;
  }
}
