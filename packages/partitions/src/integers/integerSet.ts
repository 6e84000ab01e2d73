/**
 * A set of 32-bit integers, the basis of all questions about many partitions.
 *
 * Immutable and canonical: equal sets have equal representations. Stored as sorted runs (8 bytes
 * each) or as a bitmap from its first to its last member (a bit each), whichever is smaller. Ten
 * million neighbors are one run; a random half of a million integers is a bitmap of 125 kB.
 */
export type IntegerSet = IntegerRuns | IntegerBits;

/** Sorted, disjoint runs that do not touch. */
export interface IntegerRuns {
  readonly kind: "runs";
  /** Start and end of each run in turn, half-open. */
  readonly bounds: Int32Array;
  readonly count: number;
}

/** A bitmap whose first and last words are not zero. */
export interface IntegerBits {
  readonly kind: "bits";
  /** Word `w` holds the integers from `32 * (firstWord + w)`, lowest bit first. */
  readonly firstWord: number;
  readonly words: Uint32Array;
  readonly count: number;
}

/** Every member is at or above this. */
export const smallestInteger = -(2 ** 31);
/** Every member is below this, so that the end of a run fits in 32 bits too. */
export const integerLimit = 2 ** 31 - 1;

/** The set without members. */
export const noIntegers: IntegerSet = { kind: "runs", bounds: new Int32Array(0), count: 0 };

/** The integers from `start` up to, not including, `end`; none where `end <= start`. */
export function integerRange(start: number, end: number): IntegerSet {
  if (end <= start) return noIntegers;
  assertInteger(start);
  assertInteger(end - 1);
  return { kind: "runs", bounds: Int32Array.of(start, end), count: end - start };
}

/** How many 32-bit words a bitmap from `min` to `max` has. */
export function wordsSpanned(min: number, max: number): number {
  return (max >> 5) - (min >> 5) + 1;
}

/**
 * Whether a set is stored as a bitmap of this many words rather than as this many runs. A single
 * run never is.
 */
export function isSmallerAsBits(words: number, runs: number): boolean {
  return runs > 1 && words < 2 * runs;
}

/** Number of bits that are set in a 32-bit word. */
export function popcount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return (((bits + (bits >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

/** Throws unless the value can be a member. */
export function assertInteger(value: number): void {
  if (Number.isInteger(value) && value >= smallestInteger && value < integerLimit) return;
  throw new Error(`Bug: ${value} is not an integer of 32 bits.`);
}
