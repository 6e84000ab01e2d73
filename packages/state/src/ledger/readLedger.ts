import {
  InfillError,
  type IntegerSet,
  integersFromRuns,
  intersectIntegers,
  isEmptyIntegers,
} from "@infill/partitions";
import type { LaneOrdinals } from "../keys/assetOrdinals.ts";
import { chunksOf, ordinalsOfChunks } from "../keys/bitmap.ts";
import { chunkOrdinals, type LedgerPlane } from "../keys/keys.ts";
import { answersOf } from "../redis/answersOf.ts";
import { joinLanes, type SealedOutcomes, sealedPlane, unpackSealed } from "./sealedPlanes.ts";
import { unpackSelected } from "../keys/selectedRows.ts";
import type { StateStore } from "../store/stateStore.ts";
import { turns } from "@infill/core";
import { refuseWrongType, UnreadableBackfillError } from "../redis/unreadableBackfill.ts";

/**
 * A backfill's selection of one asset, by lane.
 *
 * @throws UnreadableBackfillError if a row is unreadable
 */
export async function readSelected(
  store: StateStore,
  asset: string,
  backfillId: string,
): Promise<LaneOrdinals[]> {
  const { redis, keys } = store;
  const [answer, row] =
    (await redis
      .multi()
      .hvalsBuffer(keys.selected(asset, backfillId))
      .hgetBuffer(keys.ledger(asset, backfillId), "row")
      .exec()) ?? [];
  const [error] = answer ?? [null];
  if (error !== null) refuseWrongType(error, backfillId, `selection of "${asset}"`);
  // Reading the ledger itself reports a key of a wrong type.
  const rows = rowsOf(answer?.[1], row?.[1]);
  // A row holds up to a thousand lanes.
  const lanes: LaneOrdinals[] = [];
  for (const each of rows) {
    await turns.next();
    for (const lane of selectedOf([each], asset, backfillId)) lanes.push(lane);
  }
  await turns.next();
  return rows.length === 1 ? lanes : joinLanes(lanes);
}

/**
 * The selections of some ledgers, each read at one instant, in one round trip.
 *
 * @returns in the order given; undefined if unreadable
 */
export async function readManySelected(
  { redis, keys }: StateStore,
  ledgers: readonly { readonly asset: string; readonly backfillId: string }[],
): Promise<(LaneOrdinals[] | undefined)[]> {
  if (ledgers.length === 0) return [];
  const reading = redis.multi();
  for (const { asset, backfillId } of ledgers)
    reading
      .hvalsBuffer(keys.selected(asset, backfillId))
      .hgetBuffer(keys.ledger(asset, backfillId), "row");
  const answers = (await reading.exec()) ?? [];
  return ledgers.map(({ asset, backfillId }, at) => {
    const [error, rows] = answers[2 * at] ?? [null, []];
    const [, row] = answers[2 * at + 1] ?? [null, null];
    if (error !== null) return undefined;
    try {
      return selectedOf(rowsOf(rows, row), asset, backfillId);
    } catch (problem) {
      if (problem instanceof UnreadableBackfillError) return undefined;
      throw problem;
    }
  });
}

/**
 * The rows of a selection, from Redis' replies.
 *
 * @param rows the values of its hash
 * @param row the row that a sealed ledger keeps in its own field instead of that hash, if any
 */
export function rowsOf(rows: unknown, row: unknown): Buffer[] {
  return [...(Array.isArray(rows) ? rows : []), row].filter((one) => Buffer.isBuffer(one));
}

/** Parses rows that were read. @throws UnreadableBackfillError if one is unreadable */
export function selectedOf(
  rows: readonly Buffer[],
  asset: string,
  backfillId: string,
): LaneOrdinals[] {
  return unpacked(backfillId, `selection of "${asset}"`, "has a row of another form", () =>
    joinLanes(unpackSelected(rows)),
  );
}

/**
 * Parses the outcomes of a sealed ledger. @throws UnreadableBackfillError if they are unreadable
 */
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

/**
 * A sealed ledger: its selection, all of which has settled, and the outcomes other than succeeded.
 */
export interface SealedLedger {
  readonly sealed: Buffer;
  readonly rows: number;
  readonly selected: readonly LaneOrdinals[];
  readonly outcomes: SealedOutcomes;
}

/**
 * Reads a sealed ledger at one instant.
 *
 * @returns undefined if it is not sealed or does not exist
 * @throws UnreadableBackfillError
 */
export async function readSealed(
  store: StateStore,
  asset: string,
  backfillId: string,
): Promise<SealedLedger | undefined> {
  const { redis, keys } = store;
  const [sealed, row, rows] = answersOf(
    await redis
      .multi()
      .hgetBuffer(keys.ledger(asset, backfillId), "sealed")
      .hgetBuffer(keys.ledger(asset, backfillId), "row")
      .hvalsBuffer(keys.selected(asset, backfillId))
      .exec(),
  );
  if (!Buffer.isBuffer(sealed)) return undefined;
  const buffers = rowsOf(rows, row);
  const selected = selectedOf(buffers, asset, backfillId);
  const outcomes = outcomesOf(sealed, asset, backfillId);
  return { sealed, rows: buffers.length, selected, outcomes };
}

