import { parsePartitionTextFor } from "@infill/partitions";
import { markPartitions, readPartitionAudit, type StateStore, wipePartitions } from "@infill/state";
import { countStatuses } from "./assetDetails.ts";
import type { ResolvedPageOptions } from "../schemas/pageSchemas.ts";
import type { ResolvedPartitionChange } from "../schemas/partitionSchemas.ts";
import { changeCursor, type Page } from "../shared/page.ts";
import type { ChangedPartitions, PartitionChangeEvent } from "../partitions/partitionAnswers.ts";
import { type PartitionStates, statusesWithin } from "@infill/planning";

/** Most characters of a partition text in the audit stream. */
const keptText = 2_000;

/**
 * Marks or wipes partitions by hand.
 *
 * @param register registers the asset; called before anything is written
 * @throws AssetUnregisteredError; the errors of the partition text's parser
 */
export async function changePartitions(
  store: StateStore,
  states: PartitionStates,
  asset: string,
  what: "marked" | "wiped",
  { partitions, actor, reason }: ResolvedPartitionChange,
  register: () => Promise<unknown>,
): Promise<ChangedPartitions> {
  const definition = states.asset(asset).asset.partitions;
  const expression = parsePartitionTextFor(partitions, [definition], states.context);
  const subset = await states.select(asset, expression);
  const before = countStatuses(statusesWithin(await states.statuses(asset), subset));
  const text = partitions.length > keptText ? `${partitions.slice(0, keptText)}…` : partitions;
  await register();
  // An unregistered asset has no state to wipe.
  if (states.asset(asset).epoch === "") return { asset, before, changed: 0, leftOut: 0 };
  const transition = what === "marked" ? markPartitions : wipePartitions;
  const done = await transition(store, states.asset(asset), subset, {
    what,
    actor,
    reason,
    details: { partitions: text, ...before },
  });
  return { asset, before, ...done };
}

/** An asset's changes by hand, newest first. The cursor is the id of the last listed entry. */
export async function listPartitionChanges(
  store: StateStore,
  asset: string,
  { limit, cursor: written }: ResolvedPageOptions,
): Promise<Page<PartitionChangeEvent>> {
  const cursor = changeCursor(written);
  const entries = await readPartitionAudit(store, asset, cursor, limit + 1);
  const items = entries.slice(0, limit).map(({ id, atMs, what, actor, reason, details }) => ({
    id,
    asset,
    at: new Date(atMs).toISOString(),
    what,
    actor,
    reason,
    details: details ?? {},
  }));
  const last = items.at(-1);
  return entries.length > limit && last !== undefined ? { items, nextCursor: last.id } : { items };
}
