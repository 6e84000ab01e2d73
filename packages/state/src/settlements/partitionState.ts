import type { LaneOrdinals } from "../keys/assetOrdinals.ts";
import type { PartitionAddress } from "../keys/partitionAddress.ts";
import { type AssetPlane, pageOf, pageRecords } from "../keys/keys.ts";
import { readPlanes } from "../ledger/readLedger.ts";
import { type PartitionRecord, recordBytes, unpackRecord } from "../keys/partitionRecord.ts";
import type { StateStore } from "../store/stateStore.ts";

/** One plane of an asset, on the lanes and chunks that `places` touch. */
export async function readAssetPlane(
  store: StateStore,
  asset: string,
  plane: AssetPlane,
  places: readonly LaneOrdinals[],
): Promise<LaneOrdinals[]> {
  const [lanes] = await readAssetPlanes(store, asset, [plane], places);
  return lanes ?? [];
}

/** Several planes of an asset, like `readAssetPlane`, in fewer calls. */
export function readAssetPlanes(
  { redis, keys }: StateStore,
  asset: string,
  planes: readonly AssetPlane[],
  places: readonly LaneOrdinals[],
): Promise<LaneOrdinals[][]> {
  return readPlanes(planes, places, (page) =>
    redis.mgetBuffer(page.map(({ lane, plane, chunk }) => keys.plane(asset, lane, plane, chunk))),
  );
}

/** The last settlement of each of some partitions; undefined if it has none. */
export async function readRecords(
  store: StateStore,
  asset: string,
  addresses: readonly PartitionAddress[],
): Promise<(PartitionRecord | undefined)[]> {
  if (addresses.length === 0) return [];
  const pipeline = store.redis.pipeline();
  for (const { lane, ordinal } of addresses) {
    const page = pageOf(ordinal);
    const at = (ordinal - page * pageRecords) * recordBytes;
    pipeline.getrangeBuffer(store.keys.records(asset, lane, page), at, at + recordBytes - 1);
  }
  const answers = (await pipeline.exec()) ?? [];
  return answers.map(([error, bytes]) => {
    if (error !== null) throw error;
    return Buffer.isBuffer(bytes) && bytes.length === recordBytes ? unpackRecord(bytes) : undefined;
  });
}

/** The JSON that was stored beside a partition: its error if it failed last, else its metadata. */
export async function readNotes(
  store: StateStore,
  asset: string,
  kind: "errors" | "metadata",
  addresses: readonly PartitionAddress[],
): Promise<(string | undefined)[]> {
  if (addresses.length === 0) return [];
  const pipeline = store.redis.pipeline();
  for (const { lane, ordinal } of addresses) {
    const page = pageOf(ordinal);
    pipeline.hget(store.keys[kind](asset, lane, page), String(ordinal - page * pageRecords));
  }
  const answers = (await pipeline.exec()) ?? [];
  return answers.map(([, text]) => (typeof text === "string" ? text : undefined));
}
