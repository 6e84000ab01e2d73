import {
  countIntegers,
  equalIntegers,
  fillRuns,
  forEachRun,
  type IntegerSet,
  integers,
  integersFromBits,
  integersFromSorted,
  isEmptyIntegers,
  maxInteger,
  minInteger,
  noIntegers,
  RunsBuilder,
} from "@infill/partitions";
import type { TileLayout } from "./tiles.ts";

/** A bitmap: word `w` holds the integers from `32 * (firstWord + w)`, lowest bit first. */
interface Bits {
  readonly firstWord: number;
  readonly words: Uint32Array;
}

/** Rows from which on equal rows are written as a bitmap. */
const manyRows = 1_000;

/** The ordinals of the lanes of one tile, by place in a row; undefined or empty for none. */
export type TileLanes = readonly (IntegerSet | undefined)[];

/**
 * The places in a tile of its lanes' ordinals. Row by row, so that an ordinal of all lanes is one
 * run.
 */
export function interleave(lanes: TileLanes, { width, base }: TileLayout): IntegerSet {
  const filled = lanes.flatMap((set, place) =>
    set === undefined || isEmptyIntegers(set) ? [] : [{ set, place }],
  );
  const [first] = filled;
  if (first === undefined) return noIntegers;
  if (filled.every(({ set }) => set === first.set)) {
    const places = filled.map(({ place }) => place);
    return sameInLanes(first.set, placeRuns(places), width, base);
  }
  const rows = filled.map(({ set }) => [minInteger(set) ?? 0, maxInteger(set) ?? 0] as const);
  const from = (Math.min(...rows.map(([low]) => low)) - base) * width;
  const to = (Math.max(...rows.map(([, high]) => high)) - base + 1) * width;
  const start = Math.floor(from / 32) * 32;
  const words = Math.ceil((to - start) / 32);
  const count = filled.reduce((sum, { set }) => sum + countIntegers(set), 0);
  if (words > 2 * count) {
    const members = new Int32Array(count);
    let at = 0;
    for (const { set, place } of filled)
      for (const ordinal of integers(set)) members[at++] = (ordinal - base) * width + place;
    return integersFromSorted(members.sort());
  }
  const bits = new Uint32Array(words);
  for (const { set, place } of filled) {
    forEachRun(set, (first, end) => {
      const last = (end - base) * width + place - start;
      for (let bit = (first - base) * width + place - start; bit < last; bit += width)
        bits[bit >>> 5] = (bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
    });
  }
  return integersFromBits(start, bits);
}

/** Runs of places that follow each other, half-open. */
function placeRuns(places: readonly number[]): (readonly [from: number, to: number])[] {
  const runs: [number, number][] = [];
  for (const place of places) {
    const last = runs.at(-1);
    if (last?.[1] === place) last[1]++;
    else runs.push([place, place + 1]);
  }
  return runs;
}

function sameInLanes(
  set: IntegerSet,
  places: readonly (readonly [from: number, to: number])[],
  width: number,
  base: number,
): IntegerSet {
  const builder = new RunsBuilder();
  const isWhole = places[0]?.[0] === 0 && places[0][1] === width;
  if (!isWhole && isDense(set)) return repeatedRows(set, places, width, base);
  forEachRun(set, (first, end) => {
    if (isWhole) {
      builder.add((first - base) * width, (end - base) * width);
      return;
    }
    for (let row = first - base; row < end - base; row++)
      for (const [from, to] of places) builder.add(row * width + from, row * width + to);
  });
  return builder.finish();
}

/** Whether a set is large and fills its range so well that a bitmap of its rows is small too. */
function isDense(set: IntegerSet): boolean {
  const count = countIntegers(set);
  const range = (maxInteger(set) ?? 0) - (minInteger(set) ?? 0) + 1;
  return count > manyRows && range <= 4 * count;
}

/** The same as a bitmap, in which all rows of a run have the same words. */
function repeatedRows(
  set: IntegerSet,
  places: readonly (readonly [from: number, to: number])[],
  width: number,
  base: number,
): IntegerSet {
  const low = (minInteger(set) ?? 0) - base;
  const high = (maxInteger(set) ?? 0) - base;
  // Rows and words begin together here, whatever the width.
  const step = Math.max(1, 32 / width);
  const firstRow = Math.floor(low / step) * step;
  const bits = new Uint32Array(Math.ceil(((high + 1 - firstRow) * width) / 32));
  const fill = (row: number) => {
    for (const [from, to] of places)
      for (let place = from; place < to; place++) {
        const bit = (row - firstRow) * width + place;
        bits[bit >>> 5] = (bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
      }
  };
  const wordsAStep = (step * width) / 32;
  forEachRun(set, (first, end) => {
    let row = first - base;
    const last = end - base;
    for (; row < last && (row - firstRow) % step !== 0; row++) fill(row);
    const whole = row + Math.floor((last - row) / step) * step;
    if (whole > row) {
      for (let each = row; each < row + step; each++) fill(each);
      const from = ((row - firstRow) / step) * wordsAStep;
      const to = ((whole - firstRow) / step) * wordsAStep;
      // Doubles what is filled, so that a million rows take twenty copies.
      for (let filled = wordsAStep; from + filled < to; filled *= 2)
        bits.copyWithin(from + filled, from, Math.min(from + filled, to - filled));
    }
    for (row = whole; row < last; row++) fill(row);
  });
  return integersFromBits(firstRow * width, bits);
}

/**
 * The ordinals of each lane of a tile, by place in a row. Lanes that follow each other and have
 * equal ordinals share one set.
 */
export function separate(places: IntegerSet, { width, base }: TileLayout): TileLanes {
  const lanes = Array.from({ length: width }, () => new RunsBuilder());
  const used = new Uint8Array(width);
  const add = (place: number, first: number, end: number) => {
    used[place] = 1;
    lanes[place]?.add(first + base, end + base);
  };
  const bits = asBits(places);
  if (bits !== undefined) eachRowPattern(bits, width, add);
  else
    forEachRun(places, (start, end) => {
      let at = start;
      while (at < end) {
        const row = Math.floor(at / width);
        const place = at - row * width;
        if (place === 0 && end - at >= width) {
          const rows = Math.floor((end - at) / width);
          for (let each = 0; each < width; each++) add(each, row, row + rows);
          at += rows * width;
          continue;
        }
        const last = Math.min(width, end - row * width);
        for (let each = place; each < last; each++) add(each, row, row + 1);
        at = row * width + last;
      }
    });
  let before: IntegerSet | undefined;
  return lanes.map((builder, place) => {
    if (used[place] === 0) return undefined;
    const set = builder.finish();
    if (before === undefined || !equalIntegers(before, set)) before = set;
    return before;
  });
}

/** A set as a bitmap, if it is one or nearly as small as one; a few runs are quicker as runs. */
function asBits(set: IntegerSet): Bits | undefined {
  if (set.kind === "bits") return set;
  const runs = set.bounds.length / 2;
  if (runs < manyRows) return undefined;
  const firstWord = (minInteger(set) ?? 0) >> 5;
  const count = ((maxInteger(set) ?? 0) >> 5) - firstWord + 1;
  if (count > 4 * runs) return undefined;
  const words = new Uint32Array(count);
  fillRuns(words, firstWord, set.bounds);
  return { firstWord, words };
}

/** Calls `add` once for each place of equal rows that follow each other. */
function eachRowPattern(
  { firstWord, words }: Bits,
  width: number,
  add: (place: number, firstRow: number, endRow: number) => void,
): void {
  const lowOf = (bit: number) => words[(bit >> 5) - firstWord] ?? 0;
  const mask = width < 32 ? (1 << width) - 1 : -1;
  const firstRow = Math.floor((firstWord * 32) / width);
  const endRow = Math.ceil(((firstWord + words.length) * 32) / width);
  let since = firstRow;
  let [low, high] = [0, 0];
  for (let row = firstRow; row <= endRow; row++) {
    const bit = row * width;
    const isEnd = row === endRow;
    const nextLow = isEnd ? 0 : (lowOf(bit) >>> (bit & 31)) & mask;
    const nextHigh = isEnd || width < 64 ? 0 : lowOf(bit + 32) | 0;
    if (nextLow === low && nextHigh === high) continue;
    for (let place = 0; place < width; place++) {
      const word = place < 32 ? low : high;
      if (((word >>> (place & 31)) & 1) === 1) add(place, since, row);
    }
    [low, high, since] = [nextLow, nextHigh, row];
  }
}
