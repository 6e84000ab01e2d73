import { InvalidOptionsError, parseOptions } from "@infill/core";
import { type PartitionsContext, parsePartitionText, resolvePartitions } from "@infill/partitions";
import {
  auditIdPattern,
  markPartitions,
  readPartitionAudit,
  type RegisteredAsset,
  type StateStore,
  wipePartitions,
} from "@infill/state";
import { z } from "zod";
import { countStatuses } from "./assetDetails.ts";
import type {
  ChangedPartitions,
  Page,
  PageOptions,
  PartitionChange,
  PartitionChangeEvent,
} from "./client.ts";
import { pageLimit } from "./pages.ts";
import { readStatuses, statusesWithin, subsetOfStatus } from "./partitionStatuses.ts";

const changeSchema = z.strictObject({
  partitions: z.string().min(1).max(65_536),
  actor: z.string().max(200).default(""),
  reason: z.string().max(2_000).default(""),
});

/** Characters of a partition text that the audit stream keeps. */
const keptText = 2_000;

/**
 * Marks or wipes partitions by hand.
 *
 * @throws InvalidOptionsError, AssetUnregisteredError; what the partition text's parser throws
 */
export async function changePartitions(
  store: StateStore,
  registered: RegisteredAsset,
  context: PartitionsContext,
  what: "marked" | "wiped",
  change: PartitionChange,
): Promise<ChangedPartitions> {
  const { partitions, actor, reason } = parseOptions(changeSchema, change, "change of partitions");
  const statuses = await readStatuses(store, registered, context);
  const subset = resolvePartitions(
    parsePartitionText(partitions),
    registered.asset.partitions,
    context,
    (word) => subsetOfStatus(statuses, word),
  );
  const before = countStatuses(statusesWithin(statuses, subset));
  const text = partitions.length > keptText ? `${partitions.slice(0, keptText)}…` : partitions;
  const transition = what === "marked" ? markPartitions : wipePartitions;
  const done = await transition(store, registered, subset, {
    what,
    actor,
    reason,
    details: { partitions: text, ...before },
  });
  return { asset: registered.asset.name, before, ...done };
}

/** What was changed by hand in an asset, newest first. The cursor is the id of the last entry shown. */
export async function listPartitionChanges(
  store: StateStore,
  asset: string,
  options: PageOptions,
): Promise<Page<PartitionChangeEvent>> {
  const limit = pageLimit(options.limit);
  const { cursor } = options;
  if (cursor !== undefined && !auditIdPattern.test(cursor)) {
    throw new InvalidOptionsError(
      "page",
      "cursor",
      "it is no id of a change; use the nextCursor of a page",
    );
  }
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
