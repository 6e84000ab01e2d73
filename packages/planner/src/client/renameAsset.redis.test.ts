import { type AnyAsset, asset, type Project, project } from "@infill/core";
import { daily, dynamicPartitions, multi, staticPartitions } from "@infill/partitions";
import {
  assetScope,
  claimPartitions,
  openStateStore,
  packBackfill,
  registerAsset,
  renameAsset,
  reservePartitions,
  sealLedger,
  setBackfillStatus,
  settlePartitions,
  valueScope,
} from "@infill/state";
import { redisUrlForTests } from "@infill/test-support";
import { expect, test } from "vitest";
import { submittedMs } from "../doctor/ledgerRestore.ts";
import { assetChangeScene } from "./assetChanges.testing.ts";
import type { InfillClient } from "./client.ts";

const scene = assetChangeScene();

const days = daily({ start: "2024-05-01", end: "2024-05-05" });
const firstDay = Date.UTC(2024, 4, 1) / 86_400_000;
const materialize = () => {};
const other = asset({ name: "other", partitions: days, materialize });

function daysNamed(name: string, timezone = "UTC"): AnyAsset {
  const partitions = daily({ start: "2024-05-01", end: "2024-05-05", timezone });
  return asset({ name, partitions, codeVersion: "1", materialize });
}

/** A project with `other`, and with an asset downstream of the first. */
function projectOf(...named: readonly AnyAsset[]): Project {
  return project({ namespace: scene.namespace, assets: [...named, other] });
}

const clientOf = (definition: Project): Promise<InfillClient> => scene.connect(definition);

/** A backfill of an asset and of `other`, of which some partitions of the first settle. @returns its id */
async function ran(
  client: InfillClient,
  definition: AnyAsset,
  lane: string,
  ordinals: readonly number[],
): Promise<string> {
  const { name } = definition;
  const request = { assets: `${name}, other`, reprocess: "all" as const };
  const { id = "" } = await client.createBackfill(request);
  const registered = await registerAsset(scene.store, definition);
  const places = ordinals.map((ordinal, at) => ({
    ...{ backfillId: id, lane, ordinal, claimNumber: at + 1 },
  }));
  const pages = places.map(({ ordinal }) => ({ lane, ordinals: [ordinal] }));
  await reservePartitions(scene.store, name, id, 10, pages);
  await claimPartitions(scene.store, registered, "s_1", 60_000, places);
  const settlements = places.map((place, index) => ({
    ...place,
    ...{ outcome: index === 1 ? ("failed" as const) : ("succeeded" as const) },
    ...{ attempt: 2, durationMs: 7 },
    note: JSON.stringify(index === 1 ? { name: "Error", message: "boom" } : { rows: index }),
  }));
  await settlePartitions(scene.store, registered, "s_1", settlements);
  return id;
}

/** As a planner ends what was canceled. */
async function end(client: InfillClient, id: string): Promise<void> {
  await client.cancelBackfill(id);
  await setBackfillStatus(scene.store, id, { to: "canceled", from: ["canceling"] });
}

async function keysOf(name: string): Promise<string[]> {
  return (await scene.store.redis.keys(`${scene.namespace}:*`)).filter((key) =>
    key.includes(`/${name}}`),
  );
}

async function findings(client: InfillClient): Promise<readonly string[]> {
  const report = await client.doctor({ patienceMs: 0 });
  return report.findings.map(({ check, problem }) => `${check}: ${problem}`);
}

/** All that a client tells of an asset, with its name left out. */
async function toldOf(client: InfillClient, name: string, id: string, keys: readonly string[]) {
  const partitions = [];
  for (const key of keys) partitions.push(await client.getPartition(name, key));
  const { byAsset, counts } = await client.getBackfill(id);
  const told = {
    partitions,
    counts: await client.countPartitions(name),
    ofBackfill: byAsset.find(({ asset: named }) => named === name)?.counts,
    backfill: counts,
    failures: (await client.listFailures(id)).groups.map(({ count }) => count),
    changes: (await client.listPartitionChanges(name)).items.filter(
      ({ what }) => what !== "asset_renamed",
    ),
  };
  return JSON.parse(JSON.stringify(told).replaceAll(`"${name}"`, '"*"')) as typeof told;
}

