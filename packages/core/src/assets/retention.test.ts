import { expect, test } from "vitest";
import { project } from "./project.ts";

test("ended backfills are kept for 90 days, at most 10,000, unless a project says otherwise", () => {
  expect(project({ assets: [] }).retention).toEqual({
    endedBackfills: { maxAgeDays: 90, maxCount: 10_000 },
  });
  const retention = { endedBackfills: { maxAgeDays: null, maxCount: 5 } };
  expect(project({ assets: [], retention }).retention).toEqual(retention);
  expect(
    project({ assets: [], retention: { endedBackfills: { maxAgeDays: 0.5 } } }).retention,
  ).toEqual({ endedBackfills: { maxAgeDays: 0.5, maxCount: 10_000 } });
});

test("an invalid limit is refused with its name and its range", () => {
  const refused = (endedBackfills: object) => () =>
    project({ assets: [], retention: { endedBackfills } });
  expect(refused({ maxAgeDays: -1 })).toThrow(/retention\.endedBackfills\.maxAgeDays.*0/);
  expect(refused({ maxCount: 1.5 })).toThrow(/retention\.endedBackfills\.maxCount/);
  expect(refused({ maxAge: "90d" })).toThrow(/maxAge/);
});
