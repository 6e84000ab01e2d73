import { turns } from "@infill/core";
import type { SettlementEvent } from "@infill/state";
import type { BackfillRun } from "./backfillRun.ts";

/** Partitions of settlements that are handled between two checks of the time. */
const partitionsPerTurn = 2_000;

/**
 * What follows a step. `ended`: nothing, the backfill has ended. `again`: another step at once,
 * which reads part of the state again. `held up`: another step soon, in case settled jobs are gone
 * by then. `done`: nothing until the next event.
 */
export type AfterStep = "ended" | "again" | "held up" | "done";

/** Collects what one run has to do, and does all of it in one step. */
export class RunStep {
  readonly #run: BackfillRun;
  readonly #inbox: SettlementEvent[] = [];
  #needsLoad = true;
  #needsStatus = false;
  #needsReconcile = false;

  constructor(run: BackfillRun) {
    this.#run = run;
  }

  /** Takes in an event of the settlement stream. */
  hear(settlement: SettlementEvent): void {
    this.#inbox.push(settlement);
  }

  /** Makes the next step read everything again. */
  reload(): void {
    this.#needsLoad = true;
  }

  /** Makes the next step read the backfill's status again. */
  readStatus(): void {
    this.#needsStatus = true;
  }

  /** Makes the next step check what no event reports. */
  reconcile(): void {
    this.#needsReconcile = true;
  }

  /** Makes a step. After a failure the next step reads everything again. */
  async take(): Promise<AfterStep> {
    // Cleared before the work, so that events during the work set it again.
    const needsLoad = this.#needsLoad;
    const needsStatus = this.#needsStatus;
    this.#needsLoad = false;
    this.#needsStatus = false;
    try {
      if (needsLoad) await this.#run.load();
      else if (needsStatus) await this.#run.readStatus();
      return await this.#advance();
    } catch (error) {
      this.#needsLoad = true;
      throw error;
    }
  }

  async #advance(): Promise<AfterStep> {
    while (this.#inbox.length > 0) {
      this.#run.observe(this.#inbox.splice(0, this.#fewEvents()));
      await turns.next();
    }
    if (this.#needsReconcile) {
      this.#needsReconcile = false;
      await this.#run.reconcile();
    }
    if (this.#run.needsLoad) await this.#run.load();
    await turns.next();
    if (await this.#run.advance()) return "ended";
    if (this.#run.needsLoad) return "again";
    return this.#run.isHeldUp ? "held up" : "done";
  }

  /** How many events of the inbox one turn can handle, by their partitions. */
  #fewEvents(): number {
    let partitions = 0;
    const last = this.#inbox.findIndex(({ change }) => {
      partitions += "ordinals" in change ? change.ordinals.length : 1;
      return partitions >= partitionsPerTurn;
    });
    return last === -1 ? this.#inbox.length : last + 1;
  }
}
