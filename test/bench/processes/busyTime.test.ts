import { expect, test } from "vitest";
import { BusyTime } from "./busyTime.ts";

test("two functions that run at once count twice", () => {
  const busy = new BusyTime();
  busy.begin(1_000);
  busy.begin(1_010);
  busy.end(1_030);
  expect([busy.untilMs(1_030), busy.ended]).toEqual([50, 1]);
});

test("what still runs counts until now, and a time without functions does not", () => {
  const busy = new BusyTime();
  busy.begin(1_000);
  expect(busy.untilMs(1_005)).toBe(5);
  busy.end(1_010);
  expect(busy.untilMs(2_000)).toBe(10);
});
