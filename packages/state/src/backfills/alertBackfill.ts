import { z } from "zod";
import { type LogEntry, logEntryJson } from "../log/backfillLog.ts";
import { UnknownBackfillError } from "./backfillRecord.ts";
import { defineScript } from "../redis/script.ts";
import type { StateStore } from "../store/stateStore.ts";

const alertScript = defineScript("alert_backfill", z.tuple([z.enum(["told", "kept", "unknown"])]));

/**
 * Queues a summary for delivery that says that a running backfill fails too often. Safe to call
 * again: a backfill gets one such summary.
 *
 * @param summary JSON
 * @returns whether this call queued it
 * @throws UnknownBackfillError
 */
export async function alertBackfill(
  store: StateStore,
  id: string,
  summary: string,
  log: LogEntry,
): Promise<boolean> {
  const { keys, redis } = store;
  const [word] = await alertScript(
    redis,
    [keys.backfill(id), keys.backfillLog(id), keys.deliveries],
    [id, summary, logEntryJson(log)],
  );
  if (word === "unknown") throw new UnknownBackfillError(id);
  return word === "told";
}
