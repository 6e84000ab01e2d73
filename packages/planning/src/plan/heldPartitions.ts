import {
  intersectSubsets,
  isEmptySubset,
  type PartitionsSubset,
  subtractSubsets,
  unionSubsets,
} from "@infill/partitions";
import {
  activeBackfills,
  findReadableBackfill,
  readLedgerPlane,
  readSelected,
  type RegisteredAsset,
  type StateStore,
  isWrongType,
  UnreadableBackfillError,
} from "@infill/state";
import type { AssetPlan } from "./planBackfill.ts";

/** Active backfills that are looked at, the newest ones. */
const lookedAt = 100;

/** What other backfills are going to run of an asset's plan. */
export interface HeldPartitions {
  readonly partitions: PartitionsSubset;
  /** Newest first. */
  readonly backfills: readonly { readonly id: string; readonly partitions: PartitionsSubset }[];
}

/**
 * Of what a plan runs, the partitions that another active backfill has selected and not settled yet: if it runs one of
 * them at the same time, both share the execution.
 *
 * @returns by asset; those of which nothing is held are left out
 */
export async function heldElsewhere(
  store: StateStore,
  plans: readonly AssetPlan[],
): Promise<ReadonlyMap<string, HeldPartitions>> {
  const running = plans.filter(({ toRun }) => !isEmptySubset(toRun));
  const held = new Map<string, HeldPartitions>();
  if (running.length === 0) return held;
  const active = await activeBackfills(store).catch((error: unknown) => {
    if (isWrongType(error)) return [];
    throw error;
  });
  const ids = active.sort((a, b) => (a < b ? 1 : -1)).slice(0, lookedAt);
  for (const id of ids) {
    const assets = await assetsOf(store, id);
    for (const { registered, toRun } of running) {
      const { name } = registered.asset;
      if (!assets.has(name)) continue;
      const open = intersectSubsets(await unsettledOf(store, registered, id), toRun);
      if (isEmptySubset(open)) continue;
      const known = held.get(name);
      held.set(name, {
        partitions: known === undefined ? open : unionSubsets(known.partitions, open),
        backfills: [...(known?.backfills ?? []), { id, partitions: open }],
      });
    }
  }
  return held;
}

/** The assets of a backfill that may still start partitions; none for one that is being canceled, was removed or cannot be read. */
async function assetsOf(store: StateStore, id: string): Promise<ReadonlySet<string>> {
  const record = await findReadableBackfill(store, id);
  const mayStart = record?.status === "running" || record?.status === "paused";
  return new Set(mayStart ? record.header.assets : []);
}

async function unsettledOf(
  store: StateStore,
  { asset, ordinals }: RegisteredAsset,
  backfillId: string,
): Promise<PartitionsSubset> {
  try {
    const selected = await readSelected(store, asset.name, backfillId);
    const settled = await readLedgerPlane(store, asset.name, backfillId, "settled", selected);
    return subtractSubsets(ordinals.subsetOf(selected), ordinals.subsetOf(settled));
  } catch (error) {
    // What another backfill holds is a hint; its own commands and the doctor name what cannot be read of it.
    if (error instanceof UnreadableBackfillError || isWrongType(error))
      return ordinals.subsetOf([]);
    throw error;
  }
}
