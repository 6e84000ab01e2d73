/**
 * Where a partition's state is within its asset. `AssetOrdinals` converts coordinates to it, and it
 * to a key.
 */
export interface PartitionAddress {
  /**
   * The ordinals of all axes but the bit axis, joined with dots; "" if there is one axis. In an
   * asset with tiles, the one of the tiled axis is divided by the width.
   */
  readonly lane: string;
  /**
   * The ordinal on the bit axis; negative for a window before 1970. In an asset with tiles, the
   * place in the tile (`AssetOrdinals`).
   */
  readonly ordinal: number;
}

/**
 * The text of an address in Redis: the field of a claim or a waiter, or the end of a permit
 * holder's name.
 *
 * Takes two values instead of an address, so that hot paths create no object.
 */
export function formatAddress(lane: string, ordinal: number): string {
  return `${lane}:${ordinal}`;
}

/**
 * Parses the text of `formatAddress`. Other text gives an ordinal that is no integer, or an address
 * that no partition has.
 */
export function parseAddress(text: string): PartitionAddress {
  const colon = text.lastIndexOf(":");
  return { lane: text.slice(0, colon), ordinal: Number(text.slice(colon + 1)) };
}

/**
 * The text of a lane, in Redis keys and in addresses. @param ordinals one for each axis but the bit
 * axis
 */
export function formatLane(ordinals: readonly number[]): string {
  return ordinals.join(".");
}

/** Parses the text of `formatLane`. An unreadable ordinal becomes NaN. */
export function parseLane(lane: string): number[] {
  return laneTexts(lane).map(Number);
}

/** The ordinals of a lane as text, for names that hold one of them. */
export function laneTexts(lane: string): string[] {
  return lane === "" ? [] : lane.split(".");
}

/** The ordinals of some addresses by lane, lanes in the order of their first addresses. */
export function ordinalsByLane(
  addresses: readonly PartitionAddress[],
): { readonly lane: string; readonly ordinals: readonly number[] }[] {
  const lanes = new Map<string, number[]>();
  for (const { lane, ordinal } of addresses) {
    const ordinals = lanes.get(lane);
    if (ordinals === undefined) lanes.set(lane, [ordinal]);
    else ordinals.push(ordinal);
  }
  return Array.from(lanes, ([lane, ordinals]) => ({ lane, ordinals }));
}

declare const isMapKey: unique symbol;

/** A partition of some asset, as the key of a map in memory; never stored or parsed. */
export type PartitionMapKey = string & { readonly [isMapKey]: true };

/** The key of a partition in maps in memory. */
export function partitionMapKey(asset: string, lane: string, ordinal: number): PartitionMapKey {
  // The mark exists for the type checker only, so that no other text can be used as a key.
  return `${asset} ${lane} ${ordinal}` as PartitionMapKey;
}
