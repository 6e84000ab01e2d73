import { describe, expect, test } from "vitest";
import { runTest } from "../testing/runTest.ts";
import {
  sampleBackfill,
  sampleChanged,
  sampleCounts,
  sampleId,
  samplePreview,
} from "../testing/samples.ts";
import { testServices } from "../testing/testServices.ts";

const small = () => testServices();
const large = () =>
  testServices({ backfills: { preview: async () => ({ ...samplePreview, toRun: 10_001 }) } });
const create = ["backfill", "create", "sales"];

describe("on a terminal", () => {
  const columns = 100;

  test("the preview and the question come first, on stderr", async () => {
    const services = small();
    const run = await runTest(create, {
      services,
      columns,
      env: { NO_COLOR: "1" },
      answers: ["y"],
    });
    expect(run.exitCode).toBe(0);
    expect(run.io.questions).toEqual(["Run 150 partitions? [y/N] "]);
    expect(run.err).toMatch(/^ {2}asset .*\n.*150 partitions to run/s);
    expect(run.out).toBe(`Backfill ${sampleId} submitted: 150 partitions.\n`);
    expect(services.changes).toMatchObject([
      ["backfills.create", { assets: "sales", actor: "tester" }],
    ]);
  });

  test.each([[["n"]], [[""]], [[]]])("%j declines and changes nothing", async (answers) => {
    const services = small();
    const run = await runTest(create, { services, columns, answers });
    expect([run.exitCode, services.changes]).toEqual([130, []]);
    expect(run.err).toMatch(/Nothing was changed\.\n$/);
  });

  test("--yes answers, and --confirm", async () => {
    for (const flags of [["--yes"], ["-y"], ["--confirm", "sales"]]) {
      const services = small();
      const run = await runTest([...create, ...flags], { services, columns });
      expect([run.exitCode, run.io.questions, services.changes.length]).toEqual([0, [], 1]);
    }
  });

  test("--yes answers for exactly 10,000 partitions, and a yes is enough", async () => {
    const services = testServices({
      backfills: { preview: async () => ({ ...samplePreview, toRun: 10_000 }) },
    });
    const flag = await runTest([...create, "--yes"], { services, columns });
    const typed = await runTest(create, { services, columns, answers: ["y"] });
    expect([flag.exitCode, flag.io.questions]).toEqual([0, []]);
    expect([typed.exitCode, typed.io.questions]).toEqual([0, ["Run 10,000 partitions? [y/N] "]]);
    expect(services.changes.length).toBe(2);
  });

  test("above 10,000 partitions the name has to be typed, whatever --yes says", async () => {
    const services = large();
    const run = await runTest([...create, "--yes"], { services, columns, answers: ["sales"] });
    expect(run.io.questions).toEqual([
      "Run 10,001 partitions? That is more than 10,000 partitions. Type sales to continue: ",
    ]);
    expect([run.exitCode, services.changes.length]).toEqual([0, 1]);
  });

  test("another name changes nothing", async () => {
    const services = large();
    const typed = await runTest(create, { services, columns, answers: ["slaes"] });
    const flag = await runTest([...create, "--confirm", "slaes"], { services, columns });
    for (const run of [typed, flag]) {
      expect(run.exitCode).toBe(2);
      expect(run.err).toMatch(
        /INFILL_CONFIRMATION_MISMATCH: "slaes" is the wrong confirmation; expected "sales"/,
      );
    }
    expect(services.changes).toEqual([]);
  });

  test("--no-input turns a question that is due into an error that names the flag", async () => {
    const services = large();
    const run = await runTest([...create, "--no-input"], {
      services,
      columns,
      env: { NO_COLOR: "1" },
    });
    expect([run.exitCode, run.io.questions, services.changes]).toEqual([2, [], []]);
    expect(run.err).toMatch(
      /error INFILL_CONFIRMATION_REQUIRED: Run 10,001 partitions\? needs an answer, and nobody can answer here. Use --confirm sales\.\n$/,
    );
    const few = await runTest([...create, "--no-input"], { columns, env: { NO_COLOR: "1" } });
    expect(few.err).toMatch(/Use --yes\.\n$/);
  });

  test("cancel and retry ask too", async () => {
    const services = small();
    const cancel = await runTest(["backfill", "cancel", sampleId], {
      services,
      columns,
      answers: ["y"],
    });
    const retry = await runTest(["backfill", "retry", sampleId], {
      services,
      columns,
      answers: ["n"],
    });
    expect([...cancel.io.questions, ...retry.io.questions]).toEqual([
      `Cancel 58 partitions of ${sampleId}? [y/N] `,
      `Run 5 partitions of ${sampleId} again? [y/N] `,
    ]);
    expect(services.changes.map(([method]) => method)).toEqual(["backfills.cancel"]);
  });
});

