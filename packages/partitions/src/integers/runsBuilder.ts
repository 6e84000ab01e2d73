import {
  assertInteger,
  type IntegerSet,
  isSmallerAsBits,
  noIntegers,
  popcount,
  wordsSpanned,
} from "./integerSet.ts";

/**
 * Collects runs in ascending order of their starts into an {@link IntegerSet}; joins runs that
 * touch or overlap.
 */
export class RunsBuilder {
  #bounds = new Int32Array(16);
  #length = 0;

  /** Adds `[start, end)`. Ignores empty runs; `start` must not be below that of the run before. */
  add(start: number, end: number): void {
    if (end <= start) return;
    const last = this.#length - 1;
    if (last > 0 && start <= (this.#bounds[last] ?? 0)) {
      if (start < (this.#bounds[last - 1] ?? 0))
        throw new Error("Bug: runs must be added in order.");
      if (end <= (this.#bounds[last] ?? 0)) return;
      assertInteger(end - 1);
      this.#bounds[last] = end;
      return;
    }
    assertInteger(start);
    assertInteger(end - 1);
    if (this.#length === this.#bounds.length) {
      const grown = new Int32Array(this.#length * 2);
      grown.set(this.#bounds);
      this.#bounds = grown;
    }
    this.#bounds[this.#length++] = start;
    this.#bounds[this.#length++] = end;
  }

  /** The canonical set of the added runs. */
  finish(): IntegerSet {
    return integersFromBounds(this.#bounds.slice(0, this.#length));
  }
}

/**
 * The canonical set of runs that are sorted, disjoint and do not touch; takes ownership of the
 * array.
 */
export function integersFromBounds(bounds: Int32Array): IntegerSet {
  if (bounds.length === 0) return noIntegers;
  const min = bounds[0] ?? 0;
  const max = (bounds[bounds.length - 1] ?? 0) - 1;
  const words = wordsSpanned(min, max);
  if (isSmallerAsBits(words, bounds.length / 2)) {
    const bits = new Uint32Array(words);
    fillRuns(bits, min >> 5, bounds);
    return { kind: "bits", firstWord: min >> 5, words: bits, count: countBounds(bounds) };
  }
  return { kind: "runs", bounds, count: countBounds(bounds) };
}

/**
 * The canonical set of a bitmap; word `w` holds the integers from `32 * (firstWord + w)`. Takes
 * ownership of the array.
 */
export function integersFromWords(firstWord: number, words: Uint32Array): IntegerSet {
  let from = 0;
  let to = words.length;
  while (from < to && words[from] === 0) from++;
  while (to > from && words[to - 1] === 0) to--;
  if (from === to) return noIntegers;
  let runs = 0;
  let count = 0;
  let carry = 0;
  for (let index = from; index < to; index++) {
    const word = words[index] ?? 0;
    if (word === 0) {
      carry = 0;
      continue;
    }
    count += popcount(word);
    runs += popcount(word & ~((word << 1) | carry));
    carry = word >>> 31;
  }
  const tight = from === 0 && to === words.length ? words : words.slice(from, to);
  if (isSmallerAsBits(to - from, runs))
    return { kind: "bits", firstWord: firstWord + from, words: tight, count };
  return { kind: "runs", bounds: boundsOfWords(firstWord + from, tight, runs), count };
}

/** Sets the bits of every run that lies within the words. */
export function fillRuns(words: Uint32Array, firstWord: number, bounds: Int32Array): void {
  const low = firstWord * 32;
  const high = low + words.length * 32;
  for (let index = firstRunEndingAfter(bounds, low); index < bounds.length; index += 2) {
    const start = Math.max(bounds[index] ?? 0, low) - low;
    const end = Math.min(bounds[index + 1] ?? 0, high) - low;
    if (end <= start) return;
    const first = start >>> 5;
    const last = (end - 1) >>> 5;
    const head = 0xffffffff << (start & 31);
    const tail = 0xffffffff >>> (31 - ((end - 1) & 31));
    if (first === last) {
      words[first] = (words[first] ?? 0) | (head & tail);
    } else {
      words[first] = (words[first] ?? 0) | head;
      words.fill(0xffffffff, first + 1, last);
      words[last] = (words[last] ?? 0) | tail;
    }
  }
}

/** Index in `bounds` of the first run that ends after the integer; the length if there is none. */
export function firstRunEndingAfter(bounds: Int32Array, integer: number): number {
  let low = 0;
  let high = bounds.length >> 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((bounds[2 * middle + 1] ?? 0) > integer) high = middle;
    else low = middle + 1;
  }
  return low * 2;
}

/** The runs of a bitmap, as alternating starts and ends. */
export function boundsOfWords(firstWord: number, words: Uint32Array, runs: number): Int32Array {
  const bounds = new Int32Array(runs * 2);
  let length = 0;
  let open = false;
  for (let index = 0; index < words.length; index++) {
    const base = (firstWord + index) * 32;
    // Bits at which membership differs from the integer before.
    const word = words[index] ?? 0;
    let changes = word ^ ((word << 1) | (open ? 1 : 0));
    while (changes !== 0) {
      const lowest = changes & -changes;
      bounds[length++] = base + 31 - Math.clz32(lowest);
      changes ^= lowest;
    }
    open = word >>> 31 === 1;
  }
  if (open) bounds[length] = (firstWord + words.length) * 32;
  return bounds;
}

function countBounds(bounds: Int32Array): number {
  let count = 0;
  for (let index = 0; index < bounds.length; index += 2)
    count += (bounds[index + 1] ?? 0) - (bounds[index] ?? 0);
  return count;
}
