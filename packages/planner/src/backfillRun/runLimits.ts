import type { AssetGraph } from "@infill/core";
import {
  type BackfillRecord,
  changeBackfill,
  readCountersOfAssets,
  redisTimeMs,
  type StateStore,
} from "@infill/state";
import type { AssetProgress } from "../progress/assetProgress.ts";
import { BudgetWatch } from "../progress/budgetWatch.ts";
import { CanaryGate } from "../progress/canaryGate.ts";

/** Why a backfill has to pause by itself. */
export interface PauseCause {
  readonly cause: "budget" | "canary";
  /** In words. */
  readonly reason: string;
}

/** What may make one backfill pause by itself: its budget, and its canary while that runs. */
export class RunLimits {
  readonly #store: StateStore;
  readonly #graph: AssetGraph;
  readonly #budget = new BudgetWatch();
  /** Failed partitions, those of earlier turns included. */
  #failures = 0;
  /** Set while only some partitions may run. */
  #canary: CanaryGate | undefined;

  constructor(store: StateStore, graph: AssetGraph) {
    this.#store = store;
    this.#graph = graph;
  }

  /** Reads where it stands. While its canary runs, everything else is held back. */
  async load(
    { id, header, progress }: BackfillRecord,
    assets: ReadonlyMap<string, AssetProgress>,
  ): Promise<void> {
    const { canary } = header.request;
    this.#canary =
      canary === undefined || progress.canary !== "running"
        ? undefined
        : await CanaryGate.load(this.#store, this.#graph, assets, id, canary);
    this.#canary?.holdBack();
    const counters = await readCountersOfAssets(this.#store, header.assets, id);
    this.#failures = counters.reduce((sum, each) => sum + (each?.failed ?? 0), 0);
    this.#budget.reset();
  }

  /** Takes in that partitions have settled. */
  observe({ settings }: BackfillRecord, isFailed: boolean, count: number): void {
    this.#budget.observe(isFailed, count, settings.budget?.failureRateOver ?? 0);
    if (isFailed) this.#failures += count;
  }

  /** @returns why it has to pause; undefined where it does not */
  async exceeded({
    progress,
    settings,
    createdMs,
  }: BackfillRecord): Promise<PauseCause | undefined> {
    const hasTimeLimit = settings.budget?.wallMs !== undefined;
    const nowMs = hasTimeLimit ? await redisTimeMs(this.#store) : 0;
    const exceeded = this.#budget.exceeded(settings.budget, {
      failures: this.#failures - progress.failuresBefore,
      elapsedMs: nowMs - (progress.resumedMs ?? createdMs),
    });
    if (exceeded !== undefined) return { cause: "budget", reason: `budget: ${exceeded}` };
    const { failed, all } = this.#canary?.counts() ?? { failed: 0, all: 0 };
    if (failed === 0) return undefined;
    const reason = `canary: ${failed} of its ${all} partitions failed`;
    return { cause: "canary", reason };
  }

  /** Ends the canary once every partition of it has succeeded. @returns whether it ended by this call, so that the rest may start */
  async passCanary(id: string): Promise<boolean> {
    if (this.#canary === undefined) return false;
    const { failed, open, all } = this.#canary.counts();
    if (failed + open > 0) return false;
    await changeBackfill(this.#store, id, ({ progress }) => ({
      progress: { ...progress, canary: "passed" },
      log: { what: "canary_passed", actor: "planner", details: { partitions: all } },
    }));
    this.#canary = undefined;
    return true;
  }
}
