import { setImmediate as nextTurn } from "node:timers/promises";
import { addressesOf, type PartitionJob, partitionJobSchema, type Pool } from "@infill/core";
import {
  type Coordinates,
  integerRange,
  partitionKeyAt,
  type PartitionsContext,
} from "@infill/partitions";
import {
  dynamicNamesOfAssets,
  isBackfillOver,
  type PartitionAddress,
  type RegisteredAsset,
  settleUnstarted,
} from "@infill/state";
import { DelayedError, type Job, WaitingError } from "bullmq";
import type { AssetWork, KeyedClaimRequest } from "../claim/assetWork.ts";
import { releaseUnknownClaims } from "../claim/releaseUnknownClaims.ts";
import { PartitionPermits } from "../claim/partitionPermits.ts";
import { BackfillPlans } from "./backfillPlans.ts";
import { isFirstOf } from "./isFirstOf.ts";
import { JobWarnings } from "./jobWarnings.ts";
import { type PartitionBatch, quickBatch } from "./partitionBatch.ts";
import { type BatchEnd, PartitionRuns } from "./partitionRuns.ts";
import type { Again } from "./partitionStart.ts";
import { laterOf } from "./tellEndings.ts";
import { type AssetEnvironment, WorkOfAssets } from "./workOfAssets.ts";

export interface ProcessorEnvironment extends AssetEnvironment {
  /** The assets as they were when the worker started; each is registered at its first job. */
  readonly registered: ReadonlyMap<string, RegisteredAsset>;
  /** The versions of the project's assets. */
  readonly versions: ReadonlyMap<string, string>;
  readonly pools: ReadonlyMap<string, Pool>;
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

/**
 * Processes one job: claim, materialize, settle.
 *
 * The claim decides whether there is anything to do: a job with a refused claim is dropped. A
 * success or a last failure is settled. An earlier failure is released, and the job delayed by the
 * backoff. If a scope of the partition is full, nothing is claimed and the job is delayed.
 */
export class PartitionProcessor {
  readonly #environment: ProcessorEnvironment;
  readonly #warnings: JobWarnings;
  readonly #work: WorkOfAssets;
  readonly #runs: PartitionRuns;
  /** The dynamic definitions of each asset and its upstream assets. */
  readonly #dynamicNames = new Map<string, readonly string[]>();
  readonly #plans: BackfillPlans;
  #nextClaim = 1;

  constructor(environment: ProcessorEnvironment) {
    this.#environment = environment;
    this.#warnings = new JobWarnings(environment.log);
    this.#work = new WorkOfAssets(environment, this.#warnings);
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
    /** What Redis is still being told of partitions that have run. */
    const told: Promise<void>[] = [];
    const isFitting = this.#plans.known(partitionJob) === "fits";
    try {
      const addresses = addressesOf(partitionJob);
      let next = 0;
      let isNextAlone = false;
      for (let address = addresses[0]; address !== undefined; address = addresses[next]) {
        const batch: PartitionBatch | undefined =
          isFitting && !isNextAlone ? this.#batchOf(partitionJob, addresses, next) : undefined;
        const starts = job.attemptsStarted;
        const ended: BatchEnd =
          batch === undefined
            ? {
                again: await this.#attempt(partitionJob, address, starts, isFitting, told),
                ...{ done: 1, isNextAlone: false },
              }
            : await this.#attemptAll(batch, starts);
        const { again: asked } = ended;
        ({ isNextAlone } = ended);
        next += ended.done;
        // BullMQ delivers the whole job again; claims of partitions that have settled by then are
        // refused.
        again = laterOf(again, asked);
        if (asked?.isWhole === true) break;
        if (batch === undefined && next % partitionsPerTurn === 0) await nextTurn();
      }
      // The job may end only after its partitions.
      await Promise.all(told);
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
    for (const [asset, work] of this.#work.entries()) {
      const count = await releaseUnknownClaims(store, asset, session, (claimNumber) =>
        work.isOpen(claimNumber),
      );
      if (count > 0) released.set(asset, count);
    }
    return released;
  }

  /**
   * Whether no worker of any project can run a job of an asset that this one lacks: its backfill is
   * over, or does not have the asset.
   */
  async #isNobodys({ backfillId, asset }: PartitionJob): Promise<boolean> {
    const { store, log } = this.#environment;
    if (await isBackfillOver(store, backfillId)) return true;
    if ((await store.redis.exists(store.keys.ledger(asset, backfillId))) === 1) return false;
    const facts = { asset, backfill: backfillId };
    log.error("removed a job of an asset that its backfill does not have", facts);
    return true;
  }

  /**
   * @param isFitting whether this project is known to fit the job's backfill
   * @param starts how often a worker has taken the job, this time included
   * @param told gets a promise that resolves when Redis knows how the partition ended
   * @returns when to deliver the job again; undefined if it is done
   */
  async #attempt(
    job: PartitionJob,
    { lane, ordinal }: PartitionAddress,
    starts: number,
    isFitting: boolean,
    told: Promise<void>[],
  ): Promise<Again | undefined> {
    if (!isFitting && (await this.#plans.look(job)) === "older") {
      if (await isBackfillOver(this.#environment.store, job.backfillId)) return undefined;
      this.#warnings.warnOnce(
        job,
        "this worker runs an older project than a backfill was planned with; leaving its jobs to other workers. Restart this one to use the newer project",
      );
      return { delayMs: newerMs };
    }
    const { asset, backfillId } = job;
    const work = this.#work.get(asset) ?? (await this.#work.open(job));
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
        work === undefined ? await this.#isNobodys(job) : !(await tryClaim(work, place));
      if (isOver) return undefined;
      this.#warnings.warnOnce(
        job,
        "a job names a partition that this worker's project lacks; leaving it to another worker",
      );
      return { delayMs: elsewhereMs };
    }
    if (dynamic.length > 0 && (await this.#failGone(work, job, { lane, ordinal }, coordinates)))
      return undefined;
    // In every case, a claim that does not run here must not be renewed.
    const lose = () => work.lose(place.claimNumber);
    try {
      const target = { job, key, coordinates, planned };
      const ended = await this.#runs.claimAndRun(work, target, place, starts);
      if (ended !== "unregistered") {
        const telling = ended.told.finally(lose);
        // Its error is thrown where all of them are awaited.
        telling.catch(() => {});
        told.push(telling);
        return ended.again;
      }
    } catch (error) {
      lose();
      throw error;
    }
    lose();
    await this.#work.registerAgain(work);
    return undefined;
  }

  /** @returns undefined if the partition at this index has to be claimed alone */
  #batchOf(
    job: PartitionJob,
    addresses: readonly PartitionAddress[],
    next: number,
  ): PartitionBatch | undefined {
    const work = this.#work.get(job.asset);
    if (work === undefined || (this.#dynamicNames.get(job.asset) ?? noNames).length > 0)
      return undefined;
    const address = addresses[next];
    if (address === undefined) return undefined;
    const { backfillId, asset } = job;
    const most = this.#runs.needsPermit(asset, { backfillId, claimNumber: 0, ...address })
      ? work.batchSize.nextPermitted()
      : work.batchSize.next();
    return quickBatch(work, job, addresses, next, most, () => this.#nextClaim++);
  }

  async #attemptAll({ work, targets }: PartitionBatch, starts: number): Promise<BatchEnd> {
    try {
      const ended = await this.#runs.claimAndRunAll(work, targets, starts);
      if (ended !== "unregistered") return ended;
      await this.#work.registerAgain(work);
      return { again: undefined, done: targets.length, isNextAlone: false };
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
