import { PartitionKeyError } from "../errors/definitionErrors.ts";
import type { PartitionsContext } from "../context/partitionsContext.ts";
import {
  CoordinatesError,
  NoSingleTimeDimensionError,
  TooManyPartitionsError,
  UnknownPartitionKeyError,
} from "../errors/keyErrors.ts";
import type { TimeWindow } from "../time/timeWindow.ts";
import { type AxisLayout, axisLayout } from "./axes.ts";
import { asTimeWindows, hasDimensions } from "./axisKinds.ts";
import type { AxisView } from "./axisView.ts";
import { viewAxis } from "./viewAxis.ts";
import { describeDefinition } from "./describeDefinition.ts";
import type { Coordinates, DimensionKeysOf, PartitionsDefinition } from "./partitionsDefinition.ts";
import { timeWindowEngine } from "./timeWindowEngine.ts";
import type { TimeWindowPartitions } from "./timeWindowPartitions.ts";

/** How many partitions exist. O(1) or O(log n). Throws {@link TooManyPartitionsError} beyond 2⁵³ - 1. */
export function countPartitions(
  definition: PartitionsDefinition,
  context: PartitionsContext,
): number {
  let count = 1;
  for (const view of axisViews(definition, context)) count *= view.count;
  if (count > Number.MAX_SAFE_INTEGER)
    throw new TooManyPartitionsError(describeDefinition(definition));
  return count;
}

/** The first partition in definition order; undefined if none exists. */
export function firstPartition(
  definition: PartitionsDefinition,
  context: PartitionsContext,
): Coordinates | undefined {
  const views = axisViews(definition, context);
  return views.some((view) => view.count === 0)
    ? undefined
    : views.map((view) => view.coordinateAt(0));
}

/** The last partition in definition order; undefined if none exists. */
export function lastPartition(
  definition: PartitionsDefinition,
  context: PartitionsContext,
): Coordinates | undefined {
  const views = axisViews(definition, context);
  return views.some((view) => view.count === 0)
    ? undefined
    : views.map((view) => view.coordinateAt(view.count - 1));
}

/** Whether a partition with these coordinates exists. */
export function partitionExists(
  definition: PartitionsDefinition,
  coordinates: Coordinates,
  context: PartitionsContext,
): boolean {
  const views = axisViews(definition, context);
  return (
    views.length === coordinates.length &&
    views.every((view, axis) => view.exists(coordinates[axis] ?? Number.NaN))
  );
}

/**
 * The key of a partition, whether it exists now or not. Throws {@link CoordinatesError} for a
 * static position or dynamic ordinal without a key.
 */
export function partitionKeyAt(
  definition: PartitionsDefinition,
  coordinates: Coordinates,
  context: PartitionsContext,
): string {
  const layout = axisLayout(definition);
  assertDepth(layout, coordinates);
  const [only] = layout.axes;
  if (layout.axes.length === 1 && only !== undefined)
    return viewAxis(only.definition, context).keyAt(coordinates[0] ?? 0);
  const views = axisViews(definition, context);
  return layout.axisOfPart.map((axis) => views[axis]?.keyAt(coordinates[axis] ?? 0)).join("|");
}

/** The keys of a partition by dimension; empty for a definition without dimensions. */
export function dimensionKeysAt<D extends PartitionsDefinition>(
  definition: D,
  coordinates: Coordinates,
  context: PartitionsContext,
): DimensionKeysOf<D> {
  const { axes, axisOfPart } = axisLayout(definition);
  assertDepth({ axes, axisOfPart }, coordinates);
  const entries = !hasDimensions(definition)
    ? []
    : axisOfPart.flatMap((axis) => {
        const found = axes[axis];
        if (found === undefined) return [];
        return [
          [found.name, viewAxis(found.definition, context).keyAt(coordinates[axis] ?? 0)] as const,
        ];
      });
  return Object.fromEntries(entries) as DimensionKeysOf<D>; // one entry for each dimension of the definition
}

/**
 * The partition of a key; undefined for a text that is not exactly the key of an existing
 * partition.
 */
export function partitionOfKey(
  definition: PartitionsDefinition,
  key: string,
  context: PartitionsContext,
): Coordinates | undefined {
  const layout = axisLayout(definition);
  const [only] = layout.axes;
  if (!hasDimensions(definition) && only !== undefined) {
    const coordinate = viewAxis(only.definition, context).coordinateOf(key);
    return coordinate === undefined ? undefined : [coordinate];
  }
  const parts = partsOfKey(definition, key);
  if (parts.length !== layout.axes.length) return undefined;
  const coordinates: number[] = new Array(parts.length);
  for (let part = 0; part < parts.length; part++) {
    const axis = layout.axisOfPart[part] ?? 0;
    const found = layout.axes[axis];
    const coordinate = found && viewAxis(found.definition, context).coordinateOf(parts[part] ?? "");
    if (coordinate === undefined) return undefined;
    coordinates[axis] = coordinate;
  }
  return coordinates;
}

