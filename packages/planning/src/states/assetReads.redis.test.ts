import { asset, type AnyAsset } from "@infill/core";
import {
  countSubset,
  hourly,
  integers,
  minutely,
  multi,
  type PartitionsSubset,
  staticPartitions,
  subsetFromKeys,
} from "@infill/partitions";
import { chunkOrdinals, openStateStore, registerAsset, type StateStore } from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { AssetReads } from "./assetReads.ts";
import { type PartitionStatuses, statusesWithin } from "./partitionStatuses.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
const context = { nowMs: Date.UTC(2020, 0, 1) };
const materialize = () => {};
const statuses = ["all", "missing", "materialized", "failed", "in_progress"] as const;
let store: StateStore;

beforeAll(async () => {
  store = await openStateStore(url, prefix, "test");
});
afterEach(() => void vi.restoreAllMocks());
afterAll(async () => {
  await store.close();
  await cleanPrefix(url, prefix);
});

/** Reads of one asset, and the bitmaps that they have asked for. */
async function readsOf(of: AnyAsset) {
  const registered = await registerAsset(store, of);
  const read = vi.spyOn(store.redis, "mgetBuffer");
  const asked = () => read.mock.calls.flat(2);
  return {
    registered,
    asked,
    reads: new AssetReads(store, new Map([[of.name, registered]]), context),
  };
}

/** Sets bits of the partitions of some keys. */
async function mark(
  { registered }: Awaited<ReturnType<typeof readsOf>>,
  plane: "materialized" | "failed" | "in_progress",
  subset: PartitionsSubset,
): Promise<void> {
  for (const { lane, ordinals } of registered.ordinals.lanesOf(subset))
    for (const ordinal of integers(ordinals)) {
      const key = store.keys.plane(
        registered.asset.name,
        lane,
        plane,
        Math.floor(ordinal / chunkOrdinals),
      );
      await store.redis.setbit(key, ordinal % chunkOrdinals, 1);
    }
}

const countsOf = (found: PartitionStatuses) => statuses.map((status) => countSubset(found[status]));

test("the statuses of a few partitions of a large asset are read without the others", async () => {
  const minutes = asset({
    name: "minutes",
    partitions: minutely({ minutes: 1, start: "1990-01-01", end: "2010-01-01" }),
    materialize,
  });
  const world = await readsOf(minutes);
  const { reads, asked, registered } = world;
  const keys = (...names: string[]) => subsetFromKeys(minutes.partitions, names, context);
  await mark(world, "materialized", keys("2000-05-01-00:00", "2000-05-01-00:01"));
  await mark(world, "failed", keys("2000-05-01-00:01", "2000-05-01-00:02"));
  await mark(world, "in_progress", keys("2000-05-01-00:03"));
  await mark(world, "materialized", keys("1991-01-01-00:00"));
  const few = subsetFromKeys(
    registered.asset.partitions,
    ["2000-05-01-00:00", "2000-05-01-00:01", "2000-05-01-00:02", "2000-05-01-00:03"],
    context,
  );
  const near = await reads.statusesNear("minutes", few);
  expect(asked()).toHaveLength(3);
  expect(countsOf(statusesWithin(near, few))).toEqual([4, 1, 1, 2, 1]);
  // Those of the same chunk are known, too.
  await reads.statusesNear("minutes", keys("2000-05-01-01:00"));
  expect(asked()).toHaveLength(3);
  // One of another chunk is read.
  const far = keys("1991-01-01-00:00");
  expect(countsOf(statusesWithin(await reads.statusesNear("minutes", far), far))).toEqual([
    1, 0, 1, 0, 0,
  ]);
  expect(asked()).toHaveLength(6);
  const whole = await reads.statuses("minutes");
  expect(countsOf(statusesWithin(whole, few))).toEqual([4, 1, 1, 2, 1]);
  expect(await reads.statusesNear("minutes", few)).toBe(whole);
});

test("of partitions in many chunks the whole asset is read, once", async () => {
  const years = asset({
    name: "years",
    partitions: minutely({ minutes: 1, start: "1990-01-01", end: "2010-01-01" }),
    materialize,
  });
  const { reads, asked } = await readsOf(years);
  const days = Array.from(
    { length: 40 },
    (_, index) => `${1990 + (index % 20)}-0${1 + 6 * Math.floor(index / 20)}-01-00:00`,
  );
  const subset = subsetFromKeys(years.partitions, days, context);
  expect(await reads.statusesNear("years", subset)).toBe(await reads.statuses("years"));
  expect(new Set(asked()).size).toBe(asked().length);
});

test("near partitions of several dimensions are those whose lanes share a bitmap", async () => {
  const grid = asset({
    name: "grid",
    partitions: multi({
      hour: hourly({ start: "2000-01-01", end: "2010-01-01" }),
      tenant: staticPartitions(Array.from({ length: 200 }, (_, index) => `t${index}`)),
    }),
    materialize,
  });
  const world = await readsOf(grid);
  const { reads, asked } = world;
  const keys = (...names: string[]) => subsetFromKeys(grid.partitions, names, context);
  await mark(world, "materialized", keys("2004-01-01-00:00|t3", "2004-01-01-00:00|t150"));
  const few = keys("2004-01-01-00:00|t3", "2004-01-01-00:00|t4");
  const near = await reads.statusesNear("grid", few);
  expect(countsOf(statusesWithin(near, few))).toEqual([2, 1, 1, 0, 0]);
  expect(asked()).toHaveLength(3);
  const other = keys("2004-01-01-00:00|t150");
  expect(countsOf(statusesWithin(await reads.statusesNear("grid", other), other))).toEqual([
    1, 0, 1, 0, 0,
  ]);
});
