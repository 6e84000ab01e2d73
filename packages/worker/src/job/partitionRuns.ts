import { messageOf } from "@infill/core";
import {
  blockedMsOfSessions,
  judgeLapse,
  type PermitHolder,
  type Release,
  startSuspect,
  type StateStore,
} from "@infill/state";
import type { AssetWork, KeyedClaimRequest } from "../claim/assetWork.ts";
import {
  claimAllWithPermits,
  claimWithPermits,
  type GrantedClaim,
} from "../claim/claimWithPermits.ts";
import type { PartitionPermits } from "../claim/partitionPermits.ts";
import { permitDelayMs } from "../claim/permitDelayMs.ts";
import { againAfter, tellEndings } from "./tellEndings.ts";
import { runInTurn } from "./runInTurn.ts";
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

/** A partition that is to be claimed, and run if its claim is granted. */
export interface PlacedTarget {
  readonly target: RunTarget;
  readonly place: KeyedClaimRequest;
}

/** How a partition that was to be claimed alone ended. */
export interface RunEnd {
  readonly again: Again | undefined;
  /** Resolves when Redis knows how it ended, so that the next one can be claimed meanwhile. */
  readonly told: Promise<void>;
}

const untouched: RunEnd = { again: undefined, told: Promise.resolve() };

/** What became of partitions that were to be claimed together. */
export interface BatchEnd {
  readonly again: Again | undefined;
  /** The first of them were looked at. The others are still to be claimed. */
  readonly done: number;
  /** Whether the next one has to be claimed alone, because a process died with it. */
  readonly isNextAlone: boolean;
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
      this.#releaseLater(target.overrun, { ...place, asset: job.asset }, key);
    else if (claim.holder !== undefined) await this.#permits.release(claim.holder);
    return ended;
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
    const start = this.#startOf(work, { target, place }, earlier);
    try {
      const ending = await start.execute((durationMs) => work.batchSize.took(durationMs));
      const ended = [{ start, ending }];
      return { again: againAfter(ended), told: tellEndings(work, ended) };
    } finally {
      start.end();
    }
  }

  #startOf(
    work: AssetWork,
    { target, place }: { readonly target: RunTarget; readonly place: Omit<Release, "how"> },
    earlier: EarlierStarts,
  ): PartitionStart {
    const { asset } = work.registered;
    return new PartitionStart(this.#environment, this.#permits, asset, target, place, earlier);
  }

  /** Whether a partition's claim needs a permit, as far as this process knows. */
  needsPermit(asset: string, place: Omit<KeyedClaimRequest, "partition">): boolean {
    const { session } = this.#environment;
    return this.#permits.scopesOf({ ...place, session, asset }).length > 0;
  }

  /**
   * Claims partitions of one backfill together, and runs them one after another. What was claimed
   * is given back if its turn does not come soon.
   *
   * @param batch at most `partitionsPerCall`
   * @param starts how often a worker has taken their job, this time included
   */
  async claimAndRunAll(
    work: AssetWork,
    batch: readonly PlacedTarget[],
    starts: number,
  ): Promise<BatchEnd | "unregistered"> {
    const { session } = this.#environment;
    const claims = await claimAllWithPermits(
      work,
      this.#permits,
      session,
      batch.map(({ place }) => place),
    );
    const [{ kind } = { kind: "gone" }] = claims;
    if (kind === "unregistered") return "unregistered";
    if (kind === "full") {
      const again = { delayMs: permitDelayMs(starts, Math.random()), isWhole: true };
      return { again, done: 0, isNextAlone: false };
    }
    const starting: PartitionStart[] = [];
    const numbers: number[] = [];
    const suspects: number[] = [];
    const holders: PermitHolder[] = [];
    let done = batch.length;
    for (const [index, placed] of batch.entries()) {
      const claim = claims[index];
      if (claim?.kind === "capped" || claim?.kind === "full") done = Math.min(done, index);
      if (claim?.kind !== "claimed") continue;
      if (claim.deaths > 0) suspects.push(index);
      else {
        starting.push(this.#startOf(work, placed, claim));
        numbers.push(index);
      }
      if (claim.holder !== undefined) holders.push(claim.holder);
    }
    // Suspects run alone, and must not wait under their claims while others run.
    await Promise.all(
      suspects.flatMap((index) => {
        const place = batch[index]?.place;
        return place === undefined ? [] : [work.release({ ...place, how: "unstarted" })];
      }),
    );
    const { again, begun } = await runInTurn(work, starting);
    const [firstSuspect = batch.length] = suspects;
    done = Math.min(done, numbers[begun] ?? batch.length, firstSuspect);
    const late = new Set<number>();
    for (const { target, place, asset, key } of starting)
      if (target.overrun !== undefined) {
        late.add(place.claimNumber);
        this.#releaseLater(target.overrun, { ...place, asset: asset.name }, key);
      }
    await this.#permits.releaseAll(holders.filter(({ claimNumber }) => !late.has(claimNumber)));
    return { again, done, isNextAlone: suspects.includes(done) };
  }
}
