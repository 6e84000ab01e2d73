import {
  type ClaimAnswer,
  type ClaimRequest,
  claimPartitions,
  partitionsPerCall,
  type RegisteredAsset,
  type Release,
  type ReleaseAnswer,
  releasePartitions,
  type Settlement,
  type SettlementAnswer,
  type StateStore,
  settlePartitions,
} from "@infill/state";
import { CallBatcher, onlyOf } from "./callBatcher.ts";
import { BatchSize } from "./batchSize.ts";
import type { Heartbeat, HeldClaim } from "../session/heartbeat.ts";

const backfillOf = ({ backfillId }: { readonly backfillId: string }) => backfillId;

/** Other open claims from which on some will soon end, too. */
const manyOpen = 8;

/** A claim request with the partition's key. */
export interface KeyedClaimRequest extends ClaimRequest {
  readonly partition: string;
}

/**
 * Batches the transitions of one asset for one session. The heartbeat renews each claim from before
 * its request until after its end.
 */
export class AssetWork {
  readonly registered: RegisteredAsset;
  readonly batchSize = new BatchSize();
  readonly #claims: CallBatcher<ClaimRequest, ClaimAnswer>;
  readonly #settlements: CallBatcher<Settlement, SettlementAnswer>;
  readonly #releases: CallBatcher<Release, ReleaseAnswer>;
  readonly #heartbeat: Pick<Heartbeat, "claimAsked">;
  /** Claims that are requested, running or ending, by number. */
  readonly #open = new Map<number, HeldClaim>();

  constructor(
    store: StateStore,
    registered: RegisteredAsset,
    session: string,
    leaseMs: number,
    heartbeat: Pick<Heartbeat, "claimAsked">,
  ) {
    this.registered = registered;
    this.#heartbeat = heartbeat;
    this.#claims = new CallBatcher<ClaimRequest, ClaimAnswer>(
      partitionsPerCall,
      (requests) => claimPartitions(store, registered, session, leaseMs, requests),
      backfillOf,
    );
    this.#settlements = new CallBatcher<Settlement, SettlementAnswer>(
      partitionsPerCall,
      (settlements) => settlePartitions(store, registered, session, settlements),
      backfillOf,
    );
    this.#releases = new CallBatcher<Release, ReleaseAnswer>(
      partitionsPerCall,
      (releases) => releasePartitions(store, registered.asset.name, session, releases),
      backfillOf,
    );
  }

  async claim(request: KeyedClaimRequest): Promise<ClaimAnswer> {
    return onlyOf(await this.claimAll([request]));
  }

  /**
   * Claims partitions of one backfill together.
   *
   * @param requests at most `partitionsPerCall`
   * @param canWait whether they may wait a moment for others, to share a call
   * @returns an answer for each, in order
   */
  async claimAll(
    requests: readonly KeyedClaimRequest[],
    canWait = false,
  ): Promise<readonly ClaimAnswer[]> {
    const asset = this.registered.asset.name;
    for (const { claimNumber: number, partition, backfillId } of requests) {
      const held = this.#heartbeat.claimAsked({ number, asset, partition, backfillId });
      this.#open.set(number, held);
    }
    let answers: readonly ClaimAnswer[] = [];
    try {
      answers = await this.#claims.callAll(requests, canWait);
      return answers;
    } finally {
      for (const [index, { claimNumber }] of requests.entries()) {
        if (answers[index]?.kind === "claimed") this.#open.get(claimNumber)?.granted();
        else this.#end(claimNumber);
      }
    }
  }

  async settle(settlement: Settlement): Promise<SettlementAnswer> {
    return onlyOf(await this.settleAll([settlement]));
  }

  /**
   * Settles partitions of one backfill together. If many other claims are open, they may wait a moment
   * for others, to share a call.
   *
   * @param settlements at most `partitionsPerCall`
   */
  async settleAll(settlements: readonly Settlement[]): Promise<readonly SettlementAnswer[]> {
    try {
      const others = this.#open.size - settlements.length;
      return await this.#settlements.callAll(settlements, others >= manyOpen);
    } finally {
      for (const { claimNumber } of settlements) this.#end(claimNumber);
    }
  }

  async release(release: Release): Promise<ReleaseAnswer> {
    return onlyOf(await this.releaseAll([release]));
  }

  /** Releases claims of one backfill together. @param releases at most `partitionsPerCall` */
  async releaseAll(releases: readonly Release[]): Promise<readonly ReleaseAnswer[]> {
    try {
      return await this.#releases.callAll(releases);
    } finally {
      for (const { claimNumber } of releases) this.#end(claimNumber);
    }
  }

  /** Records that a claim has lapsed and may be another worker's. */
  lose(claimNumber: number): void {
    this.#end(claimNumber);
  }

  /** Whether this process requests, runs or is ending a claim. */
  isOpen(claimNumber: number): boolean {
    return this.#open.has(claimNumber);
  }

  #end(claimNumber: number): void {
    this.#open.get(claimNumber)?.ended();
    this.#open.delete(claimNumber);
  }
}
