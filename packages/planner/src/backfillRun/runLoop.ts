import { type Logger, messageOf, type Slots } from "@infill/core";
import {
  findBackfill,
  readCountersOfAssets,
  type SettlementEvent,
  type StateStore,
  UnreadableBackfillError,
} from "@infill/state";
import type { BackfillLease } from "./backfillLease.ts";
import type { BackfillRun } from "./backfillRun.ts";
import type { EngineClock } from "./engineClock.ts";
import { RunStep } from "./runStep.ts";
import { OutdatedProjectError } from "../progress/loadBackfill.ts";
import { takeBackLostEnd } from "./lostAtEnd.ts";

/**
 * The first wait for settled jobs that hold up the window, in milliseconds: a worker removes them
 * soon.
 */
const leastPatienceMs = 4;
/**
 * The wait after a failed step, in milliseconds; doubled after each further failure, up to two
 * ticks.
 */
const leastAfterFailureMs = 500;

/** What a loop needs from its planner. */
export interface RunLoopEnvironment {
  readonly store: StateStore;
  readonly log: Logger;
  readonly clock: EngineClock;
  /** Aborted when the planner closes. */
  readonly closing: AbortSignal;
  /** The longest time between checks of what no event reports, in milliseconds. */
  readonly tickMs: number;
  /** Limits how many backfills make a step at once. */
  readonly slots: Slots;
  /**
   * Called once when the loop stops, because the backfill has ended, its lease is lost, or another
   * planner must run it.
   */
  onOver(loop: RunLoop): void;
}

/**
 * Makes a run's steps one at a time; events during a step cause another one. A step after a failure
 * reads everything again.
 */
export class RunLoop {
  readonly run: BackfillRun;
  readonly #lease: BackfillLease;
  readonly #environment: RunLoopEnvironment;
  readonly #step: RunStep;
  #isDirty = false;
  #isOver = false;
  /** Whether it stopped because another planner, with newer definitions, must run the backfill. */
  isOutdated = false;
  /** Milliseconds until the next check whether settled jobs that hold it up are gone. */
  #patienceMs = leastPatienceMs;
  #isWaiting = false;
  /** Whether it waits after a failed step. */
  #isRecovering = false;
  #afterFailureMs = leastAfterFailureMs;
  /** The error of the last step, logged once; undefined after a success. */
  #lastError: string | undefined;
  #stepping: Promise<void> | undefined;

  constructor(run: BackfillRun, lease: BackfillLease, environment: RunLoopEnvironment) {
    this.run = run;
    this.#step = new RunStep(run);
    this.#lease = lease;
    this.#environment = environment;
  }

  /** Whether the planner certainly holds the lease, and so may add to the window. */
  get holdsLease(): boolean {
    return !this.#lease.isOverdue;
  }

  /** Starts with reading the backfill's state. */
  start(): void {
    this.#wake();
  }

  /** Takes in an event of the settlement stream. */
  hear(settlement: SettlementEvent): void {
    this.#step.hear(settlement);
    this.#wake();
  }

  /** Makes the next step read everything again. */
  reload(): void {
    this.#step.reload();
    this.#wake();
  }

  /** Makes the next step read the status again. */
  readStatus(): void {
    this.#step.readStatus();
    this.#wake();
  }

  /** Makes the next step check what no event reports. */
  reconcile(): void {
    this.#step.reconcile();
    this.#wake();
  }

  /** Renews the lease, and stops if another planner has it. */
  async renewLease(): Promise<void> {
    if (await this.#lease.renew()) this.reconcile();
    else this.#loseLease();
  }

  /** Whether no step is under way: the loop waits for an event, or for the clock after a failed step. */
  get isResting(): boolean {
    return this.#stepping === undefined || this.#isRecovering;
  }

  /**
   * Waits for the present step. Call it after `closing` is aborted, so that no other step follows.
   */
  async idle(): Promise<void> {
    await this.#stepping;
  }

  /** Gives the lease up, so that another planner need not wait for its end. */
  releaseLease(): Promise<void> {
    return this.#lease.release();
  }

  get #isStopped(): boolean {
    return this.#isOver || this.#environment.closing.aborted;
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#environment.onOver(this);
  }

  #loseLease(): void {
    if (this.#isOver) return;
    const { log } = this.#environment;
    log.warn("another planner has taken a backfill over", { backfill: this.run.id });
    this.#over();
  }