describe("without a terminal", () => {
  test("the command line is the answer, and nothing is asked or planned twice", async () => {
    const services = large();
    const run = await runTest(create, { services });
    expect([run.exitCode, run.io.questions, services.changes.length]).toEqual([0, [], 1]);
  });

  test("--confirm with another name is still refused", async () => {
    const services = small();
    const run = await runTest([...create, "--confirm", "slaes"], { services });
    expect([run.exitCode, services.changes]).toEqual([2, []]);
  });
});

describe("a wipe, and a mark of more than 10,000 partitions,", () => {
  const counts = { total: 10_002, missing: 10_001, inProgress: 1, materialized: 0, failed: 0 };
  const many = () => testServices({ partitions: { count: async () => counts } });
  const wipe = ["partition", "wipe", "sales", "--partitions", "2024-*"];
  const mark = ["partition", "mark", "sales", "--partitions", "2024-*", "--as", "materialized"];

  test("ask for the asset's name, whatever --yes says", async () => {
    const services = small();
    const wiped = await runTest([...wipe, "--yes"], { services, columns: 100, answers: ["sales"] });
    expect([wiped.exitCode, wiped.io.questions]).toEqual([
      0,
      [
        "Forget status, records, errors and metadata of 1,074 partitions of sales? Type sales to continue: ",
      ],
    ]);
    expect(services.changes).toEqual([
      ["partitions.wipe", "sales", { partitions: "2024-*", actor: "tester" }],
    ]);
    expect(wiped.err).toContain(
      "Selected: 957 materialized, 17 failed, 100 missing; 24 of them are running and left out.\n",
    );
    const marked = await runTest(mark, { services: many(), columns: 100, answers: ["sales"] });
    expect(marked.io.questions).toEqual([
      expect.stringMatching(/^Mark 10,001 partitions of sales as materialized\? .*Type sales to/),
    ]);
  });

  test("need --confirm where there is no terminal", async () => {
    for (const [line, services] of [
      [wipe, small()],
      [mark, many()],
    ] as const) {
      const refused = await runTest([...line, "--yes"], { services });
      expect([refused.exitCode, services.changes]).toEqual([2, []]);
      expect(refused.err).toMatch(/INFILL_CONFIRMATION_REQUIRED: .*--confirm sales\.\n$/);
      const other = await runTest([...line, "--confirm", "slaes"], { services });
      expect([other.exitCode, services.changes]).toEqual([2, []]);
      const run = await runTest([...line, "--confirm", "sales", "--reason", "why"], { services });
      expect([run.exitCode, services.changes.length]).toEqual([0, 1]);
      expect(services.changes[0]?.[2]).toMatchObject({ reason: "why", actor: "tester" });
    }
  });

  test("say who was left out, and what would be changed", async () => {
    const leaving = testServices({
      partitions: { wipe: async () => ({ ...sampleChanged, changed: 1_074, leftOut: 24 }) },
    });
    const run = await runTest([...wipe, "--confirm", "sales"], { services: leaving });
    expect([run.out, run.err]).toEqual([
      "1,074 partitions of sales wiped.\n",
      "warning: 24 partitions left out, because they are running.\n",
    ]);
    const services = small();
    const dry = await runTest([...wipe, "--dry-run"], { services });
    expect([dry.exitCode, services.changes]).toEqual([0, []]);
    expect(dry.out).toMatch(/^Would wipe 1,074 partitions of sales: 957 materialized/);
  });

  test("a smaller mark asks for a yes, and not at all in a script", async () => {
    const services = small();
    const asked = await runTest(mark, { services, columns: 100, answers: ["n"] });
    expect([asked.exitCode, services.changes]).toEqual([130, []]);
    expect((await runTest(mark, { services })).exitCode).toBe(0);
  });
});

