import type { PartitionJob } from "@infill/core";
import {
  type Coordinates,
  integerRange,
  partitionKeyAt,
  type PartitionsContext,
} from "@infill/partitions";
import { isBackfillOver, type PartitionAddress, settleUnstarted } from "@infill/state";
import type { AssetWork, KeyedClaimRequest } from "../claim/assetWork.ts";
import type { BackfillPlans } from "./backfillPlans.ts";
import { isFirstOf } from "./isFirstOf.ts";
import type { JobWarnings } from "./jobWarnings.ts";
import type { PartitionRuns } from "./partitionRuns.ts";
import type { Again } from "./partitionStart.ts";
import type { AssetEnvironment, WorkOfAssets } from "./workOfAssets.ts";

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

/** What a lone attempt needs from its worker. */
export interface LoneParts {
  readonly warnings: JobWarnings;
  readonly work: WorkOfAssets;
  readonly runs: PartitionRuns;
  readonly plans: BackfillPlans;
  /** The dynamic definitions of an asset and its upstream assets. */
  dynamicNames(asset: string): readonly string[];
  /** Numbers a claim. */
  claimNumber(): number;
}

/**
 * Runs partitions that have to be looked at alone: of an asset without a job so far or with dynamic
 * partitions, of a backfill whose versions have to be read, and suspects.
 */
export class LonePartitions {
  readonly #environment: AssetEnvironment;
  readonly #warnings: JobWarnings;
  readonly #work: WorkOfAssets;
  readonly #runs: PartitionRuns;
  readonly #plans: BackfillPlans;
  readonly #parts: LoneParts;

  constructor(environment: AssetEnvironment, parts: LoneParts) {
    this.#environment = environment;
    this.#warnings = parts.warnings;
    this.#work = parts.work;
    this.#runs = parts.runs;
    this.#plans = parts.plans;
    this.#parts = parts;
  }

  /**
   * @param starts how often a worker has taken the job, this time included
   * @param told gets a promise that resolves when Redis knows how the partition ended
   * @returns when to deliver the job again; undefined if it is done
   */
  async attempt(
    job: PartitionJob,
    { lane, ordinal }: PartitionAddress,
    starts: number,
    told: Promise<void>[],
  ): Promise<Again | undefined> {
    // Asks only if it must: an `await` here would delay the claim by a turn.
    if ((this.#plans.known(job) ?? (await this.#plans.look(job))) === "older") {
      if (await isBackfillOver(this.#environment.store, job.backfillId)) return undefined;
      this.#warnings.warnOnce(
        job,
        "this worker runs an older project than a backfill was planned with; leaving its jobs to other workers. Restart this one to use the newer project",
      );
      return { delayMs: newerMs, isWhole: true };
    }
    const { asset, backfillId } = job;
    const work = this.#work.get(asset) ?? (await this.#work.open(job));
    const coordinates = work?.registered.ordinals.coordinatesOf({ lane, ordinal });
    const dynamic = this.#parts.dynamicNames(asset);
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
      ...{ backfillId, lane, ordinal, claimNumber: this.#parts.claimNumber() },
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

  /** What existed at the moment of the backfill's plan. */
  #planned(job: PartitionJob, names: readonly string[]): Promise<PartitionsContext> {
    return this.#environment.store.dynamicKeys.context(names, {
      plannedMs: job.plannedMs,
      dynamic: job.dynamic,
    });
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
