import {
  allPartitions,
  intersectSubsets,
  type PartitionsContext,
  type PartitionsSubset,
  subtractSubsets,
} from "@infill/partitions";
import { type RegisteredAsset, readAssetPlane, type StateStore } from "@infill/state";

/** The existing partitions of one asset, or some of them, each under exactly one status. */
export interface PartitionStatuses {
  readonly all: PartitionsSubset;
  readonly missing: PartitionsSubset;
  readonly in_progress: PartitionsSubset;
  readonly materialized: PartitionsSubset;
  readonly failed: PartitionsSubset;
}

/** Reads the statuses of all partitions that exist at the context's instant, from bit-planes. */
export async function readStatuses(
  store: StateStore,
  registered: RegisteredAsset,
  context: PartitionsContext,
): Promise<PartitionStatuses> {
  const { asset, ordinals } = registered;
  const all = allPartitions(asset.partitions, context);
  const places = ordinals.lanesOf(all);
  const [running, broken, done] = await Promise.all(
    (["in_progress", "failed", "materialized"] as const).map(async (plane) =>
      intersectSubsets(
        ordinals.subsetOf(await readAssetPlane(store, asset.name, plane, places)),
        all,
      ),
    ),
  );
  if (running === undefined || broken === undefined || done === undefined)
    throw new Error("Bug: three planes");
  const failed = subtractSubsets(broken, running);
  const materialized = subtractSubsets(subtractSubsets(done, running), failed);
  const missing = subtractSubsets(
    subtractSubsets(subtractSubsets(all, running), failed),
    materialized,
  );
  return { all, missing, in_progress: running, materialized, failed };
}

/** The statuses of those partitions that are also in `subset`. */
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
