import { type AnyAsset, turns } from "@infill/core";
import {
  allPartitions,
  asTimeWindows,
  type AxisCover,
  axesOf,
  countSubset,
  integers,
  listedKeysOf,
  type IntegerSet,
  type PartitionsContext,
  type PartitionsSubset,
  forEachLane,
} from "@infill/partitions";
import { assetKeys } from "../assets/assetKeys.ts";
import { chunkOrdinals, pageRecords } from "../keys/keys.ts";
import type { StateStore } from "../store/stateStore.ts";
import { assetOperation } from "./assetChanges.ts";
import { coverAsset } from "./coverAsset.ts";
import { PagePlaces } from "./pagePlaces.ts";
import { pageBytes } from "./statePages.ts";

/** Static keys that one call looks up. */
const keysPerCall = 1_000;
/** Windows that are compared before the event loop may turn. */
const windowsPerTurn = 1_024;

/** How many partitions keep their state when it moves to the asset's present definition. */
export interface KeptState {
  /**
   * How many of the materialized ones keep it, because the present definition has the same window
   * or key.
   */
  readonly materialized: number;
  readonly failed: number;
  /** Materialized or failed partitions that the present definition does not have. */
  readonly dropped: number;
  /**
   * Partitions of the present definition whose window or key the recorded definition did not have.
   * They are missing afterwards.
   */
  readonly added: number;
  /** An earlier call began the move. Nothing is counted then. */
  readonly isUnderWay: boolean;
}

/**
 * Counts what would be kept. Reads the bit-planes of the asset, one chunk a step.
 *
 * @param context the instant and the dynamic keys up to which partitions exist
 * @throws StateNotKeptError, AssetChangingError
 */
export async function previewKept(
  store: StateStore,
  asset: AnyAsset,
  context: PartitionsContext,
): Promise<KeptState> {
  const { name } = asset;
  const { axes, layouts } = await coverAsset(store, asset);
  const isUnderWay = (await assetOperation(store, name)) !== undefined;
  const counts = { materialized: 0, failed: 0, dropped: 0, added: 0, isUnderWay };
  if (isUnderWay) return counts;
  const chunks = new Map<string, { readonly lane: string; readonly chunk: number }>();
  for await (const page of assetKeys(store, name))
    for (const { kind, parts } of page)
      if (kind === "plane" && parts["plane"] !== "in_progress") {
        const { lane = "", chunk = "" } = parts;
        chunks.set(`${lane}:${chunk}`, { lane, chunk: Number(chunk) });
      }
  const places = new PagePlaces(axes, layouts);
  for (const { lane, chunk } of chunks.values()) {
    const [materialized, failed] = await store.redis.mgetBuffer(
      store.keys.plane(name, lane, "materialized", chunk),
      store.keys.plane(name, lane, "failed", chunk),
    );
    for (let page = 0; page * pageRecords < chunkOrdinals; page++) {
      const [at, end] = [page * pageBytes, (page + 1) * pageBytes];
      const bits = {
        materialized: materialized?.subarray(at, end),
        failed: failed?.subarray(at, end),
      };
      const known = countBits(bits, 0, pageRecords);
      const all = known.materialized + known.failed;
      if (all === 0) continue;
      await turns.next();
      let kept = 0;
      for (const run of places.runsOf(lane, chunk * chunkOrdinals + page * pageRecords)) {
        const found = countBits(bits, run.place, run.length);
        counts.materialized += found.materialized;
        counts.failed += found.failed;
        kept += found.materialized + found.failed;
      }
      counts.dropped += all - kept;
    }
  }
  return { ...counts, added: await countAdded(store, asset, axes, context) };
}

/** Bits of one page; a plane may be missing or end early. */
interface PageBits {
  readonly materialized: Buffer | undefined;
  readonly failed: Buffer | undefined;
}

/** Counts the partitions in some places of a page. A failed one counts as that only. */
function countBits(
  { materialized, failed }: PageBits,
  place: number,
  length: number,
): { materialized: number; failed: number } {
  const counts = { materialized: 0, failed: 0 };
  for (let at = place; at < place + length; at++) {
    const byte = at >> 3;
    const bit = 128 >> (at & 7);
    if (((failed?.[byte] ?? 0) & bit) !== 0) counts.failed++;
    else if (((materialized?.[byte] ?? 0) & bit) !== 0) counts.materialized++;
  }
  return counts;
}

/** The partitions of the present definition that the recorded one did not have. */
async function countAdded(
  store: StateStore,
  { name, partitions }: AnyAsset,
  covers: readonly AxisCover[],
  context: PartitionsContext,
): Promise<number> {
  let total = 1;
  let known = 1;
  for (const [at, axis] of axesOf(partitions).entries()) {
    const { definition } = axis;
    const all = allPartitions(definition, context);
    const count = countSubset(all);
    total *= count;
    const keys = listedKeysOf(definition);
    if (keys !== undefined)
      known *= await countRegistered(store, store.keys.registry(name, axis.name), keys);
    else if (asTimeWindows(definition) !== undefined) known *= await countCovered(all, covers[at]);
    else known *= count;
  }
  return total - known;
}

/** Static keys that the recorded definition had, or an earlier one. */
async function countRegistered(
  { redis }: StateStore,
  registry: string,
  keys: readonly string[],
): Promise<number> {
  let known = 0;
  for (let first = 0; first < keys.length; first += keysPerCall) {
    const ordinals = await redis.hmget(registry, ...keys.slice(first, first + keysPerCall));
    known += ordinals.filter((ordinal) => ordinal !== null).length;
  }
  return known;
}

/** Windows that the recorded definition has too. */
async function countCovered(
  windows: PartitionsSubset,
  cover: AxisCover | undefined,
): Promise<number> {
  const sets: IntegerSet[] = [];
  forEachLane(windows, (_, ordinals) => sets.push(ordinals));
  let covered = 0;
  let until = 0;
  for (const set of sets)
    for (const ordinal of integers(set)) {
      if (until++ % windowsPerTurn === 0) await turns.next();
      if (cover?.toRegistered(ordinal) !== undefined) covered++;
    }
  return covered;
}
