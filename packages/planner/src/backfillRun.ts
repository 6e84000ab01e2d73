import type { AssetGraph, PartitionJob } from "@infill/core";
import { type PartitionsContext, partitionKeyAt } from "@infill/partitions";
import {
  type BackfillRecord,
  controlLedger,
  dropReservations,
  type Logger,
  type RegisteredAsset,
  type RegisteredWorker,
  readClaims,
  readLedgerCounters,
  reservePartitions,
  type SettlementEvent,
  type StateStore,
  setBackfillStatus,
  settleUnstarted,
} from "@infill/state";
import type { AssetProgress, LanePick } from "./assetProgress.ts";
import { loadBackfill } from "./loadBackfill.ts";
import { partitionJobId, type PoolQueues } from "./poolQueues.ts";
import { Readiness } from "./readiness.ts";
import { slotsOf, windowSize } from "./windowSize.ts";

/** What a run needs from the planner that owns it. */
export interface RunEnvironment {
  readonly store: StateStore;
  readonly queues: PoolQueues;
  readonly graph: AssetGraph;
  readonly registered: ReadonlyMap<string, RegisteredAsset>;
  readonly log: Logger;
  workers(): readonly RegisteredWorker[];
}

/** Jobs added by one call of BullMQ's bulk add. */
const jobsPerPage = 1_000;

/**
 * One backfill, driven by the planner that holds its lease.
 *
 * `load` reads where it stands; `observe` takes settlements in; `advance` refills the window, skips what is doomed and
 * ends the backfill when nothing is left. All that is held in memory can be read again from the ledgers at any time,
 * and is whenever a step fails. Two runs of one backfill at once do no harm: reservations are atomic, job ids are the
 * same, and a claim is granted once.
 */
