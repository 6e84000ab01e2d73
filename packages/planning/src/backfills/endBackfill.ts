import type { BackfillEnd } from "@infill/core";
import {
  type BackfillRecord,
  type RegisteredAsset,
  setBackfillStatus,
  type StateStore,
} from "@infill/state";
import { deliveredSummary } from "./deliveredSummary.ts";

/**
 * Ends a backfill, and leaves a summary to be delivered: one for each end, written by the transition itself.
 *
 * @param record as read before what the end was decided by: where it has another revision now, a retry or an addition
 *   came in between
 * @param from statuses that it may have before
 * @returns whether it has ended by this call; else nothing was changed and there is no summary
 */
export async function endBackfill(
  {
    store,
    registered,
  }: { readonly store: StateStore; readonly registered: ReadonlyMap<string, RegisteredAsset> },
  record: BackfillRecord,
  to: BackfillEnd["status"],
  from: readonly BackfillRecord["status"][],
): Promise<boolean> {
  const end: BackfillEnd = {
    version: 1,
    status: to,
    ...(await deliveredSummary(store, registered, record, to)),
  };
  const summary = JSON.stringify(end);
  const { id, revision } = record;
  return (await setBackfillStatus(store, id, { to, from, revision, summary })).changed;
}
