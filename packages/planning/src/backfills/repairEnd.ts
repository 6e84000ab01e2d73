import {
  setControlOfLedgers,
  countSelected,
  readBackfill,
  readLedgerCounters,
  readLedgerPlane,
  readSelected,
  setBackfillStatus,
  type StateStore,
} from "@infill/state";

/** The actor and reason of a repair, for the backfill's log. */
export interface Repairer {
  readonly actor?: string;
  readonly reason?: string;
}

/**
 * How many selected partitions of a ledger have not settled. Counts bits if the counters are in
 * doubt.
 */
export async function countUnsettled(
  store: StateStore,
  asset: string,
  id: string,
): Promise<number> {
  const counters = await readLedgerCounters(store, asset, id);
  if (counters === undefined) return 0;
  const fields = await store.redis.hmget(store.keys.ledger(asset, id), "canceled");
  const { selected, succeeded, failed, skipped } = counters;
  if (succeeded + failed + skipped + Number(fields[0] ?? 0) === selected) return 0;
  const rows = await readSelected(store, asset, id);
  const settled = await readLedgerPlane(store, asset, id, "settled", rows);
  return Math.max(0, countSelected(rows) - countSelected(settled));
}

/** Reopens a backfill that ended with unsettled partitions. @returns whether it did */
export async function repairEnd(
  store: StateStore,
  id: string,
  repairer: Repairer,
): Promise<boolean> {
  const { header } = await readBackfill(store, id);
  const open: string[] = [];
  for (const asset of header.assets)
    if ((await countUnsettled(store, asset, id)) > 0) open.push(asset);
  if (open.length === 0) return false;
  const { changed } = await setBackfillStatus(store, id, {
    to: "running",
    from: ["succeeded", "failed"],
    actor: repairer.actor ?? "doctor",
    reason: repairer.reason ?? "partitions without an outcome",
    what: "repaired",
  });
  if (changed) await setControlOfLedgers(store, await readBackfill(store, id));
  return changed;
}