  #wake(): void {
    this.#isDirty = true;
    this.#stepping ??= this.#stepWhileDirty().finally(() => {
      this.#stepping = undefined;
      if (this.#isDirty && !this.#isStopped) this.#wake();
    });
  }

  /** Schedules another check, after a longer time each time. */
  #wakeSoon(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    const ms = this.#patienceMs;
    this.#patienceMs = Math.min(2 * ms, this.#environment.tickMs);
    void this.#environment.clock.pause(ms, this.#environment.closing).then(() => {
      this.#isWaiting = false;
      if (!this.#isStopped) this.#wake();
    });
  }

  async #stepWhileDirty(): Promise<void> {
    while (this.#isDirty && !this.#isStopped) {
      this.#isDirty = false;
      const { slots } = this.#environment;
      try {
        await slots.take();
        try {
          await this.#takeStep();
        } finally {
          slots.giveBack();
        }
        this.#afterFailureMs = leastAfterFailureMs;
        this.#lastError = undefined;
      } catch (error) {
        if (this.#environment.closing.aborted) return;
        await this.#recover(error);
      }
    }
  }

  async #takeStep(): Promise<void> {
    if (this.#lease.isOverdue) {
      if (!(await this.#lease.renew())) return this.#loseLease();
      // Another planner may have had the lease in between.
      this.#step.reload();
    }
    const after = await this.#step.take();
    if (after === "ended") await this.#end();
    else if (this.#lease.isOverdue || after === "again") this.#isDirty = true;
    else if (after === "held up") this.#wakeSoon();
    else this.#patienceMs = leastPatienceMs;
  }

  async #end(): Promise<void> {
    const { store, log } = this.#environment;
    const facts = await this.#endFacts().catch(() => ({}));
    log.info("a backfill has ended", { backfill: this.run.id, ...facts });
    this.#over();
    await this.#lease.release();
    await takeBackLostEnd(store, log, this.run.id);
  }

  /** How it ended; empty if the backfill was deleted or is unreadable. */
  async #endFacts(): Promise<object> {
    const { store } = this.#environment;
    const record = await findBackfill(store, this.run.id);
    if (record === undefined) return {};
    const { createdMs, finishedMs, header, status } = record;
    const counts = { selected: 0, succeeded: 0, failed: 0, skipped: 0, canceled: 0 };
    for (const counters of await readCountersOfAssets(store, header.assets, record.id)) {
      if (counters === undefined) continue;
      counts.selected += counters.selected;
      counts.succeeded += counters.succeeded;
      counts.failed += counters.failed;
      counts.skipped += counters.skipped;
      counts.canceled += counters.canceled;
    }
    const durationMs = finishedMs === undefined ? {} : { durationMs: finishedMs - createdMs };
    return { outcome: status, ...counts, ...durationMs };
  }

  async #recover(thrown: unknown): Promise<void> {
    const { store, log, clock, closing, tickMs } = this.#environment;
    const backfill = this.run.id;
    if (thrown instanceof OutdatedProjectError) {
      log.warn("leaving a backfill to a planner with a newer project", {
        backfill,
        error: thrown.message,
      });
      this.isOutdated = true;
      this.#over();
      await this.#lease.release();
      return;
    }
    // Only an answer of Redis proves that it was deleted or is unreadable.
    const record = await findBackfill(store, backfill).catch((error: unknown) => error);
    if (record === undefined) {
      log.error("Redis lost a backfill; no planner plans it any more", { backfill });
      this.#over();
      return;
    }
    if (record instanceof UnreadableBackfillError) {
      log.error("a backfill is unreadable; this planner does not plan it until it is readable", {
        backfill,
        error: record.message,
      });
      this.#over();
      await this.#lease.release();
      return;
    }
    const error = messageOf(thrown);
    if (error !== this.#lastError)
      log.error("planning a backfill failed; reading its state again", { backfill, error });
    this.#lastError = error;
    this.#step.reload();
    this.#isDirty = true;
    this.#isRecovering = true;
    await clock.pause(this.#afterFailureMs, closing);
    this.#isRecovering = false;
    this.#afterFailureMs = Math.min(2 * this.#afterFailureMs, 2 * tickMs);
  }
}
