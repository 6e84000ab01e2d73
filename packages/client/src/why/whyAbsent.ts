import { definitionTimezone, zonedInstant } from "@infill/core";
import {
  asTimeWindows,
  axesOf,
  type Coordinates,
  dynamicNameOf,
  partitionOfKey,
  type PartitionsContext,
  type PartitionsDefinition,
  partsOfKey,
  requirePartition,
  timeDefinitionOf,
  timeWindowAt,
  timeWindowNamed,
  type TimeWindowPartitions,
  UnknownPartitionKeyError,
} from "@infill/partitions";
import type { DatedKey, RegisteredAsset, StateStore } from "@infill/state";
import { shellWord } from "@infill/planning";

/** How far into the future a partition is searched, in milliseconds: a hundred years. */
const aheadMs = 100 * 366 * 86_400_000;

/** Why there is no partition, and a command that restores one. */
interface Absence {
  readonly text: string;
  readonly command?: string;
}

/**
 * Why no partition has a key: it is in the future, outside the definition, excluded, removed, or
 * not a key at all.
 */
export async function whyAbsent(
  store: StateStore,
  { asset: { partitions } }: RegisteredAsset,
  key: string,
  context: PartitionsContext,
  error: UnknownPartitionKeyError,
): Promise<Absence> {
  const farContext = { ...context, nowMs: context.nowMs + aheadMs };
  const later = partitionOfKey(partitions, key, farContext);
  if (later !== undefined) return { text: futureText(partitions, later) };
  for (const [dimension, part, axis] of partsOf(partitions, key)) {
    if (partitionOfKey(axis, part, context) !== undefined) continue;
    const of = dimension === "" ? "" : ` of dimension "${dimension}"`;
    const dynamicName = dynamicNameOf(axis);
    if (dynamicName !== undefined) {
      const removed = await removedKey(store, dynamicName, part);
      if (removed === undefined) continue;
      const command = `infill dynamic add ${shellWord(dynamicName)} ${shellWord(part)}`;
      const at = new Date(removed.sinceMs).toISOString();
      return {
        text: `The key "${part}"${of} was removed from "${dynamicName}" at ${at}. If you add it again, it gets its state back.`,
        command,
      };
    }
    const windows = asTimeWindows(axis);
    if (windows === undefined || timeWindowNamed(windows, part) === undefined) continue;
    if (partitionOfKey({ ...windows, exclusions: [] }, part, farContext) !== undefined)
      return { text: `"${part}"${of} is excluded by the definition. ${error.message}` };
    switch (dimension === "" ? error.outside : outsideOf(windows, part, context)) {
      case "before":
        return { text: `It is before the definition's start. ${error.message}` };
      case "after":
        return { text: `It is after the definition's end. ${error.message}` };
      case undefined:
        return {
          text: `"${part}"${of} is not a boundary of the definition's time windows. ${error.message}`,
        };
    }
  }
  return { text: error.message };
}

function futureText(partitions: PartitionsDefinition, later: Coordinates): string {
  const window = timeWindowAt(partitions, later);
  if (window === undefined) return "It is in the future.";
  const zone = definitionTimezone(partitions) ?? "UTC";
  const offset = timeDefinitionOf(partitions).endOffset;
  const moved = offset === 0 ? "" : `; its endOffset of ${offset} moves this by that many windows`;
  return `It is in the future: its time window ends at ${zonedInstant(window.endMs, zone)} (${zone}), and a partition exists when its window has ended${moved}.`;
}

async function removedKey(
  store: StateStore,
  name: string,
  key: string,
): Promise<DatedKey | undefined> {
  const history = store.dynamicKeys.history(name);
  await history.read();
  for (const removed of history.removed()) if (removed.key === key) return removed;
  return undefined;
}

/** On which side of a time axis a missing key lies. */
function outsideOf(
  axis: TimeWindowPartitions,
  key: string,
  context: PartitionsContext,
): UnknownPartitionKeyError["outside"] {
  try {
    requirePartition(axis, key, context);
    return undefined;
  } catch (error) {
    if (error instanceof UnknownPartitionKeyError) return error.outside;
    throw error;
  }
}

/**
 * The parts of a key by dimension, as far as it has them; "" for a definition without dimensions.
 */
function partsOf(
  definition: PartitionsDefinition,
  key: string,
): (readonly [
  dimension: string,
  part: string,
  axis: ReturnType<typeof axesOf>[number]["definition"],
])[] {
  const axes = axesOf(definition);
  const parts = partsOfKey(definition, key);
  if (parts.length !== axes.length) return [];
  // A key has its dimensions in the order of their names.
  return axes
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((axis, index) => [axis.name, parts[index] ?? "", axis.definition] as const);
}
