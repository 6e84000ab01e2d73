import { expect, test } from "vitest";
import { runTest } from "../../testing/runTest.ts";
import { sampleId } from "../../testing/samples.ts";
import { testServices } from "../../testing/testServices.ts";

test("settings are changed by the flags that submit them, and limits taken away with none", async () => {
  const services = testServices();
  const flags = "--order spread --weight 3 --max-failures 100 --max-failure-rate 5% --max-time 8h";
  const more = "--min-success 0.9 --concurrency 12 --window none";
  const line = `backfill set ${sampleId} ${flags} ${more}`;
  const { out, err, exitCode } = await runTest(line.split(" "), { services });
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
  expect(services.changes).toEqual([
    [
      "backfills.change",
      sampleId,
      {
        order: "spread",
        weight: 3,
        budget: { failures: 100, failureRate: 0.05, wallMs: 28_800_000 },
        minSuccessRatio: 0.9,
        concurrency: 12,
        window: null,
      },
      { actor: "tester" },
    ],
  ]);
  expect(out).toBe(
    `Backfill ${sampleId}: spread out, priority 0, weight 3, at most 12 at once, pauses at 100 failures, ` +
      "pauses at 5 % failed, pauses after 8h00m, succeeds with 90 %.\n",
  );
});

test("what adds or takes out partitions says how many, and asks", async () => {
  const services = testServices();
  const words = ["backfill", "set", sampleId, "--drop", "2024-03-*", "--add", "2024-04-01"];
  const preview = await runTest([...words, "--dry-run"], { services });
  expect(preview.out).toBe(
    "Would run 12 partitions more and 7 fewer: oldest first, priority 0, weight 1.\n" +
      "more:\n  daily_sales: 5 partitions in 2 ranges: 2024-03-01 … 2024-03-03, 2024-03-08 … 2024-03-09\n" +
      "fewer:\n  total: 1 partition\n",
  );
  const asked = await runTest(words, { services, columns: 100, answers: ["n"] });
  expect(asked.io.questions).toEqual([`Run 12 partitions more and 7 fewer of ${sampleId}? [y/N] `]);
  expect(services.changes).toEqual([]);
  const changed = await runTest([...words, "--yes", "--no-budget"], { services });
  expect(changed.out).toContain("12 partitions added, 7 removed.");
  expect(services.changes.map(([, , changes]) => changes)).toEqual([
    { budget: null, drop: "2024-03-*", add: "2024-04-01" },
  ]);
});

test("nothing to change and shares that are none are refused", async () => {
  const services = testServices();
  const nothing = await runTest(["backfill", "set", sampleId], { services });
  expect(nothing).toMatchObject({ exitCode: 2 });
  expect(nothing.err).toContain("Nothing to change");
  for (const share of ["120%", "5 %", "-1%", "x", "1.5"]) {
    const words = ["backfill", "set", sampleId, `--max-failure-rate=${share}`];
    const { exitCode, err } = await runTest(words, { services });
    expect({ share, exitCode }).toEqual({ share, exitCode: 2 });
    expect(err).toContain("Expected a share, such as 5% or 0.05, of at most 100%.");
  }
  expect(services.changes).toEqual([]);
});
