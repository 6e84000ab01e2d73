import { setImmediate as nextTurn } from "node:timers/promises";
import { type Logger, messageOf, turns } from "@infill/core";
import { activeBackfills, appendBackfillLog, type FeedEvent, type LogFacts } from "@infill/state";
import type { Complaints } from "./complaints.ts";
import type { HeldBackfills } from "./heldBackfills.ts";
import type { PlannerParts } from "./plannerParts.ts";

/** The longest wait for entries of the streams, in milliseconds. */
const readMs = 5_000;
/** How long it waits after a read that failed, in milliseconds; twice as long after each further one, up to a tick. */
const leastAfterFailureMs = 200;

/** Hands what the streams tell to the backfills that it concerns. */
export class FeedReader {
  readonly #parts: PlannerParts;
  readonly #held: HeldBackfills;
  readonly #complaints: Complaints;
  /** For what fails again and again while Redis is not well. */
  readonly #repeated: Logger;
  readonly #closing: AbortSignal;
  readonly #onBackfill: () => void;
  #failures = 0;

  /** @param onBackfill called when a backfill was created or has another status */
  constructor(
    parts: PlannerParts,
    held: HeldBackfills,
    complaints: Complaints,
    repeated: Logger,
    closing: AbortSignal,
    onBackfill: () => void,
  ) {
    this.#parts = parts;
    this.#held = held;
    this.#complaints = complaints;
    this.#repeated = repeated;
    this.#closing = closing;
    this.#onBackfill = onBackfill;
  }

  /** Reads until the planner closes. */
  async readForEver(): Promise<void> {
    while (!this.#closing.aborted) await this.read();
  }

  /** Waits for entries, and hands them on. After a read that failed all backfills read their state again. */
  async read(): Promise<void> {
    const { feed, clock, tickMs } = this.#parts;
    try {
      for (const event of await feed.read(readMs)) {
        await turns.next();
        await this.#hear(event);
      }
      // What they lead to is sent before the next question: a step of a chain waits for it.
      await nextTurn();
      this.#failures = 0;
    } catch (error) {
      if (this.#closing.aborted) return;
      const problem = "reading the settlement stream failed";
      this.#complaints.tell("feed", problem, { error: messageOf(error) });
      // Entries that were read and not heard do not come again.
      for (const loop of this.#held.list()) loop.reload();
      const ms = Math.min(leastAfterFailureMs * 2 ** this.#failures++, tickMs);
      await clock.pause(ms, this.#closing);
    }
  }

  /**
   * Redis is another server than before, and may have gone back to an earlier state. What this process knows of backfills may be
   * more than Redis does, so it is read again; what streams have lost is told.
   */
  async lookBack(): Promise<void> {
    try {
      for (const event of await this.#parts.feed.goneBack()) await this.#hear(event);
    } catch (error) {
      this.#repeated.warn("checking for lost writes failed", { error: messageOf(error) });
    }
    for (const loop of this.#held.list()) {
      loop.reload();
      loop.reconcile();
    }
  }

  async #hear(event: FeedEvent): Promise<void> {
    const { log } = this.#parts;
    switch (event.kind) {
      case "settlements":
        for (const settlement of event.events)
          this.#held.get(settlement.backfillId)?.hear(settlement);
        break;
      case "gap":
        if (event.lost > 0)
          await this.#tellOfLoss({ asset: event.asset, transitions: event.lost }, event.asset);
        else
          log.warn("settlements were trimmed before they were read; reading state again", {
            asset: event.asset,
          });
        this.#reload(event.asset);
        break;
      case "unreadable": {
        const { asset, excerpt } = event;
        const problem = "skipped an unreadable entry of a stream; reading state again";
        this.#repeated.warn(problem, { ...(asset === undefined ? {} : { asset }), excerpt });
        this.#reload(asset);
        break;
      }
      case "backfills_gap":
        await this.#tellOfLoss({});
        break;
      case "backfill":
        this.#onBackfill();
        this.#held.hearStatus(event.backfillId, event.status);
        break;
    }
  }

  /** @param asset of which; undefined: of any */
  #reload(asset: string | undefined): void {
    for (const loop of this.#held.list())
      if (asset === undefined || loop.run.assets.includes(asset)) loop.reload();
  }

  /**
   * Says in the log, and in those of the backfills that are active now, that Redis has lost what it had acknowledged.
   *
   * @param asset of which; left out: of any
   */
  async #tellOfLoss(details: LogFacts, asset?: string): Promise<void> {
    const { store, log } = this.#parts;
    log.error("Redis lost acknowledged writes; partitions that ended then run again", details);
    const active = await activeBackfills(store);
    const held = this.#held.list().map(({ run }) => run.id);
    // One whose end was sent again may be none of the active ones for a moment.
    for (const id of new Set([...active, ...held])) {
      const run = this.#held.get(id)?.run;
      if (asset !== undefined && run?.assets.includes(asset) === false) continue;
      const append = () => appendBackfillLog(store, id, { what: "state_lost", details });
      const problem = "writing to the log of a backfill failed";
      await this.#complaints.guard(`log ${id}`, problem, append, { backfill: id });
    }
  }
}
