import { intersectSubsets, type PartitionsSubset, subtractSubsets } from "@infill/partitions";
import {
  type RegisteredAsset,
  readAssetPlane,
  readLedgerPlane,
  readSelected,
  type StateStore,
} from "@infill/state";

/** Partitions of one asset in a running backfill that a change may concern. */
export interface OpenLedger {
  readonly asset: RegisteredAsset;
  /** Selected and not canceled. */
  readonly live: PartitionsSubset;
  /** Selected, without an outcome and without a running claim. */
  readonly open: PartitionsSubset;
}

/** Reads a backfill's partitions of an asset. */
export async function readOpenLedger(
  store: StateStore,
  asset: RegisteredAsset,
  id: string,
): Promise<OpenLedger> {
  const { ordinals } = asset;
  const { name } = asset.asset;
  const lanes = await readSelected(store, name, id);
  const settled = ordinals.subsetOf(await readLedgerPlane(store, name, id, "settled", lanes));
  const canceled = ordinals.subsetOf(await readLedgerPlane(store, name, id, "canceled", lanes));
  const queued = await readLedgerPlane(store, name, id, "queued", lanes);
  const running = await readAssetPlane(store, name, "in_progress", queued);
  const executing = intersectSubsets(ordinals.subsetOf(queued), ordinals.subsetOf(running));
  const selected = ordinals.subsetOf(lanes);
  return {
    asset,
    live: subtractSubsets(selected, canceled),
    open: subtractSubsets(subtractSubsets(selected, settled), executing),
  };
}
