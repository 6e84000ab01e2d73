import {
  countIntegers,
  type IntegerSet,
  intersectIntegers,
  noIntegers,
  subtractIntegers,
} from "@infill/partitions";
import {
  type BackfillRecord,
  type LaneOrdinals,
  readLedgerPlane,
  readSelected,
  type StateStore,
} from "@infill/state";

/** Partitions of a backfill's ledgers, by asset. */
export type LedgerLanes = Map<string, LaneOrdinals[]>;

/** One plane of all of a backfill's ledgers. */
export async function planeOf(
  store: StateStore,
  record: BackfillRecord,
  plane: "failed" | "skipped" | "canceled" | "dropped",
): Promise<LedgerLanes> {
  const lanes = noLanes();
  for (const asset of record.header.assets) {
    const selected = await readSelected(store, asset, record.id);
    lanes.set(asset, await readLedgerPlane(store, asset, record.id, plane, selected));
  }
  return lanes;
}

export function intersectLanes(lanes: LedgerLanes, others: LedgerLanes): LedgerLanes {
  return combineLanes(lanes, others, intersectIntegers);
}

export function subtractLanes(lanes: LedgerLanes, others: LedgerLanes): LedgerLanes {
  return combineLanes(lanes, others, subtractIntegers);
}

function combineLanes(
  lanes: LedgerLanes,
  others: LedgerLanes,
  combine: (a: IntegerSet, b: IntegerSet) => IntegerSet,
): LedgerLanes {
  return new Map(
    Array.from(lanes, ([asset, places]) => {
      const other = new Map(others.get(asset)?.map(({ lane, ordinals }) => [lane, ordinals]));
      return [
        asset,
        places.map(({ lane, ordinals }) => ({
          lane,
          ordinals: combine(ordinals, other.get(lane) ?? noIntegers),
        })),
      ];
    }),
  );
}

export function noLanes(): LedgerLanes {
  return new Map();
}

/** How many partitions all assets have together. */
export function countOf(lanes: LedgerLanes): number {
  let total = 0;
  for (const { ordinals } of [...lanes.values()].flat()) total += countIntegers(ordinals);
  return total;
}
