import { answersOf } from "../redis/answersOf.ts";
import { ledgerPlanes } from "../keys/keys.ts";
import { outcomesOf, readSealed, rowsOf, selectedOf } from "../ledger/readLedger.ts";
import { countContradictions, countSealed } from "../ledger/sealedPlanes.ts";
import { unsealLedger } from "../ledger/sealLedger.ts";
import type { StateStore } from "../store/stateStore.ts";
import { UnreadableBackfillError } from "../redis/unreadableBackfill.ts";
import type { Discrepancy } from "./discrepancy.ts";
import { mendChunk } from "./mending/mend.ts";
import type { Place } from "../keys/place.ts";
import { chunksOf } from "../keys/bitmap.ts";

/** Ledgers that one round trip reads: a small hash and a few rows each. */
const ledgersPerCall = 128;
const counters = ["queued", "failed", "skipped", "canceled", "succeeded"] as const;

/**
 * Returns the sealed ledgers among some of an asset whose counters, selection and outcomes agree.
 * These need no other check; the others are checked one by one.
 *
 * @param backfillIds of ledgers without bitmaps
 * @returns by backfill, how many partitions it selects
 */
export async function soundSealedLedgers(
  store: StateStore,
  asset: string,
  backfillIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const { redis, keys } = store;
  const sound = new Map<string, number>();
  for (let first = 0; first < backfillIds.length; first += ledgersPerCall) {
    const page = backfillIds.slice(first, first + ledgersPerCall);
    const reading = redis.multi();
    for (const id of page)
      reading
        .hgetBuffer(keys.ledger(asset, id), "sealed")
        .hgetBuffer(keys.ledger(asset, id), "row")
        .hmget(keys.ledger(asset, id), "selected", ...counters)
        .hvalsBuffer(keys.selected(asset, id));
    // The check of the single ledger reports a key of a wrong type.
    const answers = ((await reading.exec()) ?? []).map(([error, answer]) =>
      error === null ? answer : undefined,
    );
    for (const [at, id] of page.entries()) {
      const [sealed, row, texts, rows] = answers.slice(4 * at);
      if (!Buffer.isBuffer(sealed) || !Array.isArray(texts) || !Array.isArray(rows)) continue;
      const count = agreedCount(asset, id, sealed, texts, rowsOf(rows, row));
      if (count !== undefined) sound.set(id, count);
    }
  }
  return sound;
}

/** How many partitions a sealed ledger selects; undefined if its parts do not agree. */
function agreedCount(
  asset: string,
  id: string,
  sealed: Buffer,
  texts: readonly unknown[],
  rows: readonly Buffer[],
): number | undefined {
  try {
    const selected = selectedOf(rows, asset, id);
    const outcomes = outcomesOf(sealed, asset, id);
    const counted = countSealed(selected, outcomes);
    const { queued, settled, failed, skipped, canceled } = counted;
    const right = [
      settled,
      queued,
      failed,
      skipped,
      canceled,
      settled - failed - skipped - canceled,
    ];
    const isRight = right.every((count, at) => Number(texts[at] ?? 0) === count);
    return isRight && countContradictions(selected, outcomes) === 0 ? settled : undefined;
  } catch (error) {
    // The check of the single ledger reports it.
    if (error instanceof UnreadableBackfillError) return undefined;
    throw error;
  }
}

/**
 * Finds faults within a sealed ledger: bitmaps that exist beside the seal, and impossible outcomes.
 * Nothing for a ledger that is not sealed.
 *
 * @param places chunks of its planes, from the census
 */
export async function lookAtSealed(
  store: StateStore,
  asset: string,
  backfillId: string,
  places: readonly Place[],
): Promise<Discrepancy[]> {
  const found = await readSealed(store, asset, backfillId);
  if (found === undefined) return [];
  const wrong = countContradictions(found.selected, found.outcomes);
  const strays = await countStrays(store, asset, backfillId, places);
  if (wrong + strays === 0) return [];
  return [
    {
      check: "sealed_differs",
      asset,
      backfillId,
      count: Math.max(1, wrong),
      problem:
        strays > 0
          ? "A sealed ledger still has bit-planes."
          : "A sealed ledger has outcomes of partitions that it does not select, or two of one partition.",
      remedy:
        "The doctor unseals the ledger by its seal. It keeps the worse of two outcomes and removes outcomes of unselected partitions.",
      repair: () => mendSealed(store, asset, backfillId),
    },
  ];
}

/** How many bitmaps of a ledger exist although it is sealed; 0 if it is not sealed. */
async function countStrays(
  { redis, keys }: StateStore,
  asset: string,
  backfillId: string,
  places: readonly Place[],
): Promise<number> {
  const names = places.flatMap(({ lane, chunk }) =>
    ledgerPlanes.map((plane) => keys.ledgerPlane(asset, backfillId, lane, plane, chunk)),
  );
  const step = redis.multi().hexists(keys.ledger(asset, backfillId), "sealed");
  for (const name of names) step.exists(name);
  const [isSealed, ...exist] = answersOf(await step.exec());
  return isSealed === 1 ? exist.filter((answer) => answer === 1).length : 0;
}

/** Unsealing overwrites bitmaps beside the seal; a planner seals the ledger again. */
async function mendSealed(store: StateStore, asset: string, backfillId: string): Promise<void> {
  const found = await readSealed(store, asset, backfillId);
  if (found === undefined) return;
  await unsealLedger(store, asset, backfillId);
  for (const { lane, ordinals } of found.selected)
    for (const chunk of chunksOf(ordinals))
      await mendChunk(store, asset, backfillId, { lane, chunk }, ordinals);
}
