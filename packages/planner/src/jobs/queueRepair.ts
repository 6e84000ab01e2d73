import { hasInteger, integersFromSorted, noIntegers } from "@infill/partitions";
import { turns } from "@infill/core";
import type { PoolQueues } from "@infill/planning";
import {
  mendJob,
  ordinalsByLane,
  type PartitionAddress,
  readClaims,
  readLedgerPlane,
  type StateStore,
} from "@infill/state";
import type { AssetProgress } from "../progress/assetProgress.ts";
import { type JobIndex, jobsPerPage } from "./jobIndex.ts";

/** Finds jobs that a queue has lost, and removes their remains. */
export class QueueRepair {
  readonly #store: StateStore;
  readonly #queues: PoolQueues;
  readonly #backfillId: string;
  readonly #index: JobIndex;

  constructor(store: StateStore, queues: PoolQueues, backfillId: string, index: JobIndex) {
    this.#store = store;
    this.#queues = queues;
    this.#backfillId = backfillId;
    this.#index = index;
  }

  /**
   * Those of some partitions that are in the window without a job or a running claim. The ledger is
   * read last: a job is removed after its partitions have settled. So a partition that is still in
   * the window has lost its job; its settlement is not merely unread.
   */
  async missing(
    asset: AssetProgress,
    partitions: readonly PartitionAddress[],
  ): Promise<PartitionAddress[]> {
    const missing: PartitionAddress[] = [];
    for (let first = 0; first < partitions.length; first += jobsPerPage) {
      await turns.next();
      const page = partitions.slice(first, first + jobsPerPage);
      const ids = page.map(({ lane, ordinal }) => this.#index.idOf(asset, lane, ordinal));
      const known = new Set(ids.filter((id) => id !== undefined));
      const existing = await this.#queues.existing(asset.pool, [...known]);
      const absent = page.filter((_, at) => !existing.has(ids[at] ?? ""));
      const claims = await readClaims(this.#store, asset.name, absent);
      missing.push(...absent.filter((_, at) => claims[at]?.state !== "running"));
    }
    return this.#inWindow(asset.name, missing);
  }

  /** Those of some partitions that the ledger has in the window now. */
  async #inWindow(
    asset: string,
    partitions: readonly PartitionAddress[],
  ): Promise<PartitionAddress[]> {
    if (partitions.length === 0) return [];
    const places = ordinalsByLane(partitions).map(({ lane, ordinals }) => ({
      lane,
      ordinals: integersFromSorted(ordinals.toSorted((a, b) => a - b)),
    }));
    const queued = await readLedgerPlane(this.#store, asset, this.#backfillId, "queued", places);
    const bits = new Map(queued.map(({ lane, ordinals }) => [lane, ordinals]));
    return partitions.filter(({ lane, ordinal }) =>
      hasInteger(bits.get(lane) ?? noIntegers, ordinal),
    );
  }

  /**
   * Removes the remains of some partitions' jobs that are on no list of their queue, because
   * somebody deleted a list: no worker gets them, and their ids cannot be added again. Each job is
   * checked and removed at one instant.
   *
   * @returns how many jobs were removed
   */
  async removeStray(
    asset: AssetProgress,
    partitions: readonly PartitionAddress[],
  ): Promise<number> {
    let removed = 0;
    for (let first = 0; first < partitions.length; first += jobsPerPage) {
      await turns.next();
      const idOf = new Map<PartitionAddress, string>();
      for (const partition of partitions.slice(first, first + jobsPerPage)) {
        const id = this.#index.idOf(asset, partition.lane, partition.ordinal);
        if (id !== undefined) idOf.set(partition, id);
      }
      const doubtful = new Set(
        await this.#queues.notWaiting(asset.pool, [...new Set(idOf.values())]),
      );
      if (doubtful.size === 0) continue;
      // Workers have nearly all of these, as running claims show.
      const held = [...idOf].filter(([, id]) => doubtful.has(id));
      const claims = await readClaims(
        this.#store,
        asset.name,
        held.map(([partition]) => partition),
      );
      for (const [at, [, id]] of held.entries())
        if (claims[at]?.state === "running") doubtful.delete(id);
      for (const id of doubtful) removed += await mendJob(this.#store, asset.pool, id);
    }
    return removed;
  }
}
