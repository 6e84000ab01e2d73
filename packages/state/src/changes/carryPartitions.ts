import type { CoordinateMap } from "@infill/partitions";
import { z } from "zod";
import { addressAt, ordinalsAt } from "../keys/assetOrdinals.ts";
import type { PartitionAddress } from "../keys/partitionAddress.ts";
import type { TileLayout } from "../keys/tiles.ts";
import { assetKeys } from "../assets/assetKeys.ts";
import { chunkOf, chunkOrdinals, pageOf, pageRecords } from "../keys/keys.ts";
import { answersOf } from "../redis/answersOf.ts";
import { recordBytes } from "../keys/partitionRecord.ts";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";

const carryScript = defineScript("carry_partitions", z.tuple([z.enum(["carried", "outdated"])]));

const notes = ["errors", "metadata", "attempts"] as const;

/** The state of one partition. */
export interface KnownPartition extends PartitionAddress {
  readonly materialized: boolean;
  readonly failed: boolean;
  /** Empty for none. */
  readonly record: Buffer;
  /** Error, metadata and attempts; empty for none. */
  readonly notes: readonly Buffer[];
}

const nothing = Buffer.alloc(0);
const bufferMap = z.record(
  z.string(),
  z.custom<Buffer>((value) => Buffer.isBuffer(value)),
);

/**
 * Reads the state of an asset's partitions, 128 at a time. Keeps the names of the pages in memory:
 * 80,000 for ten million partitions.
 */
export async function* knownPartitions(
  store: StateStore,
  asset: string,
): AsyncGenerator<readonly KnownPartition[]> {
  const { redis, keys } = store;
  const pages = new Map<string, Set<number>>();
  const note = (lane: string, page: number) => {
    let known = pages.get(lane);
    if (known === undefined) pages.set(lane, (known = new Set()));
    known.add(page);
  };
  for await (const found of assetKeys(store, asset)) {
    for (const { name, kind, parts } of found) {
      const { lane = "", page, chunk } = parts;
      if (page !== undefined) note(lane, Number(page));
      if (kind !== "plane") continue;
      const bytes = (await redis.getBuffer(name)) ?? nothing;
      for (let at = 0; at < bytes.length; at += pageRecords / 8)
        if (bytes.subarray(at, at + pageRecords / 8).some((byte) => byte !== 0))
          note(lane, pageOf(Number(chunk) * chunkOrdinals + at * 8));
    }
  }
  for (const [lane, numbers] of pages) {
    for (const page of numbers) {
      const first = page * pageRecords;
      const from = (first - chunkOf(first) * chunkOrdinals) / 8;
      const to = from + pageRecords / 8 - 1;
      const reading = redis.multi();
      for (const plane of ["materialized", "failed"] as const)
        reading.getrangeBuffer(keys.plane(asset, lane, plane, chunkOf(first)), from, to);
      reading.getBuffer(keys.records(asset, lane, page));
      for (const kind of notes) reading.hgetallBuffer(keys[kind](asset, lane, page));
      const [materialized, failed, records, ...hashes] = answersOf(await reading.exec());
      const bits = [materialized, failed].map((bytes) =>
        Buffer.isBuffer(bytes) ? bytes : nothing,
      );
      const bytes = Buffer.isBuffer(records) ? records : nothing;
      const texts = hashes.map((hash) => bufferMap.parse(hash));
      const known: KnownPartition[] = [];
      for (let place = 0; place < pageRecords; place++) {
        const [isMaterialized = false, isFailed = false] = bits.map(
          (plane) => (((plane[place >> 3] ?? 0) >> (7 - (place & 7))) & 1) === 1,
        );
        const record = bytes.subarray(place * recordBytes, (place + 1) * recordBytes);
        const hasRecord = record.length === recordBytes && record.some((byte) => byte !== 0);
        const own = texts.map((hash) => hash[String(place)] ?? nothing);
        if (!isMaterialized && !isFailed && !hasRecord && own.every(({ length }) => length === 0))
          continue;
        known.push({
          ...{ lane, ordinal: first + place, materialized: isMaterialized, failed: isFailed },
          ...{ record: hasRecord ? record : nothing, notes: own },
        });
      }
      if (known.length > 0) yield known;
    }
  }
}

/** How a definition's partitions are addressed, and another's. */
export interface LayoutChange {
  readonly from: TileLayout | undefined;
  readonly to: TileLayout | undefined;
}

/**
 * A partition's address under another definition; undefined if that definition has no such window
 * or key.
 */
export function placeUnder(
  maps: readonly CoordinateMap[],
  { from, to }: LayoutChange,
  address: PartitionAddress,
): PartitionAddress | undefined {
  const ordinals = ordinalsAt(address, from);
  if (ordinals.length !== maps.length) return undefined;
  const mapped = ordinals.flatMap((each, axis) => maps[axis]?.(each) ?? []);
  return mapped.length === maps.length ? addressAt(mapped, to) : undefined;
}

/**
 * Writes partitions' state to their places under another definition, in keys that nobody reads yet.
 *
 * @returns whether the operation is still under way
 */
export async function carryPartitions(
  { redis, keys }: StateStore,
  asset: string,
  operation: string,
  moved: readonly (readonly [KnownPartition, PartitionAddress])[],
): Promise<boolean> {
  const pages = new Map<string, (readonly [KnownPartition, PartitionAddress])[]>();
  for (const each of moved) {
    const name = `${each[1].lane}:${pageOf(each[1].ordinal)}`;
    const known = pages.get(name);
    if (known === undefined) pages.set(name, [each]);
    else known.push(each);
  }
  for (const group of pages.values()) {
    const [, place] = group[0] ?? [];
    if (place === undefined) continue;
    const { lane } = place;
    const page = pageOf(place.ordinal);
    const chunk = chunkOf(place.ordinal);
    const keyList = [
      keys.plane(asset, lane, "materialized", chunk),
      keys.plane(asset, lane, "failed", chunk),
      keys.records(asset, lane, page),
      ...notes.map((kind) => keys[kind](asset, lane, page)),
    ].map(keys.next);
    const args = group.flatMap(([known, { ordinal }]) => [
      ordinal - page * pageRecords,
      `${known.materialized ? "m" : ""}${known.failed ? "f" : ""}`,
      known.record,
      ...known.notes,
    ]);
    const [word] = await carryScript(
      redis,
      [keys.meta(asset), ...keyList],
      [operation, page * pageRecords - chunk * chunkOrdinals, ...args],
    );
    if (word === "outdated") return false;
  }
  return true;
}
