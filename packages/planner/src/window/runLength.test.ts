import { expect, test } from "vitest";
import { runLength } from "./runLength.ts";

const quick = { settled: 1_000, busyMs: 1_000, ready: 1_000_000, slots: 16, requested: undefined };

test("is one until enough partitions have run", () => {
  expect(runLength({ ...quick, settled: 19, busyMs: 1 })).toBe(1);
});

test("fills about 50 ms, with at most 32 partitions", () => {
  const ofAverage = (averageMs: number) => runLength({ ...quick, busyMs: 1_000 * averageMs });
  expect([0, 1, 5, 20, 50, 60_000].map(ofAverage)).toEqual([32, 32, 10, 2, 1, 1]);
});

test("leaves work for every slot", () => {
  expect(runLength({ ...quick, ready: 100 })).toBe(1);
  expect(runLength({ ...quick, ready: 640 })).toBe(10);
});

test("never exceeds what the user allows", () => {
  expect(runLength({ ...quick, requested: 1 })).toBe(1);
  expect(runLength({ ...quick, requested: 5 })).toBe(5);
  expect(runLength({ ...quick, requested: 500 })).toBe(50);
});
