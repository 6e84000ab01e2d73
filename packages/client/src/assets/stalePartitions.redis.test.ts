import { type AnyAsset, asset, dep, project } from "@infill/core";
import { daily, multi, staticPartitions, timeWindowMapping } from "@infill/partitions";
import {
  openStateStore,
  type RegisteredAsset,
  registerAsset,
  registerProject,
  type StateStore,
} from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { connect } from "../connect.ts";
import { settle } from "../shared/settle.testing.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
const materialize = () => {};
const days = daily({ start: "2024-01-01", end: "2024-01-08" });
const regions = staticPartitions(["us", "eu"]);
const week = ["01", "02", "03", "04", "05", "06", "07"].map((day) => `2024-01-${day}`);
let store: StateStore;
let namespace = "";
let nowMs = Date.now();

beforeAll(async () => {
  store = await openStateStore(url, prefix, "test");
});
beforeEach(async () => {
  await store.close();
  namespace = testPrefix();
  store = await openStateStore(url, `${prefix}${namespace}`, "test");
  nowMs = Date.now();
});
afterAll(async () => {
  await store.close();
  await cleanPrefix(url, prefix);
});

const rawOf = (codeVersion: string) =>
  asset({ name: "raw", partitions: days, codeVersion, materialize });
const raw = rawOf("1");
const regional = asset({
  name: "regional",
  partitions: multi({ date: days, region: regions }),
  deps: [raw],
  materialize,
});
const running = asset({
  name: "running",
  partitions: days,
  deps: [dep("running", { mapping: timeWindowMapping({ startOffset: -1, endOffset: -1 }) }), raw],
  materialize,
});

async function register(...assets: AnyAsset[]): Promise<RegisteredAsset[]> {
  return [
    ...(await registerProject(store, project({ namespace: store.namespace, assets }))).values(),
  ];
}

/** The keys that a text selects of an asset, in a project of these assets. */
async function selected(assets: AnyAsset[], name: string, text: string): Promise<string[]> {
  const client = await connect(project({ namespace: store.namespace, assets }), {
    redisUrl: url,
    now: () => nowMs,
  });
  try {
    const { items } = await client.partitions.list(name, { partitions: text });
    return items.map(({ key }) => key);
  } finally {
    await client.close();
  }
}

test("partitions made by another code version are stale; failed and missing ones are not", async () => {
  const [first] = await register(raw);
  if (first === undefined) throw new Error("Bug: no asset");
  await settle(store, first, week.slice(0, 4), { nowMs });
  await settle(store, first, week.slice(3, 4), { nowMs, outcome: "failed" });
  const next = rawOf("2");
  await settle(store, await registerAsset(store, next), week.slice(0, 1), { nowMs });
  expect(await selected([next], "raw", ":stale")).toEqual(week.slice(1, 3));
  expect(await selected([next], "raw", ":stale(code) & !2024-01-02")).toEqual(["2024-01-03"]);
  expect(await selected([next], "raw", ":stale(upstream)")).toEqual([]);
  expect(await selected([raw], "raw", ":stale")).toEqual(["2024-01-01"]);
  const unversioned = rawOf("");
  expect(await selected([unversioned], "raw", ":stale")).toEqual([]);
});

test("partitions that settled before what they read are stale, over dimensions and over self-dependencies", async () => {
  const assets = [raw, regional, running];
  const [up, grid, self] = await register(...assets);
  if (up === undefined || grid === undefined || self === undefined)
    throw new Error("Bug: three assets");
  await settle(store, up, week, { nowMs });
  await settle(store, grid, ["2024-01-02|us", "2024-01-02|eu", "2024-01-03|us"], { nowMs });
  for (const day of week.slice(0, 5)) await settle(store, self, [day], { nowMs });
  expect(await selected(assets, "regional", ":stale")).toEqual([]);
  expect(await selected(assets, "running", ":stale")).toEqual([]);

  await settle(store, up, ["2024-01-02"], { nowMs });
  expect(await selected(assets, "regional", ":stale")).toEqual(["2024-01-02|us", "2024-01-02|eu"]);
  expect(await selected(assets, "regional", "region=us; :stale(upstream)")).toEqual([
    "2024-01-02|us",
  ]);
  expect(await selected(assets, "running", ":stale")).toEqual(week.slice(1, 5));
  await settle(store, self, ["2024-01-02"], { nowMs });
  expect(await selected(assets, "running", ":stale")).toEqual(week.slice(2, 5));
});

test("an age counts from the last settlement, whatever its outcome", async () => {
  const [first] = await register(raw);
  if (first === undefined) throw new Error("Bug: no asset");
  await settle(store, first, week.slice(0, 2), { nowMs });
  await settle(store, first, week.slice(1, 3), { nowMs, outcome: "failed" });
  expect(await selected([raw], "raw", ":older(1h)")).toEqual([]);
  nowMs += 3 * 86_400_000;
  expect(await selected([raw], "raw", ":older(2d)")).toEqual(week.slice(0, 3));
  expect(await selected([raw], "raw", ":older(2d) & :failed")).toEqual(week.slice(1, 3));
  expect(await selected([raw], "raw", ":older(1w)")).toEqual([]);
});

