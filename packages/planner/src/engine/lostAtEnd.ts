import { findBackfill, type StateStore } from "@infill/state";
import { type Logger } from "@infill/core";
import { repairEnd } from "@infill/planning";

/**
 * Lets a backfill go on that has just ended although Redis lost settlements of it. Between the look at the counters and the end,
 * which is sent again when a connection breaks, Redis may have gone back to before the last of them. What it goes back to after
 * this look is from before the end as well.
 */
export async function takeBackLostEnd(store: StateStore, log: Logger, id: string): Promise<void> {
  // Whoever has deleted it, or let it go on, has looked at it.
  const status = (await findBackfill(store, id))?.status;
  if (status !== "succeeded" && status !== "failed") return;
  const by = { actor: "", reason: "Redis lost settlements at its end" };
  if (await repairEnd(store, id, by))
    log.error("a backfill ended while Redis lost settlements of it; it goes on", { backfill: id });
}
