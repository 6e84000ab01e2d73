import { expect, test } from "vitest";
import { batchSize } from "./batchSize.ts";

const quick = { settled: 1_000, busyMs: 1_000, ready: 1_000_000, slots: 16, requested: undefined };

test("is one until enough partitions have run", () => {
  expect(batchSize({ ...quick, settled: 19, busyMs: 1 })).toBe(1);
});

test("fills about 50 ms, with at most 100 partitions", () => {
  const ofAverage = (averageMs: number) => batchSize({ ...quick, busyMs: 1_000 * averageMs });
  expect([0, 1, 5, 20, 50, 60_000].map(ofAverage)).toEqual([100, 50, 10, 2, 1, 1]);
});

test("leaves work for every slot", () => {
  expect(batchSize({ ...quick, ready: 100 })).toBe(1);
  expect(batchSize({ ...quick, ready: 640 })).toBe(10);
});

test("never exceeds what the user allows", () => {
  expect(batchSize({ ...quick, requested: 1 })).toBe(1);
  expect(batchSize({ ...quick, requested: 5 })).toBe(5);
  expect(batchSize({ ...quick, requested: 500 })).toBe(50);
});
