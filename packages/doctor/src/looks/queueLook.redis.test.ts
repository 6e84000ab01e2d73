import { connect, type InfillClient } from "@infill/client";
import { asset, project } from "@infill/core";
import { PoolQueues } from "@infill/planning";
import { staticPartitions } from "@infill/partitions";
import { openStateStore, type StateStore } from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { Worker } from "bullmq";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { runDoctor } from "../runDoctor.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
let next = 1;
let store: StateStore;
let client: InfillClient;
let queues: PoolQueues;

beforeEach(async () => {
  const sales = asset({
    name: "sales",
    partitions: staticPartitions(["a"]),
    materialize: () => {},
  });
  const inside = project({
    namespace: `${prefix}-${next++}`,
    assets: [sales],
    pools: { default: { concurrency: 3 } },
  });
  store = await openStateStore(url, inside.namespace, "test");
  client = await connect(inside, { redisUrl: url });
  queues = new PoolQueues(store, "test");
  await queues.queue("default").add("x", { v: 0 } as never, { jobId: "first", priority: 1 });
});
afterEach(async () => {
  await queues.close();
  await client.close();
  await store.close();
});
afterAll(() => cleanPrefix(url, prefix));

const key = (name: string) => `${store.keys.poolPrefix("default")}:default:${name}`;

/** Whether a job can be added and taken. */
async function moves(): Promise<boolean> {
  const bull = new Worker("default", null, {
    ...{ connection: { url }, prefix: store.keys.poolPrefix("default"), autorun: false },
  });
  try {
    await queues.queue("default").add("x", { v: 0 } as never, { jobId: "second", priority: 1 });
    return (await bull.getNextJob("token", { block: false })) !== undefined;
  } catch {
    return false;
  } finally {
    await bull.close();
  }
}

async function repaired(check: string): Promise<string[]> {
  const { findings } = await runDoctor(client.connection, { fix: true, patienceMs: 0 });
  const left = await runDoctor(client.connection, { patienceMs: 0 });
  expect(left.findings.filter((finding) => finding.check === check)).toEqual([]);
  return findings.filter((finding) => finding.check === check).map(({ problem }) => problem);
}

test.each(["1.5", "x", "", "9".repeat(20)])(
  "a queue whose counter is %j adds jobs again after a repair",
  async (text) => {
    for (const name of ["id", "pc"]) await store.redis.set(key(name), text);
    expect(await moves()).toBe(false);
    expect(await repaired("entry_unreadable")).toHaveLength(2);
    expect(await moves()).toBe(true);
  },
);

test.each([
  ["paused", "1"],
  ["concurrency", "0"],
])("a queue that another program holds back by %s is named and resumed", async (field, value) => {
  await store.redis.hset(key("meta"), field, value);
  expect(await moves()).toBe(false);
  expect(await repaired("queue_held")).toEqual([
    `The queue of the pool "default" holds jobs back, because another program than Infill has set ${field} = ${value}.`,
  ]);
  expect(await moves()).toBe(true);
});

test("the concurrency that a planner has set is not touched, and is restored after damage", async () => {
  const own = queues.queue("default");
  await own.setGlobalConcurrency(3);
  expect(await repaired("queue_held")).toEqual([]);
  expect(await own.getGlobalConcurrency()).toBe(3);
  await store.redis.hset(key("meta"), "concurrency", "none", "paused", "1");
  expect(await repaired("queue_held")).toHaveLength(1);
  expect(await own.getGlobalConcurrency()).toBe(3);
});

test("a mark without an end that keeps the jobs of dead workers away is removed", async () => {
  await store.redis.set(key("stalled-check"), "x");
  await store.redis.set(key("limiter"), "1");
  expect(await repaired("queue_held")).toEqual([
    expect.stringContaining("jobs of dead workers"),
    expect.stringContaining("rate limit"),
  ]);
  expect(await store.redis.exists(key("stalled-check"), key("limiter"))).toBe(0);
});

test("a queue's settings and stalled jobs are of one type each", async () => {
  await store.redis.del(key("meta"));
  await store.redis.sadd(key("meta"), "x");
  await store.redis.hset(key("stalled"), "x", "y");
  expect(await moves()).toBe(false);
  expect(await repaired("key_type")).toHaveLength(2);
  expect(await moves()).toBe(true);
});
