import { messageOf } from "@infill/core";
import {
  type BackfillRecord,
  type Discrepancy,
  discrepancyId,
  doctorChecks,
  findReadableBackfill,
  setBackfillStatus,
  type StateStore,
} from "@infill/state";
import type { ResolvedDoctorOptions } from "./doctorOptions.ts";
import { isOfServer } from "./looks/lookGuard.ts";

/**
 * Runs the repairs of one round, in the order of their checks. Then notifies the planners of the
 * repaired backfills.
 *
 * @returns by the discrepancy's id, why a repair failed
 * @throws errors that say that the server is gone
 */
export async function repairAll(
  store: StateStore,
  mendable: readonly Discrepancy[],
  records: ReadonlyMap<string, BackfillRecord>,
  options: ResolvedDoctorOptions,
): Promise<Map<string, string>> {
  const failures = new Map<string, string>();
  const ordered = mendable.toSorted(
    (a, b) => doctorChecks[a.check].round - doctorChecks[b.check].round,
  );
  const stale = new Set<string>();
  for (const found of ordered) {
    const { repair, concernsPlanner, backfillId } = found;
    try {
      await repair?.();
    } catch (error) {
      // After a failed repair, continue with the others.
      if (isOfServer(error)) throw error;
      failures.set(discrepancyId(found), messageOf(error));
      continue;
    }
    if (concernsPlanner === true && backfillId !== undefined && records.has(backfillId))
      stale.add(backfillId);
  }
  // Setting the same status again makes the planner read the backfill again, and leaves an entry in
  // its log.
  for (const id of stale) {
    // A backfill that was set aside meanwhile has no planner.
    if ((await findReadableBackfill(store, id)) === undefined) continue;
    await setBackfillStatus(store, id, {
      to: "running",
      from: ["running"],
      actor: options.actor,
      reason: options.reason,
      what: "repaired",
    });
  }
  return failures;
}
