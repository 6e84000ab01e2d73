import { type BackfillStatus, backfillStatuses, isFinalStatus } from "@infill/core";
import { z } from "zod";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";

const listScript = defineScript(
  "list_backfills",
  z.tuple([z.literal("listed")], z.string()).transform(([, ...ids]) => ids),
);

/** Ids that one call looks at: a few thousand look-ups, about a millisecond. */
const idsPerCall = 256;
const listNames = [...backfillStatuses, "unknown"] as const;

/** A backfill's place in a list of backfills, which are sorted by creation and then by id. */
export interface BackfillPlace {
  readonly id: string;
  /** Epoch milliseconds, by Redis' clock. */
  readonly createdMs: number;
}

/**
 * Reads a part of a list of backfills, newest first. The order never changes, so a reader that goes on after the last
 * place it saw misses nothing and sees nothing twice, whatever is created, deleted or changed meanwhile.
 *
 * @param status whose list; undefined for all backfills
 * @param after the place to go on after, which need not be in the list any more; undefined for the newest
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
  // Those of the same millisecond are passed until the place is reached.
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

/** Whether a place comes later in a list, newest first. */
function isAfter(place: BackfillPlace, after: BackfillPlace): boolean {
  return place.createdMs === after.createdMs
    ? place.id < after.id
    : place.createdMs < after.createdMs;
}

/** The place of a backfill in the list of all; undefined for one that is not there. */
export async function placeOfBackfill(
  store: StateStore,
  id: string,
): Promise<BackfillPlace | undefined> {
  const score = await store.redis.zscore(store.keys.backfillIndex, id);
  return score === null ? undefined : { id, createdMs: Number(score) };
}

/** Of these backfills, those that the lists by status name wrongly. Pages of any length. */
export function wronglyListed(store: StateStore, ids: readonly string[]): Promise<string[]> {
  return inPages(store, "look", ids);
}

/** Puts backfills into the lists where their headers belong. @returns those that stood in a wrong one */
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
 * Completes the lists by status where an older version has created or deleted backfills: it did not know these lists.
 * Costs one round trip where nothing is to be done, else a call for each 256 backfills, of a millisecond each.
 *
 * @param options.signal gives up between two calls when it is aborted
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
  // Something is listed that is in the index no more.
  for (const name of listNames) await relist(keys.statusList(name));
  await relist(keys.endedBackfills);
}

/** Whether the lists together name as many backfills as the index. */
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
