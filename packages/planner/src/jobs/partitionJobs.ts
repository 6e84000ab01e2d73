import { addressesOf, turns } from "@infill/core";
import type { PartitionsContext } from "@infill/partitions";
import type { PoolQueues } from "@infill/planning";
import {
  type AssetScopes,
  type BackfillRecord,
  ordinalsByLane,
  type PartitionAddress,
  type StateStore,
} from "@infill/state";
import type { AssetProgress } from "../progress/assetProgress.ts";
import { JobIndex, type KnownJob } from "./jobIndex.ts";
import { goesFirst, jobOfPartitions, jobPriority, partitionsOfJobs } from "./jobPayload.ts";
import { QueueRepair } from "./queueRepair.ts";

/** Jobs of one bulk add, which BullMQ creates in one turn of the event loop. */
const jobsPerCall = 200;
/** Jobs of the first bulk add of a window without jobs. */
const firstJobs = 8;

/** The jobs of one backfill. A job covers partitions of one asset; one if functions are slow. */
export class PartitionJobs {
  readonly index: JobIndex;
  readonly repair: QueueRepair;
  readonly #queues: PoolQueues;
  readonly #record: Pick<BackfillRecord, "id" | "header">;
  readonly #assetIndex: ReadonlyMap<string, number>;
  #context: PartitionsContext;

  /** @param scopes of each asset, by name */
  constructor(
    store: StateStore,
    queues: PoolQueues,
    record: BackfillRecord,
    scopes: ReadonlyMap<string, AssetScopes>,
  ) {
    this.index = new JobIndex(record.id, scopes);
    this.repair = new QueueRepair(store, queues, record.id, this.index);
    this.#queues = queues;
    this.#record = record;
    this.#context = { nowMs: record.header.plannedMs };
    this.#assetIndex = new Map(record.header.assets.map((name, index) => [name, index]));
  }

  /**
   * Forgets settled jobs that are no longer in Redis. A worker removes a job a moment after its
   * last settlement.
   */
  async lookAtLeaving(): Promise<void> {
    for (const [pool, ids] of this.index.leavingByPool) {
      if (ids.size === 0) continue;
      const existing = await this.#queues.existing(pool, [...ids]);
      for (const id of ids) if (!existing.has(id)) ids.delete(id);
    }
  }

  /**
   * Forgets all jobs, and reads those that the queues have.
   *
   * @param context what existed at the moment of the plan
   */
  async load(
    assets: ReadonlyMap<string, AssetProgress>,
    context: PartitionsContext,
  ): Promise<void> {
    this.#context = context;
    this.index.clear();
    // A backfill that has not begun has no jobs, and the search reads all jobs of the pool.
    if (Array.from(assets.values()).every(hasNotBegun)) return;
    for (const pool of new Set(Array.from(assets.values(), (asset) => asset.pool))) {
      const found: KnownJob[] = [];
      for (const { id, data, priority, isDelayed } of await this.#queues.jobsOf(
        pool,
        this.#record.id,
      )) {
        const asset = assets.get(data.asset);
        if (asset === undefined) continue;
        const queued = addressesOf(data).filter(
          ({ lane, ordinal }) => asset.laneOf(lane, ordinal)?.isQueued(ordinal) === true,
        );
        found.push(this.index.note(asset, id, queued, goesFirst(priority), isDelayed));
      }
      // Settled jobs, and jobs whose partitions others cover, would use up the window.
      const idle = found.filter(({ left }) => left === 0);
      if (idle.length > 0)
        await this.#queues.remove(
          pool,
          idle.map(({ id }) => id),
        );
    }
  }

  /**
   * Adds jobs for partitions.
   *
   * @param partitions in the order in which they are to start
   * @param mostPerJob most partitions of one job
   * @param order the request's priority, and whether the jobs run before those of backfills
   */
  async add(
    asset: AssetProgress,
    partitions: readonly PartitionAddress[],
    mostPerJob: number,
    order: { readonly priority: number; readonly isFirst: boolean },
  ): Promise<void> {
    const parts = partitionsOfJobs(partitions, mostPerJob, this.index.laneKeys(asset));
    const priority = jobPriority(order);
    const assetIndex = this.#assetIndex.get(asset.name) ?? 0;
    const adding: Promise<void>[] = [];
    const wasEmpty = this.index.total() === 0;
    let next = 0;
    while (next < parts.length) {
      await turns.next();
      const page = parts.slice(next, next + (wasEmpty && next === 0 ? firstJobs : jobsPerCall));
      next += page.length;
      const jobs = page.map((part) =>
        jobOfPartitions(this.#record, asset, assetIndex, part, this.#context),
      );
      for (const [at, part] of page.entries())
        this.index.note(asset, jobs[at]?.id ?? "", part, order.isFirst, false);
      const added = this.#queues.add(asset.pool, jobs, priority);
      // The error is thrown below, where all pages are awaited.
      added.catch(() => {});
      adding.push(added);
      // Workers start the first jobs while the others are added.
      if (wasEmpty && adding.length === 1) await added;
    }
    await Promise.all(adding);
  }

  /** Removes the jobs of partitions that no worker has. */
  async remove(asset: AssetProgress, partitions: readonly PartitionAddress[]): Promise<void> {
    const ids = partitions.map(({ lane, ordinal }) => this.index.idOf(asset, lane, ordinal));
    await this.#queues.remove(asset.pool, [...new Set(ids.filter((id) => id !== undefined))]);
    for (const { lane, ordinals } of ordinalsByLane(partitions))
      this.index.settled(asset, lane, ordinals);
  }
}

/** Whether no partition of an asset was ever in the window. */
function hasNotBegun(asset: AssetProgress): boolean {
  if (asset.reopened > 0) return false;
  for (const lane of asset.lanes())
    if (lane.queued.count > 0 || lane.unsettled.count < lane.selectedCount) return false;
  return true;
}
