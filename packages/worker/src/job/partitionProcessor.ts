import { setImmediate as nextTurn } from "node:timers/promises";
import { addressesOf, type PartitionJob, partitionJobSchema, type Pool } from "@infill/core";
import { dynamicNamesOfAssets, type PartitionAddress, type RegisteredAsset } from "@infill/state";
import { DelayedError, type Job, WaitingError } from "bullmq";
import { PartitionPermits } from "../claim/partitionPermits.ts";
import { releaseUnknownClaims } from "../claim/releaseUnknownClaims.ts";
import { BackfillPlans } from "./backfillPlans.ts";
import { BatchRuns } from "./batchRuns.ts";
import { ClaimAhead } from "./claimAhead.ts";
import type { JobSlot } from "./jobSlots.ts";
import { JobWarnings } from "./jobWarnings.ts";
import { LonePartitions } from "./lonePartitions.ts";
import { type PartitionBatch, quickBatch } from "./partitionBatch.ts";
import { PartitionRuns } from "./partitionRuns.ts";
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
 * Processes one job: claim, materialize, settle.
 *
 * The claim decides whether there is anything to do: a job with a refused claim is dropped. A
 * success or a last failure is settled. An earlier failure is released, and the job delayed by the
 * backoff. If a scope of the partition is full, nothing is claimed and the job is delayed.
 *
 * A slot is taken only for functions. Claims come ahead of it: those of the next partitions while
 * the ones before them run, and those of the first while the job waits for its slot.
 */
export class PartitionProcessor {
  readonly #environment: ProcessorEnvironment;
  readonly #work: WorkOfAssets;
  readonly #batches: BatchRuns;
  readonly #lone: LonePartitions;
  /** The dynamic definitions of each asset and its upstream assets. */
  readonly #dynamicNames = new Map<string, readonly string[]>();
  readonly #plans: BackfillPlans;
  #nextClaim = 1;

  constructor(environment: ProcessorEnvironment) {
    this.#environment = environment;
    const warnings = new JobWarnings(environment.log);
    this.#work = new WorkOfAssets(environment, warnings);
    const { store, registered, pools, leaseMs, log } = environment;
    const permits = new PartitionPermits(store, registered.values(), pools, leaseMs, log);
    this.#batches = new BatchRuns(environment, permits);
    this.#plans = new BackfillPlans(store, environment.versions);
    this.#lone = new LonePartitions(environment, {
      warnings,
      work: this.#work,
      runs: new PartitionRuns(environment, permits),
      plans: this.#plans,
      dynamicNames: (asset) => this.#dynamicNames.get(asset) ?? noNames,
      claimNumber: () => this.#nextClaim++,
    });
    const { graph } = environment;
    for (const asset of graph.assets.values()) {
      const feeds = graph
        .upstreamEdges(asset.name)
        .map((edge) => graph.assets.get(edge.upstreamAsset));
      const known = [asset, ...feeds].filter((each) => each !== undefined);
      this.#dynamicNames.set(asset.name, dynamicNamesOfAssets(known));
    }
  }

  /** @param slot that of the job; its functions run once it is free */
  async process(job: Job, token: string | undefined, slot: JobSlot): Promise<void> {
    try {
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
      const jobEnded = this.#environment.heartbeat.jobStarted(
        job.queueName,
        job.id ?? "",
        token ?? "",
      );
      let again: Again | undefined;
      try {
        again = await this.#run(parsed.data, job.attemptsStarted, slot);
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
    } finally {
      slot.end();
    }
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

  /** Makes the next job of a backfill check again whether this project is too old for it. */
  forgetPlan(backfillId: string): void {
    this.#plans.forget(backfillId);
  }

  /**
   * Runs the partitions of a job.
   *
   * @param starts how often a worker has taken the job, this time included
   * @returns when to deliver the job again; undefined if it is done. BullMQ delivers the whole job;
   *   claims of partitions that have settled by then are refused
   */
  async #run(job: PartitionJob, starts: number, slot: JobSlot): Promise<Again | undefined> {
    const addresses = addressesOf(job);
    let again: Again | undefined;
    let next = 0;
    let isNextAlone = false;
    /** What Redis is still being told of partitions that have run. */
    const told: Promise<void>[] = [];
    const batchFrom = (index: number) =>
      !isNextAlone && this.#plans.known(job) === "fits"
        ? this.#batchOf(job, addresses, index)
        : undefined;
    const claimAhead = (index: number) => {
      const batch = batchFrom(index);
      if (batch === undefined || batch.needsPermits) return undefined;
      return new ClaimAhead(this.#batches, batch, starts);
    };
    let ahead = slot.isFree ? undefined : claimAhead(0);
    try {
      for (let first = addresses[0]; first !== undefined; first = addresses[next]) {
        if (again?.isWhole === true) break;
        if (!(await (next === 0 ? slot.wait() : slot.giveWay()))) {
          again = laterOf(again, { delayMs: 0, isWhole: true });
          break;
        }
        const coming = ahead;
        ahead = undefined;
        const batch = coming?.batch ?? batchFrom(next);
        if (batch === undefined) {
          const asked = await this.#lone.attempt(job, first, starts, told);
          again = laterOf(again, asked);
          isNextAlone = false;
          next++;
          if (next % partitionsPerTurn === 0) await nextTurn();
          continue;
        }
        const { work, targets } = batch;
        const claimed = await (coming === undefined
          ? this.#batches.claim(work, targets, starts, false)
          : coming.take());
        // Its turn did not come soon.
        if (claimed === undefined) continue;
        if (claimed === "unregistered") {
          await this.#work.registerAgain(work);
          next += targets.length;
          continue;
        }
        const following = next + claimed.end;
        if (claimed.again === undefined && !claimed.isNextAlone && following < addresses.length)
          ahead = work.batchSize.isQuick ? claimAhead(following) : undefined;
        const ended = await this.#batches.run(claimed);
        told.push(ended.told);
        ({ isNextAlone } = ended);
        again = laterOf(again, ended.again);
        next += ended.done;
        if (next === following) continue;
        // A function took long, so that what was to follow it has been given back.
        await ahead?.giveBack();
        ahead = undefined;
      }
    } finally {
      await ahead?.giveBack();
    }
    slot.end();
    // The job may end only after its partitions.
    await Promise.all(told);
    return again;
  }

  /** @returns undefined if the partition at this index has to be looked at alone */
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
    const needsPermits = this.#batches.needsPermit(asset, {
      ...{ backfillId, claimNumber: 0 },
      ...address,
    });
    const most = needsPermits ? work.batchSize.nextPermitted() : work.batchSize.next();
    // A permit for one partition is asked for together with its claim.
    if (needsPermits && most === 1) return undefined;
    const targets = quickBatch(work, job, addresses, next, most, () => this.#nextClaim++);
    return targets === undefined ? undefined : { work, targets, needsPermits };
  }
}
