import { asset, project } from "@infill/core";
import { daily, dynamicPartitions, multi } from "@infill/partitions";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import type { InfillClient } from "../infillClient.ts";
import { connect } from "../connect.ts";

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

test("definitions are listed with their keys and their assets", async () => {
  await client.dynamic.add("regions", ["us", "eu", "us", "jp"]);
  await client.dynamic.remove("regions", ["eu"]);
  expect(await client.dynamic.listDefinitions()).toEqual([
    { name: "customers", keys: 0, removed: 0, assets: ["customers"] },
    { name: "regions", keys: 2, removed: 1, assets: ["regional", "byDay"] },
  ]);
  expect(await client.partitions.count("byDay")).toMatchObject({ total: 6 });
});

test("each page continues where the one before ended, in the order of additions", async () => {
  await client.dynamic.add("customers", ["z", "a", "m"]);
  const first = await client.dynamic.list("customers", { limit: 2 });
  expect(first.items.map(({ key }) => key)).toEqual(["z", "a"]);
  const { nextCursor = "" } = first;
  const second = await client.dynamic.list("customers", { limit: 2, cursor: nextCursor });
  expect(second).toMatchObject({ items: [{ key: "m" }] });
  expect(second.nextCursor).toBeUndefined();
  await expect(client.dynamic.list("customers", { cursor: "nowhere" })).rejects.toThrow(
    "it is not a place in the list",
  );
  await client.dynamic.remove("customers", ["z"]);
  const removed = await client.dynamic.list("customers", { removed: true });
  expect(removed.items.map(({ key }) => key)).toEqual(["z"]);
});

test("a list of keys continues from its place if the last listed key was removed or added again", async () => {
  await client.dynamic.add("customers", ["z", "a", "m", "b"]);
  await client.dynamic.add("customers", ["k"]);
  const keysAfter = async (cursor: string, removed = false): Promise<string[]> =>
    (await client.dynamic.list("customers", { cursor, removed })).items.map(({ key }) => key);
  const { nextCursor = "" } = await client.dynamic.list("customers", { limit: 2 });
  await client.dynamic.remove("customers", ["a", "m"]);
  expect(await keysAfter(nextCursor)).toEqual(["b", "k"]);
  const removed = await client.dynamic.list("customers", { removed: true, limit: 1 });
  await client.dynamic.add("customers", ["a"]);
  expect(await keysAfter(nextCursor)).toEqual(["b", "k", "a"]);
  expect(removed.items.map(({ key }) => key)).toEqual(["a"]);
  expect(await keysAfter(removed.nextCursor ?? "", true)).toEqual(["m"]);
  // In the form of earlier versions.
  expect(await keysAfter("b")).toEqual(["k", "a"]);
});

test("a list of partitions continues from its place if a key of a dimension was removed", async () => {
  await client.dynamic.add("regions", ["us", "eu", "jp"]);
  const first = await client.partitions.list("byDay", { limit: 4 });
  expect(first.items.at(-1)?.key).toBe("2024-01-02|us");
  await client.dynamic.remove("regions", ["us"]);
  const cursor = first.nextCursor ?? "";
  const rest = [1, 2].flatMap((at) => ["eu", "jp"].map((region) => `2024-01-0${at + 1}|${region}`));
  const keysAfter = async (): Promise<string[]> =>
    (await client.partitions.list("byDay", { cursor })).items.map(({ key }) => key);
  expect(await keysAfter()).toEqual(rest);
  await client.dynamic.add("regions", ["us"]);
  expect(await keysAfter()).toEqual(
    [2, 3].flatMap((at) => ["eu", "jp", "us"].map((r) => `2024-01-0${at}|${r}`)),
  );
  const regional = await client.partitions.list("regional", { limit: 1 });
  await client.dynamic.remove("regions", ["eu"]);
  const next = await client.partitions.list("regional", { cursor: regional.nextCursor ?? "" });
  expect(next.items.map(({ key }) => key)).toEqual(["jp", "us"]);
});

test("the history of a definition continues from its place if changes are made between pages", async () => {
  for (const key of ["a", "b", "c"]) await client.dynamic.add("customers", [key]);
  const first = await client.dynamic.listChanges("customers", { limit: 1 });
  await client.dynamic.remove("customers", ["c"]);
  const next = await client.dynamic.listChanges("customers", { cursor: first.nextCursor ?? "" });
  expect(next.items.map(({ firstKeys }) => firstKeys)).toEqual([["b"], ["a"]]);
});

test("a change reports its effects, a dry run those it would have, and the history has actor and reason", async () => {
  expect(await client.dynamic.add("regions", ["us", "eu"], { dryRun: true })).toEqual({
    name: "regions",
    changed: 2,
    unchanged: 0,
    unchangedKeys: [],
    assets: [],
  });
  expect((await client.dynamic.listDefinitions())[1]?.keys).toBe(0);
  await client.dynamic.add("regions", ["us", "eu"], { actor: "ada", reason: "opened" });
  await client.partitions.mark("byDay", { partitions: "2024-01-01|us, 2024-01-02|us" });
  const removed = await client.dynamic.remove("regions", ["us", "nowhere"]);
  expect(removed).toEqual({
    name: "regions",
    changed: 1,
    unchanged: 1,
    unchangedKeys: ["nowhere"],
    assets: [{ asset: "byDay", materialized: 2, failed: 0, inProgress: 0 }],
  });
  expect(await client.partitions.count("byDay")).toMatchObject({ total: 3, materialized: 0 });
  const back = await client.dynamic.add("regions", ["us"]);
  expect(back.assets).toEqual(removed.assets);
  expect(await client.partitions.count("byDay")).toMatchObject({ total: 6, materialized: 2 });
  const { items } = await client.dynamic.listChanges("regions");
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
])("none of the keys %j is added", async (keys, code) => {
  await expect(client.dynamic.add("regions", keys)).rejects.toMatchObject({ code });
  expect((await client.dynamic.listDefinitions())[1]?.keys).toBe(0);
});

test("keys that look like other syntax are accepted, and two forms of one key are equal", async () => {
  const odd = ["__proto__", "constructor", "{x}", "a|b", "007", "-1", "=1+1", "../..", "null"];
  await client.dynamic.add("customers", [...odd, "e\u0301", "\u00e9"]);
  const { items } = await client.dynamic.list("customers");
  expect(items.map(({ key }) => key)).toEqual([...odd, "\u00e9"]);
  expect(await client.partitions.get("customers", "__proto__")).toMatchObject({
    status: "missing",
  });
});

test("an unknown definition is refused with the nearest name", async () => {
  const refused = { code: "INFILL_DYNAMIC_UNKNOWN", message: /did you mean "regions"\?$/ };
  for (const call of [
    () => client.dynamic.add("region", ["us"]),
    () => client.dynamic.remove("region", ["us"]),
    () => client.dynamic.list("region"),
    () => client.dynamic.listChanges("region"),
  ])
    await expect(call()).rejects.toMatchObject({
      code: refused.code,
      message: expect.stringMatching(refused.message),
    });
});

test("a hundred thousand keys are added, counted and mapped without listing", async () => {
  const keys = Array.from({ length: 100_000 }, (_, at) => `customer ${at}`);
  expect((await client.dynamic.add("customers", keys)).changed).toBe(100_000);
  expect((await client.backfills.preview({ assets: "customers" })).toRun).toBe(100_000);
  expect(
    (await client.backfills.preview({ assets: "customers", partitions: ":latest(3)" })).toRun,
  ).toBe(3);
});
