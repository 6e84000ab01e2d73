import {
  clipIntegers,
  hasInteger,
  maxInteger,
  minInteger,
  nthInteger,
} from "../integers/integerQueries.ts";
import { type IntegerSet, integerRange, noIntegers } from "../integers/integerSet.ts";
import { type AxisGroup, type AxisSet, axisGroups, countAxisSet } from "./axisSet.ts";
import { runsOfGroups } from "./axisSetAlgebra.ts";

/** The members of rank `from` up to, not including, `to`, counted in ascending order of coordinates, first axis first. */
export function sliceAxisSet(set: AxisSet, from: number, to: number): AxisSet {
  const count = countAxisSet(set);
  const start = Math.max(0, from);
  const end = Math.min(count, to);
  if (start === 0 && end === count) return set;
  if (set.kind !== "groups") {
    const first = nthInteger(set, start);
    const last = nthInteger(set, end - 1);
    if (first === undefined || last === undefined || end <= start) return integerRange(0, 0);
    return clipIntegers(set, first, last + 1);
  }
  const pieces: AxisGroup[] = [];
  let passed = 0;
  for (const run of runsOfGroups(set.groups)) {
    const rest = set.groups[run.group]?.rest;
    if (rest === undefined || passed >= end) break;
    const each = countAxisSet(rest);
    const low = Math.max(0, start - passed);
    const high = Math.min((run.end - run.start) * each, end - passed);
    passed += (run.end - run.start) * each;
    if (high <= low) continue;
    const firstWhole = Math.ceil(low / each);
    const endWhole = Math.floor(high / each);
    const part = (index: number, lowest: number, highest: number): AxisGroup => ({
      coordinates: integerRange(run.start + index, run.start + index + 1),
      rest: sliceAxisSet(rest, lowest, highest),
    });
    if (firstWhole > endWhole) {
      pieces.push(part(endWhole, low - endWhole * each, high - endWhole * each));
      continue;
    }
    if (firstWhole * each > low)
      pieces.push(part(firstWhole - 1, low - (firstWhole - 1) * each, each));
    pieces.push({ coordinates: integerRange(run.start + firstWhole, run.start + endWhole), rest });
    if (endWhole * each < high) pieces.push(part(endWhole, 0, high - endWhole * each));
  }
  return axisGroups(pieces);
}

/**
 * The set of the first or the last member alone, with the axes compared in the given order; empty
 * for an empty set. Reads each group once for each axis, so that a scattered set need not be
 * reordered.
 */
export function extremeOfAxisSet(set: AxisSet, order: readonly number[], isLast: boolean): AxisSet {
  let left = set;
  for (const axis of order) {
    const coordinate = extremeAlong(left, axis, isLast);
    if (coordinate === undefined) return left;
    left = restrictAxis(left, axis, coordinate);
  }
  return left;
}

function extremeAlong(set: AxisSet, axis: number, isLast: boolean): number | undefined {
  const ofIntegers = (each: IntegerSet): number | undefined =>
    isLast ? maxInteger(each) : minInteger(each);
  if (set.kind !== "groups") return ofIntegers(set);
  let found: number | undefined;
  for (const group of set.groups) {
    const each =
      axis === 0 ? ofIntegers(group.coordinates) : extremeAlong(group.rest, axis - 1, isLast);
    if (each === undefined) continue;
    if (found === undefined || (isLast ? each > found : each < found)) found = each;
  }
  return found;
}

function restrictAxis(set: AxisSet, axis: number, coordinate: number): AxisSet {
  const only = (each: IntegerSet): IntegerSet =>
    hasInteger(each, coordinate) ? integerRange(coordinate, coordinate + 1) : noIntegers;
  if (set.kind !== "groups") return only(set);
  return axisGroups(
    set.groups.map(({ coordinates, rest }) =>
      axis === 0
        ? { coordinates: only(coordinates), rest }
        : { coordinates, rest: restrictAxis(rest, axis - 1, coordinate) },
    ),
  );
}
