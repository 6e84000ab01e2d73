import { type IntegerSet, integersFromSorted, noIntegers, unionIntegers } from "@infill/partitions";
import type { LaneOrdinals } from "../keys/assetOrdinals.ts";
import { pageRecords } from "../keys/keys.ts";
import { recordBytes } from "../keys/partitionRecord.ts";
import type { StateStore } from "../store/stateStore.ts";
import type { AssetCensus } from "./census.ts";

/** Pages that one round trip reads: 2.4 KB each. */
const pagesPerCall = 256;

/** The partitions of one asset that a backfill settled last, by its number in records. */
export async function recordedBy(
  store: StateStore,
  asset: string,
  census: AssetCensus,
  number: number,
): Promise<LaneOrdinals[]> {
  const lanes = new Map<string, IntegerSet>();
  const pages = [...census.pages.values()];
  for (let first = 0; first < pages.length; first += pagesPerCall) {
    const some = pages.slice(first, first + pagesPerCall);
    const pipeline = store.redis.pipeline();
    for (const { lane, page } of some) pipeline.getBuffer(store.keys.records(asset, lane, page));
    const answers = (await pipeline.exec()) ?? [];
    for (const [at, { lane, page }] of some.entries()) {
      const bytes = answers[at]?.[1];
      if (!Buffer.isBuffer(bytes)) continue;
      const ordinals: number[] = [];
      const records = Math.min(pageRecords, Math.floor(bytes.length / recordBytes));
      for (let index = 0; index < records; index++) {
        const start = index * recordBytes;
        if (bytes.readUIntBE(start, 6) !== 0 && bytes.readUIntBE(start + 10, 3) === number)
          ordinals.push(page * pageRecords + index);
      }
      if (ordinals.length === 0) continue;
      lanes.set(lane, unionIntegers(lanes.get(lane) ?? noIntegers, integersFromSorted(ordinals)));
    }
  }
  return Array.from(lanes, ([lane, ordinals]) => ({ lane, ordinals }));
}
