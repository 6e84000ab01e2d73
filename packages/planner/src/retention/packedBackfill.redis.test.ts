import { runDoctor } from "@infill/doctor";
import { asset, project } from "@infill/core";
import { daily, requirePartition } from "@infill/partitions";
import {
  appendBackfillLog,
  claimPartitions,
  openStateStore,
  packBackfill,
  readBackfillVersions,
  type RegisteredAsset,
  registerProject,
  reservePartitions,
  sealLedger,
  setBackfillStatus,
  settlePartitions,
  type StateStore,
} from "@infill/state";
import { cleanPrefix, eventually, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connect, type InfillClient } from "@infill/client";
import { startPlanner } from "../engine/startPlanner.ts";

const url = redisUrlForTests();
const nowMs = Date.UTC(2024, 5, 1);
const materialize = () => {};
const partitions = daily({ start: "2024-01-01", end: "2024-01-11" });
const days = asset({ name: "days", partitions, materialize });
let prefix: string;
let store: StateStore;
let client: InfillClient;
let registered: RegisteredAsset;
let claimNumber = 1;

beforeEach(async () => {
  prefix = testPrefix();
  client = await connect(project({ namespace: prefix, assets: [days] }), {
    redisUrl: url,
    now: () => nowMs,
  });
  store = await openStateStore(url, prefix, "test");
  const found = (await registerProject(store, client.project)).get("days");
  if (found === undefined) throw new Error("the asset is missing");
  registered = found;
});
afterEach(async () => {
  await store.close();
  await client.close();
  await cleanPrefix(url, prefix);
});

/** Three days, the first of which failed; paused, changed and resumed before they ran. */
async function ended(): Promise<string> {
  const { id = "" } = await client.backfills.create({
    assets: "days",
    partitions: "2024-01-01,2024-01-02,2024-01-03",
    reprocess: "all",
    actor: "ann",
    reason: "new rates",
  });
  await client.backfills.pause(id, { actor: "ann" });
  await client.backfills.change(id, { window: 7 });
  await client.backfills.resume(id, { actor: "bob" });
  await run(id, ["2024-01-01", "2024-01-02", "2024-01-03"], "2024-01-01");
  await setBackfillStatus(store, id, { to: "failed", from: ["running"] });
  return id;
}

/** Runs days of a backfill. */
async function run(id: string, keys: readonly string[], failing?: string): Promise<void> {
  const places = keys.map((key) => ({
    key,
    backfillId: id,
    ...registered.ordinals.addressOf(requirePartition(partitions, key, { nowMs })),
    claimNumber: claimNumber++,
  }));
  const pages = places.map(({ lane, ordinal }) => ({ lane, ordinals: [ordinal] }));
  await reservePartitions(store, "days", id, 100, pages);
  await claimPartitions(store, registered, "s", 60_000, places);
  const error = JSON.stringify({ name: "Error", message: "no rate" });
  const settled = places.map(({ key, ...place }) => ({
    ...place,
    attempt: 1,
    durationMs: 1,
    ...(key === failing
      ? { outcome: "failed" as const, note: error }
      : { outcome: "succeeded" as const, note: undefined }),
  }));
  await settlePartitions(store, registered, "s", settled);
}

async function pack(id: string): Promise<void> {
  expect(await sealLedger(store, "days", id)).toBe("sealed");
  expect(await packBackfill(store, id)).toBe("packed");
}

/** Every answer about a backfill. */
async function said(id: string) {
  const { tookMs: _, looked, ...report } = await runDoctor(client.connection, { patienceMs: 200 });
  return {
    list: await client.backfills.list(),
    listed: await client.backfills.list({ status: "failed" }),
    details: await client.backfills.get(id),
    events: await client.backfills.listEvents(id),
    later: await client.backfills.listEvents(id, { limit: 2, cursor: "2" }),
    failures: await client.backfills.listFailures(id),
    retry: await client.backfills.previewRetry(id),
    prune: await client.backfills.prune({ keep: 0, dryRun: true }),
    versions: await readBackfillVersions(store, id),
    id: await client.backfills.resolveId(id.slice(0, -2)),
    why: await client.partitions.explain("days", "2024-01-01"),
    doctor: { ...report, backfills: looked.backfills, partitions: looked.partitions },
  };
}

async function keysOf(id: string): Promise<string[]> {
  return (await store.redis.keys(`${prefix}:*${id}*`)).sort();
}

test("packing changes no answer, and leaves two small hashes", async () => {
  const id = await ended();
  const before = await said(id);
  expect(before.doctor.findings).toEqual([]);
  expect(before.events.items.length).toBeGreaterThan(4);
  expect(before.versions.size).toBe(1);
  await pack(id);
  expect(await said(id)).toEqual(before);
  const { redis, keys } = store;
  expect(await keysOf(id)).toEqual([keys.ledger("days", id), keys.backfill(id)]);
  for (const key of await keysOf(id)) expect(await redis.object("ENCODING", key)).toBe("listpack");
  expect(await packBackfill(store, id)).toBe("stands");
});

