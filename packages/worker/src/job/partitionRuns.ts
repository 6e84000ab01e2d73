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
import { againAfter, tellEndings } from "./tellEndings.ts";
import { releaseLater } from "./releaseLater.ts";
import {
  type Again,
  type EarlierStarts,
  type RunTarget,
  PartitionStart,
  type StartEnvironment,
} from "./partitionStart.ts";

/** What running claimed partitions needs from its worker. */
export interface RunEnvironment extends StartEnvironment {
  readonly store: StateStore;
}

/** How a partition that was to be claimed alone ended. */
export interface RunEnd {
  readonly again: Again | undefined;
  /** Resolves when Redis knows how it ended, so that the next one can be claimed meanwhile. */
  readonly told: Promise<void>;
}

const untouched: RunEnd = { again: undefined, told: Promise.resolve() };

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
  ): Promise<RunEnd | "unregistered"> {
    const { session } = this.#environment;
    const claim = await claimWithPermits(work, this.#permits, session, place, starts <= 1);
    if (claim.kind === "unregistered") return "unregistered";
    if (claim.kind === "full")
      return {
        ...untouched,
        again: { delayMs: permitDelayMs(starts, Math.random()), isWhole: true },
      };
    if (claim.kind !== "claimed") return untouched;
    const ended = await this.#runClaimed(work, target, place, claim);
    const { job, key } = target;
    if (target.overrun === undefined && claim.holder === undefined) return ended;
    await ended.told;
    // Not after an exception: permits must last as long as the claim, and as long as the function
    // runs.
    if (target.overrun !== undefined)
      releaseLater(target.overrun, this.#environment, this.#permits, {
        ...{ ...place, asset: job.asset, partition: key },
      });
    else if (claim.holder !== undefined) await this.#permits.release(claim.holder);
    return ended;
  }

  /** Runs a claimed partition; suspects run one at a time. */
  async #runClaimed(
    work: AssetWork,
    target: RunTarget,
    place: Omit<Release, "how">,
    claim: GrantedClaim,
  ): Promise<RunEnd> {
    if (claim.deaths === 0) return this.#run(work, target, place, claim);
    const { store, session } = this.#environment;
    const asset = work.registered.asset.name;
    const earlier = await this.#judge(asset, target.key, place, claim);
    const start = async () => {
      if (earlier !== undefined && (await startSuspect(store, asset, session, place)))
        return this.#run(work, target, place, earlier);
      work.lose(place.claimNumber);
      return untouched;
    };
    if (earlier === undefined || earlier.deaths === 0) return start();
    // A process died with this partition. Only running suspects one at a time shows which of them
    // is to blame, so none may fail for the deaths of another.
    if (this.#isSuspectRunning) {
      await work.release({ ...place, how: "unstarted" });
      return { ...untouched, again: { delayMs: suspectDelayMs } };
    }
    this.#isSuspectRunning = true;
    try {
      const ended = await start();
      await ended.told;
      return ended;
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
        "the process that ran a partition died, is frozen, or does not reach Redis; the partition starts again",
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

  /** Runs a claimed partition, and tells Redis how it ended. */
  async #run(
    work: AssetWork,
    target: RunTarget,
    place: Omit<Release, "how">,
    earlier: EarlierStarts,
  ): Promise<RunEnd> {
    const { asset } = work.registered;
    const start = new PartitionStart(
      ...([this.#environment, this.#permits, asset, target, place, earlier] as const),
    );
    try {
      const ending = await start.execute((durationMs) => work.batchSize.took(durationMs));
      const ended = [{ start, ending }];
      return { again: againAfter(ended), told: tellEndings(work, ended) };
    } finally {
      start.end();
    }
  }
}
