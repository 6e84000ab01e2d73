import fc from "fast-check";
import { integersFromRuns } from "../integers/makeIntegers.ts";
import type { IntegerSet } from "../integers/integerSet.ts";

/** Integers near each other, some negative, so that both forms of a set occur. */
export const anySmallIntegers: fc.Arbitrary<number[]> = fc.oneof(
  fc.array(fc.integer({ min: -70, max: 130 }), { maxLength: 120 }),
  fc.array(fc.integer({ min: -1000, max: 1000 }), { maxLength: 12 }),
);

/** A set of a few runs and single integers. */
export const anyIntegerSet: fc.Arbitrary<IntegerSet> = fc
  .array(fc.tuple(fc.integer({ min: -100, max: 200 }), fc.integer({ min: 1, max: 40 })), {
    maxLength: 8,
  })
  .map((runs) => integersFromRuns(runs.map(([start, length]) => [start, start + length] as const)));