test("a packed backfill is retried, changed and ended again, and its log continues", async () => {
  const id = await ended();
  await pack(id);
  expect(await client.backfills.retry(id, { actor: "ann" })).toMatchObject({ reopened: 1 });
  expect(await packBackfill(store, id)).toBe("open");
  await client.backfills.change(id, { window: 9 });
  await client.backfills.change(id, { window: 11 });
  expect((await client.backfills.get(id)).settings.window).toBe(11);
  await run(id, ["2024-01-01"]);
  await setBackfillStatus(store, id, { to: "succeeded", from: ["running"] });
  const { items } = await client.backfills.listEvents(id, { limit: 100 });
  expect(items.map(({ number }) => number)).toEqual(items.map((_, at) => at + 1));
  await pack(id);
  expect((await client.backfills.listEvents(id, { limit: 100 })).items).toEqual(items);
  expect(await client.backfills.get(id)).toMatchObject({
    status: "succeeded",
    settings: { window: 11 },
  });
  expect((await runDoctor(client.connection)).findings).toEqual([]);
});

test("a packed backfill is deleted or pruned without leaving a key or its number", async () => {
  const first = await ended();
  await pack(first);
  const second = await ended();
  await pack(second);
  // Every record has the second backfill's number now.
  const numbers = () => store.redis.hvals(store.keys.assetBackfills("days"));
  await client.backfills.delete(first);
  expect(await keysOf(first)).toEqual([]);
  expect(await numbers()).toEqual([second]);
  expect(await client.backfills.prune({ keep: 0 })).toMatchObject({ pruned: 1 });
  expect(await keysOf(second)).toEqual([]);
  expect(await numbers()).toEqual([second]);
});

test("entries logged during the packing are neither lost nor listed twice", async () => {
  const id = await ended();
  const known = (await client.backfills.listEvents(id, { limit: 100 })).items.length;
  const log = (index: number) =>
    appendBackfillLog(store, id, { what: "delivered", details: { index } });
  const other = await openStateStore(url, prefix, "other");
  for (let index = 0; index < 40; index += 2) {
    await Promise.all([log(index), packBackfill(other, id), log(index + 1)]);
    const { items } = await client.backfills.listEvents(id, { limit: 100 });
    expect(items.map(({ number }) => number)).toEqual(items.map((_, at) => at + 1));
  }
  await other.close();
  await packBackfill(store, id);
  const { items } = await client.backfills.listEvents(id, { limit: 100 });
  expect(items).toHaveLength(known + 40);
  expect(await store.redis.exists(store.keys.backfillLog(id))).toBe(0);
});

test("a planner packs what an older version ended, and what an earlier planner only sealed", async () => {
  const old = await ended();
  const sealed = await ended();
  expect(await sealLedger(store, "days", sealed)).toBe("sealed");
  const planner = await startPlanner({ project: client.project, redisUrl: url });
  const isPacked = async (id: string) =>
    (await store.redis.hexists(store.keys.backfill(id), "p0")) === 1;
  try {
    await eventually(async () => (await isPacked(old)) && (await isPacked(sealed)));
  } finally {
    await planner.close();
  }
  expect((await runDoctor(client.connection)).findings).toEqual([]);
});

test.each(["p0", "header"])(
  "a packed backfill with damage in %s is reported, set aside and deleted by force",
  async (field) => {
    const bad = await ended();
    await pack(bad);
    const good = await ended();
    await store.redis.hset(store.keys.backfill(bad), field, "{");
    await expect(client.backfills.get(bad)).rejects.toMatchObject({
      code: "INFILL_BACKFILL_UNREADABLE",
      field,
    });
    expect((await client.backfills.list()).items).toMatchObject([
      { id: good, status: "failed" },
      { id: bad, status: "unreadable" },
    ]);
    const { findings } = await runDoctor(client.connection, { fix: true, patienceMs: 0 });
    expect(findings).toMatchObject([
      { check: "header_broken", backfillId: bad, repair: "repaired" },
    ]);
    await client.backfills.delete(bad, { force: true });
    expect(await keysOf(bad)).toEqual([]);
    expect((await runDoctor(client.connection, { patienceMs: 0 })).findings).toEqual([]);
  },
);

test("a log with an unreadable entry is packed once the doctor has set the entry aside", async () => {
  const id = await ended();
  const { items } = await client.backfills.listEvents(id);
  await store.redis.rpush(store.keys.backfillLog(id), "{");
  expect(await packBackfill(store, id)).toBe("damaged");
  await runDoctor(client.connection, { fix: true, patienceMs: 0 });
  expect(await packBackfill(store, id)).toBe("packed");
  expect((await client.backfills.listEvents(id)).items).toEqual(items);
});

test("a sealed ledger with a damaged row is reported and repaired, and the others are checked", async () => {
  const bad = await ended();
  await pack(bad);
  await store.redis.hset(store.keys.ledger("days", bad), "row", "junk");
  const first = await runDoctor(client.connection, { patienceMs: 0 });
  expect(first.findings).toMatchObject([{ check: "entry_unreadable", backfillId: bad }]);
  await runDoctor(client.connection, { fix: true, patienceMs: 0 });
  expect((await runDoctor(client.connection, { patienceMs: 0 })).findings).toEqual([]);
  expect((await client.backfills.get(bad)).counts).toMatchObject({ selected: 3, failed: 1 });
});
