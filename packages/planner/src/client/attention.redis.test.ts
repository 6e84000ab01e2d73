import { asset, project } from "@infill/core";
import { staticPartitions } from "@infill/partitions";
import {
  leaseBackfill,
  openStateStore,
  removePlanner,
  setBackfillStatus,
  type StateStore,
  writePlanner,
  writeWorker,
} from "@infill/state";
import { type RedisServer, startRedis } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { InfillClient } from "./client.ts";
import { connect } from "./connect.ts";

const definition = project({
  namespace: "attention",
  assets: [asset({ name: "a", partitions: staticPartitions(["x", "y"]), materialize() {} })],
});
let server: RedisServer;
let client: InfillClient;
let store: StateStore;
beforeAll(async () => {
  server = await startRedis({ appendonly: true });
  client = await connect(definition, { redisUrl: server.url });
  store = await openStateStore(server.url, "attention", "test");
});
afterAll(async () => {
  await store.close();
  await client.close();
  await server.stop();
});

async function created(): Promise<string> {
  const { id } = await client.createBackfill({ assets: "a", reprocess: "all" });
  if (id === undefined) throw new Error("nothing was to run");
  return id;
}

async function codesOf(id: string): Promise<string[]> {
  return (await client.getBackfill(id)).attention.map(({ code }) => code);
}

test("a backfill without planner and worker says so, with the commands that help", async () => {
  const id = await created();
  expect((await client.getBackfill(id)).attention).toEqual([
    expect.objectContaining({ code: "NO_PLANNER", command: "infill planner start" }),
    expect.objectContaining({
      code: "NO_WORKER",
      command: "infill worker start --pool default",
    }),
  ]);
  await leaseBackfill(store, id, "planner_x", 60_000);
  expect(await codesOf(id)).toEqual(["NO_WORKER"]);
  await writeWorker(
    store,
    {
      ...{ id: "worker_x", host: "here", pid: 1, version: "1", state: "running", startedMs: 1 },
      pools: { default: 2 },
    },
    60_000,
  );
  expect(await codesOf(id)).toEqual([]);
});

test("a submission and its preview say that no planner is running, until one is", async () => {
  const planner = { id: "p", host: "h", pid: 7, version: "1", startedMs: 1, project: "x" };
  const warnings = async () => (await client.previewBackfill({ assets: "a" })).warnings;
  const sentence = expect.stringContaining("infill planner start");
  expect(await warnings()).toContainEqual(sentence);
  const { preview } = await client.createBackfill({ assets: "a", reprocess: "all" });
  expect(preview.warnings).toContainEqual(sentence);
  await writePlanner(store, planner, 60_000);
  expect(await warnings()).not.toContainEqual(sentence);
  expect(await client.listPlanners()).toMatchObject([{ id: "p", pid: 7, state: "running" }]);
  await removePlanner(store, "p");
  expect(await client.listPlanners()).toEqual([]);
});

test("a client whose clock is wrong does not miss that a planner leaves a backfill alone", async () => {
  const planner = { id: "p", host: "h", pid: 7, version: "1", startedMs: 1, project: "x" };
  await writePlanner(store, planner, 60_000);
  const behind = await connect(definition, { redisUrl: server.url, now: () => Date.UTC(2020, 0) });
  try {
    const id = await created();
    const codes = async () => (await behind.getBackfill(id)).attention.map(({ code }) => code);
    expect(await codes()).not.toContain("NO_PLANNER");
    // As if it were submitted a minute ago.
    await store.redis.hincrby(store.keys.backfill(id), "created", -60_000);
    expect(await codes()).toContain("NO_PLANNER");
  } finally {
    await behind.close();
    await removePlanner(store, "p");
  }
});

test("a pause by a budget needs attention, one by a person does not", async () => {
  const id = await created();
  await client.pauseBackfill(id, { reason: "lunch" });
  expect(await codesOf(id)).toEqual([]);
  await client.resumeBackfill(id);
  const pause = { mode: "drain", reason: "budget: 3 failed", cause: "budget" } as const;
  await setBackfillStatus(store, id, {
    ...{ to: "paused", from: ["running"], pause, actor: "planner", reason: pause.reason },
  });
  expect((await client.getBackfill(id)).attention).toEqual([
    {
      code: "PAUSED_BY_ITSELF",
      message: "It paused by itself: budget: 3 failed.",
      command: `infill backfill resume ${id}`,
    },
  ]);
});

test("a watch says that Redis is away, and goes on when it is back", async () => {
  const id = await created();
  let wasAway = false;
  for await (const { attention } of client.watchBackfill(id)) {
    const isAway = attention.some(({ code }) => code === "REDIS_AWAY");
    if (isAway && !wasAway) await server.restart();
    if (wasAway && !isAway) break;
    if (!isAway) await server.kill9();
    wasAway = isAway;
  }
  expect(wasAway).toBe(true);
});
