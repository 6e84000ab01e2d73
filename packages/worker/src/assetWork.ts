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

/** The transitions of one asset, batched, for one session. */
export class AssetWork {
  readonly registered: RegisteredAsset;
  readonly #claims: CallBatcher<ClaimRequest, ClaimAnswer>;
  readonly #settlements: CallBatcher<Settlement, SettlementAnswer>;
  readonly #releases: CallBatcher<Release, ReleaseAnswer>;

  constructor(store: StateStore, registered: RegisteredAsset, session: string, leaseMs: number) {
    this.registered = registered;
    this.#claims = new CallBatcher(partitionsPerCall, (requests) =>
      claimPartitions(store, registered, session, leaseMs, requests),
    );
    this.#settlements = new CallBatcher(partitionsPerCall, (settlements) =>
      settlePartitions(store, registered, session, settlements),
    );
    this.#releases = new CallBatcher(partitionsPerCall, (releases) =>
      releasePartitions(store, registered.asset.name, session, releases),
    );
  }

  claim(request: ClaimRequest): Promise<ClaimAnswer> {
    return this.#claims.call(request);
  }

  settle(settlement: Settlement): Promise<SettlementAnswer> {
    return this.#settlements.call(settlement);
  }

  release(release: Release): Promise<ReleaseAnswer> {
    return this.#releases.call(release);
  }
}
