import { asset, project } from "@infill/core";
import { daily, dynamicPartitions, multi } from "@infill/partitions";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import type { InfillClient } from "./client.ts";
import { connect } from "./connect.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
let client: InfillClient;
let next = 1;

beforeEach(async () => {
  const regions = dynamicPartitions({ name: "regions" });
  const assets = [
    asset({ name: "regional", partitions: regions, materialize: () => {} }),
    asset({
      name: "byDay",
      partitions: multi({
        date: daily({ start: "2024-01-01", end: "2024-01-04" }),
        region: regions,
      }),
      materialize: () => {},
    }),
    asset({
      name: "customers",
      partitions: dynamicPartitions({ name: "customers" }),
      materialize: () => {},
    }),
  ];
  const defined = project({ namespace: `${prefix}-${next++}`, assets });
  client = await connect(defined, { redisUrl: url });
});
afterEach(() => client.close());
afterAll(() => cleanPrefix(url, prefix));

test("definitions are listed with their keys and the assets that have them", async () => {
  await client.addDynamicPartitions("regions", ["us", "eu", "us", "jp"]);
  await client.removeDynamicPartitions("regions", ["eu"]);
  expect(await client.listDynamicDefinitions()).toEqual([
    { name: "customers", keys: 0, removed: 0, assets: ["customers"] },
    { name: "regions", keys: 2, removed: 1, assets: ["regional", "byDay"] },
  ]);
  expect(await client.countPartitions("byDay")).toMatchObject({ total: 6 });
});

test("pages go on where the one before ended, in the order in which keys were added", async () => {
  await client.addDynamicPartitions("customers", ["z", "a", "m"]);
  const first = await client.listDynamicPartitions("customers", { limit: 2 });
  expect(first.items.map(({ key }) => key)).toEqual(["z", "a"]);
  const { nextCursor = "" } = first;
  const second = await client.listDynamicPartitions("customers", { limit: 2, cursor: nextCursor });
  expect(second).toMatchObject({ items: [{ key: "m" }] });
  expect(second.nextCursor).toBeUndefined();
  await expect(client.listDynamicPartitions("customers", { cursor: "nowhere" })).rejects.toThrow(
    "it is no place in the list",
  );
  await client.removeDynamicPartitions("customers", ["z"]);
  const removed = await client.listDynamicPartitions("customers", { removed: true });
  expect(removed.items.map(({ key }) => key)).toEqual(["z"]);
});

test("a list of keys goes on from its place when the last key shown was removed or added again", async () => {
  await client.addDynamicPartitions("customers", ["z", "a", "m", "b"]);
  await client.addDynamicPartitions("customers", ["k"]);
  const keysAfter = async (cursor: string, removed = false): Promise<string[]> =>
    (await client.listDynamicPartitions("customers", { cursor, removed })).items.map(
      ({ key }) => key,
    );
  const { nextCursor = "" } = await client.listDynamicPartitions("customers", { limit: 2 });
  await client.removeDynamicPartitions("customers", ["a", "m"]);
  expect(await keysAfter(nextCursor)).toEqual(["b", "k"]);
  const removed = await client.listDynamicPartitions("customers", { removed: true, limit: 1 });
  await client.addDynamicPartitions("customers", ["a"]);
  expect(await keysAfter(nextCursor)).toEqual(["b", "k", "a"]);
  expect(removed.items.map(({ key }) => key)).toEqual(["a"]);
  expect(await keysAfter(removed.nextCursor ?? "", true)).toEqual(["m"]);
  // As earlier versions wrote it.
  expect(await keysAfter("b")).toEqual(["k", "a"]);
});

test("a list of partitions goes on from its place when a key of a dimension was removed", async () => {
  await client.addDynamicPartitions("regions", ["us", "eu", "jp"]);
  const first = await client.listPartitions("byDay", { limit: 4 });
  expect(first.items.at(-1)?.key).toBe("2024-01-02|us");
  await client.removeDynamicPartitions("regions", ["us"]);
  const cursor = first.nextCursor ?? "";
  const rest = [1, 2].flatMap((at) => ["eu", "jp"].map((region) => `2024-01-0${at + 1}|${region}`));
  const keysAfter = async (): Promise<string[]> =>
    (await client.listPartitions("byDay", { cursor })).items.map(({ key }) => key);
  expect(await keysAfter()).toEqual(rest);
  await client.addDynamicPartitions("regions", ["us"]);
  expect(await keysAfter()).toEqual(
    [2, 3].flatMap((at) => ["eu", "jp", "us"].map((r) => `2024-01-0${at}|${r}`)),
  );
  const regional = await client.listPartitions("regional", { limit: 1 });
  await client.removeDynamicPartitions("regions", ["eu"]);
  const next = await client.listPartitions("regional", { cursor: regional.nextCursor ?? "" });
  expect(next.items.map(({ key }) => key)).toEqual(["jp", "us"]);
});

