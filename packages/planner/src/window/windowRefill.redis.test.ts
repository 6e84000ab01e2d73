import { asset, project } from "@infill/core";
import { daily } from "@infill/partitions";
import {
  claimPartitions,
  readLedgerCounters,
  type RegisteredAsset,
  settlePartitions,
  type StateStore,
} from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BackfillRun } from "../backfillRun/backfillRun.ts";
import type { PoolQueues, QueuedJob } from "@infill/planning";
import { openRunScene, type RunScene } from "../backfillRun/runScene.testing.ts";

const prefix = testPrefix();
const url = redisUrlForTests();
const materialize = () => {};
const days = daily({ start: "2024-01-01", end: "2024-02-01" });
const raw = asset({ name: "raw", partitions: days, materialize });
const other = asset({ name: "other", pool: "second", partitions: days, materialize });
const definition = project({
  namespace: prefix,
  assets: [raw, other],
  pools: { default: {}, second: {} },
});

let scene: RunScene;
let store: StateStore;
let queues: PoolQueues;
let registered: ReadonlyMap<string, RegisteredAsset>;

beforeAll(async () => {
  scene = await openRunScene(url, definition, Date.UTC(2024, 5, 1));
  ({ store, queues, registered } = scene);
});
afterAll(async () => {
  await scene.close();
  await cleanPrefix(url, prefix);
});

/**
 * A backfill with a small window, loaded by a planner. No worker is known, as after a restart of
 * everything.
 */
async function begun(
  assets: string,
  window: number,
  holdsLease: () => boolean = () => true,
): Promise<BackfillRun> {
  const request = { assets, window, reprocess: "all", maxPartitionsPerRun: 1 } as const;
  const id = await scene.submit(request);
  return loaded(id, holdsLease);
}

function loaded(id: string, holdsLease: () => boolean = () => true): Promise<BackfillRun> {
  return scene.load(id, { holdsLease });
}

async function jobsOf({ id }: BackfillRun): Promise<QueuedJob[]> {
  return [...(await queues.jobsOf("default", id)), ...(await queues.jobsOf("second", id))];
}

let claimNumber = 1;

/**
 * A worker settles the partition of a job, and the planner reads the event. The job is still in
 * Redis.
 */
async function settle(run: BackfillRun, { data }: QueuedJob) {
  const { asset, runs } = data;
  const [{ lane, first: ordinal }] = runs;
  const known = registered.get(asset);
  if (known === undefined) throw new Error("the asset is missing");
  const claim = { backfillId: run.id, lane, ordinal, claimNumber: claimNumber++ };
  await claimPartitions(store, known, "s1", 60_000, [claim]);
  await settlePartitions(store, known, "s1", [
    { ...claim, outcome: "succeeded", attempt: 1, durationMs: 1, note: undefined },
  ]);
  run.observe([
    { asset, backfillId: run.id, lane, change: { kind: "succeeded", ordinals: [ordinal] } },
  ]);
}

test("settled jobs that are in Redis still take room in the window, and the planner checks again", async () => {
  const run = await begun("raw", 3);
  await run.advance();
  const [first, second, ...others] = await jobsOf(run);
  if (first === undefined || second === undefined) throw new Error("no jobs were added");
  expect(others).toHaveLength(1);
  expect(run.isHeldUp).toBe(false);
  for (const job of [first, second]) await settle(run, job);
  await run.advance();
  expect(await jobsOf(run)).toHaveLength(3);
  expect(run.isHeldUp).toBe(true);
  await queues.remove("default", [first.id, second.id]);
  await run.advance();
  const ids = (await jobsOf(run)).map(({ id }) => id);
  expect(ids).toHaveLength(3);
  expect(ids).not.toContain(first.id);
  expect(run.isHeldUp).toBe(false);
});

test("a restarted planner counts the settled jobs that it finds", async () => {
  const before = await begun("raw", 3);
  await before.advance();
  const settled = (await jobsOf(before)).slice(0, 2);
  const locks = settled.map(({ id }) => `${queues.queue("default").toKey(id)}:lock`);
  for (const job of settled) await settle(before, job);
  // Workers have them, so nothing else can remove them.
  for (const lock of locks) await store.redis.set(lock, "token");
  const run = await loaded(before.id);
  await run.advance();
  expect(await jobsOf(run)).toHaveLength(3);
  await store.redis.del(...locks);
  await queues.remove(
    "default",
    settled.map(({ id }) => id),
  );
  await run.advance();
  expect(await jobsOf(run)).toHaveLength(3);
});

test("all pools share one window", async () => {
  const run = await begun("raw,other", 1);
  await run.advance();
  expect(await jobsOf(run)).toHaveLength(1);
});

test("a planner that may have lost its lease reserves nothing", async () => {
  let isHeld = false;
  const run = await begun("raw", 3, () => isHeld);
  await run.advance();
  expect(await readLedgerCounters(store, "raw", run.id)).toMatchObject({ queued: 0 });
  expect(await jobsOf(run)).toHaveLength(0);
  isHeld = true;
  await run.advance();
  expect(await jobsOf(run)).toHaveLength(3);
});

test("a planner that loses its lease between reserving and adding adds nothing, and the next one does", async () => {
  let looks = 0;
  const run = await begun("raw", 60, () => looks++ < 1);
  await run.advance();
  const { queued } = (await readLedgerCounters(store, "raw", run.id)) ?? { queued: 0 };
  expect(queued).toBeGreaterThan(16);
  expect(await jobsOf(run)).toHaveLength(0);
  expect(await jobsOf(await loaded(run.id))).toHaveLength(queued);
});
