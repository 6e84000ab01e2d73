import { countUnsettled, type Repairer, repairEnd } from "@infill/planning";
import {
  type BackfillRecord,
  setControlOfLedgers,
  controlOfStatus,
  type Discrepancy,
  type LedgerControl,
  readBackfill,
  type StateStore,
} from "@infill/state";

/** The control that a backfill's ledgers must have; undefined if nothing is left to start. */
export function controlOf({ status, pause }: BackfillRecord): LedgerControl | undefined {
  if (status === "succeeded" || status === "failed") return undefined;
  return controlOfStatus(status, pause?.mode);
}

/** Compares a backfill's status with its ledgers' controls and counts. */
export async function lookAtStatus(
  store: StateStore,
  record: BackfillRecord,
  repairer: Repairer,
): Promise<Discrepancy[]> {
  const { id, status } = record;
  const found: Discrepancy[] = [];
  for (const asset of record.header.assets) {
    const control = await store.redis.hget(store.keys.ledger(asset, id), "control");
    // A ledger without a control is incomplete, which is another finding.
    if (control === null) continue;
    const right = controlOf(record);
    if (right !== undefined && control !== right)
      found.push({
        check: "control_differs",
        asset,
        backfillId: id,
        count: 1,
        problem: `The backfill is ${status}, so its ledger's control should be "${right}"; it is "${control}".`,
        remedy: "The doctor sets the control that follows from the status.",
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

async function repairControl(store: StateStore, id: string): Promise<void> {
  const record = await readBackfill(store, id);
  if (controlOf(record) !== undefined) await setControlOfLedgers(store, record);
}
