import {
  changeBackfill,
  controlLedgers,
  readBackfill,
  readLedgerCounters,
  redisTimeMs,
  setBackfillStatus,
  type StateStore,
} from "@infill/state";
import { parseOptions } from "@infill/core";
import { z } from "zod";
import type { ControlOptions, PauseOptions } from "../shared/controlOptions.ts";

const pauseSchema = z.strictObject({
  mode: z.enum(["drain", "stop"]).default("drain"),
  forMs: z
    .int()
    .min(1_000)
    .max(365 * 86_400_000)
    .optional(),
  actor: z.string().max(200).default(""),
  reason: z.string().max(2_000).default(""),
});

/**
 * Changes a status, then tells each ledger. A caller that dies in between leaves word in the status, and the planner
 * repeats the rest; ledgers go by the revision, so that controls that cross each other end as the last status says.
 */
async function control(
  store: StateStore,
  id: string,
  change: Parameters<typeof setBackfillStatus>[2],
): Promise<void> {
  // Refuses one that cannot be read before anything of it is changed.
  await readBackfill(store, id);
  await setBackfillStatus(store, id, change);
  await controlLedgers(store, await readBackfill(store, id));
}

/** Starts no further partition of a backfill, and aborts those that run. */
export function cancelBackfill(store: StateStore, id: string, by: ControlOptions): Promise<void> {
  return control(store, id, { to: "canceling", from: ["running", "paused"], ...by });
}

/** Starts no further partition of a backfill for a while. @throws InvalidOptionsError */
export async function pauseBackfill(
  store: StateStore,
  id: string,
  options: PauseOptions,
): Promise<void> {
  const { mode, forMs, actor, reason } = parseOptions(pauseSchema, options, "pause");
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
 * Goes on with a paused backfill. Its budgets count from here on, and a canary that has failed holds the rest back no
 * longer.
 */
export async function resumeBackfill(
  store: StateStore,
  id: string,
  by: ControlOptions,
): Promise<void> {
  const { status, pause, header } = await readBackfill(store, id);
  if (status === "paused") {
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
