import { UnknownAssetError } from "@infill/core";
import { InfillError } from "@infill/partitions";
import type { BackfillDetail } from "@infill/client";
import { RedisTroubleError } from "@infill/state";
import { expect, test } from "vitest";
import { runTest } from "../testing/runTest.ts";
import { sampleBackfill, sampleId, samplePreview } from "../testing/samples.ts";
import { testIo } from "../testing/testIo.ts";
import { testServices } from "../testing/testServices.ts";

class DefinitionChanged extends InfillError {
  readonly code = "INFILL_DEFINITION_CHANGED";
}

async function* endingAs(status: BackfillDetail["status"]): AsyncIterable<BackfillDetail> {
  yield { ...sampleBackfill, status };
}

async function* neverEnding(): AsyncIterable<BackfillDetail> {
  yield sampleBackfill;
  await new Promise(() => {});
}

function failingWith(error: unknown) {
  return testServices({
    assets: {
      list: async () => {
        throw error;
      },
    },
  });
}

test.each([
  [
    new UnknownAssetError("saless", ["sales"]),
    3,
    'error INFILL_ASSET_UNKNOWN: Unknown asset "saless": did you mean "sales"?\n',
  ],
  [new DefinitionChanged("It changed."), 5, "error INFILL_DEFINITION_CHANGED: It changed.\n"],
  [
    new RedisTroubleError("redis://a:b@c", {
      code: "INFILL_REDIS_UNREACHABLE",
      name: "why",
      problem: "is away",
      remedy: "Wait",
      passes: true,
    }),
    9,
    "error INFILL_REDIS_UNREACHABLE: Redis at redis://…@c:6379 is away. Wait.\n",
  ],
  [
    new TypeError("a\nb\u001b[31m"),
    1,
    "error INFILL_UNEXPECTED: a b\\x1b[31m Run again with --verbose for the stack trace.\n",
  ],
  ["text", 1, "error INFILL_UNEXPECTED: text Run again with --verbose for the stack trace.\n"],
])("%s gives one line and an exit code", async (error, exitCode, line) => {
  const run = await runTest(["asset", "list"], { services: failingWith(error) });
  expect([run.exitCode, run.out]).toEqual([exitCode, ""]);
  if (typeof line === "string") expect(run.err).toBe(line);
  else expect(run.err).toMatch(line);
});

test("a stack trace needs --verbose or INFILL_DEBUG", async () => {
  const services = failingWith(new Error("boom", { cause: new Error("below") }));
  const verbose = await runTest(["asset", "list", "--verbose"], { services });
  expect(verbose.err).toMatch(
    /^error INFILL_UNEXPECTED: boom\nError: boom\n\s+at .*caused by Error: below/s,
  );
  const debug = await runTest(["asset", "list"], { services, env: { INFILL_DEBUG: "1" } });
  expect(debug.err).toContain("\n    at ");
});

test.each([
  ["succeeded", 0],
  ["failed", 6],
  ["canceled", 7],
] as const)("watching a backfill that ends %s exits with %i", async (status, exitCode) => {
  const services = testServices({ backfills: { watch: () => endingAs(status) } });
  expect((await runTest(["backfill", "watch", sampleId], { services })).exitCode).toBe(exitCode);
  const create = await runTest(["backfill", "create", "sales", "--wait"], { services });
  expect(create.exitCode).toBe(exitCode);
});

test("canceling and waiting for the end is done, not canceled", async () => {
  const services = testServices({ backfills: { watch: () => endingAs("canceled") } });
  expect((await runTest(["backfill", "cancel", sampleId, "--wait"], { services })).exitCode).toBe(
    0,
  );
});

test("a pause by itself ends the watch with 11, and is told once, with the command that resumes it", async () => {
  const command = `infill backfill resume ${sampleId}`;
  const message = "It paused by itself: budget: 3 failed.";
  async function* pausing(): AsyncIterable<BackfillDetail> {
    const attention = [{ code: "PAUSED_BY_ITSELF", message, command } as const];
    const pause = { mode: "drain", reason: "budget: 3 failed" } as const;
    yield { ...sampleBackfill, status: "paused", attention, pause };
    await new Promise(() => {});
  }
  const services = testServices({ backfills: { watch: pausing } });
  for (const flags of [[], ["-q"], ["--json"]])
    for (const columns of [undefined, 100]) {
      const terminal = columns === undefined ? {} : { columns };
      const run = await runTest(["backfill", "watch", sampleId, ...flags], {
        ...{ services, ...terminal },
      });
      expect(run.exitCode).toBe(11);
      const shown = flags[0] === "--json" ? run.err : `${run.out}${run.err}`;
      expect({ flags, told: shown.split("budget: 3 failed").length - 1 }).toEqual({
        flags,
        told: 1,
      });
      expect(shown.split(command)).toHaveLength(2);
    }
});

test("after --timeout the exit code is 8, and the backfill goes on", async () => {
  const services = testServices({ backfills: { watch: neverEnding } });
  const run = await runTest(["backfill", "watch", sampleId, "--timeout", "20ms"], { services });
  expect([run.exitCode, run.err]).toEqual([
    8,
    `Stopped watching after 20ms; the backfill goes on. Look again: infill backfill watch ${sampleId}\n`,
  ]);
  expect(services.changes).toEqual([]);
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)(
  "%s while watching exits with %i and says how to look again",
  async (signal, exitCode) => {
    const io = testIo({ cwd: (await runTest(["version"])).io.cwd });
    const services = testServices({
      backfills: {
        async *watch() {
          yield sampleBackfill;
          queueMicrotask(() => io.interrupt(signal));
          await new Promise(() => {});
        },
      },
    });
    const run = await runTest(["backfill", "watch", sampleId], { services, io });
    expect([run.exitCode, run.err]).toEqual([
      exitCode,
      `Stopped watching; the backfill goes on. Look again: infill backfill watch ${sampleId}\n`,
    ]);
  },
);

test.each([
  ["failed", 1_151, "all 1,151 selected partitions are materialized. --reprocess all runs them"],
  ["stale", 1, "the selected partition is materialized and not stale. --reprocess all runs it"],
  ["missing", 2, "all 2 selected partitions are materialized or failed. --reprocess all runs them"],
] as const)(
  "a request that has nothing to run (%s) is done, and says how its partitions run again",
  async (reprocess, selected, text) => {
    const preview = {
      ...samplePreview,
      ...{ toRun: 0, request: { ...samplePreview.request, reprocess } },
      assets: samplePreview.assets.slice(0, 1).map((asset) => ({ ...asset, selected, toRun: 0 })),
    };
    const services = testServices({
      backfills: { create: async () => ({ id: undefined, preview }) },
    });
    const run = await runTest(["backfill", "create", "sales"], { services });
    expect([run.exitCode, run.out]).toEqual([0, `Nothing to run: ${text} again.\n`]);
  },
);

test("a request that selects no partition says so, and is done", async () => {
  const preview = { ...samplePreview, toRun: 0, assets: [] };
  const services = testServices({
    backfills: { create: async () => ({ id: undefined, preview }) },
  });
  const run = await runTest(["backfill", "create", "sales", "--wait"], { services });
  expect([run.exitCode, run.out]).toEqual([
    0,
    "Nothing to run: the request selects no partition.\n",
  ]);
  const json = await runTest(["backfill", "create", "sales", "--json"], { services });
  expect(JSON.parse(json.out)).toMatchObject({ type: "backfill_created", id: null });
});
