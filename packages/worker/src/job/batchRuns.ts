import type { PermitHolder } from "@infill/state";
import type { AssetWork, KeyedClaimRequest } from "../claim/assetWork.ts";
import { claimAllWithPermits } from "../claim/claimWithPermits.ts";
import type { PartitionPermits } from "../claim/partitionPermits.ts";
import { permitDelayMs } from "../claim/permitDelayMs.ts";
import { type Again, PartitionStart, type RunTarget } from "./partitionStart.ts";
import type { RunEnvironment } from "./partitionRuns.ts";
import { releaseLater } from "./releaseLater.ts";
import { runInTurn } from "./runInTurn.ts";

/** A partition that is to be claimed, and run if its claim is granted. */
export interface PlacedTarget {
  readonly target: RunTarget;
  readonly place: KeyedClaimRequest;
}

/** Partitions of one backfill that were claimed together, and have not started. */
export interface ClaimedBatch {
  readonly work: AssetWork;
  /** Those whose claims were granted, in order. */
  readonly starts: readonly PartitionStart[];
  /** Where each of them is in the batch. */
  readonly places: readonly number[];
  readonly holders: readonly PermitHolder[];
  /** The first of the batch that were looked at. The others are still to be claimed. */
  readonly end: number;
  /** Whether the next one has to be claimed alone, because a process died with it. */
  readonly isNextAlone: boolean;
  /** Set if a scope is full. */
  readonly again: Again | undefined;
}

/** How a claimed batch ended. */
export interface BatchEnd {
  readonly again: Again | undefined;
  /** The first of the batch have ended. The others are still to be claimed. */
  readonly done: number;
  readonly isNextAlone: boolean;
  /** Resolves when Redis knows how they ended, and their permits are free. */
  readonly told: Promise<void>;
}

/** Claims partitions of one backfill together, and runs them one after another. */
export class BatchRuns {
  readonly #environment: RunEnvironment;
  readonly #permits: PartitionPermits;

  constructor(environment: RunEnvironment, permits: PartitionPermits) {
    this.#environment = environment;
    this.#permits = permits;
  }

  /** Whether a partition's claim needs a permit, as far as this process knows. */
  needsPermit(asset: string, place: Omit<KeyedClaimRequest, "partition">): boolean {
    const { session } = this.#environment;
    return this.#permits.scopesOf({ ...place, session, asset }).length > 0;
  }

  /**
   * Claims a batch. Run it or give it back.
   *
   * @param batch at most `partitionsPerCall`
   * @param starts how often a worker has taken their job, this time included
   * @param isAhead whether others run before it
   */
  async claim(
    work: AssetWork,
    batch: readonly PlacedTarget[],
    starts: number,
    isAhead: boolean,
  ): Promise<ClaimedBatch | "unregistered"> {
    const { session } = this.#environment;
    const requests = batch.map(({ place }) => place);
    const claims = await claimAllWithPermits(work, this.#permits, session, requests, isAhead);
    const [{ kind } = { kind: "gone" }] = claims;
    if (kind === "unregistered") return "unregistered";
    const claimed: PartitionStart[] = [];
    const places: number[] = [];
    const suspects: number[] = [];
    const holders: PermitHolder[] = [];
    let end = batch.length;
    for (const [index, placed] of batch.entries()) {
      const claim = claims[index];
      if (claim?.kind === "capped" || claim?.kind === "full") end = Math.min(end, index);
      if (claim?.kind !== "claimed") {
        work.lose(placed.place.claimNumber);
        continue;
      }
      if (claim.holder !== undefined) holders.push(claim.holder);
      if (claim.deaths > 0) {
        suspects.push(index);
        continue;
      }
      const { asset } = work.registered;
      const { target, place } = placed;
      claimed.push(
        new PartitionStart(this.#environment, this.#permits, asset, target, place, claim),
      );
      places.push(index);
    }
    // Suspects run alone, and must not wait under their claims while others run.
    await this.#release(
      work,
      suspects.flatMap((index) => batch[index]?.place ?? []),
    );
    end = Math.min(end, suspects[0] ?? batch.length);
    const again =
      kind === "full"
        ? { delayMs: permitDelayMs(starts, Math.random()), isWhole: true }
        : undefined;
    const isNextAlone = suspects.includes(end);
    return { work, starts: claimed, places, holders, end, isNextAlone, again };
  }

  /** Runs a batch. What was claimed is given back if its turn does not come soon. */
  async run({ work, starts, places, holders, end, ...batch }: ClaimedBatch): Promise<BatchEnd> {
    const { again, begun, told } = await runInTurn(work, starts).catch((error: unknown) => {
      for (const { place } of starts) work.lose(place.claimNumber);
      throw error;
    });
    const done = Math.min(end, places[begun] ?? end);
    const late = starts.filter(({ target }) => target.overrun !== undefined);
    // Permits last as long as the claim, and as long as the function runs.
    if (holders.length > 0 || late.length > 0) await told;
    for (const { target, place, asset, key } of late)
      if (target.overrun !== undefined)
        releaseLater(target.overrun, this.#environment, this.#permits, {
          ...{ ...place, asset: asset.name, partition: key },
        });
    const kept = new Set(late.map(({ place }) => place.claimNumber));
    await this.#permits.releaseAll(holders.filter(({ claimNumber }) => !kept.has(claimNumber)));
    const isNextAlone = batch.isNextAlone && done === end;
    return { again: again ?? batch.again, done, isNextAlone, told };
  }

  /** Gives a batch back that has not started. */
  async giveBack({ work, starts, holders }: ClaimedBatch): Promise<void> {
    for (const start of starts) start.end();
    await this.#release(
      work,
      starts.map(({ place }) => place),
    );
    await this.#permits.releaseAll(holders);
  }

  async #release(work: AssetWork, places: readonly PartitionStart["place"][]): Promise<void> {
    try {
      await work.releaseAll(places.map((place) => ({ ...place, how: "unstarted" })));
    } finally {
      for (const { claimNumber } of places) work.lose(claimNumber);
    }
  }
}
