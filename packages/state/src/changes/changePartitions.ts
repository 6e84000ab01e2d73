import type { PartitionsSubset } from "@infill/partitions";
import { z } from "zod";
import type { LaneOrdinals } from "../keys/assetOrdinals.ts";
import { bitmapOfOrdinals, chunksOf } from "../keys/bitmap.ts";
import { chunkOrdinals, pageRecords } from "../keys/keys.ts";
import { AssetUnregisteredError } from "../ledger/ledger.ts";
import { logEntryJson, type LogEntry } from "../log/backfillLog.ts";
import type { RegisteredAsset } from "../assets/registeredAssets.ts";
import { defineScript, type Script } from "../redis/script.ts";
import { randomId, type StateStore } from "../store/stateStore.ts";

const reply = z.union([
  z.tuple([z.literal("changed"), z.int(), z.int()]),
  z.tuple([z.literal("unregistered")]),
]);
const markScript = defineScript("mark_partitions", reply);
const wipeScript = defineScript("wipe_partitions", reply);

/** The result of a change by hand. */
export interface PartitionsChanged {
  readonly changed: number;
  /** Partitions with a running claim, which the call left as they are. */
  readonly leftOut: number;
}

/**
 * Marks partitions as materialized without running them. No ledger changes.
 *
 * @param entry for the asset's audit stream
 * @throws AssetUnregisteredError
 */
export function markPartitions(
  store: StateStore,
  registered: RegisteredAsset,
  subset: PartitionsSubset,
  entry: LogEntry,
): Promise<PartitionsChanged> {
  const change: Change = {
    script: markScript,
    pageKeys: ["records", "errors"],
    args: [registered.codeVersionNumber],
  };
  return changePartitions(store, registered, subset, entry, change);
}

/**
 * Deletes the status, records, errors and metadata of partitions. No ledger changes.
 *
 * @param entry for the asset's audit stream
 * @throws AssetUnregisteredError
 */
export function wipePartitions(
  store: StateStore,
  registered: RegisteredAsset,
  subset: PartitionsSubset,
  entry: LogEntry,
): Promise<PartitionsChanged> {
  const change: Change = {
    script: wipeScript,
    pageKeys: ["records", "errors", "metadata", "attempts"],
    args: [],
  };
  return changePartitions(store, registered, subset, entry, change);
}

interface Change {
  readonly script: Script<z.output<typeof reply>>;
  readonly pageKeys: readonly ("records" | "errors" | "metadata" | "attempts")[];
  readonly args: readonly number[];
}

/**
 * One call for each chunk, or for each 32 record pages of one: at most 4,096 partitions. Safe to
 * call again.
 */
async function changePartitions(
  store: StateStore,
  registered: RegisteredAsset,
  subset: PartitionsSubset,
  entry: LogEntry,
  change: Change,
): Promise<PartitionsChanged> {
  const { keys, redis } = store;
  const asset = registered.asset.name;
  const operation = randomId("op");
  let note = logEntryJson(entry);
  const total = { changed: 0, leftOut: 0 };
  for (const { lane, chunk, mask, offsets } of slicesOf(registered.ordinals.lanesOf(subset))) {
    const firstPage = (chunk * chunkOrdinals) / pageRecords;
    const answer = await change.script(
      redis,
      [
        keys.meta(asset),
        keys.audit(asset),
        keys.assetScratch(asset),
        keys.plane(asset, lane, "in_progress", chunk),
        keys.plane(asset, lane, "materialized", chunk),
        keys.plane(asset, lane, "failed", chunk),
        ...offsets.flatMap((offset) =>
          change.pageKeys.map((kind) => keys[kind](asset, lane, firstPage + offset / pageRecords)),
        ),
      ],
      [registered.epoch, mask, ...change.args, operation, note, ...offsets],
    );
    if (answer[0] === "unregistered") throw new AssetUnregisteredError(asset);
    total.changed += answer[1];
    total.leftOut += answer[2];
    note = "";
  }
  return total;
}

/** Record pages that one call may touch. */
const pagesPerCall = 32;

interface Slice {
  readonly lane: string;
  readonly chunk: number;
  /** Bitmap of the chunk, with bits in the slice's pages only. */
  readonly mask: Buffer;
  /** First bit within the chunk of each page that has bits in the mask. */
  readonly offsets: readonly number[];
}

function* slicesOf(lanes: Iterable<LaneOrdinals>): Iterable<Slice> {
  const pageBytes = pageRecords / 8;
  const nothing = Buffer.alloc(pageBytes);
  for (const { lane, ordinals } of lanes) {
    for (const chunk of chunksOf(ordinals)) {
      const bits = Buffer.alloc(chunkOrdinals / 8);
      bitmapOfOrdinals(chunk, ordinals).copy(bits);
      const touched: number[] = [];
      for (let at = 0; at < bits.length; at += pageBytes)
        if (bits.compare(nothing, 0, pageBytes, at, at + pageBytes) !== 0) touched.push(at);
      for (let first = 0; first < touched.length; first += pagesPerCall) {
        const pages = touched.slice(first, first + pagesPerCall);
        const end = (pages.at(-1) ?? 0) + pageBytes;
        const mask = Buffer.alloc(end);
        for (const at of pages) bits.copy(mask, at, at, at + pageBytes);
        yield { lane, chunk, mask, offsets: pages.map((at) => at * 8) };
      }
    }
  }
}
