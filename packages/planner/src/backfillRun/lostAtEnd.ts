import { findBackfill, type StateStore } from "@infill/state";
import { type Logger } from "@infill/core";
import { repairEnd } from "@infill/planning";

/**
 * Reopens a backfill that has just ended although Redis lost some of its settlements. The end is
 * sent again after a lost connection, and Redis may have gone back to before the last settlements
 * in the meantime. A loss after this check also undoes the end itself.
 */
export async function takeBackLostEnd(store: StateStore, log: Logger, id: string): Promise<void> {
  // If it is deleted or reopened already, there is nothing to do.
  const status = (await findBackfill(store, id))?.status;
  if (status !== "succeeded" && status !== "failed") return;
  const by = { actor: "", reason: "Redis lost settlements when it ended" };
  if (await repairEnd(store, id, by))
    log.error("Redis lost settlements of a backfill when it ended; the backfill goes on", {
      backfill: id,
    });
}
