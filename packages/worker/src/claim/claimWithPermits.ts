import type { ClaimAnswer, PermitHolder } from "@infill/state";
import type { AssetWork, KeyedClaimRequest } from "./assetWork.ts";
import type { PartitionPermits } from "./partitionPermits.ts";

/** A claim that was granted. */
export type GrantedClaim = Extract<ClaimAnswer, { readonly kind: "claimed" }>;

/** A claim that was granted, with the permits that end after it; or why there is none. */
export type PermittedClaim =
  | (GrantedClaim & {
      /** Undefined where the partition lies in no capped scope. */
      readonly holder: PermitHolder | undefined;
    })
  /** A scope of the partition is full: come again. */
  | { readonly kind: "full" }
  | { readonly kind: Exclude<ClaimAnswer["kind"], "claimed" | "capped"> };

/**
 * Claims a partition, with a permit of each of its capped scopes. Permits come first and end last, so that a scope never
 * has more claims than permits, whoever dies in between.
 *
 * @param isFirst whether the job comes for the first time. Of one that comes again part may have settled, which is
 * found out before a permit is taken for it
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
      // Its definition caps it, and so does its backfill, as turns out now.
      permits.learnCapped(backfillId);
      scopes = permits.scopesOf(holder);
      continue;
    }
    if (answer.kind !== "claimed") {
      await permits.release(holder);
      return { kind: answer.kind };
    }
    // Whoever was held up between the two may have lost the permit to a review that found no claim yet.
    const isLate = performance.now() - askedMs > permits.reviewMs / 2;
    if (isLate && (await permits.take({ ...holder, scopes })).kind === "refused") {
      await work.release({ ...request, how: "unstarted" });
      return { kind: "full" };
    }
    return { ...answer, holder };
  }
}
