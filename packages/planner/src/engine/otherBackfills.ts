import { type Project, turns } from "@infill/core";
import {
  findReadableBackfill,
  readCountersOfAssets,
  type StateStore,
  UnreadableBackfillError,
} from "@infill/state";
import type { Contender } from "../window/poolShares.ts";

/** Backfills that are checked together, so that hundreds take a few round trips. */
const looksAtOnce = 8;
/** Assets of one backfill that are checked together. */
const assetsPerLook = 8;

/** The backfills of other planners, as contenders for pools; as of the last check. */
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

  /** Checks again. @param ids of the active backfills that this planner does not run */
  async look(ids: readonly string[]): Promise<void> {
    const byPool = new Map<string, Contender[]>();
    for (let first = 0; first < ids.length; first += looksAtOnce) {
      await turns.next();
      const page = ids.slice(first, first + looksAtOnce);
      for (const found of await Promise.all(page.map((id) => this.#lookAt(id)))) {
        for (const pool of found?.pools ?? []) {
          const contenders = byPool.get(pool);
          if (found === undefined) continue;
          if (contenders === undefined) byPool.set(pool, [found.contender]);
          else contenders.push(found.contender);
        }
      }
    }
    this.#byPool = byPool;
  }

  async #lookAt(
    id: string,
  ): Promise<{ readonly contender: Contender; readonly pools: ReadonlySet<string> } | undefined> {
    const record = await findReadableBackfill(this.#store, id);
    if (record?.status !== "running") return undefined;
    const { settings, header } = record;
    const contender = { id, weight: settings.weight, origin: header.request.origin };
    const pools = await this.#poolsWithJobs(id, header.assets).catch((error: unknown) => {
      // The planner that runs it reports this.
      if (error instanceof UnreadableBackfillError) return new Set<string>();
      throw error;
    });
    return { contender, pools };
  }

  /** For each pool, checks assets a page at a time until one has jobs. */
  async #poolsWithJobs(id: string, assets: readonly string[]): Promise<Set<string>> {
    const pools = new Set<string>();
    const poolOf = (name: string) => this.#project.graph.assets.get(name)?.pool;
    let left = assets;
    while (left.length > 0) {
      const page = left.slice(0, assetsPerLook);
      const counters = await readCountersOfAssets(this.#store, page, id);
      for (const [at, name] of page.entries()) {
        const pool = poolOf(name);
        if (pool !== undefined && (counters[at]?.queued ?? 0) > 0) pools.add(pool);
      }
      left = left.slice(assetsPerLook).filter((name) => {
        const pool = poolOf(name);
        return pool !== undefined && !pools.has(pool);
      });
    }
    return pools;
  }
}
