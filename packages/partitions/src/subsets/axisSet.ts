import { boundsOf, equalIntegers } from "../integers/integerAlgebra.ts";
import { hasInteger, minInteger, unionAllIntegers } from "../integers/integerQueries.ts";
import { type IntegerSet, noIntegers } from "../integers/integerSet.ts";

/**
 * A set of coordinates over one or more axes: over one, the integers themselves; over more, groups
 * of coordinates of the first axis that share the same set over the other axes (the rest).
 *
 * Groups are disjoint, never empty, sorted by their smallest coordinate, and no two have equal
 * rests. So a set has one representation, and a product of large sets is as small as its sides.
 */
export type AxisSet = IntegerSet | AxisGroups;

export interface AxisGroups {
  readonly kind: "groups";
  readonly groups: readonly AxisGroup[];
}

export interface AxisGroup {
  readonly coordinates: IntegerSet;
  readonly rest: AxisSet;
}

/** The empty set over that many axes. */
export function emptyAxisSet(axes: number): AxisSet {
  return axes === 1 ? noIntegers : { kind: "groups", groups: [] };
}

/** The product of a set for each axis. */
export function productOfAxes(sets: readonly IntegerSet[]): AxisSet {
  const [first = noIntegers, ...others] = sets;
  if (others.length === 0) return first;
  return axisGroups([{ coordinates: first, rest: productOfAxes(others) }]);
}

export function isEmptyAxisSet(set: AxisSet): boolean {
  return set.kind === "groups" ? set.groups.length === 0 : set.count === 0;
}

/** Number of members. */
export function countAxisSet(set: AxisSet): number {
  if (set.kind !== "groups") return set.count;
  return set.groups.reduce(
    (sum, group) => sum + group.coordinates.count * countAxisSet(group.rest),
    0,
  );
}

export function hasCoordinates(set: AxisSet, coordinates: readonly number[], depth = 0): boolean {
  const coordinate = coordinates[depth];
  if (coordinate === undefined) return false;
  if (set.kind !== "groups") return hasInteger(set, coordinate);
  const group = set.groups.find((each) => hasInteger(each.coordinates, coordinate));
  return group !== undefined && hasCoordinates(group.rest, coordinates, depth + 1);
}

export function equalAxisSets(a: AxisSet, b: AxisSet): boolean {
  if (a === b) return true;
  if (a.kind !== "groups" || b.kind !== "groups") {
    return a.kind !== "groups" && b.kind !== "groups" && equalIntegers(a, b);
  }
  return (
    a.groups.length === b.groups.length &&
    a.groups.every((group, index) => {
      const other = b.groups[index];
      return (
        other !== undefined &&
        equalIntegers(group.coordinates, other.coordinates) &&
        equalAxisSets(group.rest, other.rest)
      );
    })
  );
}

/** The canonical set of groups whose coordinates are disjoint; empty ones are dropped, equal rests joined. */
export function axisGroups(groups: Iterable<AxisGroup>): AxisGroups {
  const byHash: GroupsByHash = new Map();
  for (const group of groups) addGroup(byHash, group);
  return joinGroups(byHash);
}

/** The same in steps, with a pause after each group. */
export function* axisGroupsInSteps(groups: Iterable<AxisGroup>): Generator<void, AxisGroups> {
  const byHash: GroupsByHash = new Map();
  for (const group of groups) {
    addGroup(byHash, group);
    yield;
  }
  return joinGroups(byHash);
}

/** By the hash of a rest: the rests with that hash, and the coordinates of each. */
type GroupsByHash = Map<number, { rest: AxisSet; parts: IntegerSet[] }[]>;

function addGroup(byHash: GroupsByHash, { coordinates, rest }: AxisGroup): void {
  if (coordinates.count === 0 || isEmptyAxisSet(rest)) return;
  const hash = hashAxisSet(rest);
  const alike = byHash.get(hash);
  const same = alike?.find((each) => equalAxisSets(each.rest, rest));
  if (same !== undefined) same.parts.push(coordinates);
  else if (alike !== undefined) alike.push({ rest, parts: [coordinates] });
  else byHash.set(hash, [{ rest, parts: [coordinates] }]);
}

function joinGroups(byHash: GroupsByHash): AxisGroups {
  const joined = [...byHash.values()]
    .flat()
    .map(({ rest, parts }) => ({ coordinates: unionAllIntegers(parts), rest }));
  joined.sort((a, b) => (minInteger(a.coordinates) ?? 0) - (minInteger(b.coordinates) ?? 0));
  return { kind: "groups", groups: joined };
}

/** Calls `visit` with one set an axis for each of the disjoint products that make up the set. */
export function forEachBox(
  set: AxisSet,
  visit: (sides: readonly IntegerSet[]) => void,
  sides: readonly IntegerSet[] = [],
): void {
  if (set.kind !== "groups") {
    if (set.count > 0) visit([...sides, set]);
    return;
  }
  for (const group of set.groups) forEachBox(group.rest, visit, [...sides, group.coordinates]);
}

/** The coordinates of one axis that occur in the set. */
export function projectAxis(set: AxisSet, axis: number): IntegerSet {
  if (set.kind !== "groups") return set;
  if (axis === 0) return unionAllIntegers(set.groups.map((group) => group.coordinates));
  return unionAllIntegers(set.groups.map((group) => projectAxis(group.rest, axis - 1)));
}

function hashAxisSet(set: AxisSet): number {
  if (set.kind === "groups") {
    return set.groups.reduce(
      (hash, group) => mix(mix(hash, hashIntegers(group.coordinates)), hashAxisSet(group.rest)),
      set.groups.length,
    );
  }
  return hashIntegers(set);
}

/** Reads sixteen numbers of the representation, so the cost does not depend on the size. */
function hashIntegers(set: IntegerSet): number {
  const numbers = set.kind === "bits" ? set.words : boundsOf(set);
  let hash = mix(set.count, numbers.length);
  const step = Math.max(1, Math.floor(numbers.length / 16));
  for (let index = 0; index < numbers.length; index += step) hash = mix(hash, numbers[index] ?? 0);
  return mix(hash, numbers[numbers.length - 1] ?? 0);
}

function mix(hash: number, value: number): number {
  return (Math.imul(hash ^ value, 0x5bd1e995) ^ (hash >>> 13)) | 0;
}
