import { asset, newBackfillId, project } from "@infill/core";
import {
  allPartitions,
  daily,
  hourly,
  multi,
  type PartitionsDefinition,
  requirePartition,
  staticPartitions,
  subsetFromKeys,
} from "@infill/partitions";
import {
  claimPartitions,
  openLedger,
  openStateStore,
  registerAsset,
  reservePartitions,
  type StateStore,
  settlePartitions,
} from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { connect } from "../connect.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
const now = () => Date.UTC(2024, 0, 11);
let store: StateStore;
let name = "";
let next = 1;

beforeAll(async () => {
  store = await openStateStore(url, prefix, "test");
});
beforeEach(() => {
  name = `asset${next++}`;
});
afterAll(async () => {
  await store.close();
  await cleanPrefix(url, prefix);
});

const assetOf = (partitions: PartitionsDefinition) =>
  asset({ name, partitions, materialize: () => {} });

/** Settles partitions under a definition, as a worker does. */
async function materialized(
  partitions: PartitionsDefinition,
  keys: readonly string[],
): Promise<void> {
  const registered = await registerAsset(store, assetOf(partitions));
  const context = { nowMs: now() };
  const backfillId = newBackfillId(now());
  await openLedger(store, registered, backfillId, subsetFromKeys(partitions, keys, context));
  const places = keys.map((key, index) => ({
    backfillId,
    ...registered.ordinals.addressOf(requirePartition(partitions, key, context)),
    claimNumber: index + 1,
  }));
  const pages = places.map(({ lane, ordinal }) => ({ lane, ordinals: [ordinal] }));
  await reservePartitions(store, name, backfillId, 1_000, pages);
  await claimPartitions(store, registered, "s", 60_000, places);
  const settlements = places.map((place) => ({
    ...place,
    outcome: "succeeded" as const,
    attempt: 1,
    durationMs: 1,
    note: undefined,
  }));
  expect(await settlePartitions(store, registered, "s", settlements)).toEqual(
    keys.map(() => "settled"),
  );
}

/** The materialized keys under this definition, and how many partitions it has. */
async function seen(partitions: PartitionsDefinition): Promise<{ keys: string[]; total: number }> {
  const client = await connect(project({ namespace: prefix, assets: [assetOf(partitions)] }), {
    redisUrl: url,
    now,
  });
  try {
    const { items } = await client.partitions.list(name, { status: "materialized", limit: 10_000 });
    for (const { lastSettlement } of items) expect(lastSettlement?.outcome).toBe("succeeded");
    return {
      keys: items.map(({ key }) => key),
      total: (await client.partitions.count(name)).total,
    };
  } finally {
    await client.close();
  }
}

test("P17: time windows keep their state when start moves five years earlier or later, and end moves", async () => {
  const days = ["2024-01-03", "2024-01-07"];
  await materialized(daily({ start: "2024-01-01", timezone: "America/New_York" }), days);
  const zone = { timezone: "America/New_York" };
  expect(await seen(daily({ start: "2019-01-01", ...zone }))).toEqual({ keys: days, total: 1_835 });
  expect(await seen(daily({ start: "2024-01-05", ...zone }))).toEqual({
    keys: ["2024-01-07"],
    total: 5,
  });
  expect(await seen(daily({ start: "2024-01-01", end: "2024-01-05", ...zone }))).toEqual({
    keys: ["2024-01-03"],
    total: 4,
  });
  expect(await seen(daily({ start: "2029-01-01", ...zone }))).toEqual({ keys: [], total: 0 });
  expect(await seen(daily({ start: "2024-01-01", ...zone }))).toEqual({ keys: days, total: 9 });
});

test("hourly windows keep their state across a clock change when start moves", async () => {
  const at = { timezone: "America/New_York" };
  const keys = ["2023-11-05-01:00", "2023-11-05-01:00-0500", "2023-11-05-02:00"];
  await materialized(hourly({ start: "2023-11-01", ...at }), keys);
  expect((await seen(hourly({ start: "2018-11-01", ...at }))).keys).toEqual(keys);
});

test("P17: static keys keep their state when others are inserted in front, reordered, removed and put back", async () => {
  await materialized(staticPartitions(["us", "eu", "jp"]), ["eu", "jp"]);
  expect((await seen(staticPartitions(["br", "us", "eu", "jp"]))).keys).toEqual(["eu", "jp"]);
  expect((await seen(staticPartitions(["jp", "us", "eu"]))).keys).toEqual(["jp", "eu"]);
  expect(await seen(staticPartitions(["us", "br"]))).toEqual({ keys: [], total: 2 });
  expect((await seen(staticPartitions(["cn", "eu", "us"]))).keys).toEqual(["eu"]);
  expect((await seen(staticPartitions(["us", "eu", "jp"]))).keys).toEqual(["eu", "jp"]);
});

test("multi-partitions keep their state when one dimension's keys change", async () => {
  const of = (start: string, regions: readonly string[]) =>
    multi({
      date: daily({ start }),
      region: staticPartitions(regions),
      tier: staticPartitions(["a", "b"]),
    });
  const keys = ["2024-01-02|eu|a", "2024-01-03|us|b"];
  await materialized(of("2024-01-01", ["us", "eu"]), keys);
  expect((await seen(of("2019-01-01", ["jp", "eu", "us"]))).keys).toEqual(keys);
  expect((await seen(of("2024-01-01", ["us"]))).keys).toEqual(["2024-01-03|us|b"]);
  expect((await seen(of("2024-01-01", ["us", "eu"]))).keys).toEqual(keys);
});

test.each<[string, PartitionsDefinition, PartitionsDefinition]>([
  ["cadence", daily({ start: "2024-01-01" }), hourly({ start: "2024-01-01" })],
  [
    "zone",
    daily({ start: "2024-01-01" }),
    daily({ start: "2024-01-01", timezone: "Europe/Berlin" }),
  ],
  [
    "dimension name",
    multi({ date: daily({ start: "2024-01-01" }), region: staticPartitions(["us"]) }),
    multi({ date: daily({ start: "2024-01-01" }), area: staticPartitions(["us"]) }),
  ],
])(
  "a changed %s is refused for this asset, and the error names both definitions",
  async (_what, before, after) => {
    const context = { nowMs: now() };
    const registered = await registerAsset(store, assetOf(before));
    await openLedger(store, registered, newBackfillId(now()), allPartitions(before, context));
    const other = asset({ name: `${name}_other`, materialize: () => {} });
    const client = await connect(project({ namespace: prefix, assets: [assetOf(after), other] }), {
      redisUrl: url,
      now,
    });
    try {
      const refused = { code: "INFILL_DEFINITION_CHANGED" };
      await expect(client.assets.get(name)).rejects.toMatchObject(refused);
      await expect(client.backfills.create({ assets: name })).rejects.toMatchObject(refused);
      await expect(registerAsset(store, assetOf(after))).rejects.toThrow(
        /recorded as ".+" and now defined as ".+"/,
      );
      const [changed, kept] = await client.assets.list();
      expect(changed?.problem).toMatch(/infill asset reset/);
      expect(kept?.problem).toBeUndefined();
      expect((await client.backfills.create({ assets: other.name })).id).toMatch(/^bf_/);
      expect((await client.assets.findGaps()).unfit).toMatchObject([{ asset: name }]);
    } finally {
      await client.close();
    }
  },
);
