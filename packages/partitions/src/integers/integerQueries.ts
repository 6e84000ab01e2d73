import { type IntegerSet, integerRange, noIntegers, popcount, wordsSpanned } from "./integerSet.ts";
import { fillRuns, firstRunEndingAfter, integersFromWords, RunsBuilder } from "./runsBuilder.ts";

/** Number of members. */
export function countIntegers(set: IntegerSet): number {
  return set.count;
}

/** Whether the set has no members. */
export function isEmptyIntegers(set: IntegerSet): boolean {
  return set.count === 0;
}

/** Whether the integer is a member. O(1) in a bitmap, O(log runs) otherwise. */
export function hasInteger(set: IntegerSet, integer: number): boolean {
  if (set.kind === "bits") {
    const word = set.words[(integer >> 5) - set.firstWord];
    return word !== undefined && ((word >>> (integer & 31)) & 1) === 1;
  }
  const index = firstRunEndingAfter(set.bounds, integer);
  return index < set.bounds.length && (set.bounds[index] ?? 0) <= integer;
}

/** The smallest member; undefined if there is none. */
export function minInteger(set: IntegerSet): number | undefined {
  if (set.count === 0) return undefined;
  if (set.kind === "runs") return set.bounds[0];
  const word = set.words[0] ?? 0;
  return set.firstWord * 32 + 31 - Math.clz32(word & -word);
}

/** The largest member; undefined if there is none. */
export function maxInteger(set: IntegerSet): number | undefined {
  if (set.count === 0) return undefined;
  if (set.kind === "runs") return (set.bounds[set.bounds.length - 1] ?? 0) - 1;
  const last = set.words.length - 1;
  return (set.firstWord + last) * 32 + 31 - Math.clz32(set.words[last] ?? 0);
}

/** How many runs the set has. */
export function runCount(set: IntegerSet): number {
  if (set.kind === "runs") return set.bounds.length / 2;
  let runs = 0;
  let carry = 0;
  for (const word of set.words) {
    runs += popcount(word & ~((word << 1) | carry));
    carry = word >>> 31;
  }
  return runs;
}

/** Calls `visit` with each maximal run `[start, end)`, ascending. */
export function forEachRun(set: IntegerSet, visit: (start: number, end: number) => void): void {
  if (set.kind === "runs") {
    const { bounds } = set;
    for (let index = 0; index < bounds.length; index += 2)
      visit(bounds[index] ?? 0, bounds[index + 1] ?? 0);
    return;
  }
  const { words } = set;
  let start: number | undefined;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? 0;
    const base = (set.firstWord + index) * 32;
    let changes = word ^ ((word << 1) | (start === undefined ? 0 : 1));
    while (changes !== 0) {
      const lowest = changes & -changes;
      const at = base + 31 - Math.clz32(lowest);
      changes ^= lowest;
      if (start === undefined) {
        start = at;
      } else {
        visit(start, at);
        start = undefined;
      }
    }
  }
  if (start !== undefined) visit(start, (set.firstWord + words.length) * 32);
}

/** Each maximal run `[start, end)`, ascending. Streams. */
export function* integerRuns(set: IntegerSet): Generator<readonly [start: number, end: number]> {
  let from: number | undefined = minInteger(set);
  while (from !== undefined) {
    const end = endOfRun(set, from);
    yield [from, end];
    from = nextInteger(set, end);
  }
}

/** Each member, ascending. Streams. */
export function* integers(set: IntegerSet): Generator<number> {
  for (const [start, end] of integerRuns(set)) {
    for (let integer = start; integer < end; integer++) yield integer;
  }
}

/** The smallest member at or above the integer; undefined if there is none. */
export function nextInteger(set: IntegerSet, integer: number): number | undefined {
  if (set.kind === "runs") {
    const index = firstRunEndingAfter(set.bounds, integer);
    return index < set.bounds.length ? Math.max(integer, set.bounds[index] ?? 0) : undefined;
  }
  let index = Math.max(0, (integer >> 5) - set.firstWord);
  let word = (set.words[index] ?? 0) & (integer >> 5 < set.firstWord ? -1 : -1 << (integer & 31));
  while (word === 0 && ++index < set.words.length) word = set.words[index] ?? 0;
  return word === 0 ? undefined : (set.firstWord + index) * 32 + 31 - Math.clz32(word & -word);
}

/** The first non-member above a member. */
function endOfRun(set: IntegerSet, member: number): number {
  if (set.kind === "runs")
    return set.bounds[firstRunEndingAfter(set.bounds, member) + 1] ?? member + 1;
  let index = (member >> 5) - set.firstWord;
  let absent = ~(set.words[index] ?? 0) & (-1 << (member & 31));
  while (absent === 0 && ++index < set.words.length) absent = ~(set.words[index] ?? 0);
  if (absent === 0) return (set.firstWord + set.words.length) * 32;
  return (set.firstWord + index) * 32 + 31 - Math.clz32(absent & -absent);
}

/** How many members are below the integer. O(size). */
export function rankOfInteger(set: IntegerSet, integer: number): number {
  let rank = 0;
  if (set.kind === "bits") {
    const whole = Math.min(set.words.length, Math.max(0, (integer >> 5) - set.firstWord));
    for (let index = 0; index < whole; index++) rank += popcount(set.words[index] ?? 0);
    const partial = integer >> 5 < set.firstWord ? 0 : (set.words[whole] ?? 0);
    return rank + popcount(partial & ~(-1 << (integer & 31)));
  }
  for (let index = 0; index < set.bounds.length; index += 2) {
    const start = set.bounds[index] ?? 0;
    if (start >= integer) break;
    rank += Math.min(set.bounds[index + 1] ?? 0, integer) - start;
  }
  return rank;
}

