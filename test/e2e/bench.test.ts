import { fileURLToPath } from "node:url";
import { spawnNode } from "@infill/test-support";
import { expect, test } from "vitest";

const script = fileURLToPath(new URL("../../scripts/bench.mjs", import.meta.url));
const bench = async (...args: string[]) => {
  const child = spawnNode(script, [...args, "--no-build"], { env: { REDIS_URL: undefined } });
  const { code } = await child.exited;
  return { code, stdout: child.stdout, stderr: child.stderr };
};

test("with --json, standard output is one object a scenario, and all else is on standard error", async () => {
  const { code, stdout, stderr } = await bench("redisRoundTrip", "--json", "--commands", "200");
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    scenario: "redisRoundTrip",
    metrics: { roundTripsPerSecond: expect.any(Number), pipelinedPerSecond: expect.any(Number) },
  });
  expect(stderr).toContain("200 commands one by one");
});

test("without a name the scenarios are listed, and an unknown name says which there are", async () => {
  const { code, stdout } = await bench();
  expect(code).toBe(0);
  expect(stdout).toMatch(/redisRoundTrip +commands a second/);
  expect(await bench("redisRoundTrips")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('There is no scenario "redisRoundTrips"; there are '),
  });
});
