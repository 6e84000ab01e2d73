import { z } from "zod";
import { readBackfill } from "./backfills.ts";
import { parseClaimEntry } from "../claims/claimEntry.ts";
import { holdersPerCall, type PermitRequest, takePermits } from "../permits/permits.ts";
import { parseAddress } from "../keys/partitionAddress.ts";
import { backfillScope } from "../keys/permitScopes.ts";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";

const capScript = defineScript("cap_ledger", z.tuple([z.enum(["capped", "free", "unknown"])]));

/**
 * Milliseconds until the first review of a permit that this file wrote. The claim itself does not
 * know of the permit and cannot release it.
 */
const adopted = { reviewMs: 1_000 };

/**
 * Caps how many partitions of a backfill may be in progress at once. Running partitions continue;
 * nothing more starts until fewer than the cap run.
 *
 * Marks the ledgers first, so that every later claim needs a permit. Then gives permits to the
 * claims that run without one. Then writes the cap. Safe to call again after an interruption.
 *
 * @param cap 1 to 1,000,000; undefined: no cap
 * @param assets of the backfill; default: those of its record
 * @throws UnknownBackfillError if the assets are left out
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

/**
 * Deletes a recorded cap whose backfill no longer exists, or whose scope is no backfill's. Other
 * scopes get their caps from definitions.
 */
export async function forgetCap(store: StateStore, scope: string): Promise<void> {
  await store.redis.hdel(store.keys.caps, scope);
}

/** The present cap; undefined for none. */
export async function readBackfillCap(
  store: StateStore,
  backfillId: string,
): Promise<number | undefined> {
  const cap = await store.redis.hget(store.keys.caps, backfillScope(backfillId));
  return cap === null ? undefined : Number(cap);
}

/** Writes a permit for each running claim of a backfill that had no cap before. */
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
      found.push({
        session: claim.session,
        claimNumber: claim.claimNumber,
        asset,
        ...parseAddress(field),
        backfillId,
        scopes,
      });
    }
    for (let first = 0; first < found.length; first += holdersPerCall)
      await takePermits(store, found.slice(first, first + holdersPerCall), adopted);
    cursor = next;
  } while (cursor !== "0");
}
