import { asset, project } from "@infill/core";
import { daily, hourly, multi, requirePartition, staticPartitions } from "@infill/partitions";
import {
  beginDelete,
  claimPartitions,
  deleteLedger,
  openStateStore,
  readSelected,
  type RegisteredAsset,
  registerProject,
  reservePartitions,
  setBackfillStatus,
  settlePartitions,
  settleUnstarted,
  type StateStore,
} from "@infill/state";
import { cleanPrefix, redisUrlForTests, testPrefix } from "@infill/test-support";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PoolQueues } from "@infill/planning";
import type { InfillClient } from "../infillClient.ts";
import { connect } from "../connect.ts";

const url = redisUrlForTests();
const prefix = testPrefix();
const materialize = () => {};
const raw = asset({
  name: "raw",
  partitions: daily({ start: "2024-01-01", end: "2024-01-11" }),
  materialize,
});
const wide = asset({
  name: "wide",
  partitions: multi({
    hour: hourly({ start: "2000-01-01", end: "2024-01-01" }),
    region: staticPartitions(["us", "eu", "jp"]),
  }),
  materialize,
});
const definition = project({ namespace: prefix, assets: [raw, wide] });
let client: InfillClient;
let store: StateStore;
let registered: ReadonlyMap<string, RegisteredAsset>;

beforeAll(async () => {
  client = await connect(definition, { redisUrl: url, now: () => Date.UTC(2024, 5, 1) });
  store = await openStateStore(url, prefix, "test");
  registered = await registerProject(store, definition);
});
afterAll(async () => {
  await store.close();
  await client.close();
  await cleanPrefix(url, prefix);
});

/** Every key of the namespace. */
async function census(): Promise<string[]> {
  const found: string[] = [];
  for await (const page of store.redis.scanStream({ match: `${prefix}:*`, count: 1_000 }))
    found.push(...page);
  return found.sort();
}

const first = requirePartition(raw.partitions, "2024-01-01", { nowMs: Date.UTC(2024, 5, 1) });
let claimNumber = 1;

/** A backfill over both assets; one partition has failed and the others are canceled or skipped. */
async function ended(): Promise<string> {
  const { id } = await client.backfills.create({
    assets: "*",
    reprocess: "all",
    actor: "ann",
    concurrency: 4,
  });
  const asset = registered.get("raw");
  if (id === undefined || asset === undefined) throw new Error("nothing was to run");
  const { lane, ordinal } = asset.ordinals.addressOf(first);
  await reservePartitions(store, "raw", id, 10, [{ lane, ordinals: [ordinal] }]);
  const claim = {
    lane,
    ordinal,
    backfillId: id,
    claimNumber: claimNumber++,
    permit: "held" as const,
  };
  await claimPartitions(store, asset, "s1", 60_000, [claim]);
  const note = JSON.stringify({ name: "Error", message: "down" });
  await settlePartitions(store, asset, "s1", [
    { ...claim, outcome: "failed", attempt: 1, durationMs: 1, note },
  ]);
  const why = { outcome: "skipped", asset: "raw", lane, ordinal } as const;
  for (const lanes of await readSelected(store, "wide", id))
    await settleUnstarted(store, "wide", id, lanes, why);
  await client.backfills.cancel(id, { actor: "bob" });
  await setBackfillStatus(store, id, { to: "canceled", from: ["canceling"], summary: "{}" });
  return id;
}

/** Keys, and members of lists of backfills, that still name one. The stream of events may. */
async function traces(id: string): Promise<string[]> {
  const { redis, keys } = store;
  const lists = await Promise.all([
    redis.zrange(keys.backfillIndex, "0", "-1"),
    redis.smembers(keys.activeBackfills),
    redis.smembers(keys.deletingBackfills),
    redis.zrange(keys.deliveries, "0", "-1"),
    redis.zrange(keys.parkedDeliveries, "0", "-1"),
    redis.hkeys(keys.caps),
  ]);
  return [...(await census()), ...lists.flat()].filter((name) => name.includes(id));
}

