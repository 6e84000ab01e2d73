import {
  countIntegers,
  integers,
  integersFromRuns,
  integersFromSorted,
  minInteger,
} from "@infill/partitions";
import fc from "fast-check";
import { expect, test } from "vitest";
import { interleave, separate } from "./interleave.ts";

const width = fc.constantFrom(2, 8, 32, 64);
const base = fc.integer({ min: -40, max: 40 });
const ordinals = fc
  .tuple(fc.array(fc.integer({ min: -60, max: 60 }), { maxLength: 20 }), fc.nat(30))
  .map(([values, run]) => [...new Set([...values, ...Array.from({ length: run }, (_, at) => at)])])
  .map((values) => values.sort((a, b) => a - b));
const far = fc.uniqueArray(fc.integer({ min: -1_000_000, max: 1_000_000 }), { maxLength: 3 });

/** Lanes as sorted ordinals; some share one list. */
const lanes = (count: number) =>
  fc
    .array(
      fc.oneof(
        ordinals,
        far.map((values) => values.sort((a, b) => a - b)),
      ),
      {
        minLength: 1,
        maxLength: 4,
      },
    )
    .chain((lists) =>
      fc.array(fc.option(fc.constantFrom(...lists), { nil: undefined, freq: 4 }), {
        minLength: count,
        maxLength: count,
      }),
    );

test("places each ordinal of each lane in its row, and finds it again", () => {
  fc.assert(
    fc.property(
      fc
        .tuple(width, base)
        .chain(([each, from]) => fc.tuple(fc.constant(each), fc.constant(from), lanes(each))),
      ([each, from, lists]) => {
        const layout = { axis: 0, width: each, base: from };
        const sets = new Map(lists.map((list) => [list, integersFromSorted(list ?? [])]));
        const places = interleave(
          lists.map((list) => (list === undefined ? undefined : sets.get(list))),
          layout,
        );
        const expected = lists.flatMap((list, place) =>
          (list ?? []).map((ordinal) => (ordinal - from) * each + place),
        );
        expect([...integers(places)]).toEqual(expected.sort((a, b) => a - b));
        const back = separate(places, layout).map((set) => [
          ...integers(set ?? integersFromSorted([])),
        ]);
        expect(back).toEqual(lists.map((list) => list ?? []));
      },
    ),
  );
});

test("keeps an ordinal of all lanes as one run, and shares equal lanes' sets", () => {
  const days = integersFromSorted([100, 101, 102]);
  const layout = { axis: 0, width: 64, base: 100 };
  const places = interleave(
    Array.from({ length: 64 }, () => days),
    layout,
  );
  expect(places).toEqual({ kind: "runs", bounds: Int32Array.of(0, 192), count: 192 });
  expect(new Set(separate(places, layout)).size).toBe(1);
});

test("equal rows by the thousand are placed and found as a few are", () => {
  fc.assert(
    fc.property(
      width,
      base,
      fc.uniqueArray(fc.nat(63), { minLength: 1 }),
      fc.array(fc.tuple(fc.integer({ min: -3_000, max: 3_000 }), fc.nat(1_500)), {
        minLength: 1,
        maxLength: 3,
      }),
      (each, from, some, runs) => {
        const layout = { axis: 0, width: each, base: from };
        const places = new Set(some.map((place) => place % each));
        const days = integersFromRuns(
          runs.map(([first, length]) => [first, first + 1_001 + length]),
        );
        const lanes = Array.from({ length: each }, (_, place) =>
          places.has(place) ? days : undefined,
        );
        const tile = interleave(lanes, layout);
        const first = [...places].sort((a, b) => a - b).at(0) ?? 0;
        expect(countIntegers(tile)).toBe(countIntegers(days) * places.size);
        expect(minInteger(tile)).toBe(((minInteger(days) ?? 0) - from) * each + first);
        expect(separate(tile, layout)).toEqual(lanes);
      },
    ),
  );
});

test("a thousand ordinals that lie far apart take no bitmap of all rows between them", () => {
  const apart = integersFromSorted(Array.from({ length: 1_100 }, (_, at) => at * 30_000));
  const layout = { axis: 0, width: 64, base: 0 };
  const tile = interleave([apart, apart, undefined], layout);
  expect(tile.kind).toBe("runs");
  expect(separate(tile, layout).slice(0, 3)).toEqual([apart, apart, undefined]);
});
