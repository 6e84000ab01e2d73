import { expect, test } from "vitest";
import { runTest } from "../testing/runTest.ts";
import {
  sampleAsset,
  sampleBackfill,
  sampleChange,
  sampleChanged,
  sampleDelivery,
  sampleDynamic,
  sampleDynamicChange,
  sampleDynamicEvent,
  sampleDynamicKey,
  sampleEvent,
  sampleFailures,
  sampleId,
  samplePartition,
  samplePlanner,
  samplePool,
  samplePreview,
  samplePrune,
  samplePruned,
  sampleWorker,
  setWithHole,
} from "../testing/samples.ts";

/** The lines of a command's stdout, each parsed; fails where the command does. */
async function objects(line: string): Promise<unknown[]> {
  const run = await runTest(line.split(" "));
  expect({ line, exitCode: run.exitCode }).toEqual({ line, exitCode: 0 });
  expect(run.out.endsWith("\n")).toBe(true);
  return run.out
    .trimEnd()
    .split("\n")
    .map((text) => JSON.parse(text));
}

const page = (type: string, item: object) => ({ schemaVersion: 1, type, items: [item] });
const one = (type: string, item: object) => ({ schemaVersion: 1, type, ...item });

test.each([
  ["backfill list", { ...page("backfills", sampleBackfill), nextCursor: "c1" }],
  ["partition list daily_sales", page("partitions", samplePartition)],
  ["partition history daily_sales", page("partition_changes", sampleChange)],
  [
    "partition mark daily_sales --partitions :all --as materialized",
    one("partitions_marked", sampleChanged),
  ],
  [
    "partition mark daily_sales --partitions :all --as materialized --dry-run",
    one("partition_mark_preview", {
      asset: "daily_sales",
      partitions: ":all",
      toChange: 1_074,
      counts: sampleAsset.counts,
    }),
  ],
  [
    "partition wipe daily_sales --partitions :all --confirm daily_sales",
    one("partitions_wiped", sampleChanged),
  ],
  ["dynamic list", page("dynamic_definitions", sampleDynamic)],
  ["dynamic list regions", page("dynamic_partitions", sampleDynamicKey)],
  ["dynamic history regions", page("dynamic_changes", sampleDynamicEvent)],
  ["dynamic add regions us eu jp", one("dynamic_partitions_added", sampleDynamicChange)],
  ["dynamic add regions us --dry-run", one("dynamic_add_preview", sampleDynamicChange)],
  ["dynamic remove regions us --yes", one("dynamic_partitions_removed", sampleDynamicChange)],
  ["dynamic remove regions us --dry-run", one("dynamic_remove_preview", sampleDynamicChange)],
  ["asset list", page("assets", sampleAsset)],
  ["pool list", page("pools", samplePool)],
  ["worker list", page("workers", sampleWorker)],
  ["worker show worker_0a", one("worker_detail", sampleWorker)],
  ["planner list", page("planners", samplePlanner)],
  [`backfill failures ${sampleId}`, one("backfill_failures", sampleFailures)],
  [`backfill delete ${sampleId} --yes`, one("backfill_deleted", { id: sampleId })],
  [
    `backfill delete ${sampleId} --dry-run`,
    one("backfill_delete_preview", { id: sampleId, status: "running" }),
  ],
  ["backfill prune --yes", one("backfills_pruned", samplePruned)],
  ["backfill prune --keep 7 --dry-run", one("backfill_prune_preview", samplePruned)],
  ["backfill prune --history", page("prunes", samplePrune)],
  [`backfill redeliver ${sampleId}-1`, one("redelivered", { deliveries: [sampleDelivery] })],
  [
    "backfill redeliver --all --dry-run",
    one("redelivery_preview", { deliveries: [sampleDelivery] }),
  ],
  ["backfill deliveries", page("deliveries", sampleDelivery)],
  [`backfill events ${sampleId}`, page("backfill_events", sampleEvent)],
  [`backfill show ${sampleId}`, one("backfill", sampleBackfill)],
  ["backfill create sales --dry-run", one("backfill_preview", samplePreview)],
  ["backfill create sales", one("backfill_created", { id: sampleId, preview: samplePreview })],
  [`backfill cancel ${sampleId}`, one("backfill", { ...sampleBackfill, status: "canceling" })],
  [
    `backfill cancel ${sampleId} --dry-run`,
    one("backfill_cancel_preview", { id: sampleId, status: "running", toCancel: 58 }),
  ],
  [`backfill retry ${sampleId}`, one("backfill_retried", { reopened: 5, ...sampleBackfill })],
  [
    `backfill retry ${sampleId} --dry-run`,
    one("backfill_retry_preview", {
      ...{ id: sampleId, toRetry: 5, failed: 3, skipped: 2, canceled: 0 },
      dropped: 0,
      sets: [setWithHole],
    }),
  ],
  [
    "partition count daily_sales",
    one("partition_counts", { asset: "daily_sales", counts: sampleAsset.counts }),
  ],
  ["partition show daily_sales 2024-06-01|us", one("partition", samplePartition)],
  ["asset show daily_sales", one("asset", sampleAsset)],
])("%s --json is one object with full precision", async (line, expected) => {
  expect(await objects(`${line} --json`)).toEqual([expected]);
  expect(await objects(`${line} -o json`)).toEqual([expected]);
});

test.each([
  ["backfill list", one("backfill", sampleBackfill)],
  ["partition list daily_sales", one("partition", samplePartition)],
  ["asset list", one("asset", sampleAsset)],
  ["pool list", one("pool", samplePool)],
  ["worker list", one("worker_summary", sampleWorker)],
  ["planner list", one("planner_summary", samplePlanner)],
])("%s --output jsonl is an object an entry", async (line, expected) => {
  expect(await objects(`${line} --output jsonl`)).toEqual([expected]);
});

test("scripts find id, status and counts first", async () => {
  const run = await runTest(["backfill", "show", sampleId, "--json"]);
  expect(run.out).toMatch(
    /^\{"schemaVersion":1,"type":"backfill","id":"bf_\w+","status":"running","counts":\{"selected":150,/,
  );
});

test("watch ends with the final object", async () => {
  const lines = await objects(`backfill watch ${sampleId} --json`);
  expect(lines.at(0)).toEqual(one("backfill", sampleBackfill));
  expect(lines.at(-1)).toMatchObject({ type: "backfill", id: sampleId, status: "succeeded" });
});

test("create --wait begins with what was created and ends with how it ended", async () => {
  const lines = await objects("backfill create sales --wait --json");
  expect(lines.map((line) => Object(line).type)).toEqual([
    "backfill_created",
    "backfill",
    "backfill",
  ]);
  expect(lines.at(-1)).toMatchObject({ status: "succeeded" });
});

test("JSON has neither colors nor cuts, whatever the terminal", async () => {
  const run = await runTest(["asset", "list", "--json", "--color", "always"], { columns: 20 });
  expect(JSON.parse(run.out)).toEqual(page("assets", sampleAsset));
});
