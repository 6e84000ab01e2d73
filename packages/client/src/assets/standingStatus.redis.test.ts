import { asset, project } from "@infill/core";
import { daily } from "@infill/partitions";
import {
  openStateStore,
  type RegisteredAsset,
  registerProject,
  type StateStore,
} from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { InfillClient } from "../infillClient.ts";
import { connect } from "../connect.ts";
import { settle, start } from "../shared/settle.testing.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
const nowMs = Date.UTC(2024, 5, 1);
const materialize = () => {};
const days = daily({ start: "2024-01-01", end: "2024-01-08" });
const week = ["01", "02", "03", "04", "05", "06", "07"].map((day) => `2024-01-${day}`);
const sales = asset({ name: "sales", partitions: days, materialize });
const report = asset({ name: "report", partitions: days, deps: [sales], materialize });
const definition = project({ namespace: prefix, assets: [sales, report] });
let store: StateStore;
let client: InfillClient;

/**
 * Of sales, five days are materialized and one failed; one of each kind runs again, and one runs
 * for the first time.
 */
beforeAll(async () => {
  store = await openStateStore(url, prefix, "test");
  const registered = await registerProject(store, definition);
  const found = (name: string): RegisteredAsset => {
    const one = registered.get(name);
    if (one === undefined) throw new Error(`Bug: no ${name}`);
    return one;
  };
  await settle(store, found("sales"), week.slice(0, 5), { nowMs });
  await settle(store, found("sales"), week.slice(5, 6), { nowMs, outcome: "failed" });
  await settle(store, found("report"), week.slice(0, 5), { nowMs });
  await start(store, found("sales"), week.slice(4), { nowMs });
  client = await connect(definition, { redisUrl: url, now: () => nowMs });
});
afterAll(async () => {
  await client.close();
  await store.close();
  await cleanPrefix(url, prefix);
});

test("a partition that runs again keeps its standing status in counts and lists", async () => {
  const counts = { total: 7, missing: 1, materialized: 5, failed: 1, inProgress: 3 };
  expect(await client.partitions.count("sales")).toEqual(counts);
  expect((await client.assets.get("sales")).counts).toEqual(counts);
  const { items } = await client.partitions.list("sales", { status: "in_progress" });
  expect(items.map(({ key, status, standing }) => [key, status, standing])).toEqual([
    ["2024-01-05", "in_progress", "materialized"],
    ["2024-01-06", "in_progress", "failed"],
    ["2024-01-07", "in_progress", "missing"],
  ]);
  const materialized = await client.partitions.list("sales", { status: "materialized" });
  expect(materialized.items.map(({ key }) => key)).toEqual(week.slice(0, 5));
  expect(await client.partitions.count("sales", ":missing, :failed")).toMatchObject({ total: 2 });
});

test("reprocessing missing partitions leaves out a materialized one that runs again, and its downstream partitions", async () => {
  const { assets, warnings } = await client.backfills.preview({
    assets: "sales+",
    partitions: "[...2024-01-05]",
    reprocess: "missing",
  });
  expect(assets.map(({ asset: name, toRun, upToDate }) => [name, toRun, upToDate])).toEqual([
    ["sales", 0, 5],
    ["report", 0, 5],
  ]);
  expect(warnings.filter((text) => text.includes("not materialized"))).toEqual([]);
  const all = await client.backfills.preview({ assets: "sales", reprocess: "missing" });
  expect(all.toRun).toBe(1);
});

test("an upstream partition that runs again counts as materialized; one that runs for the first time does not", async () => {
  const { warnings } = await client.backfills.preview({
    assets: "report",
    partitions: "[2024-01-04...]",
    reprocess: "all",
  });
  const [warning, ...others] = warnings.filter((text) => text.includes("not materialized"));
  expect(others).toEqual([]);
  expect(warning).toContain("2 partitions");
  expect(warning).toContain("2 of them run now");
});

test("gaps use standing statuses, also of running partitions, and count how many run", async () => {
  const { assets, inProgress } = await client.assets.findGaps("*");
  expect(inProgress).toBe(2);
  expect(assets[0]).toMatchObject({
    missing: { partitions: 1, text: "2024-01-07" },
    failed: { partitions: 1, text: "2024-01-06" },
    // One that is materialized runs too; it is no gap.
    inProgress: 2,
  });
});
