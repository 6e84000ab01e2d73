import { InvalidOptionsError, project } from "@infill/core";
import { expect, test } from "vitest";
import { plannerOptionsSchema } from "./plannerOptions.ts";
import { startPlanner } from "./startPlanner.ts";

const started = {
  project: project({ namespace: "p", assets: [] }),
  // Refused before anything connects.
  redisUrl: "redis://127.0.0.1:1",
};

test("fills in every option of a planner", () => {
  expect(plannerOptionsSchema.parse(started)).toMatchObject({ leaseMs: 15_000, tickMs: 2_000 });
});

test.each([
  { leaseMs: 1_000, tickMs: 10 },
  { leaseMs: 600_000, tickMs: 60_000 },
])("accepts the ends of the ranges: %o", (ends) => {
  expect(plannerOptionsSchema.parse({ ...started, ...ends })).toMatchObject(ends);
});

test.each([
  [{ leaseMs: 999 }, "leaseMs: got 999; expected at least 1000."],
  [{ leaseMs: 600_001 }, "leaseMs: got 600001; expected at most 600000."],
  [{ leaseMs: 1_500.5 }, "leaseMs: got 1500.5; invalid input: expected int, received number."],
  [{ leaseMs: "15s" }, 'leaseMs: got "15s"; invalid input: expected number, received string.'],
  [{ tickMs: 9 }, "tickMs: got 9; expected at least 10."],
  [{ tickMs: 60_001 }, "tickMs: got 60001; expected at most 60000."],
  [{ tickMs: 5_000, leaseMs: 5_000 }, "tickMs: got 5000; expected under leaseMs (5000)."],
  [{ project: {} }, "project: got {}; expected what project({ … }) returns."],
  [{ redisUrl: 6379 }, "redisUrl: got 6379; invalid input: expected string, received number."],
  [{ log: "info" }, 'log: got "info"; expected an object with info, warn and error.'],
  [
    { lease: 1_000 },
    '"lease" is not an option here; did you mean "leaseMs"? expected project, redisUrl, log, leaseMs, tickMs.',
  ],
])("refuses %o before it connects", async (wrong: object, problem) => {
  const refused = startPlanner(Object.assign({}, started, wrong));
  await expect(refused).rejects.toThrow(InvalidOptionsError);
  await expect(refused).rejects.toThrow(`Invalid planner options: ${problem}`);
});
