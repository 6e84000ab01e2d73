import { listedKeysOf } from "../definitions/axisKinds.ts";
import { axesOf } from "../definitions/axes.ts";
import { fingerprintOf } from "../definitions/fingerprint.ts";
import type { Coordinates, PartitionsDefinition } from "../definitions/partitionsDefinition.ts";
import { DefinitionMismatchError } from "../errors/subsetErrors.ts";
import type { IntegerSet } from "../integers/integerSet.ts";
import {
  type AxisSet,
  countAxisSet,
  emptyAxisSet,
  equalAxisSets,
  hasCoordinates,
  isEmptyAxisSet,
  projectAxis,
} from "./axisSet.ts";

/**
 * A set of partitions: a value over a definition's coordinates.
 *
 * Immutable and canonical, so equal subsets have equal representations. It may hold partitions that
 * do not exist at some moment; nothing here reads the clock.
 */
export interface PartitionsSubset<D extends PartitionsDefinition = PartitionsDefinition> {
  readonly definition: D;
  readonly coordinates: AxisSet;
}

/** The subset without partitions. */
export function emptySubset<D extends PartitionsDefinition>(definition: D): PartitionsSubset<D> {
  return { definition, coordinates: emptyAxisSet(axesOf(definition).length) };
}

/** How many partitions. */
export function countSubset(subset: PartitionsSubset): number {
  return countAxisSet(subset.coordinates);
}

export function isEmptySubset(subset: PartitionsSubset): boolean {
  return isEmptyAxisSet(subset.coordinates);
}

/** Whether the partition is in the subset. O(log runs). */
export function subsetHas(subset: PartitionsSubset, coordinates: Coordinates): boolean {
  return (
    coordinates.length === axesOf(subset.definition).length &&
    hasCoordinates(subset.coordinates, coordinates)
  );
}

/** The coordinates of one axis that occur in the subset. */
export function projectSubset(subset: PartitionsSubset, axis: number): IntegerSet {
  return projectAxis(subset.coordinates, axis);
}

/** Whether both hold the same partitions of the same definition. */
export function equalSubsets(a: PartitionsSubset, b: PartitionsSubset): boolean {
  return (
    isSameDefinition(a.definition, b.definition) && equalAxisSets(a.coordinates, b.coordinates)
  );
}

/**
 * Whether the coordinates of both definitions have the same meaning: equal fingerprints, and equal
 * static keys.
 */
export function isSameDefinition(a: PartitionsDefinition, b: PartitionsDefinition): boolean {
  if (a === b) return true;
  if (fingerprintOf(a) !== fingerprintOf(b)) return false;
  const others = axesOf(b);
  return axesOf(a).every(({ definition }, index) => {
    const other = others[index]?.definition;
    const [keys, otherKeys] = [listedKeysOf(definition), other && listedKeysOf(other)];
    if (keys === undefined || otherKeys === undefined || keys === otherKeys) return true;
    return (
      keys.length === otherKeys.length && keys.every((key, position) => key === otherKeys[position])
    );
  });
}

/**
 * Throws {@link DefinitionMismatchError} unless the coordinates of both definitions have the same
 * meaning.
 */
export function assertSameDefinition(
  expected: PartitionsDefinition,
  found: PartitionsDefinition,
): void {
  if (isSameDefinition(expected, found)) return;
  const [wanted, got] = [fingerprintOf(expected), fingerprintOf(found)];
  throw new DefinitionMismatchError(wanted, wanted === got ? `${got} with other keys` : got);
}
