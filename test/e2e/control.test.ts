import type { InfillClient } from "@infill/client";
import { cleanPrefix, eventually, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, afterEach, expect, test } from "vitest";
import { type Engine, startEngine } from "./engine.ts";
import type { EngineSettings } from "./processes/engineProject.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
let engine: Engine | undefined;

afterEach(async () => {
  await engine?.close();
  engine = undefined;
});
afterAll(() => cleanPrefix(url, prefix));

/** An engine with one planner and one worker whose functions take a while, and a backfill that runs on it. */
async function running(
  durationMs: number,
  request: Parameters<InfillClient["backfills"]["create"]>[0] = { assets: "raw", reprocess: "all" },
  settings: Partial<EngineSettings> = {},
): Promise<{ engine: Engine; id: string }> {
  const started = await startEngine(url, {
    namespace: prefix,
    durationMs,
    leaseMs: 3_000,
    concurrency: 4,
    ...settings,
  });
  engine = started;
  await Promise.all([started.start("planner"), started.start("worker")]);
  const { id } = await started.client.backfills.create(request);
  if (id === undefined) throw new Error("nothing to run");
  await eventually(() => started.executions().length > 0);
  return { engine: started, id };
}

const starts = (of: Engine) => of.executions().filter(({ what }) => what === "start").length;
const ends = (of: Engine) => of.executions().filter(({ what }) => what === "end").length;

test("P11: once a pause has answered nothing more is started, what runs may end, and resuming runs the rest", async () => {
  const { engine, id } = await running(60);
  const answered = await engine.client.backfills.pause(id, { reason: "lunch" });
  // A function that was claimed before the answer may write its line a moment after it.
  const before = starts(engine);
  expect(answered).toMatchObject({ status: "paused", pause: { mode: "drain", reason: "lunch" } });
  await eventually(async () => {
    const { counts } = await engine.client.backfills.get(id);
    return counts.inProgress === 0 && counts.queued === 0;
  });
  expect(starts(engine) - before).toBeLessThanOrEqual(answered.counts.inProgress);
  expect(ends(engine)).toBe(starts(engine));
  const pools = await engine.client.pools.list();
  expect(pools.map(({ waiting, delayed }) => waiting + delayed)).toEqual([0]);
  const { counts } = await engine.client.backfills.get(id);
  expect(counts.succeeded).toBe(ends(engine));
  expect(counts.waiting).toBe(181 - counts.succeeded);

  expect((await engine.client.backfills.resume(id)).status).toBe("running");
  const ended = await engine.ended(id);
  expect(ended).toMatchObject({ status: "succeeded", counts: { succeeded: 181 } });
  expect(starts(engine)).toBe(181);
});

