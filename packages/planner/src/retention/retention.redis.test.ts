import { runDoctor } from "@infill/doctor";
import { asset, project, type ProjectOptions } from "@infill/core";
import { daily, requirePartition } from "@infill/partitions";
import {
  beginPrune,
  claimPartitions,
  openStateStore,
  registerProject,
  reservePartitions,
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
const dayMs = 86_400_000;
let prefix: string;
let store: StateStore;
let client: InfillClient;

function definition(retention: ProjectOptions["retention"]) {
  const days = asset({
    name: "days",
    partitions: daily({ start: "2024-01-01", end: "2024-01-11" }),
    materialize() {},
  });
  return project({ namespace: prefix, assets: [days], ...(retention ? { retention } : {}) });
}

beforeEach(async () => {
  prefix = testPrefix();
  client = await connect(definition(undefined), { redisUrl: url, now: () => nowMs });
  store = await openStateStore(url, prefix, "test");
});
afterEach(async () => {
  await store.close();
  await client.close();
  await cleanPrefix(url, prefix);
});

let claimNumber = 1;

/**
 * Runs the days from the first of January for a backfill, and ends it. @param agoMs how long ago
 */
async function ended(
  agoMs: number,
  options: {
    readonly days?: number;
    readonly outcome?: "succeeded" | "failed";
    readonly summary?: string;
  } = {},
): Promise<string> {
  const { days = 2, outcome = "succeeded", summary } = options;
  const registered = (await registerProject(store, client.project)).get("days");
  if (registered === undefined) throw new Error("the asset is missing");
  const keys = Array.from(
    { length: days },
    (_, day) => `2024-01-${String(day + 1).padStart(2, "0")}`,
  );
  const { id = "" } = await client.backfills.create({
    assets: "days",
    partitions: keys.join(","),
    reprocess: "all",
  });
  const context = { nowMs };
  const places = keys.map((key) => ({
    backfillId: id,
    ...registered.ordinals.addressOf(requirePartition(registered.asset.partitions, key, context)),
    claimNumber: claimNumber++,
  }));
  const pages = places.map(({ lane, ordinal }) => ({ lane, ordinals: [ordinal] }));
  await reservePartitions(store, "days", id, 100, pages);
  await claimPartitions(store, registered, "s", 60_000, places);
  const note =
    outcome === "failed" ? JSON.stringify({ name: "Error", message: "down" }) : undefined;
  const settled = places.map((place) => ({ ...place, outcome, attempt: 1, durationMs: 1, note }));
  await settlePartitions(store, registered, "s", settled);
  await setBackfillStatus(store, id, {
    to: outcome,
    from: ["running"],
    ...(summary === undefined ? {} : { summary }),
  });
  const finishedMs = Date.now() - agoMs;
  await store.redis.hset(store.keys.backfill(id), "finished", finishedMs);
  await store.redis.zadd(store.keys.endedBackfills, finishedMs, id);
  return id;
}

async function ids(): Promise<string[]> {
  return (await client.backfills.list()).items.map(({ id }) => id);
}

/** Keys that contain a backfill's id. */
async function keysOf(id: string): Promise<string[]> {
  const found: string[] = [];
  for await (const page of store.redis.scanStream({ match: `${prefix}:*${id}*`, count: 1_000 }))
    found.push(...page);
  return found;
}

async function plannerPrunes(
  retention: ProjectOptions["retention"],
  until: () => Promise<boolean>,
) {
  const planner = await startPlanner({ project: definition(retention), redisUrl: url });
  try {
    await eventually(until, { timeoutMs: 30_000 });
  } finally {
    await planner.close();
  }
}

test("a planner prunes backfills that ended longer ago than the project keeps them, and nothing else", async () => {
  const old = await ended(91 * dayMs, { days: 3 });
  const kept = await ended(89 * dayMs);
  const { id: running = "" } = await client.backfills.create({ assets: "days", reprocess: "all" });
  const shown = await client.partitions.get("days", "2024-01-03");
  await plannerPrunes(undefined, async () => (await keysOf(old)).length === 0);
  expect((await ids()).toSorted()).toEqual([kept, running].toSorted());
  // The record stays, and still names its backfill.
  expect(await client.partitions.get("days", "2024-01-03")).toEqual({
    ...shown,
    lastSettlement: { ...shown.lastSettlement, backfillDeleted: true },
    attempts: shown.attempts.map((attempt) => ({ ...attempt, backfillDeleted: true })),
  });
  expect(shown.lastSettlement?.backfillId).toBe(old);
  expect(await client.backfills.listPrunes()).toMatchObject([{ actor: "planner", backfills: 1 }]);
  expect((await runDoctor(client.connection)).findings).toEqual([]);
});

test("beyond the project's number, the backfills that ended first are pruned", async () => {
  const all: string[] = [];
  for (let index = 5; index > 0; index--) all.push(await ended(index * dayMs));
  const retention = { endedBackfills: { maxAgeDays: null, maxCount: 2 } };
  await plannerPrunes(retention, async () => (await ids()).length === 2);
  expect((await ids()).toSorted()).toEqual(all.slice(3).toSorted());
});

test("a number that no record has is deleted with its backfill, and so are the errors of its failures", async () => {
  const failed = await ended(9 * dayMs, { days: 4, outcome: "failed" });
  const overwritten = await ended(8 * dayMs);
  const last = await ended(7 * dayMs);
  expect(await numbered()).toEqual([failed, overwritten, last].toSorted());
  expect((await client.partitions.get("days", "2024-01-04")).error?.message).toBe("down");
  expect(await client.backfills.prune({ olderThanMs: 7.5 * dayMs })).toMatchObject({ pruned: 2 });
  // The records of the third and fourth day still have the first one's number.
  expect(await numbered()).toEqual([failed, last].toSorted());
  const partition = await client.partitions.get("days", "2024-01-04");
  expect(partition).toMatchObject({ status: "failed", lastSettlement: { backfillId: failed } });
  expect(partition.error).toBeUndefined();
});

async function numbered(): Promise<string[]> {
  return (await store.redis.hvals(store.keys.assetBackfills("days"))).toSorted();
}

test("a backfill with a summary that is due, or was parked a short time ago, is kept", async () => {
  const { redis, keys } = store;
  const waiting = await ended(9 * dayMs, { summary: "{}" });
  const parked = await ended(8 * dayMs, { summary: "{}" });
  const givenUp = await ended(7 * dayMs, { summary: "{}" });
  for (const id of [parked, givenUp]) {
    await redis.zrem(keys.deliveries, `${id}-1`);
    await redis.hset(keys.summary(id, 1), `attempts ${id}-1 hook`, "20");
  }
  await redis.zadd(keys.parkedDeliveries, Date.now() - dayMs, `${parked}-1 hook`);
  await redis.zadd(keys.parkedDeliveries, Date.now() - 6 * dayMs, `${givenUp}-1 hook`);
  const options = { olderThanMs: 5 * dayMs };
  const preview = await client.backfills.prune({ ...options, dryRun: true });
  expect(preview).toMatchObject({ pruned: 1, kept: 2, ids: [givenUp], left: 2 });
  expect(await ids()).toHaveLength(3);
  expect(await client.backfills.prune(options)).toEqual(preview);
  expect((await ids()).toSorted()).toEqual([waiting, parked].toSorted());
  expect(await redis.zcard(keys.parkedDeliveries)).toBe(1);
});

test("a backfill that was retried since it was read is kept, and a planner finishes an interrupted prune", async () => {
  const old = await ended(9 * dayMs);
  const finishedMs = Number(await store.redis.hget(store.keys.backfill(old), "finished"));
  expect(await beginPrune(store, { id: old, finishedMs: finishedMs - 1 }, 0, "write")).toBe(
    "changed",
  );
  expect(await beginPrune(store, { id: old, finishedMs }, 0, "write")).toBe("deleting");
  await plannerPrunes(undefined, async () => (await keysOf(old)).length === 0);
  expect(await store.redis.scard(store.keys.deletingBackfills)).toBe(0);
});

test("a planner seals the ledgers of ended backfills, including those of older versions, and no answer changes", async () => {
  const failed = await ended(2 * dayMs, { days: 3, outcome: "failed" });
  const whole = await ended(dayMs);
  const { id: running = "" } = await client.backfills.create({ assets: "days", reprocess: "all" });
  const said = async () => ({
    details: await Promise.all([failed, whole].map((id) => client.backfills.get(id))),
    failures: await client.backfills.listFailures(failed),
    partitions: await client.partitions.list("days", { limit: 20 }),
  });
  const before = await said();
  const { redis, keys } = store;
  const isSealed = async (id: string) =>
    (await redis.hexists(keys.ledger("days", id), "sealed")) === 1;
  await plannerPrunes(undefined, async () => (await isSealed(failed)) && (await isSealed(whole)));
  expect(await isSealed(running)).toBe(false);
  expect((await keysOf(whole)).filter((key) => key.includes(":settled:"))).toEqual([]);
  expect(await said()).toEqual(before);
  expect((await runDoctor(client.connection, { patienceMs: 500 })).findings).toEqual([]);
  // Failed partitions run again, and a preview tells how many would.
  expect(await client.backfills.retry(failed)).toMatchObject({ reopened: 3 });
  expect(await isSealed(failed)).toBe(false);
});

test("invalid limits are refused", async () => {
  for (const options of [{ keep: -1 }, { keep: 1.5 }, { olderThanMs: -1 }])
    await expect(client.backfills.prune(options)).rejects.toMatchObject({
      code: "INFILL_OPTIONS_INVALID",
    });
});