test("the history of a definition goes on from its place when changes are made between pages", async () => {
  for (const key of ["a", "b", "c"]) await client.addDynamicPartitions("customers", [key]);
  const first = await client.listDynamicChanges("customers", { limit: 1 });
  await client.removeDynamicPartitions("customers", ["c"]);
  const next = await client.listDynamicChanges("customers", { cursor: first.nextCursor ?? "" });
  expect(next.items.map(({ firstKeys }) => firstKeys)).toEqual([["b"], ["a"]]);
});

test("a change says what it did, a dry run what it would do, and the history who and why", async () => {
  expect(await client.addDynamicPartitions("regions", ["us", "eu"], { dryRun: true })).toEqual({
    name: "regions",
    changed: 2,
    unchanged: 0,
    unchangedKeys: [],
    assets: [],
  });
  expect((await client.listDynamicDefinitions())[1]?.keys).toBe(0);
  await client.addDynamicPartitions("regions", ["us", "eu"], { actor: "ada", reason: "opened" });
  await client.markPartitions("byDay", { partitions: "2024-01-01|us, 2024-01-02|us" });
  const removed = await client.removeDynamicPartitions("regions", ["us", "nowhere"]);
  expect(removed).toEqual({
    name: "regions",
    changed: 1,
    unchanged: 1,
    unchangedKeys: ["nowhere"],
    assets: [{ asset: "byDay", materialized: 2, failed: 0, inProgress: 0 }],
  });
  expect(await client.countPartitions("byDay")).toMatchObject({ total: 3, materialized: 0 });
  const back = await client.addDynamicPartitions("regions", ["us"]);
  expect(back.assets).toEqual(removed.assets);
  expect(await client.countPartitions("byDay")).toMatchObject({ total: 6, materialized: 2 });
  const { items } = await client.listDynamicChanges("regions");
  expect(items).toMatchObject([
    { what: "added", keys: 1, firstKeys: ["us"], actor: "" },
    { what: "removed", keys: 1, firstKeys: ["us"] },
    { what: "added", keys: 2, firstKeys: ["us", "eu"], actor: "ada", reason: "opened" },
  ]);
});

test.each([
  [["ok", ""], "INFILL_PARTITION_KEY_INVALID"],
  [["ok", " padded"], "INFILL_PARTITION_KEY_INVALID"],
  [["ok", "a\u0000b"], "INFILL_PARTITION_KEY_INVALID"],
  [["ok", "us|eu"], "INFILL_PARTITION_KEY_INVALID"],
  [["ok", "x".repeat(513)], "INFILL_PARTITION_KEY_INVALID"],
])("of the keys %j none is added", async (keys, code) => {
  await expect(client.addDynamicPartitions("regions", keys)).rejects.toMatchObject({ code });
  expect((await client.listDynamicDefinitions())[1]?.keys).toBe(0);
});

test("keys that look like anything else are keys, and equal ones in two forms are one", async () => {
  const odd = ["__proto__", "constructor", "{x}", "a|b", "007", "-1", "=1+1", "../..", "null"];
  await client.addDynamicPartitions("customers", [...odd, "e\u0301", "\u00e9"]);
  const { items } = await client.listDynamicPartitions("customers");
  expect(items.map(({ key }) => key)).toEqual([...odd, "\u00e9"]);
  expect(await client.getPartition("customers", "__proto__")).toMatchObject({ status: "missing" });
});

test("a name that no definition has is refused with the nearest", async () => {
  const refused = { code: "INFILL_DYNAMIC_UNKNOWN", message: /did you mean "regions"\?$/ };
  for (const call of [
    () => client.addDynamicPartitions("region", ["us"]),
    () => client.removeDynamicPartitions("region", ["us"]),
    () => client.listDynamicPartitions("region"),
    () => client.listDynamicChanges("region"),
  ])
    await expect(call()).rejects.toMatchObject({
      code: refused.code,
      message: expect.stringMatching(refused.message),
    });
});

test("a hundred thousand keys are added, counted and mapped without listing", async () => {
  const keys = Array.from({ length: 100_000 }, (_, at) => `customer ${at}`);
  expect((await client.addDynamicPartitions("customers", keys)).changed).toBe(100_000);
  expect((await client.previewBackfill({ assets: "customers" })).toRun).toBe(100_000);
  expect(
    (await client.previewBackfill({ assets: "customers", partitions: ":latest(3)" })).toRun,
  ).toBe(3);
});
