import { asset, type Project, project } from "@infill/core";
import { daily } from "@infill/partitions";
import { claimPartitions, registerAsset, reservePartitions, settlePartitions } from "@infill/state";
import { expect, test } from "vitest";
import type { InfillClient } from "@infill/client";
import { assetChangeScene } from "./assetChanges.testing.ts";

const scene = assetChangeScene();

const salesIn = (timezone: string) =>
  asset({
    name: "sales",
    partitions: daily({ start: "2024-05-01", end: "2024-05-05", timezone }),
    codeVersion: "1",
    materialize: () => {},
  });
const other = asset({
  name: "other",
  partitions: daily({ start: "2024-05-01", end: "2024-05-05" }),
  materialize: () => {},
});

function projectIn(timezone: string): Project {
  return project({ namespace: scene.namespace, assets: [salesIn(timezone), other] });
}

/** A backfill of both assets that has settled partitions of `sales`. @returns its id */
async function ran(client: InfillClient): Promise<string> {
  const { id = "" } = await client.backfills.create({ assets: "sales, other", reprocess: "all" });
  const registered = await registerAsset(scene.store, salesIn("Asia/Tokyo"));
  const first = Date.UTC(2024, 4, 1) / 86_400_000;
  const places = [0, 1, 2, 3].map((day) => ({
    ...{ backfillId: id, lane: "", ordinal: first + day, claimNumber: day + 1 },
  }));
  const pages = places.map(({ lane, ordinal }) => ({ lane, ordinals: [ordinal] }));
  await reservePartitions(scene.store, "sales", id, 10, pages);
  await claimPartitions(scene.store, registered, "s_1", 60_000, places);
  const settlements = places.map((place, index) => ({
    ...place,
    ...{ outcome: index === 3 ? ("failed" as const) : ("succeeded" as const) },
    ...{ attempt: 1, durationMs: 1, note: undefined },
  }));
  await settlePartitions(scene.store, registered, "s_1", settlements);
  return id;
}

test("a reset reports what it deletes, and the next backfill registers another definition", async () => {
  const before = await scene.connect(projectIn("Asia/Tokyo"));
  const id = await ran(before);
  await scene.endBackfill(before, id);
  expect(await scene.findings(before)).toEqual([]);
  const client = await scene.connect(projectIn("UTC"));
  expect((await client.assets.list()).find(({ name }) => name === "sales")?.problem).toMatch(
    /asset reset sales/,
  );
  expect(await client.assets.previewState("sales")).toMatchObject({
    ...{ materialized: 3, failed: 1, records: 4, ledgers: 1, isInProject: true, usedBy: [] },
  });
  expect(await client.assets.reset("sales", { actor: "ann", reason: "moved" })).toMatchObject({
    materialized: 3,
  });
  expect((await client.assets.list()).find(({ name }) => name === "sales")).toMatchObject({
    counts: { total: 4, missing: 4 },
  });
  expect(await scene.findings(client)).toEqual([]);
  const { id: next = "" } = await client.backfills.create({
    assets: "sales",
    reprocess: "missing",
  });
  expect((await client.backfills.get(next)).counts).toMatchObject({ selected: 4 });
  expect(await scene.findings(client)).toEqual([]);
  const { items } = await client.backfills.listEvents(id);
  expect(items.at(-1)).toMatchObject({ what: "asset_reset", actor: "ann", reason: "moved" });
  expect((await client.partitions.listChanges("sales")).items).toMatchObject([
    { what: "asset_reset", actor: "ann", reason: "moved" },
  ]);
});

test("an asset of an active backfill is not reset, and the error names the backfill", async () => {
  const client = await scene.connect(projectIn("Asia/Tokyo"));
  const id = await ran(client);
  const before = (await scene.keysOf("sales")).sort();
  expect(await client.assets.previewState("sales")).toMatchObject({ usedBy: [id] });
  for (const change of [() => client.assets.reset("sales"), () => client.assets.remove("sales")])
    await expect(change()).rejects.toMatchObject({ code: "INFILL_ASSET_IN_USE", backfills: [id] });
  expect((await scene.keysOf("sales")).sort()).toEqual(before);
  expect(await client.assets.list()).toMatchObject([{ counts: { materialized: 3 } }, {}]);
  await scene.endBackfill(client, id);
  await client.assets.reset("sales");
  expect(await client.assets.list()).toMatchObject([{ counts: { materialized: 0 } }, {}]);
});

test("an asset that the project no longer has is removed completely, and an unknown one is refused", async () => {
  const before = await scene.connect(projectIn("Asia/Tokyo"));
  await scene.endBackfill(before, await ran(before));
  const client = await scene.connect(project({ namespace: scene.namespace, assets: [other] }));
  expect(await client.assets.previewState("sales")).toMatchObject({
    isInProject: false,
    failed: 1,
  });
  await client.assets.remove("sales", { actor: "ann" });
  expect(await scene.keysOf("sales")).toEqual([]);
  expect(await scene.findings(client)).toEqual([]);
  expect((await scene.keysOf("other")).length).toBeGreaterThan(0);
  await expect(client.assets.remove("sales")).rejects.toMatchObject({
    code: "INFILL_ASSET_UNKNOWN",
  });
});

test.each(["reset", "remove"] as const)(
  "an interrupted %s is reported by the doctor, keeps the asset locked, and continues at the next call",
  async (change) => {
    const client = await scene.connect(projectIn("Asia/Tokyo"));
    await scene.endBackfill(client, await ran(client));
    // The state after a process died between two steps.
    await scene.store.redis.hset(scene.store.keys.meta("sales"), { operation: change, epoch: "e" });
    const mark = JSON.stringify({ atMs: Date.now() + 1, what: `asset_${change}` });
    await scene.store.redis.hset(scene.store.keys.givenUpAssets, "sales", mark);
    const half = (await scene.keysOf("sales")).filter((key) => /:(plane|ledger)/.test(key));
    await scene.store.redis.unlink(...half);
    const [found = "", ...more] = await scene.findings(client);
    expect(found).toMatch(/^asset_changing/);
    expect(more).toEqual([]);
    const late = await scene.connect(projectIn("Asia/Tokyo"));
    await expect(late.backfills.create({ assets: "sales" })).rejects.toMatchObject({
      code: "INFILL_ASSET_CHANGING",
    });
    const opposite = change === "reset" ? "remove" : "reset";
    await expect(late.assets[opposite]("sales")).rejects.toMatchObject({
      code: "INFILL_ASSET_CHANGING",
    });
    await (change === "reset" ? late.assets.reset("sales") : late.assets.remove("sales"));
    expect(await scene.findings(late)).toEqual([]);
    const { id = "" } = await late.backfills.create({ assets: "sales", reprocess: "missing" });
    expect((await late.backfills.get(id)).counts).toMatchObject({ selected: 4 });
  },
);
