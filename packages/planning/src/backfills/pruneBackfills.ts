import type { Project } from "@infill/core";
import {
  assetsOfDeleted,
  backfillScope,
  beginPrune,
  countEnded,
  deleteLedger,
  type EndedBackfill,
  finishDelete,
  forgetCap,
  forgetNumber,
  readEnded,
  recordPrune,
  redisTimeMs,
  type StateStore,
} from "@infill/state";

/** Which ended backfills are kept. */
export interface RetentionLimits {
  /** Those that ended longer ago are pruned, in milliseconds; Infinity keeps them however old they are. */
  readonly maxAgeMs: number;
  /** Of more than these the ones that ended first are pruned; Infinity keeps them however many they are. */
  readonly maxCount: number;
}

/** The limits of a project. */
export function limitsOf({ retention }: Project): RetentionLimits {
  const { maxAgeDays, maxCount } = retention.endedBackfills;
  return { maxAgeMs: (maxAgeDays ?? Infinity) * 86_400_000, maxCount: maxCount ?? Infinity };
}

/** What becomes of a backfill beyond the limits. `kept`: it has changed meanwhile, or a summary of it is awaited. */
export interface PrunedBackfill extends EndedBackfill {
  readonly outcome: "pruned" | "kept";
}

/** Backfills that are read at once. */
const perPage = 64;

/** The ended backfills beyond the limits, the one that ended first before the others, a page at a time. */
export async function* backfillsBeyond(
  store: StateStore,
  { maxAgeMs, maxCount }: RetentionLimits,
): AsyncIterable<readonly EndedBackfill[]> {
  const beforeMs = (await redisTimeMs(store)) - maxAgeMs;
  let surplus = (await countEnded(store)) - maxCount;
  let after: EndedBackfill | undefined;
  for (;;) {
    const page = await readEnded(store, after, perPage);
    const beyond = page.filter(({ finishedMs }, at) => finishedMs < beforeMs || at < surplus);
    if (beyond.length > 0) yield beyond;
    if (beyond.length < perPage) return;
    surplus -= perPage;
    after = page.at(-1);
  }
}

/**
 * Removes a backfill that has ended, with its log, its failures' errors and its ledgers. Partitions and their records stay. One that has
 * changed since it was read is kept, and so is one with a summary that is still to be delivered, or was given up within `maxAgeMs`.
 *
 * @param between awaited between two steps, each of about a millisecond
 */
export async function pruneBackfill(
  store: StateStore,
  ended: EndedBackfill,
  { maxAgeMs }: RetentionLimits,
  between: () => Promise<void>,
): Promise<PrunedBackfill> {
  const word = await beginPrune(store, ended, await givenUpMs(store, maxAgeMs), "write");
  if (word !== "deleting") return { ...ended, outcome: "kept" };
  await finishPrune(store, ended.id, between);
  return { ...ended, outcome: "pruned" };
}

/** Whether a backfill would be pruned now. */
export async function isPrunable(
  store: StateStore,
  ended: EndedBackfill,
  { maxAgeMs }: RetentionLimits,
): Promise<boolean> {
  const word = await beginPrune(store, ended, await givenUpMs(store, maxAgeMs), "look");
  return word === "prunable";
}

async function givenUpMs(store: StateStore, maxAgeMs: number): Promise<number> {
  return Number.isFinite(maxAgeMs) ? (await redisTimeMs(store)) - maxAgeMs : 0;
}

/** Ends the pruning of a backfill whose deletion has begun. Safe to call again after an interruption. */
export async function finishPrune(
  store: StateStore,
  id: string,
  between: () => Promise<void>,
): Promise<void> {
  for (const asset of await assetsOfDeleted(store, id)) {
    await forgetNumber(store, asset, id, "drop", between);
    await between();
    await deleteLedger(store, asset, id, undefined);
    await between();
  }
  await forgetCap(store, backfillScope(id));
  await finishDelete(store, id);
}

/** Writes into the history of pruning which backfills went, if any did: those that ended first come first. */
export async function recordPruned(
  store: StateStore,
  pruned: readonly EndedBackfill[],
  by: { readonly actor: string; readonly reason: string },
): Promise<void> {
  const [first, last] = [pruned[0], pruned.at(-1)];
  if (first === undefined || last === undefined) return;
  const span = { firstFinishedMs: first.finishedMs, lastFinishedMs: last.finishedMs };
  await recordPrune(store, { ...by, backfills: pruned.length, ...span });
}
