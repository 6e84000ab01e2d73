import { expect, test } from "vitest";
import { averageJobMs, partitionsPerJob, takesNoTime } from "./partitionsPerJob.ts";

const quick = { settled: 1_000, busyMs: 1_000, ready: 1_000_000, slots: 16, requested: undefined };

test("is one until enough partitions have run", () => {
  expect(partitionsPerJob({ ...quick, settled: 19, busyMs: 1 })).toBe(1);
  expect(takesNoTime({ settled: 19, busyMs: 1 })).toBe(false);
});

test("fills about 100 ms, with at most 100 partitions", () => {
  const ofAverage = (averageMs: number) =>
    partitionsPerJob({ ...quick, busyMs: 1_000 * averageMs });
  expect([0, 1, 5, 20, 50, 60_000].map(ofAverage)).toEqual([100, 100, 20, 5, 2, 1]);
});

test("leaves work for every slot, but does not divide what takes a few milliseconds", () => {
  const slow = { ...quick, busyMs: 10_000 };
  expect(partitionsPerJob({ ...slow, ready: 100 })).toBe(1);
  expect(partitionsPerJob({ ...slow, ready: 640 })).toBe(10);
  expect(partitionsPerJob({ ...quick, ready: 100 })).toBe(5);
  expect(partitionsPerJob({ ...quick, ready: 640 })).toBe(10);
});

test("never exceeds what the user allows", () => {
  expect(partitionsPerJob({ ...quick, requested: 1 })).toBe(1);
  expect(partitionsPerJob({ ...quick, requested: 5 })).toBe(5);
  expect(partitionsPerJob({ ...quick, requested: 500 })).toBe(100);
});

test("the average time of a job is unknown until enough partitions have run", () => {
  const few = { settled: 12, busyMs: 120, perJob: 1 };
  expect(averageJobMs([few])).toBeUndefined();
  expect(averageJobMs([few, { settled: 8, busyMs: 80, perJob: 4 }])).toBeCloseTo(200 / 14);
});

test("functions of at most a millisecond take no time", () => {
  expect(takesNoTime({ settled: 100, busyMs: 100 })).toBe(true);
  expect(takesNoTime({ settled: 100, busyMs: 101 })).toBe(false);
});

test("a partition counts as 0.15 ms at the least", () => {
  expect(partitionsPerJob({ ...quick, busyMs: 0, ready: 100 })).toBe(33);
  expect(averageJobMs([{ settled: 100, busyMs: 0, perJob: 10 }])).toBeCloseTo(1.5);
});
