/** Moments between two writes at which a fault test may end the process. */
export const crashSteps = [
  /** A submission: its idempotency key has its id, nothing else stands. */
  "after:submission",
  /** A submission: one more ledger stands. */
  "after:ledger",
  /** A submission: the ledgers stand, the backfill does not exist yet. */
  "after:ledgers",
  /** A submission: the backfill exists, the caller does not know. */
  "after:record",
  /** A planner: partitions are in the window, their jobs are not added. */
  "after:reserve",
  /** A planner: a page of jobs is added. */
  "after:add",
  /** A planner: partitions downstream of a failure are settled as skipped. */
  "after:skip",
  /** A planner: settlements are read from the stream, nothing is done about them. */
  "after:observe",
  /** A planner: a backfill is paused by its budget or canary, and nobody is told yet. */
  "after:pause",
  /** A client: an asset is kept from everybody, and nothing of it is deleted yet. */
  "after:give_up",
  /** A client: some keys of an asset are deleted. */
  "after:give_up_step",
  /** A client: an asset to rename and its new name are marked, and it is not known yet whether the new one is free. */
  "after:rename_mark",
  /** A client: an asset to rename and its new name are kept from everybody, and nothing is copied yet. */
  "after:rename",
  /** A client: some keys of an asset stand under its new name too. */
  "after:rename_step",
  /** A client: everything of an asset stands under its new name too, and no backfill knows. */
  "after:rename_copy",
  /** A client: one more backfill names an asset by its new name. */
  "after:rename_backfill",
  /** A client: what stands under the old name is about to be deleted. */
  "after:rename_moved",
  /** A client: some keys under the old name are deleted. */
  "after:rename_delete",
  /** A client: nothing stands under the old name, and nobody may use the new one yet. */
  "after:rename_end",
  /** A client: a rename is being taken back, and nothing is deleted yet. */
  "after:unrename",
  /** A client: an asset whose state is to be kept is kept from everybody, and nothing is prepared yet. */
  "after:keep",
  /** A client: some partitions stand beside the old state, where their new definition has them. */
  "after:keep_step",
  /** A client: all that is kept is prepared, and some of the old state is deleted. */
  "after:keep_delete",
  /** A client: some of what is kept has taken its place. */
  "after:keep_install",
  /** A planner: nothing is left to do, and the backfill is not marked as ended. */
  "before:end",
  /** A planner: the backfill is marked as ended, its lease stands. */
  "after:end",
] as const;
export type CrashStep = (typeof crashSteps)[number];

const wanted = process.env["INFILL_CRASH_AT"];
let passed = 0;

/**
 * For fault tests alone: where the environment says `INFILL_CRASH_AT=after:reserve#3`, the third passing of that step
 * ends the process as SIGKILL does. Without the variable it is one comparison.
 *
 * @throws Error where the variable names no step
 */
export function crashPoint(step: CrashStep): void {
  if (wanted === undefined) return;
  const [name, count = "1"] = wanted.split("#");
  if (!crashSteps.some((known) => known === name))
    throw new Error(`INFILL_CRASH_AT names the step "${name}"; there are ${crashSteps.join(", ")}`);
  if (name === step && ++passed === Number(count)) process.kill(process.pid, "SIGKILL");
}