test("P23: deleting a finished backfill leaves no key of it, and its partitions keep their state", async () => {
  const before = await census();
  const id = await ended();
  expect((await traces(id)).length).toBeGreaterThan(20);
  const shown = await client.partitions.get("raw", "2024-01-01");
  await client.backfills.delete(id, { actor: "ann", reason: "old" });
  expect(await traces(id)).toEqual([]);
  const added = (await census()).filter((key) => !before.includes(key));
  const kinds = added.map((key) => key.replace(/^[^}]*\}:/, "").replace(/:.*/, ""));
  // Only keys of partitions, lists of all backfills, and the pool's queue are left.
  const ofPartitions = [
    "attempts",
    "audit",
    "backfills",
    "errors",
    "plane",
    "records",
    "sessions",
    "settlements",
  ];
  expect(
    kinds.filter(
      (kind) =>
        !["events", "index", "default", "manifest", "versions", ...ofPartitions].includes(kind),
    ),
  ).toEqual([]);
  // The partition shows why it failed, and that the backfill no longer exists.
  expect(shown.error?.message).toBe("down");
  expect(await client.partitions.get("raw", "2024-01-01")).toEqual({
    ...shown,
    lastSettlement: { ...shown.lastSettlement, backfillDeleted: true },
    attempts: shown.attempts.map((attempt) => ({ ...attempt, backfillDeleted: true })),
  });
  expect(shown.lastSettlement).toMatchObject({ backfillId: id, outcome: "failed" });
  for (const gone of [
    () => client.backfills.get(id),
    () => client.backfills.listEvents(id),
    () => client.backfills.retry(id),
    () => client.backfills.delete(id),
  ])
    await expect(gone()).rejects.toMatchObject({ code: "INFILL_BACKFILL_UNKNOWN" });
  expect((await client.backfills.list()).items.map((item) => item.id)).not.toContain(id);
  const { items } = await client.partitions.listChanges("wide");
  expect(items[0]).toMatchObject({
    what: "backfill_deleted",
    actor: "ann",
    reason: "old",
    details: { backfill: id },
  });
});

test("P23: a deletion that was interrupted anywhere continues at the next call", async () => {
  const id = await ended();
  await beginDelete(store, id);
  // From here on nothing can restart it.
  await expect(client.backfills.retry(id)).rejects.toMatchObject({
    code: "INFILL_BACKFILL_UNKNOWN",
  });
  await expect(
    setBackfillStatus(store, id, { to: "running", from: ["canceled"] }),
  ).rejects.toMatchObject({ code: "INFILL_BACKFILL_UNKNOWN" });
  expect((await client.backfills.list()).items.map((item) => item.id)).not.toContain(id);
  await deleteLedger(store, "raw", id, { what: "backfill_deleted" });
  const planes = (await traces(id)).filter((key) => /wide.*:settled:/.test(key));
  expect(planes.length).toBeGreaterThan(10);
  await store.redis.unlink(...planes.slice(0, 5));
  await client.backfills.delete(id);
  expect(await traces(id)).toEqual([]);
});

test("an active backfill is not deleted, and nothing of it changes", async () => {
  const { id } = await client.backfills.create({ assets: "raw", reprocess: "all" });
  if (id === undefined) throw new Error("nothing was to run");
  const before = await traces(id);
  for (const status of ["running", "canceling"] as const) {
    if (status === "canceling") await client.backfills.cancel(id);
    await expect(client.backfills.delete(id)).rejects.toMatchObject({
      code: "INFILL_BACKFILL_ACTIVE",
      status,
    });
  }
  expect(await traces(id)).toEqual(before);
  await expect(client.backfills.delete("x")).rejects.toMatchObject({
    code: "INFILL_BACKFILL_UNKNOWN",
  });
});

test("jobs left in a queue are deleted too, and those of other backfills stay", async () => {
  const id = await ended();
  const other = await ended();
  const queues = new PoolQueues(store, "test");
  const jobOf = (backfill: string) => ({
    id: `${backfill}-0--a`,
    job: {
      ...{ backfillId: backfill, asset: "raw", firstKey: "2024-01-01", plannedMs: 0 },
      ...{ dynamic: undefined, retry: undefined },
      runs: [{ lane: "", first: 10, length: 1 }] as const,
    },
  });
  await queues.add("default", [jobOf(id), jobOf(other)], 1);
  await client.backfills.delete(id);
  expect(await traces(id)).toEqual([]);
  expect((await queues.jobsOf("default", other)).map((job) => job.id)).toEqual([jobOf(other).id]);
  await queues.close();
});
