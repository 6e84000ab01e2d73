import { openStateStore, removePlanner, type StateStore, writePlanner } from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PlannerWatch } from "./plannerWatch.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
let store: StateStore;
beforeAll(async () => {
  store = await openStateStore(url, prefix, "test");
});
afterAll(async () => {
  await store.close();
  await cleanPrefix(url, prefix);
});

test("a worker without jobs logs once that backfills are active and no planner is running", async () => {
  const told: unknown[] = [];
  const log = {
    info() {},
    warn: (message: string, fields?: object) => void told.push([message, fields]),
    error() {},
  };
  const watch = new PlannerWatch(store, log);
  await watch.look(0);
  expect(told).toEqual([]);
  await store.redis.sadd(store.keys.activeBackfills, "bf_1", "bf_2");
  await watch.look(3);
  expect(told).toEqual([]);
  await watch.look(0);
  await watch.look(0);
  const warning = [expect.stringContaining("infill planner start"), { backfills: 2 }];
  expect(told).toEqual([warning]);
  const planner = { id: "p", host: "h", pid: 1, version: "1", startedMs: 1, project: "x" };
  await writePlanner(store, planner, 60_000);
  await watch.look(0);
  await removePlanner(store, "p");
  await watch.look(0);
  expect(told).toEqual([warning, warning]);
});
