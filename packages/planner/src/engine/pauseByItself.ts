import type { BackfillPauseSummary } from "@infill/core";
import {
  type BackfillRecord,
  type RegisteredAsset,
  setBackfillStatus,
  type StateStore,
} from "@infill/state";
import { deliveredSummary } from "@infill/planning";

/**
 * Pauses a backfill whose budget is exceeded or whose canary has failed, and leaves a summary to be delivered: one for each pause,
 * written by the transition itself.
 *
 * @param record as read before the pause was decided on: where it has another revision now, somebody controlled it in between, and
 *   nothing is changed
 * @param reason in words
 * @returns whether it pauses by this call
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
