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

/** Most active backfills that are read, the newest ones. */
const lookedAt = 100;

/** The partitions of an asset's plan that other backfills are going to run. */
export interface HeldPartitions {
  readonly partitions: PartitionsSubset;
  /** Newest first. */
  readonly backfills: readonly { readonly id: string; readonly partitions: PartitionsSubset }[];
}

/**
 * Of the partitions that a plan runs, those that another active backfill has selected and not
 * settled. If both run one at the same time, they share the execution.
 *
 * @returns by asset; assets without such partitions are left out
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
  // All at once: one after the other, each would wait for a round trip.
  const assetsOfIds = await Promise.all(ids.map((id) => assetsOf(store, id)));
  for (const [index, id] of ids.entries()) {
    const assets = assetsOfIds[index];
    for (const { registered, toRun } of running) {
      const { name } = registered.asset;
      if (assets?.has(name) !== true) continue;
      const open = await unsettledOf(store, registered, id, toRun);
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

/**
 * The assets of a backfill that may still start partitions; none if it is being canceled, was
 * removed or is unreadable.
 */
async function assetsOf(store: StateStore, id: string): Promise<ReadonlySet<string>> {
  const record = await findReadableBackfill(store, id);
  const mayStart = record?.status === "running" || record?.status === "paused";
  return new Set(mayStart ? record.header.assets : []);
}

/** What a backfill has selected and not settled within some partitions of an asset. */
async function unsettledOf(
  store: StateStore,
  { asset, ordinals }: RegisteredAsset,
  backfillId: string,
  within: PartitionsSubset,
): Promise<PartitionsSubset> {
  try {
    const all = ordinals.subsetOf(await readSelected(store, asset.name, backfillId));
    const selected = intersectSubsets(all, within);
    if (isEmptySubset(selected)) return selected;
    const places = ordinals.lanesOf(selected);
    const settled = await readLedgerPlane(store, asset.name, backfillId, "settled", places);
    return subtractSubsets(selected, ordinals.subsetOf(settled));
  } catch (error) {
    // The result is only a hint. Commands on that backfill and the doctor report what is
    // unreadable.
    if (error instanceof UnreadableBackfillError || isWrongType(error))
      return ordinals.subsetOf([]);
    throw error;
  }
}
