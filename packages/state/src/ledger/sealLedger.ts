import { equalIntegers, isEmptyIntegers, noIntegers } from "@infill/partitions";
import { z } from "zod";
import type { LaneOrdinals } from "../keys/assetOrdinals.ts";
import { bitmapOfOrdinals, chunksOf, ordinalsOfBitmap } from "../keys/bitmap.ts";
import { type LedgerPlane, ledgerPlanes } from "../keys/keys.ts";
import { answersOf } from "../redis/answersOf.ts";
import { unpackBackfill } from "../packed/unpackBackfill.ts";
import { readSealed, rowsOf, selectedOf } from "./readLedger.ts";
import {
  countContradictions,
  countSealed,
  joinLanes,
  packSealed,
  type SealedOutcomes,
  sealedPlane,
  sealedPlanes,
} from "./sealedPlanes.ts";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";
import { refuseWrongType } from "../redis/unreadableBackfill.ts";

const sealScript = defineScript(
  "seal_ledger",
  z.tuple([z.enum(["sealed", "changed", "unsettled", "stands"])]),
);
const unsealScript = defineScript("unseal_ledger", z.tuple([z.enum(["unsealed", "changed"])]));

/** Most chunks of lanes of a sealed ledger: a call works on six bitmaps for each. */
const mostChunks = 1_024;
/** Most bytes of bitmaps that one call compares or writes. */
const mostBytes = 4 * 1_024 * 1_024;
/** Most bytes of outcomes in a field. */
const mostOutcomeBytes = 60_000;

/**
 * `sealed`: by this call. `stands`: sealed before. `unsettled`, `large` (too much for one call) and
 * `damaged` (the doctor reports it): left as they are. `changed`: it changed during the call.
 * `missing`: no such ledger.
 */
export type Sealing =
  | "sealed"
  | "stands"
  | "changed"
  | "unsettled"
  | "large"
  | "damaged"
  | "missing";

/**
 * Replaces the bit-planes of a completely settled ledger by one short field. Every reader and
 * transition knows both forms; a transition that takes outcomes back or adds partitions unseals the
 * ledger first.
 *
 * @throws UnreadableBackfillError
 */
export async function sealLedger(
  store: StateStore,
  asset: string,
  backfillId: string,
): Promise<Sealing> {
  const { redis, keys } = store;
  const ledger = keys.ledger(asset, backfillId);
  const [isSealed, isThere, counts, rows, row] = answersOf(
    await redis
      .multi()
      .hexists(ledger, "sealed")
      .exists(ledger)
      .hmget(ledger, "selected", "succeeded", "failed", "skipped", "canceled")
      .hvalsBuffer(keys.selected(asset, backfillId))
      .hgetBuffer(ledger, "row")
      .exec(),
  );
  if (isThere !== 1) return "missing";
  if (isSealed === 1) return "stands";
  const [wanted = 0, ...settled] = Array.isArray(counts) ? counts.map(Number) : [];
  // Most early calls end here, before any bitmap is read.
  if (settled.reduce((sum, count) => sum + count, 0) !== wanted) return "unsettled";
  const buffers = rowsOf(rows, row);
  const selected = selectedOf(buffers, asset, backfillId);
  const places = placesOf(selected);
  if (places === undefined) return "large";
  const planeKeys = keysOf(store, asset, backfillId, places);
  const bitmaps = places.length === 0 ? [] : await redis.mgetBuffer(planeKeys);
  const contents = bitmaps.map((bytes) => bytes ?? nothing);
  if (sizeOf(contents) > mostBytes) return "large";
  const planes = joinPlanes(places, contents);
  const outcomes: SealedOutcomes = new Map(
    sealedPlanes.map((plane) => [plane, planes.get(plane) ?? []] as const),
  );
  const counted = countSealed(selected, outcomes);
  const isSound =
    (planes.get("queued") ?? []).length === 0 &&
    areSame(planes.get("settled") ?? [], selected) &&
    countContradictions(selected, outcomes) === 0 &&
    [counted.failed, counted.skipped, counted.canceled].join() === settled.slice(1).join();
  if (!isSound) return "damaged";
  const sealed = packSealed(outcomes);
  if (sealed.length > mostOutcomeBytes) return "large";
  const [word] = await sealScript(
    redis,
    [ledger, keys.selected(asset, backfillId), ...planeKeys],
    [sealed, buffers.length, ...contents],
  ).catch((error: unknown) => refuseWrongType(error, backfillId, `ledger of "${asset}"`));
  return word;
}

/**
 * Restores the bit-planes of a sealed ledger. Does nothing if it is not sealed.
 *
 * @throws UnreadableBackfillError
 */
export async function unsealLedger(
  store: StateStore,
  asset: string,
  backfillId: string,
): Promise<void> {
  const { redis, keys } = store;
  for (;;) {
    const found = await readSealed(store, asset, backfillId);
    if (found === undefined) return;
    const { sealed, rows, selected, outcomes } = found;
    const places = placesOf(selected, Number.POSITIVE_INFINITY) ?? [];
    const planes = ledgerPlanes.map(
      (plane) =>
        new Map(sealedPlane(plane, selected, outcomes).map((each) => [each.lane, each.ordinals])),
    );
    const contents = places.flatMap(({ lane, chunk }) =>
      planes.map((lanes) => bitmapOfOrdinals(chunk, lanes.get(lane) ?? noIntegers)),
    );
    const [word] = await unsealScript(
      redis,
      [
        keys.ledger(asset, backfillId),
        keys.selected(asset, backfillId),
        ...keysOf(store, asset, backfillId, places),
      ],
      [sealed, rows, ...contents],
    );
    if (word === "unsealed") return;
  }
}

