import { expect, test } from "vitest";
import { runTest } from "../../testing/runTest.ts";
import { sampleReport } from "../../testing/samples.ts";
import { testServices } from "../../testing/testServices.ts";

/** A client whose doctor finds what the sample has. */
const unsound = () => testServices({ runDoctor: async () => sampleReport });

test("findings say what, where and what to do; something found is exit code 10", async () => {
  const run = await runTest(["doctor"], { services: unsound() });
  expect(run.exitCode).toBe(10);
  expect(run.out).toBe(
    [
      "namespace  infill",
      "looked at  120 keys, 2 assets, 1 backfill, 150 partitions, 24 jobs in 1.2s",
      "findings   2",
      "",
      "✕ claim_missing  daily_sales  2024-06-01|us, 2024-06-02|us and 5 more",
      "  A partition has an in-progress bit and no running claim.",
      "  --fix: The doctor clears the bit.",
      "",
      "✕ key_unknown",
      '  The key "infill:strange" is under this namespace.',
      "  by hand: Find out who wrote it.",
      "",
      "note: Worker w_1 (host, process 7) has not been heard of for 90 s.",
      "",
    ].join("\n"),
  );
});

test("nothing found is exit code 0", async () => {
  const run = await runTest(["doctor"]);
  expect([run.exitCode, run.out]).toEqual([0, expect.stringContaining("none")]);
});

test("JSON is the report; jsonl is a finding a line and the rest last", async () => {
  const json = await runTest(["doctor", "--json"], { services: unsound() });
  expect(JSON.parse(json.out)).toEqual({ schemaVersion: 1, type: "doctor", ...sampleReport });
  const lines = (await runTest(["doctor", "-o", "jsonl"], { services: unsound() })).out
    .trim()
    .split("\n");
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { type: "doctor_finding", check: "claim_missing" },
    { type: "doctor_finding", check: "key_unknown" },
    { type: "doctor", findings: 2 },
  ]);
});

test("--fix wants the namespace typed on a terminal, and --confirm elsewhere", async () => {
  const bare = testServices();
  const refused = await runTest(["doctor", "--fix"], { services: bare });
  expect([refused.exitCode, bare.changes]).toEqual([2, []]);
  expect(refused.err).toBe(
    "error INFILL_CONFIRMATION_REQUIRED: Repair the state of infill? needs an answer, and nobody can answer here. Use --confirm infill.\n",
  );
  for (const [answers, exitCode, changes] of [
    [["infill"], 0, 1],
    [["nfill"], 2, 0],
    [[""], 130, 0],
  ] as const) {
    const services = testServices();
    const run = await runTest(["doctor", "--fix"], { services, columns: 100, answers });
    expect([run.exitCode, services.changes.length]).toEqual([exitCode, changes]);
    expect(run.io.questions).toEqual(["Repair the state of infill? Type infill to continue: "]);
  }
  const confirmed = testServices();
  const flags = ["--confirm", "infill", "--reason", "after the outage", "--patience", "1s"];
  await runTest(["doctor", "--fix", ...flags], { services: confirmed });
  expect(confirmed.changes).toEqual([
    ["runDoctor", { fix: true, actor: "tester", reason: "after the outage", patienceMs: 1_000 }],
  ]);
});

test("--dry-run repairs nothing", async () => {
  const services = testServices();
  const run = await runTest(["doctor", "--fix", "--dry-run"], { services });
  expect([run.exitCode, services.changes]).toEqual([0, []]);
});

test("what is left after a repair is exit code 10, and nothing left is 0", async () => {
  const [repairable] = sampleReport.findings;
  if (repairable === undefined) throw new Error("no sample");
  const findings = [{ ...repairable, repair: "repaired" as const }];
  const services = testServices({ runDoctor: async () => ({ ...sampleReport, findings }) });
  const run = await runTest(["doctor", "--fix", "--confirm", "infill"], { services });
  expect(run.exitCode).toBe(0);
  expect(run.out).toContain("✓ claim_missing");
});
