import { setImmediate as nextTurn } from "node:timers/promises";
import { type PartitionJob, partitionJobSchema, type Pool } from "@infill/core";
import {
  type Coordinates,
  type InfillError,
  integerRange,
  partitionKeyAt,
  type PartitionsContext,
} from "@infill/partitions";
import {
  AssetChangingError,
  DefinitionChangedError,
  dynamicNamesOfAssets,
  isBackfillOver,
  type PartitionAddress,
  type RegisteredAsset,
  registerAsset,
  settleUnstarted,
  StateUnreadableError,
} from "@infill/state";
import { DelayedError, type Job, WaitingError } from "bullmq";
import { AssetWork, type KeyedClaimRequest } from "../claim/assetWork.ts";
import { releaseUnknownClaims } from "../claim/releaseUnknownClaims.ts";
import { PartitionPermits } from "../claim/partitionPermits.ts";
import type { Heartbeat } from "../session/heartbeat.ts";
import { BackfillPlans } from "./backfillPlans.ts";
import { laterOf } from "./tellEndings.ts";
import { PartitionRuns, type PlacedTarget, type RunEnvironment } from "./partitionRuns.ts";
import type { Again } from "./partitionStart.ts";

export interface ProcessorEnvironment extends RunEnvironment {
  /** The assets as they were when the worker started; each is registered at its first job. */
  readonly registered: ReadonlyMap<string, RegisteredAsset>;
  /** The versions of the project's assets. */
  readonly versions: ReadonlyMap<string, string>;
  readonly pools: ReadonlyMap<string, Pool>;
  readonly leaseMs: number;
  readonly heartbeat: Pick<Heartbeat, "claimAsked" | "jobStarted" | "signOfLife">;
}

const noNames: readonly string[] = [];

/**
 * Partitions of one job after which other work gets a turn of the event loop, unless a wait came
 * before.
 */
const partitionsPerTurn = 64;

/**
 * Milliseconds until a job that this worker cannot judge is delivered again, perhaps to another
 * worker.
 */
const elsewhereMs = 5_000;
/**
 * The same for a job that needs a newer project. Shorter, because the older of two workers takes
 * half of the redeliveries again.
 */
const newerMs = 1_000;
/** Most pairs of backfill and asset for which a logged warning is remembered. */
const mostWarned = 10_000;

/**
 * Processes one job: claim, materialize, settle.
 *
 * The claim decides whether there is anything to do: a job with a refused claim is dropped. A
 * success or a last failure is settled. An earlier failure is released, and the job delayed by the
 * backoff. If a scope of the partition is full, nothing is claimed and the job is delayed.
 */
export class PartitionProcessor {
  readonly #environment: ProcessorEnvironment;
  readonly #work = new Map<string, AssetWork>();
  readonly #runs: PartitionRuns;
  /** The dynamic definitions of each asset and its upstream assets. */
  readonly #dynamicNames = new Map<string, readonly string[]>();
  readonly #plans: BackfillPlans;
  /** Pairs for which a warning was logged, as "<backfill> <asset>". */
  readonly #warned = new Set<string>();
  #nextClaim = 1;

  constructor(environment: ProcessorEnvironment) {
    this.#environment = environment;
    const { store, registered, pools, leaseMs, log } = environment;
    const permits = new PartitionPermits(store, registered.values(), pools, leaseMs, log);
    this.#runs = new PartitionRuns(environment, permits);
    this.#plans = new BackfillPlans(store, environment.versions);
    const { graph } = environment;
    for (const asset of graph.assets.values()) {
      const feeds = graph
        .upstreamEdges(asset.name)
        .map((edge) => graph.assets.get(edge.upstreamAsset));
      const known = [asset, ...feeds].filter((each) => each !== undefined);
      this.#dynamicNames.set(asset.name, dynamicNamesOfAssets(known));
    }
  }

