import { z } from "zod";
import { BackfillActiveError } from "./deleteBackfill.ts";
import { pageOf, pageRecords } from "../keys/keys.ts";
import { forEachRun } from "@infill/partitions";
import { readSelected } from "../ledger/readLedger.ts";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";
import { storedJson } from "../redis/unreadable.ts";

/** A backfill that has ended, and when: epoch milliseconds by Redis' clock. */
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
 * Reads backfills that have ended, the one that ended first before the others.
 *
 * @param after goes on after this one, which need not be there any more
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
 * Begins to delete a backfill that has ended, unless it has changed since it was read or one of its summaries is awaited.
 *
 * @param givenUpMs summaries that were given up before this instant are not awaited, epoch milliseconds
 * @param mode `look` only says whether it may be pruned
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

/** Pages that one call looks at: 8,192 records, about a millisecond. */
const pagesPerCall = 64;

/**
 * Forgets the number of a backfill in one asset where no record names it. Before its ledger is deleted, which says where its records
 * are. The records stay.
 *
 * @param errors of its failures, which say why a partition failed: whether they stay too
 * @param between awaited between two calls
 * @throws BackfillActiveError where something of it still runs
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
  if (number === null) return;
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

/** Of backfills whose deletion has begun, some whose pruning was interrupted; at most 64. */
export async function interruptedPrunes({ redis, keys }: StateStore): Promise<string[]> {
  const [, ids] = await redis.sscan(keys.deletingBackfills, "0", "COUNT", 64);
  const reading = redis.pipeline();
  for (const id of ids) reading.hget(keys.backfill(id), "deleting");
  const words = ids.length === 0 ? [] : ((await reading.exec()) ?? []);
  return ids.filter((_, at) => words[at]?.[1] === "pruned");
}

/** A round of pruning, as its history tells. */
export interface PruneRound {
  /** Epoch milliseconds, by Redis' clock. */
  readonly atMs: number;
  /** "" where the planner did it by itself. */
  readonly actor: string;
  readonly reason: string;
  readonly backfills: number;
  /** When the first and the last of them had ended, epoch milliseconds. */
  readonly firstFinishedMs: number;
  readonly lastFinishedMs: number;
}

const roundSchema = z.object({
  actor: z.string(),
  reason: z.string(),
  backfills: z.int(),
  firstFinishedMs: z.number(),
  lastFinishedMs: z.number(),
});

/** Writes a round of pruning into the history, of which the newest 1,000 are kept. */
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

/** The newest rounds of pruning, newest first. What cannot be read is left out; the doctor names it. */
export async function readPrunes(
  { redis, keys }: StateStore,
  limit: number,
): Promise<PruneRound[]> {
  const entries = await redis.xrevrange(keys.prunes, "+", "-", "COUNT", limit);
  return entries.flatMap(([id, [, text = ""]]) => {
    const { data } = roundSchema.safeParse(storedJson(text));
    return data === undefined ? [] : [{ atMs: Number(id.split("-")[0]), ...data }];
  });
}
