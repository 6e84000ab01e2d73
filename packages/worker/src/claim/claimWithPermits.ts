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

/** What became of a claim that was asked for together with others. */
export type ClaimOfMany =
  | PermittedClaim
  /** It needs a permit that it was not asked with. */
  | { readonly kind: "capped" };

/**
 * Claims partitions of one backfill together, with the permits that they need. Only the first of
 * them are claimed if the scopes have too few permits.
 *
 * @param requests at most `partitionsPerCall`
 * @param canWait whether claims that need no permits may wait a moment for others, to share a call
 * @returns an answer for each, in order
 */
export async function claimAllWithPermits(
  work: AssetWork,
  permits: PartitionPermits,
  session: string,
  requests: readonly KeyedClaimRequest[],
  canWait = false,
): Promise<readonly ClaimOfMany[]> {
  const backfillId = requests[0]?.backfillId ?? "";
  const asset = work.registered.asset.name;
  const wanted = requests.map((request) => {
    const holder = { ...request, session, asset };
    return { ...holder, scopes: permits.scopesOf(holder) };
  });
  const learn = (answers: readonly ClaimAnswer[]) => {
    if (answers.some(({ kind }) => kind === "capped")) permits.learnCapped(backfillId);
  };
  if (wanted.every(({ scopes }) => scopes.length === 0)) {
    const answers = await work.claimAll(requests, canWait);
    learn(answers);
    return answers.map((answer) =>
      answer.kind === "claimed" ? { ...answer, holder: undefined } : answer,
    );
  }
  const askedMs = performance.now();
  const permit = permits.isCapped(backfillId) ? "held" : "none";
  const granted = (await permits.takeAll(wanted)).map(({ kind }) => kind === "granted");
  const refused = granted.indexOf(false);
  const end = refused === -1 ? requests.length : refused;
  const answers = await work.claimAll(
    requests.slice(0, end).map((request) => ({ ...request, permit })),
  );
  learn(answers);
  // After a long delay in between, a review may have found no claims yet and taken permits back.
  const isLate = performance.now() - askedMs > permits.reviewMs / 2;
  const claims = requests.map((_, index): ClaimOfMany => {
    const [answer, holder] = [answers[index], wanted[index]];
    if (answer === undefined || isLate) return { kind: "full" };
    return answer.kind === "claimed" ? { ...answer, holder } : answer;
  });
  if (isLate)
    await work.releaseAll(
      requests
        .filter((_, index) => answers[index]?.kind === "claimed")
        .map((request) => ({ ...request, how: "unstarted" })),
    );
  const unused = wanted.filter((_, index) => granted[index] && claims[index]?.kind !== "claimed");
  await permits.releaseAll(unused);
  return claims;
}
