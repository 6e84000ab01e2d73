import { assertInteger, type IntegerSet } from "./integerSet.ts";
import { integersFromWords, RunsBuilder } from "./runsBuilder.ts";

/**
 * The union of half-open runs, in any order; overlapping, touching and empty ones are permitted.
 */
export function integersFromRuns(
  runs: Iterable<readonly [start: number, end: number]>,
): IntegerSet {
  const builder = new RunsBuilder();
  for (const [start, end] of [...runs].sort((a, b) => a[0] - b[0])) builder.add(start, end);
  return builder.finish();
}

/** The set of integers that are sorted ascending, with duplicates. */
export function integersFromSorted(sorted: ArrayLike<number>): IntegerSet {
  const builder = new RunsBuilder();
  for (let index = 0; index < sorted.length; index++) {
    const integer = sorted[index] ?? 0;
    builder.add(integer, integer + 1);
  }
  return builder.finish();
}

/**
 * The set of a bitmap: bit `i` of word `w` is the integer `base + 32 * w + i`.
 *
 * @param base any integer; a multiple of 32 needs no shifting. The words are copied.
 */
export function integersFromBits(base: number, words: Uint32Array): IntegerSet {
  assertInteger(base);
  const shift = base & 31;
  if (shift === 0) return integersFromWords(base >> 5, words.slice());
  const shifted = new Uint32Array(words.length + 1);
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? 0;
    shifted[index] = (shifted[index] ?? 0) | (word << shift);
    shifted[index + 1] = word >>> (32 - shift);
  }
  return integersFromWords(base >> 5, shifted);
}
