import { asset, project } from "@infill/core";
import { daily, dynamicPartitions, multi, requirePartition } from "@infill/partitions";
import {
  claimPartitions,
  leaseBackfill,
  type Release,
  releasePartitions,
  settlePartitions,
  takePermits,
  writeWorker,
} from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openRunScene, type RunScene } from "../runScene.testing.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
const materialize = () => {};
const nowMs = Date.UTC(2024, 0, 20, 12);
const days = daily({ start: "2024-01-01", end: "2024-02-01" });
const raw = asset({ name: "raw", partitions: days, materialize });
const clean = asset({ name: "clean", partitions: days, deps: [raw], materialize });
const report = asset({ name: "report", partitions: days, deps: [clean], materialize });
const capped = asset({ name: "capped", partitions: days, concurrency: 1, materialize });
const regional = asset({
  name: "regional",
  partitions: multi({ date: days, region: dynamicPartitions({ name: "regions" }) }),
  materialize,
});
const definition = project({ namespace: prefix, assets: [raw, clean, report, capped, regional] });
let scene: RunScene;
let claimNumber = 1;

beforeAll(async () => {
  scene = await openRunScene(url, definition, nowMs);
  await scene.client.addDynamicPartitions("regions", ["us", "eu"]);
  await scene.client.removeDynamicPartitions("regions", ["eu"]);
});
afterAll(async () => {
  await scene.close();
  await cleanPrefix(url, prefix);
});

async function claimed(backfillId: string, name: string, key: string, session = "worker_a") {
  const known = scene.asset(name);
  const coordinates = requirePartition(known.asset.partitions, key, { nowMs });
  const address = known.ordinals.addressOf(coordinates);
  const place = { backfillId, ...address, claimNumber: claimNumber++ };
  const [answer] = await claimPartitions(scene.store, known, session, 60_000, [
    { ...place, permit: "held" },
  ]);
  if (answer?.kind !== "claimed") throw new Error(`not claimed: ${answer?.kind}`);
  return { ...place, attempt: answer.attempt };
}

async function fail(backfillId: string, name: string, key: string) {
  const { attempt, ...place } = await claimed(backfillId, name, key);
  const note = JSON.stringify({ name: "HttpError", message: "503\nfrom the source" });
  const facts = { outcome: "failed", durationMs: 1, note, attempt } as const;
  await settlePartitions(scene.store, scene.asset(name), "worker_a", [{ ...place, ...facts }]);
}

const why = (name: string, key: string) => scene.client.explainPartition(name, key);
const kinds = async (name: string, key: string) =>
  (await why(name, key)).reasons.map(({ kind }) => kind);

test.each([
  ["raw", "2024-01-25", "It lies in the future: its window ends at 2024-01-26T00:00:00Z (UTC)"],
  ["raw", "2023-12-31", "It lies before the definition's start."],
  ["raw", "2024-02-01", "It lies after the definition's end."],
  ["raw", "nonsense", 'Unknown partition key "nonsense"'],
  ["regional", "2024-01-02|eu", 'The key "eu" of dimension "region" was removed from "regions"'],
  ["regional", "2024-01-25|us", "It lies in the future"],
])("%s %s is no partition, and the answer says why", async (name, key, text) => {
  const { status, reasons } = await why(name, key);
  expect([status, reasons.map(({ kind }) => kind)]).toEqual(["absent", ["absent"]]);
  expect(reasons[0]?.text).toContain(text);
});

test("what no backfill has to run is answered with the command that runs it", async () => {
  const first = await why("raw", "2024-01-10");
  expect(first.reasons).toMatchObject([
    { kind: "not_selected", command: "infill backfill create raw --partitions 2024-01-10" },
  ]);
  const below = await why("clean", "2024-01-10");
  expect(below.reasons).toMatchObject([
    { kind: "not_selected", command: "infill backfill create +clean --partitions 2024-01-10" },
  ]);
  expect(below.upstream).toMatchObject([
    {
      asset: "raw",
      counts: { total: 1, missing: 1 },
      partitions: [{ key: "2024-01-10", status: "missing" }],
    },
  ]);
});

