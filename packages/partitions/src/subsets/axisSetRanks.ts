import { clipIntegers, nthInteger } from "../integers/integerQueries.ts";
import { integerRange } from "../integers/integerSet.ts";
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
