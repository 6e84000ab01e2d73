import { openStateStore, readPlanners, type StateStore } from "@infill/state";
import { cleanPrefix, eventually, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, afterEach, expect, test } from "vitest";
import { type Engine, startEngine } from "./engine.ts";
import { expectHealthy } from "./expectHealthy.ts";
import type { EngineSettings } from "./processes/engineProject.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
/** Longer than a busy machine needs. */
const patient = { timeoutMs: 60_000 };
let engine: Engine | undefined;
let store: StateStore | undefined;

afterEach(async () => {
  await store?.close();
  store = undefined;
  await engine?.close();
  engine = undefined;
});
afterAll(() => cleanPrefix(url, prefix));

async function start(settings: Partial<EngineSettings>): Promise<Engine> {
  engine = await startEngine(url, { namespace: prefix, ...settings });
  return engine;
}

async function submit(
  { client }: Engine,
  request: Parameters<Engine["client"]["backfills"]["create"]>[0],
): Promise<string> {
  const { id } = await client.backfills.create({ reprocess: "all", ...request });
  if (id === undefined) throw new Error("nothing to run");
  return id;
}

const startsOf = ({ executions }: Engine) => executions().filter(({ what }) => what === "start");
const endsOf = ({ executions }: Engine) => executions().filter(({ what }) => what === "end");
const oneDay = { assets: "raw", partitions: "2001-01-01", retry: { maxAttempts: 1 } };

test("P3: at no moment are more partitions reported as succeeded than functions have returned", async () => {
  const running = await start({ durationMs: 2, failing: { "raw 2001-02-05": 0 } });
  await Promise.all([running.start("planner"), running.start("worker"), running.start("worker")]);
  const id = await submit(running, { assets: "raw+", retry: { maxAttempts: 1 } });
  let looks = 0;
  for (let isOver = false; !isOver; looks++) {
    const { status, counts, byAsset } = await running.client.backfills.get(id);
    const statuses = await running.client.partitions.count("raw");
    // Read after what was reported: what returns meanwhile is no excuse for it.
    const returned = new Set(endsOf(running).map(({ partition }) => partition));
    expect(counts.succeeded).toBeLessThanOrEqual(returned.size);
    for (const { asset, counts: of } of byAsset)
      expect(of.succeeded).toBeLessThanOrEqual(
        [...returned].filter((partition) => partition.startsWith(`${asset} `)).length,
      );
    const raw = [...returned].filter((partition) => partition.startsWith("raw "));
    expect(statuses.materialized).toBeLessThanOrEqual(raw.length);
    isOver = status === "failed";
  }
  expect(looks).toBeGreaterThan(5);
  const { items } = await running.client.partitions.list("raw", { limit: 1_000 });
  const materialized = items.filter(({ status }) => status === "materialized");
  const returned = new Set(endsOf(running).map(({ partition }) => partition));
  expect(materialized.map(({ key }) => `raw ${key}`).filter((name) => !returned.has(name))).toEqual(
    [],
  );
  expect(materialized).toHaveLength(180);
});

test.each(["SIGKILL", "SIGSTOP"] as const)(
  "P8: the partition of a worker that gets %s runs elsewhere within its lease and ten seconds",
  async (signal) => {
    const leaseMs = 3_000;
    const running = await start({ durationMs: 600_000, leaseMs, concurrency: 1 });
    const [, victim] = await Promise.all([running.start("planner"), running.start("worker")]);
    await submit(running, oneDay);
    await eventually(() => startsOf(running).length === 1, patient);
    victim.kill(signal);
    const goneMs = Date.now();
    const heir = await running.start("worker");
    await eventually(() => startsOf(running).length === 2, patient);
    const [, again] = startsOf(running);
    expect(again).toMatchObject({ pid: heir.pid, partition: "raw 2001-01-01", attempt: 2 });
    expect((again?.atMs ?? 0) - goneMs).toBeLessThanOrEqual(leaseMs + 10_000);
    victim.kill("SIGCONT");
  },
);

test("P4, P8: a frozen worker's late result is refused and logged, and the newest claim's outcome is the one on record", async () => {
  // The first attempt fails at its end, which comes late; the second one succeeds.
  const running = await start({
    durationMs: 3_000,
    leaseMs: 1_500,
    concurrency: 1,
    failing: { "raw 2001-01-01": 1 },
  });
  const [, frozen] = await Promise.all([running.start("planner"), running.start("worker")]);
  const id = await submit(running, oneDay);
  await eventually(() => startsOf(running).length === 1, patient);
  frozen.kill("SIGSTOP");
  await running.start("worker");
  await eventually(() => startsOf(running).length === 2, patient);
  const logged = frozen.waitForLine(/too late|renewed its claims on an asset too late/, patient);
  frozen.kill("SIGCONT");
  await logged;
  const detail = await running.ended(id);
  expect(detail).toMatchObject({ status: "succeeded", counts: { succeeded: 1, failed: 0 } });
  const { lastSettlement, status } = await running.client.partitions.get("raw", "2001-01-01");
  expect([status, lastSettlement]).toMatchObject([
    "materialized",
    { outcome: "succeeded", attempt: 2, backfillId: id },
  ]);
  await expectHealthy(running.client);
});

test("P9: a planner that dies is replaced within its lease and five seconds", async () => {
  const leaseMs = 3_000;
  const running = await start({ durationMs: 60, leaseMs, concurrency: 2 });
  store = await openStateStore(url, running.settings.namespace, "test");
  const { redis, keys } = store;
  const planners = [await running.start("planner"), await running.start("planner")];
  await running.start("worker");
  const id = await submit(running, { assets: "raw" });
  await eventually(() => startsOf(running).length > 20, patient);
  // On a busy machine the lease may have gone from one to the other meanwhile: the one that has it now is to die.
  const owner = await eventually(() => redis.get(keys.backfillLease(id)), patient);
  const entry = (await readPlanners(store)).find((planner) => planner.id === owner);
  const victim = planners.find(({ pid }) => pid === entry?.pid);
  expect(victim).toBeDefined();
  victim?.kill("SIGKILL");
  const diedMs = Date.now();
  await eventually(
    async () => {
      const now = await redis.get(keys.backfillLease(id));
      return now !== null && now !== owner;
    },
    { ...patient, intervalMs: 20 },
  );
  expect(Date.now() - diedMs).toBeLessThanOrEqual(leaseMs + 5_000);
  const { status, counts } = await running.ended(id);
  expect([status, counts.succeeded]).toEqual(["succeeded", 181]);
  expect(startsOf(running)).toHaveLength(181);
});
