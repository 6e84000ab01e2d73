import {
  type AssetScopes,
  backfillScope,
  type BackfillRecord,
  formatAddress,
  ordinalsByLane,
  type PartitionAddress,
  type Reservation,
  reservePartitions,
} from "@infill/state";
import { crashPoint, turns } from "@infill/core";
import { type Admission, admission } from "../progress/admission.ts";
import type { AssetProgress } from "../progress/assetProgress.ts";
import { type PoolRoom, roomInPool } from "./jobWindow.ts";
import { jobsPerPage } from "../jobs/jobIndex.ts";
import type { PartitionJobs } from "../jobs/partitionJobs.ts";
import { picksForJobs } from "./picksForJobs.ts";
import type { Contender } from "./poolShares.ts";
import { RecentDurations, type RunTotals } from "./recentDurations.ts";
import type { RunEnvironment } from "./runEnvironment.ts";
import { averageJobMs, partitionsPerJob, takesNoTime } from "./partitionsPerJob.ts";

/**
 * Jobs of partitions that take no time, which keep any worker busy: while there are as many, what is
 * ready waits until there are enough partitions for half of them. Small jobs would take the queue
 * and the workers longer than their functions.
 */
const plenty = 16;

/** Most partitions whose jobs are sent without waiting for the answer to their reservation. */
const mostSwift = 16;

/**
 * `full`: another planner has filled the window meanwhile, or the caps permit no ready partition.
 */
type Outcome = "added" | "full" | "stopped";

/** Fills the window of one backfill with jobs for ready partitions. */
export class WindowRefill {
  readonly #environment: RunEnvironment;
  readonly #jobs: PartitionJobs;
  /** The capped scopes of each asset, by name. */
  readonly #scopes: ReadonlyMap<string, AssetScopes>;
  /** The durations of each asset's functions, as of the last reservation. */
  readonly #durations = new Map<string, RecentDurations>();

  /** As of the last load: thousands of assets are grouped once, not at each step. */
  #members:
    | {
        readonly of: ReadonlyMap<string, AssetProgress>;
        readonly byPool: ReadonlyMap<string, readonly AssetProgress[]>;
      }
    | undefined;

  constructor(
    environment: RunEnvironment,
    jobs: PartitionJobs,
    scopes: ReadonlyMap<string, AssetScopes>,
  ) {
    this.#environment = environment;
    this.#jobs = jobs;
    this.#scopes = scopes;
  }

  /**
   * Adds as many jobs to each pool as its share, its caps and its window allow.
   *
   * @param assets in topological order, by name
   * @returns whether settled jobs that are still in Redis kept it from adding more
   */
  async fill(
    record: BackfillRecord,
    assets: ReadonlyMap<string, AssetProgress>,
    own: Contender,
  ): Promise<boolean> {
    const { workers, pools: projectPools, contenders } = this.#environment;
    const pools = this.#membersOf(assets);
    const share = record.settings.window;
    let isHeldUp = false;
    for (const [pool, members] of pools) {
      const room = roomInPool(pool, this.#jobs, {
        workers: workers(),
        pool: projectPools.get(pool),
        contenders: contenders(pool),
        own,
        requestedInAll: share,
        requested: share === undefined ? undefined : Math.max(1, Math.floor(share / pools.size)),
        jobMs: averageJobMs(
          members.flatMap(({ name }) => {
            const known = this.#durations.get(name);
            return known === undefined ? [] : { ...known.recent, perJob: known.perJob };
          }),
        ),
      });
      if (room.isHeldUp()) await this.#jobs.lookAtLeaving();
      // An asset that its caps keep from filling the window need not wait until the window is low.
      const isWide = room.isWide();
      for (const asset of members) {
        if (asset.count("ready") === 0) continue;
        await turns.next();
        for (const which of ["first", "rest"] as const) {
          for (;;) {
            const caps = this.#admission(record, asset);
            if (!isWide && !caps.isCapped) break;
            const jobs = Math.min(caps.room, room[which]());
            if (jobs === 0 || asset.count("ready") === 0) break;
            if (which === "rest" && this.#canWait(record, asset, caps, room)) break;
            const outcome = await this.#add(record, asset, caps, jobs, room, which === "first");
            if (outcome === "stopped") return false;
            if (outcome === "full") break;
          }
        }
      }
      isHeldUp ||= room.isHeldUp() && members.some((asset) => asset.count("ready") > 0);
    }
    return isHeldUp;
  }