/** The member with `n` smaller members; undefined if `n` is negative or too large. O(size). */
export function nthInteger(set: IntegerSet, n: number): number | undefined {
  if (n < 0 || n >= set.count) return undefined;
  return integersAtRanks(set, [n])[0];
}

/** The `n` smallest members; all if there are fewer. */
export function firstIntegers(set: IntegerSet, n: number): IntegerSet {
  if (n >= set.count) return set;
  const limit = nthInteger(set, n);
  return limit === undefined ? noIntegers : clipIntegers(set, minInteger(set) ?? 0, limit);
}

/** The `n` largest members; all if there are fewer. */
export function lastIntegers(set: IntegerSet, n: number): IntegerSet {
  if (n >= set.count) return set;
  const from = nthInteger(set, set.count - n);
  return from === undefined ? noIntegers : clipIntegers(set, from, (maxInteger(set) ?? 0) + 1);
}

/**
 * `n` members spread evenly over the set, including the first and the last (only the first for 1).
 */
export function spreadIntegers(set: IntegerSet, n: number): IntegerSet {
  if (n >= set.count) return set;
  const last = Math.max(1, n - 1);
  const ranks = Array.from({ length: n }, (_, at) => Math.floor((at * (set.count - 1)) / last));
  const builder = new RunsBuilder();
  for (const integer of integersAtRanks(set, ranks)) builder.add(integer, integer + 1);
  return builder.finish();
}

/** The members with these numbers of smaller members, ascending. O(size + ranks). */
function integersAtRanks(set: IntegerSet, ranks: readonly number[]): number[] {
  const found: number[] = [];
  let passed = 0;
  if (set.kind === "runs") {
    for (let index = 0; index < set.bounds.length && found.length < ranks.length; index += 2) {
      const start = set.bounds[index] ?? 0;
      const length = (set.bounds[index + 1] ?? 0) - start;
      for (let rank = ranks[found.length]; rank !== undefined && rank < passed + length; ) {
        found.push(start + rank - passed);
        rank = ranks[found.length];
      }
      passed += length;
    }
    return found;
  }
  for (let index = 0; index < set.words.length && found.length < ranks.length; index++) {
    const word = set.words[index] ?? 0;
    const members = popcount(word);
    for (let rank = ranks[found.length]; rank !== undefined && rank < passed + members; ) {
      found.push((set.firstWord + index) * 32 + bitAtRank(word, rank - passed));
      rank = ranks[found.length];
    }
    passed += members;
  }
  return found;
}

/** The position, from 0, of the set bit of a word that has `rank` set bits below it. */
function bitAtRank(word: number, rank: number): number {
  let rest = word;
  for (let left = rank; left > 0; left--) rest &= rest - 1;
  return 31 - Math.clz32(rest & -rest);
}

/** The members within `[start, end)`. */
export function clipIntegers(set: IntegerSet, start: number, end: number): IntegerSet {
  const min = minInteger(set);
  const max = maxInteger(set);
  if (min === undefined || max === undefined || end <= start) return noIntegers;
  if (start <= min && end > max) return set;
  const builder = new RunsBuilder();
  if (set.kind === "runs") {
    if (set.bounds.length === 2) return integerRange(Math.max(min, start), Math.min(max + 1, end));
    const { bounds } = set;
    for (let index = firstRunEndingAfter(bounds, start); index < bounds.length; index += 2) {
      if ((bounds[index] ?? 0) >= end) break;
      builder.add(Math.max(start, bounds[index] ?? 0), Math.min(end, bounds[index + 1] ?? 0));
    }
    return builder.finish();
  }
  let from = nextInteger(set, start);
  while (from !== undefined && from < end) {
    const stop = Math.min(end, endOfRun(set, from));
    builder.add(from, stop);
    from = nextInteger(set, stop);
  }
  return builder.finish();
}

/** The members of any of the sets. O(runs × log runs); with bitmaps usually O(words). */
export function unionAllIntegers(sets: readonly IntegerSet[]): IntegerSet {
  const [only] = sets;
  if (sets.length <= 1) return only ?? noIntegers;
  if (sets.some(({ kind }) => kind === "bits")) {
    const union = unionOfBitmaps(sets.filter(({ count }) => count > 0));
    if (union !== undefined) return union;
  }
  const runs: (readonly [start: number, end: number])[] = [];
  for (const set of sets) forEachRun(set, (start, end) => runs.push([start, end]));
  runs.sort((a, b) => a[0] - b[0]);
  const builder = new RunsBuilder();
  for (const [start, end] of runs) builder.add(start, end);
  return builder.finish();
}

/**
 * @param sets none of them empty @returns undefined if one bitmap for all would be many times
 *   larger than they are
 */
function unionOfBitmaps(sets: readonly IntegerSet[]): IntegerSet | undefined {
  let [min, max, held] = [Infinity, -Infinity, 0];
  for (const set of sets) {
    min = Math.min(min, minInteger(set) ?? min);
    max = Math.max(max, maxInteger(set) ?? max);
    held += set.kind === "bits" ? set.words.length : set.bounds.length;
  }
  const firstWord = min >> 5;
  const length = wordsSpanned(min, max);
  if (length > 4 * held + 64) return undefined;
  const words = new Uint32Array(length);
  for (const set of sets) {
    if (set.kind === "runs") {
      fillRuns(words, firstWord, set.bounds);
      continue;
    }
    const offset = set.firstWord - firstWord;
    for (let index = 0; index < set.words.length; index++)
      words[offset + index] = (words[offset + index] ?? 0) | (set.words[index] ?? 0);
  }
  return integersFromWords(firstWord, words);
}
