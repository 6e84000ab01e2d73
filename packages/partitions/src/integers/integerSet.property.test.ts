import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyIntegerSet, anySmallIntegers } from "../testing/anyIntegerSet.ts";
import { decodeIntegers, encodeIntegers } from "./encodeIntegers.ts";
import {
  equalIntegers,
  intersectIntegers,
  subtractIntegers,
  unionIntegers,
} from "./integerAlgebra.ts";
import {
  clipIntegers,
  countIntegers,
  firstIntegers,
  forEachRun,
  hasInteger,
  integerRuns,
  integers,
  lastIntegers,
  maxInteger,
  minInteger,
  nextInteger,
  nthInteger,
  rankOfInteger,
  runCount,
  spreadIntegers,
  unionAllIntegers,
} from "./integerQueries.ts";
import type { IntegerSet } from "./integerSet.ts";
import { integersFromBits, integersFromRuns, integersFromSorted } from "./makeIntegers.ts";

const ascending = (values: Iterable<number>): number[] =>
  [...new Set(values)].sort((a, b) => a - b);
const build = (values: Iterable<number>): IntegerSet => integersFromSorted(ascending(values));
const members = (set: IntegerSet): number[] => [...integers(set)];

describe("an integer set", () => {
  test("agrees with a plain Set on every operation", () => {
    fc.assert(
      fc.property(anySmallIntegers, anySmallIntegers, (a, b) => {
        const [left, right] = [build(a), build(b)];
        const [inA, inB] = [new Set(a), new Set(b)];
        expect(members(unionIntegers(left, right))).toEqual(ascending([...a, ...b]));
        expect(members(intersectIntegers(left, right))).toEqual(
          ascending(a.filter((each) => inB.has(each))),
        );
        expect(members(subtractIntegers(left, right))).toEqual(
          ascending(a.filter((each) => !inB.has(each))),
        );
        expect(equalIntegers(left, right)).toBe(
          inA.size === inB.size && a.every((each) => inB.has(each)),
        );
        for (let integer = -80; integer < 140; integer += 7)
          expect(hasInteger(left, integer)).toBe(inA.has(integer));
      }),
      { numRuns: 400 },
    );
  });

  test("has one representation, however it is built", () => {
    fc.assert(
      fc.property(anySmallIntegers, anyIntegerSet, (values, other) => {
        const set = build(values);
        expect(integersFromRuns(values.map((value) => [value, value + 1] as const))).toEqual(set);
        expect(unionIntegers(subtractIntegers(set, other), intersectIntegers(set, other))).toEqual(
          set,
        );
        expect(unionAllIntegers(values.map((value) => build([value])))).toEqual(set);
        expect(decodeIntegers(encodeIntegers(set))).toEqual(set);
        expect(clipIntegers(set, -2000, 2000)).toEqual(set);
      }),
      { numRuns: 400 },
    );
  });

  test("gives the same union with many sets at once as one after another", () => {
    fc.assert(
      fc.property(fc.array(anyIntegerSet, { maxLength: 6 }), (sets) => {
        const oneByOne = sets.reduce(unionIntegers, build([]));
        expect(unionAllIntegers(sets)).toEqual(oneByOne);
      }),
      { numRuns: 400 },
    );
  });

  test("counts, ranks and slices as its sorted members do", () => {
    fc.assert(
      fc.property(
        anySmallIntegers,
        fc.nat(30),
        fc.integer({ min: -90, max: 140 }),
        (values, n, at) => {
          const [set, sorted] = [build(values), ascending(values)];
          expect(countIntegers(set)).toBe(sorted.length);
          expect([minInteger(set), maxInteger(set)]).toEqual([sorted[0], sorted.at(-1)]);
          expect(nthInteger(set, n)).toBe(sorted[n]);
          expect(members(firstIntegers(set, n))).toEqual(sorted.slice(0, n));
          expect(members(lastIntegers(set, n))).toEqual(n === 0 ? [] : sorted.slice(-n));
          expect(rankOfInteger(set, at)).toBe(sorted.filter((each) => each < at).length);
          expect(nextInteger(set, at)).toBe(sorted.find((each) => each >= at));
          expect(members(clipIntegers(set, at, at + n))).toEqual(
            sorted.filter((each) => each >= at && each < at + n),
          );
          const spread = members(spreadIntegers(set, n));
          expect(spread).toHaveLength(Math.min(n, sorted.length));
          if (n > 1 && sorted.length > 0)
            expect([spread[0], spread.at(-1)]).toEqual([sorted[0], sorted.at(-1)]);
        },
      ),
      { numRuns: 400 },
    );
  });

  test("lists maximal runs", () => {
    fc.assert(
      fc.property(anySmallIntegers, (values) => {
        const set = build(values);
        const runs = [...integerRuns(set)];
        const visited: (readonly [number, number])[] = [];
        forEachRun(set, (start, end) => visited.push([start, end]));
        expect(visited).toEqual(runs);
        expect(runCount(set)).toBe(runs.length);
        expect(
          runs.flatMap(([start, end]) =>
            Array.from({ length: end - start }, (_, index) => start + index),
          ),
        ).toEqual(members(set));
        runs
          .slice(1)
          .forEach(([start], index) => expect(start).toBeGreaterThan(runs[index]?.[1] ?? 0));
      }),
    );
  });

  test("reads a bitmap from any base", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -200, max: 200 }),
        fc.array(fc.nat(0xffffffff), { maxLength: 4 }),
        (base, words) => {
          const expected: number[] = [];
          words.forEach((word, index) => {
            for (let bit = 0; bit < 32; bit++)
              if ((word >>> bit) & 1) expected.push(base + 32 * index + bit);
          });
          expect(members(integersFromBits(base, Uint32Array.from(words)))).toEqual(expected);
        },
      ),
    );
  });
});
