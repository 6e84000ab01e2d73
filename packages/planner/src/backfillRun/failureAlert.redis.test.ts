import { asset, type FailingBackfill, project, silentLogger } from "@infill/core";
import { daily, requirePartition } from "@infill/partitions";
import { claimPartitions, readBackfill, settlePartitions } from "@infill/state";
import { cleanPrefix, eventually, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { FailureAlert } from "./failureAlert.ts";
import type { RunningPlanner } from "../engine/plannerOptions.ts";
import { openRunScene, type RunScene } from "./runScene.testing.ts";
import { startPlanner } from "../engine/startPlanner.ts";

const prefix = testPrefix();
const url = redisUrlForTests();
const context = { nowMs: Date.UTC(2024, 5, 1) };
let next = 1;
let scene: RunScene;
let definition: ReturnType<typeof projectOf>;
let calls: FailingBackfill[] = [];
let ends: string[] = [];
const planners: RunningPlanner[] = [];

function projectOf(namespace: string) {
  return project({
    namespace,
    assets: [
      asset({
        name: "raw",
        partitions: daily({ start: "2024-01-01", end: "2024-01-21" }),
        materialize: () => {},
      }),
    ],
    alerts: { failureRate: 0.5, after: 4 },
    onBackfillFailing: (summary) => void calls.push(summary),
    onBackfillFinished: ({ deliveryId }) => void ends.push(deliveryId),
  });
}

beforeEach(async () => {
  calls = [];
  ends = [];
  definition = projectOf(`${prefix}-${next++}`);
  scene = await openRunScene(url, definition, context.nowMs);
});
afterEach(async () => {
  await Promise.all(planners.splice(0).map((planner) => planner.close()));
  await scene.close();
});
afterAll(() => cleanPrefix(url, prefix));

async function plan(): Promise<RunningPlanner> {
  const planner = await startPlanner({ project: definition, redisUrl: url, tickMs: 200 });
  planners.push(planner);
  return planner;
}

/** Submits a backfill, all of whose partitions are in the window. */
async function submit(): Promise<string> {
  const request = { assets: "raw", label: "spring", maxPartitionsPerRun: 1, window: 20 };
  const id = await scene.submit(request);
  await (await scene.load(id)).advance();
  return id;
}

/** Settles partitions by their index among the selected ones, as a worker does. */
async function settle(id: string, outcomes: Readonly<Record<number, "succeeded" | "failed">>) {
  const { asset: raw, ordinals } = scene.asset("raw");
  for (const [at, outcome] of Object.entries(outcomes)) {
    const key = `2024-01-${String(Number(at) + 1).padStart(2, "0")}`;
    const { lane, ordinal } = ordinals.addressOf(requirePartition(raw.partitions, key, context));
    const claim = { backfillId: id, lane, ordinal, claimNumber: Number(at) + 1 };
    await claimPartitions(scene.store, scene.asset("raw"), "s1", 60_000, [claim]);
    const answers = await settlePartitions(scene.store, scene.asset("raw"), "s1", [
      { ...claim, outcome, attempt: 1, durationMs: 1, note: undefined },
    ]);
    expect(answers).toEqual(["settled"]);
  }
}

test("failures that reach the alert are reported once, even if another planner takes over and more fail", async () => {
  const first = await plan();
  const id = await submit();
  await settle(id, { 0: "failed", 1: "failed", 2: "succeeded" });
  // Three have settled, and the share counts from four on.
  await eventually(async () => (await scene.client.backfills.get(id)).counts.failed === 2);
  expect(calls).toEqual([]);
  await settle(id, { 3: "failed" });
  await eventually(() => calls.length > 0, { timeoutMs: 30_000 });
  expect(calls).toMatchObject([
    {
      type: "backfill.failing",
      deliveryId: `${id}-1`,
      status: "running",
      failureRate: 0.75,
      alert: { failureRate: 0.5, after: 4 },
      show: `infill backfill failures ${id}`,
      label: "spring",
      counts: { selected: 20, succeeded: 1, failed: 3, skipped: 0, canceled: 0 },
    },
  ]);
  await first.close();
  await settle(id, { 4: "failed", 5: "failed" });
  await plan();
  await settle(id, { 6: "failed" });
  await scene.client.backfills.cancel(id);
  await eventually(() => ends.length > 0, { timeoutMs: 30_000 });
  // The end has the next sequence after the alert: there was no other summary.
  expect(ends).toEqual([`${id}-2`]);
  expect(calls).toHaveLength(1);
  const { items } = await scene.client.backfills.listEvents(id);
  expect(items.filter(({ what }) => what === "failing")).toMatchObject([
    { actor: "planner", details: { failed: 3, succeeded: 1 } },
  ]);
});

test("the next planner reports failures that settled while no planner was alive", async () => {
  const id = await submit();
  await settle(id, { 0: "failed", 1: "succeeded", 2: "failed", 3: "succeeded" });
  await plan();
  await eventually(() => calls.length > 0, { timeoutMs: 30_000 });
  expect(calls).toMatchObject([{ failureRate: 0.5, deliveryId: `${id}-1` }]);
});

test("one of several planners reports the alert, and none does for a backfill that does not run", async () => {
  const id = await submit();
  const record = await readBackfill(scene.store, id);
  const { store, registered } = scene;
  const alerts = definition.alerts;
  const alert = async () => {
    const watch = new FailureAlert({ store, registered, alerts, log: silentLogger });
    await watch.load(record);
    return watch;
  };
  await settle(id, { 0: "failed", 1: "failed", 2: "failed" });
  const early = await alert();
  // Events heard twice: the ledgers decide.
  early.observe(true, 1);
  await early.check(record);
  expect(await scene.client.deliveries.list()).toEqual([]);
  await settle(id, { 3: "failed" });
  const watches = await Promise.all([alert(), alert(), alert()]);
  await scene.client.backfills.pause(id);
  await Promise.all(watches.map((watch) => watch.check(record)));
  expect(await scene.client.deliveries.list()).toEqual([]);
  await scene.client.backfills.resume(id);
  await Promise.all(watches.map((watch) => watch.check(record)));
  expect(await scene.client.deliveries.list()).toMatchObject([
    { deliveryId: `${id}-1`, event: "failing" },
  ]);
});
