import { asset, project } from "@infill/core";
import { allPartitions, daily, integers, requirePartition } from "@infill/partitions";
import {
  claimPartitions,
  type RegisteredAsset,
  reservePartitions,
  settlePartitions,
  type StateStore,
} from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { Worker } from "bullmq";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BackfillRun } from "../backfillRun/backfillRun.ts";
import type { InfillClient } from "@infill/client";
import type { PoolQueues } from "@infill/planning";
import { openRunScene, type RunScene } from "../backfillRun/runScene.testing.ts";

const prefix = testPrefix();
const url = redisUrlForTests();
const days = daily({ start: "2024-01-01", end: "2024-01-07" });
const raw = asset({ name: "raw", partitions: days, materialize: () => {} });
const definition = project({ namespace: prefix, assets: [raw] });

let scene: RunScene;
let store: StateStore;
let queues: PoolQueues;
let client: InfillClient;
let registered: ReadonlyMap<string, RegisteredAsset>;

beforeAll(async () => {
  scene = await openRunScene(url, definition, Date.UTC(2024, 5, 1));
  ({ store, queues, client, registered } = scene);
});
afterAll(async () => {
  await scene.close();
  await cleanPrefix(url, prefix);
});

/** A backfill of six days whose planner has filled its window. */
async function begun(maxPartitionsPerRun = 1, window?: number): Promise<BackfillRun> {
  const id = await scene.submit({ assets: "raw", reprocess: "all", maxPartitionsPerRun, window });
  const run = await scene.load(id);
  expect(await run.advance()).toBe(false);
  return run;
}

/** When each available or active job of a backfill was added, by its key. */
async function jobsOf({ id }: BackfillRun): Promise<Map<string, number>> {
  const jobs = await queues.queue("default").getJobs(["active", "prioritized", "delayed"]);
  return new Map(
    jobs.filter(({ data }) => data.b === id).map(({ data, timestamp }) => [data.k, timestamp]),
  );
}

test("jobs that are on no list of their queue are added again after three reconciliations", async () => {
  const run = await begun();
  expect(await jobsOf(run)).toHaveProperty("size", 6);
  // Their hashes stay.
  await store.redis.del(queues.queue("default").toKey("prioritized"));
  expect(await jobsOf(run)).toHaveProperty("size", 0);
  for (let times = 0; times < 3; times++) await run.reconcile();
  expect([...(await jobsOf(run)).keys()].sort()).toEqual(
    Array.from({ length: 6 }, (_, at) => `2024-01-0${at + 1}`),
  );
  await client.backfills.cancel(run.id);
  await run.readStatus();
  expect(await run.advance()).toBe(true);
});

test("jobs that wait, are delayed, or are with a worker that has not claimed yet are left alone", async () => {
  const run = await begun();
  const { opts } = queues.queue("default");
  const connection = store.redis.duplicate({ maxRetriesPerRequest: null });
  const worker = new Worker("default", null, { connection, prefix: opts.prefix ?? "" });
  await worker.getNextJob("token", { block: false });
  const later = await worker.getNextJob("token", { block: false });
  if (later === undefined) throw new Error("there were no jobs");
  await later.moveToDelayed(Date.now() + 60_000, "token").catch((error: unknown) => {
    // BullMQ's error tells a processor to stop.
    if (!(error instanceof Error) || error.name !== "DelayedError") throw error;
  });
  const before = await jobsOf(run);
  expect(before.size).toBe(6);
  const keys = (await queues.jobsOf("default", run.id)).map(({ id }) =>
    queues.queue("default").toKey(id),
  );
  for (const key of keys) await store.redis.hset(key, "mark", "untouched");
  for (let times = 0; times < 4; times++) await run.reconcile();
  expect(await jobsOf(run)).toEqual(before);
  for (const key of keys) expect(await store.redis.hget(key, "mark")).toBe("untouched");
  await worker.close();
  connection.disconnect();
});

