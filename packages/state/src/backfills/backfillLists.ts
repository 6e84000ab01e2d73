import { type BackfillStatus, backfillStatuses, isFinalStatus } from "@infill/core";
import { z } from "zod";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";

const listScript = defineScript(
  "list_backfills",
  z.tuple([z.literal("listed")], z.string()).transform(([, ...ids]) => ids),
);

/** Ids that one call compares: a few thousand look-ups, about a millisecond. */
const idsPerCall = 256;
const listNames = [...backfillStatuses, "unknown"] as const;

/** A backfill's place in a list of backfills, which are sorted by creation and then by id. */
export interface BackfillPlace {
  readonly id: string;
  /** Epoch milliseconds, by Redis' clock. */
  readonly createdMs: number;
}

/**
 * Reads a part of a list of backfills, newest first. The order never changes, so a reader that
 * continues after its last place misses nothing and sees nothing twice, even if backfills are
 * created, deleted or changed meanwhile.
 *
 * @param status whose list; undefined for all backfills
 * @param after the place to continue after, which may have left the list; undefined to start with
 *   the newest
 * @param limit at most this many, from 1
 */
export async function readBackfillList(
  store: StateStore,
  status: BackfillStatus | undefined,
  after: BackfillPlace | undefined,
  limit: number,
): Promise<BackfillPlace[]> {
  const { keys, redis } = store;
  const key = status === undefined ? keys.backfillIndex : keys.statusList(status);
  const from = after === undefined ? "+inf" : String(after.createdMs);
  const places: BackfillPlace[] = [];
  // Skip the backfills of the same millisecond that come before the place.
  for (let first = 0; places.length < limit; first += limit) {
    const page = await redis.zrevrangebyscore(
      key,
      from,
      "-inf",
      "WITHSCORES",
      "LIMIT",
      first,
      limit,
    );
    for (let at = 0; at < page.length && places.length < limit; at += 2) {
      const place = { id: page[at] ?? "", createdMs: Number(page[at + 1]) };
      if (after === undefined || isAfter(place, after)) places.push(place);
    }
    if (page.length < 2 * limit) break;
  }
  return places;
}

/** Whether a place comes after another in a list, newest first. */
function isAfter(place: BackfillPlace, after: BackfillPlace): boolean {
  return place.createdMs === after.createdMs
    ? place.id < after.id
    : place.createdMs < after.createdMs;
}

/** A backfill's place in the list of all backfills; undefined if it is not there. */
export async function placeOfBackfill(
  store: StateStore,
  id: string,
): Promise<BackfillPlace | undefined> {
  const score = await store.redis.zscore(store.keys.backfillIndex, id);
  return score === null ? undefined : { id, createdMs: Number(score) };
}

/** Returns the backfills of these that are in a wrong list by status. Accepts any number of ids. */
export function wronglyListed(store: StateStore, ids: readonly string[]): Promise<string[]> {
  return inPages(store, "look", ids);
}

/**
 * Moves backfills to the lists of their headers' statuses. @returns those that were in a wrong list
 */
export function relistBackfills(store: StateStore, ids: readonly string[]): Promise<string[]> {
  return inPages(store, "write", ids);
}

async function inPages(
  store: StateStore,
  mode: "look" | "write",
  ids: readonly string[],
): Promise<string[]> {
  const wrong: string[] = [];
  for (let first = 0; first < ids.length; first += idsPerCall) {
    const page = ids.slice(first, first + idsPerCall);
    wrong.push(...(await listScript(store.redis, [store.keys.backfillIndex], [mode, ...page])));
  }
  return wrong;
}

/**
 * Completes the lists by status after an older version, which did not know them, has created or
 * deleted backfills. Costs one round trip if the lists are complete, else a call of about a
 * millisecond for each 256 backfills.
 *
 * @param options.signal aborts between two calls
 * @param options.between awaited between two calls
 */
export async function completeBackfillLists(
  store: StateStore,
  options: { readonly signal?: AbortSignal; readonly between?: () => Promise<void> } = {},
): Promise<void> {
  if (await areComplete(store)) return;
  const { keys } = store;
  const relist = async (key: string) => {
    let cursor = "0";
    do {
      const [next, entries] = await store.redis.zscan(key, cursor, "COUNT", idsPerCall);
      cursor = next;
      await relistBackfills(
        store,
        entries.filter((_, at) => at % 2 === 0),
      );
      await options.between?.();
    } while (cursor !== "0" && options.signal?.aborted !== true);
  };
  await relist(keys.backfillIndex);
  if (await areComplete(store)) return;
  // A list holds a backfill that has left the index.
  for (const name of listNames) await relist(keys.statusList(name));
  await relist(keys.endedBackfills);
}

/** Whether the lists together hold as many backfills as the index. */
async function areComplete({ redis, keys }: StateStore): Promise<boolean> {
  const counting = redis.multi().zcard(keys.backfillIndex).zcard(keys.endedBackfills);
  for (const name of listNames) counting.zcard(keys.statusList(name));
  const counts = ((await counting.exec()) ?? []).map(([, count]) => Number(count));
  const [all = 0, ended = 0, ...listed] = counts;
  const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
  const final = listed.filter((_, at) => {
    const name = listNames[at];
    return name !== undefined && name !== "unknown" && isFinalStatus(name);
  });
  return sum(listed) === all && sum(final) === ended;
}