export class BackfillRun {
  readonly id: string;
  readonly #environment: RunEnvironment;
  readonly #record: BackfillRecord;
  readonly #assetIndex: ReadonlyMap<string, number>;
  #status: "running" | "canceling";
  #assets: ReadonlyMap<string, AssetProgress> = new Map();
  #readiness: Readiness;
  /** Failures and skips whose consequences are not written yet. */
  #lost: { readonly asset: AssetProgress; readonly pick: LanePick }[] = [];
  /** Partitions whose claim ended without an outcome: their jobs may be gone. */
  #released: {
    readonly asset: AssetProgress;
    readonly lane: string;
    readonly ordinals: readonly number[];
  }[] = [];
  /** Queued partitions that the last reconciliation found without a job. */
  #suspects = new Set<string>();

  constructor(environment: RunEnvironment, record: BackfillRecord) {
    this.id = record.id;
    this.#environment = environment;
    this.#record = record;
    this.#assetIndex = new Map(record.header.assets.map((name, index) => [name, index]));
    this.#status = record.status === "canceling" ? "canceling" : "running";
    this.#readiness = new Readiness(environment.graph, this.#assets, this.#context());
  }

  /** The assets whose settlements concern it. */
  get assets(): readonly string[] {
    return this.#record.header.assets;
  }

  /** Reads everything again. Follow the settlements of its assets before, so that none is missed. */
  async load(): Promise<void> {
    const { store, graph, registered } = this.#environment;
    this.#assets = await loadBackfill(store, graph, registered, this.id, this.assets);
    this.#readiness = new Readiness(graph, this.#assets, this.#context());
    this.#readiness.compute();
    this.#suspects = new Set();
    this.#lost = [];
    this.#released = [];
    for (const asset of this.#assets.values()) {
      for (const lane of asset.lanes()) {
        const failed: number[] = [];
        for (
          let at = lane.outstanding.next(-(2 ** 31));
          at !== undefined;
          at = lane.outstanding.next(at + 1)
        ) {
          if (!lane.unsettled.has(at)) failed.push(at);
        }
        if (failed.length > 0) this.#lost.push({ asset, pick: { lane, positions: failed } });
      }
    }
    await this.#addMissingJobs(true);
  }

  /** Takes note that the backfill is canceled: nothing more is started. */
  cancel(): void {
    this.#status = "canceling";
  }

  /** Takes in what the settlement stream says. Hearing it twice changes nothing. */
  observe(events: readonly SettlementEvent[]): void {
    const succeeded = new Map<AssetProgress, LanePick[]>();
    for (const { asset: name, lane: laneText, change } of events) {
      const asset = this.#assets.get(name);
      const lane = asset?.lane(laneText);
      if (asset === undefined || lane === undefined || change.kind === "skipped") continue;
      if (change.kind === "released") {
        this.#released.push({ asset, lane: laneText, ordinals: change.ordinals });
        continue;
      }
      const positions: number[] = [];
      for (const ordinal of change.ordinals) {
        const position = asset.registered.ordinals.positionAt(ordinal);
        if (position === undefined) continue;
        lane.queued.delete(position);
        lane.ready.delete(position);
        if (!lane.unsettled.delete(position)) continue;
        if (change.kind === "succeeded") lane.outstanding.delete(position);
        positions.push(position);
      }
      if (positions.length === 0) continue;
      if (change.kind === "failed") this.#lost.push({ asset, pick: { lane, positions } });
      else succeeded.set(asset, [...(succeeded.get(asset) ?? []), { lane, positions }]);
    }
    for (const [asset, picks] of succeeded) {
      if (!this.#readiness.hasDownstream(asset)) continue;
      this.#readiness.succeeded(asset, asset.subsetOfPicks(mergeLanes(picks)));
    }
  }

  /**
   * Does all that can be done now.
   *
   * @returns whether the backfill has ended
   */
  async advance(): Promise<boolean> {
    if (this.#status === "canceling") return this.#finishCancel();
    await this.#skipDoomed();
    await this.#addReleased();
    await this.#refill();
    return this.#finish();
  }

  /** Adds jobs again that were lost, such as by a planner that died between reserving and adding. */
  async reconcile(): Promise<void> {
    if (this.#status === "running") await this.#addMissingJobs(false);
  }

  async #refill(): Promise<void> {
    const { workers } = this.#environment;
    const alive = workers();
    const pools = new Set(Array.from(this.#assets.values(), (asset) => asset.pool));
    const share = this.#record.header.request.window;
    for (const pool of pools) {
      const requested =
        share === undefined ? undefined : Math.max(1, Math.floor(share / pools.size));
      const { reservable } = windowSize(slotsOf(alive, pool), requested);
      // Downstream first: what is nearly done is finished before more is begun.
      const members = Array.from(this.#assets.values())
        .filter((asset) => asset.pool === pool)
        .toReversed();
      let queued = members.reduce((sum, asset) => sum + asset.count("queued"), 0);
      // A window that is still more than half full is left alone, so that pages stay large.
      if (queued > reservable / 2) continue;
      for (const asset of members) {
        while (queued < reservable && asset.count("ready") > 0) {
          const added = await this.#reserveAndAdd(
            asset,
            Math.min(jobsPerPage, reservable - queued),
            reservable - queued,
          );
          if (added === "stopped") return;
          queued += added;
        }
      }
    }
  }

  /** @returns how many were added to the window; "stopped" when the backfill may not start anything */
  async #reserveAndAdd(
    asset: AssetProgress,
    count: number,
    room: number,
  ): Promise<number | "stopped"> {
    const { store } = this.#environment;
    const { ordinals } = asset.registered;
    const picks = asset.nextReady(this.#record.header.request.order, count);
    const pages = picks.map(({ lane, positions }) => ({
      lane: lane.lane,
      ordinals: positions.map((position) => ordinals.ordinalAt(position)),
    }));
    const before = asset.count("queued");
    const reservation = await reservePartitions(store, asset.name, this.id, before + room, pages);
    if (reservation.kind === "stopped") {
      // Somebody else canceled or paused it; the stream of backfills says so too, in a moment.
      return "stopped";
    }
    const jobs: { id: string; data: PartitionJob }[] = [];
    let isFull = false;
    for (const { lane: laneText, ordinal, mark } of reservation.marks) {
      const lane = asset.lane(laneText);
      const position = ordinals.positionAt(ordinal);
      if (lane === undefined || position === undefined)
        throw new Error("Bug: reserved what is not selected");
      if (mark === "full") {
        isFull = true;
        continue;
      }
      lane.ready.delete(position);
      if (mark === "settled") {
        // Its settlement is on its way through the stream, or was lost with a gap, which loads everything again.
        continue;
      }
      lane.queued.add(position);
      jobs.push(this.#jobOf(asset, laneText, ordinal));
    }
    if (jobs.length > 0) await this.#environment.queues.add(asset.pool, jobs);
    return isFull ? room : jobs.length;
  }

  #jobOf(
    asset: AssetProgress,
    laneText: string,
    ordinal: number,
  ): { id: string; data: PartitionJob } {
    const coordinates = asset.registered.ordinals.coordinatesOf({ lane: laneText, ordinal });
    if (coordinates === undefined)
      throw new Error("Bug: a job for a partition that is not defined");
    const key = partitionKeyAt(asset.registered.asset.partitions, coordinates, this.#context());
    const { retry } = this.#record.header.request;
    return {
      id: this.#jobId(asset, laneText, ordinal),
      data: {
        v: 1,
        b: this.id,
        a: asset.name,
        l: laneText,
        o: ordinal,
        n: 1,
        k: key,
        t: this.#record.header.plannedMs,
        ...(retry === undefined ? {} : { r: retry }),
      },
    };
  }

  async #skipDoomed(): Promise<void> {
    const { store } = this.#environment;
    for (let next = this.#lost.shift(); next !== undefined; next = this.#lost.shift()) {
      const { asset, pick } = next;
      const together = this.#readiness.doomedBy(asset, asset.subsetOfPicks([pick]));
      if (together.size === 0) continue;
      for (const position of pick.positions) {
        const why = {
          outcome: "skipped" as const,
          asset: asset.name,
          lane: pick.lane.lane,
          ordinal: asset.registered.ordinals.ordinalAt(position),
        };
        const doomed = this.#readiness.doomedBy(
          asset,
          asset.subsetOfPicks([{ lane: pick.lane, positions: [position] }]),
        );
        for (const [target, subset] of doomed) {
          for (const lane of target.registered.ordinals.lanesOf(subset)) {
            await settleUnstarted(store, target.name, this.id, lane, why);
          }
          target.eachLaneOf(subset, (lane, positions) => {
            lane.unsettled.deleteAll(positions);
            lane.ready.deleteAll(positions);
          });
        }
      }
    }
  }

  async #finish(): Promise<boolean> {
    const { store, log } = this.#environment;
    for (const asset of this.#assets.values()) if (asset.count("unsettled") > 0) return false;
    let isClean = true;
    for (const name of this.assets) {
      const counters = await readLedgerCounters(store, name, this.id);
      if (counters === undefined) continue;
      const settled = counters.succeeded + counters.failed + counters.skipped;
      if (settled < counters.selected) {
        log.warn("the ledger holds partitions that the definitions no longer have", {
          backfill: this.id,
          asset: name,
        });
      }
      isClean &&= counters.failed === 0 && counters.skipped === 0 && settled >= counters.selected;
    }
    const to = isClean ? "succeeded" : "failed";
    await setBackfillStatus(store, this.id, { to, from: ["running"] });
    return true;
  }

  async #finishCancel(): Promise<boolean> {
    const { store, queues } = this.#environment;
    let running = 0;
    for (const asset of this.#assets.values()) {
      await controlLedger(store, asset.name, this.id, "canceling");
      for (const lane of asset.lanes()) {
        const positions = Array.from(positionsOf(lane.queued));
        for (let first = 0; first < positions.length; first += jobsPerPage) {
          const ordinals = positions
            .slice(first, first + jobsPerPage)
            .map((position) => asset.registered.ordinals.ordinalAt(position));
          await dropReservations(store, asset.name, this.id, [{ lane: lane.lane, ordinals }]);
          await queues.remove(
            asset.pool,
            ordinals.map((ordinal) => this.#jobId(asset, lane.lane, ordinal)),
          );
        }
      }
      running += (await readLedgerCounters(store, asset.name, this.id))?.inProgress ?? 0;
    }
    if (running > 0) return false;
    await setBackfillStatus(store, this.id, { to: "canceled", from: ["canceling"] });
    return true;
  }

  /** Adds jobs at once for partitions that were given back, or whose other backfill's claim ended, if they have none. */
  async #addReleased(): Promise<void> {
    for (let next = this.#released.shift(); next !== undefined; next = this.#released.shift()) {
      const { asset, lane: laneText, ordinals } = next;
      const lane = asset.lane(laneText);
      const queued = ordinals.filter((ordinal) => {
        const position = asset.registered.ordinals.positionAt(ordinal);
        return position !== undefined && lane?.queued.has(position) === true;
      });
      await this.#addJobs(asset, laneText, await this.#withoutJob(asset, laneText, queued));
    }
  }

  /**
   * Adds a job for each queued partition that has none.
   *
   * @param atOnce whether a partition counts as having none when it is seen so once; else it takes two looks, because
   * a job is removed a moment after its partition settled
   */
  async #addMissingJobs(atOnce: boolean): Promise<void> {
    const suspects = new Set<string>();
    for (const asset of this.#assets.values()) {
      for (const lane of asset.lanes()) {
        const ordinals = Array.from(positionsOf(lane.queued), (at) =>
          asset.registered.ordinals.ordinalAt(at),
        );
        for (let first = 0; first < ordinals.length; first += jobsPerPage) {
          const absent = await this.#withoutJob(
            asset,
            lane.lane,
            ordinals.slice(first, first + jobsPerPage),
          );
          const ids = new Map(
            absent.map((ordinal) => [ordinal, this.#jobId(asset, lane.lane, ordinal)]),
          );
          const lost = absent.filter(
            (ordinal) => atOnce || this.#suspects.has(ids.get(ordinal) ?? ""),
          );
          for (const id of ids.values()) suspects.add(id);
          await this.#addJobs(asset, lane.lane, lost);
        }
      }
    }
    this.#suspects = suspects;
  }

  /** Those partitions that have neither a job nor a running claim. */
  async #withoutJob(
    asset: AssetProgress,
    lane: string,
    ordinals: readonly number[],
  ): Promise<number[]> {
    const { store, queues } = this.#environment;
    const ids = new Map(ordinals.map((ordinal) => [ordinal, this.#jobId(asset, lane, ordinal)]));
    const existing = await queues.existing(asset.pool, [...ids.values()]);
    const absent = ordinals.filter((ordinal) => !existing.has(ids.get(ordinal) ?? ""));
    const claims = await readClaims(
      store,
      asset.name,
      absent.map((ordinal) => ({ lane, ordinal })),
    );
    return absent.filter((_, at) => claims[at]?.state !== "running");
  }

  async #addJobs(asset: AssetProgress, lane: string, ordinals: readonly number[]): Promise<void> {
    if (ordinals.length === 0) return;
    const { log, queues } = this.#environment;
    log.info("adding jobs that were lost", {
      backfill: this.id,
      asset: asset.name,
      jobs: ordinals.length,
    });
    await queues.add(
      asset.pool,
      ordinals.map((ordinal) => this.#jobOf(asset, lane, ordinal)),
    );
  }

  #jobId(asset: AssetProgress, lane: string, ordinal: number): string {
    return partitionJobId(this.id, this.#indexOf(asset.name), lane, ordinal);
  }

  #indexOf(asset: string): number {
    return this.#assetIndex.get(asset) ?? 0;
  }

  #context(): PartitionsContext {
    return { nowMs: this.#record.header.plannedMs };
  }
}

function* positionsOf(bits: { next(from: number): number | undefined }): Iterable<number> {
  for (let at = bits.next(-(2 ** 31)); at !== undefined; at = bits.next(at + 1)) yield at;
}

function mergeLanes(picks: readonly LanePick[]): LanePick[] {
  const merged = new Map<LanePick["lane"], number[]>();
  for (const { lane, positions } of picks)
    merged.set(lane, [...(merged.get(lane) ?? []), ...positions]);
  return Array.from(merged, ([lane, positions]) => ({ lane, positions }));
}
