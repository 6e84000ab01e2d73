import { expect, test } from "vitest";
import { type Contender, firstJobsOfPool, shareOfPool } from "./poolShares.ts";

const backfill = (id: string, weight: number): Contender => ({ id, weight, origin: "backfill" });
const scheduled = (id: string): Contender => ({ id, weight: 1, origin: "schedule" });

test("shares are proportional to weights, and add up to the pool", () => {
  const contenders = [backfill("a", 1), backfill("b", 3), backfill("c", 4)];
  expect(contenders.map((own) => shareOfPool(contenders, own))).toEqual([0.125, 0.375, 0.5]);
  expect(shareOfPool([], backfill("a", 7))).toBe(1);
});

test("only requests of schedules, sensors and single runs go first, within the reserved slots together", () => {
  const contenders = [backfill("a", 1), scheduled("b"), scheduled("c"), scheduled("d")];
  expect(contenders.map((own) => firstJobsOfPool(contenders, own, 20, 0.25))).toEqual([0, 2, 2, 1]);
  expect(contenders.map((own) => firstJobsOfPool(contenders, own, 2, 0.25))).toEqual([0, 1, 0, 0]);
  expect(firstJobsOfPool([], scheduled("b"), 20, 0)).toBe(0);
});
