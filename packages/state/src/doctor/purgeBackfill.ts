import { relistBackfills } from "../backfills/backfillLists.ts";
import { parseClaimEntry } from "../claims/claimEntry.ts";
import { mendClaims, mendWaiters } from "./mend.ts";
import { documentedKey } from "../keys/keyPatterns.ts";
import type { StateStore } from "../store/stateStore.ts";
import { isWrongType } from "../redis/unreadable.ts";

/** Keys that one call deletes, and that one page of a scan asks for. */
const keysPerCall = 500;

/** What a scan found of one backfill. */
export interface BackfillKeys {
  /** Keys of its ledgers, its log, its lease and its summaries, whatever their types. */
  readonly keys: readonly string[];
  /** The assets of which it has a ledger. */
  readonly assets: ReadonlySet<string>;
  /** The pools that hold jobs of it. */
  readonly pools: ReadonlySet<string>;
}

/** Finds all that is kept of a backfill by the names of keys, without reading its header. Scans the namespace. */
export async function findBackfillKeys(store: StateStore, id: string): Promise<BackfillKeys> {
  const { redis, namespace } = store;
  const prefix = `${namespace}:`;
  const keys = new Set<string>();
  const assets = new Set<string>();
  const pools = new Set<string>();
  let cursor = "0";
  do {
    const match = `${prefix.replace(/[*?[\]\\]/g, "\\$&")}*${id}*`;
    const [next, page] = await redis.scan(cursor, "MATCH", match, "COUNT", keysPerCall);
    cursor = next;
    for (const key of page) {
      const known = documentedKey(key.slice(prefix.length));
      if (known === undefined) continue;
      const { kind } = known;
      const { asset, backfill, job, pool } = known.parts;
      if (job?.startsWith(`${id}-`) === true && pool !== undefined) pools.add(pool);
      if (backfill !== id) continue;
      if (asset !== undefined) assets.add(asset);
      // The header goes last: as long as it is there, an interrupted deletion can be called again.
      if (kind !== "backfill") keys.add(key);
    }
  } while (cursor !== "0");
  return { keys: [...keys], assets, pools };
}

/**
 * Makes a backfill one that nobody plans or finds, whatever its state and whether it can be read or not. The first step of
 * removing it by force.
 */
export async function hideBackfill(store: StateStore, id: string): Promise<void> {
  const { redis, keys } = store;
  const header = keys.backfill(id);
  // First, so that no planner looks for what is half gone.
  for (const set of [keys.activeBackfills, keys.deletingBackfills])
    await tolerant(redis.srem(set, id));
  const type = await redis.type(header);
  if (type !== "hash") {
    if (type !== "none") await redis.unlink(header);
  } else await redis.hset(header, "deleting", 1);
  await tolerant(redis.zrem(keys.backfillIndex, id));
  await tolerant(relistBackfills(store, [id]));
}

/**
 * Ends what a backfill without a ledger still holds of one asset: its claims, and its places among those who wait. Workers that
 * run a partition of it find their claim gone.
 */
export async function releaseHolds(store: StateStore, asset: string, id: string): Promise<void> {
  const { redis, keys } = store;
  const claims = await fieldsOf(store, keys.claims(asset), (text) => {
    return parseClaimEntry(text)?.backfillId === id;
  });
  await mendClaims(store, asset, claims);
  const ledger = keys.ledger(asset, id);
  const waiters = await fieldsOf(store, keys.waiters(asset), (text) =>
    text.split(" ").some((name) => name.replace(/^!/, "") === ledger),
  );
  await mendWaiters(store, asset, waiters);
  // What a `deleting` mark was left for; an asset's number of the backfill stays, so that records can still be read.
  await redis.unlink(ledger);
}

/** Deletes keys, a page a call. */
export async function unlinkKeys({ redis }: StateStore, keys: readonly string[]): Promise<void> {
  for (let first = 0; first < keys.length; first += keysPerCall) {
    const pipeline = redis.pipeline();
    for (const key of keys.slice(first, first + keysPerCall)) pipeline.unlink(key);
    await pipeline.exec();
  }
}

/** Deletes the rest of a backfill that is hidden: its deliveries, its place among those set aside, its header. */
export async function finishPurge(store: StateStore, id: string): Promise<void> {
  const { redis, keys } = store;
  for (const set of [keys.deliveries, keys.parkedDeliveries]) {
    const members = await tolerant(membersOf(store, set, `${id}-*`));
    if (members !== undefined && members.length > 0) await redis.zrem(set, ...members);
  }
  await tolerant(redis.hdel(keys.setAsideBackfills, id));
  await redis.unlink(keys.backfill(id), keys.setAsideBackfill(id));
  const event = ["backfill", id, "status", "deleted"];
  await tolerant(redis.xadd(keys.backfillEvents, "MAXLEN", "~", 10_000, "*", ...event));
}

async function membersOf({ redis }: StateStore, key: string, match: string): Promise<string[]> {
  const found: string[] = [];
  let cursor = "0";
  do {
    const [next, page] = await redis.zscan(key, cursor, "MATCH", match, "COUNT", keysPerCall);
    cursor = next;
    found.push(...page.filter((_, at) => at % 2 === 0));
  } while (cursor !== "0");
  return found;
}

async function fieldsOf(
  { redis }: StateStore,
  key: string,
  isWanted: (text: string) => boolean,
): Promise<string[]> {
  const found: string[] = [];
  let cursor = "0";
  do {
    const page = await tolerant(redis.hscan(key, cursor, "COUNT", keysPerCall));
    if (page === undefined) return found;
    const [next, entries] = page;
    cursor = next;
    for (let at = 0; at < entries.length; at += 2) {
      const [field = "", text = ""] = entries.slice(at, at + 2);
      if (isWanted(text)) found.push(field);
    }
  } while (cursor !== "0");
  return found;
}

/** A list of another type has nothing of the backfill in it, and is the doctor's to mend. */
async function tolerant<T>(step: Promise<T>): Promise<T | undefined> {
  try {
    return await step;
  } catch (error) {
    if (isWrongType(error)) return undefined;
    throw error;
  }
}
