import { activeBackfills, isAnyPlannerAlive, type StateStore } from "@infill/state";
import { type Logger } from "@infill/core";

/**
 * Logs once that a worker gets no jobs because no planner is running, and once more each time that
 * this happens anew.
 */
export class PlannerWatch {
  readonly #store: StateStore;
  readonly #log: Logger;
  #isTold = false;

  constructor(store: StateStore, log: Logger) {
    this.#store = store;
    this.#log = log;
  }

  /** @param running partitions that this worker runs; any such means that a planner adds jobs */
  async look(running: number): Promise<void> {
    if (running > 0 || (await isAnyPlannerAlive(this.#store))) {
      this.#isTold = false;
      return;
    }
    if (this.#isTold) return;
    const backfills = (await activeBackfills(this.#store)).length;
    if (backfills === 0) return;
    this.#isTold = true;
    this.#log.warn("no planner is running, so this worker gets no jobs: infill planner start", {
      backfills,
    });
  }
}
