import { type IntegerSet, noIntegers } from "@infill/partitions";
import type { LaneOrdinals } from "../keys/assetOrdinals.ts";
import { chunksOf } from "../keys/bitmap.ts";
import type { LedgerPlane } from "../keys/keys.ts";
import type { StateStore } from "../store/stateStore.ts";
import { type Place, placeName } from "../keys/place.ts";

/** Most checks of a ledger that changes meanwhile. */
export const mostTries = 50;

/** A ledger to check. */
export interface LedgerToLookAt {
  readonly asset: string;
  readonly backfillId: string;
  /** Chunks of its planes, from the census. */
  readonly places: ReadonlyMap<string, Place>;
}

/** A chunk of a ledger's planes, with the lane's selection. */
export interface Mask {
  readonly place: Place;
  readonly selected: IntegerSet;
}

/**
 * The chunks to check, with the selection in each: every chunk with a selected partition, and every
 * chunk of a plane.
 */
export function masksOf(
  selected: readonly LaneOrdinals[],
  places: ReadonlyMap<string, Place>,
): Map<string, Mask> {
  const masks = new Map<string, Mask>();
  for (const place of places.values()) masks.set(placeName(place), { place, selected: noIntegers });
  for (const { lane, ordinals } of selected) {
    for (const chunk of chunksOf(ordinals))
      masks.set(placeName({ lane, chunk }), { place: { lane, chunk }, selected: ordinals });
  }
  return masks;
}

/** The key of one chunk of a plane. */
export function planeKey(
  store: StateStore,
  { asset, backfillId }: LedgerToLookAt,
  plane: LedgerPlane,
  { lane, chunk }: Place,
): string {
  return store.keys.ledgerPlane(asset, backfillId, lane, plane, chunk);
}
