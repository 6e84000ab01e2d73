import { hasInteger, integerRange } from "@infill/partitions";
import {
  type BackfillRecord,
  type LedgerPlane,
  type PartitionAddress,
  readLedgerPlane,
  readSelected,
  type StateStore,
} from "@infill/state";

/** Where a partition that a backfill selects stands in it. */
export interface LedgerPlace {
  readonly record: BackfillRecord;
  /** Undefined while it has none. */
  readonly outcome: "succeeded" | "failed" | "skipped" | "canceled" | undefined;
  /** Whether it is in the window: it has a job. */
  readonly isQueued: boolean;
}

/** @returns undefined where the backfill does not select the partition */
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
    // What a canceled backfill has not settled counts as canceled.
    return { record, outcome: record.status === "canceled" ? "canceled" : undefined, isQueued };
  }
  for (const outcome of ["failed", "skipped", "canceled"] as const)
    if (await has(outcome)) return { record, outcome, isQueued };
  return { record, outcome: "succeeded", isQueued };
}
