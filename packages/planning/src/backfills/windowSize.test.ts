import { expect, test } from "vitest";
import { readyJobs, windowSize } from "./windowSize.ts";

test("gives sixteen jobs for each slot, from 256 to 4,096", () => {
  expect([0, 10, 100, 1_000].map((slots) => windowSize(slots, undefined).window)).toEqual([
    256, 256, 1_600, 4_096,
  ]);
});

test("leaves room for a settled job in each slot, so that jobs never exceed the window", () => {
  for (const slots of [0, 1, 16, 100, 5_000]) {
    for (const requested of [undefined, 1, 2, 10, 300]) {
      const { window, reservable } = windowSize(slots, requested);
      expect(reservable).toBeGreaterThanOrEqual(1);
      // Jobs that are settled and not yet removed: one for each slot, and never more than were
      // reserved.
      const finishing = Math.min(slots, reservable);
      if (window > 1) expect(reservable + finishing).toBeLessThanOrEqual(window);
    }
  }
});

test("uses the user's limit if it is lower", () => {
  expect(windowSize(100, 40).window).toBe(40);
  expect(windowSize(1, 100_000).window).toBe(256);
});

test("the slower the jobs, the fewer wait, so that another backfill's turn comes soon", () => {
  expect([0.5, 50, 250, 60_000].map((jobMs) => readyJobs(10, 1, jobMs))).toEqual([160, 70, 30, 30]);
  expect(readyJobs(0, 1, undefined)).toBe(64);
});

test("waiting jobs are shared, and never zero", () => {
  expect([1, 0.75, 0.25, 0.001].map((share) => readyJobs(8, share, 10_000))).toEqual([
    24, 18, 6, 1,
  ]);
});
