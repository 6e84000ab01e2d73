import { type BackfillRecord, type Discrepancy, isDeleted, type StateStore } from "@infill/state";

/** What was found, less what is said of backfills that were there at a look before and are deleted since, or about to be. */
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
