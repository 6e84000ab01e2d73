import {
  appendBackfillLog,
  controlLedgers,
  type LogEntry,
  readBackfill,
  setBackfillStatus,
  type StateStore,
} from "@infill/state";

/**
 * Makes a backfill go on that has been given partitions to run. Comes after its ledgers say so: a planner that read them
 * before is refused when it wants to end the backfill, and one that has ended it meanwhile is overruled. One that is
 * paused stays so, and one that somebody cancels meanwhile is canceled.
 *
 * @param entry what its log says of it
 * @param fromCanceled whether it goes on where it was canceled
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
  await controlLedgers(store, await readBackfill(store, id));
}
