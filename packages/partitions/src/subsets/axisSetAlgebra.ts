import { intersectIntegers, subtractIntegers, unionIntegers } from "../integers/integerAlgebra.ts";
import { forEachRun } from "../integers/integerQueries.ts";
import type { IntegerSet } from "../integers/integerSet.ts";
import { RunsBuilder } from "../integers/runsBuilder.ts";
import {
  type AxisGroup,
  type AxisGroups,
  type AxisSet,
  axisGroups,
  isEmptyAxisSet,
} from "./axisSet.ts";

/** The members of either set. Both have the same number of axes. */
export function unionAxisSets(a: AxisSet, b: AxisSet): AxisSet {
  if (a === b || isEmptyAxisSet(b)) return a;
  if (isEmptyAxisSet(a)) return b;
  if (a.kind === "groups" && b.kind === "groups") {
    return combine(a, b, (inA, inB) => (inA && inB ? unionAxisSets(inA, inB) : (inA ?? inB)));
  }
  return a.kind === "groups" || b.kind === "groups" ? mismatch() : unionIntegers(a, b);
}

/** The members of both sets. */
export function intersectAxisSets(a: AxisSet, b: AxisSet): AxisSet {
  if (a === b) return a;
  if (a.kind === "groups" && b.kind === "groups") {
    return combine(a, b, (inA, inB) => inA && inB && intersectAxisSets(inA, inB));
  }
  return a.kind === "groups" || b.kind === "groups" ? mismatch() : intersectIntegers(a, b);
}

/** The members of the first set that are not in the second. */
export function subtractAxisSets(a: AxisSet, b: AxisSet): AxisSet {
  if (isEmptyAxisSet(b)) return a;
  if (a.kind === "groups" && b.kind === "groups") {
    return combine(a, b, (inA, inB) => (inA && inB ? subtractAxisSets(inA, inB) : inA));
  }
  return a.kind === "groups" || b.kind === "groups" ? mismatch() : subtractIntegers(a, b);
}

/**
 * Applies a function of two sets to the last axis, for each combination of coordinates of the other
 * axes that both sets have. Combinations that share both sets cost one call.
 */
export function reachAxisSets(
  a: AxisSet,
  b: AxisSet,
  reach: (a: IntegerSet, b: IntegerSet) => IntegerSet,
): AxisSet {
  if (a.kind === "groups" && b.kind === "groups")
    return combine(a, b, (inA, inB) => inA && inB && reachAxisSets(inA, inB, reach));
  return a.kind === "groups" || b.kind === "groups" ? mismatch() : reach(a, b);
}

/** The members of any of the sets; joined in pairs, so that n sets take log n rounds. */
export function unionAllAxisSets(sets: readonly AxisSet[], empty: AxisSet): AxisSet {
  let round = sets;
  while (round.length > 1) {
    const next: AxisSet[] = [];
    for (let index = 0; index < round.length; index += 2) {
      const [a, b] = [round[index], round[index + 1]];
      if (a !== undefined) next.push(b === undefined ? a : unionAxisSets(a, b));
    }
    round = next;
  }
  return round[0] ?? empty;
}

type RestOf = (inA: AxisSet | undefined, inB: AxisSet | undefined) => AxisSet | undefined;

/**
 * Cuts the first axis at every start and end of a group of either set, and combines the rests of
 * each pair of groups once. O(runs of the first axis × log), and the work on the pairs that meet.
 */
function combine(a: AxisGroups, b: AxisGroups, restOf: RestOf): AxisGroups {
  const runsA = runsOfGroups(a.groups);
  const runsB = runsOfGroups(b.groups);
  const pairs = new Map<number, { readonly builder: RunsBuilder; readonly rest: AxisSet }>();
  const absent = { inA: a.groups.length, inB: b.groups.length };
  const add = (start: number, end: number, inA: number, inB: number): void => {
    if (end <= start) return;
    const pair = inA * (absent.inB + 1) + inB;
    let found = pairs.get(pair);
    if (found === undefined) {
      const rest = restOf(a.groups[inA]?.rest, b.groups[inB]?.rest) ?? noGroups;
      found = { builder: new RunsBuilder(), rest };
      pairs.set(pair, found);
    }
    if (!isEmptyAxisSet(found.rest)) found.builder.add(start, end);
  };
  let i = 0;
  let j = 0;
  let at = -Infinity;
  while (i < runsA.length || j < runsB.length) {
    const runA = runsA[i];
    const runB = runsB[j];
    const fromA = Math.max(at, runA?.start ?? Infinity);
    const fromB = Math.max(at, runB?.start ?? Infinity);
    const from = Math.min(fromA, fromB);
    const inA = runA !== undefined && fromA === from ? runA.group : absent.inA;
    const inB = runB !== undefined && fromB === from ? runB.group : absent.inB;
    const toA = inA === absent.inA ? fromA : (runA?.end ?? Infinity);
    const toB = inB === absent.inB ? fromB : (runB?.end ?? Infinity);
    const to = Math.min(toA, toB);
    add(from, to, inA, inB);
    at = to;
    if (runA !== undefined && runA.end <= at) i++;
    if (runB !== undefined && runB.end <= at) j++;
  }
  return axisGroups(
    [...pairs.values()].map(
      ({ builder, rest }): AxisGroup => ({ coordinates: builder.finish(), rest }),
    ),
  );
}

const noGroups: AxisGroups = { kind: "groups", groups: [] };

interface GroupRun {
  readonly start: number;
  readonly end: number;
  readonly group: number;
}

/** The runs of every group's coordinates, ascending; groups are disjoint, so the runs are too. */
export function runsOfGroups(groups: readonly AxisGroup[]): readonly GroupRun[] {
  const runs: GroupRun[] = [];
  groups.forEach((each, group) =>
    forEachRun(each.coordinates, (start, end) => runs.push({ start, end, group })),
  );
  return groups.length > 1 ? runs.sort((a, b) => a.start - b.start) : runs;
}

function mismatch(): never {
  throw new Error("Bug: the sets have different numbers of axes.");
}
