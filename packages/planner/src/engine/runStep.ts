import { turns } from "@infill/core";
import type { SettlementEvent } from "@infill/state";
import type { BackfillRun } from "./backfillRun.ts";

/** Partitions of settlements that are taken in without a look at the time. */
const partitionsPerTurn = 2_000;

/**
 * What follows a step. `ended`: nothing, the backfill has ended. `again`: another one at once, since part of its state has to
 * be read again. `held up`: a look in a moment, whether settled jobs are gone. `done`: nothing until something is heard.
 */
export type AfterStep = "ended" | "again" | "held up" | "done";

/** What one run has to do next: gathers what is heard for it, and does all of it in one step. */
export class RunStep {
  readonly #run: BackfillRun;
  readonly #inbox: SettlementEvent[] = [];
  #needsLoad = true;
  #needsStatus = false;
  #needsReconcile = false;

  constructor(run: BackfillRun) {
    this.#run = run;
  }

  /** Takes in what the settlement stream says. */
  hear(settlement: SettlementEvent): void {
    this.#inbox.push(settlement);
  }

  /** The next step reads everything again. */
  reload(): void {
    this.#needsLoad = true;
  }

  /** The next step reads the backfill's status again. */
  readStatus(): void {
    this.#needsStatus = true;
  }

  /** The next step looks for what no event tells. */
  reconcile(): void {
    this.#needsReconcile = true;
  }

  /** Makes a step. After one that fails the next reads everything again. */
  async take(): Promise<AfterStep> {
    // Taken back before the work begins: what comes meanwhile asks for it again.
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

  /** How many events of the inbox tell of partitions that one turn can take in. */
  #fewEvents(): number {
    let partitions = 0;
    const last = this.#inbox.findIndex(({ change }) => {
      partitions += "ordinals" in change ? change.ordinals.length : 1;
      return partitions >= partitionsPerTurn;
    });
    return last === -1 ? this.#inbox.length : last + 1;
  }
}
