import { cleanPrefix } from "@infill/test-support";
import { beforeEach, expect, test } from "vitest";
import { keyTable } from "../store/keyTable.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";
import { readWorkerRegistry, redisTimeMs, removeWorker, writeWorker } from "./workerRegistry.ts";

const store = await openTestStore();

beforeEach(() => cleanPrefix(store.url, store.namespace));

const own = {
  id: "worker_own",
  host: "h",
  pid: 1,
  version: "0.1.0",
  pools: { default: 4 },
  state: "running" as const,
  startedMs: 1,
};

async function put(id: string, text: string): Promise<void> {
  const { redis, keys } = store;
  await redis.set(keys.worker(id), text);
  await redis.zadd(keys.workerIndex, (await redisTimeMs(store)) + 60_000, id);
}

test("keeps a state and fields that only another version knows", async () => {
  const newer = { ...own, id: "w2", version: "0.2.0", state: "updating", site: { digest: "x" } };
  await put("w2", JSON.stringify(newer));
  const { workers, unreadable } = await readWorkerRegistry(store);
  expect(unreadable).toEqual([]);
  expect(workers).toEqual([{ ...newer, isAlive: true, overdueMs: expect.any(Number) }]);
});

test("reads fields that are absent or of another form as unknown", async () => {
  await put("w3", '{"pid":"12","pools":{"default":"4","big":2},"startedMs":"yesterday"}');
  await put("w4", '{"pools":["default"],"state":{"name":"running"}}');
  const { workers } = await readWorkerRegistry(store);
  const untold = { host: "unknown", pid: 0, version: "unknown", state: "unknown", startedMs: 0 };
  const read = { isAlive: true, overdueMs: expect.any(Number) };
  expect(workers).toEqual([
    { ...untold, ...read, id: "w3", pools: { default: 0, big: 2 } },
    { ...untold, ...read, id: "w4", pools: {} },
  ]);
});

test.each(["{", "17", '"running"', "[]", "null", "", "\0\u{1f}binary"])(
  "lists the others if one entry is %j, and reports that one",
  async (text) => {
    await writeWorker(store, own, 60_000);
    await put("w5", text);
    const { workers, unreadable } = await readWorkerRegistry(store);
    expect(workers.map(({ id }) => id)).toEqual(["worker_own"]);
    expect(unreadable.map(({ id }) => id)).toEqual(["w5"]);
    await removeWorker(store, "w5");
    expect((await readWorkerRegistry(store)).unreadable).toEqual([]);
  },
);

test("lists the others if the key of one entry has a wrong type", async () => {
  await writeWorker(store, own, 60_000);
  await put("w6", "{}");
  await store.redis.del(store.keys.worker("w6"));
  await store.redis.hset(store.keys.worker("w6"), "id", "w6");
  const { workers } = await readWorkerRegistry(store);
  expect(workers.map(({ id }) => id)).toEqual(["worker_own"]);
});

test("reports an entry that is longer than any version writes, and lists the others", async () => {
  await writeWorker(store, own, 60_000);
  const nested = `${"[".repeat(40_000)}${"]".repeat(40_000)}`;
  await put("w6", `{"id":"w6","site":${nested}}`);
  await put("w7", JSON.stringify({ ...own, id: "w7", site: "x".repeat(1_000_000) }));
  const { workers, unreadable } = await readWorkerRegistry(store);
  expect(workers.map(({ id }) => id)).toEqual(["worker_own"]);
  expect(unreadable).toMatchObject([
    { id: "w6", reason: "it is too long" },
    { id: "w7", reason: "it is too long" },
  ]);
});

const write = {
  keys: [":w1", ":index"],
  args: ["w1", '{"id":"w1"}', 60_000, 3_600_000],
};

keyTable(store, store.keys.worker("").slice(0, -1), "write_worker", [
  {
    title: "lists a new worker for the lease, and its entry for the time after it too",
    before: {},
    ...write,
    reply: ["written"],
    changes: {
      ":w1": '{"id":"w1"}',
      ":w1 expires": "now+61m",
      ":index": new Map([["w1", "now+1m"]]),
    },
    again: ["written"],
  },
  {
    title: "extends the lease, and forgets workers that were lost longer ago than it keeps them",
    before: {
      ":w1": "old",
      ":index": new Map([
        ["gone", "now-61m"],
        ["lost", "now-59m"],
        ["w1", "now-1m"],
        ["w2", "now+5m"],
      ]),
    },
    ...write,
    reply: ["written"],
    changes: {
      ":w1": '{"id":"w1"}',
      ":w1 expires": "now+61m",
      ":index": new Map([
        ["lost", "now-59m"],
        ["w1", "now+1m"],
        ["w2", "now+5m"],
      ]),
    },
  },
]);
