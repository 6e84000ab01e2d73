import { describe, expect, test } from "vitest";
import { SubsetEncodingError } from "../errors/subsetErrors.ts";
import { decodeIntegers, encodeIntegers } from "./encodeIntegers.ts";
import { unionIntegers } from "./integerAlgebra.ts";
import { integerRuns, runCount } from "./integerQueries.ts";
import { integerRange, integerLimit, noIntegers, smallestInteger } from "./integerSet.ts";
import { integersFromSorted } from "./makeIntegers.ts";

describe("an integer set is small", () => {
  test("ten million neighbors take less than a kilobyte, in memory and encoded", () => {
    const set = integerRange(-3_000_000, 7_000_000);
    expect(set.kind === "runs" && set.bounds.byteLength).toBe(8);
    expect(encodeIntegers(set).length).toBeLessThan(1000);
  });

  test("a random half of a million takes less than 200 kilobytes, in memory and encoded", () => {
    let state = 7;
    const half = Array.from({ length: 1_000_000 }, (_, index) => index).filter(() => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state < 2 ** 31;
    });
    const set = integersFromSorted(half);
    expect(set.kind === "bits" && set.words.byteLength).toBeLessThan(200_000);
    expect(encodeIntegers(set).length).toBeLessThan(200_000);
  });

  test("sparse integers far apart stay runs", () => {
    const set = unionIntegers(
      integersFromSorted([smallestInteger, 0, 1, 3]),
      integerRange(integerLimit - 1, integerLimit),
    );
    expect(set.kind).toBe("runs");
    expect(decodeIntegers(encodeIntegers(set))).toEqual(set);
  });
});

describe("decoding refuses", () => {
  const bytes = encodeIntegers(integersFromSorted([1, 2, 5, 9]));
  test.each([
    ["nothing", new Uint8Array(0)],
    ["an unknown form", Uint8Array.of(9)],
    ["bytes that were cut off", bytes.slice(0, -1)],
    ["bytes with more behind", Uint8Array.of(...bytes, 0)],
    ["a run that leaves 32 bits", Uint8Array.of(0, 1, 0, 255, 255, 255, 255, 127)],
    ["a bitmap longer than the bytes", Uint8Array.of(1, 0, 255, 255, 3)],
    ["a number without end", Uint8Array.of(0, 255, 255, 255, 255, 255, 255, 255, 255)],
  ])("%s", (_, wrong) => {
    expect(() => decodeIntegers(wrong)).toThrow(SubsetEncodingError);
  });

  test("nothing less than the empty set", () => {
    expect(decodeIntegers(encodeIntegers(noIntegers))).toEqual(noIntegers);
  });
});

test("a run that crosses from one word of a bitmap into the next is one run", () => {
  const runs = Array.from({ length: 16 }, (_, at) => [7 * at - 3, 7 * at + 1] as const);
  const set = integersFromSorted(runs.flatMap(([start]) => [0, 1, 2, 3].map((at) => start + at)));
  expect(set.kind).toBe("bits");
  expect(runCount(set)).toBe(16);
  expect([...integerRuns(set)]).toEqual(runs);
});

test("an integer beyond 32 bits is refused", () => {
  expect(() => integerRange(0, 2 ** 31)).toThrow(/^Bug:/);
  expect(() => integersFromSorted([0.5])).toThrow(/^Bug:/);
});