  async process(job: Job, token: string | undefined): Promise<void> {
    const parsed = partitionJobSchema.safeParse(job.data);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      this.#environment.log.error("removed a job that is not a partition job", {
        pool: job.queueName,
        job: job.id,
        why: `${issue?.path.join(".") || "data"}: ${issue?.message ?? "unreadable"}`,
      });
      return;
    }
    const partitionJob = parsed.data;
    const jobEnded = this.#environment.heartbeat.jobStarted(
      job.queueName,
      job.id ?? "",
      token ?? "",
    );
    let again: Again | undefined;
    const isFitting = this.#plans.known(partitionJob) === "fits";
    try {
      const addresses = addressesOf(partitionJob);
      let next = 0;
      for (let address = addresses[0]; address !== undefined; address = addresses[next]) {
        const batch = isFitting ? this.#batchOf(partitionJob, addresses, next) : undefined;
        const starts = job.attemptsStarted;
        const { again: asked, done } =
          batch === undefined
            ? { again: await this.#attempt(partitionJob, address, starts, isFitting), done: 1 }
            : await this.#attemptAll(batch);
        next += done;
        // BullMQ delivers the whole job again; claims of partitions that have settled by then are
        // refused.
        again = laterOf(again, asked);
        if (asked?.isWhole === true) break;
        if (batch === undefined && next % partitionsPerTurn === 0) await nextTurn();
      }
    } finally {
      jobEnded();
    }
    if (again === undefined) return;
    if (again.delayMs === 0) {
      await job.moveToWait(token);
      throw new WaitingError();
    }
    await job.moveToDelayed(Date.now() + again.delayMs, token);
    throw new DelayedError();
  }

  /**
   * Releases claims that Redis has and this process does not. Call it after a change of the Redis
   * server, which may have gone back to before these claims ended.
   *
   * @returns how many, by asset
   */
  async releaseUnknownClaims(): Promise<ReadonlyMap<string, number>> {
    const { store, session } = this.#environment;
    const released = new Map<string, number>();
    for (const [asset, work] of this.#work) {
      const count = await releaseUnknownClaims(store, asset, session, (claimNumber) =>
        work.isOpen(claimNumber),
      );
      if (count > 0) released.set(asset, count);
    }
    return released;
  }

  /**
   * @param isFitting whether this project is known to fit the job's backfill
   * @param starts how often a worker has taken the job, this time included
   * @returns when to deliver the job again; undefined if it is done
   */
  async #attempt(
    job: PartitionJob,
    { lane, ordinal }: PartitionAddress,
    starts: number,
    isFitting: boolean,
  ): Promise<Again | undefined> {
    if (!isFitting && (await this.#plans.look(job)) === "older") {
      if (await isBackfillOver(this.#environment.store, job.backfillId)) return undefined;
      this.#warnOnce(
        job,
        "this worker runs an older project than a backfill was planned with; leaving its jobs to other workers. Restart this one to use the newer project",
      );
      return { delayMs: newerMs };
    }
    const { asset, backfillId } = job;
    const work = this.#work.get(asset) ?? (await this.#open(job));
    const coordinates = work?.registered.ordinals.coordinatesOf({ lane, ordinal });
    const dynamic = this.#dynamicNames.get(asset) ?? noNames;
    // Synchronous without dynamic keys: an `await` here would delay the claim by a turn.
    const planned =
      dynamic.length === 0 ? { nowMs: job.plannedMs } : await this.#planned(job, dynamic);
    const key =
      work === undefined || coordinates === undefined
        ? undefined
        : partitionKeyAt(work.registered.asset.partitions, coordinates, planned);
    // The job carries its first key. If that key and the fingerprint match, the others do too.
    const isKnown =
      key !== undefined && (!isFirstOf(job, { lane, ordinal }) || key === job.firstKey);
    const place = {
      ...{ backfillId, lane, ordinal, claimNumber: this.#nextClaim++ },
      partition: key ?? "",
    };
    if (work === undefined || coordinates === undefined || !isKnown) {
      const isOver =
        work === undefined
          ? await isBackfillOver(this.#environment.store, job.backfillId)
          : !(await tryClaim(work, place));
      if (isOver) return undefined;
      this.#warnOnce(
        job,
        "a job names a partition that this worker's project lacks; leaving it to another worker",
      );
      return { delayMs: elsewhereMs };
    }
    if (dynamic.length > 0 && (await this.#failGone(work, job, { lane, ordinal }, coordinates)))
      return undefined;
    try {
      const target = { job, key, coordinates, planned };
      const again = await this.#runs.claimAndRun(work, target, place, starts);
      if (again !== "unregistered") return again;
      await this.#registerAgain(work);
      return undefined;
    } finally {
      // In every case, a claim that does not run here must not be renewed.
      work.lose(place.claimNumber);
    }
  }

  /**
   * Partitions of a job, from one on, to claim together: as many as are quick.
   *
   * @param next index of the first of them
   * @returns undefined if that one has to be claimed alone
   */
  #batchOf(
    job: PartitionJob,
    addresses: readonly PartitionAddress[],
    next: number,
  ): Batch | undefined {
    const work = this.#work.get(job.asset);
    if (work === undefined || (this.#dynamicNames.get(job.asset) ?? noNames).length > 0)
      return undefined;
    const size = Math.min(work.batchSize.next(), addresses.length - next);
    if (size === 1) return undefined;
    const planned = { nowMs: job.plannedMs };
    const { ordinals, asset } = work.registered;
    const targets: PlacedTarget[] = [];
    for (const address of addresses.slice(next, next + size)) {
      const coordinates = ordinals.coordinatesOf(address);
      if (coordinates === undefined) break;
      const key = partitionKeyAt(asset.partitions, coordinates, planned);
      if (isFirstOf(job, address) && key !== job.firstKey) break;
      const claimNumber = this.#nextClaim++;
      targets.push({
        target: { job, key, coordinates, planned },
        place: { backfillId: job.backfillId, ...address, claimNumber, partition: key },
      });
    }
    const [first] = targets;
    if (first === undefined || targets.length === 1) return undefined;
    return this.#runs.needsNoPermit(job.asset, first.place) ? { work, targets } : undefined;
  }

  async #attemptAll({
    work,
    targets,
  }: Batch): Promise<{ readonly again: Again | undefined; readonly done: number }> {
    try {
      const ended = await this.#runs.claimAndRunAll(work, targets);
      if (ended !== "unregistered") return ended;
      await this.#registerAgain(work);
      return { again: undefined, done: targets.length };
    } finally {
      // In every case, a claim that does not run here must not be renewed.
      for (const { place } of targets) work.lose(place.claimNumber);
    }
  }

  /** What existed at the moment of the backfill's plan. */
  #planned(job: PartitionJob, names: readonly string[]): Promise<PartitionsContext> {
    return this.#environment.store.dynamicKeys.context(names, {
      plannedMs: job.plannedMs,
      dynamic: job.dynamic,
    });
  }

  /**
   * Fails a partition without running it, because its dynamic key was removed after the plan.
   *
   * @returns false also if it has settled or runs elsewhere, which its claim will tell
   */
  async #failGone(
    { registered }: AssetWork,
    job: PartitionJob,
    { lane, ordinal }: PartitionAddress,
    coordinates: Coordinates,
  ): Promise<boolean> {
    const { store, log } = this.#environment;
    const { name, partitions } = registered.asset;
    if (store.dynamicKeys.areThere(partitions, coordinates)) return false;
    const doomed = { lane, ordinals: integerRange(ordinal, ordinal + 1) };
    const why = { outcome: "failed", reason: "PARTITION_GONE" } as const;
    if ((await settleUnstarted(store, name, job.backfillId, doomed, why)) === 0) return false;
    log.warn("the key of a partition was removed since its backfill was planned; it fails", {
      asset: name,
      partition: job.firstKey,
      backfill: job.backfillId,
    });
    return true;
  }

  /**
   * Registers the asset of a first job. @returns undefined if the project lacks the asset or its
   * state does not fit
   */
  async #open(job: PartitionJob): Promise<AssetWork | undefined> {
    const asset = this.#environment.graph.assets.get(job.asset);
    if (asset === undefined) return undefined;
    try {
      const registered = await registerAsset(this.#environment.store, asset);
      // Another job of the asset may have been faster; the claims are numbered there.
      if (!this.#work.has(job.asset)) this.#use(registered);
    } catch (error) {
      if (!isUnfit(error)) throw error;
      this.#warnOnce(job, error.message);
    }
    return this.#work.get(job.asset);
  }

  #warnOnce(job: PartitionJob, message: string): void {
    const { backfillId: backfill, asset, firstKey: partition } = job;
    const name = `${backfill} ${asset}`;
    if (this.#warned.has(name)) return;
    if (this.#warned.size >= mostWarned) this.#warned.clear();
    this.#warned.add(name);
    this.#environment.log.warn(message, { backfill, asset, partition });
  }

  /** Registers an asset again after Redis has lost it, so that later backfills run. */
  async #registerAgain(work: AssetWork): Promise<void> {
    const { store, log } = this.#environment;
    const name = work.registered.asset.name;
    if (this.#work.get(name) !== work) return;
    log.error("the state of an asset was lost or reset; registering it again", { asset: name });
    try {
      this.#use(await registerAsset(store, work.registered.asset));
    } catch (error) {
      if (!isUnfit(error)) throw error;
      // Its state does not fit any more. The next job tries again.
      this.#work.delete(name);
      log.error(error.message, { asset: name });
    }
  }

  #use(registered: RegisteredAsset): void {
    const { store, session, leaseMs, heartbeat } = this.#environment;
    const work = new AssetWork(store, registered, session, leaseMs, heartbeat);
    this.#work.set(registered.asset.name, work);
  }
}

