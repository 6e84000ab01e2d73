import { asset, dep, isFinalStatus, type MaterializeContext, project } from "@infill/core";
import {
  allPartitionsMapping,
  daily,
  dimensionMapping,
  dynamicPartitions,
  multi,
} from "@infill/partitions";
import { connect, type InfillClient } from "@infill/client";
import { type RunningPlanner, startPlanner } from "@infill/planner";
import { cleanPrefix, eventually, redisUrlForTests, testPrefix } from "@infill/test-support";
import { type RunningWorker, startWorker } from "@infill/worker";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { expectHealthy } from "./expectHealthy.ts";

/** Partitions by keys that are known at run time only, from the client through planner, BullMQ and worker. */

const url = redisUrlForTests();
const prefix = testPrefix();
let next = 1;
let client: InfillClient;
let planner: RunningPlanner;
let worker: RunningWorker;
/** Keys that ran, as `asset key`, in order; and what a partition waits for. */
let ran: string[] = [];
let upstreamSeen = new Map<string, readonly string[]>();
let gate: Promise<void> = Promise.resolve();

const regions = dynamicPartitions({ name: "regions" });
const days = daily({ start: "2024-01-01", end: "2024-01-03" });

async function materialize(context: MaterializeContext): Promise<void> {
  const { key } = context.partition;
  await gate;
  ran.push(`${context.asset} ${key}`);
  if (context.asset === "totals") upstreamSeen.set(key, [...context.upstreamKeys("sales")]);
}

beforeEach(async () => {
  ran = [];
  upstreamSeen = new Map();
  gate = Promise.resolve();
  const sales = asset({
    name: "sales",
    partitions: multi({ date: days, region: regions }),
    materialize,
  });
  const perRegion = asset({
    name: "perRegion",
    partitions: regions,
    deps: [dep(sales, { mapping: dimensionMapping({ dimension: "region" }) })],
    materialize,
  });
  const totals = asset({
    name: "totals",
    partitions: days,
    deps: [dep(sales, { mapping: dimensionMapping({ dimension: "date" }) })],
    materialize,
  });
  const world = asset({
    name: "world",
    deps: [dep(perRegion, { mapping: allPartitionsMapping() })],
    materialize,
  });
  const defined = project({
    namespace: `${prefix}-${next++}`,
    assets: [sales, perRegion, totals, world],
  });
  client = await connect(defined, { redisUrl: url });
  planner = await startPlanner({ project: defined, redisUrl: url, tickMs: 200 });
  worker = await startWorker({ project: defined, redisUrl: url, concurrency: 1 });
});
afterEach(async () => {
  await expectHealthy(client);
  await worker.close();
  await planner.close();
  await client.close();
});
afterAll(() => cleanPrefix(url, prefix));

async function submit(
  request: Parameters<InfillClient["backfills"]["create"]>[0],
): Promise<string> {
  const { id } = await client.backfills.create(request);
  if (id === undefined) throw new Error("nothing to run");
  return id;
}

async function ended(id: string) {
  let detail = await client.backfills.get(id);
  await eventually(async () => isFinalStatus((detail = await client.backfills.get(id)).status), {
    what: `the end of ${id}`,
    timeoutMs: 30_000,
  });
  return detail;
}

test("an empty definition has nothing to run; keys that are added run, each once, through all that depends on them", async () => {
  expect((await client.backfills.create({ assets: "sales+" })).id).toBeUndefined();
  await client.dynamic.add("regions", ["us", "eu"], { actor: "tester" });
  const detail = await ended(await submit({ assets: "sales+" }));
  expect(detail.status).toBe("succeeded");
  expect(ran.toSorted()).toEqual([
    "perRegion eu",
    "perRegion us",
    "sales 2024-01-01|eu",
    "sales 2024-01-01|us",
    "sales 2024-01-02|eu",
    "sales 2024-01-02|us",
    "totals 2024-01-01",
    "totals 2024-01-02",
    "world ",
  ]);
});

