/** Where a partition's state is kept within its asset. `AssetOrdinals` makes it from coordinates, and makes a key of it. */
export interface PartitionAddress {
  /** The ordinals of all axes but the bit axis, joined with dots; "" where there is one axis. */
  readonly lane: string;
  /** The ordinal on the bit axis; that of a window before 1970 is negative. */
  readonly ordinal: number;
}

/**
 * The text of an address in Redis: the field of a claim, the field of a waiter, the end of a permit holder's name.
 *
 * Takes two values and not an address, so that hot paths make no object for it.
 */
export function formatAddress(lane: string, ordinal: number): string {
  return `${lane}:${ordinal}`;
}

/** Reads what `formatAddress` wrote. Other text gives an ordinal that is no integer, or an address that no partition has. */
export function parseAddress(text: string): PartitionAddress {
  const colon = text.lastIndexOf(":");
  return { lane: text.slice(0, colon), ordinal: Number(text.slice(colon + 1)) };
}

/** The text of a lane, in Redis keys and in addresses. @param ordinals one of each axis but the bit axis */
export function formatLane(ordinals: readonly number[]): string {
  return ordinals.join(".");
}

/** Reads what `formatLane` wrote. An ordinal that cannot be read is NaN. */
export function parseLane(lane: string): number[] {
  return laneTexts(lane).map(Number);
}

/** The ordinals of a lane as text, for names that hold one of them. */
export function laneTexts(lane: string): string[] {
  return lane === "" ? [] : lane.split(".");
}

declare const isMapKey: unique symbol;

/** A partition of some asset, as the key of a map in memory. It is never stored and never parsed. */
export type PartitionMapKey = string & { readonly [isMapKey]: true };

/** The key by which maps in memory hold a partition of some asset. */
export function partitionMapKey(asset: string, lane: string, ordinal: number): PartitionMapKey {
  // The mark exists for the type checker only: no other text can be taken for a key.
  return `${asset} ${lane} ${ordinal}` as PartitionMapKey;
}
