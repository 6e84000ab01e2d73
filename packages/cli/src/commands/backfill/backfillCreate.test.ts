import { PlanChangedError } from "@infill/planning";
import { expect, test } from "vitest";
import { emptyProjectDirectory, runTest } from "../../testing/runTest.ts";
import { sampleId, samplePreview } from "../../testing/samples.ts";
import { testIo } from "../../testing/testIo.ts";
import { testServices } from "../../testing/testServices.ts";

const request = { assets: "sales", reprocess: "failed", actor: "tester" };

test("a plan's hash and an idempotency key go with the request", async () => {
  const services = testServices();
  const { planHash } = samplePreview;
  const { out } = await runTest(
    ["backfill", "create", "sales", "--plan", planHash, "--idempotency-key", "k", "-q"],
    { services },
  );
  expect(out).toBe(`${sampleId}\n`);
  expect(services.changes).toEqual([
    ["backfills.create", expect.objectContaining({ ...request, planHash, idempotencyKey: "k" })],
  ]);
});

test("on a terminal, what was shown is what is submitted", async () => {
  const services = testServices();
  const io = testIo({ cwd: emptyProjectDirectory(), columns: 100, answers: ["y"] });
  await runTest(["backfill", "create", "sales"], { services, io });
  expect(services.changes).toEqual([
    ["backfills.create", expect.objectContaining({ ...request, planHash: samplePreview.planHash })],
  ]);
});

test("a plan that changed exits with 5 and says what is more", async () => {
  const services = testServices({
    backfills: {
      create: async () => {
        throw new PlanChangedError("plan_1", [
          { asset: "sales", change: "more", partitions: 4, firstKeys: ["a", "b", "c"] },
          { asset: "weekly", change: "definition" },
        ]);
      },
    },
  });
  const { err, exitCode } = await runTest(["backfill", "create", "sales", "--plan", "plan_1"], {
    services,
  });
  expect(exitCode).toBe(5);
  expect(err).toBe(
    'error INFILL_PLAN_CHANGED: The plan plan_1 has changed since its preview: "sales" would run 4 partitions more: ' +
      '"a", "b", "c" and so on; the definition of "weekly", or a mapping into it, has changed. Preview it again.\n',
  );
});

test("a dry run submits no plan", async () => {
  const { err, exitCode } = await runTest([
    "backfill",
    "create",
    "sales",
    "--dry-run",
    "--plan",
    "plan_1",
  ]);
  expect(exitCode).toBe(2);
  expect(err).toContain("--dry-run makes a plan, and --plan submits one.");
});
