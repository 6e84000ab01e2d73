import {
  type BackfillRecord,
  controlLedgers,
  controlOfStatus,
  countSelected,
  type Discrepancy,
  type LedgerControl,
  readBackfill,
  readLedgerCounters,
  readLedgerPlane,
  readSelected,
  setBackfillStatus,
  type StateStore,
} from "@infill/state";

/** Who repairs, for a backfill's log. */
export interface Repairer {
  readonly actor?: string;
  readonly reason?: string;
}

/** The word that a ledger of a backfill has to obey; undefined where nothing is left that could start. */
export function controlOf({ status, pause }: BackfillRecord): LedgerControl | undefined {
  if (status === "succeeded" || status === "failed") return undefined;
  return controlOfStatus(status, pause?.mode);
}

/** Compares a backfill's status with what its ledgers obey and hold. */
export async function lookAtStatus(
  store: StateStore,
  record: BackfillRecord,
  repairer: Repairer,
): Promise<Discrepancy[]> {
  const { id, status } = record;
  const found: Discrepancy[] = [];
  for (const asset of record.header.assets) {
    const control = await store.redis.hget(store.keys.ledger(asset, id), "control");
    // A ledger without a control word is incomplete, which is another finding.
    if (control === null) continue;
    const right = controlOf(record);
    if (right !== undefined && control !== right)
      found.push({
        check: "control_differs",
        asset,
        backfillId: id,
        count: 1,
        problem: `The backfill is ${status}, so that its ledger should obey "${right}", and it obeys "${control}".`,
        remedy: "The ledger is told what the status says.",
        concernsPlanner: true,
        repair: () => repairControl(store, id),
      });
    if (status !== "succeeded" && status !== "failed") continue;
    const unsettled = await countUnsettled(store, asset, id);
    if (unsettled > 0)
      found.push({
        check: "ended_unsettled",
        asset,
        backfillId: id,
        count: unsettled,
        problem: `The backfill has ended (${status}), and ${unsettled} of its partitions have no outcome.`,
        remedy: "It runs again until they have one.",
        repair: () => repairEnd(store, id, repairer),
      });
  }
  return found;
}

/** Partitions that a ledger selects and has not settled, counted by bits where its counters leave a doubt. */
async function countUnsettled(store: StateStore, asset: string, id: string): Promise<number> {
  const counters = await readLedgerCounters(store, asset, id);
  if (counters === undefined) return 0;
  const fields = await store.redis.hmget(store.keys.ledger(asset, id), "canceled");
  const { selected, succeeded, failed, skipped } = counters;
  if (succeeded + failed + skipped + Number(fields[0] ?? 0) === selected) return 0;
  const rows = await readSelected(store, asset, id);
  const settled = await readLedgerPlane(store, asset, id, "settled", rows);
  return Math.max(0, countSelected(rows) - countSelected(settled));
}

async function repairControl(store: StateStore, id: string): Promise<void> {
  const record = await readBackfill(store, id);
  if (controlOf(record) !== undefined) await controlLedgers(store, record);
}

/** Lets a backfill go on that ended with partitions unsettled. @returns whether it did */
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
  if (changed) await controlLedgers(store, await readBackfill(store, id));
  return changed;
}
