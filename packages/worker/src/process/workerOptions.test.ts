import { InvalidOptionsError, project } from "@infill/core";
import { expect, test } from "vitest";
import { startWorker } from "./startWorker.ts";
import { workerOptionsSchema, workerStartSchema } from "./workerOptions.ts";

const started = {
  project: project({ namespace: "p", assets: [] }),
  // Refused before anything connects.
  redisUrl: "redis://127.0.0.1:1",
};

/** Least and most of each integer. */
const ranges = {
  concurrency: [1, 512],
  leaseMs: [1_000, 600_000],
  graceMs: [0, 3_600_000],
  maxProcessDeaths: [1, 100],
  maxLapses: [1, 100],
  maxBlockedMs: [1_000, 86_400_000],
} as const;

test("fills in every limit of a worker", () => {
  expect(workerOptionsSchema.parse({})).toEqual({
    ...{ concurrency: 4, leaseMs: 30_000, graceMs: 10_000, blockedWarnings: "log" },
    ...{ maxProcessDeaths: 2, maxLapses: 3, maxBlockedMs: 600_000 },
  });
});

test.each(Object.entries(ranges))(
  "accepts both ends of the range of %s and nothing beyond",
  async (name, ends) => {
    const [least, most] = ends;
    for (const end of ends)
      expect(workerStartSchema.parse({ ...started, [name]: end })).toMatchObject({ [name]: end });
    for (const [value, problem] of [
      [least - 1, `got ${least - 1}; expected at least ${least}.`],
      [most + 1, `got ${most + 1}; expected at most ${most}.`],
      [least + 0.5, `got ${least + 0.5}; invalid input: expected int, received number.`],
      ["1", 'got "1"; invalid input: expected number, received string.'],
    ])
      await expect(startWorker({ ...started, [name]: value })).rejects.toThrow(
        `Invalid worker options: ${name}: ${problem}`,
      );
  },
);

test.each([
  [{ pools: [] }, "pools: got []; expected at least 1 entry."],
  [{ project: undefined }, "project: expected what project({ … }) returns."],
  [{ redisUrl: 6379 }, "redisUrl: got 6379; invalid input: expected string, received number."],
  [{ log: "info" }, 'log: got "info"; expected an object with info, warn and error.'],
  [{ grace: 5 }, '"grace" is not an option here; did you mean "graceMs"?'],
  [{ redis: "redis://127.0.0.1" }, '"redis" is not an option here; did you mean "redisUrl"?'],
])("refuses %o before it connects", async (wrong: object, problem) => {
  const refused = startWorker(Object.assign({}, started, wrong));
  await expect(refused).rejects.toThrow(InvalidOptionsError);
  await expect(refused).rejects.toThrow(`Invalid worker options: ${problem}`);
});
