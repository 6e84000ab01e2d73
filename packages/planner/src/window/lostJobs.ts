import { type BackfillSettings, turns } from "@infill/core";
import { type IntegerSet, noIntegers } from "@infill/partitions";
import {
  type PartitionAddress,
  type PartitionMapKey,
  partitionMapKey,
  readLedgerCounters,
} from "@infill/state";
import type { AssetProgress } from "../progress/assetProgress.ts";
import type { LaneProgress } from "../progress/laneProgress.ts";
import type { PartitionJobs } from "../jobs/partitionJobs.ts";
import type { RunEnvironment } from "./runEnvironment.ts";
import { mostPerJob, partitionsPerJob } from "./partitionsPerJob.ts";
import { leastWindow } from "@infill/planning";

/**
 * Adds jobs for partitions of one backfill's window that have lost theirs: a planner died between
 * reserving and adding, a worker released the partition and dropped the job, or somebody changed
 * the queue.
 */
export class LostJobs {
  readonly #environment: Pick<RunEnvironment, "log" | "store">;
  readonly #jobs: PartitionJobs;
  readonly #backfillId: string;
  /** Partitions whose claims ended without an outcome, so their jobs may be gone. */
  #released = new Map<AssetProgress, PartitionAddress[]>();
  /** Queued partitions without a job at the last reconciliation. */
  #suspects = new Set<PartitionMapKey>();
  /** The window at the last reconciliation, by coordinate. */
  #before = new Map<LaneProgress, IntegerSet>();

  constructor(
    environment: Pick<RunEnvironment, "log" | "store">,
    jobs: PartitionJobs,
    backfillId: string,
  ) {
    this.#environment = environment;
    this.#jobs = jobs;
    this.#backfillId = backfillId;
  }

  /** Forgets everything, because everything is read again. */
  reset(): void {
    this.#released = new Map();
    this.#suspects = new Set();
    this.#before = new Map();
  }

  /** Records that claims ended without an outcome. */
  released(asset: AssetProgress, lane: string, ordinals: readonly number[]): void {
    const known = this.#released.get(asset) ?? [];
    this.#released.set(asset, known);
    for (const ordinal of ordinals) known.push({ lane, ordinal });
  }

  /**
   * Adds jobs at once for released partitions, and for those whose other backfill's claim ended, if
   * they have none.
   */
  async addReleased(settings: BackfillSettings): Promise<void> {
    const released = this.#released;
    this.#released = new Map();
    // No job was lost: a worker released them, or another backfill's execution is over.
    const message = "adding jobs for partitions whose claim ended without an outcome";
    for (const [asset, partitions] of released) {
      const queued = partitions.filter(
        ({ lane, ordinal }) => asset.laneOf(lane, ordinal)?.isQueued(ordinal) === true,
      );
      const missing = await this.#jobs.repair.missing(asset, queued);
      await this.#addAgain(asset, missing, settings, message);
    }
  }

  /**
   * Adds a job for each queued partition that has none.
   *
   * @param atOnce whether one check is enough; if not, a partition must be without a job in two
   *   checks, because a job is removed a moment after its partition settled
   */
  async addMissing(
    assets: Iterable<AssetProgress>,
    settings: BackfillSettings,
    atOnce: boolean,
  ): Promise<void> {
    const suspects = new Set<PartitionMapKey>();
    for (const asset of assets) {
      const lost: PartitionAddress[] = [];
      const queued: PartitionAddress[] = [];
      for (const lane of asset.lanes()) {
        if (lane.queued.count === 0) continue;
        await turns.next();
        for (const address of lane.addressesOf(lane.queued.toSet())) queued.push(address);
      }
      for (const address of await this.#jobs.repair.missing(asset, queued)) {
        const key = partitionMapKey(asset.name, address.lane, address.ordinal);
        suspects.add(key);
        if (atOnce || this.#suspects.has(key)) lost.push(address);
      }
      await this.#addAgain(asset, lost, settings, "adding jobs that were lost");
    }
    this.#suspects = suspects;
  }

  /**
   * Removes the remains of jobs that no worker will get, so that they count as lost. Checks only
   * partitions that were in the window at the last call too, so that a moving queue causes no
   * checks.
   */
  async removeStray(assets: Iterable<AssetProgress>): Promise<void> {
    const before = this.#before;
    this.#before = new Map();
    for (const asset of assets) {
      const stood: PartitionAddress[] = [];
      for (const lane of asset.lanes()) {
        if (lane.queued.count === 0) continue;
        await turns.next();
        this.#before.set(lane, lane.queued.toSet());
        const both = lane.queued.intersection(before.get(lane) ?? noIntegers);
        for (const address of lane.addressesOf(both.toSet())) stood.push(address);
      }
      const removed = await this.#jobs.repair.removeStray(asset, stood);
      if (removed > 0)
        this.#environment.log.warn("removed jobs that were on no list of their queue", {
          backfill: this.#backfillId,
          asset: asset.name,
          jobs: removed,
        });
    }
  }

  async #addAgain(
    asset: AssetProgress,
    partitions: readonly PartitionAddress[],
    settings: BackfillSettings,
    message: string,
  ): Promise<void> {
    if (partitions.length === 0) return;
    this.#environment.log.info(message, {
      backfill: this.#backfillId,
      asset: asset.name,
      partitions: partitions.length,
    });
    const order = { priority: settings.priority, isFirst: false };
    const perJob = await this.#perJob(asset, partitions.length, settings);
    await this.#jobs.add(asset, partitions, perJob, order);
  }

  /**
   * Partitions of one job: the present run length, or more if so many jobs do not fit into the
   * window.
   */
  async #perJob(
    asset: AssetProgress,
    partitions: number,
    { maxPartitionsPerRun, window = leastWindow }: BackfillSettings,
  ): Promise<number> {
    const { store } = this.#environment;
    const counters = await readLedgerCounters(store, asset.name, this.#backfillId);
    const usual = partitionsPerJob({
      settled: (counters?.succeeded ?? 0) + (counters?.failed ?? 0),
      busyMs: counters?.busyMs ?? 0,
      ready: Infinity,
      slots: 1,
      requested: maxPartitionsPerRun,
    });
    const fits = Math.ceil(partitions / usual) <= window - this.#jobs.index.total();
    return fits ? usual : (maxPartitionsPerRun ?? mostPerJob);
  }
}
