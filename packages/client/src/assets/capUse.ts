import { dimensionKeysAt, type PartitionsContext } from "@infill/partitions";
import {
  assetScope,
  countPermits,
  poolScope,
  type RegisteredAsset,
  type StateStore,
  usedScopes,
  valueScope,
} from "@infill/state";
import type { AssetDetail, DimensionCapUse, PoolSummary } from "./assetAnswers.ts";

/** Most keys of a dimension that are listed. */
const shownKeys = 10;

/** The caps of an asset, and how much of each is in use. */
export async function capUseOfAsset(
  store: StateStore,
  registered: RegisteredAsset,
  context: PartitionsContext,
): Promise<Pick<AssetDetail, "concurrency" | "concurrencyPer">> {
  const { name, concurrency, concurrencyPer } = registered.asset;
  const [inUse = 0] = await countPermits(store, [assetScope(name)]);
  const dimensions: DimensionCapUse[] = [];
  for (const [dimension, cap] of Object.entries(concurrencyPer)) {
    const uses = await usedScopes(store, valueScope(name, dimension, ""));
    const keys = uses.slice(0, shownKeys).map(({ holder, inUse }) => {
      const coordinates = registered.ordinals.coordinatesOf(holder);
      const keysOf: Readonly<Record<string, string>> =
        coordinates === undefined
          ? {}
          : dimensionKeysAt(registered.asset.partitions, coordinates, context);
      return { key: keysOf[dimension] ?? "", inUse };
    });
    dimensions.push({ dimension, cap, keys });
  }
  return {
    ...(concurrency === undefined ? {} : { concurrency: { cap: concurrency, inUse } }),
    ...(dimensions.length === 0 ? {} : { concurrencyPer: dimensions }),
  };
}

/** The cap of a pool, and how much of it is in use. */
export async function capUseOfPool(
  store: StateStore,
  pool: string,
  concurrency: number | undefined,
): Promise<Pick<PoolSummary, "concurrency" | "inUse">> {
  if (concurrency === undefined) return {};
  const [inUse = 0] = await countPermits(store, [poolScope(pool)]);
  return { concurrency, inUse };
}
