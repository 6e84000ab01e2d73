import { definitionTimezone, zonedInstant } from "@infill/core";
import {
  axesOf,
  type PartitionsContext,
  type PartitionsDefinition,
  partitionOfKey,
  timeWindowAt,
  timeWindowNamed,
  type UnknownPartitionKeyError,
} from "@infill/partitions";
import type { RegisteredAsset, StateStore } from "@infill/state";

/** How far ahead a partition is looked for, in milliseconds: a hundred years. */
const aheadMs = 100 * 366 * 86_400_000;

/** Why a text is not the key of a partition that exists: in the future, outside of the definition, excluded, removed, or no key. */
export async function whyAbsent(
  store: StateStore,
  { asset: { partitions } }: RegisteredAsset,
  key: string,
  context: PartitionsContext,
  error: UnknownPartitionKeyError,
): Promise<string> {
  const later = partitionOfKey(partitions, key, { ...context, nowMs: context.nowMs + aheadMs });
  const window = later === undefined ? undefined : timeWindowAt(partitions, later);
  if (window !== undefined) {
    const zone = definitionTimezone(partitions) ?? "UTC";
    return `It lies in the future: its window ends at ${zonedInstant(window.endMs, zone)} (${zone}), and a partition exists when its window has ended.`;
  }
  for (const [dimension, part, axis] of partsOf(partitions, key)) {
    const of = dimension === "" ? "" : ` of dimension "${dimension}"`;
    if (axis.kind === "dynamic") {
      const history = store.dynamicKeys.history(axis.name);
      await history.read();
      for (const removed of history.removed())
        if (removed.key === part)
          return `The key "${part}"${of} was removed from "${axis.name}" at ${new Date(removed.sinceMs).toISOString()}; \`infill dynamic add ${axis.name}\` brings it back with its state.`;
    }
    if (axis.kind !== "timeWindow" || partitionOfKey(axis, part, context) !== undefined) continue;
    if (timeWindowNamed(axis, part) === undefined) continue;
    const { outside } = error;
    if (outside === "before") return `It lies before the definition's start. ${error.message}`;
    if (outside === "after") return `It lies after the definition's end. ${error.message}`;
    return `"${part}"${of} names no window that the definition keeps: it is excluded, before its start, or no boundary of its cadence. ${error.message}`;
  }
  return error.message;
}

/** The parts of a key by dimension, as far as there are so many; "" for a definition without dimensions. */
function partsOf(
  definition: PartitionsDefinition,
  key: string,
): (readonly [
  dimension: string,
  part: string,
  axis: ReturnType<typeof axesOf>[number]["definition"],
])[] {
  const axes = axesOf(definition);
  if (definition.kind !== "multi") return axes.map((axis) => ["", key, axis.definition] as const);
  const parts = key.split("|");
  if (parts.length !== axes.length) return [];
  // A key names its dimensions in the order of their names.
  return axes
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((axis, index) => [axis.name, parts[index] ?? "", axis.definition] as const);
}
