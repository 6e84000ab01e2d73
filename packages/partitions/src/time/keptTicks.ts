import { type IntegerSet, integerRange, noIntegers } from "../integers/integerSet.ts";
import { RunsBuilder } from "../integers/runsBuilder.ts";
import type { Ticks } from "./ticks.ts";

/**
 * The ticks of a cadence that are not excluded, by the cadence's own ordinals.
 *
 * They have ranks of their own. The ticks of a cron without those of other crons are a cadence too,
 * so a rank is computed by arithmetic. Single excluded instants are a short sorted list.
 */
export interface KeptTicks {
  /** How many kept ticks have an ordinal below this one, counted from 1970. */
  rankOf(ordinal: number): number;
  /** The ordinal of the kept tick of that rank; infinite if there is none. */
  ordinalAt(rank: number): number;
  isKept(ordinal: number): boolean;
  /** The kept ordinals within `[from, to)`, as a set. O(runs × log). */
  within(from: number, to: number): IntegerSet;
}

/** For exclusions that leave no tick. */
export const noneKept: KeptTicks = {
  rankOf: () => 0,
  ordinalAt: (rank) => (rank < 0 ? -Infinity : Infinity),
  isKept: () => false,
  within: () => noIntegers,
};

/**
 * @param ticks the cadence
 * @param left the cadence without the ticks of the excluding crons
 * @param excludedMs further single instants to exclude
 */
export function keptTicks(ticks: Ticks, left: Ticks, excludedMs: readonly number[]): KeptTicks {
  const rankInLeft = (ms: number): number => left.ordinalAtOrAfter(ms);
  const removed = [...new Set(excludedMs.map(rankInLeft))]
    .filter((rank) => excludedMs.includes(left.instantAt(rank)))
    .sort((a, b) => a - b);
  const removedBelow = (rank: number): number => firstIndexAtOrAbove(removed, rank);

  const rankOf = (ordinal: number): number => {
    const rank = rankInLeft(ticks.instantAt(ordinal));
    return rank - removedBelow(rank);
  };
  const ordinalAt = (rank: number): number => {
    let inLeft = rank + firstIndexAtOrAbove(removed, rank);
    while (inLeft - removedBelow(inLeft) < rank || removed.includes(inLeft)) inLeft++;
    return ticks.ordinalAtOrAfter(left.instantAt(inLeft));
  };
  const isKept = (ordinal: number): boolean => rankOf(ordinal + 1) > rankOf(ordinal);

  /** The first excluded ordinal at or after this one, at most `to`. */
  const endOfKept = (ordinal: number, to: number): number => {
    const rank = rankOf(ordinal);
    const isWhole = (end: number): boolean => rankOf(end) - rank === end - ordinal;
    let step = 1;
    while (ordinal + step < to && isWhole(ordinal + step)) step *= 2;
    let low = ordinal + Math.floor(step / 2);
    let high = Math.min(to, ordinal + step);
    if (isWhole(high)) return high;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (isWhole(middle)) low = middle;
      else high = middle;
    }
    return low;
  };
  return {
    rankOf,
    ordinalAt,
    isKept,
    within(from, to) {
      const ranks = rankOf(to) - rankOf(from);
      if (to <= from || ranks === 0) return noIntegers;
      if (ranks === to - from) return integerRange(from, to);
      const builder = new RunsBuilder();
      let ordinal = ordinalAt(rankOf(from));
      while (ordinal < to) {
        const end = endOfKept(ordinal, to);
        builder.add(ordinal, end);
        ordinal = end < to ? ordinalAt(rankOf(end)) : to;
      }
      return builder.finish();
    },
  };
}

function firstIndexAtOrAbove(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
