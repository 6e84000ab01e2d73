import {
  changeBackfill,
  setControlOfLedgers,
  readBackfill,
  readLedgerCounters,
  redisTimeMs,
  setBackfillStatus,
  type StateStore,
} from "@infill/state";
import type { ControlOptions } from "../schemas/controlSchemas.ts";
import type { ResolvedPauseOptions } from "../schemas/backfillSchemas.ts";
import type { ClientEnvironment } from "../shared/clientEnvironment.ts";

/**
 * Changes a status, then writes the control to each ledger. If the caller dies in between, the
 * planner repeats the rest by the status. Ledgers compare revisions, so that after concurrent calls
 * they follow the last status.
 */
async function control(
  store: StateStore,
  id: string,
  change: Parameters<typeof setBackfillStatus>[2],
): Promise<void> {
  // Refuse an unreadable backfill before anything is changed.
  await readBackfill(store, id);
  await setBackfillStatus(store, id, change);
  await setControlOfLedgers(store, await readBackfill(store, id));
}

/** Starts no more partitions of a backfill, and aborts those that run. */
export function cancelBackfill(store: StateStore, id: string, by: ControlOptions): Promise<void> {
  return control(store, id, { to: "canceling", from: ["running", "paused"], ...by });
}

/** Starts no more partitions of a backfill for a while. */
export async function pauseBackfill(
  store: StateStore,
  id: string,
  { mode, forMs, actor, reason }: ResolvedPauseOptions,
): Promise<void> {
  const until = forMs === undefined ? {} : { untilMs: (await redisTimeMs(store)) + forMs };
  await control(store, id, {
    to: "paused",
    from: ["running", "paused"],
    pause: { mode, reason, ...until },
    actor,
    reason,
  });
}

/**
 * Resumes a paused backfill. Its budgets count from now on, and a failed canary no longer holds
 * back the rest.
 */
export async function resumeBackfill(
  environment: Pick<ClientEnvironment, "store" | "raiseVersions">,
  id: string,
  by: ControlOptions,
): Promise<void> {
  const { store } = environment;
  const { status, pause, header } = await readBackfill(store, id);
  if (status === "paused") {
    await environment.raiseVersions(id, by);
    let failuresBefore = 0;
    for (const asset of header.assets)
      failuresBefore += (await readLedgerCounters(store, asset, id))?.failed ?? 0;
    const resumedMs = await redisTimeMs(store);
    await changeBackfill(store, id, ({ progress }) => ({
      progress: {
        ...progress,
        failuresBefore,
        resumedMs,
        ...(pause?.cause === "canary" ? { canary: "waived" } : {}),
      },
    }));
  }
  await control(store, id, { to: "running", from: ["paused"], ...by });
}