test("P10: the rest of a lost job becomes one job, and its settled partitions do not run again", async () => {
  const run = await begun(6, 1);
  const raw = registered.get("raw");
  if (raw === undefined) throw new Error("the asset is not registered");
  await queues.remove(
    "default",
    (await queues.jobsOf("default", run.id)).map(({ id }) => id),
  );
  // A job of six days was lost after the second and the fourth had settled: a job for each
  // remaining piece would not fit.
  const all = raw.ordinals.lanesOf(allPartitions(days, { nowMs: Date.UTC(2024, 5, 1) }));
  const pages = all.map(({ lane, ordinals }) => ({ lane, ordinals: [...integers(ordinals)] }));
  await reservePartitions(store, "raw", run.id, 6, pages);
  const places = ["2024-01-02", "2024-01-04"].map((key, at) => {
    const coordinates = requirePartition(days, key, { nowMs: Date.UTC(2024, 5, 1) });
    return { backfillId: run.id, ...raw.ordinals.addressOf(coordinates), claimNumber: at + 1 };
  });
  await claimPartitions(store, raw, "session", 60_000, places);
  const facts = { outcome: "succeeded", attempt: 1, durationMs: 1, note: undefined } as const;
  await settlePartitions(
    store,
    raw,
    "session",
    places.map((place) => ({ ...place, ...facts })),
  );
  await run.load();
  const jobs = await queues.jobsOf("default", run.id);
  expect(jobs.map(({ data }) => data.runs.map(({ length }) => length))).toEqual([[1, 1, 2]]);
  expect(run.contends("default")).toBeDefined();
  await client.backfills.cancel(run.id);
  await run.readStatus();
  expect(await run.advance()).toBe(true);
});

/** A logger that keeps its entries. */
function keepingLog() {
  const said: string[] = [];
  const keep = (message: string) => void said.push(message);
  return { said, log: { info: keep, warn: keep, error: keep } };
}

/** Settles days as a worker does: first the ledger, then the job. */
async function settled(run: BackfillRun, keys: readonly string[]): Promise<void> {
  const raw = scene.asset("raw");
  const places = keys.map((key, at) => {
    const coordinates = requirePartition(days, key, { nowMs: Date.UTC(2024, 5, 1) });
    return { backfillId: run.id, ...raw.ordinals.addressOf(coordinates), claimNumber: at + 1 };
  });
  await claimPartitions(store, raw, `session-${run.id}`, 60_000, places);
  const facts = { outcome: "succeeded", attempt: 1, durationMs: 1, note: undefined } as const;
  const settlements = places.map((place) => ({ ...place, ...facts }));
  await settlePartitions(store, raw, `session-${run.id}`, settlements);
  const done = (await queues.jobsOf("default", run.id)).filter(({ data }) =>
    keys.includes(data.firstKey),
  );
  await queues.remove(
    "default",
    done.map(({ id }) => id),
  );
}

test("a planner that hears of settlements late takes no job for lost, and adds a lost one", async () => {
  const { said, log } = keepingLog();
  const id = await scene.submit({ assets: "raw", reprocess: "all", maxPartitionsPerRun: 1 });
  const run = await scene.load(id, { log });
  await run.advance();
  // Its run observes none of these settlements.
  await settled(run, ["2024-01-01", "2024-01-03"]);
  for (let times = 0; times < 3; times++) await run.reconcile();
  expect(said).toEqual([]);
  expect([...(await jobsOf(run)).keys()].sort()).toEqual(
    ["02", "04", "05", "06"].map((day) => `2024-01-${day}`),
  );
  const [lost] = await queues.jobsOf("default", id);
  await queues.remove("default", [lost?.id ?? ""]);
  for (let times = 0; times < 2; times++) await run.reconcile();
  expect(said).toEqual(["adding jobs that were lost"]);
  expect(await jobsOf(run)).toHaveProperty("size", 4);
  await client.backfills.cancel(id);
  await run.readStatus();
  expect(await run.advance()).toBe(true);
});

test("partitions that settle while a planner loads a backfill do not count as lost", async () => {
  const { said, log } = keepingLog();
  const id = await scene.submit({ assets: "raw", reprocess: "all", maxPartitionsPerRun: 1 });
  const first = await scene.load(id);
  await first.advance();
  const jobsNow = queues.jobsOf.bind(queues);
  // The ledger has been read by then, but the queue has not.
  queues.jobsOf = async (pool, backfillId) => {
    queues.jobsOf = jobsNow;
    await settled(first, ["2024-01-02"]);
    return jobsNow(pool, backfillId);
  };
  const run = await scene.load(id, { log });
  expect(said).toEqual([]);
  expect(await jobsOf(run)).toHaveProperty("size", 5);
  await client.backfills.cancel(id);
  await run.readStatus();
  expect(await run.advance()).toBe(true);
});
