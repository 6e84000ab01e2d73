import type { PartitionsContext } from "../context/partitionsContext.ts";
import { asTimeWindows, hasDimensions } from "../definitions/axisKinds.ts";
import { axesOf } from "../definitions/axes.ts";
import type { AxisView } from "../definitions/axisView.ts";
import { viewAxis } from "../definitions/viewAxis.ts";
import { partitionOfKey, requirePartition } from "../definitions/partitionAnswers.ts";
import type {
  Coordinates,
  DimensionKeysOf,
  PartitionKeyOf,
  PartitionsDefinition,
} from "../definitions/partitionsDefinition.ts";
import type { MultiPartitions } from "../definitions/multiPartitions.ts";
import { timeWindowEngine } from "../definitions/timeWindowEngine.ts";
import {
  InvertedRangeError,
  NoSingleTimeDimensionError,
  UnknownDimensionError,
  UnknownPartitionKeyError,
} from "../errors/keyErrors.ts";
import { intersectIntegers } from "../integers/integerAlgebra.ts";
import { unionAllIntegers } from "../integers/integerQueries.ts";
import { type IntegerSet, integerRange } from "../integers/integerSet.ts";
import { integersFromSorted } from "../integers/makeIntegers.ts";
import type { TimeWindow } from "../time/timeWindow.ts";
import { describeDefinition } from "../definitions/describeDefinition.ts";
import { productOfAxes } from "./axisSet.ts";
import type { PartitionsSubset } from "./partitionsSubset.ts";
import { subsetFromLanes } from "./subsetLanes.ts";

/** The partitions of the keys, in any order, with duplicates. Throws UnknownPartitionKeyError. */
export function subsetFromKeys<D extends PartitionsDefinition>(
  definition: D,
  keys: Iterable<PartitionKeyOf<D>>,
  context: PartitionsContext,
): PartitionsSubset<D> {
  return subsetFromCoordinates(
    definition,
    [...keys].map((key) => requirePartition(definition, key, context)),
  );
}

/** The partitions of the texts that are keys of existing partitions; skips the others. */
export function subsetFromKnownKeys<D extends PartitionsDefinition>(
  definition: D,
  keys: Iterable<string>,
  context: PartitionsContext,
): PartitionsSubset<D> {
  return subsetFromCoordinates(
    definition,
    [...keys].flatMap((key) => {
      const found = partitionOfKey(definition, key, context);
      return found === undefined ? [] : [found];
    }),
  );
}

/** The partitions at the coordinates, in any order. */
export function subsetFromCoordinates<D extends PartitionsDefinition>(
  definition: D,
  partitions: Iterable<Coordinates>,
): PartitionsSubset<D> {
  const lanes = new Map<string, { lane: readonly number[]; ordinals: number[] }>();
  for (const coordinates of partitions) {
    const lane = coordinates.slice(0, -1);
    const name = lane.join();
    let found = lanes.get(name);
    if (found === undefined) {
      found = { lane, ordinals: [] };
      lanes.set(name, found);
    }
    found.ordinals.push(coordinates.at(-1) ?? 0);
  }
  return subsetFromLanes(
    definition,
    [...lanes.values()].map(
      ({ lane, ordinals }) =>
        [lane, integersFromSorted(Float64Array.from(ordinals).sort())] as const,
    ),
  );
}

/**
 * The partitions from one key to another, both included, in definition order; of a multi-partitions definition the
 * rectangle: the product of the ranges of its dimensions.
 *
 * @throws UnknownPartitionKeyError, InvertedRangeError
 */
export function subsetFromRange<D extends PartitionsDefinition>(
  definition: D,
  fromKey: PartitionKeyOf<D>,
  toKey: PartitionKeyOf<D>,
  context: PartitionsContext,
): PartitionsSubset<D> {
  const from = requirePartition(definition, fromKey, context);
  const to = requirePartition(definition, toKey, context);
  const sides = axesOf(definition).map((axis, index) => {
    const view = viewAxis(axis.definition, context);
    const side = rangeOfAxis(view, from[index] ?? 0, to[index] ?? 0);
    if (side === undefined) throw new InvertedRangeError(fromKey, toKey);
    return side;
  });
  return { definition, coordinates: productOfAxes(sides) };
}