test("P11: a pause now aborts what runs, and its starts cost no try", async () => {
  const { engine, id } = await running(60_000);
  await eventually(() => starts(engine) === 4);
  await engine.client.backfills.pause(id, { mode: "stop" });
  // The worker aborts what runs, the planner empties the window.
  await eventually(async () => {
    const { counts } = await engine.client.backfills.get(id);
    return counts.inProgress === 0 && counts.queued === 0;
  });
  expect(starts(engine)).toBe(4);
  expect(ends(engine)).toBe(0);
  const { counts } = await engine.client.backfills.get(id);
  expect(counts).toMatchObject({ waiting: 181, queued: 0, succeeded: 0, failed: 0 });
  await engine.client.backfills.resume(id);
  await eventually(() => starts(engine) === 8);
  expect(engine.executions().map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
  await engine.client.backfills.cancel(id);
  expect((await engine.ended(id)).status).toBe("canceled");
});

test("a pause for a time ends by itself", async () => {
  const { engine, id } = await running(20);
  await engine.client.backfills.pause(id, { forMs: 1_000 });
  const ended = await engine.ended(id);
  expect(ended).toMatchObject({ status: "succeeded", counts: { succeeded: 181 } });
});

test("a paused backfill survives its planner, and can be canceled", async () => {
  const { engine, id } = await running(20);
  await engine.client.backfills.pause(id);
  await engine.start("planner");
  await eventually(async () => (await engine.client.backfills.get(id)).counts.queued === 0);
  await engine.client.backfills.cancel(id);
  const ended = await engine.ended(id);
  expect(ended.status).toBe("canceled");
  expect(ended.counts.succeeded + ended.counts.canceled).toBe(181);
});

const started = (of: Engine, asset: string) =>
  of
    .executions()
    .filter(({ what, partition }) => what === "start" && partition.startsWith(`${asset} `))
    .map(({ partition }) => partition.slice(asset.length + 1));

/** Processes of a busy machine take turns of seconds. */
const patient = { timeoutMs: 60_000 };

test("so many failures pause a backfill, which then counts from there on", async () => {
  const failing = Object.fromEntries(
    Array.from({ length: 181 }, (_, day) => [
      `flaky ${new Date(Date.UTC(2001, 0, 1 + day)).toISOString().slice(0, 10)}`,
      0,
    ]),
  );
  const budget = { failures: 5 };
  const retry = { maxAttempts: 1 };
  const request = { assets: "flaky", budget, retry, window: 8, maxPartitionsPerRun: 1 };
  const { engine, id } = await running(20, request, { failing });
  const paused = () => engine.client.backfills.get(id);
  await eventually(async () => (await paused()).status === "paused", patient);
  await eventually(async () => (await paused()).counts.inProgress === 0, patient);
  const first = await paused();
  expect(first.pause?.reason).toMatch(/^budget: \d+ partitions have failed; the limit is 5$/);
  // What was in the window ended; nothing was added to it.
  expect(first.counts.failed).toBeGreaterThanOrEqual(5);
  expect(first.counts.failed).toBeLessThanOrEqual(5 + 8);
  await engine.client.backfills.resume(id);
  await eventually(async () => {
    const { status, counts } = await paused();
    return status === "paused" && counts.failed >= first.counts.failed + 5;
  }, patient);
  // Without a limit it goes to its end, which counts as a success where so few are asked for.
  await engine.client.backfills.change(id, { budget: null, minSuccessRatio: 0 });
  await engine.client.backfills.resume(id);
  expect(await engine.ended(id)).toMatchObject({ status: "succeeded", counts: { failed: 181 } });
  const events = await engine.client.backfills.listEvents(id);
  expect(events.items.map(({ what }) => what)).toEqual([
    "created",
    "paused",
    "running",
    "paused",
    "settings_changed",
    "running",
    "succeeded",
  ]);
  expect(events.items.find(({ what }) => what === "settings_changed")).toMatchObject({
    before: { budget: { failures: 5 }, minSuccessRatio: 1 },
    after: { budget: null, minSuccessRatio: 0 },
  });
});

test("of a canary that succeeds the rest follows", async () => {
  const { engine, id } = await running(10, { assets: "raw+", reprocess: "all", canary: 5 });
  expect((await engine.ended(id)).status).toBe("succeeded");
  const order = started(engine, "raw");
  expect(order).toHaveLength(181);
  const events = await engine.client.backfills.listEvents(id);
  expect(events.items.map(({ what }) => what)).toEqual(["created", "canary_passed", "succeeded"]);
  // The first five are spread over the half year.
  const months = order.slice(0, 5).map((key) => key.slice(0, 7));
  expect(new Set(months).size).toBeGreaterThanOrEqual(4);
});

test("a canary that fails pauses the backfill, and going on waives it", async () => {
  const failing = { "raw 2001-01-01": 0 };
  const request = {
    assets: "raw",
    reprocess: "all" as const,
    canary: 4,
    retry: { maxAttempts: 1 },
  };
  const { engine, id } = await running(10, request, { failing });
  await eventually(async () => (await engine.client.backfills.get(id)).status === "paused");
  await eventually(async () => (await engine.client.backfills.get(id)).counts.inProgress === 0);
  const { pause, counts } = await engine.client.backfills.get(id);
  expect(pause?.reason).toBe("canary: 1 of its 4 partitions failed");
  expect(counts.succeeded + counts.failed).toBeLessThanOrEqual(4);
  await engine.client.backfills.resume(id);
  expect(await engine.ended(id)).toMatchObject({ status: "failed", counts: { succeeded: 180 } });
});

test("partitions taken out of a running backfill end as canceled with what depends on them, and can be added again", async () => {
  const { engine, id } = await running(60, {
    assets: "raw,regional",
    partitions: "2001-01-*, 2001-02-*",
    reprocess: "all",
    window: 8,
  });
  const dropped = await engine.client.backfills.change(id, { drop: "2001-02-*" });
  expect(dropped).toMatchObject({ added: 0, dropped: 28 + 56 });
  expect((await engine.client.backfills.get(id)).counts).toMatchObject({
    selected: 59 + 118,
    canceled: 28 + 56,
  });
  // Ten days of them return, and five that were never selected join; one that is selected already changes nothing.
  const added = await engine.client.backfills.change(id, {
    add: "[2001-02-01...2001-02-10], [2001-03-01...2001-03-05], 2001-01-31",
  });
  expect(added).toMatchObject({ added: 15 + 30, dropped: 0 });
  const ended = await engine.ended(id);
  expect(ended).toMatchObject({
    status: "succeeded",
    counts: { selected: 64 + 128, succeeded: 46 + 92, canceled: 18 + 36, failed: 0, skipped: 0 },
  });
  const days = started(engine, "raw");
  expect(days).toHaveLength(46);
  expect(days).not.toContain("2001-02-11");
  await expect(engine.client.backfills.change(id, { weight: 2 })).rejects.toMatchObject({
    code: "INFILL_BACKFILL_ENDED",
  });
});

test("by policy an overlapping backfill runs a partition again, after and never beside the other", async () => {
  const request = { assets: "raw", partitions: "[2001-01-01...2001-01-04]" };
  const { engine, id } = await running(500, { ...request, reprocess: "all" });
  await eventually(() => starts(engine) === 4);
  const again = await engine.client.backfills.create({
    ...request,
    reprocess: "all",
    overlap: "rerun",
  });
  const second = await engine.ended(again.id ?? "");
  expect(second).toMatchObject({ status: "succeeded", counts: { succeeded: 4 } });
  expect((await engine.ended(id)).status).toBe("succeeded");
  expect(starts(engine)).toBe(8);
  const executing = new Set<string>();
  for (const { what, partition } of engine.executions()) {
    expect(executing.has(partition)).toBe(what === "end");
    if (what === "start") executing.add(partition);
    else executing.delete(partition);
  }
});

test("the order spread out starts all over the selection", async () => {
  const { engine, id } = await running(5, { assets: "raw", reprocess: "all", order: "spread" });
  await engine.ended(id);
  const months = started(engine, "raw")
    .slice(0, 30)
    .map((key) => key.slice(0, 7));
  expect(new Set(months).size).toBe(6);
});
