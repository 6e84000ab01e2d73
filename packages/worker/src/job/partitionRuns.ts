import {
  type AssetGraph,
  errorLine,
  type Logger,
  logWith,
  messageOf,
  type PartitionJob,
  retryDelayMs,
  storedMetadata,
} from "@infill/core";
import type { Coordinates, PartitionsContext } from "@infill/partitions";
import {
  blockedMsOfSessions,
  judgeLapse,
  type Release,
  startSuspect,
  type StateStore,
} from "@infill/state";
import type { AssetWork, KeyedClaimRequest } from "../claim/assetWork.ts";
import { claimWithPermits, type GrantedClaim } from "../claim/claimWithPermits.ts";
import type { PartitionPermits } from "../claim/partitionPermits.ts";
import { permitDelayMs } from "../claim/permitDelayMs.ts";
import { errorNote } from "../run/errorNote.ts";
import { materialize } from "../run/materialize.ts";
import { ClaimLapsedError, ProcessDiedError } from "../run/partitionGivenUp.ts";
import type { RunningClaim, RunningClaims } from "../run/runningClaims.ts";
import { StopOrder } from "../run/stopOrder.ts";
import type { Heartbeat } from "../session/heartbeat.ts";
/** What running a claimed partition needs from its worker. */
export interface RunEnvironment {
  readonly store: StateStore;
  readonly graph: AssetGraph;
  readonly session: string;
  /** How long a stopped function may still run, in milliseconds. */
  readonly graceMs: number;
  /** Starts at which a process died after which the partition fails. */
  readonly maxProcessDeaths: number;
  /** Starts that lost their claim while the process lived after which the partition fails. */
  readonly maxLapses: number;
  readonly running: RunningClaims;
  readonly heartbeat: Pick<Heartbeat, "signOfLife">;
  readonly log: Logger;
}

/** When to deliver a job again; 0 for at once, to another worker. */
export interface Again {
  readonly delayMs: number;
  /** Whether the rest of the job's partitions waits as well. */
  readonly isWhole?: boolean;
}

/** A partition to run. */
export interface RunTarget {
  /** The job that names it, perhaps beside others. */
  readonly job: PartitionJob;
  readonly key: string;
  readonly coordinates: Coordinates;
  readonly planned: PartitionsContext;
  /** Set if its function outlives the claim; resolves when it returns. */
  overrun?: Promise<void>;
}

/** The earlier starts of a claimed partition. */
interface EarlierStarts {
  readonly attempt: number;
  readonly deaths: number;
  readonly lapses: number;
  readonly freeStarts: number;
  /**
   * Why the last claim lapsed while its process lived; undefined if it did not, or the reason is
   * unknown.
   */
  readonly lastLapse?: string;
}

/** How long a suspect waits while another suspect runs in this process, in milliseconds. */
const suspectDelayMs = 200;

/**
 * Claims partitions, runs them to their settlement or release, and holds their permits while their
 * functions run.
 */
export class PartitionRuns {
  readonly #environment: RunEnvironment;
  readonly #permits: PartitionPermits;
  /** Whether this process runs a suspect. */
  #isSuspectRunning = false;

  constructor(environment: RunEnvironment, permits: PartitionPermits) {
    this.#environment = environment;
    this.#permits = permits;
  }

