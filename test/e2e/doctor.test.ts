import { runDoctor } from "@infill/doctor";
import { chunkOf, openStateStore } from "@infill/state";
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

test("P21: at no moment of a run is there a finding, whatever fails, shares, dies or is canceled", async () => {
  engine = await startEngine(url, {
    namespace: prefix,
    durationMs: 2,
    leaseMs: 2_000,
    concurrency: 8,
    failing: { "raw 2001-02-05": 0, "flaky 2001-03-01": 1, "chain 2001-05-01": 0 },
  });
  const running = engine;
  const { client } = engine;
  const planner = await engine.start("planner");
  const [victim] = await Promise.all([engine.start("worker"), engine.start("worker")]);
  const submit = async (request: Parameters<typeof client.backfills.create>[0]) => {
    const { id } = await client.backfills.create({ reprocess: "all", ...request });
    if (id === undefined) throw new Error("nothing to run");
    return id;
  };
  const quick = { retry: { maxAttempts: 2, backoffMs: 50 } };
  const ids = [
    await submit({ assets: "raw+", ...quick }),
    // It shares executions with the one before.
    await submit({ assets: "raw", ...quick, order: "newest" }),
    await submit({ assets: "flaky" }),
    await submit({ assets: "huge", partitions: "[...1881-01-01-00:00]" }),
    await submit({ assets: "chain", partitions: "[2001-04-20...2001-05-10]", ...quick }),
  ];
  const doomed = await submit({
    assets: "huge",
    partitions: "[...1890-01-01-00:00]",
    order: "newest",
  });
  const looks: number[] = [];
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const report = await runDoctor(client.connection);
      expect(report.findings).toEqual([]);
      looks.push(report.tookMs);
    }
  })();
  const ended = (async () => {
    await eventually(() => running.executions().filter(({ what }) => what === "end").length > 60);
    await eventually(() => looks.length > 2, { timeoutMs: 60_000 });
    victim.kill("SIGKILL");
    await running.start("worker");
    await eventually(() => looks.length > 3, { timeoutMs: 60_000 });
    planner.kill("SIGKILL");
    await running.start("planner");
    await client.backfills.cancel(doomed);
    const statuses = await Promise.all(
      [...ids, doomed].map(async (id) => (await running.ended(id)).status),
    );
    expect(statuses).toEqual(["failed", "failed", "succeeded", "succeeded", "failed", "canceled"]);
    const again = await client.backfills.retry(ids[4] ?? "");
    expect(again.reopened).toBeGreaterThan(0);
    expect((await running.ended(ids[4] ?? "")).status).toBe("failed");
  })();
  await Promise.race([ended, watching]);
  isOver = true;
  await Promise.all([ended, watching]);
  expect(looks.length).toBeGreaterThan(5);
  const report = await runDoctor(client.connection);
  expect(report.findings).toEqual([]);
  expect(report.looked).toMatchObject({ backfills: 6, jobs: 0 });
});

test("F42: state that is vandalized while it runs is repaired, and the backfill ends with every partition settled", async () => {
  engine = await startEngine(url, {
    namespace: prefix,
    durationMs: 40,
    leaseMs: 2_000,
    concurrency: 4,
  });
  const running = engine;
  const { client } = engine;
  await Promise.all([engine.start("planner"), engine.start("worker"), engine.start("worker")]);
  const { id } = await client.backfills.create({ assets: "raw+", reprocess: "all" });
  if (id === undefined) throw new Error("nothing to run");
  await eventually(() => running.executions().filter(({ what }) => what === "end").length > 120);
  const store = await openStateStore(url, engine.settings.namespace, "vandal");
  const { keys, redis } = store;
  const chunk = chunkOf(Date.UTC(2001, 0, 1) / 86_400_000);
  const queue = `${keys.poolPrefix("default")}:default`;
  await redis.hdel(keys.ledger("raw", id), "succeeded");
  await redis.hset(keys.ledger("regional", id), "queued", 3);
  await redis.unlink(
    keys.ledgerPlane("raw", id, "", "settled", chunk),
    keys.plane("raw", "", "materialized", chunk),
    keys.plane("regional", "0", "in_progress", chunk),
    keys.sessions("regional"),
    keys.backfillLease(id),
    `${queue}:prioritized`,
  );
  await store.close();
  const found = await runDoctor(client.connection, { fix: true, actor: "tester", reason: "F42" });
  const checks = found.findings.map(({ check }) => check);
  expect(checks).toEqual(
    expect.arrayContaining(["counter_differs", "settlement_lost", "record_plane"]),
  );
  // What runs meanwhile may heal or move on; then there is nothing left either.
  await eventually(
    async () => (await runDoctor(client.connection, { fix: true })).findings.length === 0,
    {
      timeoutMs: 60_000,
    },
  );
  const detail = await running.ended(id);
  expect(detail.status).toBe("succeeded");
  expect(detail.counts).toMatchObject({ selected: 570, succeeded: 570, failed: 0, skipped: 0 });
  expect((await runDoctor(client.connection)).findings).toEqual([]);
});
