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
  /** Milliseconds after its end at which a backfill is pruned; Infinity for no limit. */
  readonly maxAgeMs: number;
  /** Most ended backfills; the ones that ended first are pruned. Infinity for no limit. */
  readonly maxCount: number;
}

/** The limits of a project. */
export function limitsOf({ retention }: Project): RetentionLimits {
  const { maxAgeDays, maxCount } = retention.endedBackfills;
  return { maxAgeMs: (maxAgeDays ?? Infinity) * 86_400_000, maxCount: maxCount ?? Infinity };
}

/**
 * The result for a backfill beyond the limits. `kept`: it has changed meanwhile, or a summary of it
 * is still to be delivered.
 */
export interface PrunedBackfill extends EndedBackfill {
  readonly outcome: "pruned" | "kept";
}

/** Backfills that one call reads. */
const perPage = 64;

/**
 * The ended backfills beyond the limits, those that ended first before the others, a page at a
 * time.
 */
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
 * Removes an ended backfill with its log, its failures' errors and its ledgers. Partitions and
 * their records stay. Keeps a backfill that has changed since it was read, and one with a summary
 * that is still to be delivered or was parked within `maxAgeMs`.
 *
 * @param between awaited between two steps of about a millisecond each
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

/**
 * Finishes the pruning of a backfill whose deletion has begun. Safe to call again after an
 * interruption.
 */
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

/** Adds the pruned backfills to the history, if there are any, in the order of their ends. */
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