test("from waiting over running to skipped, each answer names what is to blame", async () => {
  const text = "[2024-01-01...2024-01-03]";
  const id = await scene.submit({ assets: "raw+2", partitions: text, maxPartitionsPerRun: 1 });
  expect(await kinds("raw", "2024-01-01")).toEqual(["no_planner", "no_worker", "order"]);
  await leaseBackfill(scene.store, id, "planner", 60_000);
  const worker = { id: "worker_a", host: "h", pid: 1, version: "1", startedMs: 1 };
  await writeWorker(scene.store, { ...worker, pools: { default: 4 }, state: "running" }, 60_000);
  const run = await scene.load(id);
  await run.advance();
  const second = await why("raw", "2024-01-02");
  expect(second.reasons).toMatchObject([
    { kind: "queued", text: `It has a job in ${id}; 1 job goes before it in pool "default".` },
  ]);
  expect((await why("clean", "2024-01-01")).reasons).toMatchObject([
    { kind: "upstream", partitions: [{ asset: "raw", key: "2024-01-01" }] },
  ]);

  const { attempt, ...place } = await claimed(id, "raw", "2024-01-01");
  const running = await why("raw", "2024-01-01");
  expect(running).toMatchObject({
    status: "in_progress",
    claim: { workerId: "worker_a", attempt },
  });
  expect(running.reasons.map(({ kind }) => kind)).toEqual(["running"]);
  const release: Release = { ...place, how: "give_back", ran: {} };
  await releasePartitions(scene.store, "raw", "worker_a", [release]);

  await scene.client.pauseBackfill(id, { actor: "ann", reason: "lunch", forMs: 60_000 });
  const paused = (await why("raw", "2024-01-03")).reasons;
  expect(paused).toMatchObject([{ kind: "paused", command: `infill backfill resume ${id}` }]);
  expect(paused[0]?.text).toMatch(/ is paused by ann, until 20\S+Z: lunch\.$/);
  await scene.client.resumeBackfill(id);
  await run.readStatus();

  await fail(id, "raw", "2024-01-01");
  await run.load();
  await run.advance();
  const failed = await why("raw", "2024-01-01");
  expect(failed.reasons).toMatchObject([
    {
      kind: "failed",
      text: `It failed in ${id}: HttpError: 503`,
      command: `infill backfill retry ${id}`,
    },
  ]);
  // Two steps below what failed.
  expect((await why("report", "2024-01-01")).reasons).toMatchObject([
    {
      kind: "skipped",
      text: `It was skipped in ${id}, because raw 2024-01-01 failed: HttpError: 503.`,
      partitions: [{ asset: "raw", key: "2024-01-01", error: "HttpError: 503" }],
    },
  ]);

  await scene.client.changeBackfill(id, { drop: "2024-01-02" });
  expect((await why("clean", "2024-01-02")).reasons).toMatchObject([
    { kind: "canceled", command: `infill backfill retry ${id} --dropped` },
  ]);
  await scene.client.cancelBackfill(id);
  expect(await kinds("raw", "2024-01-03")).toEqual(["canceling"]);
  await run.readStatus();
  expect(await run.advance()).toBe(true);
  expect((await why("raw", "2024-01-03")).reasons).toMatchObject([
    { kind: "canceled", text: `${id} was canceled before it ran.` },
  ]);
});

test("a full cap names its scope, and who holds it", async () => {
  const id = await scene.submit({ assets: "capped", maxPartitionsPerRun: 1 });
  const run = await scene.load(id);
  await run.advance();
  const { lane, ordinal } = await claimed(id, "capped", "2024-01-01");
  const holder = { session: "worker_a", claimNumber: 1, asset: "capped", lane, ordinal };
  const scopes = [{ scope: "asset:capped", cap: 1 }];
  await takePermits(scene.store, [{ ...holder, backfillId: id, scopes }]);
  const { reasons } = await why("capped", "2024-01-02");
  expect(reasons.find(({ kind }) => kind === "cap")).toMatchObject({
    text: "Asset capped may have 1 in progress at once, and has 1: capped 2024-01-01 on worker_a.",
    partitions: [{ asset: "capped", key: "2024-01-01", workerId: "worker_a" }],
  });
  expect(reasons.at(-1)).toMatchObject({ kind: "order" });
});