/** The parts of a key in key order: one for each dimension if it is whole, or the key itself without dimensions. */
export function partsOfKey(definition: PartitionsDefinition, key: string): readonly string[] {
  return hasDimensions(definition) ? key.split("|") : [key];
}

/**
 * The partition of a key.
 *
 * @throws UnknownPartitionKeyError with the format, the first and last keys and the nearest
 */
export function requirePartition(
  definition: PartitionsDefinition,
  key: string,
  context: PartitionsContext,
): Coordinates {
  if (typeof key !== "string")
    throw new PartitionKeyError(key, "a key must be a text; put it in quotes");
  const found = partitionOfKey(definition, key, context);
  if (found !== undefined) return found;
  throw unknownKey(definition, key, context);
}

/**
 * The error for a text that is not a key. If one dimension's part is invalid, throws that
 * dimension's error.
 */
function unknownKey(
  definition: PartitionsDefinition,
  key: string,
  context: PartitionsContext,
): UnknownPartitionKeyError {
  const layout = axisLayout(definition);
  const views = axisViews(definition, context);
  const edge = (of: (view: AxisView) => number): string | undefined =>
    views.some((view) => view.count === 0)
      ? undefined
      : layout.axisOfPart
          .map((axis) => views[axis]?.keyAt(views[axis].coordinateAt(of(views[axis]))) ?? "")
          .join("|");
  const parts = partsOfKey(definition, key);
  const windows = asTimeWindows(definition);
  const format = hasDimensions(definition)
    ? `a key of ${layout.axisOfPart.map((axis) => layout.axes[axis]?.name).join("|")}`
    : (views[0]?.keyDescription ?? "a key");
  return new UnknownPartitionKeyError(key, {
    format,
    first: edge(() => 0),
    last: edge((view) => view.count - 1),
    nearest: parts.length === layout.axes.length ? nearestKeys(layout, views, parts) : [],
    outside: windows && sideOf(windows, key),
  });
}

function sideOf(definition: TimeWindowPartitions, key: string): "before" | "after" | undefined {
  const { firstOrdinal, endOrdinal, ordinalNamed } = timeWindowEngine(definition);
  const ordinal = ordinalNamed(key);
  if (ordinal === undefined || (ordinal >= firstOrdinal && ordinal < endOrdinal)) return undefined;
  return ordinal < firstOrdinal ? "before" : "after";
}

function nearestKeys(
  layout: AxisLayout,
  views: readonly AxisView[],
  parts: readonly string[],
): readonly string[] {
  const choices = parts.map((part, index) => {
    const view = views[layout.axisOfPart[index] ?? 0];
    if (view === undefined) return [];
    return view.coordinateOf(part) === undefined ? view.nearestTo(part) : [part];
  });
  if (choices.some((keys) => keys.length === 0)) return [];
  const most = Math.max(...choices.map((keys) => keys.length));
  return Array.from({ length: most }, (_, index) =>
    choices.map((keys) => keys[Math.min(index, keys.length - 1)]).join("|"),
  );
}

/**
 * The time window of a partition, whether it exists now or not; undefined unless exactly one axis
 * is a time axis.
 */
export function timeWindowAt(
  definition: PartitionsDefinition,
  coordinates: Coordinates,
): TimeWindow | undefined {
  const axis = timeAxisIndex(definition);
  const time = axis === undefined ? undefined : axisLayout(definition).axes[axis]?.definition;
  const windows = time && asTimeWindows(time);
  const ordinal = axis === undefined ? undefined : coordinates[axis];
  if (windows === undefined || ordinal === undefined) return undefined;
  const { ticks } = timeWindowEngine(windows);
  return { startMs: ticks.instantAt(ordinal), endMs: ticks.instantAt(ordinal + 1) };
}

/** The index of the only time axis; undefined if there is none or several. */
export function timeAxisIndex(definition: PartitionsDefinition): number | undefined {
  const { axes } = axisLayout(definition);
  const found = axes.flatMap((axis, index) =>
    asTimeWindows(axis.definition) === undefined ? [] : [index],
  );
  return found.length === 1 ? found[0] : undefined;
}

/** Like {@link timeAxisIndex}; throws {@link NoSingleTimeDimensionError} if there is none. */
export function requireTimeAxis(definition: PartitionsDefinition): number {
  const axis = timeAxisIndex(definition);
  if (axis === undefined) throw new NoSingleTimeDimensionError(describeDefinition(definition));
  return axis;
}

/** A view of each axis, in the order of coordinates. */
export function axisViews(
  definition: PartitionsDefinition,
  context: PartitionsContext,
): readonly AxisView[] {
  return axisLayout(definition).axes.map((axis) => viewAxis(axis.definition, context));
}

function assertDepth(layout: AxisLayout, coordinates: Coordinates): void {
  if (coordinates.length === layout.axes.length && coordinates.every(Number.isInteger)) return;
  throw new CoordinatesError(
    coordinates,
    `expected ${layout.axes.length} whole number${layout.axes.length === 1 ? "" : "s"}`,
  );
}
