import { asset, project } from "@infill/core";
import { allPartitions, daily, firstOfSubset } from "@infill/partitions";
import {
  cancelPartitions,
  claimPartitions,
  readLedgerCounters,
  type RegisteredAsset,
  settlePartitions,
  type StateStore,
} from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BackfillRun } from "./backfillRun.ts";
import type { InfillClient } from "@infill/client";
import type { PoolQueues } from "@infill/planning";
import { openRunScene, type RunScene } from "./runScene.testing.ts";

const prefix = testPrefix();
const url = redisUrlForTests();
const materialize = () => {};
const days = daily({ start: "2024-01-01", end: "2024-01-07" });
const raw = asset({ name: "raw", partitions: days, materialize });
const refined = asset({ name: "refined", partitions: days, deps: [raw], materialize });
const definition = project({ namespace: prefix, assets: [raw, refined] });
const context = { nowMs: Date.UTC(2024, 5, 1) };

let scene: RunScene;
let store: StateStore;
let queues: PoolQueues;
let client: InfillClient;
let known: RegisteredAsset;

beforeAll(async () => {
  scene = await openRunScene(url, definition, context.nowMs);
  ({ store, queues, client } = scene);
  known = scene.asset("raw");
});
afterAll(async () => {
  await scene.close();
  await cleanPrefix(url, prefix);
});

/** A backfill whose planner has filled its window. */
async function begun(assets: string): Promise<BackfillRun> {
  const id = await scene.submit({ assets, reprocess: "all", maxPartitionsPerRun: 1 });
  const run = await scene.load(id);
  expect(await run.advance()).toBe(false);
  return run;
}

async function keysOfJobs({ id }: BackfillRun): Promise<string[]> {
  return (await queues.jobsOf("default", id))
    .map(({ data }) => `${data.asset} ${data.firstKey}`)
    .toSorted();
}

test("a reload removes jobs of dropped partitions and keeps the others", async () => {
  const run = await begun("raw");
  expect(await keysOfJobs(run)).toHaveLength(6);
  await cancelPartitions(
    store,
    known,
    run.id,
    firstOfSubset(allPartitions(days, context), 4),
    "hand",
  );
  await run.load();
  expect(await keysOfJobs(run)).toEqual(["raw 2024-01-05", "raw 2024-01-06"]);
});

test("a failure event that arrives after a retry skips nothing, and the partition runs again", async () => {
  const run = await begun("*");
  const [job] = await queues.jobsOf("default", run.id);
  if (job === undefined) throw new Error("no job was added");
  const [{ lane, first: ordinal }] = job.data.runs;
  const claim = { backfillId: run.id, lane, ordinal, claimNumber: 1 };
  await claimPartitions(store, known, "s1", 60_000, [claim]);
  await settlePartitions(store, known, "s1", [
    { ...claim, outcome: "failed", attempt: 1, durationMs: 1, note: undefined },
  ]);
  await queues.remove("default", [job.id]);
  await client.backfills.retry(run.id);
  await run.load();
  const failed = { kind: "failed", ordinals: [ordinal] } as const;
  run.observe([{ asset: "raw", backfillId: run.id, lane, change: failed }]);
  expect(await run.advance()).toBe(false);
  expect(await readLedgerCounters(store, "raw", run.id)).toMatchObject({ queued: 6, failed: 0 });
  expect(await readLedgerCounters(store, "refined", run.id)).toMatchObject({ skipped: 0 });
  expect(await keysOfJobs(run)).toContain(`raw ${job.data.firstKey}`);
});

test("a failed canary pauses its backfill once, and not again if somebody resumes it during the check", async () => {
  const request = {
    assets: "raw",
    reprocess: "all",
    canary: 1,
    retry: { maxAttempts: 1 },
  } as const;
  const id = await scene.submit({ ...request, maxPartitionsPerRun: 1 });
  const run = await scene.load(id);
  expect(await run.advance()).toBe(false);
  const [job] = await queues.jobsOf("default", id);
  if (job === undefined) throw new Error("no job was added");
  const [{ lane, first: ordinal }] = job.data.runs;
  const claim = { backfillId: id, lane, ordinal, claimNumber: 1 };
  await claimPartitions(store, known, "s2", 60_000, [claim]);
  await settlePartitions(store, known, "s2", [
    { ...claim, outcome: "failed", attempt: 1, durationMs: 1, note: undefined },
  ]);
  const failed = { kind: "failed", ordinals: [ordinal] } as const;
  run.observe([{ asset: "raw", backfillId: id, lane, change: failed }]);
  expect(await run.advance()).toBe(false);
  expect(await client.backfills.get(id)).toMatchObject({ status: "paused" });
  await client.backfills.resume(id);
  // The step finds this out before the event arrives.
  await run.reconcile();
  expect(await run.advance()).toBe(false);
  expect(await client.backfills.get(id)).toMatchObject({ status: "running" });
  expect(run.needsLoad).toBe(true);
  await run.load();
  expect(await run.advance()).toBe(false);
  expect((await client.backfills.get(id)).counts).toMatchObject({ failed: 1, queued: 5 });
});