test("--reason and the actor go into the log of what is changed", async () => {
  const services = small();
  await runTest(["backfill", "cancel", sampleId, "--reason", "wrong source"], { services });
  await runTest(["backfill", "retry", sampleId, "--reason", "fixed"], { services });
  expect(services.changes).toEqual([
    ["backfills.cancel", sampleId, { actor: "tester", reason: "wrong source" }],
    ["backfills.retry", sampleId, { actor: "tester", reason: "fixed" }],
  ]);
});

test("deleting asks, and passes on who and why", async () => {
  const services = small();
  const asked = await runTest(["backfill", "delete", sampleId], {
    services,
    columns: 100,
    answers: ["n"],
  });
  expect([asked.exitCode, services.changes]).toEqual([130, []]);
  expect(asked.io.questions).toEqual([
    `Delete ${sampleId} with its log? The partitions keep their state. [y/N] `,
  ]);
  const line = ["backfill", "delete", sampleId, "--yes", "--reason", "old"];
  expect((await runTest(line, { services, columns: 100 })).out).toBe(
    `Backfill ${sampleId} is deleted.\n`,
  );
  expect(services.changes).toEqual([
    ["backfills.delete", sampleId, { actor: "tester", reason: "old" }],
  ]);
});

test("pruning says what goes before it asks, and passes on the limits, who and why", async () => {
  const services = small();
  const asked = await runTest(["backfill", "prune", "--older-than", "30d"], {
    services,
    columns: 100,
    answers: ["n"],
  });
  expect([asked.exitCode, services.changes]).toEqual([130, []]);
  expect(asked.io.questions[0]).toMatch(
    /^Prune 21 ended backfills \(ended 2024-01-01.* \[y\/N\] $/,
  );
  const line = ["backfill", "prune", "--keep", "5", "--yes", "--reason", "full"];
  const { out } = await runTest(line, { services, columns: 100 });
  expect(out).toMatch(
    /^Pruned 21 ended backfills .*; 7 ended backfills left\.\n2 backfills kept, /,
  );
  expect(services.changes).toEqual([
    ["backfills.prune", { keep: 5, actor: "tester", reason: "full" }],
  ]);
});

test("--group and --only choose what is retried", async () => {
  const services = small();
  await runTest(["backfill", "retry", sampleId, "--group", "f7a1"], { services });
  await runTest(["backfill", "retry", sampleId, "--only", "skipped"], { services });
  expect(services.changes).toEqual([
    ["backfills.retry", sampleId, { actor: "tester", group: "f7a1" }],
    ["backfills.retry", sampleId, { actor: "tester", only: "skipped" }],
  ]);
});

test("--dry-run changes nothing and says what would happen", async () => {
  const services = small();
  const runs = [
    await runTest([...create, "--dry-run"], { services }),
    await runTest(["backfill", "cancel", sampleId, "--dry-run"], { services }),
    await runTest(["backfill", "retry", sampleId, "--dry-run"], { services }),
  ];
  expect(services.changes).toEqual([]);
  expect(runs.slice(1).map(({ out }) => out)).toEqual([
    `Canceling ${sampleId} (running) would end 58 partitions.\n`,
    `Retrying ${sampleId} would run 5 partitions: 3 failed, 2 skipped, 0 canceled.\n` +
      "  daily_sales: 5 partitions in 2 ranges: 2024-03-01 … 2024-03-03, 2024-03-08 … 2024-03-09\n",
  ]);
});

test("canceling what is canceled says so, and asks nothing", async () => {
  const ended = { ...sampleBackfill, status: "canceled" as const, counts: sampleCounts };
  const services = testServices({
    backfills: { get: async () => ended, cancel: async () => ended },
  });
  const run = await runTest(["backfill", "cancel", sampleId], { services, columns: 100 });
  expect(run.out).toBe(`Backfill ${sampleId} is already canceled. Nothing was changed.
`);
  expect(run.io.questions).toEqual([]);
});

test("a retry says how many partitions stay out because they were dropped, and --dropped asks for them", async () => {
  const counts = { toRetry: 4, failed: 0, skipped: 0, canceled: 4, dropped: 2 };
  const asked: unknown[] = [];
  const services = testServices({
    backfills: {
      async previewRetry(_id, options) {
        asked.push(options);
        return counts;
      },
    },
  });
  const words = ["backfill", "retry", sampleId, "--dry-run"];
  expect((await runTest(words, { services })).out).toContain(
    "2 partitions removed with backfill set --drop will not run; --dropped runs them too.\n",
  );
  await runTest([...words, "--dropped"], { services });
  expect(asked).toEqual([{}, { dropped: true }]);
});
