import { axesOf } from "../definitions/axes.ts";
import type { PartitionsDefinition } from "../definitions/partitionsDefinition.ts";
import { CoordinatesError } from "../errors/keyErrors.ts";
import { unionIntegers } from "../integers/integerAlgebra.ts";
import { integers } from "../integers/integerQueries.ts";
import { type IntegerSet, integerRange, noIntegers } from "../integers/integerSet.ts";
import { type AxisSet, axisGroups } from "./axisSet.ts";
import type { PartitionsSubset } from "./partitionsSubset.ts";

/** A lane: the coordinates of every axis but the bit axis. Empty for a definition with one axis. */
export type Lane = readonly number[];

/** The subset whose bit axis holds the given ordinals in each lane. A lane given twice holds both. O(lanes). */
export function subsetFromLanes<D extends PartitionsDefinition>(
  definition: D,
  lanes: Iterable<readonly [lane: Lane, ordinals: IntegerSet]>,
): PartitionsSubset<D> {
  const laneAxes = axesOf(definition).length - 1;
  const entries = [...lanes];
  for (const [lane] of entries) {
    if (lane.length !== laneAxes)
      throw new CoordinatesError(lane, `a lane of this definition has ${laneAxes} coordinates`);
  }
  return { definition, coordinates: fromLanes(entries, laneAxes, 0) };
}

function fromLanes(
  entries: readonly (readonly [Lane, IntegerSet])[],
  laneAxes: number,
  depth: number,
): AxisSet {
  if (depth === laneAxes)
    return entries.reduce((union, [, ordinals]) => unionIntegers(union, ordinals), noIntegers);
  const byCoordinate = new Map<number, (readonly [Lane, IntegerSet])[]>();
  for (const entry of entries) {
    const coordinate = entry[0][depth] ?? 0;
    const same = byCoordinate.get(coordinate);
    if (same === undefined) byCoordinate.set(coordinate, [entry]);
    else same.push(entry);
  }
  return axisGroups(
    [...byCoordinate].map(([coordinate, inside]) => ({
      coordinates: integerRange(coordinate, coordinate + 1),
      rest: fromLanes(inside, laneAxes, depth + 1),
    })),
  );
}

/** Calls `visit` once for each lane that holds something. Lanes come in no particular order. */
export function forEachLane(
  subset: PartitionsSubset,
  visit: (lane: Lane, ordinals: IntegerSet) => void,
): void {
  visitLanes(subset.coordinates, [], visit);
}

function visitLanes(
  set: AxisSet,
  lane: Lane,
  visit: (lane: Lane, ordinals: IntegerSet) => void,
): void {
  if (set.kind !== "groups") {
    if (set.count > 0) visit(lane, set);
    return;
  }
  for (const group of set.groups) {
    for (const coordinate of integers(group.coordinates))
      visitLanes(group.rest, [...lane, coordinate], visit);
  }
}