test("reprocessing stale partitions runs missing, failed and stale ones and everything downstream of them", async () => {
  const assets = [raw, regional];
  const [up, grid] = await register(...assets);
  if (up === undefined || grid === undefined) throw new Error("Bug: two assets");
  await settle(store, up, week.slice(0, 5), { nowMs });
  await settle(store, grid, ["2024-01-01|us", "2024-01-01|eu", "2024-01-02|us"], { nowMs });
  await settle(store, up, ["2024-01-02"], { nowMs });
  const client = await connect(project({ namespace: store.namespace, assets }), {
    redisUrl: url,
    now: () => nowMs,
  });
  try {
    const counts = async (mode: "failed" | "stale", names: string): Promise<unknown> => {
      const { assets: planned } = await client.backfills.preview({
        assets: names,
        reprocess: mode,
      });
      return planned.map(({ asset: name, upToDate, toRun }) => [name, upToDate, toRun]);
    };
    expect(await counts("failed", "regional")).toEqual([["regional", 3, 11]]);
    expect(await counts("stale", "regional")).toEqual([["regional", 2, 12]]);
    expect(await counts("stale", "*")).toEqual([
      ["raw", 5, 2],
      ["regional", 2, 12],
    ]);
  } finally {
    await client.close();
  }
});

test("staleness passes through any chain of edges, and stops at missing partitions", async () => {
  const report = asset({ name: "report", partitions: days, deps: [running], materialize });
  const assets = [raw, running, report];
  const [up, self, down] = await register(...assets);
  if (up === undefined || self === undefined || down === undefined)
    throw new Error("Bug: three assets");
  await settle(store, up, week, { nowMs });
  for (const day of [...week.slice(0, 4), ...week.slice(5)]) {
    await settle(store, self, [day], { nowMs });
    await settle(store, down, [day], { nowMs });
  }
  expect(await selected(assets, "report", ":stale")).toEqual([]);
  await settle(store, up, ["2024-01-02"], { nowMs });
  expect(await selected(assets, "raw", ":stale")).toEqual([]);
  expect(await selected(assets, "running", ":stale(upstream)")).toEqual(week.slice(1, 4));
  expect(await selected(assets, "report", ":stale(upstream)")).toEqual(week.slice(1, 4));

  const client = await connect(project({ namespace: store.namespace, assets }), {
    redisUrl: url,
    now: () => nowMs,
  });
  try {
    const request = { assets: "*", reprocess: "stale" as const };
    const { assets: planned } = await client.backfills.preview(request);
    expect(planned.map(({ asset: name, toRun }) => [name, toRun])).toEqual([
      ["raw", 0],
      ["running", 6],
      ["report", 6],
    ]);
    for (const day of week.slice(1)) {
      await settle(store, self, [day], { nowMs });
      await settle(store, down, [day], { nowMs });
    }
    expect(await client.assets.findGaps()).toMatchObject({ partitions: 0 });
  } finally {
    await client.close();
  }
});

test("lists and descriptions show stale partitions and the reason, through the chain, and no others", async () => {
  const leaf = asset({ name: "leaf", partitions: days, deps: [running], materialize });
  const assets = [raw, running, leaf];
  const [up, self, down] = await register(...assets);
  if (up === undefined || self === undefined || down === undefined)
    throw new Error("Bug: three assets");
  await settle(store, up, week, { nowMs });
  for (const day of week.slice(0, 5)) await settle(store, self, [day], { nowMs });
  await settle(store, down, week.slice(0, 5), { nowMs });
  await settle(store, up, ["2024-01-03"], { nowMs });
  const client = await connect(project({ namespace: store.namespace, assets }), {
    redisUrl: url,
    now: () => nowMs,
  });
  try {
    const staleOf = async (name: string) => {
      const { items } = await client.partitions.list(name);
      return items.flatMap(({ key, stale }) => (stale === true ? [key] : []));
    };
    const expected = week.slice(2, 5);
    expect([await staleOf("raw"), await staleOf("running"), await staleOf("leaf")]).toEqual([
      [],
      expected,
      expected,
    ]);
    for (const name of ["raw", "running", "leaf"])
      expect(await staleOf(name)).toEqual(await selected(assets, name, ":stale"));
    const counted = async (staleWithin?: number) =>
      (await client.assets.list(staleWithin === undefined ? {} : { staleWithin })).map(
        ({ stale }) => stale,
      );
    expect(await counted()).toEqual([0, 3, 3]);
    expect(await counted(16)).toEqual([undefined, undefined, undefined]);
    expect(await client.assets.get("leaf")).toMatchObject({ stale: 3 });
    expect(await client.partitions.get("leaf", "2024-01-04")).toMatchObject({
      status: "materialized",
      stale: true,
    });
    expect(await client.partitions.get("leaf", "2024-01-02")).not.toHaveProperty("stale");
    const why = await client.partitions.explain("leaf", "2024-01-04");
    expect(why).toMatchObject({ stale: true });
    expect(why.reasons.at(-1)).toMatchObject({
      kind: "stale",
      command: "infill backfill create +leaf --partitions 2024-01-04 --reprocess stale",
      partitions: [{ asset: "running", key: "2024-01-04" }],
    });
    expect((await client.partitions.explain("running", "2024-01-03")).reasons.at(-1)).toMatchObject(
      {
        kind: "stale",
        text: "It was made before these partitions that it reads:",
        partitions: [{ asset: "raw", key: "2024-01-03" }],
      },
    );
  } finally {
    await client.close();
  }
});