  /** The assets of each pool, downstream first, so that the backfill finishes what it has begun. */
  #membersOf(
    assets: ReadonlyMap<string, AssetProgress>,
  ): ReadonlyMap<string, readonly AssetProgress[]> {
    if (this.#members?.of === assets) return this.#members.byPool;
    const byPool = new Map<string, AssetProgress[]>();
    for (const asset of Array.from(assets.values()).toReversed()) {
      const known = byPool.get(asset.pool);
      if (known === undefined) byPool.set(asset.pool, [asset]);
      else known.push(asset);
    }
    this.#members = { of: assets, byPool };
    return byPool;
  }

  /**
   * Adds partitions of one asset.
   *
   * @param caps what they permit
   * @param most jobs that may be added
   * @param isFirst whether the jobs run before those of backfills
   * @returns `stopped` if the backfill may start nothing, or another planner may have the lease
   */
  async #add(
    record: BackfillRecord,
    asset: AssetProgress,
    caps: Admission,
    most: number,
    room: PoolRoom,
    isFirst: boolean,
  ): Promise<Outcome> {
    const { store, queues, holdsLease } = this.#environment;
    // After a freeze of this process another planner may fill the window.
    if (!holdsLease(record.id)) return "stopped";
    const { order, priority } = record.settings;
    const perJob = this.#perJob(record, asset, caps, room);
    const wanted = picksForJobs(
      (count) => asset.nextReady(order, Math.min(jobsPerPage, count), caps.picker(perJob)),
      Math.min(jobsPerPage, most),
      perJob,
      this.#jobs.index.laneKeys(asset),
    );
    if (wanted.length === 0) return "full";
    const addJobs = async (partitions: readonly PartitionAddress[]) => {
      await this.#jobs.add(asset, partitions, perJob, { priority, isFirst });
      crashPoint("after:add");
    };
    // A few jobs are sent right after their reservation, without its answer, which saves a hop of a
    // chain one round trip. If the reservation is refused, the job's claim is refused and the job
    // dropped.
    const isSwift = wanted.length <= mostSwift && room.isNearlyEmpty();
    const limit = asset.count("queued") + wanted.length;
    let isLate = false;
    const onLate = () => {
      isLate = true;
    };
    const swift = isSwift ? { connection: queues.connection, onLate } : undefined;
    const [reservation] = await Promise.all([
      reservePartitions(store, asset.name, record.id, limit, ordinalsByLane(wanted), swift),
      isSwift ? addJobs(wanted) : undefined,
    ]);
    if (!isSwift) crashPoint("after:reserve");
    await turns.next();
    const { admitted, refused, isFull } = this.#takeIn(asset, wanted, reservation);
    if (isSwift)
      for (const { lane, ordinal } of refused) this.#jobs.index.settled(asset, lane, [ordinal]);
    // It was canceled or paused; an event of the stream of backfills will follow.
    if (reservation.kind === "stopped") return "stopped";
    this.#note(asset.name, reservation, perJob);
    // The lease's next holder adds jobs for reserved partitions without one.
    if (!isSwift && !holdsLease(record.id)) return "stopped";
    // Workers may have taken and dropped jobs that arrived before their reservation.
    if (!isSwift || isLate) await addJobs(admitted);
    return isFull ? "full" : "added";
  }

  /** Whether the ready partitions of an asset should wait for others, to share jobs. */
  #canWait(record: BackfillRecord, asset: AssetProgress, caps: Admission, room: PoolRoom): boolean {
    const known = this.#durations.get(asset.name)?.recent;
    if (known === undefined || !takesNoTime(known) || room.waiting() < plenty) return false;
    const perJob = this.#perJob(record, asset, caps, room);
    return perJob > 1 && asset.count("ready") < (perJob * plenty) / 2;
  }

  /** How many partitions of an asset one job covers now. */
  #perJob(
    { settings }: BackfillRecord,
    asset: AssetProgress,
    caps: Admission,
    room: PoolRoom,
  ): number {
    return partitionsPerJob({
      ...(this.#durations.get(asset.name)?.recent ?? { settled: 0, busyMs: 0 }),
      ready: asset.count("ready"),
      slots: Math.min(room.slots, caps.atOnce),
      requested: settings.maxPartitionsPerRun,
    });
  }

  #note(asset: string, totals: RunTotals, perJob: number): void {
    const known = this.#durations.get(asset) ?? new RecentDurations();
    known.add(totals);
    known.perJob = perJob;
    this.#durations.set(asset, known);
  }

  /** Records what was reserved. */
  #takeIn(
    asset: AssetProgress,
    wanted: readonly PartitionAddress[],
    reservation: Reservation,
  ): {
    readonly admitted: readonly PartitionAddress[];
    readonly refused: readonly PartitionAddress[];
    readonly isFull: boolean;
  } {
    if (reservation.kind === "stopped") return { admitted: [], refused: wanted, isFull: false };
    const refused: PartitionAddress[] = [];
    let isFull = false;
    for (const { lane: laneText, ordinal, mark } of reservation.marks) {
      const lane = asset.laneOf(laneText, ordinal);
      if (mark === "full" || mark === "settled") refused.push({ lane: laneText, ordinal });
      if (mark === "full") {
        isFull = true;
        continue;
      }
      // A settled partition's event is on its way; a gap of the stream would reload everything.
      if (lane?.takeReady(ordinal, mark !== "settled") !== true)
        throw new Error("Bug: reserved what is not selected");
    }
    return { admitted: without(wanted, refused), refused, isFull };
  }

  #admission(record: BackfillRecord, asset: AssetProgress): Admission {
    const scopes = this.#scopes.get(asset.name);
    if (scopes === undefined) throw new Error(`Bug: no scopes of asset "${asset.name}"`);
    return admission({
      scopes,
      backfill: { scope: backfillScope(record.id), cap: record.settings.concurrency },
      inScope: (scope) => this.#jobs.index.inScope(scope),
    });
  }
}

/** The others, in their order. */
function without(
  partitions: readonly PartitionAddress[],
  some: readonly PartitionAddress[],
): readonly PartitionAddress[] {
  if (some.length === 0) return partitions;
  const names = new Set(some.map(({ lane, ordinal }) => formatAddress(lane, ordinal)));
  return partitions.filter(({ lane, ordinal }) => !names.has(formatAddress(lane, ordinal)));
}
