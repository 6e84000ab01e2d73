import { asset, project, versionsOf } from "@infill/core";
import { staticPartitions } from "@infill/partitions";
import {
  leaseBackfill,
  openStateStore,
  registerAsset,
  registerVersions,
  type StateStore,
  writePlanner,
  writeWorker,
} from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { InfillClient } from "../infillClient.ts";
import { connect } from "../connect.ts";
import { start } from "../shared/settle.testing.ts";

const url = redisUrlForTests();
const namespace = testPrefix();
const assetOf = (codeVersion: string) =>
  asset({
    name: "a",
    codeVersion,
    partitions: staticPartitions(["x", "y", "z"]),
    materialize() {},
  });
const projectOf = (codeVersion: string) => project({ namespace, assets: [assetOf(codeVersion)] });
const old = projectOf("1");
const current = projectOf("2");
let client: InfillClient;
let store: StateStore;

beforeAll(async () => {
  client = await connect(current, { redisUrl: url });
  store = await openStateStore(url, namespace, "test");
  await registerVersions(store, versionsOf(old), "run");
});
afterAll(async () => {
  await client.close();
  await store.close();
  await cleanPrefix(url, namespace);
});

const entry = (id: string, of = current) => ({
  ...{ id, host: "h", pid: 7, version: "0.2.0", startedMs: 1_700_000_000_000 },
  project: versionsOf(of).fingerprint,
});
const worker = (id: string, of = current) => ({
  ...entry(id, of),
  ...{ pools: { default: 4, other: 2 }, state: "running" as const },
});

test("workers are listed with their slots, heartbeat, project and running partitions, including lost ones", async () => {
  expect(await client.workers.list()).toEqual([]);
  await writeWorker(store, worker("worker_b", old), 30_000);
  await writeWorker(store, worker("s"), 30_000);
  await writeWorker(store, worker("worker_lost"), -20_000);
  const foreign = { id: "worker_x", state: "updating", pools: 7, version: 3, leaseMs: "long" };
  await store.redis.set(store.keys.worker("worker_x"), JSON.stringify(foreign));
  await store.redis.zadd(store.keys.workerIndex, Date.now() + 60_000, "worker_x");
  const registered = await registerAsset(store, current.graph.assets.get("a") ?? assetOf("2"));
  await start(store, registered, ["x", "z"], { nowMs: Date.now() });

  const listed = await client.workers.list();
  expect(listed).toEqual([
    {
      ...{ id: "s", host: "h", pid: 7, version: "0.2.0", state: "running", slots: 6, running: 2 },
      startedAt: "2023-11-14T22:13:20.000Z",
      heartbeatAgeMs: expect.any(Number),
      project: versionsOf(current).fingerprint,
      isProjectOlder: false,
      pools: { default: 4, other: 2 },
    },
    expect.objectContaining({ id: "worker_b", running: 0, isProjectOlder: true }),
    expect.objectContaining({ id: "worker_lost", state: "lost", isProjectOlder: false }),
    {
      ...{ id: "worker_x", host: "unknown", pid: 0, version: "unknown", state: "updating" },
      ...{ isProjectOlder: false, pools: {}, slots: 0, running: 0 },
    },
  ]);
  expect(listed[0]?.heartbeatAgeMs).toBeGreaterThanOrEqual(0);
  expect(listed[0]?.heartbeatAgeMs).toBeLessThan(30_000);
});

test("a worker is found by its id or its only beginning, with its running partitions", async () => {
  const shown = await client.workers.get("s");
  expect(shown.partitions.map(({ asset: name, key }) => [name, key])).toEqual([
    ["a", "x"],
    ["a", "z"],
  ]);
  expect(await client.workers.get("worker_l")).toMatchObject({ id: "worker_lost", partitions: [] });
  for (const [id, sentence] of [
    ["worker_", /begins 3 worker ids/],
    ["nobody", /Unknown worker "nobody"/],
    ["", /begins 4/],
  ] as const)
    await expect(client.workers.get(id)).rejects.toMatchObject({
      code: "INFILL_WORKER_UNKNOWN",
      message: expect.stringMatching(sentence),
    });
});

test("planners are listed with the number of their backfills", async () => {
  await writePlanner(store, entry("planner_a"), 30_000);
  await writePlanner(store, entry("planner_b", old), 30_000);
  for (const owner of ["planner_a", "planner_a", "planner_gone"]) {
    const { id } = await client.backfills.create({ assets: "a", reprocess: "all" });
    await leaseBackfill(store, id ?? "", owner, 60_000);
  }
  expect(await client.planners.list()).toEqual([
    expect.objectContaining({ id: "planner_a", backfills: 2, isProjectOlder: false }),
    expect.objectContaining({ id: "planner_b", backfills: 0, isProjectOlder: true }),
  ]);
});
