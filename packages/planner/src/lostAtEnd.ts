import { type Logger, readBackfill, type StateStore, UnknownBackfillError } from "@infill/state";
import { repairEnd } from "./doctor/statusLook.ts";

/** Whether Redis answers that it knows no such backfill. */
export async function isLostBackfill(store: StateStore, id: string): Promise<boolean> {
  try {
    await readBackfill(store, id);
    return false;
  } catch (error) {
    return error instanceof UnknownBackfillError;
  }
}

/**
 * Lets a backfill go on that has just ended although Redis lost settlements of it. Between the look at the counters and the end,
 * which is sent again when a connection breaks, Redis may have gone back to before the last of them. What it goes back to after
 * this look is from before the end as well.
 */
export async function takeBackLostEnd(store: StateStore, log: Logger, id: string): Promise<void> {
  // Whoever deletes it, or lets it go on, has looked at it.
  if (await isLostBackfill(store, id)) return;
  const { status } = await readBackfill(store, id);
  if (status !== "succeeded" && status !== "failed") return;
  const by = { actor: "", reason: "Redis lost settlements at its end" };
  if (await repairEnd(store, id, by))
    log.error("a backfill ended while Redis lost settlements of it; it goes on", { backfill: id });
}
