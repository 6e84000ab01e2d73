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

const backfillOf = ({ backfillId }: { readonly backfillId: string }) => backfillId;

/** The transitions of one asset, batched, for one session. */
export class AssetWork {
  readonly registered: RegisteredAsset;
  readonly #claims: CallBatcher<ClaimRequest, ClaimAnswer>;
  readonly #settlements: CallBatcher<Settlement, SettlementAnswer>;
  readonly #releases: CallBatcher<Release, ReleaseAnswer>;
  /** Numbers of claims that are asked for, run, or are being ended. */
  readonly #open = new Set<number>();

  constructor(store: StateStore, registered: RegisteredAsset, session: string, leaseMs: number) {
    this.registered = registered;
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

  async claim(request: ClaimRequest): Promise<ClaimAnswer> {
    this.#open.add(request.claimNumber);
    let isClaimed = false;
    try {
      const answer = await this.#claims.call(request);
      isClaimed = answer.kind === "claimed";
      return answer;
    } finally {
      if (!isClaimed) this.#open.delete(request.claimNumber);
    }
  }

  async settle(settlement: Settlement): Promise<SettlementAnswer> {
    try {
      return await this.#settlements.call(settlement);
    } finally {
      this.#open.delete(settlement.claimNumber);
    }
  }

  async release(release: Release): Promise<ReleaseAnswer> {
    try {
      return await this.#releases.call(release);
    } finally {
      this.#open.delete(release.claimNumber);
    }
  }

  /** Takes note that a claim is lost: it has lapsed, and is somebody else's to run. */
  lose(claimNumber: number): void {
    this.#open.delete(claimNumber);
  }

  /** Whether a claim is this process's: asked for, running, or being ended. */
  isOpen(claimNumber: number): boolean {
    return this.#open.has(claimNumber);
  }
}
