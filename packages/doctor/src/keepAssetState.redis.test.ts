import { type AnyAsset, asset, type Project, project } from "@infill/core";
import {
  daily,
  hourly,
  multi,
  type PartitionsDefinition,
  requirePartition,
  staticPartitions,
} from "@infill/partitions";
import { claimPartitions, registerAsset, reservePartitions, settlePartitions } from "@infill/state";
import { expect, test } from "vitest";
import type { InfillClient } from "@infill/client";
import { assetChangeScene } from "./assetChanges.testing.ts";

const scene = assetChangeScene();

const regions = ["us", "eu"];
const hours = (timezone: string) => hourly({ start: "2024-07-01", end: "2024-07-12", timezone });
const byRegion = (timezone: string, keys: readonly string[]) =>
  multi({ at: hours(timezone), region: staticPartitions([...keys]) });

function sales(partitions: PartitionsDefinition): AnyAsset {
  return asset({ name: "sales", partitions, codeVersion: "1", materialize: () => {} });
}

async function clientOf(partitions: PartitionsDefinition): Promise<InfillClient> {
  const definition: Project = project({ namespace: scene.namespace, assets: [sales(partitions)] });
  return scene.connect(definition);
}

/** An ended backfill of some keys, the second of which failed. @returns its id */
async function ran(
  client: InfillClient,
  partitions: PartitionsDefinition,
  keys: readonly string[],
) {
  const text = keys.map((key) => `"${key}"`).join(",");
  const { id = "" } = await client.backfills.create({ assets: "sales", partitions: text });
  const registered = await registerAsset(scene.store, sales(partitions));
  const places = [];
  for (const [at, key] of keys.entries()) {
    const { lane, ordinal } = registered.ordinals.addressOf(
      requirePartition(partitions, key, { nowMs: Date.now() }),
    );
    places.push({ backfillId: id, lane, ordinal, claimNumber: at + 1 });
    await reservePartitions(scene.store, "sales", id, 10, [{ lane, ordinals: [ordinal] }]);
  }
  await claimPartitions(scene.store, registered, "s_1", 60_000, places);
  const settlements = places.map((place, index) => ({
    ...place,
    ...{ outcome: index === 1 ? ("failed" as const) : ("succeeded" as const) },
    ...{ attempt: 2, durationMs: 7 },
    note: JSON.stringify(index === 1 ? { name: "Error", message: "boom" } : { rows: index }),
  }));
  await settlePartitions(scene.store, registered, "s_1", settlements);
  await scene.endBackfill(client, id);
  return id;
}

/** A partition's description without its key and window. */
async function toldOf(client: InfillClient, key: string) {
  const { key: _key, window: _window, ...told } = await client.partitions.get("sales", key);
  return told;
}

test("hours keep their state in another zone, in each dimension, with their records", async () => {
  const before = byRegion("America/New_York", regions);
  const client = await clientOf(before);
  const keys = ["2024-07-01-20:00|us", "2024-07-02-23:00|eu", "2024-07-10-01:00|eu"];
  const id = await ran(client, before, keys);
  const told = await Promise.all(keys.map((key) => toldOf(client, key)));
  expect(told.map(({ status }) => status)).toEqual(["materialized", "failed", "materialized"]);

  // Static keys are reordered and one is added, which was possible before.
  const moved = await clientOf(byRegion("UTC", ["jp", "eu", "us"]));
  expect(await moved.assets.previewKept("sales")).toEqual({
    ...{ asset: "sales", materialized: 2, failed: 1, dropped: 0, usedBy: [], isUnderWay: false },
    // The 264 hours of jp.
    added: 264,
  });
  await expect(moved.partitions.count("sales")).rejects.toMatchObject({
    code: "INFILL_DEFINITION_CHANGED",
  });
  await moved.assets.keep("sales", { actor: "ann", reason: "one zone for all" });
  const after = ["2024-07-02-00:00|us", "2024-07-03-03:00|eu", "2024-07-10-05:00|eu"];
  expect(await Promise.all(after.map((key) => toldOf(moved, key)))).toEqual(told);
  expect(await moved.partitions.count("sales")).toMatchObject({ materialized: 2, failed: 1 });
  expect(await scene.findings(moved)).toEqual([]);
  expect((await moved.partitions.listChanges("sales")).items).toMatchObject([
    { what: "asset_migrated", actor: "ann", reason: "one zone for all" },
  ]);
  expect((await moved.backfills.listEvents(id)).items.at(-1)?.what).toBe("asset_migrated");
  const { id: next = "" } = await moved.backfills.create({
    assets: "sales",
    partitions: ":failed",
  });
  expect((await moved.backfills.get(next)).counts).toMatchObject({ selected: 1 });
  expect(await scene.findings(moved)).toEqual([]);
});

test("days that begin at other instants lose their state, the others keep it", async () => {
  const days = (timezone: string) => daily({ start: "2024-02-01", end: "2024-08-01", timezone });
  const client = await clientOf(days("Europe/London"));
  await client.partitions.mark("sales", {
    partitions: "2024-02-03,2024-03-30,2024-03-31,2024-07-01",
  });
  const moved = await clientOf(days("UTC"));
  expect(await moved.assets.previewKept("sales")).toMatchObject({
    ...{ materialized: 2, dropped: 2 },
    // March 31, on which London's clock changes, to July 31.
    added: 1 + 30 + 31 + 30 + 31,
  });
  await moved.assets.keep("sales");
  const { items } = await moved.partitions.list("sales", { status: "materialized" });
  expect(items.map(({ key }) => key)).toEqual(["2024-02-03", "2024-03-30"]);
  expect(await scene.findings(moved)).toEqual([]);
});

test("state that cannot be kept is refused with a reason, and nothing changes", async () => {
  const client = await clientOf(hours("UTC"));
  const { id = "" } = await client.backfills.create({
    ...{ assets: "sales", partitions: "2024-07-01-00:00" },
  });
  const keys = async () => (await scene.store.redis.keys(`${scene.namespace}:{asset/*`)).sort();
  const before = await keys();
  await expect(client.assets.keep("sales")).rejects.toMatchObject({
    code: "INFILL_STATE_NOT_KEPT",
    message: expect.stringMatching(/already fits its state/),
  });
  const other = await clientOf(byRegion("UTC", regions));
  await expect(other.assets.keep("sales")).rejects.toMatchObject({
    code: "INFILL_STATE_NOT_KEPT",
    message: expect.stringMatching(/other dimensions.*infill asset reset sales/),
  });
  const moved = await clientOf(hours("Asia/Tokyo"));
  expect(await moved.assets.previewKept("sales")).toMatchObject({ usedBy: [id] });
  await expect(moved.assets.keep("sales")).rejects.toMatchObject({
    ...{ code: "INFILL_ASSET_IN_USE", backfills: [id] },
  });
  expect(await keys()).toEqual(before);
});

test("a half-moved state is deleted by a plain reset", async () => {
  const client = await clientOf(hours("UTC"));
  await client.partitions.mark("sales", { partitions: "2024-07-01-00:00" });
  await scene.store.redis.hset(scene.store.keys.meta("sales"), {
    operation: "keep 0123",
    moved: "1",
  });
  const moved = await clientOf(hours("Asia/Tokyo"));
  expect(await scene.findings(moved)).toHaveLength(1);
  await expect(moved.assets.keep("sales")).rejects.toMatchObject({
    message: expect.stringContaining("infill asset reset sales --keep"),
  });
  await moved.assets.reset("sales");
  expect(await moved.partitions.count("sales")).toMatchObject({ materialized: 0 });
  expect(await scene.findings(moved)).toEqual([]);
});
