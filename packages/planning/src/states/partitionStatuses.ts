import {
  allPartitions,
  intersectSubsets,
  type PartitionsContext,
  type PartitionsSubset,
  subtractSubsets,
} from "@infill/partitions";
import {
  type LaneOrdinals,
  type RegisteredAsset,
  readAssetPlanes,
  type StateStore,
} from "@infill/state";

/**
 * Existing partitions of one asset by status. Each has exactly one standing status (missing,
 * materialized or failed); those that run are in `in_progress` as well.
 */
export interface PartitionStatuses {
  readonly all: PartitionsSubset;
  readonly missing: PartitionsSubset;
  readonly materialized: PartitionsSubset;
  readonly failed: PartitionsSubset;
  /** Running now, whatever their standing status. */
  readonly in_progress: PartitionsSubset;
}

/** The statuses of partitions whose state is unknown: all missing. */
export function nothingKnown(all: PartitionsSubset): PartitionStatuses {
  const none = subtractSubsets(all, all);
  return { all, missing: all, materialized: none, failed: none, in_progress: none };
}

/** Reads the statuses of all partitions that exist at the context's instant, from bit-planes. */
export function readStatuses(
  store: StateStore,
  registered: RegisteredAsset,
  context: PartitionsContext,
): Promise<PartitionStatuses> {
  const all = allPartitions(registered.asset.partitions, context);
  return readStatusesOf(store, registered, all, registered.ordinals.lanesOf(all));
}

/**
 * Reads the statuses of some partitions.
 *
 * @param all the partitions
 * @param places where they are
 */
export async function readStatusesOf(
  store: StateStore,
  { asset, ordinals }: RegisteredAsset,
  all: PartitionsSubset,
  places: readonly LaneOrdinals[],
): Promise<PartitionStatuses> {
  const planes = await readAssetPlanes(
    store,
    asset.name,
    ["in_progress", "failed", "materialized"],
    places,
  );
  const [running, broken, done] = planes.map((lanes) =>
    intersectSubsets(ordinals.subsetOf(lanes), all),
  );
  if (running === undefined || broken === undefined || done === undefined)
    throw new Error("Bug: three planes");
  const materialized = subtractSubsets(done, broken);
  const missing = subtractSubsets(subtractSubsets(all, broken), materialized);
  return { all, missing, materialized, failed: broken, in_progress: running };
}

/** The statuses of the partitions that are also in `subset`. */
export function statusesWithin(
  statuses: PartitionStatuses,
  subset: PartitionsSubset,
): PartitionStatuses {
  return {
    all: intersectSubsets(statuses.all, subset),
    missing: intersectSubsets(statuses.missing, subset),
    in_progress: intersectSubsets(statuses.in_progress, subset),
    materialized: intersectSubsets(statuses.materialized, subset),
    failed: intersectSubsets(statuses.failed, subset),
  };
}