test("a key that is added while a backfill runs is no part of it, and is missing afterwards", async () => {
  await client.dynamic.add("regions", ["us"]);
  let open = () => {};
  gate = new Promise((resolve) => {
    open = resolve;
  });
  const id = await submit({ assets: "sales,totals" });
  await client.dynamic.add("regions", ["eu"]);
  open();
  const detail = await ended(id);
  expect(detail.counts).toMatchObject({ selected: 4, succeeded: 4 });
  // What a day needs is what existed when the backfill was planned.
  expect(upstreamSeen.get("2024-01-01")).toEqual(["2024-01-01|us"]);
  expect(await client.partitions.count("sales")).toMatchObject({ total: 4, missing: 2 });
  const { items } = await client.partitions.list("sales", { status: "missing" });
  expect(items.map(({ key }) => key)).toEqual(["2024-01-01|eu", "2024-01-02|eu"]);
  ran = [];
  await ended(await submit({ assets: "sales" }));
  expect(ran).toEqual(["sales 2024-01-01|eu", "sales 2024-01-02|eu"]);
});

test("P17: what has not started of a key that is removed fails as gone, dooms what needs it, and runs when the key is back and it is retried", async () => {
  await client.dynamic.add("regions", ["us", "eu", "jp"]);
  let open = () => {};
  gate = new Promise((resolve) => {
    open = resolve;
  });
  const id = await submit({ assets: "sales+", window: 4 });
  await eventually(async () => (await client.backfills.get(id)).counts.inProgress === 1);
  const removed = await client.dynamic.remove("regions", ["jp", "eu"], {
    reason: "closed",
  });
  expect(removed).toMatchObject({ changed: 2, unchanged: 0 });
  open();
  const detail = await ended(id);
  expect(detail.status).toBe("failed");
  const of = (name: string) => detail.byAsset.find(({ asset: each }) => each === name)?.counts;
  // One of them may have been claimed before its key was removed.
  const gone = of("sales")?.failed ?? 0;
  expect([3, 4]).toContain(gone);
  expect(of("sales")).toMatchObject({ selected: 6, succeeded: 6 - gone });
  expect(ran.filter((line) => line.startsWith("sales ") && line.endsWith("|us"))).toHaveLength(2);
  expect(of("perRegion")).toMatchObject({ succeeded: 1, failed: 2 });
  expect(of("world")).toMatchObject({ skipped: 1 });
  expect(detail.failures[0]?.error).toContain("PARTITION_GONE");
  // The asset's own state has nothing of them.
  expect(await client.partitions.count("sales")).toMatchObject({ total: 2, failed: 0 });

  expect(await client.dynamic.add("regions", ["eu", "jp"])).toMatchObject({ changed: 2 });
  const { items } = await client.partitions.list("sales", { status: "missing" });
  expect(items).toHaveLength(gone);
  const { reopened } = await client.backfills.retry(id);
  expect(reopened).toBe(detail.counts.failed + detail.counts.skipped);
  expect((await ended(id)).status).toBe("succeeded");
  expect(await client.partitions.count("sales")).toMatchObject({ total: 6, materialized: 6 });
  expect(new Set(ran).size).toBe(ran.length);
});

test("a key that goes and comes back before its partitions start runs as if nothing had been", async () => {
  await client.dynamic.add("regions", ["us", "eu"]);
  let open = () => {};
  gate = new Promise((resolve) => {
    open = resolve;
  });
  const id = await submit({ assets: "sales+" });
  await eventually(async () => (await client.backfills.get(id)).counts.inProgress === 1);
  await client.dynamic.remove("regions", ["eu"]);
  await client.dynamic.add("regions", ["eu"]);
  open();
  expect((await ended(id)).status).toBe("succeeded");
  expect(new Set(ran).size).toBe(9);
});

test("a plan runs what was previewed, whatever was added since", async () => {
  await client.dynamic.add("regions", ["us"]);
  const { planHash, toRun } = await client.backfills.preview({ assets: "sales" });
  expect(toRun).toBe(2);
  await client.dynamic.add("regions", ["eu"]);
  const detail = await ended(await submit({ assets: "sales", planHash }));
  expect(detail.counts.selected).toBe(2);
  // Under an idempotency key as well, however late the call is repeated.
  const first = await submit({ assets: "sales", idempotencyKey: "tick 1" });
  await client.dynamic.add("regions", ["jp"]);
  expect(await submit({ assets: "sales", idempotencyKey: "tick 1" })).toBe(first);
  expect((await ended(first)).counts.selected).toBe(2);
});
