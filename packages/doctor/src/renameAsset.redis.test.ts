import { type AnyAsset, asset, project, type Project, submittedMs } from "@infill/core";
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
import type { InfillClient } from "@infill/client";
import { assetChangeScene } from "./assetChanges.testing.ts";

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

/** A backfill of an asset and of `other`; some partitions of the first settle. @returns its id */
async function ran(
  client: InfillClient,
  definition: AnyAsset,
  lane: string,
  ordinals: readonly number[],
): Promise<string> {
  const { name } = definition;
  const request = { assets: `${name}, other`, reprocess: "all" as const };
  const { id = "" } = await client.backfills.create(request);
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

/** Everything that a client shows of an asset, without its name. */
async function toldOf(client: InfillClient, name: string, id: string, keys: readonly string[]) {
  const partitions = [];
  for (const key of keys) partitions.push(await client.partitions.get(name, key));
  const { byAsset, counts } = await client.backfills.get(id);
  const told = {
    partitions,
    counts: await client.partitions.count(name),
    ofBackfill: byAsset.find(({ asset: named }) => named === name)?.counts,
    backfill: counts,
    failures: (await client.backfills.listFailures(id)).groups.map(({ count }) => count),
    changes: (await client.partitions.listChanges(name)).items.filter(
      ({ what }) => what !== "asset_renamed",
    ),
  };
  return JSON.parse(JSON.stringify(told).replaceAll(`"${name}"`, '"*"')) as typeof told;
}

test("an asset's whole state continues under its new name, and its backfills find it there", async () => {
  const sales = daysNamed("sales");
  const before = await scene.connect(projectOf(sales));
  const places = [0, 1, 2, 3].map((day) => firstDay + day);
  const id = await ran(before, sales, "", places);
  await scene.endBackfill(before, id);
  expect(await sealLedger(scene.store, "sales", id)).toBe("sealed");
  expect(await packBackfill(scene.store, id)).toBe("packed");
  const by = { actor: "ann", reason: "by hand" };
  await before.partitions.wipe("sales", { partitions: "2024-05-04", ...by });
  const keys = [1, 2, 3, 4].map((day) => `2024-05-0${day}`);
  const told = await toldOf(before, "sales", id, keys);
  expect(told.counts).toMatchObject({ materialized: 2, failed: 1, missing: 1 });
  expect(told.failures).toEqual([1]);
  const moving = (await scene.keysOf("sales")).length;

  const client = await scene.connect(projectOf(daysNamed("orders")));
  expect(await client.assets.previewRename("sales", "orders")).toMatchObject({
    ...{ stage: "new", isInProject: false, materialized: 2, failed: 1, ledgers: 1, usedBy: [] },
  });
  expect((await scene.keysOf("sales")).length).toBe(moving);
  await client.assets.rename("sales", "orders", { actor: "ann", reason: "a better name" });
  expect(await scene.keysOf("sales")).toEqual([]);
  expect(await toldOf(client, "orders", id, keys)).toEqual(told);
  expect(await scene.findings(client)).toEqual([]);
  expect((await client.backfills.get(id)).request.assets).toBe("orders, other");
  const { items: events } = await client.backfills.listEvents(id);
  expect(events.at(-1)).toMatchObject({
    ...{ what: "asset_renamed", actor: "ann", reason: "a better name" },
    details: { from: "sales", to: "orders" },
  });
  const { items: changes } = await client.partitions.listChanges("orders");
  expect(changes[0]).toMatchObject({ what: "asset_renamed", actor: "ann" });

  const { reopened } = await client.backfills.retry(id, { only: "failed" });
  expect(reopened).toBe(1);
  const { id: next = "" } = await client.backfills.create({
    assets: "orders",
    reprocess: "missing",
  });
  expect((await client.backfills.get(next)).counts).toMatchObject({ selected: 1 });
  expect(await scene.findings(client)).toEqual([]);
});

test("static keys keep their ordinals, even if the new name was registered with others", async () => {
  const regional = (name: string, keys: readonly string[]) =>
    asset({
      ...{ name, materialize },
      partitions: multi({ date: days, region: staticPartitions([...keys]) }),
    });
  const old = regional("regional", ["us", "eu", "jp"]);
  const before = await scene.connect(projectOf(old));
  const { ordinals } = await registerAsset(scene.store, old);
  // The day is the bit axis; `eu` has the ordinal 1.
  const [first, second] = [0, 1].map((day) => ordinals.addressOf([1, firstDay + day]));
  const id = await ran(before, old, first?.lane ?? "", [first?.ordinal ?? 0, second?.ordinal ?? 0]);
  await scene.endBackfill(before, id);
  await registerAsset(scene.store, regional("areas", ["jp", "br", "us", "eu"]));
  const client = await scene.connect(projectOf(regional("areas", ["jp", "us", "eu"])));
  await client.assets.rename("regional", "areas");
  const page = await client.partitions.list("areas", { status: "materialized" });
  expect(page.items.map(({ key }) => key)).toEqual(["2024-05-01|eu"]);
  const failed = await client.partitions.list("areas", { status: "failed" });
  expect(failed.items.map(({ key }) => key)).toEqual(["2024-05-02|eu"]);
  expect(await scene.findings(client)).toEqual([]);
});

test("dynamic partitions are copied, and so are hashes with more fields than one step copies", async () => {
  const shopsNamed = (name: string) =>
    asset({ name, partitions: dynamicPartitions({ name: "shops" }), materialize });
  const wide = (name: string) =>
    asset({
      ...{ name, materialize },
      partitions: staticPartitions(Array.from({ length: 2_345 }, (_, at) => `k${at}`)),
    });
  const before = await scene.connect(projectOf(shopsNamed("shops"), wide("wide")));
  await before.dynamic.add("shops", ["a", "b", "c"]);
  await before.partitions.mark("shops", { partitions: "b" });
  await before.partitions.mark("wide", { partitions: "k7,k2344" });
  const client = await scene.connect(projectOf(shopsNamed("stores"), wide("broad")));
  await client.assets.rename("shops", "stores");
  await client.assets.rename("wide", "broad");
  const keysIn = async (name: string) =>
    (await client.partitions.list(name, { status: "materialized" })).items.map(({ key }) => key);
  expect([await keysIn("stores"), await keysIn("broad")]).toEqual([["b"], ["k7", "k2344"]]);
  expect(await client.partitions.count("broad")).toMatchObject({ total: 2_345, missing: 2_343 });
  expect(await scene.findings(client)).toEqual([]);
});

test("recorded caps follow an asset to its new name, and are deleted with a removed one", async () => {
  const before = await scene.connect(projectOf(daysNamed("sales")));
  await before.partitions.mark("sales", { partitions: "2024-05-01" });
  const caps = () => scene.store.redis.hgetall(scene.store.keys.caps);
  const own = { [assetScope("sales")]: "3", [valueScope("sales", "date", 5)]: "2" };
  const others = { [assetScope("sales2")]: "1", "backfill:bf_x": "4" };
  await scene.store.redis.hset(scene.store.keys.caps, { ...own, ...others });
  const client = await scene.connect(projectOf(daysNamed("orders")));
  await client.assets.rename("sales", "orders");
  const moved = { [assetScope("orders")]: "3", [valueScope("orders", "date", 5)]: "2" };
  expect(await caps()).toEqual({ ...moved, ...others });
  await client.assets.remove("orders");
  expect(await caps()).toEqual(others);
});

test("an impossible rename is refused with its reason and changes nothing", async () => {
  const sales = daysNamed("sales");
  const before = await scene.connect(projectOf(sales, daysNamed("taken")));
  const id = await ran(before, sales, "", [firstDay]);
  await before.partitions.mark("taken", { partitions: "2024-05-01" });
  const all = async () => (await scene.store.redis.keys(`${scene.namespace}:{asset/*`)).sort();
  const keys = await all();
  const orders = await scene.connect(projectOf(daysNamed("orders"), daysNamed("taken")));
  await expect(orders.assets.rename("sales", "orders")).rejects.toMatchObject({
    code: "INFILL_ASSET_IN_USE",
    backfills: [id],
    message: expect.stringContaining(`infill backfill cancel ${id}`),
  });
  await before.backfills.cancel(id);
  await expect(orders.assets.rename("sales", "orders")).rejects.toMatchObject({
    code: "INFILL_ASSET_IN_USE",
  });
  await setBackfillStatus(scene.store, id, { to: "canceled", from: ["canceling"] });
  const refused = async (client: InfillClient, from: string, to: string, message: RegExp) => {
    for (const call of [client.assets.previewRename(from, to), client.assets.rename(from, to)])
      await expect(call).rejects.toMatchObject({
        code: "INFILL_ASSET_RENAME",
        message: expect.stringMatching(message),
      });
  };
  await refused(orders, "sales", "sales", /two different names/);
  await refused(orders, "sales", "taken", /"taken" already has state/);
  await refused(orders, "sales", "unknown", /project has no asset "unknown"/);
  await refused(orders, "orders", "sales", /"orders" has no state/);
  const elsewhere = await scene.connect(projectOf(daysNamed("orders", "Asia/Tokyo")));
  await refused(elsewhere, "sales", "orders", /recorded as ".*UTC", and "orders" .* Asia\/Tokyo"/);
  await expect(orders.assets.rename("nope", "orders")).rejects.toMatchObject({
    code: "INFILL_ASSET_UNKNOWN",
  });
  expect(await all()).toEqual(keys);
  await orders.assets.rename("sales", "orders");
  expect(await scene.findings(orders)).toEqual([]);
});

test("writes to an asset are refused during its rename, and no retry is lost", async () => {
  const sales = daysNamed("sales");
  const before = await scene.connect(projectOf(sales));
  const days = [0, 1, 2, 3].map((day) => firstDay + day);
  const id = await ran(before, sales, "", days);
  await scene.endBackfill(before, id);
  await scene.store.redis.hset(scene.store.keys.meta("sales"), {
    operation: "rename orders",
    epoch: "e",
  });
  const changing = { code: "INFILL_ASSET_CHANGING" };
  await expect(before.backfills.retry(id)).rejects.toMatchObject(changing);
  await expect(before.backfills.delete(id)).rejects.toMatchObject(changing);
  await expect(sealLedger(scene.store, "sales", id)).rejects.toMatchObject(changing);
  await expect(registerAsset(scene.store, sales)).rejects.toMatchObject({
    message: expect.stringContaining("infill asset rename sales orders"),
  });
  const client = await scene.connect(projectOf(daysNamed("orders")));
  await client.assets.rename("sales", "orders");
  await client.backfills.delete(id);
  expect(await scene.findings(client)).toEqual([]);
});

test("concurrent processes with the same command all end with the asset renamed", async () => {
  const sales = daysNamed("sales");
  const before = await scene.connect(projectOf(sales));
  const id = await ran(before, sales, "", [firstDay, firstDay + 1, firstDay + 2]);
  await scene.endBackfill(before, id);
  const keys = ["2024-05-01", "2024-05-02"];
  const told = await toldOf(before, "sales", id, keys);
  const client = await scene.connect(projectOf(daysNamed("orders")));
  const stores = await Promise.all(
    [1, 2, 3].map(() => openStateStore(redisUrlForTests(), scene.namespace, "test")),
  );
  await Promise.all(stores.map((each) => renameAsset(each, "sales", "orders", {}, submittedMs)));
  for (const each of stores) await each.close();
  expect(await scene.keysOf("sales")).toEqual([]);
  expect(await toldOf(client, "orders", id, keys)).toEqual(told);
  expect(await scene.findings(client)).toEqual([]);
});
