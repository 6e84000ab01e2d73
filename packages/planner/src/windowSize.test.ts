import { expect, test } from "vitest";
import { windowSize } from "./windowSize.ts";

test("gives sixteen jobs a slot, from 256 to 4,096", () => {
  expect([0, 10, 100, 1_000].map((slots) => windowSize(slots, undefined).window)).toEqual([
    256, 256, 1_600, 4_096,
  ]);
});

test("leaves room for a settled job in each slot, so that jobs never exceed the window", () => {
  for (const slots of [0, 1, 16, 100, 5_000]) {
    for (const requested of [undefined, 1, 2, 10, 300]) {
      const { window, reservable } = windowSize(slots, requested);
      expect(reservable).toBeGreaterThanOrEqual(1);
      // Jobs that are settled and not yet removed: one a slot, and never more than were reserved.
      const finishing = Math.min(slots, reservable);
      if (window > 1) expect(reservable + finishing).toBeLessThanOrEqual(window);
    }
  }
});

test("takes the user's limit where it is lower", () => {
  expect(windowSize(100, 40).window).toBe(40);
  expect(windowSize(1, 100_000).window).toBe(256);
});
