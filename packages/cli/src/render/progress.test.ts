import { expect, test } from "vitest";
import { sampleBackfill, sampleCounts } from "../testing/samples.ts";
import { testNowMs } from "../testing/testIo.ts";
import { displayWidth } from "../text/displayWidth.ts";
import { progressBlock } from "./progressBlock.ts";
import { progressLine } from "./progressLine.ts";
import { theme } from "../text/theme.ts";

const plain = theme(false);

test("a running backfill is a bar, its counts, its rate and its newest failures", () => {
  expect(progressBlock(sampleBackfill, plain, 110, testNowMs)).toEqual([
    "bf_01JD3K9V000000000000000000  running 4m11s   61 % ━━━━━━━━━━━━━━━━━━────────────  92/150",
    "  ● 87 succeeded   ✕ 3 failed   ◇ 2 skipped   ◐ 24 in progress   ○ 22 queued   ◌ 12 waiting",
    "  21.4/s · 8 workers · 3 min left",
    "  ✕ daily_sales 2024-06-01|us: HttpError: 503 from\\nhttps://example.com/\\x1b[31m",
    "    and 2 more failed",
  ]);
});

test("failures are shown by group where their groups are known", () => {
  const failureGroups = [
    {
      fingerprint: "f7a1c09d3e55",
      error: "HttpError: 503 from {url}",
      count: 3,
      samples: [
        { asset: "daily_sales", key: "2024-06-01|us" },
        { asset: "total", key: "" },
      ],
    },
  ];
  const lines = progressBlock({ ...sampleBackfill, failureGroups }, plain, 110, testNowMs);
  expect(lines.slice(3)).toEqual([
    "  ✕ 3 × HttpError: 503 from {url}   daily_sales 2024-06-01|us, total",
  ]);
});

test.each([20, 40, 60, 80, 110])("at %i columns no line is wider", (width) => {
  const lines = progressBlock(sampleBackfill, theme(true), width, testNowMs);
  for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
});

test("at 40 columns everything is still there", () => {
  expect(progressBlock(sampleBackfill, plain, 40, testNowMs)).toEqual([
    "bf_01JD3K9V000000000000000000",
    "  running 4m11s",
    " 61 % ━━━━━━━━━━━━━━━───────────  92/150",
    "  ● 87 succeeded   ✕ 3 failed",
    "  ◇ 2 skipped   ◐ 24 in progress",
    "  ○ 22 queued   ◌ 12 waiting",
    "  21.4/s · 8 workers · 3 min left",
    "  ✕ daily_sales 2024-06-01|us: HttpErro…",
    "    and 2 more failed",
  ]);
});

test("an ended backfill has neither rate nor time left, and its time stands still", () => {
  const ended = {
    ...sampleBackfill,
    status: "succeeded" as const,
    finishedAt: "2024-06-01T11:56:48.250Z",
    counts: {
      ...sampleCounts,
      selected: 87,
      waiting: 0,
      queued: 0,
      inProgress: 0,
      failed: 0,
      skipped: 0,
    },
    failures: [],
  };
  expect(progressBlock(ended, plain, 110, testNowMs)).toEqual([
    `${ended.id}  succeeded 1m00s  100 % ${"━".repeat(30)}  87/87`,
    "  ● 87 succeeded",
  ]);
});

test("100 % is never told before everything has settled", () => {
  const almost = {
    ...sampleBackfill,
    counts: { ...sampleCounts, selected: 1_000_000, succeeded: 999_994 },
  };
  expect(progressLine(almost, testNowMs)).toContain(" 99 % 999999/1000000,");
});

test("a line for logs holds the same numbers without colors", () => {
  expect(progressLine(sampleBackfill, testNowMs)).toBe(
    "bf_01JD3K9V000000000000000000 running 4m11s, 61 % 92/150, 87 succeeded, 3 failed, 2 skipped, " +
      "24 in progress, 22 queued, 12 waiting, 21.4/s, 8 workers, 3 min left",
  );
  // What stands in a command may be copied to its end.
  const attention = [
    { code: "NO_PLANNER", message: "No planner is running.", command: "infill planner start" },
    { code: "NO_WORKER", message: "No worker.", command: "infill worker start" },
  ] as const;
  expect(progressLine({ ...sampleBackfill, attention }, testNowMs)).toMatch(
    / left ! No planner is running\.  Run: infill planner start ! No worker\.  Run: infill worker start$/,
  );
});
