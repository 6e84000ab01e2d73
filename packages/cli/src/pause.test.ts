import { expect, test } from "vitest";
import { runTest } from "./testing/runTest.ts";
import { sampleBackfill, sampleId } from "./testing/samples.ts";
import { testServices } from "./testing/testServices.ts";

const paused = {
  ...sampleBackfill,
  status: "paused" as const,
  pause: {
    mode: "drain" as const,
    reason: "warehouse is down",
    until: "2024-06-01T20:00:00.000Z",
  },
};

test("a pause lets what runs end, or aborts it, until it is resumed or for a time", async () => {
  const services = testServices();
  const drain = await runTest(["backfill", "pause", sampleId, "--yes"], { services });
  expect(drain.out).toBe(
    `Backfill ${sampleId} is paused. Go on: infill backfill resume ${sampleId}\n`,
  );
  const words = ["--now", "--for", "8h", "--reason", "warehouse is down", "--yes"];
  const stop = await runTest(["backfill", "pause", sampleId, ...words], { services });
  expect(stop.out).toBe(
    `Backfill ${sampleId} is paused for 8h00m. Go on: infill backfill resume ${sampleId}\n`,
  );
  expect(services.changes).toEqual([
    ["pauseBackfill", sampleId, { mode: "drain", actor: "tester" }],
    [
      "pauseBackfill",
      sampleId,
      { mode: "stop", actor: "tester", forMs: 28_800_000, reason: "warehouse is down" },
    ],
  ]);
});

test("a pause of what has ended, and going on with what is not paused, change nothing", async () => {
  const ended = { ...sampleBackfill, status: "succeeded" as const };
  const services = testServices({ getBackfill: async () => ended });
  const pause = await runTest(["backfill", "pause", sampleId], { services });
  const resume = await runTest(["backfill", "resume", sampleId], { services });
  expect(pause.out + resume.out).toBe(
    `Backfill ${sampleId} is succeeded: there is nothing to pause.\n` +
      `Backfill ${sampleId} is succeeded, not paused. Nothing was changed.\n`,
  );
  expect(services.changes).toEqual([]);
});

test("a paused backfill says why, and when it goes on", async () => {
  const services = testServices({ getBackfill: async () => paused });
  const show = await runTest(["backfill", "show", sampleId], { services, columns: 100 });
  expect(show.out).toContain("warehouse is down · until 2024-06-01T20:00:00Z");
  const resume = await runTest(["backfill", "resume", sampleId, "--dry-run"], { services });
  expect(resume.out).toBe(`Resuming ${sampleId} (paused) would go on with 58 partitions.\n`);
  expect(services.changes).toEqual([]);
});
