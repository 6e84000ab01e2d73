import {
  forEachRun,
  type IntegerSet,
  integersFromBits,
  maxInteger,
  minInteger,
  noIntegers,
} from "@infill/partitions";

/** A mutable set of integers within fixed bounds, one bit each. */
export class OrdinalBits {
  readonly #first: number;
  readonly #words: Uint32Array;
  #count = 0;

  /** Empty, with room for `first` to `last`, both included. */
  constructor(first: number, last: number) {
    // Aligned with the words of integer sets, so that they can be copied without shifts.
    this.#first = first & ~31;
    this.#words = new Uint32Array(Math.max(0, Math.ceil((last - this.#first + 1) / 32)));
  }

  /** Holds the set, with room from its first to its last integer. */
  static from(set: IntegerSet): OrdinalBits {
    const bits = new OrdinalBits(minInteger(set) ?? 0, maxInteger(set) ?? -1);
    bits.addAll(set);
    return bits;
  }

  /** Empty, with room for the same integers as `other`. */
  static like(other: OrdinalBits): OrdinalBits {
    return new OrdinalBits(other.#first, other.#first + other.#words.length * 32 - 1);
  }

  get count(): number {
    return this.#count;
  }

  has(value: number): boolean {
    const bit = value - this.#first;
    return bit >= 0 && ((this.#words[bit >>> 5] ?? 0) & (1 << (bit & 31))) !== 0;
  }

  /** Adds a value within the bounds. @returns whether it is new */
  add(value: number): boolean {
    const bit = value - this.#first;
    const word = this.#words[bit >>> 5];
    if (bit < 0 || word === undefined) return false;
    const mask = 1 << (bit & 31);
    if ((word & mask) !== 0) return false;
    this.#words[bit >>> 5] = word | mask;
    this.#count++;
    return true;
  }

  /** @returns whether it was in the set */
  delete(value: number): boolean {
    if (!this.has(value)) return false;
    const bit = value - this.#first;
    this.#words[bit >>> 5] = (this.#words[bit >>> 5] ?? 0) & ~(1 << (bit & 31));
    this.#count--;
    return true;
  }

  /** Adds the values that are within the bounds. */
  addAll(set: IntegerSet): void {
    this.#write(set, true);
  }

  deleteAll(set: IntegerSet): void {
    if (this.#count > 0) this.#write(set, false);
  }

  /** Assigns `from` minus `without`; all three must have equal bounds. */
  assign(from: OrdinalBits, without: OrdinalBits): void {
    if (without.#count === 0) {
      this.#words.set(from.#words);
      this.#count = from.#count;
      return;
    }
    let count = 0;
    for (let index = 0; index < this.#words.length; index++) {
      const word = ((from.#words[index] ?? 0) & ~(without.#words[index] ?? 0)) >>> 0;
      this.#words[index] = word;
      count += popCount(word);
    }
    this.#count = count;
  }

  /** The lowest value at or above `from`; undefined if there is none. */
  next(from: number): number | undefined {
    if (this.#count === 0 || from - this.#first >= this.#words.length * 32) return undefined;
    let bit = Math.max(0, from - this.#first);
    let index = bit >>> 5;
    let word = (this.#words[index] ?? 0) & (0xffffffff << (bit & 31));
    while (word === 0) {
      if (++index >= this.#words.length) return undefined;
      word = this.#words[index] ?? 0;
    }
    bit = index * 32 + 31 - Math.clz32(word & -word);
    return this.#first + bit;
  }

  /** The highest value at or below `from`; undefined if there is none. */
  previous(from: number): number | undefined {
    if (this.#count === 0) return undefined;
    const bit = Math.min(this.#words.length * 32 - 1, from - this.#first);
    if (bit < 0) return undefined;
    let index = bit >>> 5;
    let word = (this.#words[index] ?? 0) & (0xffffffff >>> (31 - (bit & 31)));
    while (word === 0) {
      if (--index < 0) return undefined;
      word = this.#words[index] ?? 0;
    }
    return this.#first + index * 32 + 31 - Math.clz32(word);
  }

  /** The intersection with `set`. */
  intersection(set: IntegerSet): OrdinalBits {
    const low = this.next(minInteger(set) ?? Number.POSITIVE_INFINITY);
    const high = this.previous(maxInteger(set) ?? Number.NEGATIVE_INFINITY);
    if (low === undefined || high === undefined || low > high) return new OrdinalBits(0, -1);
    // Aligned with a word of this set, so that whole words can be compared.
    const shift = (low - this.#first) >>> 5;
    const found = new OrdinalBits(this.#first + shift * 32, high);
    found.addAll(set);
    let count = 0;
    for (let index = 0; index < found.#words.length; index++) {
      const word = ((found.#words[index] ?? 0) & (this.#words[shift + index] ?? 0)) >>> 0;
      found.#words[index] = word;
      count += popCount(word);
    }
    found.#count = count;
    return found;
  }

  toSet(): IntegerSet {
    return this.#count === 0 ? noIntegers : integersFromBits(this.#first, this.#words);
  }

  /** Adds or deletes the values of a set that are within the bounds. */
  #write(set: IntegerSet, isMember: boolean): void {
    forEachRun(set, (start, end) => {
      const from = Math.max(0, start - this.#first);
      const to = Math.min(this.#words.length * 32, end - this.#first);
      if (from >= to) return;
      const firstWhole = (from + 31) >>> 5;
      const endWhole = to >>> 5;
      if (firstWhole > endWhole) {
        this.#writeWord(from >>> 5, lowMask(to & 31) & ~lowMask(from & 31), isMember);
        return;
      }
      if ((from & 31) !== 0) this.#writeWord(from >>> 5, ~lowMask(from & 31), isMember);
      if ((to & 31) !== 0) this.#writeWord(endWhole, lowMask(to & 31), isMember);
      if (firstWhole === endWhole) return;
      let before = 0;
      if (this.#count > 0)
        for (let index = firstWhole; index < endWhole; index++)
          before += popCount(this.#words[index] ?? 0);
      this.#words.fill(isMember ? 0xffffffff : 0, firstWhole, endWhole);
      this.#count += (isMember ? (endWhole - firstWhole) * 32 : 0) - before;
    });
  }

  #writeWord(index: number, mask: number, isMember: boolean): void {
    const before = this.#words[index] ?? 0;
    const after = (isMember ? before | mask : before & ~mask) >>> 0;
    this.#words[index] = after;
    this.#count += popCount(after) - popCount(before);
  }
}

/** The lowest `bits` bits of a word; `bits` is 0 to 31. */
function lowMask(bits: number): number {
  return (1 << bits) - 1;
}

function popCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
