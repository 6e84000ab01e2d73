import { asset, project } from "@infill/core";
import { daily, hourly, multi, staticPartitions } from "@infill/partitions";
import { openStateStore, registerAsset, type StateStore } from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { InfillClient } from "../infillClient.ts";
import { connect } from "../connect.ts";
import { settle } from "../shared/settle.testing.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
const nowMs = Date.UTC(2024, 0, 8);
const materialize = () => {};
const days = daily({ start: "2024-01-01" });
const raw = asset({ name: "raw", partitions: days, materialize });
const grid = asset({
  name: "grid",
  partitions: multi({ date: days, region: staticPartitions(["us", "eu"]) }),
  deps: [raw],
  materialize,
});
const hours = asset({ name: "hours", partitions: hourly({ start: "2000-01-01" }), materialize });
let store: StateStore;
let client: InfillClient;

beforeAll(async () => {
  store = await openStateStore(url, prefix, "test");
  client = await connect(project({ namespace: prefix, assets: [raw, grid, hours] }), {
    redisUrl: url,
    now: () => nowMs,
  });
});
afterAll(async () => {
  await client.close();
  await store.close();
  await cleanPrefix(url, prefix);
});

test("gaps are found as texts that select them, and running them leaves none", async () => {
  const up = await registerAsset(store, raw);
  const down = await registerAsset(store, grid);
  const week = Array.from({ length: 7 }, (_, index) => `2024-01-0${index + 1}`);
  await settle(store, up, week.slice(0, 5), { nowMs });
  await settle(store, up, week.slice(4, 5), { nowMs, outcome: "failed" });
  await settle(store, down, ["2024-01-02|us", "2024-01-02|eu", "2024-01-03|us"], { nowMs });
  await settle(store, up, ["2024-01-02"], { nowMs });

  const { assets, partitions } = await client.assets.findGaps("raw+");
  expect(assets).toEqual([
    {
      asset: "raw",
      total: 7,
      missing: { partitions: 2, text: "[2024-01-06...2024-01-07]" },
      failed: { partitions: 1, text: "2024-01-05" },
      stale: { partitions: 0, text: "" },
      partitions: 3,
      inProgress: 0,
    },
    {
      asset: "grid",
      total: 14,
      missing: { partitions: 11, text: expect.any(String) },
      failed: { partitions: 0, text: "" },
      stale: { partitions: 2, text: "date=2024-01-02" },
      partitions: 13,
      inProgress: 0,
    },
  ]);
  expect(partitions).toBe(16);
  for (const { asset: name, missing, failed, stale } of assets) {
    const text = [missing, failed, stale].flatMap((gap) => (gap.text === "" ? [] : [gap.text]));
    const counts = await client.partitions.count(name, text.join(" || "));
    expect([counts.missing, counts.failed, counts.materialized]).toEqual([
      missing.partitions,
      failed.partitions,
      stale.partitions,
    ]);
  }

  const { assets: planned } = await client.backfills.preview({
    assets: "raw+",
    reprocess: "stale",
  });
  expect(planned.map(({ asset: name, toRun }) => [name, toRun])).toEqual([
    ["raw", 3],
    ["grid", 13],
  ]);
  await settle(store, up, week.slice(4), { nowMs });
  await settle(
    store,
    down,
    week.flatMap((day) => [`${day}|us`, `${day}|eu`]),
    { nowMs },
  );
  expect(await client.assets.findGaps("raw+")).toMatchObject({ partitions: 0 });
});

test("gaps that are too scattered are named by their word", async () => {
  const bits = Buffer.alloc(4_096, 0b10101010);
  for (const chunk of [8, 9])
    await store.redis.set(store.keys.plane("hours", "", "materialized", chunk), bits);
  const { assets } = await client.assets.findGaps("hours");
  expect(assets[0]?.missing.text).toBe(":missing");
  expect(assets[0]?.missing.partitions).toBe(
    (await client.partitions.count("hours", ":missing")).total,
  );
  await expect(client.assets.findGaps("nobody")).rejects.toMatchObject({
    code: "INFILL_ASSET_UNKNOWN",
  });
});
