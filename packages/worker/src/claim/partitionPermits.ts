import {
  type AssetScopes,
  assetScopes,
  backfillScope,
  type CappedScope,
  firstReviewMs,
  holdersPerCall,
  noteOverrun,
  type PermitAnswer,
  type PermitHolder,
  type PermitRequest,
  type RegisteredAsset,
  releasePermits,
  reviewPermits,
  type StateStore,
  takePermits,
} from "@infill/state";
import type { Logger, Pool } from "@infill/core";
import { CallBatcher } from "./callBatcher.ts";

/** How long a backfill counts as capped after the last sign of its cap, in milliseconds. */
const rememberMs = 60_000;
/** Time between two reviews of permits of ended claims, in milliseconds. */
const reviewEveryMs = 1_000;

/**
 * The permits of this process's claims, and its knowledge of caps. Work in no capped scope costs no
 * call.
 */
export class PartitionPermits {
  readonly #store: StateStore;
  readonly #log: Logger;
  /** Milliseconds until the first review of a permit's claim. */
  readonly reviewMs: number;
  readonly #scopes: ReadonlyMap<string, AssetScopes>;
  readonly #takes: CallBatcher<PermitRequest, PermitAnswer>;
  readonly #releases: CallBatcher<PermitHolder, true>;
  /** When each backfill was last seen to be capped. */
  readonly #capped = new Map<string, number>();
  #reviewedMs = 0;

  /**
   * @param leaseMs how long this process's claims outlive it; its permits should not outlive them
   *   by much
   */
  constructor(
    store: StateStore,
    assets: Iterable<RegisteredAsset>,
    pools: ReadonlyMap<string, Pool>,
    leaseMs: number,
    log: Logger,
  ) {
    this.#store = store;
    this.#log = log;
    this.reviewMs = Math.min(firstReviewMs, leaseMs);
    this.#scopes = new Map(
      Array.from(assets, (known) => [
        known.asset.name,
        assetScopes(known, pools.get(known.asset.pool)),
      ]),
    );
    this.#takes = new CallBatcher(holdersPerCall, (requests) =>
      takePermits(store, requests, { reviewMs: this.reviewMs }),
    );
    this.#releases = new CallBatcher(holdersPerCall, async (holders) => {
      await releasePermits(store, holders);
      return holders.map(() => true as const);
    });
  }

  /** Records that claims for a backfill need permits. */
  learnCapped(backfillId: string): void {
    const nowMs = performance.now();
    for (const [id, atMs] of this.#capped) if (nowMs - atMs > rememberMs) this.#capped.delete(id);
    this.#capped.set(backfillId, nowMs);
  }

  /**
   * Whether claims for a backfill are known to need permits. A claim's answer may be the first to
   * tell.
   */
  isCapped(backfillId: string): boolean {
    const atMs = this.#capped.get(backfillId);
    return atMs !== undefined && performance.now() - atMs <= rememberMs;
  }

  /** The scopes in which a claim needs a permit, as far as this process knows; empty for none. */
  scopesOf(claim: PermitHolder & { readonly backfillId: string }): readonly CappedScope[] {
    const defined = this.#scopes.get(claim.asset)?.at(claim) ?? [];
    if (!this.isCapped(claim.backfillId)) return defined;
    return [...defined, { scope: backfillScope(claim.backfillId), cap: undefined }];
  }

  async take(request: PermitRequest): Promise<PermitAnswer> {
    const answer = await this.#takes.call(request);
    if (answer.kind === "refused") this.#review();
    return answer;
  }

  /** @param requests at most `holdersPerCall` */
  async takeAll(requests: readonly PermitRequest[]): Promise<readonly PermitAnswer[]> {
    const answers = await this.#takes.callAll(requests);
    if (answers.some(({ kind }) => kind === "refused")) this.#review();
    return answers;
  }

  async release(holder: PermitHolder): Promise<void> {
    await this.#releases.call(holder);
  }

  /** @param holders at most `holdersPerCall` */
  async releaseAll(holders: readonly PermitHolder[]): Promise<void> {
    await this.#releases.callAll(holders);
  }

  /** Records an overrun, which keeps its permits until `release`. */
  async noteOverrun(
    holder: PermitHolder & { readonly backfillId: string },
    partition: string,
    reason: string,
  ): Promise<void> {
    const { backfillId } = holder;
    await noteOverrun(this.#store, holder, this.scopesOf(holder), {
      partition,
      backfillId,
      reason,
    });
  }

  /** A scope is full: some of its permits may be a dead worker's. */
  #review(): void {
    const nowMs = performance.now();
    if (nowMs - this.#reviewedMs < reviewEveryMs) return;
    this.#reviewedMs = nowMs;
    reviewPermits(this.#store).catch((error: unknown) =>
      this.#log.warn("checking permits of ended claims failed", {
        error: error instanceof Error ? error.message : String(error),
      }),
    );
  }
}
