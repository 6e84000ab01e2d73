import type { PartitionJob } from "@infill/core";
import { olderAssets, readPlannedVersions, type StateStore } from "@infill/state";

/** Backfills that are remembered at once. */
const mostKept = 10_000;

/** Whether a worker's project may run a job, or is older than what the job was planned with. */
export type ProjectFit = "fits" | "older";

/** What this worker knows of the projects that backfills were planned with. Each backfill and asset is looked at once. */
export class BackfillPlans {
  readonly #store: StateStore;
  readonly #versions: ReadonlyMap<string, string>;
  readonly #fitting = new Set<string>();

  /** @param versions of this worker's assets */
  constructor(store: StateStore, versions: ReadonlyMap<string, string>) {
    this.#store = store;
    this.#versions = versions;
  }

  /** What is known without asking Redis: a job that fits once does so for good. */
  known({ b, a }: PartitionJob): "fits" | undefined {
    return this.#fitting.has(`${b} ${a}`) ? "fits" : undefined;
  }

  /** Asks Redis. A worker that is older stays so until its project is rolled back to, so it is asked each time. */
  async look({ b, a }: PartitionJob): Promise<ProjectFit> {
    const planned = (await readPlannedVersions(this.#store, b)).get(a);
    const isOlder =
      planned !== undefined &&
      (await olderAssets(this.#store, this.#versions, new Map([[a, planned]]))).length > 0;
    if (isOlder) return "older";
    if (this.#fitting.size >= mostKept) this.#fitting.clear();
    this.#fitting.add(`${b} ${a}`);
    return "fits";
  }
}
