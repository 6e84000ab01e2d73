import { setImmediate as nextTurn } from "node:timers/promises";
import { type Logger, type Project, Slots } from "@infill/core";
import type { PoolQueues } from "@infill/planning";
import { lapseSessions, type RegisteredAssets, type StateStore } from "@infill/state";
import { Planner } from "../engine/planner.ts";
import { type CallBudget, cutOffText, limitedStore } from "./callBudget.testing.ts";
import type { EngineModel } from "./engineModel.testing.ts";
import type { EngineView } from "./engineView.testing.ts";
import { HistoryClock } from "./historyClock.testing.ts";
import { HistoryFeed } from "./historyFeed.testing.ts";

/** No lease and no lock of a history ends by the clock of Redis. */
export const foreverMs = 3_600_000;
/** Time between two looks of a planner, in milliseconds of its own clock. */
const tickMs = 2_000;

/** What the planners of a history share. */
export interface PlannerWorld {
  readonly store: StateStore;
  readonly budget: CallBudget;
  readonly queues: PoolQueues;
  readonly project: Project;
  readonly registered: RegisteredAssets;
  readonly model: EngineModel;
}

/** What happens in one step of a planner. */
export interface PlannerStep {
  /** How much of what the streams have arrives, from none (0) to all (1). */
  readonly part: number;
  /** Whether it looks at what no event tells. */
  readonly tick: boolean;
  /** By how much its clock moves, in milliseconds. */
  readonly advanceMs: number;
  /** After how many calls to Redis the process dies, or the connection breaks until the end of the step. */
  readonly cutOff?: { readonly calls: number; readonly dies: boolean };
}

/** A planner process of a history: the planner that ships, one step at a time. */
export class HistoryPlanner {
  readonly #world: PlannerWorld;
  readonly #store: StateStore;
  /** What it logged that no history may lead to. */
  readonly #problems: string[] = [];
  #clock = new HistoryClock();
  #feed = new HistoryFeed();
  #slots = new Slots(1);
  #planner: Planner;

  constructor(world: PlannerWorld) {
    this.#world = world;
    this.#store = limitedStore(world.store, world.budget);
    this.#planner = this.#start();
  }

  /** The streams have new entries. */
  emit(view: EngineView): void {
    this.#feed.emit(view);
  }

  /** Settlements are trimmed before the planner reads them. */
  trim(): void {
    this.#feed.trim();
  }

  /** @throws Error if the planner failed for another reason than being cut off */
  async step({
    part,
    tick,
    advanceMs,
    cutOff,
  }: PlannerStep): Promise<"stepped" | "cut off" | "died"> {
    const { budget } = this.#world;
    let isCut = false;
    if (cutOff !== undefined)
      budget.set(cutOff.calls, () => {
        isCut = true;
        if (cutOff.dies) this.#planner.stop();
      });
    // No backfill makes a step before all is heard: so one seed is one history.
    await this.#slots.take();
    this.#clock.advance(advanceMs);
    this.#feed.arrive(part);
    await this.#planner.read();
    if (tick) await this.#planner.tick();
    this.#slots.giveBack();
    await this.#rest();
    budget.lift();
    if (this.#problems.length > 0) throw new Error(this.#problems.join("; "));
    if (!isCut) return "stepped";
    if (cutOff?.dies !== true) return "cut off";
    this.#planner = this.#start();
    return "died";
  }

  /** The process dies, and another one starts. Its leases stay until they end. */
  async restart(): Promise<void> {
    this.#planner.stop();
    await this.#rest();
    this.#planner = this.#start();
  }

  async #rest(): Promise<void> {
    while (!this.#planner.isResting) await nextTurn();
  }

  #start(): Planner {
    const { project, registered, queues, model } = this.#world;
    this.#clock = new HistoryClock();
    this.#feed = new HistoryFeed();
    this.#slots = new Slots(1);
    return new Planner({
      store: this.#store,
      project,
      registered,
      queues,
      log: this.#log(),
      clock: this.#clock,
      feed: this.#feed,
      leaseMs: foreverMs,
      tickMs,
      stepSlots: this.#slots,
      adoptSlots: new Slots(1),
      lapse: async (asset) => {
        const lapsed = await lapseSessions(this.#store, asset);
        const expected = model.lapse(asset);
        if (lapsed !== expected)
          this.#problems.push(`${lapsed} claims of ${asset} lapsed, expected ${expected}`);
        return lapsed;
      },
    });
  }

  /** A planner logs its failures and goes on. Of these only being cut off is meant to happen. */
  #log(): Logger {
    const note = (message: string, fields: object = {}) => {
      const { error }: { error?: unknown } = fields;
      if (error !== undefined && !String(error).includes(cutOffText))
        this.#problems.push(`${message}: ${String(error)}`);
    };
    const error = (message: string, fields: object = {}) => {
      if ("error" in fields) note(message, fields);
      else this.#problems.push(message);
    };
    return { info: note, warn: note, error };
  }
}
