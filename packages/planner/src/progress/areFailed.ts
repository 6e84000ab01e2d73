import { integersFromSorted, isEmptyIntegers, subtractIntegers } from "@infill/partitions";
import { readLedgerPlane, type StateStore } from "@infill/state";
import type { AssetProgress } from "./assetProgress.ts";
import type { LanePick } from "./readyOrder.ts";

/**
 * Whether all of these partitions are still failed in the ledger. The stream may report a failure
 * after a retry has reopened it.
 */
export async function areFailed(
  store: StateStore,
  backfillId: string,
  asset: AssetProgress,
  { lane: { lane }, ordinals: members }: LanePick,
): Promise<boolean> {
  const ordinals = integersFromSorted(members.toSorted((a, b) => a - b));
  const places = [{ lane, ordinals }];
  const [failed] = await readLedgerPlane(store, asset.name, backfillId, "failed", places);
  return failed !== undefined && isEmptyIntegers(subtractIntegers(ordinals, failed.ordinals));
}