/**
 * The existing coordinates between two in definition order, both included; undefined if the ends
 * are inverted.
 */
export function rangeOfAxis(view: AxisView, from: number, to: number): IntegerSet | undefined {
  if (view.isAscending) {
    return to < from ? undefined : intersectIntegers(view.existing(), integerRange(from, to + 1));
  }
  const [first, last] = [view.positionOf(from), view.positionOf(to)];
  if (last < first) return undefined;
  return unionAllIntegers(
    Array.from({ length: last - first + 1 }, (_, index) => {
      const coordinate = view.coordinateAt(first + index);
      return integerRange(coordinate, coordinate + 1);
    }),
  );
}

/** Keys of each dimension; a dimension that is left out means all of it. */
export type DimensionChoice<D extends PartitionsDefinition> = D extends MultiPartitions
  ? {
      readonly [Name in keyof DimensionKeysOf<D>]?: readonly DimensionKeysOf<D>[Name][] | undefined;
    }
  : Readonly<Record<string, never>>;

/**
 * The product of some keys of each dimension, for example `{ region: ["us"] }`; a dimension that is
 * left out means all its existing keys.
 *
 * @throws UnknownDimensionError, UnknownPartitionKeyError
 */
export function subsetOfDimensions<D extends PartitionsDefinition>(
  definition: D,
  chosen: DimensionChoice<D>,
  context: PartitionsContext,
): PartitionsSubset<D> {
  const axes = axesOf(definition);
  const names = hasDimensions(definition) ? axes.map((axis) => axis.name) : [];
  for (const name of Object.keys(chosen)) {
    if (!names.includes(name)) throw new UnknownDimensionError(name, names);
  }
  const choices = new Map<string, readonly string[] | undefined>(
    Object.entries<readonly string[] | undefined>(chosen),
  );
  const sides = axes.map((axis) => {
    const keys = choices.get(axis.name);
    const view = viewAxis(axis.definition, context);
    return keys === undefined ? view.existing() : coordinatesOfKeys(view, keys);
  });
  return { definition, coordinates: productOfAxes(sides) };
}

function coordinatesOfKeys(view: AxisView, keys: readonly string[]): IntegerSet {
  const coordinates = keys.map((key) => {
    const coordinate = view.coordinateOf(key);
    if (coordinate !== undefined) return coordinate;
    throw new UnknownPartitionKeyError(key, {
      format: view.keyDescription,
      first: view.count === 0 ? undefined : view.keyAt(view.coordinateAt(0)),
      last: view.count === 0 ? undefined : view.keyAt(view.coordinateAt(view.count - 1)),
      nearest: view.nearestTo(key),
    });
  });
  return integersFromSorted(Float64Array.from(coordinates).sort());
}

/**
 * The partitions of a time-window definition whose windows start inside the given ones, whether they exist or not.
 * Excluded windows are left out.
 */
export function subsetFromTimeWindows<D extends PartitionsDefinition>(
  definition: D,
  windows: Iterable<TimeWindow>,
): PartitionsSubset<D> {
  const time = asTimeWindows(definition);
  if (time === undefined) throw new NoSingleTimeDimensionError(describeDefinition(definition));
  const { ticks, kept } = timeWindowEngine(time);
  const sets = [...windows].map(({ startMs, endMs }) => {
    const [from, to] = [ticks.ordinalAtOrAfter(startMs), ticks.ordinalAtOrAfter(endMs)];
    return kept === undefined ? integerRange(from, to) : kept.within(from, to);
  });
  return { definition, coordinates: unionAllIntegers(sets) };
}
