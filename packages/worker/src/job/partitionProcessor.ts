import { setImmediate as nextTurn } from "node:timers/promises";
import { StopOrder } from "../run/stopOrder.ts";
import {
  type AssetGraph,
  errorLine,
  type Logger,
  logWith,
  messageOf,
  type PartitionJob,
  partitionJobSchema,
  type Pool,
  retryDelayMs,
  storedMetadata,
} from "@infill/core";
import {
  type Coordinates,
  type InfillError,
  integerRange,
  partitionKeyAt,
  type PartitionsContext,
} from "@infill/partitions";
import {
  blockedMsOfSessions,
  AssetChangingError,
  DefinitionChangedError,
  dynamicNamesOfAssets,
  isBackfillOver,
  judgeLapse,
  type RegisteredAsset,
  type Release,
  registerAsset,
  settleUnstarted,
  startSuspect,
  type StateStore,
  StateUnreadableError,
} from "@infill/state";
import { DelayedError, type Job, WaitingError } from "bullmq";
import { AssetWork, type KeyedClaimRequest } from "../claim/assetWork.ts";
import { BackfillPlans } from "./backfillPlans.ts";
import { claimWithPermits, type GrantedClaim } from "../claim/claimWithPermits.ts";
import { errorNote } from "../run/errorNote.ts";
import type { Heartbeat } from "../session/heartbeat.ts";
import { releaseForgotten } from "../claim/forgottenClaims.ts";
import { materialize } from "../run/materialize.ts";
import { ClaimLapsedError, ProcessDiedError } from "../run/partitionGivenUp.ts";
import { PartitionPermits } from "../claim/partitionPermits.ts";
import { permitDelayMs } from "../claim/permitDelay.ts";
import type { RunningClaim, RunningClaims } from "../run/runningClaims.ts";

export interface ProcessorEnvironment {
  readonly store: StateStore;
  readonly graph: AssetGraph;
  /** As they were when the worker started; each is registered when its first job comes. */
  readonly registered: ReadonlyMap<string, RegisteredAsset>;
  /** The versions of the project's assets. */
  readonly versions: ReadonlyMap<string, string>;
  readonly pools: ReadonlyMap<string, Pool>;
  readonly session: string;
  readonly leaseMs: number;
  /** How long a function that was told to stop may still run, in milliseconds. */
  readonly graceMs: number;
  /** Starts at which a process died before the partition is given up as failed. */
  readonly maxProcessDeaths: number;
  /** Starts that lost their claim though the process lived, before the partition is given up as failed. */
  readonly maxLapses: number;
  readonly running: RunningClaims;
  readonly heartbeat: Pick<Heartbeat, "claimAsked" | "jobStarted" | "signOfLife">;
  readonly log: Logger;
}

/** When a job should come again; 0 for at once, to another worker. */
interface Again {
  readonly delayMs: number;
  /** Whether the rest of its run waits as well. */
  readonly isWhole?: boolean;
}

const noNames: readonly string[] = [];

/** A partition that is to run. */
interface PartitionRun {
  readonly partition: PartitionJob;
  readonly coordinates: Coordinates;
  readonly planned: PartitionsContext;
  /** Set when its function goes on beyond its claim: resolves when it returns. */
  overrun?: Promise<void>;
}

/** What is known of the starts of a claimed partition before this one. */
interface EarlierStarts {
  readonly attempt: number;
  readonly deaths: number;
  readonly lapses: number;
  readonly freeStarts: number;
  /** Why the last claim lapsed though its process lives; undefined where it did not, or is not known. */
  readonly lastLapse?: string;
}

/** After so many partitions of a job others get a turn, where nothing else waits in between. */
const partitionsPerTurn = 64;

/** A job that this worker cannot judge comes back to some worker after this long. */
const elsewhereMs = 5_000;
/** One that a worker with a newer project has to run comes back sooner: of two workers the older one takes half of them again. */
const newerMs = 1_000;
/** Backfills and assets of which it is remembered that a warning was logged. */
const mostWarned = 10_000;
/** A partition with which a process died waits this long while another such one runs here. */
const suspectDelayMs = 200;

