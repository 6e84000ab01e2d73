import { z } from "zod";
import { readBackfill } from "./backfills.ts";
import { parseClaimEntry } from "../claims/claimEntry.ts";
import { holdersPerCall, type PermitRequest, takePermits } from "../permits/permits.ts";
import { backfillScope } from "../keys/permitScopes.ts";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";

const capScript = defineScript("cap_ledger", z.tuple([z.enum(["capped", "free", "unknown"])]));

/** A permit that was written for a claim which does not know of it is looked at this often, in milliseconds. */
const adopted = { reviewMs: 1_000 };

/**
 * Caps how many partitions of a backfill may be in progress at once, from now on. What runs goes on: nothing more
 * starts until less than the cap is in progress.
 *
 * Ledgers come first, so that every later claim needs a permit; then the claims that run without one get theirs; then the
 * cap holds. Whoever is interrupted in between calls again.
 *
 * @param cap 1 to 1,000,000; undefined: no cap
 * @param assets of the backfill; left out: those of its record
 * @throws UnknownBackfillError where the assets are left out
 */
export async function setBackfillCap(
  store: StateStore,
  backfillId: string,
  cap: number | undefined,
  assets?: readonly string[],
): Promise<void> {
  const { keys, redis } = store;
  const names = assets ?? (await readBackfill(store, backfillId)).header.assets;
  const scope = backfillScope(backfillId);
  if (cap === undefined) {
    for (const asset of names) await capScript(redis, [keys.ledger(asset, backfillId)], ["0"]);
    await redis.hdel(keys.caps, scope);
    return;
  }
  for (const asset of names) await capScript(redis, [keys.ledger(asset, backfillId)], ["1"]);
  if ((await redis.hexists(keys.caps, scope)) === 0) {
    for (const asset of names) await adoptClaims(store, asset, backfillId);
  }
  await redis.hset(keys.caps, scope, cap);
}

/** Forgets a recorded cap: that of a backfill that is gone, or one that is no backfill's, since definitions cap what they name. */
export async function forgetCap(store: StateStore, scope: string): Promise<void> {
  await store.redis.hdel(store.keys.caps, scope);
}

/** The cap that holds now; undefined for none. */
export async function readBackfillCap(
  store: StateStore,
  backfillId: string,
): Promise<number | undefined> {
  const cap = await store.redis.hget(store.keys.caps, backfillScope(backfillId));
  return cap === null ? undefined : Number(cap);
}

/** Writes a permit for each running claim of a backfill that was not capped so far. */
async function adoptClaims(store: StateStore, asset: string, backfillId: string): Promise<void> {
  const { keys, redis } = store;
  const scopes = [{ scope: backfillScope(backfillId), cap: undefined }];
  let cursor = "0";
  do {
    const [next, page] = await redis.hscan(keys.claims(asset), cursor, "COUNT", 500);
    const found: PermitRequest[] = [];
    for (let index = 0; index < page.length; index += 2) {
      const field = page[index] ?? "";
      const claim = parseClaimEntry(page[index + 1] ?? "");
      if (claim?.state !== "running" || claim.backfillId !== backfillId) continue;
      const colon = field.lastIndexOf(":");
      found.push({
        session: claim.session,
        claimNumber: claim.claimNumber,
        asset,
        lane: field.slice(0, colon),
        ordinal: Number(field.slice(colon + 1)),
        backfillId,
        scopes,
      });
    }
    for (let first = 0; first < found.length; first += holdersPerCall)
      await takePermits(store, found.slice(first, first + holdersPerCall), adopted);
    cursor = next;
  } while (cursor !== "0");
}