  /**
   * Claims a partition, and runs it if the claim is granted.
   *
   * @param starts how often a worker has taken the partition's job, this time included
   */
  async claimAndRun(
    work: AssetWork,
    target: RunTarget,
    place: KeyedClaimRequest,
    starts: number,
  ): Promise<Again | "unregistered" | undefined> {
    const { session } = this.#environment;
    const claim = await claimWithPermits(work, this.#permits, session, place, starts <= 1);
    if (claim.kind === "unregistered") return "unregistered";
    if (claim.kind === "full")
      return { delayMs: permitDelayMs(starts, Math.random()), isWhole: true };
    if (claim.kind !== "claimed") return undefined;
    const again = await this.#runClaimed(work, target, place, claim);
    const { job, key } = target;
    // Not after an exception: permits must last as long as the claim, and as long as the function
    // runs.
    if (target.overrun !== undefined)
      this.#releaseLater(target.overrun, { ...place, asset: job.asset }, key);
    else if (claim.holder !== undefined) await this.#permits.release(claim.holder);
    return again;
  }

  /** Releases the permits of an overrun when its function returns. */
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
        log.info("a function that ran on after its claim ended has returned", {
          ...{ asset, partition, backfill, afterMs },
        });
      })
      .catch((error: unknown) => {
        // The worker has closed and removed its entry, so a review frees the permits.
        log.info("freeing the permits of a function failed", { error: messageOf(error) });
      });
  }

  /** Runs a claimed partition; suspects run one at a time. */
  async #runClaimed(
    work: AssetWork,
    target: RunTarget,
    place: Omit<Release, "how">,
    claim: GrantedClaim,
  ): Promise<Again | undefined> {
    if (claim.deaths === 0) return this.#run(work, target, place, claim);
    const { store, session } = this.#environment;
    const asset = work.registered.asset.name;
    const earlier = await this.#judge(asset, target.key, place, claim);
    const start = async () => {
      if (earlier !== undefined && (await startSuspect(store, asset, session, place)))
        return this.#run(work, target, place, earlier);
      work.lose(place.claimNumber);
      return undefined;
    };
    if (earlier === undefined || earlier.deaths === 0) return start();
    // A process died with this partition. Only running suspects one at a time shows which of them
    // is to blame, so none may fail for the deaths of another.
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
   * Tells a death from a lapse: the previous claim may have lapsed while its process lived.
   *
   * @returns the earlier starts; undefined if this claim is no longer the newest
   */
  async #judge(
    asset: string,
    partition: string,
    place: Omit<Release, "how">,
    claim: GrantedClaim,
  ): Promise<EarlierStarts | undefined> {
    const { lapsedSession, deaths, lapses } = claim;
    if (lapsedSession === undefined) return claim;
    const { store, session, log } = this.#environment;
    const [blockedMs] = await blockedMsOfSessions(store, [lapsedSession]);
    const fields = { asset, partition, backfill: place.backfillId, lostBy: lapsedSession };
    if (blockedMs === undefined) {
      log.warn(
        "the process that ran a partition died or is frozen; the partition starts again",
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
      `a living worker lost its claim on a partition: ${lastLapse}; the partition starts again`,
      fields,
    );
    return { ...claim, deaths: deaths - 1, lapses: lapses + 1, lastLapse };
  }

  /** Runs a claimed partition to its settlement or release. */
  async #run(
    work: AssetWork,
    target: RunTarget,
    place: Omit<Release, "how">,
    { attempt, deaths, lapses, freeStarts, lastLapse }: EarlierStarts,
  ): Promise<Again | undefined> {
    const { job, key, coordinates, planned } = target;
    const { backfillId } = job;
    const { session, running, heartbeat, graph, graceMs, maxProcessDeaths, maxLapses } =
      this.#environment;
    const { asset } = work.registered;
    const about = { asset: asset.name, partition: key, backfill: backfillId, attempt };
    const log = logWith(this.#environment.log, about);
    const stop = new StopOrder();
    const number = place.claimNumber;
    const mine: RunningClaim = {
      ...{ number, asset: asset.name, partition: key, backfillId, stop },
    };
    running.add(mine);
    heartbeat.signOfLife();
    const onOverrun = async (returned: Promise<void>, isLost: boolean) => {
      target.overrun = returned;
      const reason = stop.reason ?? "stopped";
      await this.#permits.noteOverrun({ ...place, session, asset: asset.name }, key, reason);
      if (isLost) return;
      log.warn(
        "a function ignores its signal and still runs; it counts for its caps until it returns (infill pool list)",
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
        log.warn("a settlement came too late; the partition has another claim now");
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
        // This start did not run, so it does not count.
        await settle("failed", errorNote(why), attempt - 1);
        return undefined;
      }
      const result = await materialize(
        { asset, graph, backfillId, key, coordinates, planned, attempt, stop, log, onOverrun },
        graceMs,
      );
      const { json, problem } = storedMetadata(result);
      if (problem !== undefined)
        log.warn(
          `The metadata of ${asset.name} ${key} is not stored: ${problem}. The partition is materialized.`,
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
      const retry = job.retry ?? asset.retry;
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
}