/**
 * Reads one plane of a ledger, sealed or not.
 *
 * @param places lanes and ordinals; reads the chunks that hold these ordinals, whole
 * @throws UnreadableBackfillError if a sealed ledger is unreadable
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
    const [lanes = []] = await readPlanes([plane], places, async (page) => {
      if (isSealed) return [];
      const names = page.map(({ lane, chunk }) =>
        keys.ledgerPlane(asset, backfillId, lane, plane, chunk),
      );
      // One transaction: if the bitmaps are gone, the field tells so.
      const answers = answersOf(
        await redis.multi().hexists(ledger, "sealed").mgetBuffer(names).exec(),
      );
      isSealed = answers[0] === 1;
      return Array.isArray(answers[1]) ? answers[1] : [];
    });
    if (!isSealed) return lanes;
    const found = await readSealed(store, asset, backfillId);
    if (found !== undefined)
      return withinChunks(sealedPlane(plane, found.selected, found.outcomes), places);
  }
}

/** The partitions of some lanes that lie in the chunks of others. */
function withinChunks(
  lanes: readonly LaneOrdinals[],
  places: readonly LaneOrdinals[],
): LaneOrdinals[] {
  const chunks = new Map(wholeChunksOf(places).map(({ lane, ordinals }) => [lane, ordinals]));
  return lanes.flatMap(({ lane, ordinals }) => {
    const whole = chunks.get(lane);
    if (whole === undefined) return [];
    const inside = intersectIntegers(ordinals, whole);
    return isEmptyIntegers(inside) ? [] : [{ lane, ordinals: inside }];
  });
}

/** All ordinals of the chunks that hold some places. */
export function wholeChunksOf(places: readonly LaneOrdinals[]): LaneOrdinals[] {
  return joinLanes(places).map(({ lane, ordinals }) => ({ lane, ordinals: wholeChunks(ordinals) }));
}

/** How many chunks hold some places. */
export function countChunks(places: readonly LaneOrdinals[]): number {
  return joinLanes(places).reduce((sum, { ordinals }) => sum + chunksOf(ordinals).length, 0);
}

function wholeChunks(ordinals: IntegerSet): IntegerSet {
  return integersFromRuns(
    chunksOf(ordinals).map((chunk) => [chunk * chunkOrdinals, (chunk + 1) * chunkOrdinals]),
  );
}

/** Bitmaps that one round trip reads: at most 4 KB each. */
const chunksPerCall = 256;

/** A bitmap of a plane. */
export interface PlaneChunk<P extends string> {
  readonly lane: string;
  readonly plane: P;
  readonly chunk: number;
}

/**
 * Reads planes chunk by chunk.
 *
 * @param places lanes and ordinals; reads the chunks that hold these ordinals, whole
 * @param fetch reads bitmaps, in order: each as its bytes, or anything else if it does not exist
 * @returns for each plane
 */
export async function readPlanes<P extends string>(
  planes: readonly P[],
  places: readonly LaneOrdinals[],
  fetch: (page: readonly PlaneChunk<P>[]) => Promise<readonly unknown[]>,
): Promise<LaneOrdinals[][]> {
  const found = new Map(planes.map((plane) => [plane, new Map<string, [number, Buffer][]>()]));
  for (const page of pagesOfChunks(planes, places)) {
    await turns.next();
    const bitmaps = await fetch(page);
    for (const [index, { lane, plane, chunk }] of page.entries()) {
      const bytes = bitmaps[index];
      if (!Buffer.isBuffer(bytes)) continue;
      const lanes = found.get(plane);
      const chunks = lanes?.get(lane);
      if (chunks === undefined) lanes?.set(lane, [[chunk, bytes]]);
      else chunks.push([chunk, bytes]);
    }
  }
  const read: LaneOrdinals[][] = [];
  for (const chunksOfLanes of found.values()) {
    const lanes: LaneOrdinals[] = [];
    for (const [lane, chunks] of chunksOfLanes) {
      await turns.next();
      lanes.push({ lane, ordinals: ordinalsOfChunks(chunks) });
    }
    read.push(lanes);
  }
  return read;
}

/** The bitmaps of some places, in pages for one call each. */
function* pagesOfChunks<P extends string>(
  planes: readonly P[],
  places: readonly LaneOrdinals[],
): Iterable<readonly PlaneChunk<P>[]> {
  // Lanes of a product share one set, so its chunks are computed once.
  let last: { readonly ordinals: IntegerSet; readonly chunks: readonly number[] } | undefined;
  let page: PlaneChunk<P>[] = [];
  for (const { lane, ordinals } of places) {
    if (last?.ordinals !== ordinals) last = { ordinals, chunks: chunksOf(ordinals) };
    for (const plane of planes)
      for (const chunk of last.chunks) {
        page.push({ lane, plane, chunk });
        if (page.length < chunksPerCall) continue;
        yield page;
        page = [];
      }
  }
  if (page.length > 0) yield page;
}
