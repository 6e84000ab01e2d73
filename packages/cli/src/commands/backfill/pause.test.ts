import { expect, test } from "vitest";
import { runTest } from "../../testing/runTest.ts";
import { sampleBackfill, sampleId } from "../../testing/samples.ts";
import { testServices } from "../../testing/testServices.ts";

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
    ["backfills.pause", sampleId, { mode: "drain", actor: "tester" }],
    [
      "backfills.pause",
      sampleId,
      { mode: "stop", actor: "tester", forMs: 28_800_000, reason: "warehouse is down" },
    ],
  ]);
});

test.each(["pause", "resume", "cancel"])(
  "%s of a backfill that has ended is refused as set is, with a preview too",
  async (verb) => {
    const ended = { ...sampleBackfill, status: "succeeded" as const };
    const services = testServices({ backfills: { get: async () => ended } });
    for (const flags of [[], ["--dry-run"], ["--yes", "--json"]]) {
      const run = await runTest(["backfill", verb, sampleId, ...flags], { services });
      expect(run).toMatchObject({ exitCode: 5, out: "" });
      expect(run.err).toContain(`error INFILL_BACKFILL_ENDED: Backfill "${sampleId}" is succeeded`);
    }
    expect(services.changes).toEqual([]);
  },
);

test.each(["pause", "resume", "cancel"] as const)(
  "%s is refused too where the backfill ends just before it",
  async (verb) => {
    const failed = async () => ({ ...sampleBackfill, status: "failed" as const });
    const services = testServices({ backfills: { get: async () => paused, [verb]: failed } });
    const run = await runTest(["backfill", verb, sampleId, "--yes"], { services });
    expect(run).toMatchObject({ exitCode: 5, out: "" });
  },
);

test.each([
  ["resume", "running"],
  ["cancel", "canceling"],
  ["cancel", "canceled"],
] as const)("%s of what is %s already is done", async (verb, status) => {
  const now = { ...sampleBackfill, status };
  const services = testServices({ backfills: { get: async () => now, cancel: async () => now } });
  expect((await runTest(["backfill", verb, sampleId, "--yes"], { services })).exitCode).toBe(0);
});

test.each([
  ["succeeded", 0],
  ["failed", 6],
  ["canceled", 7],
] as const)("resume --wait of a backfill that had ended %s exits with %i", async (status, code) => {
  const ended = { ...sampleBackfill, status };
  const services = testServices({
    backfills: {
      get: async () => ended,
      async *watch() {
        yield ended;
      },
    },
  });
  const run = await runTest(["backfill", "resume", sampleId, "--wait"], { services });
  expect(run.exitCode).toBe(code);
  expect(services.changes).toEqual([]);
});

test("a paused backfill says why, and when it goes on", async () => {
  const services = testServices({ backfills: { get: async () => paused } });
  const show = await runTest(["backfill", "show", sampleId], { services, columns: 100 });
  expect(show.out).toContain("warehouse is down · until 2024-06-01T20:00:00Z");
  const resume = await runTest(["backfill", "resume", sampleId, "--dry-run"], { services });
  expect(resume.out).toBe(`Resuming ${sampleId} (paused) would go on with 58 partitions.\n`);
  expect(services.changes).toEqual([]);
});
