import { asset, project, versionsOf } from "@infill/core";
import { staticPartitions } from "@infill/partitions";
import {
  leaseBackfill,
  openStateStore,
  registerVersions,
  removePlanner,
  removeWorker,
  setBackfillStatus,
  type StateStore,
  writePlanner,
  writeWorker,
} from "@infill/state";
import { eventually, type RedisServer, startRedis } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { InfillClient } from "../infillClient.ts";
import { connect } from "../connect.ts";

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
  const { id } = await client.backfills.create({ assets: "a", reprocess: "all" });
  if (id === undefined) throw new Error("nothing was to run");
  return id;
}

async function codesOf(id: string): Promise<string[]> {
  return (await client.backfills.get(id)).attention.map(({ code }) => code);
}

test("a backfill without planner and worker says so, with the commands that help", async () => {
  const id = await created();
  expect((await client.backfills.get(id)).attention).toEqual([
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

test("a submission and its preview warn that no planner is running, until one is", async () => {
  const planner = { id: "p", host: "h", pid: 7, version: "1", startedMs: 1, project: "x" };
  const warnings = async () => (await client.backfills.preview({ assets: "a" })).warnings;
  const sentence = expect.stringContaining("infill planner start");
  expect(await warnings()).toContainEqual(sentence);
  const { preview } = await client.backfills.create({ assets: "a", reprocess: "all" });
  expect(preview.warnings).toContainEqual(sentence);
  await writePlanner(store, planner, 60_000);
  expect(await warnings()).not.toContainEqual(sentence);
  expect(await client.planners.list()).toMatchObject([{ id: "p", pid: 7, state: "running" }]);
  await removePlanner(store, "p");
  expect(await client.planners.list()).toEqual([]);
});

test("a client with a wrong clock still notices that a planner leaves a backfill alone", async () => {
  const planner = { id: "p", host: "h", pid: 7, version: "1", startedMs: 1, project: "x" };
  await writePlanner(store, planner, 60_000);
  const behind = await connect(definition, { redisUrl: server.url, now: () => Date.UTC(2020, 0) });
  try {
    const id = await created();
    const codes = async () => (await behind.backfills.get(id)).attention.map(({ code }) => code);
    expect(await codes()).not.toContain("NO_PLANNER");
    // As if it had been submitted a minute ago.
    await store.redis.hincrby(store.keys.backfill(id), "created", -60_000);
    await store.redis.del(store.keys.backfillLog(id));
    expect(await codes()).toContain("NO_PLANNER");
    // A planner takes a moment to adopt a resumed one, too.
    await client.backfills.pause(id);
    await client.backfills.resume(id);
    expect(await codes()).not.toContain("NO_PLANNER");
  } finally {
    await behind.close();
    await removePlanner(store, "p");
  }
});

test("a pause by a budget needs attention, a pause by a person does not", async () => {
  const id = await created();
  await client.backfills.pause(id, { reason: "lunch" });
  expect(await codesOf(id)).toEqual([]);
  await client.backfills.resume(id);
  // Some reasons are whole sentences, for example that of a changed definition.
  const pause = { mode: "drain", reason: "budget: 3 failed.", cause: "budget" } as const;
  await setBackfillStatus(store, id, {
    ...{ to: "paused", from: ["running"], pause, actor: "planner", reason: pause.reason },
  });
  expect((await client.backfills.get(id)).attention).toEqual([
    {
      code: "PAUSED_BY_ITSELF",
      message: "It paused by itself: budget: 3 failed.",
      command: `infill backfill resume ${id}`,
    },
  ]);
});

test("workers and planners with a project older than the backfill's are reported, with a remedy", async () => {
  const old = project({
    namespace: "attention",
    assets: [
      asset({
        ...{ name: "a", codeVersion: "0", partitions: staticPartitions(["x", "y"]) },
        materialize() {},
      }),
    ],
  });
  const unrelated = project({
    namespace: "attention",
    assets: [asset({ name: "b", materialize() {} })],
  });
  const process = { host: "here", pid: 1, version: "1", startedMs: 1 };
  const work = (id: string, of: typeof old, pools: Record<string, number> = { default: 2 }) =>
    writeWorker(
      store,
      { ...process, id, pools, state: "running", project: versionsOf(of).fingerprint },
      60_000,
    );
  for (const each of [old, unrelated, definition])
    await registerVersions(store, versionsOf(each), "run");
  await removeWorker(store, "worker_x");
  const id = await created();
  const told = async () =>
    (await client.backfills.get(id)).attention.map(({ code, message }) => [code, message]);

  const plan = (of: typeof old) =>
    writePlanner(
      store,
      { ...process, id: "planner_y", project: versionsOf(of).fingerprint },
      60_000,
    );
  await plan(old);
  await work("worker_1", old);
  expect(await told()).toEqual([
    ["NO_PLANNER", expect.stringMatching(/^The only planner runs an older project than this/)],
    ["OLDER_WORKERS", expect.stringMatching(/^The only worker runs an older .* Restart it\.$/)],
  ]);
  await plan(definition);
  // A process that can run it gets a moment first.
  expect((await told()).map(([code]) => code)).toEqual(["OLDER_WORKERS"]);
  await removePlanner(store, "planner_y");
  await leaseBackfill(store, id, "planner_x", 60_000);

  // A project without the asset counts as older.
  await work("worker_2", unrelated);
  expect((await client.backfills.get(id)).attention).toEqual([
    {
      code: "OLDER_WORKERS",
      message:
        "All 2 workers run an older project than this backfill was planned with, so its partitions wait. Restart them.",
      command: "infill worker start",
    },
  ]);
  await work("worker_3", definition);
  // A worker of another pool does not count.
  await work("worker_4", old, { other: 2 });
  expect((await client.backfills.get(id)).attention).toEqual([
    {
      code: "OLDER_WORKERS",
      message:
        "2 of 3 workers run an older project than this backfill was planned with, and leave it to the others. Restart them.",
      command: "infill worker list",
    },
  ]);
  await work("worker_1", definition);
  expect(await told()).toEqual([["OLDER_WORKERS", expect.stringMatching(/^1 of 3 workers runs /)]]);
  await work("worker_2", definition);
  expect(await told()).toEqual([]);
  for (const worker of ["worker_1", "worker_2", "worker_3", "worker_4"])
    await removeWorker(store, worker);
});

test("a watch reports that Redis is away, and continues when it is back", async () => {
  const id = await created();
  let wasAway = false;
  for await (const { attention } of client.backfills.watch(id)) {
    const isAway = attention.some(({ code }) => code === "REDIS_AWAY");
    if (isAway && !wasAway) await server.restart();
    if (wasAway && !isAway) break;
    if (!isAway) await server.kill9();
    wasAway = isAway;
  }
  expect(wasAway).toBe(true);
});

test("a watch that begins just after Redis has gone waits for it like a running one", async () => {
  const id = await created();
  let isTold = false;
  const impatient = await connect(definition, {
    ...{ redisUrl: server.url, redisPatienceMs: 300 },
    onRedisWait: () => {
      isTold = true;
    },
  });
  try {
    await server.kill9();
    const updates = impatient.backfills.watch(id)[Symbol.asyncIterator]();
    const first = updates.next();
    // By then it has waited longer than any other command of this client.
    await eventually(() => isTold, { timeoutMs: 20_000, what: "word of the wait" });
    await server.restart();
    expect((await first).value).toMatchObject({ id });
    await updates.return?.();
  } finally {
    await impatient.close();
  }
});
