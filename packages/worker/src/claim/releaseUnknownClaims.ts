import {
  parseAddress,
  parseClaimEntry,
  type Release,
  releasePartitions,
  type StateStore,
} from "@infill/state";

/** Claims that one call releases. */
const claimsPerCall = 256;

/**
 * Releases the claims of a session on one asset that Redis has and the session does not: it ended
 * them, but Redis went back to an earlier state. While the session lives, no other worker could get
 * them.
 *
 * @param isOpen whether the session requests, runs or is ending the claim of this number
 * @returns how many claims were released
 */
export async function releaseUnknownClaims(
  store: StateStore,
  asset: string,
  session: string,
  isOpen: (claimNumber: number) => boolean,
): Promise<number> {
  const { redis, keys } = store;
  let released = 0;
  let cursor = "0";
  do {
    const [next, page] = await redis.hscan(keys.claims(asset), cursor, "COUNT", claimsPerCall);
    cursor = next;
    const forgotten: Release[] = [];
    for (let at = 0; at < page.length; at += 2) {
      const field = page[at] ?? "";
      const claim = parseClaimEntry(page[at + 1] ?? "");
      if (claim?.state !== "running" || claim.session !== session || isOpen(claim.claimNumber))
        continue;
      const { backfillId, claimNumber } = claim;
      forgotten.push({ backfillId, claimNumber, ...parseAddress(field), how: "give_back" });
    }
    for (let first = 0; first < forgotten.length; first += claimsPerCall) {
      const some = forgotten.slice(first, first + claimsPerCall);
      const answers = await releasePartitions(store, asset, session, some);
      released += answers.filter((answer) => answer === "released").length;
    }
  } while (cursor !== "0");
  return released;
}
