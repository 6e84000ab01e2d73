import type { BackfillEnd } from "@infill/core";
import {
  type BackfillRecord,
  type RegisteredAsset,
  setBackfillStatus,
  type StateStore,
} from "@infill/state";
import { deliveredSummary } from "./deliveredSummary.ts";

/**
 * Ends a backfill and queues its summary in the same transition.
 *
 * @param record as read before the end was decided; if its revision has changed since, a retry or
 *   an addition came in between
 * @param from statuses from which it may end
 * @returns whether this call ended it; if not, nothing was changed
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
