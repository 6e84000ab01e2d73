import { type BackfillSettings, turns } from "@infill/core";
import { type IntegerSet, integers, noIntegers } from "@infill/partitions";
import { readLedgerCounters } from "@infill/state";
import type { AssetProgress } from "../progress/assetProgress.ts";
import type { LaneProgress } from "../progress/laneProgress.ts";
import type { PartitionJobs } from "../jobs/partitionJobs.ts";
import type { RunEnvironment } from "./runEnvironment.ts";
import { mostPerJob, runLength } from "./runLength.ts";
import { leastWindow } from "@infill/planning";

/** Partitions of one lane whose claim ended without an outcome. */
interface Released {
  readonly asset: AssetProgress;
  readonly lane: string;
  readonly ordinals: readonly number[];
}

/**
 * Gives partitions in the window of one backfill a job again whose job is lost: its planner died between reserving and
 * adding, a worker gave the partition back and dropped the job, or somebody meddled with the queue.
 */
export class LostJobs {
  readonly #environment: Pick<RunEnvironment, "log" | "store">;
  readonly #jobs: PartitionJobs;
  readonly #backfillId: string;
  /** Partitions whose claim ended without an outcome: their jobs may be gone. */
  #released: Released[] = [];
  /** Queued partitions that the last reconciliation found without a job. */
  #suspects = new Set<string>();
  /** What was in the window at the last reconciliation, as positions. */
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

  /** Forgets what it knows, because everything is read again. */
  reset(): void {
    this.#released = [];
    this.#suspects = new Set();
    this.#before = new Map();
  }

  /** Takes note that claims ended without an outcome. */
  released(asset: AssetProgress, lane: string, ordinals: readonly number[]): void {
    this.#released.push({ asset, lane, ordinals });
  }

  /** Adds jobs at once for partitions that were given back, or whose other backfill's claim ended, if they have none. */
  async addReleased(settings: BackfillSettings): Promise<void> {
    for (let next = this.#released.shift(); next !== undefined; next = this.#released.shift()) {
      const { asset, lane: laneText, ordinals } = next;
      const lane = asset.lane(laneText);
      const queued = ordinals.filter((ordinal) => {
        const position = asset.registered.ordinals.positionAt(ordinal);
        return position !== undefined && lane?.queued.has(position) === true;
      });
      const missing = await this.#jobs.repair.missing(asset, laneText, queued);
      // Nothing was lost: a worker gave them back, or another backfill's run of them is over.
      const message = "adding jobs for partitions whose claim ended without an outcome";
      await this.#addAgain(asset, laneText, missing, settings, message);
    }
  }

  /**
   * Adds a job for each queued partition that has none.
   *
   * @param atOnce whether a partition counts as having none when it is seen so once; else it takes two looks, because
   * a job is removed a moment after its partition settled
   */
  async addMissing(
    assets: Iterable<AssetProgress>,
    settings: BackfillSettings,
    atOnce: boolean,
  ): Promise<void> {
    const suspects = new Set<string>();
    for (const asset of assets) {
      for (const { lane, queued } of asset.lanes()) {
        if (queued.count === 0) continue;
        await turns.next();
        const ordinals = Array.from(integers(queued.toSet()), (at) =>
          asset.registered.ordinals.ordinalAt(at),
        );
        const missing = await this.#jobs.repair.missing(asset, lane, ordinals);
        const ids = missing.map((ordinal) => `${asset.name} ${lane} ${ordinal}`);
        for (const id of ids) suspects.add(id);
        const lost = missing.filter((_, at) => atOnce || this.#suspects.has(ids[at] ?? ""));
        await this.#addAgain(asset, lane, lost, settings, "adding jobs that were lost");
      }
    }
    this.#suspects = suspects;
  }

  /**
   * Removes what is left of jobs that nobody ever gets, so that they count as lost. Only of partitions that were in the
   * window at the last call already: where jobs come and go, none is looked at.
   */
  async removeStray(assets: Iterable<AssetProgress>): Promise<void> {
    const before = this.#before;
    this.#before = new Map();
    for (const asset of assets) {
      for (const lane of asset.lanes()) {
        await turns.next();
        const window = lane.queued.toSet();
        this.#before.set(lane, window);
        const stood = lane.queued.intersection(before.get(lane) ?? noIntegers);
        if (stood.count === 0) continue;
        const ordinals = Array.from(integers(stood.toSet()), (at) =>
          asset.registered.ordinals.ordinalAt(at),
        );
        const removed = await this.#jobs.repair.removeStray(asset, lane.lane, ordinals);
        if (removed > 0)
          this.#environment.log.warn("removed jobs that no list of their queue names", {
            backfill: this.#backfillId,
            asset: asset.name,
            jobs: removed,
          });
      }
    }
  }

  async #addAgain(
    asset: AssetProgress,
    lane: string,
    ordinals: readonly number[],
    settings: BackfillSettings,
    message: string,
  ): Promise<void> {
    if (ordinals.length === 0) return;
    this.#environment.log.info(message, {
      backfill: this.#backfillId,
      asset: asset.name,
      jobs: ordinals.length,
    });
    const partitions = ordinals.map((ordinal) => ({ lane, ordinal }));
    // Settled partitions lie between those of a job that was lost: a job for each piece might not fit into the window.
    const order = { priority: settings.priority, isFirst: false, spansGaps: true };
    const perJob = await this.#perJob(asset, ordinals.length, settings);
    await this.#jobs.add(asset, partitions, perJob, order);
  }

  /** How many partitions one job takes: as many as one of today would, unless so many jobs do not fit into the window. */
  async #perJob(
    asset: AssetProgress,
    partitions: number,
    { maxPartitionsPerRun, window = leastWindow }: BackfillSettings,
  ): Promise<number> {
    const { store } = this.#environment;
    const counters = await readLedgerCounters(store, asset.name, this.#backfillId);
    const usual = runLength({
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
