import {
  appendBackfillLog,
  setControlOfLedgers,
  type LogEntry,
  readBackfill,
  setBackfillStatus,
  type StateStore,
} from "@infill/state";

/**
 * Lets a backfill run that got partitions to run. Call it after writing its ledgers. A planner that
 * read them before cannot end the backfill any more, and an end since then is taken back. A paused
 * backfill stays paused, and one that is canceled meanwhile stays canceled.
 *
 * @param entry for its log
 * @param fromCanceled whether a canceled backfill may run again
 * @throws UnknownBackfillError
 */
export async function continueBackfill(
  store: StateStore,
  id: string,
  entry: Omit<LogEntry, "before" | "after">,
  fromCanceled: boolean,
): Promise<void> {
  for (;;) {
    const record = await readBackfill(store, id);
    const { status, pause, revision } = record;
    if (status === "canceling" || (status === "canceled" && !fromCanceled)) {
      await appendBackfillLog(store, id, entry);
      return;
    }
    const to = status === "paused" ? "paused" : "running";
    const { changed } = await setBackfillStatus(store, id, {
      to,
      from: [status],
      revision,
      ...(pause === undefined ? {} : { pause }),
      ...entry,
    });
    if (changed) break;
  }
  await setControlOfLedgers(store, await readBackfill(store, id));
}
