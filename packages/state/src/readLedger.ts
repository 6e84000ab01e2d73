import {
  InfillError,
  type IntegerSet,
  integersFromRuns,
  intersectIntegers,
  isEmptyIntegers,
} from "@infill/partitions";
import type { LaneOrdinals } from "./assetOrdinals.ts";
import { chunksOf, ordinalsOfChunks } from "./bitmap.ts";
import { chunkOrdinals, type LedgerPlane } from "./keys.ts";
import { answersOf } from "./multiAnswers.ts";
import { joinLanes, type SealedOutcomes, sealedPlane, unpackSealed } from "./sealedPlanes.ts";
import { unpackSelected } from "./selectedRows.ts";
import type { StateStore } from "./stateStore.ts";
import { refuseWrongType, UnreadableBackfillError } from "./unreadableBackfill.ts";

/**
 * What a backfill selects of one asset, by lane.
 *
 * @throws UnreadableBackfillError where a row cannot be read
 */
export async function readSelected(
  store: StateStore,
  asset: string,
  backfillId: string,
): Promise<LaneOrdinals[]> {
  const rows = await store.redis
    .hvalsBuffer(store.keys.selected(asset, backfillId))
    .catch((error: unknown) => refuseWrongType(error, backfillId, `selection of "${asset}"`));
  return selectedOf(rows, asset, backfillId);
}

/** The same from rows that were read. @throws UnreadableBackfillError where one cannot be read */
export function selectedOf(
  rows: readonly Buffer[],
  asset: string,
  backfillId: string,
): LaneOrdinals[] {
  return unpacked(backfillId, `selection of "${asset}"`, "has a row of another form", () =>
    joinLanes(unpackSelected(rows)),
  );
}

/** What stands in place of the planes of a sealed ledger. @throws UnreadableBackfillError where it cannot be read */
export function outcomesOf(sealed: Buffer, asset: string, backfillId: string): SealedOutcomes {
  return unpacked(backfillId, `sealed ledger of "${asset}"`, "has another form", () =>
    unpackSealed(sealed),
  );
}

function unpacked<T>(backfillId: string, field: string, reason: string, unpack: () => T): T {
  try {
    return unpack();
  } catch (error) {
    if (!(error instanceof InfillError || error instanceof RangeError)) throw error;
    throw new UnreadableBackfillError(backfillId, { field, reason });
  }
}

/** A sealed ledger: what it selects, all of which has settled, and the outcomes other than succeeded. */
export interface SealedLedger {
  readonly sealed: Buffer;
  readonly rows: number;
  readonly selected: readonly LaneOrdinals[];
  readonly outcomes: SealedOutcomes;
}

/**
 * Reads what a sealed ledger holds, at one instant.
 *
 * @returns undefined for one that is not sealed, or not there
 * @throws UnreadableBackfillError
 */
export async function readSealed(
  store: StateStore,
  asset: string,
  backfillId: string,
): Promise<SealedLedger | undefined> {
  const { redis, keys } = store;
  const [sealed, rows] = answersOf(
    await redis
      .multi()
      .hgetBuffer(keys.ledger(asset, backfillId), "sealed")
      .hvalsBuffer(keys.selected(asset, backfillId))
      .exec(),
  );
  if (!Buffer.isBuffer(sealed)) return undefined;
  const buffers = Array.isArray(rows) ? rows.filter((row) => Buffer.isBuffer(row)) : [];
  const selected = selectedOf(buffers, asset, backfillId);
  const outcomes = outcomesOf(sealed, asset, backfillId);
  return { sealed, rows: buffers.length, selected, outcomes };
}

/**
 * One plane of a ledger, sealed or not, on the lanes and chunks that the backfill selects.
 *
 * @param places lanes, and ordinals whose chunks are read; what else lies in these chunks comes too
 * @throws UnreadableBackfillError where a sealed one cannot be read
 */
export async function readLedgerPlane(
  store: StateStore,
  asset: string,
  backfillId: string,
  plane: LedgerPlane,
  places: readonly LaneOrdinals[],
): Promise<LaneOrdinals[]> {
  const { redis, keys } = store;
  const ledger = keys.ledger(asset, backfillId);
  for (;;) {
    let isSealed = false;
    const lanes = await readPlane(
      store,
      places,
      (lane, chunk) => keys.ledgerPlane(asset, backfillId, lane, plane, chunk),
      async (page) => {
        if (isSealed) return [];
        // At one instant: where the bitmaps are gone, the field says so.
        const answers = answersOf(
          await redis
            .multi()
            .hexists(ledger, "sealed")
            .mgetBuffer([...page])
            .exec(),
        );
        isSealed = answers[0] === 1;
        return Array.isArray(answers[1]) ? answers[1] : [];
      },
    );
    if (!isSealed) return lanes;
    const found = await readSealed(store, asset, backfillId);
    if (found !== undefined)
      return withinChunks(sealedPlane(plane, found.selected, found.outcomes), places);
  }
}

/** What of some lanes lies in the chunks of others. */
function withinChunks(
  lanes: readonly LaneOrdinals[],
  places: readonly LaneOrdinals[],
): LaneOrdinals[] {
  const chunks = new Map<string, IntegerSet>();
  for (const { lane, ordinals } of joinLanes(places)) chunks.set(lane, wholeChunks(ordinals));
  return lanes.flatMap(({ lane, ordinals }) => {
    const whole = chunks.get(lane);
    if (whole === undefined) return [];
    const inside = intersectIntegers(ordinals, whole);
    return isEmptyIntegers(inside) ? [] : [{ lane, ordinals: inside }];
  });
}

function wholeChunks(ordinals: IntegerSet): IntegerSet {
  return integersFromRuns(
    chunksOf(ordinals).map((chunk) => [chunk * chunkOrdinals, (chunk + 1) * chunkOrdinals]),
  );
}

/** Bitmaps fetched by one round trip: 4 KB each at the most. */
const chunksPerCall = 256;

/**
 * Reads a plane chunk by chunk.
 *
 * @param places lanes, and ordinals whose chunks are read; what else lies in these chunks comes too
 * @param fetch reads bitmaps, each as its bytes or null; left out: MGET
 */
export async function readPlane(
  store: StateStore,
  places: readonly LaneOrdinals[],
  keyOf: (lane: string, chunk: number) => string,
  fetch: (keys: readonly string[]) => Promise<readonly unknown[]> = (keys) =>
    store.redis.mgetBuffer([...keys]),
): Promise<LaneOrdinals[]> {
  const wanted = places.flatMap(({ lane, ordinals }) =>
    chunksOf(ordinals).map((chunk) => ({ lane, chunk })),
  );
  const found = new Map<string, [number, Buffer][]>();
  for (let first = 0; first < wanted.length; first += chunksPerCall) {
    const page = wanted.slice(first, first + chunksPerCall);
    const bitmaps = await fetch(page.map(({ lane, chunk }) => keyOf(lane, chunk)));
    for (const [index, { lane, chunk }] of page.entries()) {
      const bytes = bitmaps[index];
      if (!Buffer.isBuffer(bytes)) continue;
      const chunks = found.get(lane);
      if (chunks === undefined) found.set(lane, [[chunk, bytes]]);
      else chunks.push([chunk, bytes]);
    }
  }
  return Array.from(found, ([lane, chunks]) => ({ lane, ordinals: ordinalsOfChunks(chunks) }));
}
