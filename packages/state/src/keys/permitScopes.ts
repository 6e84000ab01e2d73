import type { AnyAsset, Pool } from "@infill/core";
import { axesOf } from "@infill/partitions";
import type { AssetOrdinals } from "./assetOrdinals.ts";
import type { PartitionAddress } from "./partitionAddress.ts";

/** A capped scope: its name, and how many of its partitions may be in progress at once. */
export interface CappedScope {
  readonly scope: string;
  /** 1 to 1,000,000; undefined for a cap that may change, which only Redis knows. */
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

/** The scope of the partitions of an asset that share a key of a dimension. */
export function valueScope(asset: string, dimension: string, ordinal: number | string): string {
  return `value:${asset}:${dimension}:${ordinal}`;
}

/** The capped scopes of an asset's partitions that definitions give. */
export interface AssetScopes {
  /** The scopes of every partition. */
  readonly shared: readonly CappedScope[];
  /** Whether keys of some dimension are capped. */
  readonly hasValues: boolean;
  /** Further scopes of a partition, which the partitions of its lane share. */
  ofLane(address: PartitionAddress): readonly CappedScope[];
  /** Further scopes of a partition, which those at its key of the bit axis share. */
  ofBitKey(address: PartitionAddress): readonly CappedScope[];
  /** All scopes of one partition. */
  at(address: PartitionAddress): readonly CappedScope[];
}

const none: readonly CappedScope[] = [];

/** @param pool the asset's pool in the project */
export function assetScopes(
  { asset, ordinals }: { readonly asset: AnyAsset; readonly ordinals: AssetOrdinals },
  pool: Pool | undefined,
): AssetScopes {
  const shared: CappedScope[] = [];
  if (pool?.concurrency !== undefined)
    shared.push({ scope: poolScope(asset.pool), cap: pool.concurrency });
  if (asset.concurrency !== undefined)
    shared.push({ scope: assetScope(asset.name), cap: asset.concurrency });
  const dimensions = axesOf(asset.partitions).map(({ name }) => ({
    name,
    cap: asset.concurrencyPer[name],
  }));
  const hasValues = dimensions.some(({ cap }) => cap !== undefined);
  if (!hasValues)
    return { shared, hasValues, ofLane: () => none, ofBitKey: () => none, at: () => shared };
  const scopesOf = (address: PartitionAddress, from: number, end: number) => {
    const known = ordinals.ordinalsOf(address);
    return dimensions.slice(from, end).flatMap(({ name, cap }, axis) => {
      const ordinal = known[from + axis];
      return cap === undefined || ordinal === undefined
        ? []
        : [{ scope: valueScope(asset.name, name, ordinal), cap }];
    });
  };
  const bit = dimensions.length - 1;
  return {
    shared,
    hasValues,
    ofLane: (address) => scopesOf(address, 0, bit),
    ofBitKey: (address) => scopesOf(address, bit, dimensions.length),
    at: (address) => [...shared, ...scopesOf(address, 0, dimensions.length)],
  };
}
