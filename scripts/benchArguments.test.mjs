import { expect, test } from "vitest";
import { benchArguments, checkedMetrics } from "./benchArguments.mjs";

test("names come first, the runner's options anywhere after, and the rest is the scenario's", () => {
  expect(benchArguments(["fanout", "redisRoundTrip", "--partitions", "500", "--json"])).toEqual({
    names: ["fanout", "redisRoundTrip"],
    json: true,
    skipBuild: false,
    args: ["--partitions", "500"],
  });
  expect(benchArguments(["--no-build"])).toMatchObject({ names: [], skipBuild: true, args: [] });
});

test("a metric that is not a number is a defect of the scenario", () => {
  expect(checkedMetrics("fanout", { ratio: 0.6 })).toEqual({ ratio: 0.6 });
  expect(() => checkedMetrics("fanout", { ratio: Number.NaN })).toThrow(
    /fanout gives ratio as NaN/,
  );
});
