import type { PartitionJob } from "@infill/core";
import { olderAssets, readPlannedVersions, type StateStore } from "@infill/state";

/** Most backfills that are remembered. */
const mostKept = 10_000;

/** Whether a worker's project may run a job, or is older than the project that planned it. */
export type ProjectFit = "fits" | "older";

/**
 * What this worker knows of the projects that planned backfills. It checks each backfill and asset
 * once.
 */
export class BackfillPlans {
  readonly #store: StateStore;
  readonly #versions: ReadonlyMap<string, string>;
  readonly #fitting = new Set<string>();

  /** @param versions of this worker's assets */
  constructor(store: StateStore, versions: ReadonlyMap<string, string>) {
    this.#store = store;
    this.#versions = versions;
  }

  /** The answer if no call to Redis is needed: once a job fits, it always fits. */
  known({ backfillId, asset }: PartitionJob): "fits" | undefined {
    return this.#fitting.has(`${backfillId} ${asset}`) ? "fits" : undefined;
  }

  /**
   * Asks Redis. An older worker asks each time, because a rollback of the project makes its version
   * the newest again.
   */
  async look({ backfillId, asset }: PartitionJob): Promise<ProjectFit> {
    const planned = (await readPlannedVersions(this.#store, backfillId)).get(asset);
    const isOlder =
      planned !== undefined &&
      (await olderAssets(this.#store, this.#versions, new Map([[asset, planned]]))).length > 0;
    if (isOlder) return "older";
    if (this.#fitting.size >= mostKept) this.#fitting.clear();
    this.#fitting.add(`${backfillId} ${asset}`);
    return "fits";
  }
}
