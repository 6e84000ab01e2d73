import type { BackfillPauseSummary } from "@infill/core";
import {
  type BackfillRecord,
  type RegisteredAsset,
  setBackfillStatus,
  type StateStore,
} from "@infill/state";
import { deliveredSummary } from "@infill/planning";

/**
 * Pauses a backfill whose budget is exceeded or whose canary has failed, and queues its summary in
 * the same transition.
 *
 * @param record as read before the decision; if its revision has changed since, the call changes
 *   nothing
 * @param reason for people
 * @returns whether this call paused it
 */
export async function pauseByItself(
  {
    store,
    registered,
  }: { readonly store: StateStore; readonly registered: ReadonlyMap<string, RegisteredAsset> },
  record: BackfillRecord,
  cause: BackfillPauseSummary["cause"],
  reason: string,
): Promise<boolean> {
  const { id, revision } = record;
  const summary: BackfillPauseSummary = {
    version: 1,
    event: "paused",
    status: "paused",
    cause,
    pauseReason: reason,
    resume: `infill backfill resume ${id}`,
    ...(await deliveredSummary(store, registered, record, "paused")),
  };
  const answer = await setBackfillStatus(store, id, {
    to: "paused",
    from: ["running"],
    revision,
    pause: { mode: "drain", reason, cause },
    actor: "planner",
    reason,
    summary: JSON.stringify(summary),
  });
  return answer.changed;
}
