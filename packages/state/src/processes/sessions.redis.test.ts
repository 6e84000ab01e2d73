import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lapseSessions, openStateStore, type StateStore } from "../index.ts";
import { openTableScene } from "../store/tableScene.testing.ts";

const prefix = testPrefix();
const url = redisUrlForTests();
let store: StateStore;

beforeAll(async () => {
  store = await openStateStore(url, prefix, "test");
});
afterAll(async () => {
  await store.close();
  await cleanPrefix(url, prefix);
});

test.each([
  ["a start counts as a death", "R s1 7 1 0 now bf_A", "L s1 7 1 1 now bf_A"],
  [
    "a start keeps its lapses and free starts",
    "R s1 7 4 1.2.3 now bf_A",
    "L s1 7 4 2.2.3 now bf_A",
  ],
  ["a suspect that did not start is no death", "R s1 7 3 2 0 bf_A", "L s1 7 2 2 0 bf_A"],
  [
    "a suspect that did not start keeps its lapses and free starts",
    "R s1 7 3 1.1.1 0 bf_A",
    "L s1 7 2 1.1.1 0 bf_A",
  ],
])("lapse_sessions: %s", async (_, entry, lapsed) => {
  const other = "R s2 1 1 0 now bf_A";
  const waiting = "W s1 5 1 0 now bf_A";
  const scene = await openTableScene(store, {
    claims: { 0: entry, 1: other, 2: waiting },
    inProgress: [0, 1],
    ledgers: { bf_A: { queued: [0, 1] } },
  });
  const name = scene.registered.asset.name;
  await store.redis.zadd(store.keys.sessions(name), "1", "s1", "8e15", "s2");
  expect(await lapseSessions(store, name)).toBe(1);
  expect(await scene.readState()).toEqual({
    claims: { 0: lapsed, 1: other, 2: waiting },
    inProgress: [1],
    ledgers: {
      bf_A: { queued: [0, 1], counts: "2 queued, 1 in progress, 0 succeeded, 0 failed" },
    },
    told: ["bf_A  r 0;"],
  });
  expect(await store.redis.zrange(store.keys.sessions(name), "0", "-1")).toEqual(["s2"]);
});