test("all that is kept of an asset goes on under its new name, and its backfills find it there", async () => {
  const sales = daysNamed("sales");
  const before = await clientOf(projectOf(sales));
  const places = [0, 1, 2, 3].map((day) => firstDay + day);
  const id = await ran(before, sales, "", places);
  await end(before, id);
  expect(await sealLedger(scene.store, "sales", id)).toBe("sealed");
  expect(await packBackfill(scene.store, id)).toBe("packed");
  const by = { actor: "ann", reason: "by hand" };
  await before.wipePartitions("sales", { partitions: "2024-05-04", ...by });
  const keys = [1, 2, 3, 4].map((day) => `2024-05-0${day}`);
  const told = await toldOf(before, "sales", id, keys);
  expect(told.counts).toMatchObject({ materialized: 2, failed: 1, missing: 1 });
  expect(told.failures).toEqual([1]);
  const moving = (await keysOf("sales")).length;

  const client = await clientOf(projectOf(daysNamed("orders")));
  expect(await client.previewRename("sales", "orders")).toMatchObject({
    ...{ stage: "new", isInProject: false, materialized: 2, failed: 1, ledgers: 1, usedBy: [] },
  });
  expect((await keysOf("sales")).length).toBe(moving);
  await client.renameAsset("sales", "orders", { actor: "ann", reason: "a better name" });
  expect(await keysOf("sales")).toEqual([]);
  expect(await toldOf(client, "orders", id, keys)).toEqual(told);
  expect(await findings(client)).toEqual([]);
  expect((await client.getBackfill(id)).request.assets).toBe("orders, other");
  const { items: events } = await client.listBackfillEvents(id);
  expect(events.at(-1)).toMatchObject({
    ...{ what: "asset_renamed", actor: "ann", reason: "a better name" },
    details: { from: "sales", to: "orders" },
  });
  const { items: changes } = await client.listPartitionChanges("orders");
  expect(changes[0]).toMatchObject({ what: "asset_renamed", actor: "ann" });

  const { reopened } = await client.retryBackfill(id, { only: "failed" });
  expect(reopened).toBe(1);
  const { id: next = "" } = await client.createBackfill({ assets: "orders", reprocess: "missing" });
  expect((await client.getBackfill(next)).counts).toMatchObject({ selected: 1 });
  expect(await findings(client)).toEqual([]);
});

test("static keys keep the ordinals that they were given, also where the new name was registered with others", async () => {
  const regional = (name: string, keys: readonly string[]) =>
    asset({
      ...{ name, materialize },
      partitions: multi({ date: days, region: staticPartitions([...keys]) }),
    });
  const old = regional("regional", ["us", "eu", "jp"]);
  const before = await clientOf(projectOf(old));
  // The day is the bit axis: the lane is the ordinal of `eu`.
  const id = await ran(before, old, "1", [firstDay, firstDay + 1]);
  await end(before, id);
  await registerAsset(scene.store, regional("areas", ["jp", "br", "us", "eu"]));
  const client = await clientOf(projectOf(regional("areas", ["jp", "us", "eu"])));
  await client.renameAsset("regional", "areas");
  const page = await client.listPartitions("areas", { status: "materialized" });
  expect(page.items.map(({ key }) => key)).toEqual(["2024-05-01|eu"]);
  const failed = await client.listPartitions("areas", { status: "failed" });
  expect(failed.items.map(({ key }) => key)).toEqual(["2024-05-02|eu"]);
  expect(await findings(client)).toEqual([]);
});

test("dynamic partitions stay, and so do hashes of more fields than one step copies", async () => {
  const shopsNamed = (name: string) =>
    asset({ name, partitions: dynamicPartitions({ name: "shops" }), materialize });
  const wide = (name: string) =>
    asset({
      ...{ name, materialize },
      partitions: staticPartitions(Array.from({ length: 2_345 }, (_, at) => `k${at}`)),
    });
  const before = await clientOf(projectOf(shopsNamed("shops"), wide("wide")));
  await before.addDynamicPartitions("shops", ["a", "b", "c"]);
  await before.markPartitions("shops", { partitions: "b" });
  await before.markPartitions("wide", { partitions: "k7,k2344" });
  const client = await clientOf(projectOf(shopsNamed("stores"), wide("broad")));
  await client.renameAsset("shops", "stores");
  await client.renameAsset("wide", "broad");
  const keysIn = async (name: string) =>
    (await client.listPartitions(name, { status: "materialized" })).items.map(({ key }) => key);
  expect([await keysIn("stores"), await keysIn("broad")]).toEqual([["b"], ["k7", "k2344"]]);
  expect(await client.countPartitions("broad")).toMatchObject({ total: 2_345, missing: 2_343 });
  expect(await findings(client)).toEqual([]);
});

