import type { InfillClient } from "@infill/planner";
import { cleanPrefix, eventually, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, afterEach, expect, test } from "vitest";
import { type Engine, startEngine } from "./engine.ts";

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
  request: Parameters<InfillClient["createBackfill"]>[0] = { assets: "raw", reprocess: "all" },
): Promise<{ engine: Engine; id: string }> {
  const started = await startEngine(url, {
    namespace: prefix,
    durationMs,
    leaseMs: 3_000,
    concurrency: 4,
  });
  engine = started;
  await Promise.all([started.start("planner"), started.start("worker")]);
  const { id } = await started.client.createBackfill(request);
  if (id === undefined) throw new Error("nothing to run");
  await eventually(() => started.executions().length > 0);
  return { engine: started, id };
}

const starts = (of: Engine) => of.executions().filter(({ what }) => what === "start").length;
const ends = (of: Engine) => of.executions().filter(({ what }) => what === "end").length;

test("P11: once a pause has answered nothing more is started, what runs may end, and resuming runs the rest", async () => {
  const { engine, id } = await running(60);
  const answered = await engine.client.pauseBackfill(id, { reason: "lunch" });
  // A function that was claimed before the answer may write its line a moment after it.
  const before = starts(engine);
  expect(answered).toMatchObject({ status: "paused", pause: { mode: "drain", reason: "lunch" } });
  await eventually(async () => {
    const { counts } = await engine.client.getBackfill(id);
    return counts.inProgress === 0 && counts.queued === 0;
  });
  expect(starts(engine) - before).toBeLessThanOrEqual(answered.counts.inProgress);
  expect(ends(engine)).toBe(starts(engine));
  const pools = await engine.client.listPools();
  expect(pools.map(({ waiting, delayed }) => waiting + delayed)).toEqual([0]);
  const { counts } = await engine.client.getBackfill(id);
  expect(counts.succeeded).toBe(ends(engine));
  expect(counts.waiting).toBe(181 - counts.succeeded);

  expect((await engine.client.resumeBackfill(id)).status).toBe("running");
  const ended = await engine.ended(id);
  expect(ended).toMatchObject({ status: "succeeded", counts: { succeeded: 181 } });
  expect(starts(engine)).toBe(181);
});

test("P11: a pause now aborts what runs, and its attempts do not count", async () => {
  const { engine, id } = await running(60_000);
  await eventually(() => starts(engine) === 4);
  await engine.client.pauseBackfill(id, { mode: "stop" });
  await eventually(async () => (await engine.client.getBackfill(id)).counts.inProgress === 0);
  expect(starts(engine)).toBe(4);
  expect(ends(engine)).toBe(0);
  const { counts } = await engine.client.getBackfill(id);
  expect(counts).toMatchObject({ waiting: 181, queued: 0, succeeded: 0, failed: 0 });
  await engine.client.resumeBackfill(id);
  await eventually(() => starts(engine) === 8);
  expect(engine.executions().map(({ attempt }) => attempt)).toEqual(new Array(8).fill(1));
  await engine.client.cancelBackfill(id);
  expect((await engine.ended(id)).status).toBe("canceled");
});

test("a pause for a time ends by itself", async () => {
  const { engine, id } = await running(20);
  await engine.client.pauseBackfill(id, { forMs: 1_000 });
  const ended = await engine.ended(id);
  expect(ended).toMatchObject({ status: "succeeded", counts: { succeeded: 181 } });
});

test("a paused backfill survives its planner, and can be canceled", async () => {
  const { engine, id } = await running(20);
  await engine.client.pauseBackfill(id);
  await engine.start("planner");
  await eventually(async () => (await engine.client.getBackfill(id)).counts.queued === 0);
  await engine.client.cancelBackfill(id);
  const ended = await engine.ended(id);
  expect(ended.status).toBe("canceled");
  expect(ended.counts.succeeded + ended.counts.canceled).toBe(181);
});
