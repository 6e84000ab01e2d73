import { expect, test } from "vitest";
import { runTest } from "../../testing/runTest.ts";
import { sampleGaps, sampleId } from "../../testing/samples.ts";
import { testServices } from "../../testing/testServices.ts";

const clean = testServices({
  assets: {
    findGaps: async () => ({
      ...sampleGaps,
      assets: sampleGaps.assets.slice(2),
      partitions: 0,
    }),
  },
});

test("gaps are listed as ranges that can be pasted back, by asset and kind", async () => {
  const { out, err, exitCode } = await runTest(["gaps"]);
  expect(exitCode).toBe(0);
  expect(err).toBe("Run them: infill gaps --fix\n");
  expect(out).toMatchInlineSnapshot(`
    "asset         gap      partitions  which
    daily_sales   missing           3  region=us; date=[2024-03-02...2024-03-04]
    daily_sales   failed            1  2024-06-01|us
    weekly_sales  stale             2  [2024-03-03...2024-03-10]
    6 partitions in 2 of 3 assets. 1 of them runs now: 1 of daily_sales.
    "
  `);
  expect((await runTest(["gaps", "-q"])).out).toBe("daily_sales\nweekly_sales\n");
});

test("as JSON every asset is there, those without gaps too", async () => {
  const { out } = await runTest(["gaps", "--json"]);
  expect(JSON.parse(out)).toEqual({ schemaVersion: 1, type: "gaps", ...sampleGaps });
  const lines = (await runTest(["gaps", "-o", "jsonl"])).out.trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line).asset)).toEqual([
    "daily_sales",
    "weekly_sales",
    "total",
  ]);
});

test("where nothing is missing it says so, and fixing submits nothing", async () => {
  for (const argv of [["gaps"], ["gaps", "--fix"]]) {
    const { out, exitCode } = await runTest(argv, { services: clean });
    expect([out, exitCode]).toEqual(["No gaps in 1 asset.\n", 0]);
  }
  expect(clean.changes).toEqual([]);
});

test("fixing submits one backfill of what is missing, failed or stale", async () => {
  const services = testServices();
  const { out, exitCode } = await runTest(
    ["gaps", "daily_sales+", "--fix", "--reason", "nightly", "-q"],
    { services },
  );
  expect([out, exitCode]).toEqual([`${sampleId}\n`, 0]);
  expect(services.changes).toEqual([
    [
      "backfills.create",
      { assets: "daily_sales+", reprocess: "stale", actor: "tester", reason: "nightly" },
    ],
  ]);
});

test("what fixing would run is shown without doing it", async () => {
  const services = testServices();
  const { out } = await runTest(["gaps", "--fix", "--dry-run", "--json"], { services });
  expect(JSON.parse(out)).toMatchObject({ type: "backfill_preview", toRun: 150 });
  expect(services.changes).toEqual([]);
});

test("gaps that no mapping leads to are named, with the command that runs them", async () => {
  const [daily, ...others] = sampleGaps.assets;
  if (daily === undefined) throw new Error("Bug: a sample of gaps");
  const services = testServices({
    assets: {
      findGaps: async () => ({ ...sampleGaps, assets: [{ ...daily, partitions: 150 }, ...others] }),
    },
  });
  const { err } = await runTest(["gaps", "--fix", "-q"], { services });
  expect(err).toContain(
    "9 gaps of daily_sales read no existing upstream partition, so this leaves them out. Run: infill gaps daily_sales --fix",
  );
});

test("flags of fixing are refused without it", async () => {
  for (const flag of ["--dry-run", "--wait", "--yes"]) {
    const { err, exitCode } = await runTest(["gaps", flag]);
    expect(exitCode).toBe(2);
    expect(err).toContain(`${flag} goes with --fix`);
  }
});
