import type { AnyAsset, Pool } from "@infill/core";
import { axesOf } from "@infill/partitions";
import type { PartitionAddress } from "./assetOrdinals.ts";

/** What is capped, by name, and how many partitions of it may be in progress at once. */
export interface CappedScope {
  readonly scope: string;
  /** 1 to 1,000,000; undefined for a cap that only Redis knows, since it may change. */
  readonly cap: number | undefined;
}

export function backfillScope(backfillId: string): string {
  return `backfill:${backfillId}`;
}

export function assetScope(asset: string): string {
  return `asset:${asset}`;
}

export function poolScope(pool: string): string {
  return `pool:${pool}`;
}

/** The partitions of an asset that share a key of a dimension. */
export function valueScope(asset: string, dimension: string, ordinal: number | string): string {
  return `value:${asset}:${dimension}:${ordinal}`;
}

/** The capped scopes of an asset's partitions, as far as definitions tell. */
export interface AssetScopes {
  /** Of every partition. */
  readonly shared: readonly CappedScope[];
  /** Of one partition, the shared ones included. */
  at(address: PartitionAddress): readonly CappedScope[];
}

/** @param pool what the project says of the asset's pool */
export function assetScopes(asset: AnyAsset, pool: Pool | undefined): AssetScopes {
  const shared: CappedScope[] = [];
  if (pool?.concurrency !== undefined)
    shared.push({ scope: poolScope(asset.pool), cap: pool.concurrency });
  if (asset.concurrency !== undefined)
    shared.push({ scope: assetScope(asset.name), cap: asset.concurrency });
  const axes = axesOf(asset.partitions);
  const dimensions = axes.flatMap(({ name }, axis) => {
    const cap = asset.concurrencyPer[name];
    return cap === undefined ? [] : [{ name, axis, cap }];
  });
  if (dimensions.length === 0) return { shared, at: () => shared };
  return {
    shared,
    at({ lane, ordinal }) {
      const coordinates = [...lane.split("."), ordinal];
      const values = dimensions.map(({ name, axis, cap }) => ({
        // The bit axis comes last; a definition of one axis has no lane before it.
        scope: valueScope(asset.name, name, (lane === "" ? [ordinal] : coordinates)[axis] ?? 0),
        cap,
      }));
      return [...shared, ...values];
    },
  };
}
