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
import { CallBatcher } from "./callBatcher.ts";
import type { Heartbeat, HeldClaim } from "../session/heartbeat.ts";

const backfillOf = ({ backfillId }: { readonly backfillId: string }) => backfillId;

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
    const { claimNumber: number, partition, backfillId } = request;
    const asset = this.registered.asset.name;
    const held = this.#heartbeat.claimAsked({ number, asset, partition, backfillId });
    this.#open.set(number, held);
    let isClaimed = false;
    try {
      const answer = await this.#claims.call(request);
      isClaimed = answer.kind === "claimed";
      if (isClaimed) held.granted();
      return answer;
    } finally {
      if (!isClaimed) this.#end(number);
    }
  }

  async settle(settlement: Settlement): Promise<SettlementAnswer> {
    try {
      return await this.#settlements.call(settlement);
    } finally {
      this.#end(settlement.claimNumber);
    }
  }

  async release(release: Release): Promise<ReleaseAnswer> {
    try {
      return await this.#releases.call(release);
    } finally {
      this.#end(release.claimNumber);
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
