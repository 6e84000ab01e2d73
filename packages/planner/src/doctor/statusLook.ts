import { type BackfillStatus, isFinalStatus } from "@infill/core";
import {
  type BackfillRecord,
  controlLedger,
  countSelected,
  type Discrepancy,
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

/** The control words that a ledger may have under each status; the first one is put where there is another. */
const controls: Readonly<Record<BackfillStatus, readonly string[]>> = {
  running: ["running"],
  paused: ["paused", "stopping"],
  canceling: ["canceling"],
  // Nothing of these is left to start, so the word does not matter.
  succeeded: ["running", "paused", "stopping", "canceling"],
  failed: ["running", "paused", "stopping", "canceling"],
  canceled: ["canceling"],
};

/** The control words that a ledger may have under a status. */
export function controlsOf(status: BackfillStatus): readonly string[] {
  return controls[status];
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
    if (!controlsOf(status).includes(control))
      found.push({
        check: "control_differs",
        asset,
        backfillId: id,
        count: 1,
        problem: `The backfill is ${status}, and its ledger obeys "${control}".`,
        remedy: `The ledger is told what the status says.`,
        concernsPlanner: true,
        repair: () => repairControl(store, id, asset),
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

async function repairControl(store: StateStore, id: string, asset: string): Promise<void> {
  const { status } = await readBackfill(store, id);
  const word = controlsOf(status)[0];
  if (isFinalStatus(status) && status !== "canceled") return;
  if (word === "running" || word === "paused" || word === "canceling")
    await controlLedger(store, asset, id, word);
}

/** Lets a backfill go on that ended with partitions unsettled. */
async function repairEnd(store: StateStore, id: string, repairer: Repairer): Promise<void> {
  const { header } = await readBackfill(store, id);
  const open: string[] = [];
  for (const asset of header.assets)
    if ((await countUnsettled(store, asset, id)) > 0) open.push(asset);
  if (open.length === 0) return;
  for (const asset of header.assets) await controlLedger(store, asset, id, "running");
  await setBackfillStatus(store, id, {
    to: "running",
    from: ["succeeded", "failed"],
    actor: repairer.actor ?? "doctor",
    reason: repairer.reason ?? "partitions without an outcome",
  });
}