test("recorded caps follow an asset to its new name, and go with one that is removed", async () => {
  const before = await clientOf(projectOf(daysNamed("sales")));
  await before.markPartitions("sales", { partitions: "2024-05-01" });
  const caps = () => scene.store.redis.hgetall(scene.store.keys.caps);
  const own = { [assetScope("sales")]: "3", [valueScope("sales", "date", 5)]: "2" };
  const others = { [assetScope("sales2")]: "1", "backfill:bf_x": "4" };
  await scene.store.redis.hset(scene.store.keys.caps, { ...own, ...others });
  const client = await clientOf(projectOf(daysNamed("orders")));
  await client.renameAsset("sales", "orders");
  const moved = { [assetScope("orders")]: "3", [valueScope("orders", "date", 5)]: "2" };
  expect(await caps()).toEqual({ ...moved, ...others });
  await client.removeAsset("orders");
  expect(await caps()).toEqual(others);
});

test("a rename is refused with its reason, and changes nothing", async () => {
  const sales = daysNamed("sales");
  const before = await clientOf(projectOf(sales, daysNamed("taken")));
  const id = await ran(before, sales, "", [firstDay]);
  await before.markPartitions("taken", { partitions: "2024-05-01" });
  const all = async () => (await scene.store.redis.keys(`${scene.namespace}:{asset/*`)).sort();
  const keys = await all();
  const orders = await clientOf(projectOf(daysNamed("orders"), daysNamed("taken")));
  await expect(orders.renameAsset("sales", "orders")).rejects.toMatchObject({
    code: "INFILL_ASSET_IN_USE",
    backfills: [id],
    message: expect.stringContaining(`infill backfill cancel ${id}`),
  });
  await before.cancelBackfill(id);
  await expect(orders.renameAsset("sales", "orders")).rejects.toMatchObject({
    code: "INFILL_ASSET_IN_USE",
  });
  await setBackfillStatus(scene.store, id, { to: "canceled", from: ["canceling"] });
  const refused = async (client: InfillClient, from: string, to: string, message: RegExp) => {
    for (const call of [client.previewRename(from, to), client.renameAsset(from, to)])
      await expect(call).rejects.toMatchObject({
        code: "INFILL_ASSET_RENAME",
        message: expect.stringMatching(message),
      });
  };
  await refused(orders, "sales", "sales", /two different names/);
  await refused(orders, "sales", "taken", /"taken" has state of its own/);
  await refused(orders, "sales", "unknown", /project has no asset "unknown"/);
  await refused(orders, "orders", "sales", /no state of "orders"/);
  const elsewhere = await clientOf(projectOf(daysNamed("orders", "Asia/Tokyo")));
  await refused(elsewhere, "sales", "orders", /recorded as ".*UTC", and "orders" .* Asia\/Tokyo"/);
  await expect(orders.renameAsset("nope", "orders")).rejects.toMatchObject({
    code: "INFILL_ASSET_UNKNOWN",
  });
  expect(await all()).toEqual(keys);
  await orders.renameAsset("sales", "orders");
  expect(await findings(orders)).toEqual([]);
});

test("what would write into an asset while it is renamed is refused, and no retry is lost", async () => {
  const sales = daysNamed("sales");
  const before = await clientOf(projectOf(sales));
  const days = [0, 1, 2, 3].map((day) => firstDay + day);
  const id = await ran(before, sales, "", days);
  await end(before, id);
  await scene.store.redis.hset(scene.store.keys.meta("sales"), {
    operation: "rename orders",
    epoch: "e",
  });
  const changing = { code: "INFILL_ASSET_CHANGING" };
  await expect(before.retryBackfill(id)).rejects.toMatchObject(changing);
  await expect(before.deleteBackfill(id)).rejects.toMatchObject(changing);
  await expect(sealLedger(scene.store, "sales", id)).rejects.toMatchObject(changing);
  await expect(registerAsset(scene.store, sales)).rejects.toMatchObject({
    message: expect.stringContaining("infill asset rename sales orders"),
  });
  const client = await clientOf(projectOf(daysNamed("orders")));
  await client.renameAsset("sales", "orders");
  await client.deleteBackfill(id);
  expect(await findings(client)).toEqual([]);
});

test("of processes that give the same command at once, all end with the asset renamed", async () => {
  const sales = daysNamed("sales");
  const before = await clientOf(projectOf(sales));
  const id = await ran(before, sales, "", [firstDay, firstDay + 1, firstDay + 2]);
  await end(before, id);
  const keys = ["2024-05-01", "2024-05-02"];
  const told = await toldOf(before, "sales", id, keys);
  const client = await clientOf(projectOf(daysNamed("orders")));
  const stores = await Promise.all(
    [1, 2, 3].map(() => openStateStore(redisUrlForTests(), scene.namespace, "test")),
  );
  await Promise.all(stores.map((each) => renameAsset(each, "sales", "orders", {}, submittedMs)));
  for (const each of stores) await each.close();
  expect(await keysOf("sales")).toEqual([]);
  expect(await toldOf(client, "orders", id, keys)).toEqual(told);
  expect(await findings(client)).toEqual([]);
});
