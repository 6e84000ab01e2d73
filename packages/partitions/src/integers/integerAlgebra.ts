import { type IntegerSet, noIntegers, wordsSpanned } from "./integerSet.ts";
import { maxInteger, minInteger, runCount } from "./integerQueries.ts";
import { boundsOfWords, fillRuns, integersFromWords, RunsBuilder } from "./runsBuilder.ts";

/** The members of either set. */
export function unionIntegers(a: IntegerSet, b: IntegerSet): IntegerSet {
  if (a.count === 0) return b;
  if (b.count === 0 || a === b) return a;
  if (isRunOver(a, b)) return a;
  if (isRunOver(b, a)) return b;
  if (a.kind === "bits" || b.kind === "bits") {
    const span = spanOf(a, b);
    const held = sizeInWords(a) + sizeInWords(b);
    if (span.words <= 4 * held + 64) {
      const words = wordsOver(a, span.firstWord, span.words);
      const others = wordsOver(b, span.firstWord, span.words);
      for (let index = 0; index < words.length; index++)
        words[index] = (words[index] ?? 0) | (others[index] ?? 0);
      return integersFromWords(span.firstWord, words);
    }
  }
  return unionOfBounds(boundsOf(a), boundsOf(b));
}

/** The members of both sets. */
export function intersectIntegers(a: IntegerSet, b: IntegerSet): IntegerSet {
  if (a.count === 0 || b.count === 0) return noIntegers;
  if (a === b) return a;
  const min = Math.max(minInteger(a) ?? 0, minInteger(b) ?? 0);
  const max = Math.min(maxInteger(a) ?? 0, maxInteger(b) ?? 0);
  if (max < min) return noIntegers;
  if (isRunOver(a, b)) return b;
  if (isRunOver(b, a)) return a;
  if (a.kind === "bits" || b.kind === "bits") {
    const words = wordsOver(a, min >> 5, wordsSpanned(min, max));
    const others = wordsOver(b, min >> 5, words.length);
    for (let index = 0; index < words.length; index++)
      words[index] = (words[index] ?? 0) & (others[index] ?? 0);
    return integersFromWords(min >> 5, words);
  }
  return intersectionOfBounds(a.bounds, b.bounds);
}

/** The members of `a` that are not in `b`. */
export function subtractIntegers(a: IntegerSet, b: IntegerSet): IntegerSet {
  if (a.count === 0 || b.count === 0) return a;
  if (a === b) return noIntegers;
  if ((maxInteger(b) ?? 0) < (minInteger(a) ?? 0) || (maxInteger(a) ?? 0) < (minInteger(b) ?? 0))
    return a;
  if (isRunOver(b, a)) return noIntegers;
  if (a.kind === "bits") {
    const words = a.words.slice();
    const others = wordsOver(b, a.firstWord, words.length);
    for (let index = 0; index < words.length; index++)
      words[index] = (words[index] ?? 0) & ~(others[index] ?? 0);
    return integersFromWords(a.firstWord, words);
  }
  if (b.kind === "bits") {
    // Word by word, if the runs would take about as much work anyway.
    const first = (minInteger(a) ?? 0) >> 5;
    const length = wordsSpanned(minInteger(a) ?? 0, maxInteger(a) ?? 0);
    if (length <= 4 * (a.bounds.length + b.words.length) + 64) {
      const words = wordsOver(a, first, length);
      const others = wordsOver(b, first, length);
      for (let index = 0; index < length; index++)
        words[index] = (words[index] ?? 0) & ~(others[index] ?? 0);
      return integersFromWords(first, words);
    }
  }
  return differenceOfBounds(a.bounds, boundsOf(b));
}

/** Whether both sets have the same members. O(size); O(1) if their counts differ. */
export function equalIntegers(a: IntegerSet, b: IntegerSet): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind || a.count !== b.count) return false;
  if (a.kind === "runs" && b.kind === "runs") return equalArrays(a.bounds, b.bounds);
  if (a.kind === "bits" && b.kind === "bits")
    return a.firstWord === b.firstWord && equalArrays(a.words, b.words);
  return false;
}

/** The runs of a set, as alternating starts and ends; read-only. */
export function boundsOf(set: IntegerSet): Int32Array {
  return set.kind === "runs" ? set.bounds : boundsOfWords(set.firstWord, set.words, runCount(set));
}

function equalArrays(a: Int32Array | Uint32Array, b: Int32Array | Uint32Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

/** Whether a set is a single run from at most the first to at least the last member of another. */
function isRunOver(run: IntegerSet, other: IntegerSet): boolean {
  if (run.kind === "bits" || run.bounds.length !== 2) return false;
  const [start = 0, end = 0] = run.bounds;
  return start <= (minInteger(other) ?? 0) && (maxInteger(other) ?? 0) < end;
}

function sizeInWords(set: IntegerSet): number {
  return set.kind === "bits" ? set.words.length : set.bounds.length;
}

function spanOf(a: IntegerSet, b: IntegerSet): { firstWord: number; words: number } {
  const min = Math.min(minInteger(a) ?? 0, minInteger(b) ?? 0);
  const max = Math.max(maxInteger(a) ?? 0, maxInteger(b) ?? 0);
  return { firstWord: min >> 5, words: wordsSpanned(min, max) };
}

/** A new bitmap of the members within these words. */
function wordsOver(set: IntegerSet, firstWord: number, length: number): Uint32Array {
  const words = new Uint32Array(length);
  if (set.kind === "runs") {
    fillRuns(words, firstWord, set.bounds);
  } else {
    const from = Math.max(0, firstWord - set.firstWord);
    const to = Math.min(set.words.length, firstWord + length - set.firstWord);
    if (to > from) words.set(set.words.subarray(from, to), set.firstWord + from - firstWord);
  }
  return words;
}

function unionOfBounds(a: Int32Array, b: Int32Array): IntegerSet {
  const builder = new RunsBuilder();
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (j >= b.length || (i < a.length && (a[i] ?? 0) <= (b[j] ?? 0))) {
      builder.add(a[i] ?? 0, a[i + 1] ?? 0);
      i += 2;
    } else {
      builder.add(b[j] ?? 0, b[j + 1] ?? 0);
      j += 2;
    }
  }
  return builder.finish();
}

function intersectionOfBounds(a: Int32Array, b: Int32Array): IntegerSet {
  const builder = new RunsBuilder();
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const endA = a[i + 1] ?? 0;
    const endB = b[j + 1] ?? 0;
    builder.add(Math.max(a[i] ?? 0, b[j] ?? 0), Math.min(endA, endB));
    if (endA <= endB) i += 2;
    if (endB <= endA) j += 2;
  }
  return builder.finish();
}

function differenceOfBounds(a: Int32Array, b: Int32Array): IntegerSet {
  const builder = new RunsBuilder();
  let j = 0;
  for (let i = 0; i < a.length; i += 2) {
    let start = a[i] ?? 0;
    const end = a[i + 1] ?? 0;
    while (j < b.length && (b[j + 1] ?? 0) <= start) j += 2;
    for (let k = j; k < b.length && (b[k] ?? 0) < end; k += 2) {
      builder.add(start, b[k] ?? 0);
      start = Math.max(start, b[k + 1] ?? 0);
    }
    builder.add(start, end);
  }
  return builder.finish();
}
