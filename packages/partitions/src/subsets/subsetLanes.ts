import { axesOf } from "../definitions/axes.ts";
import type { PartitionsDefinition } from "../definitions/partitionsDefinition.ts";
import { CoordinatesError } from "../errors/keyErrors.ts";
import { unionIntegers } from "../integers/integerAlgebra.ts";
import { integers } from "../integers/integerQueries.ts";
import { type IntegerSet, integerRange, noIntegers } from "../integers/integerSet.ts";
import { type AxisGroup, type AxisSet, axisGroupsInSteps } from "./axisSet.ts";
import type { PartitionsSubset } from "./partitionsSubset.ts";

/** A lane: the coordinates of every axis but the bit axis. Empty for a definition with one axis. */
export type Lane = readonly number[];

/**
 * The subset with the given ordinals on the bit axis of each lane. A lane that is given twice holds
 * both. O(lanes).
 */
export function subsetFromLanes<D extends PartitionsDefinition>(
  definition: D,
  lanes: Iterable<readonly [lane: Lane, ordinals: IntegerSet]>,
): PartitionsSubset<D> {
  const steps = subsetFromLanesInSteps(definition, lanes);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** The same in steps, with a pause after each lane, for thousands of lanes. */
export function* subsetFromLanesInSteps<D extends PartitionsDefinition>(
  definition: D,
  lanes: Iterable<readonly [lane: Lane, ordinals: IntegerSet]>,
): Generator<void, PartitionsSubset<D>> {
  const laneAxes = axesOf(definition).length - 1;
  const entries = [...lanes];
  for (const [lane] of entries) {
    if (lane.length !== laneAxes)
      throw new CoordinatesError(lane, `a lane of this definition has ${laneAxes} coordinates`);
  }
  return { definition, coordinates: yield* fromLanes(entries, laneAxes, 0) };
}

function* fromLanes(
  entries: readonly (readonly [Lane, IntegerSet])[],
  laneAxes: number,
  depth: number,
): Generator<void, AxisSet> {
  if (depth === laneAxes) return unionOf(entries);
  const byCoordinate = new Map<number, (readonly [Lane, IntegerSet])[]>();
  for (const entry of entries) {
    const coordinate = entry[0][depth] ?? 0;
    const same = byCoordinate.get(coordinate);
    if (same === undefined) byCoordinate.set(coordinate, [entry]);
    else same.push(entry);
    yield;
  }
  const groups: AxisGroup[] = [];
  for (const [coordinate, inside] of byCoordinate) {
    const coordinates = integerRange(coordinate, coordinate + 1);
    const isLast = depth + 1 === laneAxes;
    const rest = isLast ? unionOf(inside) : yield* fromLanes(inside, laneAxes, depth + 1);
    groups.push({ coordinates, rest });
    yield;
  }
  return yield* axisGroupsInSteps(groups);
}

function unionOf(entries: readonly (readonly [Lane, IntegerSet])[]): IntegerSet {
  const [only = noIntegers] = entries.map(([, ordinals]) => ordinals);
  return entries.length < 2
    ? only
    : entries.reduce((union, [, ordinals]) => unionIntegers(union, ordinals), noIntegers);
}

/** Calls `visit` once for each non-empty lane, in no particular order. */
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

/**
 * The non-empty lanes one at a time, so that a caller may pause between them. In no particular
 * order.
 */
export function* lanesOfSubset(
  subset: PartitionsSubset,
): Generator<readonly [lane: Lane, ordinals: IntegerSet]> {
  yield* lanesOfSet(subset.coordinates, []);
}

function* lanesOfSet(
  set: AxisSet,
  lane: Lane,
): Generator<readonly [lane: Lane, ordinals: IntegerSet]> {
  if (set.kind !== "groups") {
    if (set.count > 0) yield [lane, set];
    return;
  }
  for (const group of set.groups) {
    for (const coordinate of integers(group.coordinates))
      yield* lanesOfSet(group.rest, [...lane, coordinate]);
  }
}
