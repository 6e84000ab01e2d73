import { type BackfillRecord, type Discrepancy, isDeleted, type StateStore } from "@infill/state";

/**
 * Removes the findings about backfills that existed at an earlier check and have been deleted
 * since, or are being deleted.
 */
export async function withoutDeleted(
  store: StateStore,
  before: ReadonlyMap<string, BackfillRecord>,
  found: readonly Discrepancy[],
): Promise<Discrepancy[]> {
  const deleted = new Set<string>();
  for (const id of new Set(found.map(({ backfillId }) => backfillId ?? ""))) {
    if (before.has(id) && (await isDeleted(store, id))) deleted.add(id);
  }
  return found.filter(({ backfillId }) => !deleted.has(backfillId ?? ""));
}
