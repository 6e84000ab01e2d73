import { relistBackfills } from "../backfills/backfillLists.ts";
import { parseClaimEntry } from "../claims/claimEntry.ts";
import { mendClaims, mendWaiters } from "./mending/mend.ts";
import { documentedKey } from "../keys/documentedKey.ts";
import type { StateStore } from "../store/stateStore.ts";
import { isWrongType } from "../redis/unreadable.ts";

/** Keys that one call deletes, and that one page of a scan asks for. */
const keysPerCall = 500;

/** The keys of one backfill, from a scan. */
export interface BackfillKeys {
  /** Keys of its ledgers, log, lease and summaries, of any type. */
  readonly keys: readonly string[];
  /** The assets in which it has a ledger. */
  readonly assets: ReadonlySet<string>;
  /** The pools that hold its jobs. */
  readonly pools: ReadonlySet<string>;
}

/** Finds all keys of a backfill by their names, without reading its header. Scans the namespace. */
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
      // The header is deleted last: while it exists, an interrupted deletion can be called again.
      if (kind !== "backfill") keys.add(key);
    }
  } while (cursor !== "0");
  return { keys: [...keys], assets, pools };
}

/**
 * Hides a backfill from planners and lists, whatever its state and even if it is unreadable. The
 * first step of a removal by force.
 */
export async function hideBackfill(store: StateStore, id: string): Promise<void> {
  const { redis, keys } = store;
  const header = keys.backfill(id);
  // Remove it here first, so that no planner reads a half-deleted backfill.
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
 * Removes the claims and waiters of a backfill without a ledger on one asset. Workers that run its
 * partitions find their claims gone.
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
  // Remove what a `deleting` mark left behind. The asset keeps the backfill's number, so that
  // records stay readable.
  await redis.unlink(ledger);
}

/** Deletes keys, one page for each call. */
export async function unlinkKeys({ redis }: StateStore, keys: readonly string[]): Promise<void> {
  for (let first = 0; first < keys.length; first += keysPerCall) {
    const pipeline = redis.pipeline();
    for (const key of keys.slice(first, first + keysPerCall)) pipeline.unlink(key);
    await pipeline.exec();
  }
}

/**
 * Deletes the rest of a hidden backfill: its deliveries, its note if it was set aside, its header.
 */
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

/** A list of a wrong type holds nothing of the backfill; the doctor repairs it. */
async function tolerant<T>(step: Promise<T>): Promise<T | undefined> {
  try {
    return await step;
  } catch (error) {
    if (isWrongType(error)) return undefined;
    throw error;
  }
}
