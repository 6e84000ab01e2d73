import type { ClaimAnswer, PermitHolder } from "@infill/state";
import type { AssetWork, KeyedClaimRequest } from "./assetWork.ts";
import type { PartitionPermits } from "./partitionPermits.ts";

/** A claim that was granted. */
export type GrantedClaim = Extract<ClaimAnswer, { readonly kind: "claimed" }>;

/** A granted claim with the permits to release after it, or the reason for a refusal. */
export type PermittedClaim =
  | (GrantedClaim & {
      /** Undefined if the partition is in no capped scope. */
      readonly holder: PermitHolder | undefined;
    })
  /** A scope of the partition is full: try again later. */
  | { readonly kind: "full" }
  | { readonly kind: Exclude<ClaimAnswer["kind"], "claimed" | "capped"> };

/**
 * Claims a partition, with a permit of each of its capped scopes. Takes permits first and releases
 * them last, so that a scope never has more claims than permits, even if a process dies in between.
 *
 * @param isFirst whether this is the job's first delivery. Parts of a redelivered job may have
 *   settled, which is checked before a permit is taken
 */
export async function claimWithPermits(
  work: AssetWork,
  permits: PartitionPermits,
  session: string,
  request: KeyedClaimRequest,
  isFirst: boolean,
): Promise<PermittedClaim> {
  const { backfillId } = request;
  const holder = { ...request, session, asset: work.registered.asset.name };
  let scopes = permits.scopesOf(holder);
  if (scopes.length === 0 || !isFirst) {
    const permit = scopes.length === 0 ? "none" : "ask";
    const answer = await work.claim({ ...request, permit });
    if (answer.kind === "claimed") return { ...answer, holder: undefined };
    if (answer.kind !== "capped") return { kind: answer.kind };
    if (scopes.length === 0) permits.learnCapped(backfillId);
    scopes = permits.scopesOf(holder);
  }
  for (;;) {
    const askedMs = performance.now();
    const isCovered = permits.isCapped(backfillId);
    if ((await permits.take({ ...holder, scopes })).kind === "refused") return { kind: "full" };
    const answer = await work.claim({ ...request, permit: isCovered ? "held" : "none" });
    if (answer.kind === "capped") {
      // The answer shows that the backfill has a cap, in addition to the definition's.
      permits.learnCapped(backfillId);
      scopes = permits.scopesOf(holder);
      continue;
    }
    if (answer.kind !== "claimed") {
      await permits.release(holder);
      return { kind: answer.kind };
    }
    // After a long delay in between, a review may have found no claim yet and taken the permit
    // back.
    const isLate = performance.now() - askedMs > permits.reviewMs / 2;
    if (isLate && (await permits.take({ ...holder, scopes })).kind === "refused") {
      await work.release({ ...request, how: "unstarted" });
      return { kind: "full" };
    }
    return { ...answer, holder };
  }
}
