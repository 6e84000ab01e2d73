import {
  countIntegers,
  equalIntegers,
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
