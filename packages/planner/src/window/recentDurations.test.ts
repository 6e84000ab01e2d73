import { expect, test } from "vitest";
import { RecentDurations } from "./recentDurations.ts";

test("slow first partitions count until some hundred others have run", () => {
  const durations = new RecentDurations();
  durations.add({ settled: 100, busyMs: 1_000 });
  expect(durations.recent).toEqual({ settled: 100, busyMs: 1_000 });
  durations.add({ settled: 300, busyMs: 1_020 });
  expect(durations.recent).toEqual({ settled: 300, busyMs: 1_020 });
  durations.add({ settled: 500, busyMs: 1_040 });
  expect(durations.recent).toEqual({ settled: 500, busyMs: 1_040 });
  durations.add({ settled: 556, busyMs: 1_046 });
  expect(durations.recent).toEqual({ settled: 256, busyMs: 26 });
  durations.add({ settled: 600, busyMs: 1_050 });
  expect(durations.recent).toEqual({ settled: 300, busyMs: 30 });
});

test("after totals that are lower than before, only later partitions count", () => {
  const durations = new RecentDurations();
  durations.add({ settled: 1_000, busyMs: 9_000 });
  durations.add({ settled: 400, busyMs: 500 });
  expect(durations.recent).toEqual({ settled: 0, busyMs: 0 });
  durations.add({ settled: 450, busyMs: 550 });
  expect(durations.recent).toEqual({ settled: 50, busyMs: 50 });
});
