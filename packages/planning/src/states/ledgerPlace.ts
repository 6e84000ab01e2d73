import { hasInteger, integerRange } from "@infill/partitions";
import {
  type BackfillRecord,
  type LedgerPlane,
  type PartitionAddress,
  readLedgerPlane,
  readSelected,
  type StateStore,
} from "@infill/state";

/** The state of a selected partition in a backfill. */
export interface LedgerPlace {
  readonly record: BackfillRecord;
  /** Undefined if it has none yet. */
  readonly outcome: "succeeded" | "failed" | "skipped" | "canceled" | undefined;
  /** Whether it is in the window and has a job. */
  readonly isQueued: boolean;
}

/** @returns undefined if the backfill does not select the partition */
export async function placeIn(
  store: StateStore,
  asset: string,
  record: BackfillRecord,
  { lane, ordinal }: PartitionAddress,
): Promise<LedgerPlace | undefined> {
  const selected = await readSelected(store, asset, record.id);
  const ordinals = selected.find((found) => found.lane === lane)?.ordinals;
  if (ordinals === undefined || !hasInteger(ordinals, ordinal)) return undefined;
  const places = [{ lane, ordinals: integerRange(ordinal, ordinal + 1) }];
  const has = async (plane: LedgerPlane) => {
    const lanes = await readLedgerPlane(store, asset, record.id, plane, places);
    return lanes.some((found) => found.lane === lane && hasInteger(found.ordinals, ordinal));
  };
  const isQueued = await has("queued");
  if (!(await has("settled"))) {
    // Partitions that a canceled backfill has not settled count as canceled.
    return { record, outcome: record.status === "canceled" ? "canceled" : undefined, isQueued };
  }
  for (const outcome of ["failed", "skipped", "canceled"] as const)
    if (await has(outcome)) return { record, outcome, isQueued };
  return { record, outcome: "succeeded", isQueued };
}
