import { asset } from "@infill/core";
import {
  countSubset,
  daily,
  dynamicPartitions,
  equalSubsets,
  hourly,
  minutely,
  multi,
  type PartitionsDefinition,
  staticPartitions,
  subsetFromKeys,
} from "@infill/partitions";
import { beforeEach, expect, test } from "vitest";
import {
  inspectAsset,
  markPartitions,
  migrateAsset,
  newTileLayout,
  previewKept,
  readAssetPlane,
  registerAsset,
  type RegisteredAsset,
} from "../index.ts";
import { openTestStore } from "../store/openTestStore.testing.ts";

const store = await openTestStore();
let name = "";
let nextAsset = 1;

beforeEach(() => {
  name = `asset${nextAsset++}`;
});

const firstDay = Date.UTC(2024, 0, 1) / 86_400_000;
const shops = (count: number) => Array.from({ length: count }, (_, shop) => `shop${shop}`);
const sales = (count: number, start = "2024-01-01"): PartitionsDefinition =>
  multi({ date: daily({ start }), shop: staticPartitions(shops(count)) });
const assetOf = (partitions: PartitionsDefinition) =>
  asset({ name, partitions, materialize: () => {} });
const context = { nowMs: Date.UTC(2024, 5, 1) };
const keys = ["2024-01-01|shop0", "2024-01-01|shop2", "2024-02-10|shop2", "2024-03-01|shop1"];

async function materialized(registered: RegisteredAsset): Promise<boolean> {
  const { asset: of, ordinals } = registered;
  const wanted = subsetFromKeys(of.partitions, keys, context);
  const lanes = await readAssetPlane(store, name, "materialized", ordinals.lanesOf(wanted));
  const found = ordinals.subsetOf(lanes);
  return countSubset(found) === keys.length && equalSubsets(found, wanted);
}

async function mark(registered: RegisteredAsset): Promise<void> {
  const subset = subsetFromKeys(registered.asset.partitions, keys, context);
  await markPartitions(store, registered, subset, { what: "marked" });
}

const date = daily({ start: "2024-01-01" });
test.each([
  ["one axis", date, undefined],
  ["one key beside the bit axis", multi({ date, shop: staticPartitions(["a"]) }), undefined],
  ["3 keys", sales(3), { axis: 0, width: 4, base: firstDay }],
  ["100 keys", sales(100), { axis: 0, width: 64, base: firstDay }],
  [
    "keys that are not listed",
    multi({ date, shop: dynamicPartitions({ name: "s" }) }),
    { axis: 0, width: 16, base: firstDay },
  ],
  [
    "the larger of two axes",
    multi({ date, area: staticPartitions(shops(5)), shop: staticPartitions(shops(40)) }),
    { axis: 1, width: 64, base: firstDay },
  ],
  [
    "minutes for two centuries",
    multi({
      minute: minutely({ start: "2000-01-01", minutes: 1 }),
      shop: staticPartitions(shops(100)),
    }),
    { axis: 0, width: 16, base: 30 * 525_600 + 7 * 1_440 },
  ],
  [
    "no time axis",
    multi({ area: staticPartitions(shops(5)), shop: staticPartitions(shops(40)) }),
    { axis: 0, width: 8, base: 0 },
  ],
])("the layout of a new asset: %s", (_, partitions, layout) => {
  expect(newTileLayout(partitions)).toEqual(layout);
});

test("a layout stays when keys are added and the start moves", async () => {
  const before = await registerAsset(store, assetOf(sales(3)));
  await mark(before);
  const after = await registerAsset(store, assetOf(sales(200, "2023-06-01")));
  expect(after.ordinals.tile).toEqual(before.ordinals.tile);
  expect(await materialized(after)).toBe(true);
  const looked = await inspectAsset(store, assetOf(sales(200)));
  expect(looked).toMatchObject({ ordinals: { tile: before.ordinals.tile } });
});

test("an asset without a recorded layout keeps a key for each lane, until its state is moved", async () => {
  const made = assetOf(sales(3));
  await registerAsset(store, made);
  await store.redis.hdel(store.keys.meta(name), "tile");
  const old = await registerAsset(store, made);
  expect(old.ordinals.tile).toBeUndefined();
  await mark(old);
  expect(await store.redis.exists(store.keys.plane(name, "2", "materialized", 0))).toBe(1);
  expect(await previewKept(store, made, context)).toMatchObject({ materialized: 4, dropped: 0 });
  await migrateAsset(store, made, { actor: "test", reason: "" }, () => 0);
  const moved = await registerAsset(store, made);
  expect(moved.ordinals.tile).toEqual({ axis: 0, width: 4, base: firstDay });
  expect(await materialized(moved)).toBe(true);
  expect(await store.redis.exists(store.keys.plane(name, "2", "materialized", 0))).toBe(0);
  await expect(migrateAsset(store, made, { actor: "test", reason: "" }, () => 0)).rejects.toThrow(
    "already fits its state",
  );
});

test("state moves to another zone and to its layout at once", async () => {
  const hours = (timezone: string) =>
    multi({
      hour: hourly({ start: "2024-01-01", timezone }),
      shop: staticPartitions(shops(3)),
    });
  const old = await registerAsset(store, assetOf(hours("UTC")));
  const wanted = ["2024-01-02-03:00|shop2", "2024-01-09-00:00|shop0"];
  const subset = subsetFromKeys(old.asset.partitions, wanted, context);
  await markPartitions(store, old, subset, { what: "marked" });
  const made = assetOf(hours("Europe/Berlin"));
  await migrateAsset(store, made, { actor: "test", reason: "" }, () => 0);
  const { ordinals } = await registerAsset(store, made);
  const same = subsetFromKeys(
    made.partitions,
    ["2024-01-02-04:00|shop2", "2024-01-09-01:00|shop0"],
    context,
  );
  const lanes = await readAssetPlane(store, name, "materialized", ordinals.lanesOf(same));
  expect(equalSubsets(ordinals.subsetOf(lanes), same)).toBe(true);
});

test.each(["x", "0:3:5", "1:4:0", "0:64:"])(
  "an asset with an unreadable layout is reported: %s",
  async (text) => {
    const made = assetOf(sales(3));
    await registerAsset(store, made);
    await store.redis.hset(store.keys.meta(name), "tile", text);
    await expect(registerAsset(store, made)).rejects.toMatchObject({
      code: "INFILL_STATE_UNREADABLE",
    });
  },
);
