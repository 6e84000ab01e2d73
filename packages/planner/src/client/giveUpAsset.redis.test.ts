import { asset, type Project, project } from "@infill/core";
import { daily } from "@infill/partitions";
import {
  claimPartitions,
  registerAsset,
  reservePartitions,
  setBackfillStatus,
  settlePartitions,
} from "@infill/state";
import { expect, test } from "vitest";
import { assetChangeScene } from "./assetChanges.testing.ts";
import type { InfillClient } from "./client.ts";

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

const clientOf = (definition: Project): Promise<InfillClient> => scene.connect(definition);

/** A backfill of both assets that has settled partitions of `sales`. @returns its id */
async function ran(client: InfillClient): Promise<string> {
  const { id = "" } = await client.createBackfill({ assets: "sales, other", reprocess: "all" });
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

test("a reset tells what goes, and then another definition is registered with the next backfill", async () => {
  const before = await clientOf(projectIn("Asia/Tokyo"));
  const id = await ran(before);
  await end(before, id);
  expect(await findings(before)).toEqual([]);
  const client = await clientOf(projectIn("UTC"));
  expect((await client.listAssets()).find(({ name }) => name === "sales")?.problem).toMatch(
    /asset reset sales/,
  );
  expect(await client.previewAssetState("sales")).toMatchObject({
    ...{ materialized: 3, failed: 1, records: 4, ledgers: 1, isInProject: true, usedBy: [] },
  });
  expect(await client.resetAsset("sales", { actor: "ann", reason: "moved" })).toMatchObject({
    materialized: 3,
  });
  expect((await client.listAssets()).find(({ name }) => name === "sales")).toMatchObject({
    counts: { total: 4, missing: 4 },
  });
  expect(await findings(client)).toEqual([]);
  const { id: next = "" } = await client.createBackfill({ assets: "sales", reprocess: "missing" });
  expect((await client.getBackfill(next)).counts).toMatchObject({ selected: 4 });
  expect(await findings(client)).toEqual([]);
  const { items } = await client.listBackfillEvents(id);
  expect(items.at(-1)).toMatchObject({ what: "asset_reset", actor: "ann", reason: "moved" });
  expect((await client.listPartitionChanges("sales")).items).toMatchObject([
    { what: "asset_reset", actor: "ann", reason: "moved" },
  ]);
});

test("nothing is taken away from a backfill that is active, and the refusal names it", async () => {
  const client = await clientOf(projectIn("Asia/Tokyo"));
  const id = await ran(client);
  const before = (await keysOf("sales")).sort();
  expect(await client.previewAssetState("sales")).toMatchObject({ usedBy: [id] });
  for (const change of [() => client.resetAsset("sales"), () => client.removeAsset("sales")])
    await expect(change()).rejects.toMatchObject({ code: "INFILL_ASSET_IN_USE", backfills: [id] });
  expect((await keysOf("sales")).sort()).toEqual(before);
  expect(await client.listAssets()).toMatchObject([{ counts: { materialized: 3 } }, {}]);
  await end(client, id);
  await client.resetAsset("sales");
  expect(await client.listAssets()).toMatchObject([{ counts: { materialized: 0 } }, {}]);
});

test("an asset that the project no longer has is removed to the last key, and an unknown one is told", async () => {
  const before = await clientOf(projectIn("Asia/Tokyo"));
  await end(before, await ran(before));
  const client = await clientOf(project({ namespace: scene.namespace, assets: [other] }));
  expect(await client.previewAssetState("sales")).toMatchObject({ isInProject: false, failed: 1 });
  await client.removeAsset("sales", { actor: "ann" });
  expect(await keysOf("sales")).toEqual([]);
  expect(await findings(client)).toEqual([]);
  expect((await keysOf("other")).length).toBeGreaterThan(0);
  await expect(client.removeAsset("sales")).rejects.toMatchObject({ code: "INFILL_ASSET_UNKNOWN" });
});

test.each(["reset", "remove"] as const)(
  "a %s that was interrupted is known to the doctor, keeps others away, and goes on when it is given again",
  async (change) => {
    const client = await clientOf(projectIn("Asia/Tokyo"));
    await end(client, await ran(client));
    // As a process leaves it that dies between two steps.
    await scene.store.redis.hset(scene.store.keys.meta("sales"), { operation: change, epoch: "e" });
    const mark = JSON.stringify({ atMs: Date.now() + 1, what: `asset_${change}` });
    await scene.store.redis.hset(scene.store.keys.givenUpAssets, "sales", mark);
    const half = (await keysOf("sales")).filter((key) => /:(plane|ledger)/.test(key));
    await scene.store.redis.unlink(...half);
    const [found = "", ...more] = await findings(client);
    expect(found).toMatch(/^asset_changing/);
    expect(more).toEqual([]);
    const late = await clientOf(projectIn("Asia/Tokyo"));
    await expect(late.createBackfill({ assets: "sales" })).rejects.toMatchObject({
      code: "INFILL_ASSET_CHANGING",
    });
    const opposite = change === "reset" ? "removeAsset" : "resetAsset";
    await expect(late[opposite]("sales")).rejects.toMatchObject({ code: "INFILL_ASSET_CHANGING" });
    await (change === "reset" ? late.resetAsset("sales") : late.removeAsset("sales"));
    expect(await findings(late)).toEqual([]);
    const { id = "" } = await late.createBackfill({ assets: "sales", reprocess: "missing" });
    expect((await late.getBackfill(id)).counts).toMatchObject({ selected: 4 });
  },
);
