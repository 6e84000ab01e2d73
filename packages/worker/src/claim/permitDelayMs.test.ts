import { expect, test } from "vitest";
import { permitDelayMs } from "./permitDelayMs.ts";

test("a refused job asks again soon, later each time, and within a second", () => {
  expect([1, 2, 3, 6, 7, 1_000].map((starts) => permitDelayMs(starts, 0))).toEqual([
    25, 50, 100, 800, 1_000, 1_000,
  ]);
  expect(permitDelayMs(1, 0.999)).toBe(13);
  expect(permitDelayMs(0, 0)).toBe(25);
});