/** Partitions that are claimed together. */
interface Batch {
  readonly work: AssetWork;
  readonly targets: readonly PlacedTarget[];
}

/** The partitions of a job, in its order. */
function addressesOf({ runs }: PartitionJob): readonly PartitionAddress[] {
  const addresses: PartitionAddress[] = [];
  for (const { lane, first, length } of runs)
    for (let at = 0; at < length; at++) addresses.push({ lane, ordinal: first + at });
  return addresses;
}

function isFirstOf({ runs: [run] }: PartitionJob, { lane, ordinal }: PartitionAddress): boolean {
  return run.lane === lane && run.first === ordinal;
}

/** Whether an asset cannot be registered because of its state, rather than a trouble with Redis. */
function isUnfit(error: unknown): error is InfillError {
  return (
    error instanceof DefinitionChangedError ||
    error instanceof AssetChangingError ||
    error instanceof StateUnreadableError
  );
}

/**
 * Claims a partition that this worker cannot run, and releases it. @returns whether it is still to
 * be run
 */
async function tryClaim(work: AssetWork, place: KeyedClaimRequest): Promise<boolean> {
  const claim = await work.claim(place);
  if (claim.kind === "claimed") await work.release({ ...place, how: "unstarted" });
  return claim.kind !== "gone" && claim.kind !== "stopped";
}
