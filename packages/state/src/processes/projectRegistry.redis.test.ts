import { cleanPrefix } from "@infill/test-support";
import { beforeEach, expect, test } from "vitest";
import { isAnyPlannerAlive, readPlanners, removePlanner, writePlanner } from "./plannerRegistry.ts";
import { newestVersions, olderAssets, readManifest, registerVersions } from "./projectRegistry.ts";
import { keyTable } from "../store/keyTable.testing.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();

beforeEach(() => cleanPrefix(store.url, store.namespace));

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

const root = store.keys.projectVersions.slice(0, -":versions".length);
const registerCall = (role: "run" | "plan", ...pairs: readonly string[]) => ({
  keys: [":versions", ":manifest:f1", ":index"],
  args: ["f1", role, ...pairs],
});
const manifested = (assets: Readonly<Record<string, string>>) => ({
  ":manifest:f1": assets,
  ":index": new Map([["f1", "now"]]),
});
const first = { "": "1", "sales 1": "1", sales: "1" };

keyTable(store, root, "register_project", [
  {
    title: "numbers versions in the order of their first registration",
    before: {},
    ...registerCall("plan", "sales", "1", "raw", "1"),
    reply: ["registered"],
    changes: {
      ...manifested({ sales: "1", raw: "1" }),
      ":versions": { "": "2", "sales 1": "1", sales: "1", "raw 1": "2", raw: "1" },
    },
    again: ["registered"],
  },
  {
    title: "a new version becomes the newest, and a process runs it",
    before: { ":versions": { ...first, "!sales 1": "1" }, ":index": new Map([["f0", "now-9m"]]) },
    ...registerCall("run", "sales", "2"),
    reply: ["registered"],
    changes: {
      ":manifest:f1": { sales: "2" },
      ":index": new Map([
        ["f0", "now-9m"],
        ["f1", "now"],
      ]),
      ":versions": {
        ...{ "": "2", "sales 1": "1", "!sales 1": "1", sales: "2" },
        ...{ "sales 2": "2", "!sales 2": "1" },
      },
    },
    again: ["registered"],
  },
  {
    title: "a known version keeps its sequence and does not become the newest",
    before: {
      ":versions": { ...first, "": "2", "sales 2": "2", sales: "2" },
      ":manifest:f1": { sales: "1", gone: "1" },
      ":index": new Map([["f1", "now-9m"]]),
    },
    ...registerCall("run", "sales", "1"),
    reply: ["registered"],
    changes: {
      ":versions": { ...first, "": "2", "sales 2": "2", sales: "2", "!sales 1": "1" },
      ":index": new Map([["f1", "now"]]),
    },
  },
  ...[{}, { "": "{" }].map((counter) => ({
    title: `continues after the highest sequence if the last one is ${"" in counter ? "unreadable" : "lost"}`,
    before: {
      ":versions": { "sales 1": "7", "raw 1": "x9", "!raw 2": "99", raw: "20", ...counter },
    },
    ...registerCall("plan", "sales", "2"),
    reply: ["registered"],
    changes: {
      ...manifested({ sales: "2" }),
      ":versions": {
        ...{ "sales 1": "7", "raw 1": "x9", "!raw 2": "99", raw: "20", "": "8" },
        ...{ "sales 2": "8", sales: "2" },
      },
    },
  })),
]);

const ran = {
  "": "2",
  "sales 1": "1",
  "!sales 1": "1",
  "sales 2": "2",
  "!sales 2": "1",
  sales: "2",
};
const prefer = (...triples: readonly string[]) => ({ keys: [":versions"], args: triples });

keyTable(store, root, "prefer_versions", [
  {
    title: "makes a known version the newest one again",
    before: { ":versions": ran },
    ...prefer("sales", "1", "2"),
    reply: ["preferred", 1],
    changes: { ":versions": { ...ran, "": "3", "sales 1": "3", sales: "1" } },
    again: ["preferred", 0],
  },
  {
    title: "leaves an asset of which another version is the newest meanwhile",
    before: { ":versions": { ...ran, "": "3", "sales 3": "3", "!sales 3": "1", sales: "3" } },
    ...prefer("sales", "1", "2"),
    reply: ["preferred", 0],
  },
  {
    title: "leaves an asset whose newest version no process has run",
    before: {
      ":versions": { "": "2", "sales 1": "1", "!sales 1": "1", "sales 2": "2", sales: "2" },
    },
    ...prefer("sales", "1", "2"),
    reply: ["preferred", 0],
  },
  {
    title: "prefers some of several assets",
    before: {
      ":versions": { ...ran, "raw 1": "1", raw: "1", "other 5": "1", "!other 5": "1", other: "5" },
    },
    ...prefer("raw", "0", "1", "sales", "1", "2", "other", "4", "5"),
    reply: ["preferred", 2],
    changes: {
      ":versions": {
        ...{ ...ran, "raw 1": "1", raw: "1", "other 5": "1", "!other 5": "1" },
        ...{ "": "4", "sales 1": "3", sales: "1", "other 4": "4", other: "4" },
      },
    },
  },
]);
