import { forEachRun, integerRuns } from "../integers/integerQueries.ts";
import { type IntegerSet, noIntegers } from "../integers/integerSet.ts";
import { RunsBuilder } from "../integers/runsBuilder.ts";

/** The steps of a lag: from an integer to each one that is `shortest` to `longest` above it. */
export interface Lag {
  /** At least 1. */
  readonly shortest: number;
  readonly longest: number;
}

/**
 * The integers of `within` that are reachable from `start` by any number of steps, each within
 * `within`; includes the intersection of `start` and `within`.
 *
 * One pass over the runs: if the shortest step is 1, the rest of a run is reachable at once, so a
 * chain of a hundred thousand costs as much as one run. Otherwise O(reached / step).
 */
export function reachedByLag(start: IntegerSet, within: IntegerSet, lag: Lag): IntegerSet {
  if (start.count === 0 || within.count === 0) return noIntegers;
  const bounds: number[] = [];
  forEachRun(within, (from, end) => bounds.push(from, end));
  const reached = new RunsBuilder();
  const starts = integerRuns(start);
  let nextStart = starts.next();
  /** Runs that steps lead to, ascending, as flat pairs; those before `head` are done. */
  const ahead: number[] = [];
  let head = 0;
  let coveredTo = -Infinity;
  let at = 0;
  for (;;) {
    const startFrom = nextStart.done === true ? Infinity : nextStart.value[0];
    const aheadFrom = ahead[head] ?? Infinity;
    if (startFrom === Infinity && aheadFrom === Infinity) return reached.finish();
    let from: number;
    let to: number;
    if (startFrom <= aheadFrom) {
      [from, to] = nextStart.value as readonly [number, number];
      nextStart = starts.next();
    } else {
      from = aheadFrom;
      to = ahead[head + 1] ?? from;
      head += 2;
    }
    from = Math.max(from, coveredTo);
    if (from >= to) continue;
    coveredTo = to;
    while (at < bounds.length && (bounds[at + 1] ?? 0) <= from) at += 2;
    for (let run = at; run < bounds.length && (bounds[run] ?? 0) < to; run += 2) {
      const begin = Math.max(from, bounds[run] ?? 0);
      const end = lag.shortest === 1 ? (bounds[run + 1] ?? 0) : Math.min(to, bounds[run + 1] ?? 0);
      reached.add(begin, end);
      ahead.push(begin + lag.shortest, end + lag.longest);
      coveredTo = Math.max(coveredTo, end);
    }
  }
}

/** The negatives of a set's members. */
export function negated(set: IntegerSet): IntegerSet {
  const runs: number[] = [];
  forEachRun(set, (start, end) => runs.push(start, end));
  const builder = new RunsBuilder();
  for (let index = runs.length - 2; index >= 0; index -= 2)
    builder.add(1 - (runs[index + 1] ?? 0), 1 - (runs[index] ?? 0));
  return builder.finish();
}
