import type { Project } from "@infill/core";
import {
  findReadableBackfill,
  readLedgerCounters,
  type StateStore,
  UnreadableBackfillError,
} from "@infill/state";
import type { Contender } from "./poolShares.ts";

/** The backfills that other planners run, as contenders for pools. As of the last look. */
export class OtherBackfills {
  readonly #store: StateStore;
  readonly #project: Project;
  #byPool: ReadonlyMap<string, readonly Contender[]> = new Map();

  constructor(store: StateStore, project: Project) {
    this.#store = store;
    this.#project = project;
  }

  of(pool: string): readonly Contender[] {
    return this.#byPool.get(pool) ?? [];
  }

  /** Looks again. @param ids of the active backfills that this planner does not run */
  async look(ids: readonly string[]): Promise<void> {
    const byPool = new Map<string, Contender[]>();
    for (const id of ids) {
      const record = await findReadableBackfill(this.#store, id);
      if (record?.status !== "running") continue;
      const { settings, header } = record;
      const contender = { id, weight: settings.weight, origin: header.request.origin };
      const pools = await this.#poolsWithJobs(id, header.assets).catch((error: unknown) => {
        // The planner that runs it says so.
        if (error instanceof UnreadableBackfillError) return [];
        throw error;
      });
      for (const pool of pools) {
        const contenders = byPool.get(pool) ?? [];
        byPool.set(pool, [...contenders, contender]);
      }
    }
    this.#byPool = byPool;
  }

  async #poolsWithJobs(id: string, assets: readonly string[]): Promise<Set<string>> {
    const pools = new Set<string>();
    for (const name of assets) {
      const pool = this.#project.graph.assets.get(name)?.pool;
      if (pool === undefined || pools.has(pool)) continue;
      const counters = await readLedgerCounters(this.#store, name, id);
      if (counters !== undefined && counters.queued > 0) pools.add(pool);
    }
    return pools;
  }
}
