import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { isAnyPlannerAlive, readPlanners, removePlanner, writePlanner } from "./plannerRegistry.ts";
import { newestVersions, olderAssets, readManifest, registerVersions } from "./projectRegistry.ts";
import { openStateStore, type StateStore } from "../store/stateStore.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
let store: StateStore;
let next = 1;

beforeEach(async () => {
  store = await openStateStore(url, `${prefix}-${next++}`, "test");
});
afterEach(() => store.close());
afterAll(() => cleanPrefix(url, prefix));

const old = { fingerprint: "a1", assets: new Map(Object.entries({ sales: "1", raw: "1" })) };
const fresh = { fingerprint: "b2", assets: new Map(Object.entries({ sales: "2", raw: "1" })) };

const planner = (id: string, project: string) => ({
  ...{ id, project, host: "h", pid: 1, version: "0.1.0", startedMs: 1 },
});

test("of two versions of an asset, the one registered first is the older one", async () => {
  await registerVersions(store, old, "run");
  await registerVersions(store, fresh, "plan");
  expect(await olderAssets(store, old.assets, fresh.assets)).toEqual(["sales"]);
  expect(await olderAssets(store, fresh.assets, old.assets)).toEqual([]);
  expect(await olderAssets(store, new Map(), old.assets)).toEqual(["sales", "raw"]);
  expect(await newestVersions(store, ["sales", "raw", "other"])).toEqual(
    new Map(Object.entries({ sales: "2", raw: "1" })),
  );
  expect(await readManifest(store, "a1", ["sales", "other"])).toEqual(new Map([["sales", "1"]]));
});

test("an unregistered version is newer than any known one", async () => {
  await registerVersions(store, old, "run");
  expect(await olderAssets(store, old.assets, new Map([["sales", "draft"]]))).toEqual(["sales"]);
});

test.each(["{", "", "3"])(
  "a newest version %j that nobody has registered is not known",
  async (version) => {
    await registerVersions(store, old, "run");
    await store.redis.hset(store.keys.projectVersions, "sales", version);
    expect(await newestVersions(store, ["sales", "raw"])).toEqual(new Map([["raw", "1"]]));
  },
);

test("an old process that starts during a rolling deploy stays old, and after a rollback it is the newest", async () => {
  await registerVersions(store, old, "run");
  await writePlanner(store, planner("planner_new", "b2"), 60_000);
  await registerVersions(store, fresh, "run");
  await registerVersions(store, old, "run");
  expect(await olderAssets(store, old.assets, fresh.assets)).toEqual(["sales"]);
  await removePlanner(store, "planner_new");
  await registerVersions(store, old, "run");
  expect(await olderAssets(store, old.assets, fresh.assets)).toEqual([]);
  expect(await olderAssets(store, fresh.assets, old.assets)).toEqual(["sales"]);
});

test("an old process does not become newer than a version that a client planned and no process runs yet", async () => {
  await registerVersions(store, old, "run");
  await registerVersions(store, fresh, "plan");
  await registerVersions(store, old, "run");
  expect(await olderAssets(store, old.assets, fresh.assets)).toEqual(["sales"]);
});

test("a planner is alive until its heartbeat is overdue, and an unreadable entry hides no other", async () => {
  expect(await isAnyPlannerAlive(store)).toBe(false);
  await writePlanner(store, planner("planner_a", "a1"), 60_000);
  await writePlanner(store, planner("planner_b", "b2"), -1_000);
  await store.redis.set(store.keys.planner("planner_c"), "{");
  await store.redis.zadd(store.keys.plannerIndex, Date.now() + 60_000, "planner_c");
  expect(await isAnyPlannerAlive(store)).toBe(true);
  const listed = (await readPlanners(store)).map(({ id, isAlive }) => `${id} ${isAlive}`);
  expect(listed.toSorted()).toEqual(["planner_a true", "planner_b false"]);
});

test("only the newest two hundred projects are remembered", async () => {
  for (let at = 0; at < 203; at++)
    await registerVersions(store, { fingerprint: `f${at}`, assets: new Map() }, "plan");
  expect(await store.redis.zcard(store.keys.projectIndex)).toBe(200);
});
