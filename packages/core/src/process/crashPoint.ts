/** Moments between two writes at which a fault test may end the process. */
export const crashSteps = [
  /** A submission: its idempotency key has its id, and nothing else is written. */
  "after:submission",
  /** A submission: one more ledger stands. */
  "after:ledger",
  /** A submission: the ledgers exist, the backfill does not. */
  "after:ledgers",
  /** A submission: the backfill exists, but the caller does not know. */
  "after:record",
  /** A planner: partitions are in the window, their jobs are not added. */
  "after:reserve",
  /** A planner: a page of jobs is added. */
  "after:add",
  /** A planner: partitions downstream of a failure are settled as skipped. */
  "after:skip",
  /** A planner: settlements are read from the stream, but not handled. */
  "after:observe",
  /** A planner: a backfill is paused by its budget or canary, and its summary is not delivered. */
  "after:pause",
  /** A client: an asset is locked, and nothing of it is deleted. */
  "after:give_up",
  /** A client: some keys of an asset are deleted. */
  "after:give_up_step",
  /** A client: an asset to rename and its new name are marked; the new name may not be free. */
  "after:rename_mark",
  /** A client: an asset to rename and its new name are locked, and nothing is copied. */
  "after:rename",
  /** A client: some keys of an asset are copied to its new name. */
  "after:rename_step",
  /**
   * A client: all keys of an asset are copied to its new name, and no backfill has the new name.
   */
  "after:rename_copy",
  /** A client: one more backfill has an asset's new name. */
  "after:rename_backfill",
  /** A client: the keys of the old name are about to be deleted. */
  "after:rename_moved",
  /** A client: some keys of the old name are deleted. */
  "after:rename_delete",
  /** A client: no key of the old name is left, and the new name is still locked. */
  "after:rename_end",
  /** A client: a rename is being taken back, and nothing is deleted. */
  "after:unrename",
  /**
   * A client: an asset whose state moves to a new definition is locked, and nothing is prepared.
   */
  "after:keep",
  /**
   * A client: some partitions are prepared beside the old state, at their places in the new
   * definition.
   */
  "after:keep_step",
  /** A client: everything is prepared, and some of the old state is deleted. */
  "after:keep_delete",
  /** A client: some of the prepared keys are in place. */
  "after:keep_install",
  /** A planner: nothing is left to do, and the backfill is not marked as ended. */
  "before:end",
  /** A planner: the backfill is marked as ended, and its lease still exists. */
  "after:end",
] as const;
export type CrashStep = (typeof crashSteps)[number];

const wanted = process.env["INFILL_CRASH_AT"];
let passed = 0;

/**
 * For fault tests only: with `INFILL_CRASH_AT=after:reserve#3` in the environment, the third call
 * for that step ends the process as SIGKILL does. Without the variable, a call costs one
 * comparison.
 *
 * @throws Error if the variable has no known step
 */
export function crashPoint(step: CrashStep): void {
  if (wanted === undefined) return;
  const [name, count = "1"] = wanted.split("#");
  if (!crashSteps.some((known) => known === name))
    throw new Error(`INFILL_CRASH_AT names the step "${name}"; there are ${crashSteps.join(", ")}`);
  if (name === step && ++passed === Number(count)) process.kill(process.pid, "SIGKILL");
}
