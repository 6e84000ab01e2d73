import { z } from "zod";
import { BackfillActiveError } from "./backfillDeletion.ts";
import { pageOf, pageRecords } from "../keys/keys.ts";
import { forEachRun } from "@infill/partitions";
import { readSelected } from "../ledger/readLedger.ts";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";
import { storedJson } from "../redis/unreadable.ts";
import { storedInstantOf, storedInstantSchema } from "../redis/storedInstantOf.ts";

/** An ended backfill, with the end in epoch milliseconds by Redis' clock. */
export interface EndedBackfill {
  readonly id: string;
  readonly finishedMs: number;
}

const beginScript = defineScript(
  "begin_prune",
  z.tuple([z.enum(["deleting", "prunable", "changed", "undelivered", "unknown"])]),
);
const forgetScript = defineScript(
  "forget_number",
  z.tuple([z.enum(["named", "unnamed", "running"])]),
);

/** How many backfills have ended and are not deleted. */
export function countEnded({ redis, keys }: StateStore): Promise<number> {
  return redis.zcard(keys.endedBackfills);
}

/**
 * Reads ended backfills, those that ended first before the others.
 *
 * @param after continues after this one, which may no longer exist
 * @param limit at most this many, from 1
 */
export async function readEnded(
  { redis, keys }: StateStore,
  after: EndedBackfill | undefined,
  limit: number,
): Promise<EndedBackfill[]> {
  const from = after === undefined ? "-inf" : String(after.finishedMs);
  const found: EndedBackfill[] = [];
  for (let first = 0; found.length < limit; first += limit) {
    const page = await redis.zrangebyscore(
      keys.endedBackfills,
      from,
      "+inf",
      "WITHSCORES",
      "LIMIT",
      first,
      limit,
    );
    for (let at = 0; at < page.length && found.length < limit; at += 2) {
      const ended = { id: page[at] ?? "", finishedMs: Number(page[at + 1]) };
      const isPast =
        after !== undefined && ended.finishedMs === after.finishedMs && ended.id <= after.id;
      if (!isPast) found.push(ended);
    }
    if (page.length < 2 * limit) break;
  }
  return found;
}

/**
 * Begins to delete an ended backfill, unless it has changed since it was read or one of its
 * summaries is still to be delivered.
 *
 * @param givenUpMs epoch milliseconds; summaries parked before this instant do not keep the
 *   backfill
 * @param mode `look` only tells whether it may be pruned
 */
export async function beginPrune(
  { redis, keys }: StateStore,
  { id, finishedMs }: EndedBackfill,
  givenUpMs: number,
  mode: "look" | "write",
): Promise<"deleting" | "prunable" | "changed" | "undelivered" | "unknown"> {
  const [word] = await beginScript(
    redis,
    [
      keys.backfill(id),
      keys.backfillIndex,
      keys.deletingBackfills,
      keys.deliveries,
      keys.parkedDeliveries,
    ],
    [id, finishedMs, givenUpMs, mode],
  );
  return word;
}

/** Record pages that one call scans: 8,192 records, about a millisecond. */
const pagesPerCall = 64;

/**
 * Deletes a backfill's number on one asset unless a record still has it. Call it before deleting
 * the ledger, which says where the records are. The records stay.
 *
 * @param errors whether to keep or drop the errors of its failures
 * @param between awaited between two calls
 * @throws BackfillActiveError if a claim of it still runs
 */
export async function forgetNumber(
  store: StateStore,
  asset: string,
  backfillId: string,
  errors: "keep" | "drop",
  between: () => Promise<void> = async () => {},
): Promise<void> {
  const { keys, redis } = store;
  const number = await redis.hget(keys.ledger(asset, backfillId), "number");
  // Records cannot name an unreadable number.
  if (number === null || !/^\d{1,9}$/.test(number)) return;
  const fixed = [keys.assetBackfills(asset), keys.ledger(asset, backfillId)];
  let isNamed = false;
  const look = async (pages: readonly string[], isLast: boolean) => {
    const last = isLast && !isNamed ? 1 : 0;
    const [word] = await forgetScript(redis, [...fixed, ...pages], [number, last, errors]);
    if (word === "running") throw new BackfillActiveError(backfillId, "still running partitions");
    isNamed ||= word === "named";
  };
  let pending: string[] = [];
  for (const { lane, ordinals } of await readSelected(store, asset, backfillId)) {
    const pages = new Set<number>();
    forEachRun(ordinals, (start, end) => {
      for (let page = pageOf(start); page * pageRecords < end; page++) pages.add(page);
    });
    for (const page of pages) {
      if (pending.length === 2 * pagesPerCall) {
        await look(pending, false);
        await between();
        pending = [];
      }
      pending.push(keys.records(asset, lane, page), keys.errors(asset, lane, page));
    }
  }
  await look(pending, true);
}

/** At most 64 backfills whose pruning was interrupted. */
export async function interruptedPrunes({ redis, keys }: StateStore): Promise<string[]> {
  const [, ids] = await redis.sscan(keys.deletingBackfills, "0", "COUNT", 64);
  const reading = redis.pipeline();
  for (const id of ids) reading.hget(keys.backfill(id), "deleting");
  const words = ids.length === 0 ? [] : ((await reading.exec()) ?? []);
  return ids.filter((_, at) => words[at]?.[1] === "pruned");
}

/** One round of pruning, as the history keeps it. */
export interface PruneRound {
  /** Epoch milliseconds, by Redis' clock. */
  readonly atMs: number;
  /** "" if a planner pruned by itself. */
  readonly actor: string;
  readonly reason: string;
  readonly backfills: number;
  /** When the first and the last of them ended, epoch milliseconds. */
  readonly firstFinishedMs: number;
  readonly lastFinishedMs: number;
}

const roundSchema = z.object({
  actor: z.string(),
  reason: z.string(),
  backfills: z.int(),
  firstFinishedMs: storedInstantSchema,
  lastFinishedMs: storedInstantSchema,
});

/** Adds a round of pruning to the history, which keeps the newest 1,000. */
export async function recordPrune(
  { redis, keys }: StateStore,
  round: Omit<PruneRound, "atMs">,
): Promise<void> {
  await redis.xadd(keys.prunes, "MAXLEN", "~", 1_000, "*", "round", JSON.stringify(round));
}

/** Whether `readPrunes` can read a round. */
export function isReadableRound(text: string): boolean {
  return roundSchema.safeParse(storedJson(text)).success;
}

/**
 * The newest rounds of pruning, newest first. Leaves unreadable ones out; the doctor reports them.
 */
export async function readPrunes(
  { redis, keys }: StateStore,
  limit: number,
): Promise<PruneRound[]> {
  const entries = await redis.xrevrange(keys.prunes, "+", "-", "COUNT", limit);
  return entries.flatMap(([id, [, text = ""]]) => {
    const { data } = roundSchema.safeParse(storedJson(text));
    return data === undefined ? [] : [{ atMs: storedInstantOf(id.split("-")[0]), ...data }];
  });
}