/**
 * What a worker does with one job: claim, materialize, settle.
 *
 * The claim decides whether there is anything to do; a job whose claim is refused is dropped. A success or a last
 * failure is settled; an earlier failure is released, and the job delayed by the backoff. Where a scope of the partition
 * is full, nothing is claimed and the job comes again soon.
 */
export class PartitionProcessor {
  readonly #environment: ProcessorEnvironment;
  readonly #work = new Map<string, AssetWork>();
  readonly #permits: PartitionPermits;
  /** The dynamic definitions of each asset and of what feeds it. */
  readonly #dynamicNames = new Map<string, readonly string[]>();
  readonly #plans: BackfillPlans;
  /** Backfill and asset of which a warning was logged, as "<backfill> <asset>". */
  readonly #warned = new Set<string>();
  #nextClaim = 1;
  /** Whether a partition runs with which a process died before. */
  #isSuspectRunning = false;

  constructor(environment: ProcessorEnvironment) {
    this.#environment = environment;
    const { store, registered, pools, leaseMs, log } = environment;
    this.#permits = new PartitionPermits(store, registered.values(), pools, leaseMs, log);
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
      this.#environment.log.error("removed a job that is no partition job", {
        pool: job.queueName,
        job: job.id,
        why: `${issue?.path.join(".") || "data"}: ${issue?.message ?? "unreadable"}`,
      });
      return;
    }
    const data = parsed.data;
    const jobEnded = this.#environment.heartbeat.jobStarted(
      job.queueName,
      job.id ?? "",
      token ?? "",
    );
    let again: Again | undefined;
    const isFitting = this.#plans.known(data) === "fits";
    try {
      for (let ordinal = data.o; ordinal < data.o + data.n; ordinal++) {
        const next = await this.#attempt(data, ordinal, job.attemptsStarted, isFitting);
        // BullMQ delivers the whole job again; claims of partitions that have settled by then are refused.
        if (next !== undefined) again = { delayMs: Math.max(next.delayMs, again?.delayMs ?? 0) };
        if (next?.delayMs === 0 || next?.isWhole === true) break;
        if ((ordinal - data.o) % partitionsPerTurn === partitionsPerTurn - 1) await nextTurn();
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
   * Gives up claims that Redis has and this process does not know, after Redis has become another server: it may have gone back to
   * before they ended.
   *
   * @returns how many, by asset
   */
  async releaseForgotten(): Promise<ReadonlyMap<string, number>> {
    const { store, session } = this.#environment;
    const released = new Map<string, number>();
    for (const [asset, work] of this.#work) {
      const count = await releaseForgotten(store, asset, session, (claimNumber) =>
        work.isOpen(claimNumber),
      );
      if (count > 0) released.set(asset, count);
    }
    return released;
  }

  /**
   * @param isFitting whether this project is known to run what the job's backfill was planned with
   * @param starts how often a worker has taken the job, this time included
   * @returns when the job should come again; undefined when it is done with
   */
  async #attempt(
    job: PartitionJob,
    ordinal: number,
    starts: number,
    isFitting: boolean,
  ): Promise<Again | undefined> {
    if (!isFitting && (await this.#plans.look(job)) === "older") {
      if (await isBackfillOver(this.#environment.store, job.b)) return undefined;
      this.#warnOnce(
        job,
        "this worker runs an older project than a backfill was planned with; leaving its jobs to other workers. Restart this one to use the newer project",
      );
      return { delayMs: newerMs };
    }
    const work = this.#work.get(job.a) ?? (await this.#open(job));
    const coordinates = work?.registered.ordinals.coordinatesOf({ lane: job.l, ordinal });
    const dynamic = this.#dynamicNames.get(job.a) ?? noNames;
    // Not waited for where nothing is to be read: what goes on here meanwhile would come before the claim.
    const planned = dynamic.length === 0 ? { nowMs: job.t } : await this.#planned(job, dynamic);
    const key =
      work === undefined || coordinates === undefined
        ? undefined
        : partitionKeyAt(work.registered.asset.partitions, coordinates, planned);
    // The job names its first key; with the fingerprint, which the claim checks, the others follow.
    const isKnown = key !== undefined && (ordinal !== job.o || key === job.k);
    const place = {
      ...{ backfillId: job.b, lane: job.l, ordinal, claimNumber: this.#nextClaim++ },
      partition: key ?? "",
    };
    if (work === undefined || coordinates === undefined || !isKnown) {
      const isOver =
        work === undefined
          ? await isBackfillOver(this.#environment.store, job.b)
          : !(await tryClaim(work, place));
      if (isOver) return undefined;
      this.#warnOnce(
        job,
        "a job names a partition that this worker's project lacks; leaving it to another worker",
      );
      return { delayMs: elsewhereMs };
    }
    if (dynamic.length > 0 && (await this.#failGone(work, job, ordinal, coordinates)))
      return undefined;
    const partition: PartitionJob = { ...job, o: ordinal, n: 1, k: key };
    try {
      return await this.#claimAndRun(work, { partition, coordinates, planned }, place, starts);
    } finally {
      // However it came to this: what is not run here any more must not be prolonged.
      work.lose(place.claimNumber);
    }
  }

  async #claimAndRun(
    work: AssetWork,
    run: PartitionRun,
    place: KeyedClaimRequest,
    starts: number,
  ): Promise<Again | undefined> {
    const { session } = this.#environment;
    const claim = await claimWithPermits(work, this.#permits, session, place, starts <= 1);
    if (claim.kind === "unregistered") await this.#registerAgain(work);
    if (claim.kind === "full")
      return { delayMs: permitDelayMs(starts, Math.random()), isWhole: true };
    if (claim.kind !== "claimed") return undefined;
    const again = await this.#runClaimed(work, run, place, claim);
    const { a: asset, k: key } = run.partition;
    // Not where this fails: as long as the claim stands, so do its permits; and as long as its function goes on.
    if (run.overrun !== undefined) this.#releaseLater(run.overrun, { ...place, asset }, key);
    else if (claim.holder !== undefined) await this.#permits.release(claim.holder);
    return again;
  }

  /** Gives the permits of a function that goes on beyond its claim back when it returns. */
  #releaseLater(
    returned: Promise<void>,
    place: Omit<Release, "how"> & { readonly asset: string },
    partition: string,
  ): void {
    const { session, log } = this.#environment;
    const { asset, backfillId: backfill } = place;
    const sinceMs = performance.now();
    returned
      .then(() => this.#permits.release({ ...place, session }))
      .then(() => {
        const afterMs = Math.round(performance.now() - sinceMs);
        log.info("a function that went on beyond its claim has returned", {
          ...{ asset, partition, backfill, afterMs },
        });
      })
      .catch((error: unknown) => {
        // The worker has closed: with its entry its permits go.
        log.info("the permits of a function were not given back", { error: messageOf(error) });
      });
  }

  /** Runs a claimed partition, suspects one after another. */
  async #runClaimed(
    work: AssetWork,
    run: PartitionRun,
    place: Omit<Release, "how">,
    claim: GrantedClaim,
  ): Promise<Again | undefined> {
    if (claim.deaths === 0) return this.#run(work, run, place, claim);
    const { store, session } = this.#environment;
    const asset = work.registered.asset.name;
    const earlier = await this.#judge(asset, run.partition, place, claim);
    const start = async () => {
      if (earlier !== undefined && (await startSuspect(store, asset, session, place)))
        return this.#run(work, run, place, earlier);
      work.lose(place.claimNumber);
      return undefined;
    };
    if (earlier === undefined || earlier.deaths === 0) return start();
    // Somebody's process died with this partition. Which of those it held was to blame shows only when they run one at
    // a time, and until then none may be given up for the deaths of another.
    if (this.#isSuspectRunning) {
      await work.release({ ...place, how: "unstarted" });
      return { delayMs: suspectDelayMs };
    }
    this.#isSuspectRunning = true;
    try {
      return await start();
    } finally {
      this.#isSuspectRunning = false;
    }
  }

  /**
   * Tells a death from a lapse: the claim before this one may have lapsed though its process lives.
   *
   * @returns what is known then; undefined where this claim is no longer the newest
   */
  async #judge(
    asset: string,
    { b: backfill, k: partition }: PartitionJob,
    place: Omit<Release, "how">,
    claim: GrantedClaim,
  ): Promise<EarlierStarts | undefined> {
    const { lapsedSession, deaths, lapses } = claim;
    if (lapsedSession === undefined) return claim;
    const { store, session, log } = this.#environment;
    const [blockedMs] = await blockedMsOfSessions(store, [lapsedSession]);
    const fields = { asset, partition, backfill, lostBy: lapsedSession };
    if (blockedMs === undefined) {
      log.warn(
        "the process that ran a partition died or stands still; the partition starts again",
        fields,
      );
      return claim;
    }
    if (!(await judgeLapse(store, asset, session, place, deaths))) return undefined;
    const lastLapse =
      blockedMs > 0
        ? `its event loop had been blocked for ${Math.round(blockedMs / 1_000)} s`
        : "it did not renew the claim in time";
    log.warn(
      `a worker lost its claim on a partition and lives: ${lastLapse}; the partition starts again`,
      fields,
    );
    return { ...claim, deaths: deaths - 1, lapses: lapses + 1, lastLapse };
  }

  /** Runs a claimed partition to its settlement or release. */
  async #run(
    work: AssetWork,
    run: PartitionRun,
    place: Omit<Release, "how">,
    { attempt, deaths, lapses, freeStarts, lastLapse }: EarlierStarts,
  ): Promise<Again | undefined> {
    const { partition: job, coordinates, planned } = run;
    const { session, running, heartbeat, graph, graceMs, maxProcessDeaths, maxLapses } =
      this.#environment;
    const { asset } = work.registered;
    const about = { asset: asset.name, partition: job.k, backfill: job.b, attempt };
    const log = logWith(this.#environment.log, about);
    const stop = new StopOrder();
    const number = place.claimNumber;
    const mine: RunningClaim = {
      ...{ number, asset: asset.name, partition: job.k, backfillId: job.b, stop },
    };
    running.add(mine);
    heartbeat.signOfLife();
    const onOverrun = async (returned: Promise<void>, isLost: boolean) => {
      run.overrun = returned;
      const reason = stop.reason ?? "stopped";
      await this.#permits.noteOverrun({ ...place, session, asset: asset.name }, job.k, reason);
      if (isLost) return;
      log.warn(
        "a function goes on though it was told to stop; it counts for its caps until it returns (infill pool list)",
        { reason, graceMs },
      );
    };
    const startedMs = performance.now();
    const settle = async (
      outcome: "succeeded" | "failed",
      note: string | undefined,
      starts = attempt,
    ) => {
      const durationMs = performance.now() - startedMs;
      const answer = await work.settle({ ...place, outcome, attempt: starts, durationMs, note });
      if (answer === "refused") {
        log.warn("a settlement came too late: the partition has another claim by now");
        return;
      }
      log.debug?.(`a partition ${outcome}`, { outcome, durationMs: Math.round(durationMs) });
    };
    try {
      if (deaths >= maxProcessDeaths || lapses >= maxLapses) {
        const why =
          deaths >= maxProcessDeaths
            ? new ProcessDiedError(deaths)
            : new ClaimLapsedError(lapses, lastLapse);
        log.warn("a partition failed; it is not tried again", { error: errorLine(why) });
        // This start does not take place.
        await settle("failed", errorNote(why), attempt - 1);
        return undefined;
      }
      const result = await materialize(
        { asset, graph, job, coordinates, planned, attempt, stop, log, onOverrun },
        graceMs,
      );
      const { json, problem } = storedMetadata(result);
      if (problem !== undefined)
        log.warn(
          `The metadata of ${asset.name} ${job.k} is not stored: ${problem}. The partition is materialized.`,
        );
      await settle("succeeded", json);
      return undefined;
    } catch (thrown) {
      const reason = stop.reason;
      if (reason === "lost") {
        work.lose(place.claimNumber);
        return undefined;
      }
      if (reason === "canceled" || reason === "paused") {
        await work.release({ ...place, how: reason === "canceled" ? "cancel" : "stop", ran: {} });
        return undefined;
      }
      if (reason === "draining") {
        await work.release({ ...place, how: "give_back", ran: {} });
        return { delayMs: 0 };
      }
      const retry = job.r ?? asset.retry;
      const tries = attempt - freeStarts;
      const error = errorLine(thrown);
      if (tries >= retry.maxAttempts) {
        log.warn("a partition failed; it is not tried again", { error, of: retry.maxAttempts });
        await settle("failed", errorNote(thrown));
        return undefined;
      }
      const delayMs = Math.max(1, retryDelayMs(retry, tries, Math.random()));
      log.warn("an attempt failed; the partition is tried again", {
        error,
        of: retry.maxAttempts,
        retryInMs: Math.round(delayMs),
      });
      await work.release({ ...place, how: "retry", ran: { error } });
      return { delayMs };
    } finally {
      running.delete(mine);
    }
  }

  /** What existed when the job's backfill was planned. */
  #planned(job: PartitionJob, names: readonly string[]): Promise<PartitionsContext> {
    return this.#environment.store.dynamicKeys.context(names, { plannedMs: job.t, dynamic: job.d });
  }

  /**
   * Fails a partition whose dynamic key was removed since the backfill was planned: it is not run.
   *
   * @returns false also where it has settled or somebody runs it, which its claim will tell
   */
  async #failGone(
    { registered }: AssetWork,
    job: PartitionJob,
    ordinal: number,
    coordinates: Coordinates,
  ): Promise<boolean> {
    const { store, log } = this.#environment;
    const { name, partitions } = registered.asset;
    if (store.dynamicKeys.areThere(partitions, coordinates)) return false;
    const doomed = { lane: job.l, ordinals: integerRange(ordinal, ordinal + 1) };
    const why = { outcome: "failed", reason: "PARTITION_GONE" } as const;
    if ((await settleUnstarted(store, name, job.b, doomed, why)) === 0) return false;
    log.warn("the key of a partition was removed since its backfill was planned; it fails", {
      asset: name,
      partition: job.k,
      backfill: job.b,
    });
    return true;
  }

  /** Registers the asset of a first job. @returns undefined where the project lacks it, or it does not fit its state */
  async #open(job: PartitionJob): Promise<AssetWork | undefined> {
    const asset = this.#environment.graph.assets.get(job.a);
    if (asset === undefined) return undefined;
    try {
      const registered = await registerAsset(this.#environment.store, asset);
      // Another job of the asset may have come first; its claims are numbered there.
      if (!this.#work.has(job.a)) this.#use(registered);
    } catch (error) {
      if (!isUnfit(error)) throw error;
      this.#warnOnce(job, error.message);
    }
    return this.#work.get(job.a);
  }

  #warnOnce({ b: backfill, a: asset, k: partition }: PartitionJob, message: string): void {
    const name = `${backfill} ${asset}`;
    if (this.#warned.has(name)) return;
    if (this.#warned.size >= mostWarned) this.#warned.clear();
    this.#warned.add(name);
    this.#environment.log.warn(message, { backfill, asset, partition });
  }

  /** Redis lost the asset: it is registered anew, so that backfills submitted from now on run. */
  async #registerAgain(work: AssetWork): Promise<void> {
    const { store, log } = this.#environment;
    const name = work.registered.asset.name;
    if (this.#work.get(name) !== work) return;
    log.error("the state of an asset was lost or reset; registering it again", { asset: name });
    try {
      this.#use(await registerAsset(store, work.registered.asset));
    } catch (error) {
      if (!isUnfit(error)) throw error;
      // It fits no more. The next job of it asks again.
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

/** Whether an asset cannot be registered for what its state is, not for how Redis does. */
function isUnfit(error: unknown): error is InfillError {
  return (
    error instanceof DefinitionChangedError ||
    error instanceof AssetChangingError ||
    error instanceof StateUnreadableError
  );
}

/** Claims a partition that this worker cannot run, and gives it back. @returns whether it is still to be run */
async function tryClaim(work: AssetWork, place: KeyedClaimRequest): Promise<boolean> {
  const claim = await work.claim(place);
  if (claim.kind === "claimed") await work.release({ ...place, how: "unstarted" });
  return claim.kind !== "gone" && claim.kind !== "stopped";
}