/** Identifies a ledger. */
export interface LedgerName {
  readonly asset: string;
  readonly backfillId: string;
}

/** Returns the ledgers of these that exist and are not sealed. One round trip. */
export async function unsealedLedgers(
  { redis, keys }: StateStore,
  ledgers: readonly LedgerName[],
): Promise<LedgerName[]> {
  if (ledgers.length === 0) return [];
  const reading = redis.pipeline();
  for (const { asset, backfillId } of ledgers)
    reading.hmget(keys.ledger(asset, backfillId), "selected", "sealed");
  const answers = (await reading.exec()) ?? [];
  return ledgers.filter((_, at) => {
    // The doctor repairs a key of a wrong type.
    const [error, fields] = answers[at] ?? [null, []];
    return error === null && Array.isArray(fields) && fields[0] !== null && fields[1] === null;
  });
}

/**
 * The ledgers of some backfills, by their headers. A backfill without a readable header has none
 * here. One round trip.
 */
export async function assetsOfBackfills(
  { redis, keys }: StateStore,
  backfillIds: readonly string[],
): Promise<LedgerName[]> {
  if (backfillIds.length === 0) return [];
  const reading = redis.pipeline();
  for (const id of backfillIds) reading.hgetall(keys.backfill(id));
  const answers = (await reading.exec()) ?? [];
  return backfillIds.flatMap((backfillId, at) => {
    const fields = fieldsSchema.safeParse(answers[at]?.[1]).data;
    if (fields === undefined || fields["deleting"] !== undefined) return [];
    return namedAssets(backfillId, fields).map((asset) => ({ asset, backfillId }));
  });
}

const fieldsSchema = z.record(z.string(), z.string());
const headerSchema = z.object({ assets: z.array(z.string()) });

function namedAssets(id: string, values: Readonly<Record<string, string>>): readonly string[] {
  try {
    return headerSchema.parse(JSON.parse(unpackBackfill(id, values).fields["header"] ?? "")).assets;
  } catch {
    // Commands on the backfill and the doctor report an unreadable header.
    return [];
  }
}

/** Unseals a ledger and calls a transition, until the ledger is not sealed again in between. */
export async function whileUnsealed<R extends readonly [string, ...unknown[]]>(
  store: StateStore,
  asset: string,
  backfillId: string,
  transition: () => Promise<R | readonly ["sealed"]>,
): Promise<Exclude<R, readonly ["sealed"]>> {
  for (;;) {
    const answer = await transition();
    // Only the word tells the two apart.
    if (answer[0] !== "sealed") return answer as Exclude<R, readonly ["sealed"]>;
    await unsealLedger(store, asset, backfillId);
  }
}

const nothing = Buffer.alloc(0);

interface ChunkPlace {
  readonly lane: string;
  readonly chunk: number;
}

/** @returns undefined if there are more than `most` */
function placesOf(
  selected: readonly LaneOrdinals[],
  most = mostChunks,
): readonly ChunkPlace[] | undefined {
  const places: ChunkPlace[] = [];
  for (const { lane, ordinals } of selected) {
    for (const chunk of chunksOf(ordinals)) places.push({ lane, chunk });
    if (places.length > most) return undefined;
  }
  return places;
}

function keysOf(
  { keys }: StateStore,
  asset: string,
  backfillId: string,
  places: readonly ChunkPlace[],
): string[] {
  return places.flatMap(({ lane, chunk }) =>
    ledgerPlanes.map((plane) => keys.ledgerPlane(asset, backfillId, lane, plane, chunk)),
  );
}

/**
 * Whether two lists of lanes hold the same partitions. @param other with one entry for each lane
 */
function areSame(one: readonly LaneOrdinals[], other: readonly LaneOrdinals[]): boolean {
  const joined = new Map(joinLanes(one).map(({ lane, ordinals }) => [lane, ordinals]));
  return (
    joined.size === other.length &&
    other.every(({ lane, ordinals }) => equalIntegers(joined.get(lane) ?? noIntegers, ordinals))
  );
}

function sizeOf(contents: readonly Buffer[]): number {
  return contents.reduce((sum, { length }) => sum + length, 0);
}

function joinPlanes(
  places: readonly ChunkPlace[],
  contents: readonly Buffer[],
): ReadonlyMap<LedgerPlane, LaneOrdinals[]> {
  const planes = new Map<LedgerPlane, LaneOrdinals[]>();
  for (const [at, { lane, chunk }] of places.entries()) {
    for (const [which, plane] of ledgerPlanes.entries()) {
      const ordinals = ordinalsOfBitmap(
        chunk,
        contents[at * ledgerPlanes.length + which] ?? nothing,
      );
      if (isEmptyIntegers(ordinals)) continue;
      const lanes = planes.get(plane);
      if (lanes === undefined) planes.set(plane, [{ lane, ordinals }]);
      else lanes.push({ lane, ordinals });
    }
  }
  return planes;
}
